// The view of activations: curves with a point that moves, a feature map before and after, the gradient through depth.
// State: function, other (null: nothing to compare), x, negative_slope, weight, alpha, beta, input (rows), w, layers,
// view.
import * as core from "./core/activation.mjs";
import { createCurve, createProducts, sight } from "./activation/curves.mjs";
import { createChoice } from "./ui/choice.mjs";
import { h } from "./ui/dom.mjs";
import { createField } from "./ui/field.mjs";
import { createFrame } from "./ui/frame.mjs";
import { NumberGrid, densityFor } from "./ui/grid.mjs";
import { format } from "./ui/numbers.mjs";
import { createTabs } from "./ui/tabs.mjs";
import style from "./styles/activation.css";
import words from "./words/activation.mjs";

const FIELDS = ["function", "other", "x", "negative_slope", "weight", "alpha", "beta", "input", "w", "layers", "view"];
const NUMBERS = ["negative_slope", "weight", "alpha", "beta", "x", "w", "layers", "rows", "columns"];
const SHOWN_IN = { curves: ["x"], map: ["rows", "columns"], depth: ["x", "w", "layers"] };
const WHOLE = ["layers", "rows", "columns"];
const short = (value) => format(value, 4);
const label = (name) => words.names[name] ?? name;

function render({ model, el }) {
  const initial = read(model);
  const view = { model, selection: null, pinned: false };
  layOut(view, initial);
  const frame = createFrame(el, { name: "activation", label: words.activation, style }, view.controls, view.refusal,
    view.tabs.element, h("p", { class: "cw-help" }, words.help));
  view.say = frame.say;
  adopt(view, initial);
  const fromModel = () => {
    if (!view.isPublishing) adopt(view, read(model));
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    for (const chart of [view.values, view.slopes, view.products]) chart.stop();
    frame.stop();
  };
}

export default { render };

const read = (model) => Object.fromEntries(FIELDS.map((field) => [field, model.get(field)]));

// ---- layout -------------------------------------------------------------------------------------

function layOut(view, initial) {
  const options = Object.fromEntries(Object.keys(core.FUNCTIONS).map((name) => [name, label(name)]));
  view.one = createChoice({ label: words.one, options, onChoose: (name) => change(view, { function: name }) });
  view.other = createChoice({
    label: words.other, options: { "": words.nothing, ...options },
    onChoose: (name) => change(view, { other: name || null }),
  });
  view.fields = Object.fromEntries(NUMBERS.map((name) => [name, makeField(view, name)]));
  const reset = h("button", { class: "cw-button", type: "button", onclick: () => adopt(view, initial) }, words.reset);
  view.controls = h("div", { class: "cw-controls" }, view.one.element, view.other.element,
    ...NUMBERS.map((name) => view.fields[name].element), h("div", { class: "cw-switches" }, reset));
  view.refusal = h("p", { class: "cw-refusal", hidden: true });
  view.tabs = createTabs({ label: words.views, tabs: words.view, onChoose: (name) => change(view, { view: name }) });
  const onMove = (x) => change(view, { x });
  view.values = createCurve({ measure: core.value, title: words.values, onMove });
  view.slopes = createCurve({ measure: core.slope, title: words.slopes, onMove });
  view.products = createProducts();
  view.readings = h("div", { class: "cw-readings" });
  const maps = ["input", "f", "slope", "otherF", "otherSlope"];
  view.maps = Object.fromEntries(maps.map((name) => [name, makeGrid(view, name)]));
  view.passes = h("div", {});
  view.verdicts = h("div", { class: "cw-readings" });
  view.chains = [makeGrid(view, "chain"), makeGrid(view, "otherChain")];
  view.sentence = h("p", { class: "cw-sentence" });
  view.unpin = h("button", { class: "cw-button", type: "button", onclick: () => letGo(view) }, words.unpin);
  view.story = h("div", { class: "cw-story" }, view.sentence, view.unpin);
  const { curves, map, depth } = view.tabs.panels;
  curves.append(view.readings, h("div", { class: "cw-charts" }, view.values.element, view.slopes.element),
    h("p", { class: "cw-note" }, words.drag));
  map.append(h("div", { class: "cw-figure" }, ...Object.values(view.maps).map(({ element }) => element)), view.passes);
  depth.append(view.verdicts, view.products.element,
    h("div", { class: "cw-figure is-chains" }, ...view.chains.map(({ element }) => element)));
}

function makeField(view, name) {
  const [min, sliderMax] = core.LIMITS[name];
  const whole = WHOLE.includes(name);
  const step = name === "x" || name === "w" ? 0.05 : (sliderMax - min) / 40;
  const count = Math.round((sliderMax - min) / step) + 1;
  const stops = Array.from({ length: count }, (_, k) => Number((min + k * step).toFixed(4)));
  const field = createField({
    label: words.parameter(name), caption: "", sliderLabel: words.slider(words.parameter(name)), min, sliderMax,
    onInput: (value) => change(view, { [name]: value }), ...(whole ? {} : { step: "any", stops: () => stops }),
  });
  const head = h("div", { class: "cw-group-head" }, h("span", { class: "cw-name" }, words.parameter(name)));
  return { show: field.show, element: h("div", { class: "cw-group" }, head, field.element) };
}

