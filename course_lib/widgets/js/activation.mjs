// The view of activations: curves with a point that moves, a feature map before and after, the gradient through depth.
// State: function, other (null: nothing to compare), x, negative_slope, weight, alpha, beta, input (rows), w, layers,
// view.
import * as core from "./core/activation.mjs";
import { createCurve, createProducts, sight } from "./activation/curves.mjs";
import { createChoice } from "./ui/choice.mjs";
import { button, h } from "./ui/dom.mjs";
import { createNamedField } from "./ui/field.mjs";
import { createFrame } from "./ui/frame.mjs";
import { NumberGrid, densityFor } from "./ui/grid.mjs";
import { bindModel } from "./ui/model.mjs";
import { format } from "./ui/numbers.mjs";
import { createPin } from "./ui/pin.mjs";
import { messageOf } from "./ui/problem.mjs";
import { createTabs } from "./ui/tabs.mjs";
import style from "./styles/activation.css";
import words from "./words/activation.mjs";

const FIELDS = ["function", "other", "x", "negative_slope", "weight", "alpha", "beta", "input", "w", "layers", "view"];
const NUMBERS = Object.keys(core.LIMITS);
const SHOWN_IN = { curves: ["x"], map: ["rows", "columns"], depth: ["x", "w", "layers"] };
const MAPS = ["input", "f", "slope", "otherF", "otherSlope"];
const CHAINS = ["chain", "otherChain"];
const DRAW = { curves: drawCurves, map: drawMap, depth: drawDepth };
const short = (value) => format(value, 4);
const label = (name) => words.names[name] ?? name;

function render({ model, el }) {
  const view = { say: (text) => view.frame?.say(text) };
  view.model = bindModel(model, FIELDS, (state) => adopt(view, state));
  const initial = view.model.read();
  layOut(view, () => adopt(view, initial));
  view.frame = createFrame(el, { name: "activation", label: words.activation, style }, view.controls, view.refusal,
    view.tabs.element, view.story, view.help);
  adopt(view, initial);
  return () => {
    for (const part of [view.model, view.values, view.slopes, view.products, view.frame]) part.stop();
  };
}

export default { render };

// ---- layout -------------------------------------------------------------------------------------

function layOut(view, onReset) {
  const options = Object.keys(core.FUNCTIONS).map((name) => [name, label(name)]);
  view.one = createChoice({ label: words.one, options, onChoose: (name) => change(view, { function: name }) });
  view.other = createChoice({
    label: words.other, options: [["", words.nothing], ...options],
    onChoose: (name) => change(view, { other: name || null }),
  });
  view.fields = Object.fromEntries(NUMBERS.map((name) => [name, makeField(view, name)]));
  view.controls = h("div", { class: "cw-controls" }, view.one.element, view.other.element,
    ...Object.values(view.fields).map(({ element }) => element),
    h("div", { class: "cw-switches" }, button(words.reset, onReset)));
  view.refusal = h("p", { class: "cw-refusal" });
  view.tabs = createTabs({ label: words.views, tabs: words.view, onChoose: (name) => change(view, { view: name }) });
  const onMove = (x) => change(view, { x });
  view.values = createCurve({ measure: core.value, title: words.values, onMove });
  view.slopes = createCurve({ measure: core.slope, title: words.slopes, onMove });
  view.products = createProducts();
  view.pin = createPin({
    say: view.say, gridOf: ({ grid }) => view.grids[grid].grid,
    tell: (selection, isPinned) => select(view, selection, isPinned),
  });
  view.grids = Object.fromEntries([...MAPS, ...CHAINS].map((name) => [name, makeGrid(view, name)]));
  view.sentence = h("p", { class: "cw-sentence" });
  view.story = h("div", { class: "cw-story" }, view.sentence, view.pin.button);
  view.help = h("p", { class: "cw-help" }, words.help);
  view.told = Object.fromEntries(Object.keys(SHOWN_IN).map((name) => [name, h("div", { class: "cw-readings" })]));
  const figure = (names, kind) => h("div", { class: `cw-figure ${kind}` },
    ...names.map((name) => view.grids[name].element));
  const { curves, map, depth } = view.tabs.panels;
  curves.append(view.told.curves, h("div", { class: "cw-charts" }, view.values.element, view.slopes.element),
    h("p", { class: "cw-note" }, words.drag));
  map.append(view.told.map, figure(MAPS, ""));
  depth.append(view.told.depth, view.products.element, figure(CHAINS, "is-chains"));
}

