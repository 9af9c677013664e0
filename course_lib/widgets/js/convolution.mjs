// The view of one layer: controls, grids of numbers forward and backward, the sum behind a cell, the output size.
// State, in torch's words: see `convolution` in course_lib/widgets/convolution.py.
import { addressOf } from "./convolution/address.mjs";
import { createExtras } from "./convolution/extras.mjs";
import { createMore } from "./convolution/more.mjs";
import { arrange, refusal } from "./convolution/panels.mjs";
import { gridHandlers, letGo, mark, select } from "./convolution/select.mjs";
import { drawSizes } from "./convolution/sizes.mjs";
import { FIELDS, closed, inShape, opened, read, sizeOf } from "./convolution/state.mjs";
import * as core from "./core/convolution.mjs";
import css from "./styles/convolution.css";
import { createControls } from "./ui/controls.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { NumberGrid, densityFor } from "./ui/grid.mjs";
import { createTabs } from "./ui/tabs.mjs";
import words from "./words/convolution.mjs";

const SLIDER_MAX = { input: 32, kernel: 11, padding: 10, stride: 8, dilation: 5, output_padding: 4, output_size: 16 };
const GRID_TABS = ["output", "input_grad", "kernel_grad", "bias_grad"];

function render({ model, el }) {
  const view = {
    model, linked: true, pinned: false, filter: 0, channel: 0, symbols: false, hidden: false, problems: [],
    grids: new Map(), panels: new Map(), terms: [], selection: { role: "output", slice: [0], cell: [0, 0] },
  };
  const start = read(model);
  makeParts(view, start);
  const frame = createFrame(el, { name: "convolution", label: words.convolution, style: css },
    view.more.bar, view.controls.element, view.more.element, view.tabs.element);
  view.say = frame.say;
  adopt(view, start);
  const fromModel = () => {
    if (!view.isPublishing) adopt(view, read(model));
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  view.address = addressOf(frame.root, start, {
    adopt: (state) => adopt(view, state), say: view.say, ready: () => view.extras.show(),
  });
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    view.extras.stop();
    frame.stop();
  };
}

export default { render };

// ---- parts ---------------------------------------------------------------------------------------

function makeParts(view, start) {
  const update = (parameter, draft) => change(view, parameter, draft);
  view.controls = makeControls(view, start);
  view.more = createMore(view, {
    change: update,
    onBias: (isOn) => {
      view.hasBias = isOn;
      change(view, "kernel", view.draft);
    },
    onPreset: (settings) => {
      view.linked = core.PARAMETERS[settings.operation].every(
        (name) => String(settings[name][0]) === String(settings[name][1]));
      Object.assign(view, { hasBias: false, pinned: false });
      change(view, "kernel", { ...settings });
    },
  });
  view.tabs = createTabs({
    label: words.tabs, tabs: words.tabNames,
    onChoose: (tab) => {
      Object.assign(view, { tab, pinned: false, selection: null });
      change(view, "kernel", view.draft);
    },
  });
  view.rows = h("div", {
    class: "cw-rows",
    onpointerdown: ({ pointerType }) => { view.isDown = pointerType !== "touch"; }, // a finger scrolls
    onpointerover: ({ buttons }) => { view.isDown &&= buttons > 0; },
    onpointerup: () => { view.isDown = false; },
  });
  view.sentence = h("div", {
    class: "cw-sentence",
    onpointerover: ({ target }) => target.term && mark(view, [target.term]),
    onpointerout: ({ target }) => target.term && mark(view, view.terms),
  });
  view.unpin = h("button", { class: "cw-button", type: "button", onclick: () => letGo(view) }, words.unpin);
  view.story = h("div", { class: "cw-story" }, view.sentence, view.unpin);
  view.sizes = h("div", { class: "cw-sizes" });
  view.extras = createExtras(view, { redraw: () => change(view, "kernel", view.draft) });
  view.body = h("div", {}, view.extras.options, view.extras.note, view.rows, view.extras.ask, view.extras.player,
    view.story, view.sizes, h("p", { class: "cw-help" }, words.help));
  view.onSelect = () => view.extras.showPlace();
}

