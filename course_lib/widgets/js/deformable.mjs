// The view of deformable and snake convolution: taps over the input, the sum behind an output, offsets to move, their
// gradients, code. State: input, kernel, offset, mask, steps and grad_output as numbers, padding, stride and dilation
// as [height, width], operation, morph, and the chosen tab as `view`.
import { crop, mapRows, sizeOf } from "./core/arrays.mjs";
import * as core from "./core/deformable.mjs";
import { code } from "./core/deformable_code.mjs";
import { isSquare, squared, withValue } from "./core/window.mjs";
import { createControls } from "./deformable/controls.mjs";
import { createEditor } from "./deformable/editor.mjs";
import { createFigure, showRows } from "./deformable/figure.mjs";
import { drag, everywhere, learn, move, preset, presetOf, setValue } from "./deformable/moves.mjs";
import { gradientView, sumView } from "./deformable/terms.mjs";
import css from "./styles/deformable.css";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createReadPanel } from "./ui/panel.mjs";
import { createTabbedWidget } from "./ui/widget.mjs";
import words from "./words/deformable.mjs";

const FIELDS = ["operation", "morph", "padding", "stride", "dilation", "input", "kernel", "offset", "mask", "steps",
  "grad_output", "view"];

const arraysOf = (state) => (core.isSnake(state) ? ["steps"] : ["offset", "mask"]);
const snakeSize = (morph, taps) => (morph === 0 ? [1, taps] : [taps, 1]);

function render({ model, el }) {
  const view = {
    say: (text) => view.widget.say(text), show: () => show(view), wrong: null, arrays: {},
    kernel: grown("kernel", []), size: { deform_conv2d: [3, 3], snake: 5 },
    weights: core.filled("kernel", [1, core.SNAKE_TAPS[1]])[0], // of the snake
  };
  view.controls = createControls({
    onChoose: (changes) => choose(view, changes), onSquare: (isOn) => square(view, isOn),
    onTaps: (taps) => resize(view, { ...view.draft, kernel: snakeSize(view.draft.morph, taps) }, "kernel"),
    onValue: (name, axes, value) => resize(view, withValue(view.draft, name, axes, value), name),
  });
  view.figure = createFigure({
    say: view.say, onEdit: (...edited) => edit(view, ...edited), onDrag: (tap, place) => drag(view, tap, place),
    onChoose: () => follow(view), gradient: () => arrows(view),
  });
  const onChoose = (tap) => {
    view.figure.chooseTap(tap);
    if (view.wrong) right(view, {});
  };
  const take = (state) => adopt(view, state);
  view.editor = createEditor({
    onTap: onChoose, onValue: (...given) => setValue(view, ...given), onMove: (direction) => move(view, direction),
    onEverywhere: (isOn) => everywhere(view, isOn), onMask: (hasMask) => right(view, { hasMask }),
    onPreset: (name) => preset(right(view, {}), name, take),
  });
  view.about = h("p", { class: "cw-about" });
  view.widget = createTabbedWidget({ model, el }, {
    name: "deformable", words, style: css, state: FIELDS, adopt: take,
    controls: view.controls.elements, switches: view.controls.switches, above: [view.about],
    results: [view.figure.element, view.editor.element], below: [h("p", { class: "cw-help" }, words.help)],
    parts: (say) => ({
      output: sumView({ onChoose }), offset: gradientView({ onChoose, onLearn: () => learn(view) }),
      input: inputView(view), code: createCode({ label: words.codeLabel, say }),
    }),
    onTab: (tab) => right(view, { tab }),
  });
  take(view.widget.initial);
  return view.widget.stop;
}

export default { render };

/** ∂L/∂input and ∂L/∂kernel, which are read, and ∂L/∂output, which may be changed. */
function inputView(view) {
  const panel = () => createReadPanel(view.say, { onEdit: (...edited) => edit(view, "grad_output", ...edited) });
  const panels = [panel(), panel(), panel()];
  const element = h("div", {}, h("p", { class: "cw-detail" }, words.inputAbout),
    h("div", { class: "cw-figure" }, ...panels.map((each) => each.element)));
  const draw = (state, chosen, gradient) => {
    showRows(panels[0], "grad_input", gradient.input);
    showRows(panels[1], "grad_kernel", gradient.kernel);
    showRows(panels[2], "grad_output", core.gradOutput(state), true);
  };
  return { element, show: draw };
}

/** Takes over a state from outside; the values beyond its edges stand ready for when it grows. */
function adopt(view, given) {
  const state = core.fitted(given);
  view.wrong = null;
  view.input = grown("input", state.input);
  keep(view, state);
  view.hasMask = Boolean(state.mask);
  view.isEverywhere = arraysOf(state).every((name) => core.isUniform(state[name] ?? []));
  view.draft = core.sizesOf(state);
  view.isSquare = areSquare(view);
  view.tab = state.view;
  show(view);
}

