// The view of one layer: controls, grids of numbers forward and backward, the sum behind a cell, the output size.
// State, in torch's words: see `convolution` in course_lib/widgets/convolution.py.
import { addressOf } from "./convolution/address.mjs";
import { createAsk } from "./convolution/ask.mjs";
import { createControls } from "./convolution/controls.mjs";
import { createMatrix } from "./convolution/matrix.mjs";
import { createOptions } from "./convolution/options.mjs";
import { arrange, isGridTab, refusal } from "./convolution/panels.mjs";
import { createPointing, keyOf } from "./convolution/pointing.mjs";
import { drawSizes } from "./convolution/sizes.mjs";
import { FIELDS, closed, inShape, opened, sizeOf } from "./convolution/state.mjs";
import { pytorch } from "./core/convolution/code.mjs";
import * as core from "./core/convolution.mjs";
import css from "./styles/convolution.css";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { NumberGrid, densityFor } from "./ui/grid.mjs";
import { bindModel } from "./ui/model.mjs";
import { followColours } from "./ui/pictures.mjs";
import { createPlayer } from "./ui/player.mjs";
import { createTabs } from "./ui/tabs.mjs";
import words from "./words/convolution.mjs";

function render({ model, el }) {
  const view = { filter: 0, channel: 0, linked: true, grids: new Map(), panels: new Map(), terms: [] };
  view.say = (text) => view.frame?.say(text);
  view.model = bindModel(model, FIELDS, (state) => adopt(view, state));
  const start = view.model.read();
  makeParts(view, start);
  view.frame = createFrame(el, { name: "convolution", label: words.convolution, style: css },
    ...view.controls.elements, view.tabs.element);
  adopt(view, start);
  const stopColours = followColours(view.frame.root, view.matrix.recolour);
  view.address = addressOf(view.frame.root, view.state, {
    adopt: (state) => adopt(view, state), say: view.say, ready: view.options.show,
  });
  return () => {
    stopColours();
    for (const part of [view.model, view.address, view.player, view.frame]) part.stop();
  };
}

export default { render };

// ---- parts ---------------------------------------------------------------------------------------

function makeParts(view, start) {
  const redraw = () => change(view, "kernel", view.draft);
  view.controls = createControls(view, {
    change: (parameter, draft) => change(view, parameter, draft),
    onSquare: (isOn) => makeSquare(view, isOn),
    onBias: (isOn) => {
      view.hasBias = isOn;
      redraw();
    },
    onPreset: (draft) => {
      Object.assign(view, { hasBias: false, linked: isSquare(draft) });
      view.pin.forget();
      change(view, "kernel", draft);
    },
    onReset: () => {
      Object.assign(view, { linked: true, filter: 0, channel: 0, symbols: false, asked: null, brush: null });
      view.pin.forget();
      adopt(view, start);
    },
  });
  view.tabs = createTabs({
    label: words.tabs, tabs: words.tabNames,
    onChoose: (tab) => {
      view.tab = tab;
      view.pin.forget();
      redraw();
    },
  });
  view.options = createOptions(view, {
    redraw,
    onPicture: (draft, maps) => {
      const { input } = view.values;
      maps.forEach((map, channel) => map.forEach((row, i) => input[channel][i].splice(0, row.length, ...row)));
      view.linked &&= isSquare(draft);
      change(view, "input", draft);
    },
  });
  view.rows = h("div", {
    onpointerdown: ({ pointerType }) => { view.isDown = pointerType !== "touch"; }, // a finger scrolls
    onpointerover: ({ buttons }) => { view.isDown &&= buttons > 0; },
    onpointerup: () => { view.isDown = false; },
  });
  view.pointing = createPointing(view, {
    onEdit: (...edited) => edit(view, ...edited), onSelect: () => showPlace(view),
  });
  view.pin = view.pointing.pin;
  view.question = createAsk(view, {
    onReveal: () => {
      redraw();
      if (!view.hidden) view.grids.get(keyOf(view.result)).grid.focus([0, 0]); // the form is gone
    },
  });
  view.player = createPlayer({
    label: words.player,
    onStep: (step) => {
      const { role, slice, cells: [{ length }] } = view.result;
      view.pin.forget();
      view.pin.select({ role, slice, cell: [Math.floor(step / length), step % length] });
    },
  });
  view.note = h("p", { class: "cw-note" });
  view.sizes = h("div", { class: "cw-sizes" });
  view.matrix = createMatrix(view);
  view.code = createCode({ label: words.tabNames.code, say: view.say });
  view.grid = h("div", {}, view.options.element, view.note, view.rows, view.question.element, view.player.element,
    view.pointing.story, view.sizes, h("p", { class: "cw-help" }, words.help));
}

