// The view of one layer: controls, grids of numbers forward and backward, the sum behind a cell, the output size.
// State, in torch's words: see `convolution` in course_lib/widgets/convolution.py.
import { createControls } from "./convolution/controls.mjs";
import { load } from "./convolution/more.mjs";
import { createOptions } from "./convolution/options.mjs";
import { arrange, isGridTab, refusal } from "./convolution/panels.mjs";
import { createPointing, keyOf } from "./convolution/pointing.mjs";
import { drawSizes } from "./convolution/sizes.mjs";
import { DEFAULTS, closed, inShape, isSound, opened } from "./convolution/state.mjs";
import { isSame, sizeOf, sum } from "./core/arrays.mjs";
import * as core from "./core/convolution.mjs";
import css from "./styles/convolution.css";
import { createAddress } from "./ui/address.mjs";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { densityFor } from "./ui/grid.mjs";
import { bindModel } from "./ui/model.mjs";
import { createPanel } from "./ui/panel.mjs";
import { createPlayer } from "./ui/player.mjs";
import { createTabs } from "./ui/tabs.mjs";
import words from "./words/convolution.mjs";

function render({ model, el }) {
  const view = { filter: 0, channel: 0, isSquare: true, grids: new Map(), panels: new Map(), terms: [] };
  view.say = (text) => view.frame?.say(text);
  view.model = bindModel(model, Object.keys(DEFAULTS), (state) => adopt(view, state));
  const start = view.model.read();
  makeParts(view, start);
  view.frame = createFrame(el, { name: "convolution", label: words.convolution, style: css },
    ...view.controls.elements, view.tabs.element);
  adopt(view, start);
  view.address = createAddress(view.frame.root, "convolution", view.state, {
    defaults: DEFAULTS, isSound, adopt: (state) => adopt(view, state), say: view.say, ready: view.options.show,
  });
  return () => {
    for (const part of [view.model, view.address, view.player, view.frame, view.matrix]) part?.stop();
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
      Object.assign(view, { hasBias: false, isSquare: isSquare(draft) });
      view.options.cancelPicture();
      view.pin.forget();
      change(view, "kernel", draft);
    },
    onReset: () => {
      Object.assign(view, { isSquare: true, filter: 0, channel: 0, symbols: false, asked: null, brush: null });
      view.pin.forget();
      adopt(view, start);
    },
  });
  view.tabs = createTabs({
    label: words.tabsLabel, tabs: words.tabNames,
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
      view.isSquare &&= isSquare(draft);
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
  view.code = createCode({ label: words.tabNames.code, say: view.say });
  view.place = h("div"); // of the question
  view.waiting = h("p", { class: "cw-note" });
  view.grid = h("div", {}, view.options.element, view.note, view.rows, view.place, view.player.element,
    view.pin.story, view.sizes, h("p", { class: "cw-help" }, words.help));
}

/** Gets what a question, the matrix and the code need, and draws again; without it questions are not asked. */
async function getMore(view) {
  if (view.isComing) return;
  view.isComing = true;
  view.waiting.textContent = words.loading;
  view.place.replaceChildren();
  try {
    const { createAsk, createForms, pytorch } = await load();
    view.question = createAsk(view, {
      onReveal: () => {
        change(view, "kernel", view.draft);
        if (!view.hidden) view.grids.get(keyOf(view.result)).grid.focus([0, 0]); // the form is gone
      },
    });
    view.place.append(view.question.element);
    Object.assign(view, { matrix: createForms(view), pytorch });
    draw(view);
  } catch (error) {
    console.error("course widget:", error);
    view.waiting.textContent = words.notLoaded;
    const isAsked = view.ask;
    view.ask = false;
    if (isAsked) {
      change(view, "kernel", view.draft); // it stays `isComing` meanwhile, or an open tab would ask for it again
      view.place.replaceChildren(h("p", { class: "cw-problem" }, words.notLoaded));
    }
    view.isComing = false;
    view.say(words.notLoaded);
  }
}

const isSquare = (draft) => core.PARAMETERS[draft.operation].every((name) => draft[name] === "same"
  || isSame(...draft[name]));

function makeSquare(view, isOn) {
  view.isSquare = isOn;
  const uneven = Object.keys(core.LIMITS).filter((name) => isOn && view.draft[name] !== "same");
  change(view, "kernel", { ...view.draft, ...Object.fromEntries(uneven.map(
    (name) => [name, [view.draft[name][0], view.draft[name][0]]])) });
}

// ---- state ---------------------------------------------------------------------------------------

/** Takes over a state from outside. */
function adopt(view, state) {
  Object.assign(view, opened(state));
  view.options.cancelPicture();
  view.isSquare &&= isSquare(view.draft);
  view.tabs.show(view.tab);
  change(view, "kernel", view.draft);
}

/** Shows `draft`; where it is legal, it becomes the model's state. */
function change(view, parameter, given) {
  // A text that is no number has no nearest one: the last legal value is offered.
  view.problems = core.problems(given, parameter, view.isSquare).map((problem) => ({
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
  if (!view.question && (view.ask || !isGridTab(tab))) getMore(view);
  if (view.question) view.question.show();
  else view.hidden = view.ask ? "size" : null;
  view.options.show();
  const isGrids = isGridTab(tab) || !isLegal;
  drawSizes(view);
  if (isGrids) drawGrids(view);
  else Object.assign(view, { panels: new Map(), result: null });
  view.sizes.hidden = isLegal && tab !== "output";
  view.pin.story.hidden = !isLegal || view.hidden === "size";
  const panel = view.tabs.panels[tab];
  const isAsked = !isGrids && view.hidden; // both other tabs tell the answer
  const content = isGrids ? view.grid : isAsked ? h("p", { class: "cw-note" }, words.workOut)
    : view.question ? view[tab].element : view.waiting;
  if (panel.firstChild !== content) panel.replaceChildren(content);
  if (content === view.matrix?.element) view.matrix.show();
  if (content === view.code.element) view.code.show(view.pytorch(conv, view.shaped, view.activated, view.grads));
  const first = view.result?.cells ? { role: view.result.role, slice: view.result.slice, cell: [0, 0] } : null;
  if (isGrids) view.pin.keep(first, view.pointing.has, false);
  if (!isLegal) view.say(refusal(view, "output"));
  else if (!view.hidden && tab !== "matrix") view.say(words.newOutput(words.size(sizeOf(view.output[view.filter]))));
}

function showPlace({ player, result, pin, question }) {
  const [rows, columns] = result?.cells ? sizeOf(result.cells) : [0, 0];
  player.element.hidden = rows * columns < 2;
  question?.show();
  const selection = pin.selection();
  const isHere = selection && result && keyOf(selection) === keyOf(result);
  if (rows) player.show(isHere ? selection.cell[0] * columns + selection.cell[1] : 0, rows * columns);
}

function drawGrids(view) {
  const { rows, result, note } = arrange(isGridTab(view.tab) ? view : { ...view, tab: "output" });
  const panels = rows.flat().filter(({ role }) => role);
  view.result = result;
  view.panels = new Map(panels.map((panel) => [keyOf(panel), panel]));
  const widest = rows.map((row) => row.filter(({ cells }) => cells).map(({ cells }) => cells[0].length))
    .reduce((best, columns) => (sum(columns) > sum(best) ? columns : best), []);
  // Several large channels: small cells keep them in sight.
  const density = rows.length > 1 && sum(widest) > 24 ? "high" : densityFor([0, ...widest]);
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
    const reason = h("p");
    view.grids.set(key, { reason, ...createPanel(view.pointing.handlers({ role, slice }), reason) });
  }
  const { element, caption, grid, reason, show } = view.grids.get(key);
  grid.element.hidden = !cells;
  reason.hidden = Boolean(cells);
  reason.className = view.problems.length ? "cw-refusal" : "cw-note";
  reason.textContent = text;
  if (cells) show(cells, title, density);
  else caption.textContent = title;
  return element;
}
