// The view of deformable and snake convolution: taps over the input, the sum behind an output, offsets to move, their
// gradients, code. State: input, kernel, offset, mask, steps and grad_output as numbers, padding, stride and dilation
// as [height, width], operation, morph, and the chosen tab as `view`.
import * as core from "./core/deformable.mjs";
import { code } from "./core/deformable_code.mjs";
import { createControls } from "./deformable/controls.mjs";
import { createEditor } from "./deformable/editor.mjs";
import { captioned, createFigure, densityOf } from "./deformable/figure.mjs";
import { drag, everywhere, learn, move, preset, presetOf, setValue } from "./deformable/moves.mjs";
import { gradientView, sumView } from "./deformable/terms.mjs";
import css from "./styles/deformable.css";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { messageOf } from "./ui/problem.mjs";
import { createTabs } from "./ui/tabs.mjs";
import words from "./words/deformable.mjs";

const SIZES = ["operation", "morph", "padding", "stride", "dilation"];
const FIELDS = [...SIZES, "input", "kernel", "offset", "mask", "steps", "grad_output", "view"];

const arraysOf = ({ operation }) => (operation === "snake" ? ["steps"] : ["offset", "mask"]);
/** Rows grown to the largest size, with the starting numbers beyond their edges. */
const extended = (rows, name, [, most]) => (
  core.map(core.filled(name, [most, most]), (value, i, j) => rows[i]?.[j] ?? value));
const crop = (rows, [height, width]) => rows.slice(0, height).map((row) => row.slice(0, width));

function render({ model, el }) {
  const view = {
    say: (text) => view.frame?.say(text), show: (changed) => show(view, changed), wrong: null, arrays: {},
    weights: core.filled("kernel", [1, core.SNAKE_TAPS[1]])[0], // of the snake
    kernel: core.filled("kernel", [5, 5]), size: { deform_conv2d: [3, 3], snake: 5 },
  };
  const take = (state) => adopt(view, state);
  view.model = bindModel(model, FIELDS, take);
  const initial = view.model.read();
  view.controls = createControls({
    onChoose: (changes) => choose(view, changes), onValue: (...given) => resize(view, ...given),
    onSquare: (isOn) => square(view, isOn), onReset: () => take(initial),
  });
  view.figure = createFigure({
    say: view.say, onEdit: (...edited) => edit(view, ...edited), onDrag: (tap, place) => drag(view, tap, place),
    onChoose: () => follow(view), gradient: () => arrows(view),
  });
  const onChoose = (tap) => {
    view.figure.chooseTap(tap);
    if (view.wrong) right(view, {});
  };
  view.editor = createEditor({
    onTap: onChoose, onValue: (...given) => setValue(view, ...given), onMove: (direction) => move(view, direction),
    onEverywhere: (isOn) => everywhere(view, isOn), onMask: (hasMask) => right(view, { hasMask }),
    onPreset: (name) => preset(right(view, {}), name, take),
  });
  view.parts = {
    output: sumView({ onChoose }), offset: gradientView({ onChoose, onLearn: () => learn(view) }),
    input: inputView(view), code: createCode({ label: words.codeLabel, say: view.say }),
  };
  view.tabs = createTabs({ label: words.tabsLabel, tabs: words.tabs, onChoose: (tab) => right(view, { tab }) });
  for (const [name, part] of Object.entries(view.parts)) view.tabs.panels[name].append(part.element);
  view.about = h("p", { class: "cw-about" });
  view.refusal = h("p", { class: "cw-refusal" });
  view.help = h("p", { class: "cw-help" }, words.help);
  view.frame = createFrame(el, { name: "deformable", label: words.deformable, style: css }, view.controls.element,
    view.about, view.refusal, view.figure.element, view.editor.element, view.tabs.element, view.help);
  take(initial);
  return () => {
    view.model.stop();
    view.frame.stop();
  };
}

export default { render };

/** ∂L/∂input and ∂L/∂kernel, which are read, and ∂L/∂output, which may be changed. */
function inputView(view) {
  const rows = {
    inputGradient: ({ gradient }) => gradient.input, kernelGradient: ({ gradient }) => gradient.kernel,
    upstream: ({ state }) => core.upstream(state),
  };
  const grids = Object.fromEntries(Object.keys(rows).map((name) => {
    const onPoint = (cell) => {
      const { grid } = grids[name];
      grid.mark({ current: cell, linked: [], tags: null, pinned: false });
      view.say(`${grid.at(cell).name} = ${grid.at(cell).text}`);
    };
    const onEdit = (...edited) => edit(view, name, ...edited);
    return [name, captioned(name, {
      onPoint, onPress: onPoint, onEscape: () => {}, onEdit, mayEdit: () => true,
    }, name === "upstream")];
  }));
  const element = h("div", {}, h("p", { class: "cw-detail" }, words.inputAbout),
    h("div", { class: "cw-figure" }, ...Object.values(grids).map((grid) => grid.element)));
  const draw = () => {
    for (const [name, grid] of Object.entries(grids)) {
      const values = rows[name](view);
      grid.show(values, densityOf(values[0].length));
    }
  };
  return { element, show: draw };
}