const isSquare = (draft) => core.PARAMETERS[draft.operation].every((name) => draft[name] === "same"
  || String(draft[name][0]) === String(draft[name][1]));

function makeSquare(view, isOn) {
  view.linked = isOn;
  const uneven = Object.keys(core.LIMITS).filter((name) => isOn && view.draft[name] !== "same");
  change(view, "kernel", { ...view.draft, ...Object.fromEntries(uneven.map(
    (name) => [name, [view.draft[name][0], view.draft[name][0]]])) });
}

// ---- state ---------------------------------------------------------------------------------------

/** Takes over a state from outside. */
function adopt(view, state) {
  Object.assign(view, opened(state));
  view.linked &&= isSquare(view.draft);
  view.tabs.show(view.tab);
  change(view, "kernel", view.draft);
}

/** Shows `draft`; where it is legal, it becomes the model's state. */
function change(view, parameter, given) {
  // A text that is no number has no nearest one: the last legal value is offered.
  view.problems = core.problems(given, parameter, view.linked).map((problem) => ({
    ...problem, nearest: problem.nearest ?? lastLegal(view, problem),
  }));
  view.draft = view.problems.length ? given : core.withLegalRest(given, view.legal);
  view.layer = core.layerOf(view.draft);
  if (!view.problems.length) {
    Object.assign(view, { legal: view.draft, shaped: inShape(view), state: closed(view) });
    view.model.write(view.state);
    view.address?.write(view.state);
  }
  view.controls.show();
  draw(view);
}

function lastLegal({ legal }, { parameter, axis }) {
  if (axis === null) return legal[parameter];
  return parameter === "padding" ? core.padsAlong(legal, axis)[0] : legal[parameter][axis];
}

function edit(view, { role, slice }, [row, column], value) {
  const { values, layer: conv } = view;
  if (role === "input") {
    const [top, left] = conv.sides.map(({ before }) => before);
    values.input[slice[0]][row - top][column - left] = value;
  } else if (role === "kernel") core.mapOf(conv, values.kernel, ...slice)[row][column] = value;
  else if (role === "bias") values.bias[slice[0]] = value;
  else values.grad_output[[slice[0], row, column]] = value;
  change(view, role in core.LIMITS ? role : "kernel", view.draft);
}

// ---- drawing -------------------------------------------------------------------------------------