function makeControls(view, start) {
  const parameters = Object.fromEntries(Object.keys(core.LIMITS).map(
    (name) => [name, { min: core.LIMITS[name][0], sliderMax: SLIDER_MAX[name] }]));
  return createControls({
    parameters,
    onValue: (name, axes, value) => change(view, name, core.withValue(view.draft, name, axes, value)),
    onSquare: (isOn) => makeSquare(view, isOn),
    onSame: (isOn) => change(view, "padding", {
      ...view.draft, padding: isOn ? "same" : core.AXES.map((axis) => core.pads(view.draft, axis)[0]),
    }),
    onReset: () => {
      Object.assign(view, { selection: null, pinned: false, linked: true, filter: 0, channel: 0, symbols: false });
      adopt(view, start);
    },
  });
}

function makeSquare(view, isOn) {
  view.linked = isOn;
  const equal = ([name, value]) => [name, isOn && name in core.LIMITS && value !== "same" ? [value[0], value[0]]
    : value];
  change(view, "kernel", Object.fromEntries(Object.entries(view.draft).map(equal)));
}

// ---- state ---------------------------------------------------------------------------------------

/** Takes over a state from outside. */
function adopt(view, state) {
  Object.assign(view, opened(state));
  view.linked &&= core.PARAMETERS[view.draft.operation].every((name) => view.draft[name] === "same"
    || String(view.draft[name][0]) === String(view.draft[name][1]));
  view.tabs.show(view.tab);
  change(view, "kernel", view.draft);
}

/** Shows `draft`; where it is legal, it becomes the model's state. */
function change(view, parameter, given) {
  // A text that is no number has no nearest one: the last legal value is offered.
  view.problems = core.problems(given, parameter, view.linked).map((problem) => ({
    ...problem, nearest: problem.nearest ?? lastLegal(view, problem),
  }));
  const draft = view.problems.length ? given : core.withLegalRest(given, view.legal);
  view.draft = draft;
  view.layer = core.layerOf(draft);
  if (view.problems.length === 0) publish(view);
  const pads = core.AXES.map((axis) => core.pads(draft, axis));
  const isPerSide = draft.padding !== "same" && draft.padding.some(Array.isArray);
  view.controls.show({
    values: { ...draft, padding: pads.map(([before]) => before) }, problems: view.problems, linked: view.linked,
    same: draft.padding === "same" && pads, pads: draft.padding === "same" || isPerSide ? pads : undefined,
    unused: Object.keys(core.LIMITS).filter((name) => !core.PARAMETERS[draft.operation].includes(name)),
  });
  view.more.show();
  draw(view);
}

function lastLegal({ legal }, { parameter, axis }) {
  if (axis === null) return legal[parameter];
  return parameter === "padding" ? core.pads(legal, axis)[0] : legal[parameter][axis];
}

function publish(view) {
  const { draft, model } = view;
  view.legal = draft;
  view.shaped = inShape(view);
  const state = closed(view);
  const changed = FIELDS.filter((field) => JSON.stringify(state[field]) !== JSON.stringify(model.get(field)));
  view.isPublishing = true; // `set` calls our own listeners
  for (const field of changed) model.set(field, state[field]);
  view.isPublishing = false;
  if (changed.length) model.save_changes();
  view.address?.write(state);
}

// ---- drawing -------------------------------------------------------------------------------------

function draw(view) {
  const { layer: conv } = view;
  const isLegal = view.problems.length === 0;
  view.output = null;
  if (isLegal) {
    Object.assign(view, core.forward(conv, view.shaped));
    view.grads = core.gradients(conv, view.shaped, view.shaped.upstream);
    view.filter = Math.min(view.filter, conv.filters - 1);
    view.channel = Math.min(view.channel, conv.channels - 1);
  }
  view.extras.show();
  const isGrids = GRID_TABS.includes(view.tab);
  if (isGrids || !isLegal) {
    drawGrids(view);
    drawSizes(view);
    view.sizes.hidden = isLegal && view.tab !== "output";
  } else view.panels = new Map();
  view.body.classList.toggle("is-other", !isGrids);
  view.tabs.panels[view.tab].replaceChildren(isGrids || !isLegal ? view.body : view.extras.content());
  const { selection } = view;
  const isThere = selection
    && view.panels.get(`${selection.role}:${selection.slice}`)?.cells?.[selection.cell[0]]?.[selection.cell[1]];
  const first = view.result?.cells && { role: view.result.role, slice: view.result.slice, cell: [0, 0] };
  view.story.hidden = !view.output || view.hidden === "size";
  if (isGrids) select(view, isThere ? selection : first ?? null);
  if (!isLegal) view.say(refusal(view, "output"));
  else if (!view.hidden) view.say(words.newOutput(words.size(sizeOf(view.output[view.filter]))));
}

