// The view of one convolution: controls, three grids of numbers, the sum behind a cell, the output size.
// State, in the words of torch.nn.Conv2d: input and kernel (rows of numbers), padding, stride, dilation.
import * as core from "./core/convolution.mjs";
import { createControls } from "./ui/controls.mjs";
import { h } from "./ui/dom.mjs";
import { sizeFormula, sizeRule } from "./ui/formula.mjs";
import { NumberGrid, densityFor } from "./ui/grid.mjs";
import { liveLine } from "./ui/live.mjs";
import { format } from "./ui/numbers.mjs";
import { tell } from "./ui/story.mjs";
import { addStyle, followTheme } from "./ui/theme.mjs";
import words from "./words/convolution.mjs";

const FIELDS = ["input", "kernel", "padding", "stride", "dilation"];
const GRIDS = ["input", "kernel", "output"];
const SLIDER_MAX = { input: 32, kernel: 11, padding: 10, stride: 8, dilation: 5 };
const START = { grid: "output", cell: [0, 0] };

function render({ model, el }) {
  addStyle("convolution");
  const view = { model, linked: true, selection: START, pinned: false, live: liveLine() };
  view.controls = makeControls(view, read(model));
  view.grids = Object.fromEntries(GRIDS.map((name) => [name, makeGrid(view, name)]));
  const root = layOut(view);
  adopt(view, read(model));
  el.append(root);
  const fromModel = () => {
    if (!view.isPublishing) adopt(view, read(model));
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  const stopTheme = followTheme(root);
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    view.live.stop();
    stopTheme();
  };
}

export default { render };

const read = (model) => Object.fromEntries(FIELDS.map((field) => [field, model.get(field)]));
const sizeOf = (rows) => [rows.length, rows[0].length];
const both = (measure, conv) => [measure(conv, 0), measure(conv, 1)];

function layOut(view) {
  view.panels = Object.fromEntries(GRIDS.map((name) => {
    const caption = h("p", { class: "cw-caption" });
    const refusal = h("p", { class: "cw-refusal" });
    const element = h("div", { class: "cw-panel" }, caption, view.grids[name].element, refusal);
    return [name, { element, caption, refusal }];
  }));
  const sign = (text) => h("span", { class: "cw-sign", "aria-hidden": "true" }, text);
  const { input, kernel, output } = view.panels;
  view.sentence = h("p", { class: "cw-sentence" });
  view.unpin = h("button", { class: "cw-button", type: "button", onclick: () => letGo(view) }, words.unpin);
  view.story = h("div", { class: "cw-story" }, view.sentence, view.unpin);
  view.sizes = h("div", { class: "cw-sizes" });
  return h("div", {
    class: "course-widget", role: "group", "aria-label": words.convolution,
    "data-lm-suppress-shortcuts": "true", // or JupyterLab takes the keys for its own commands
  }, view.controls.element,
  h("div", { class: "cw-figure" }, input.element, sign("∗"), kernel.element, sign("="), output.element),
  view.story, view.sizes, h("p", { class: "cw-help" }, words.help), view.live.element);
}

// ---- state --------------------------------------------------------------------------------------

function makeControls(view, initial) {
  const parameters = Object.fromEntries(FIELDS.map(
    (name) => [name, { min: core.LIMITS[name][0], sliderMax: SLIDER_MAX[name] }]));
  return createControls({
    parameters,
    onValue: (name, axes, value) => change(view, name, core.withValue(view.draft, name, axes, value)),
    onSquare: (isOn) => makeSquare(view, isOn),
    onSame: (isOn) => change(view, "padding", {
      ...view.draft, padding: isOn ? "same" : both(core.pads, view.draft).map(([before]) => before),
    }),
    onReset: () => {
      Object.assign(view, { selection: START, pinned: false, linked: true });
      adopt(view, initial);
    },
  });
}

function makeSquare(view, isOn) {
  view.linked = isOn;
  const equal = ([name, value]) => [name, isOn && value !== "same" ? [value[0], value[0]] : value];
  change(view, "kernel", Object.fromEntries(Object.entries(view.draft).map(equal)));
}