function draw(view) {
  const { layer: conv, tab } = view;
  const isLegal = view.problems.length === 0;
  view.output = null;
  if (isLegal) {
    Object.assign(view, core.forward(conv, view.shaped));
    view.gradOutput = core.letThrough(conv, view.output, view.shaped.grad_output);
    view.grads = core.gradients(conv, view.shaped, view.gradOutput);
    view.filter = Math.min(view.filter, conv.filters - 1);
    view.channel = Math.min(view.channel, conv.channels - 1);
  }
  view.question.show();
  view.options.show();
  const isGrids = isGridTab(tab) || !isLegal;
  drawSizes(view);
  if (isGrids) drawGrids(view);
  else Object.assign(view, { panels: new Map(), result: null });
  view.sizes.hidden = isLegal && tab !== "output";
  view.pointing.story.hidden = !isLegal || view.hidden === "size";
  const panel = view.tabs.panels[tab];
  const isAsked = !isGrids && view.hidden; // both other tabs tell the answer
  const content = isGrids ? view.grid : isAsked ? h("p", { class: "cw-note" }, words.workOut) : view[tab].element;
  if (panel.firstChild !== content) panel.replaceChildren(content);
  if (content === view.matrix.element) view.matrix.show();
  if (content === view.code.element) view.code.show(pytorch(conv, view.shaped, view.activated, view.grads));
  const selection = view.pin.selection();
  const isThere = view.pointing.has(selection);
  if (!isThere) view.pin.forget();
  const first = view.result?.cells ? { role: view.result.role, slice: view.result.slice, cell: [0, 0] } : null;
  if (isGrids) view.pin.select(isThere ? selection : first, false);
  if (!isLegal) view.say(refusal(view, "output"));
  else if (!view.hidden && tab !== "matrix") view.say(words.newOutput(words.size(sizeOf(view.output[view.filter]))));
}

function showPlace({ player, result, pin, question }) {
  const [rows, columns] = result?.cells ? sizeOf(result.cells) : [0, 0];
  player.element.hidden = rows * columns < 2;
  question.show();
  const selection = pin.selection();
  const isHere = selection && result && keyOf(selection) === keyOf(result);
  if (rows) player.show(isHere ? selection.cell[0] * columns + selection.cell[1] : 0, rows * columns);
}

function drawGrids(view) {
  const { rows, result, note } = arrange(isGridTab(view.tab) ? view : { ...view, tab: "output" });
  const panels = rows.flat().filter(({ role }) => role);
  view.result = result;
  view.panels = new Map(panels.map((panel) => [keyOf(panel), panel]));
  const total = (columns) => columns.reduce((sum, count) => sum + count, 0);
  const widest = rows.map((row) => row.filter(({ cells }) => cells).map(({ cells }) => cells[0].length))
    .reduce((best, columns) => (total(columns) > total(best) ? columns : best), []);
  // Several large channels: small cells keep them in sight.
  const density = rows.length > 1 && total(widest) > 24 ? "high" : densityFor([0, ...widest]);
  const figures = rows.map((row) => row.map((each) => (each.sign
    ? h("span", { class: `cw-sign${each.sign.length > 1 ? " is-text" : ""}`, "aria-hidden": "true" }, each.sign)
    : drawPanel(view, each, density))));
  const shape = rows.map((row) => row.map((each) => each.sign ?? keyOf(each)).join()).join(";");
  if (shape !== view.shape) {
    view.rows.replaceChildren(...figures.map(
      (row, at) => h("div", { class: `cw-figure${at && rows[at][0].sign ? " is-sum" : ""}` }, ...row)));
  }
  view.shape = shape;
  const last = view.layer.activation ? "gradActivated" : "gradOutput";
  view.note.textContent = [result && view.tab !== "output" ? words.gradient(words.name(last, [])) : "", note]
    .filter(Boolean).join(" ");
}

/** One grid and its caption; where there is nothing to draw, the reason takes its place. */
function drawPanel(view, { role, slice, title, cells, refusal: text = "" }, density) {
  const key = keyOf({ role, slice });
  if (!view.grids.has(key)) {
    const grid = new NumberGrid(view.pointing.handlers({ role, slice }));
    const [caption, reason] = [h("p", { class: "cw-caption" }), h("p")];
    const element = h("div", { class: "cw-panel" }, caption, grid.element, reason);
    view.grids.set(key, { element, caption, grid, reason });
  }
  const { element, caption, grid, reason } = view.grids.get(key);
  caption.textContent = title;
  grid.element.hidden = !cells;
  reason.hidden = Boolean(cells);
  reason.className = view.problems.length ? "cw-refusal" : "cw-note";
  reason.textContent = text;
  if (cells) grid.draw(cells, { label: title, density });
  return element;
}
