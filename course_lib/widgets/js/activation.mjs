// The view of activations: curves with a point that moves, a feature map before and after, the gradient through depth.
// State: function, other (null: nothing to compare), x, negative_slope, weight, alpha, beta, input (rows), w, layers,
// view.
import { createCurve, createProducts, sight } from "./activation/curves.mjs";
import * as core from "./core/activation.mjs";
import { byName, crop, mapRows, range, sizeOf } from "./core/arrays.mjs";
import style from "./styles/activation.css";
import { createChoice } from "./ui/choice.mjs";
import { h } from "./ui/dom.mjs";
import { createFields } from "./ui/fields.mjs";
import { densityFor } from "./ui/grid.mjs";
import { format, short } from "./ui/numbers.mjs";
import { cellsOf, createPanel } from "./ui/panel.mjs";
import { createPin } from "./ui/pin.mjs";
import { createTabbedWidget } from "./ui/widget.mjs";
import words from "./words/activation.mjs";

const FIELDS = ["function", "other", "x", "negative_slope", "weight", "alpha", "beta", "input", "w", "layers", "view"];
const SHOWN_IN = { curves: ["x"], map: ["rows", "columns"], depth: ["x", "w", "layers"] };
const MAPS = ["input", "f", "slope", "otherF", "otherSlope"];
const CHAINS = ["chain", "otherChain"];
const [FACTOR, PRODUCT, DEAD] = [2, 3, 4]; // columns of a chain
const DRAW = { curves: drawCurves, map: drawMap, depth: drawDepth };
const label = (name) => words.names[name] ?? name;
/** A function at x as it is told: its name, x, its value and its slope. */
const found = (name, x, p) => [label(name), short(x), short(core.value(name, x, p)), short(core.slope(name, x, p))];

function render({ model, el }) {
  const view = {};
  const options = Object.keys(core.FUNCTIONS).map((name) => [name, label(name)]);
  view.one = createChoice({ label: words.one, options, onChoose: (name) => change(view, { function: name }) });
  view.other = createChoice({
    label: words.other, options: [["", words.nothing], ...options],
    onChoose: (name) => change(view, { other: name || null }),
  });
  view.fields = createFields(core.LIMITS, words, (name, value) => change(view, { [name]: value }), FRACTIONS);
  view.pin = createPin({
    say: (text) => view.widget.say(text), gridOf: ({ grid }) => view.panels[grid].grid,
    tell: (selection, isPinned) => select(view, selection, isPinned),
  });
  view.panels = byName([...MAPS, ...CHAINS], (name) => createPanel({
    ...view.pin.handlers({ grid: name }), onEdit: ([i, j], value) => change(view, {
      values: mapRows(view.draft.values, (old, n, m) => (n === i && m === j ? value : old)),
    }),
  }));
  view.below = [view.pin.story, h("p", { class: "cw-help" }, words.help)];
  view.widget = createTabbedWidget({ model, el }, {
    name: "activation", words, style, state: FIELDS, adopt: (state) => adopt(view, state),
    controls: [view.one.element, view.other.element, ...view.fields.elements], below: view.below,
    parts: () => partsOf(view), onTab: (name) => change(view, { view: name }),
  });
  adopt(view, view.widget.initial);
  return view.widget.stop;
}

export default { render };

// ---- layout -------------------------------------------------------------------------------------

/** Numbers that need not be whole; their sliders stop at round ones. */
const fractions = Object.keys(core.LIMITS).filter((name) => !core.WHOLE.includes(name));
const FRACTIONS = byName(fractions, (name) => {
  const [min, max] = core.LIMITS[name];
  const step = name === "x" || name === "w" ? 0.05 : (max - min) / 40;
  const stops = range(Math.round((max - min) / step) + 1).map((k) => Number((min + k * step).toFixed(4)));
  return { step: "any", stops: () => stops };
});