/** Takes over a state from outside; the values beyond its edges stand ready for when it grows. */
function adopt(view, given) {
  const state = core.fitted(given);
  view.wrong = null;
  view.input = extended(state.input, "input", core.LIMITS.input);
  keepKernel(view, state);
  for (const name of arraysOf(state)) view.arrays[name] = state[name] ?? view.arrays[name];
  view.hasMask = Boolean(state.mask);
  view.upstream = state.grad_output;
  view.isEverywhere = arraysOf(state).every((name) => core.isSame(state[name] ?? []));
  view.draft = core.sizesOf(state);
  view.isSquare = Object.values({ ...view.draft, operation: "", morph: "", kernel: view.size.deform_conv2d })
    .every(([height, width]) => height === width);
  view.tab = state.view;
  show(view, "kernel");
}

/** Each operation keeps its own weights, and how many of them are in use. */
function keepKernel(view, { operation, kernel }) {
  if (operation === "snake") view.weights.splice(0, kernel.flat().length, ...kernel.flat());
  else view.kernel = extended(kernel, "kernel", core.LIMITS.kernel);
  view.size[operation] = operation === "snake" ? kernel.flat().length : [kernel.length, kernel[0].length];
}

const along = (morph, taps) => (morph === 0 ? [1, taps] : [taps, 1]);

/** Another operation or axis: its own kernel; what was wrong with a number is forgotten. */
function choose(view, changes) {
  view.draft = { ...view.legal, ...changes };
  const { operation, morph } = view.draft;
  view.draft.kernel = operation === "snake" ? along(morph, view.size.snake) : view.size.deform_conv2d;
  right(view, {});
}

/** Shows what changed, and forgets a number that was wrong. */
function right(view, changes) {
  Object.assign(view, changes, { wrong: null });
  show(view, "kernel");
  return view;
}

/** `name` is "taps" for the kernel of a snake. */
function resize(view, name, axes, value) {
  const { draft } = view;
  if (name === "taps") view.draft = { ...draft, kernel: along(draft.morph, value) };
  else view.draft = { ...draft, [name]: draft[name].map((old, axis) => (axes.includes(axis) ? value : old)) };
  show(view, name);
}

function square(view, isSquare) {
  for (const name of isSquare ? core.used(view.draft) : []) {
    if (name !== "kernel" || view.draft.operation !== "snake") view.draft[name] = Array(2).fill(view.draft[name][0]);
  }
  right(view, { isSquare });
}

function edit(view, name, [row, column], value) {
  if (name === "upstream") { // a new array, or the model would not see a difference
    view.upstream = (view.upstream ?? core.upstream(view.state)).map((values) => [...values]);
  }
  if (name === "kernel" && view.draft.operation === "snake") view.weights[row + column] = value;
  else view[name][row][column] = value;
  show(view, name);
}

/** Shows the draft; where it is legal, it becomes the model's state. */
function show(view, changed) {
  const { draft, wrong } = view;
  const problems = core.problems(draft, changed);
  view.controls.show({ draft, problems, isSquare: view.isSquare });
  view.about.textContent = words.about[draft.operation];
  const problem = problems[0] ?? wrong;
  for (const part of [view.figure.element, view.tabs.element, view.help]) part.hidden = Boolean(problem);
  view.refusal.hidden = !problem;
  view.editor.element.hidden = problems.length > 0;
  if (problem) {
    view.refusal.textContent = words.none(words.problem[problem.reason](problem));
    view.say(view.refusal.textContent);
    return showEditor(view);
  }
  publish(view);
  view.tabs.show(view.tab);
  view.figure.show(view.state); // which tells of the chosen cell: `follow`
  return view.parts.code.show(code(view.state));
}

function publish(view) {
  const { draft, arrays } = view;
  const weights = view.weights.slice(0, Math.max(...draft.kernel));
  const snakes = draft.morph === 0 ? [weights] : weights.map((weight) => [weight]);
  const state = core.fitted({
    ...Object.fromEntries(SIZES.map((name) => [name, draft[name]])), input: crop(view.input, draft.input),
    kernel: draft.operation === "snake" ? snakes : crop(view.kernel, draft.kernel), offset: arrays.offset,
    mask: view.hasMask ? arrays.mask ?? [] : null, steps: arrays.steps, grad_output: view.upstream, view: view.tab,
  });
  keepKernel(view, state);
  for (const name of arraysOf(state)) arrays[name] = state[name] ?? arrays[name];
  view.upstream = state.grad_output;
  Object.assign(view, { legal: { ...draft }, state, gradient: core.backward(state), preset: presetOf(state) });
  view.model.write(state);
}

/** What follows from the chosen output cell and tap. */
function follow(view) {
  const { parts, tab, state, figure, gradient } = view;
  showEditor(view);
  if (tab !== "code") parts[tab].show(state, figure.chosen, gradient);
}

function showEditor(view) {
  const { state, figure, wrong, isEverywhere, editor, preset: name } = view;
  if (!state) return;
  const message = messageOf(wrong, words, (problem) => setValue(view, problem.name, problem.nearest));
  editor.show({ state, chosen: figure.chosen, wrong, message, isEverywhere, preset: name });
}

/** What the arrows show instead of the offsets: under ∂L/∂offset the gradient at the taps of the chosen cell. */
function arrows({ tab, state, gradient, figure: { chosen: { cell: [o, p] } } }) {
  if (tab !== "offset") return null;
  // A snake's taps move across it only.
  const isFree = (axis) => state.operation !== "snake" || axis === state.morph;
  return state.kernel.flat().map((_, at) => [0, 1].map((axis) => isFree(axis) * gradient.offset[2 * at + axis][o][p]));
}