function makeGrid(view, name) {
  const isSelected = (cell) => view.selection?.grid === name && String(view.selection.cell) === String(cell);
  const grid = new NumberGrid({
    onPoint: (cell) => {
      if (!view.pinned) select(view, { grid: name, cell });
    },
    onPress: (cell) => {
      view.pinned = !(view.pinned && isSelected(cell));
      select(view, { grid: name, cell });
    },
    onEscape: () => letGo(view),
    onEdit: ([i, j], value) => change(view, {
      values: view.draft.values.map((row, n) => row.map((old, m) => (n === i && m === j ? value : old))),
    }),
    // A finger has no hover: its first tap looks, its second changes.
    mayEdit: (cell, pointerType) => pointerType !== "touch" || (view.pinned && isSelected(cell)),
  });
  const caption = h("p", { class: "cw-caption" });
  return { grid, caption, element: h("div", { class: "cw-panel" }, caption, grid.element) };
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside; cells beyond its edges stand ready for when the map grows. */
function adopt(view, state) {
  view.pinned = false;
  view.selection = null;
  const { input } = state;
  change(view, { ...state, rows: input.length, columns: input[0].length, values: core.extend(input) });
}

/** Shows the draft with `changes`; where it is legal, it becomes the model's state. */
function change(view, changes) {
  if (changes.view && changes.view !== view.draft?.view) Object.assign(view, { pinned: false, selection: null });
  view.draft = { ...view.draft, ...changes };
  view.problems = core.problems(view.draft);
  const { draft, model } = view;
  if (!view.problems.length) {
    view.state = Object.fromEntries(FIELDS.map((field) => [field, draft[field]]));
    view.state.input = draft.values.slice(0, draft.rows).map((row) => row.slice(0, draft.columns));
    const changed = FIELDS.filter((field) => JSON.stringify(view.state[field]) !== JSON.stringify(model.get(field)));
    view.isPublishing = true; // `set` calls our own listeners
    for (const field of changed) model.set(field, view.state[field]);
    view.isPublishing = false;
    if (changed.length) model.save_changes();
  }
  draw(view);
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  const { draft, problems } = view;
  view.names = [draft.function, ...(draft.other ? [draft.other] : [])];
  view.one.show(draft.function);
  view.other.show(draft.other ?? "");
  const needed = [...view.names.map((name) => core.FUNCTIONS[name].parameter), ...SHOWN_IN[draft.view]];
  for (const name of NUMBERS) {
    const problem = problems.find(({ parameter }) => parameter === name);
    view.fields[name].element.hidden = !needed.includes(name) && !problem;
    view.fields[name].show(draft[name], problem ? message(view, problem) : null);
  }
  view.tabs.show(draft.view);
  view.refusal.hidden = problems.length === 0;
  for (const panel of Object.values(view.tabs.panels)) panel.classList.toggle("is-refused", problems.length > 0);
  if (problems.length) {
    view.refusal.textContent = words.none(words.problem(problems[0]));
    view.say(view.refusal.textContent);
    return;
  }
  ({ curves: drawCurves, map: drawMap, depth: drawDepth })[draft.view](view);
}

function message(view, problem) {
  const { parameter, nearest } = problem;
  const apply = () => change(view, { [parameter]: nearest });
  return { text: words.problem(problem), use: nearest === null ? null : { label: words.use(short(nearest)), apply } };
}

const key = (index) => h("span", { class: `cw-key ${index ? "is-other" : "is-one"}`, "aria-hidden": "true" });

function drawCurves(view) {
  const { names, state } = view;
  const { x } = state;
  const readings = names.map((name) => words.reading(
    label(name), short(x), short(core.value(name, x, state)), short(core.slope(name, x, state))));
  const kinks = names.filter((name) => core.FUNCTIONS[name].kinks.includes(x))
    .map((name) => words.kink(label(name), short(x), short(core.slope(name, x, state))));
  view.readings.replaceChildren(...names.map((name, index) => h("p", { class: "cw-reading" }, key(index),
    h("span", { class: "cw-sentence" }, readings[index]),
    h("span", { class: "cw-note" }, words.definition(label(name), words.formula[name])))),
  ...kinks.map((kink) => h("p", { class: "cw-note" }, kink)));
  const data = { names, p: state, at: x };
  const ends = sight(x).map(short);
  view.values.show(words.chart(words.values, ends, readings), data);
  view.slopes.show(words.chart(words.slopes, ends, readings), data);
  view.say([...readings, ...kinks].join(". "));
}

function drawMap(view) {
  const { names, state, maps } = view;
  const density = densityFor([state.input[0].length * 1.4]);
  const panel = (place, name, measure, title) => {
    maps[place].element.hidden = !name;
    if (!name) return;
    maps[place].caption.textContent = title;
    const cells = state.input.map((row, i) => row.map((x, j) => {
      const value = measure(name, x, state);
      const isDead = place !== "input" && core.slope(name, x, state) === 0;
      return {
        name: words.name(title, [i, j]), value, text: format(value, 3), kind: isDead ? "is-dropped" : "",
        label: isDead ? words.blocked(format(value, 3)) : null, editable: place === "input",
      };
    }));
    maps[place].grid.draw(cells, { label: `${title} ${words.size([cells.length, cells[0].length])}`, density });
  };
  const [one, other] = names;
  panel("input", one, (name, x) => x, words.input);
  panel("f", one, core.value, words.output(label(one)));
  panel("slope", one, core.slope, words.slopeOf(label(one)));
  panel("otherF", other, core.value, words.output(label(other)));
  panel("otherSlope", other, core.slope, words.slopeOf(label(other)));
  const count = state.input.length * state.input[0].length;
  view.passes.replaceChildren(view.story, ...names.map((name) => {
    const { dead, mean } = core.passing(name, state.input, state);
    return h("p", { class: "cw-note" }, words.passes(label(name), dead, count, format(mean, 3)));
  }));
  const { selection } = view;
  const stands = selection && state.input[selection.cell[0]]?.[selection.cell[1]] !== undefined;
  select(view, stands ? selection : { grid: "f", cell: [0, 0] });
}

function drawDepth(view) {
  const { names, state } = view;
  view.results = names.map((name) => core.chain(name, state.x, state.w, state.layers, state));
  const ends = names.map(
    (name, index) => words.end(label(name), state.layers, short(view.results[index].at(-1).product)));
  view.products.show(words.productChart(ends), { chains: view.results });
  view.verdicts.replaceChildren(...names.map((name, index) => {
    const { product } = view.results[index].at(-1);
    const share = core.deadShare(name, state.w, state.layers, state);
    return h("p", { class: "cw-reading" }, key(index), h("span", { class: "cw-sentence" },
      words.verdict(label(name), state.layers, short(product), words.fate[fate(product)], share)));
  }));
  view.chains.forEach(({ grid, caption, element }, index) => {
    element.hidden = index >= names.length;
    if (element.hidden) return;
    caption.textContent = words.layers(label(names[index]));
    const cells = view.results[index].map((each, k) => ["z", "y", "factor", "product"].map((name, column) => ({
      name: words.layerCell(k + 1, words.columns[column]), value: each[name], text: format(each[name], 3), label: null,
      editable: false, kind: column > 1 && each[name] === 0 ? "is-dropped" : "",
    })));
    const size = words.size([cells.length, words.columns.length]);
    grid.draw(cells, { label: `${caption.textContent} ${size}`, density: "high" });
    words.columns.forEach((head, column) => { grid.cells[0][column].dataset.head = head; });
  });
  view.tabs.panels.depth.append(view.story);
  const { selection } = view;
  const stands = selection && (selection.grid === "chain" || names.length > 1) && selection.cell[0] < state.layers;
  select(view, stands ? selection : { grid: "chain", cell: [state.layers - 1, 3] });
}

function fate(product) {
  if (!Number.isFinite(product)) return "overflow";
  const size = Math.abs(product);
  if (size === 0) return "dead";
  if (size < 0.5) return size < 1e-3 ? "vanishing" : "shrinking";
  if (size > 2) return size > 1e3 ? "exploding" : "growing";
  return "kept";
}

// ---- selection ----------------------------------------------------------------------------------

function letGo(view) {
  view.pinned = false;
  select(view, view.selection);
}

/** Outlines what belongs to one number and tells it. */
function select(view, selection) {
  if (view.problems.length) return;
  view.selection = selection;
  view.unpin.hidden = !view.pinned;
  const told = view.draft.view === "map" ? selectCell(view, selection) : selectLayer(view, selection);
  view.sentence.textContent = told;
  view.say(view.pinned ? words.pinned(told) : told);
}

function selectCell({ maps, names, state, pinned }, { grid, cell }) {
  for (const [place, { grid: one, element }] of Object.entries(maps)) {
    if (element.hidden) continue;
    one.mark({ current: place === grid ? cell : null, linked: place === grid ? [] : [cell], tags: null, pinned });
  }
  const x = state.input[cell[0]][cell[1]];
  return names.map((name) => words.cell(label(name), cell, short(x), short(core.value(name, x, state)),
    short(core.slope(name, x, state)))).join(" ");
}

function selectLayer({ chains, names, results, state, pinned }, { grid, cell }) {
  const index = grid === "chain" ? 0 : 1;
  chains.forEach(({ grid: one, element }, at) => {
    if (element.hidden) return;
    const before = Array.from({ length: cell[0] + 1 }, (_, row) => [row, 2]);
    const linked = at === index && cell[1] === 3 ? before : [];
    one.mark({ current: at === index ? cell : null, linked, tags: null, pinned });
  });
  const { z, y, slope, product } = results[index][cell[0]];
  return words.layer(
    label(names[index]), cell[0] + 1, short(z), short(y), short(state.w), short(slope), short(product));
}