/** Rows grown to the largest size, with the starting numbers beyond their edges. */
function grown(name, rows) {
  const [, most] = core.LIMITS[name];
  return mapRows(core.filled(name, [most, most]), (value, i, j) => rows[i]?.[j] ?? value);
}

/** Keeps what an operation has for itself: weights, how many of them are in use, and what moves its taps. */
function keep(view, state) {
  const { operation, kernel } = state;
  const weights = kernel.flat();
  if (core.isSnake(state)) view.weights.splice(0, weights.length, ...weights);
  else view.kernel = grown("kernel", kernel);
  view.size[operation] = core.isSnake(state) ? weights.length : sizeOf(kernel);
  for (const name of arraysOf(state)) view.arrays[name] = state[name] ?? view.arrays[name];
  view.grad_output = state.grad_output;
}

/** Whether height and width are equal in everything but the kernel of a snake. */
const areSquare = ({ draft, size }) => isSquare({ ...draft, kernel: size.deform_conv2d });

/** Another operation or axis: its own kernel; what was wrong with a number is forgotten. */
function choose(view, changes) {
  const draft = { ...view.legal, ...changes };
  draft.kernel = core.isSnake(draft) ? snakeSize(draft.morph, view.size.snake) : view.size.deform_conv2d;
  view.draft = draft;
  right(view, { isSquare: view.isSquare && areSquare(view) });
}

/** Shows what changed, and forgets a number that was wrong. */
function right(view, changes) {
  Object.assign(view, changes, { wrong: null });
  show(view);
  return view;
}

/** Sizes that a reader has typed; `changed` was set last. */
function resize(view, draft, changed) {
  view.draft = draft;
  show(view, changed);
}

function square(view, isOn) {
  const { draft } = view;
  if (isOn) view.draft = { ...squared(draft), ...(core.isSnake(draft) ? { kernel: draft.kernel } : {}) };
  right(view, { isSquare: isOn });
}

function edit(view, name, [row, column], value) {
  if (name === "grad_output") { // a new array, or the model would not see a difference
    view.grad_output = core.withNumber([core.gradOutput(view.state)], 0, [row, column], value, false)[0];
  } else if (name === "kernel" && core.isSnake(view.draft)) view.weights[row + column] = value;
  else view[name][row][column] = value;
  show(view);
}

/** Shows the draft, of which `changed` was set last; where it is legal, it becomes the model's state. */
function show(view, changed = "kernel") {
  const { draft, widget } = view;
  const problems = core.problems(draft, changed);
  view.controls.show({ draft, problems, isSquare: view.isSquare });
  view.about.textContent = words.about[draft.operation];
  if (widget.refuses(problems[0] ?? view.wrong)) {
    view.editor.element.hidden = problems.length > 0; // it shows what is wrong with a number of its own
    return showEditor(view);
  }
  publish(view);
  widget.tabs.show(view.tab);
  view.figure.show(view.state); // which tells of the chosen cell: `follow`
  return widget.parts.code.show(code(view.state));
}

function publish(view) {
  const { draft, arrays } = view;
  const weights = view.weights.slice(0, Math.max(...draft.kernel));
  const state = core.fitted({
    ...draft, input: crop(view.input, draft.input),
    kernel: core.isSnake(draft) ? core.lineOf(weights, draft.morph) : crop(view.kernel, draft.kernel),
    offset: arrays.offset, mask: view.hasMask ? arrays.mask ?? [] : null, steps: arrays.steps,
    grad_output: view.grad_output, view: view.tab,
  });
  keep(view, state);
  Object.assign(view, { legal: draft, state, gradient: core.backward(state), preset: presetOf(state) });
  view.widget.write(state);
}

/** What follows from the chosen output cell and tap. */
function follow(view) {
  const { widget, tab, state, figure, gradient } = view;
  showEditor(view);
  if (tab !== "code") widget.parts[tab].show(state, figure.chosen, gradient);
}

function showEditor(view) {
  if (view.state) view.editor.show({ ...view, chosen: view.figure.chosen });
}

/** What the arrows show instead of the offsets: under ∂L/∂offset the gradient at the taps of the chosen cell. */
function arrows({ tab, state, gradient, figure: { chosen: { cell: [o, p] } } }) {
  if (tab !== "offset") return null;
  const isFree = (axis) => !core.isSnake(state) || axis === state.morph; // a snake's taps move across it only
  return state.kernel.flat().map((_, at) => [0, 1].map((axis) => isFree(axis) * gradient.offset[2 * at + axis][o][p]));
}