function makeField(view, name) {
  const [min, sliderMax] = core.LIMITS[name];
  const isWhole = core.WHOLE.includes(name);
  const step = name === "x" || name === "w" ? 0.05 : (sliderMax - min) / 40;
  const count = Math.round((sliderMax - min) / step) + 1;
  const stops = Array.from({ length: count }, (_, k) => Number((min + k * step).toFixed(4)));
  return createNamedField({
    label: words.parameter(name), min, sliderMax, onInput: (value) => change(view, { [name]: value }),
    ...(isWhole ? {} : { step: "any", stops: () => stops }),
  });
}

function makeGrid(view, name) {
  const caption = h("p", { class: "cw-caption" });
  const grid = new NumberGrid({
    ...view.pin.handlers({ grid: name }), onEdit: ([i, j], value) => change(view, {
      values: view.draft.values.map((row, n) => row.map((old, m) => (n === i && m === j ? value : old))),
    }),
  });
  return { grid, caption, element: h("div", { class: "cw-panel" }, caption, grid.element) };
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside; cells beyond its edges stand ready for when the map grows. */
function adopt(view, state) {
  view.pin.forget();
  const { input } = state;
  change(view, { ...state, rows: input.length, columns: input[0].length, values: core.extend(input) });
}

/** Shows the draft with `changes`; where it is legal, it becomes the model's state. */
function change(view, changes) {
  if (changes.view && changes.view !== view.draft?.view) view.pin.forget();
  view.draft = { ...view.draft, ...changes };
  view.problems = core.problems(view.draft);
  const { draft } = view;
  if (!view.problems.length) {
    view.state = Object.fromEntries(FIELDS.map((field) => [field, draft[field]]));
    view.state.input = draft.values.slice(0, draft.rows).map((row) => row.slice(0, draft.columns));
    view.model.write(view.state);
  }
  draw(view);
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  const { draft, problems: [problem] } = view;
  view.names = [draft.function, ...(draft.other ? [draft.other] : [])];
  view.one.show(draft.function);
  view.other.show(draft.other ?? "");
  const needed = [...view.names.map((name) => core.FUNCTIONS[name].parameter), ...SHOWN_IN[draft.view]];
  const use = ({ parameter, nearest }) => change(view, { [parameter]: nearest });
  for (const name of NUMBERS) {
    const own = view.problems.find(({ parameter }) => parameter === name);
    view.fields[name].element.hidden = !needed.includes(name) && !own;
    view.fields[name].show(draft[name], messageOf(own, words, use));
  }
  view.tabs.show(draft.view);
  view.refusal.hidden = !problem;
  view.tabs.element.hidden = Boolean(problem);
  view.story.hidden = view.help.hidden = Boolean(problem) || draft.view === "curves";
  if (!problem) return DRAW[draft.view](view);
  view.refusal.textContent = words.none(words.problem[problem.reason](problem));
  return view.say(view.refusal.textContent);
}

/** What is told of each function, marked with the line that its curve has. */
const told = (texts) => texts.map((text, index) => h("p", { class: "cw-reading" },
  h("span", { class: `cw-key ${index ? "is-other" : "is-one"}`, "aria-hidden": "true" }),
  h("span", { class: "cw-sentence" }, text)));

function drawCurves(view) {
  const { names, state } = view;
  const { x } = state;
  const readings = names.map((name) => words.reading(
    label(name), short(x), short(core.value(name, x, state)), short(core.slope(name, x, state))));
  const kinks = names.filter((name) => core.FUNCTIONS[name].kinks.includes(x))
    .map((name) => words.kink(label(name), short(x), short(core.slope(name, x, state))));
  const lines = told(readings);
  names.forEach((name, index) => lines[index].append(
    h("span", { class: "cw-note" }, words.definition(label(name), words.formula[name]))));
  view.told.curves.replaceChildren(...lines, ...kinks.map((kink) => h("p", { class: "cw-note" }, kink)));
  const data = { names, p: state, at: x };
  const ends = sight(x).map(short);
  for (const name of ["values", "slopes"]) view[name].show(words.chart(words.sight(words[name], ends), readings), data);
  view.say([...readings, ...kinks].join(". "));
}

function drawMap(view) {
  const { names: [one, other], state, grids } = view;
  const density = densityFor([state.input[0].length * 1.4]);
  const panel = (place, name, measure, title) => {
    const { grid, caption, element } = grids[place];
    element.hidden = !name;
    if (!name) return;
    caption.textContent = title;
    const cells = state.input.map((row, i) => row.map((x, j) => {
      const value = measure(name, x, state);
      const isDead = place !== "input" && core.slope(name, x, state) === 0;
      return {
        name: words.name(title, [i, j]), value, text: format(value, 3), kind: isDead ? "is-dropped" : "",
        label: isDead ? words.blocked(format(value, 3)) : null, editable: place === "input",
      };
    }));
    grid.draw(cells, { label: `${title} ${words.size([cells.length, cells[0].length])}`, density });
  };
  panel("input", one, (name, x) => x, words.input);
  panel("f", one, core.value, words.output(label(one)));
  panel("slope", one, core.slope, words.slopeOf(label(one)));
  panel("otherF", other, core.value, words.output(label(other)));
  panel("otherSlope", other, core.slope, words.slopeOf(label(other)));
  const count = state.input.flat().length;
  view.told.map.replaceChildren(...view.names.map((name) => {
    const { dead, mean } = core.passing(name, state.input, state);
    return h("p", { class: "cw-note" }, words.passes(label(name), dead, count, format(mean, 3)));
  }));
  keep(view, { grid: "f", cell: [0, 0] });
}

function drawDepth(view) {
  const { names, state } = view;
  view.results = names.map((name) => core.chain(name, state.x, state.w, state.layers, state));
  const last = view.results.map((chain) => chain.at(-1));
  const ends = names.map((name, index) => words.end(label(name), state.layers, short(last[index].product)));
  view.products.show(words.chart(words.products, ends), { chains: view.results });
  view.shares = names.map((name) => core.deadShares(name, state.w, state.layers, state));
  view.told.depth.replaceChildren(...told(ends.map((end, index) => words.verdict(
    end, words.fate[fate(last[index].product)], view.shares[index].at(-1)))));
  CHAINS.forEach((place, index) => {
    const { grid, caption, element } = view.grids[place];
    element.hidden = index >= names.length;
    if (element.hidden) return;
    caption.textContent = words.layers(label(names[index]));
    const cells = view.results[index].map(({ z, y, factor, product }, k) => {
      const share = view.shares[index][k];
      return [z, y, factor, product, share].map((value, column) => ({
        name: words.layerCell(k + 1, words.columns[column]), value, label: null, editable: false,
        text: column < 4 ? format(value, 3) : words.percent(share),
        kind: (column === 2 || column === 3) && value === 0 ? "is-dropped" : "",
      }));
    });
    grid.draw(cells, {
      label: `${caption.textContent} ${words.size([cells.length, words.columns.length])}`, density: "high",
    });
    words.columns.forEach((head, column) => { grid.cells[0][column].dataset.head = head; });
  });
  keep(view, { grid: "chain", cell: [state.layers - 1, 3] });
}

function fate(product) {
  const size = Math.abs(product);
  if (size === 0) return "dead";
  if (size < 0.5) return size < 1e-3 ? "vanishing" : "shrinking";
  if (size > 2) return size > 1e3 ? "exploding" : "growing";
  return "kept";
}

// ---- selection ----------------------------------------------------------------------------------

/** Keeps what is selected, where it is still there, or else selects `first`. */
function keep(view, first) {
  const selection = view.pin.selection();
  const { grid, element } = view.grids[(selection ?? first).grid];
  const stands = selection && !element.hidden && grid.content[selection.cell[0]]?.[selection.cell[1]] !== undefined;
  if (!stands) view.pin.forget();
  view.pin.select(stands ? selection : first);
}

/** Outlines what belongs to one number and tells it. */
function select(view, { grid, cell }, isPinned) {
  const { names, state, results } = view;
  const isMap = state.view === "map";
  for (const name of isMap ? MAPS : CHAINS) {
    if (view.grids[name].element.hidden) continue;
    const isOwn = name === grid;
    const product = isOwn && cell[1] === 3 ? Array.from({ length: cell[0] + 1 }, (_, row) => [row, 2]) : [];
    const linked = isMap && !isOwn ? [cell] : isMap ? [] : product;
    view.grids[name].grid.mark({ current: isOwn ? cell : null, linked, tags: null, pinned: isPinned });
  }
  if (isMap) {
    const x = state.input[cell[0]][cell[1]];
    view.sentence.textContent = names.map((name) => words.cell(
      label(name), cell, short(x), short(core.value(name, x, state)), short(core.slope(name, x, state)))).join(" ");
  } else {
    const index = grid === "chain" ? 0 : 1;
    const { z, y, slope, product } = results[index][cell[0]];
    view.sentence.textContent = words.layer(label(names[index]), cell[0] + 1,
      [z, y, state.w, slope, product].map(short), view.shares[index][cell[0]]);
  }
  return view.sentence.textContent;
}