function partsOf(view) {
  const onMove = (x) => change(view, { x });
  view.values = createCurve({ measure: core.value, title: words.values, onMove });
  view.slopes = createCurve({ measure: core.slope, title: words.slopes, onMove });
  view.products = createProducts();
  view.told = {};
  const part = (name, ...children) => {
    view.told[name] = h("div", { class: "cw-readings" });
    return { element: h("div", {}, view.told[name], ...children) };
  };
  const figure = (names, kind) => h("div", { class: `cw-figure ${kind}` },
    ...names.map((name) => view.panels[name].element));
  const charts = h("div", { class: "cw-charts" }, view.values.element, view.slopes.element);
  const stop = () => {
    for (const chart of [view.values, view.slopes, view.products]) chart.stop();
  };
  return {
    curves: { ...part("curves", charts, h("p", { class: "cw-note" }, words.drag)), stop },
    map: part("map", figure(MAPS, "")), depth: part("depth", view.products.element, figure(CHAINS, "is-chains")),
  };
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside; cells beyond its edges stand ready for when the map grows. */
function adopt(view, state) {
  view.pin.forget();
  const [rows, columns] = sizeOf(state.input);
  change(view, { ...state, rows, columns, values: core.extend(state.input) });
}

/** Shows the draft with `changes`; where it is legal, it becomes the model's state. */
function change(view, changes) {
  if (changes.view && changes.view !== view.draft?.view) view.pin.forget();
  const draft = { ...view.draft, ...changes };
  const problems = core.problems(draft);
  view.draft = draft;
  view.names = [draft.function, ...(draft.other ? [draft.other] : [])];
  view.one.show(draft.function);
  view.other.show(draft.other ?? "");
  const parameters = view.names.map((name) => core.FUNCTIONS[name].parameter);
  view.fields.show(draft, problems, [...parameters, ...SHOWN_IN[draft.view]]);
  view.widget.tabs.show(draft.view);
  if (view.widget.refuses(problems[0])) return;
  for (const element of view.below) element.hidden = draft.view === "curves";
  view.state = byName(FIELDS, (field) => draft[field]);
  view.state.input = crop(draft.values, [draft.rows, draft.columns]);
  view.widget.write(view.state);
  DRAW[draft.view](view);
}

// ---- drawing ------------------------------------------------------------------------------------

/** What is told of each function, marked with the line that its curve has. */
const told = (texts) => texts.map((text, index) => h("p", { class: "cw-reading" },
  h("span", { class: `cw-key ${index ? "is-other" : "is-one"}`, "aria-hidden": "true" }),
  h("span", { class: "cw-sentence" }, text)));

function drawCurves(view) {
  const { names, state } = view;
  const { x } = state;
  const readings = names.map((name) => words.reading(found(name, x, state)));
  const kinks = names.filter((name) => core.FUNCTIONS[name].kinks.includes(x))
    .map((name) => words.kink(found(name, x, state)));
  const lines = told(readings);
  names.forEach((name, index) => lines[index].append(
    h("span", { class: "cw-note" }, words.definition(label(name), words.formula[name]))));
  view.told.curves.replaceChildren(...lines, ...kinks.map((kink) => h("p", { class: "cw-note" }, kink)));
  const data = { names, p: state, at: x };
  const ends = sight(x).map(short);
  for (const name of ["values", "slopes"]) view[name].show(words.chart(words.sight(words[name], ends), readings), data);
  view.widget.say([...readings, ...kinks].join(". "));
}

function drawMap(view) {
  const { names: [one, other], state, panels } = view;
  const { input } = state;
  const density = densityFor([input[0].length * 1.4]);
  const draw = (place, name, measure, title) => {
    const panel = panels[place];
    panel.element.hidden = !name;
    if (!name) return;
    const isInput = place === "input";
    const values = mapRows(input, (x) => measure(name, x, state));
    const cells = mapRows(cellsOf(values, (...cell) => words.name(title, cell), isInput), (cell, i, j) => {
      const isDead = !isInput && core.slope(name, input[i][j], state) === 0;
      return isDead ? { ...cell, kind: "is-dropped", label: words.blocked(cell.text) } : cell;
    });
    panel.show(cells, words.caption(title, sizeOf(input)), density);
  };
  draw("input", one, (name, x) => x, words.input);
  draw("f", one, core.value, words.output(label(one)));
  draw("slope", one, core.slope, words.slopeOf(label(one)));
  draw("otherF", other, core.value, words.output(label(other)));
  draw("otherSlope", other, core.slope, words.slopeOf(label(other)));
  view.told.map.replaceChildren(...view.names.map((name) => {
    const { dead, mean } = core.passing(name, input, state);
    return h("p", { class: "cw-note" }, words.passes(label(name), dead, input.flat().length, format(mean, 3)));
  }));
  keep(view, { grid: "f", cell: [0, 0] });
}

function drawDepth(view) {
  const { names, state } = view;
  view.results = names.map((name) => core.chain(name, state.x, state.w, state.layers, state));
  view.shares = names.map((name) => core.deadShares(name, state.w, state.layers, state));
  const last = view.results.map((chain) => chain.at(-1).product);
  const ends = names.map((name, index) => words.end(label(name), state.layers, short(last[index])));
  view.products.show(words.chart(words.products, ends), { chains: view.results });
  view.told.depth.replaceChildren(...told(ends.map((end, index) => words.verdict(
    end, words.fate[fate(last[index])], view.shares[index].at(-1)))));
  CHAINS.forEach((place, index) => {
    const panel = view.panels[place];
    panel.element.hidden = index >= names.length;
    if (panel.element.hidden) return;
    const rows = view.results[index].map(
      ({ z, y, factor, product }, layer) => [z, y, factor, product, view.shares[index][layer]]);
    const named = cellsOf(rows, (layer, column) => words.layerCell(layer + 1, words.columns[column]));
    const cells = mapRows(named, (cell, layer, column) => {
      if (column === DEAD) return { ...cell, text: words.percent(cell.value) };
      return column >= FACTOR && cell.value === 0 ? { ...cell, kind: "is-dropped" } : cell;
    });
    panel.show(cells, words.caption(words.layers(label(names[index])), sizeOf(rows)), "high");
    words.columns.forEach((head, column) => { panel.grid.cells[0][column].dataset.head = head; });
  });
  keep(view, { grid: "chain", cell: [state.layers - 1, PRODUCT] });
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
const keep = ({ pin, panels }, first) => pin.keep(first, ({ grid, cell }) => panels[grid].has(cell));

/** Outlines what belongs to one number and tells it. */
function select(view, { grid, cell }, isPinned) {
  const { names, state, results } = view;
  const isMap = state.view === "map";
  for (const name of isMap ? MAPS : CHAINS) {
    const panel = view.panels[name];
    if (panel.element.hidden) continue;
    const isOwn = name === grid;
    const factors = isOwn && cell[1] === PRODUCT ? range(cell[0] + 1).map((layer) => [layer, FACTOR]) : [];
    const places = isOwn ? [] : [cell];
    panel.grid.mark({ current: isOwn ? cell : null, linked: isMap ? places : factors, pinned: isPinned });
  }
  const { sentence } = view.pin;
  if (isMap) {
    const x = state.input[cell[0]][cell[1]];
    sentence.textContent = names.map((name) => words.cell(cell, found(name, x, state))).join(" ");
  } else {
    const index = CHAINS.indexOf(grid);
    const { z, y, slope, product } = results[index][cell[0]];
    sentence.textContent = words.layer(label(names[index]), cell[0] + 1, [z, y, state.w, slope, product].map(short),
      view.shares[index][cell[0]]);
  }
  return sentence.textContent;
}