/** Takes over a state from outside; the values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  const { input, kernel, padding, stride, dilation } = state;
  view.values = { input: core.extend(input, "input"), kernel: core.extend(kernel, "kernel") };
  const draft = { input: sizeOf(input), kernel: sizeOf(kernel), padding, stride, dilation };
  view.linked &&= Object.values(draft).every((value) => value === "same" || value[0] === value[1]);
  change(view, "kernel", draft);
}

/** Shows `draft`; where it is legal, it becomes the model's state. */
function change(view, parameter, draft) {
  view.draft = draft;
  // A text that is no number has no nearest one: the last legal value is offered.
  view.problems = core.problems(draft, parameter, view.linked).map((problem) => ({
    ...problem, nearest: problem.nearest ?? numbers(view.legal)[problem.parameter][problem.axis],
  }));
  if (view.problems.length === 0) publish(view);
  const same = draft.padding === "same" && both(core.pads, draft);
  view.controls.show({ values: numbers(draft), problems: view.problems, linked: view.linked, same });
  draw(view);
}

/** `conv` with the zeros before the input in place of a padding of "same". */
const numbers = (conv) => (conv.padding === "same" ? { ...conv, padding: firstInput(conv) } : conv);

function publish(view) {
  const { draft, model } = view;
  view.legal = draft;
  view.state = { ...draft, input: crop(view, "input"), kernel: crop(view, "kernel") };
  const changed = FIELDS.filter(
    (field) => JSON.stringify(view.state[field]) !== JSON.stringify(model.get(field)));
  view.isPublishing = true; // `set` calls our own listeners
  for (const field of changed) model.set(field, view.state[field]);
  view.isPublishing = false;
  if (changed.length) model.save_changes();
}

function crop({ values, draft }, name) {
  return values[name].slice(0, draft[name][0]).map((row) => row.slice(0, draft[name][1]));
}

// ---- grids --------------------------------------------------------------------------------------

function makeGrid(view, name) {
  const isSelected = (cell) => view.selection?.grid === name && String(view.selection.cell) === String(cell);
  return new NumberGrid({
    onPoint: (cell) => point(view, { grid: name, cell }),
    onPress: (cell) => {
      view.pinned = !(view.pinned && isSelected(cell));
      select(view, { grid: name, cell });
    },
    onEscape: () => (view.pinned ? letGo(view) : select(view, null)),
    onEdit: ([row, column], value) => {
      const [top, left] = name === "input" ? firstInput(view.draft) : [0, 0];
      view.values[name][row - top][column - left] = value;
      change(view, name, view.draft);
    },
    // A finger has no hover: its first tap looks, its second changes.
    mayEdit: (cell, pointerType) => pointerType !== "touch" || (view.pinned && isSelected(cell)),
  });
}

const firstInput = (conv) => both(core.pads, conv).map(([before]) => before);

function draw(view) {
  const { draft, problems } = view;
  const canDraw = (...names) => !problems.some(({ reason, parameter }) => reason === "cells"
    || (reason === "range" && names.includes(parameter)));
  const around = draft.padding === "same" ? ["kernel", "dilation"] : ["padding"];
  view.output = problems.length ? null : core.forward(view.state.input, view.state.kernel, draft);
  const cells = {
    input: canDraw("input", ...around) && inputCells(view),
    kernel: canDraw("kernel") && valueCells("kernel", crop(view, "kernel")),
    output: view.output && valueCells("output", view.output),
  };
  const density = densityFor(GRIDS.filter((name) => cells[name]).map((name) => cells[name][0].length));
  for (const name of GRIDS) drawGrid(view, name, cells[name], density);
  drawSizes(view);
  const { selection } = view;
  const size = selection && view.output && sizeOf(view.grids[selection.grid].content);
  select(view, size && selection.cell.some((index, axis) => index >= size[axis]) ? START : selection);
  view.live.say(view.output ? words.newOutput(words.size(sizeOf(view.output))) : refusal(view, "output"));
}

/** Draws one grid; where there is nothing to draw, the reason takes its place. */
function drawGrid(view, name, cells, density) {
  const panel = view.panels[name];
  view.grids[name].element.hidden = !cells;
  panel.refusal.hidden = Boolean(cells);
  panel.refusal.textContent = cells ? "" : refusal(view, name);
  panel.caption.textContent = cells ? caption(view, name, sizeOf(cells)) : words.grids[name];
  if (cells) view.grids[name].draw(cells, { label: panel.caption.textContent, density });
}