function drawGrids(view) {
  const usual = GRID_TABS.includes(view.tab) ? view : { ...view, tab: "output" };
  const { rows, result, note } = arrange(usual);
  const panels = rows.flat().filter(({ role }) => role);
  view.result = result;
  view.panels = new Map(panels.map((panel) => [`${panel.role}:${panel.slice}`, panel]));
  const widths = rows.map((row) => row.filter(({ cells }) => cells).map(({ cells }) => cells[0].length))
    .filter(({ length }) => length);
  const total = (columns) => columns.reduce((sum, count) => sum + count, 0);
  const widest = widths.reduce((best, columns) => (total(columns) > total(best) ? columns : best), []);
  const isTall = rows.length > 1 && total(widest) > 24; // several large channels: small cells keep them in sight
  const density = isTall ? "high" : widest.length ? densityFor(widest) : "low";
  const hadFocus = view.rows.contains(document.activeElement) ? document.activeElement : null;
  const figures = rows.map((row) => row.map((each) => (each.sign
    ? h("span", { class: `cw-sign${each.sign.length > 1 ? " is-text" : ""}`, "aria-hidden": "true" }, each.sign)
    : drawPanel(view, each, density))));
  const shape = JSON.stringify([view.tab,
    rows.map((row) => row.map((each) => each.sign ?? `${each.role}:${each.slice}`))]);
  if (shape !== view.shape) view.rows.replaceChildren(...figures.map(
    (row, at) => h("div", { class: `cw-figure${at && rows[at][0].sign ? " is-sum" : ""}` }, ...row)));
  view.shape = shape;
  if (hadFocus && hadFocus !== document.activeElement && view.rows.contains(hadFocus)) hadFocus.focus();
  view.extras.showNote(note);
}

/** One grid and its caption; where there is nothing to draw, the reason takes its place. */
function drawPanel(view, panel, density) {
  const key = `${panel.role}:${panel.slice}`;
  if (!view.grids.has(key)) view.grids.set(key, makePanel(view, panel));
  const { element, caption, grid, reason } = view.grids.get(key);
  caption.textContent = panel.title;
  grid.element.hidden = !panel.cells;
  reason.hidden = Boolean(panel.cells);
  reason.className = view.problems.length ? "cw-refusal" : "cw-note";
  reason.textContent = panel.refusal ?? "";
  if (panel.cells) grid.draw(panel.cells, { label: panel.title, density });
  return element;
}

function makePanel(view, { role, slice }) {
  const caption = h("p", { class: "cw-caption" });
  const reason = h("p", { class: "cw-refusal" });
  const grid = new NumberGrid(gridHandlers(view, { role, slice },
    (place, cell, value) => edit(view, place, cell, value)));
  return { grid, caption, reason, element: h("div", { class: "cw-panel" }, caption, grid.element, reason) };
}

function edit(view, { role, slice }, [row, column], value) {
  const { values, layer: conv } = view;
  if (role === "input") {
    const [top, left] = core.AXES.map((axis) => core.framePads(conv, axis)[0]);
    values.input[slice[0]][row - top][column - left] = value;
  } else if (role === "kernel") {
    const [first, second] = core.weightIndex(conv, ...slice);
    values.kernel[first][second][row][column] = value;
  } else if (role === "bias") values.bias[slice[0]] = value;
  else values.upstream.set(`${slice[0]},${row},${column}`, value);
  change(view, role in core.LIMITS ? role : "kernel", view.draft);
}