function caption({ draft }, name, size) {
  const whole = words.caption(words.grids[name], words.size(size));
  if (name !== "input" || String(size) === String(draft.input)) return whole;
  return words.padded(words.caption(words.grids.input, words.size(draft.input)), words.size(size));
}

function refusal({ problems }, name) {
  const isTooLarge = ({ reason }) => reason === "cells";
  const told = (name !== "output" && problems.find(isTooLarge)) || problems[0];
  return `${words.none[name]} ${words.problem[told.reason](told)}`;
}

function valueCells(grid, rows) {
  return rows.map((row, i) => row.map((value, j) => ({
    name: words.name(grid, [i, j]), value, text: format(value, 4), kind: "", label: null,
    editable: grid !== "output",
  })));
}

/** The padded input: zeros around the values, and the rows and columns that the floor drops. */
function inputCells(view) {
  const { draft } = view;
  const first = firstInput(draft);
  const size = both(core.paddedSize, draft);
  const end = view.problems.length ? size : size.map((length, axis) => length - core.dropped(draft, axis));
  const values = valueCells("input", crop(view, "input"));
  return Array.from({ length: size[0] }, (_, row) => Array.from({ length: size[1] }, (_, column) => {
    const place = [row - first[0], column - first[1]];
    const cell = values[place[0]]?.[place[1]] ?? {
      name: words.paddingName(place), value: 0, text: "0", kind: "is-padding", label: words.padding,
      editable: false,
    };
    if (row < end[0] && column < end[1]) return cell;
    return { ...cell, kind: `${cell.kind} is-dropped`, label: words.droppedCell(cell.label ?? cell.text) };
  }));
}

function drawSizes(view) {
  const { draft, problems } = view;
  const axes = problems.length ? [] : [0, 1];
  const cut = axes.filter((axis) => core.dropped(draft, axis) > 0);
  view.sizes.replaceChildren(h("p", { class: "cw-caption" }, words.outputSize), sizeRule(),
    ...axes.map((axis) => sizeFormula(words.axes[axis], {
      input: draft.input[axis], pads: core.pads(draft, axis), dilation: draft.dilation[axis],
      kernel: draft.kernel[axis], stride: draft.stride[axis],
    })),
    ...cut.map((axis) => h("p", { class: "cw-note" },
      words.dropped(core.dropped(draft, axis), axis, draft.stride[axis]))));
}

// ---- selection ----------------------------------------------------------------------------------

/** The pointer or the focus came to a cell; a pinned selection stays, and the cell is only named. */
function point(view, selection) {
  if (!view.pinned) return select(view, selection);
  const grid = view.grids[selection.grid];
  const { name, text } = grid.at(selection.cell);
  return view.live.say(words.outlined(name, text, grid.isLinked(selection.cell)));
}

function letGo(view) {
  view.pinned = false;
  select(view, view.selection);
}

/** Outlines everything that takes part in the products of one cell, and tells them. */
function select(view, selection) {
  view.selection = selection;
  view.pinned &&= Boolean(selection && view.output);
  view.unpin.hidden = !view.pinned;
  view.story.hidden = !view.output;
  const products = selection && view.output
    ? core.connections(view.draft, selection.grid, selection.cell) : [];
  for (const name of GRIDS) {
    if (view.grids[name].element.hidden) continue;
    const isFarEnd = name === { input: "output", output: "input" }[selection?.grid];
    view.grids[name].mark({
      current: selection?.grid === name && view.output ? selection.cell : null,
      linked: products.map((product) => product[name]),
      tags: isFarEnd ? products.map(({ kernel }) => format(view.grids.kernel.at(kernel).value, 3)) : null,
      pinned: view.pinned,
    });
  }
  if (!view.output) return;
  const { spoken, shown } = selection ? tell(selection, products, view.grids) : { shown: [words.idle] };
  view.sentence.replaceChildren(...shown);
  if (spoken) view.live.say(view.pinned ? words.pinned(spoken) : spoken);
}
