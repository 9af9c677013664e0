// The view of seven ways to make a map larger: grids with links, overlap, one impulse through all, matrix, gradient,
// code.
// State: method, input, kernel and switches as rows of numbers, scale, padding, output_padding, align_corners.
import { crop } from "./core/arrays.mjs";
import * as core from "./core/upsampling.mjs";
import { code } from "./core/upsampling_code.mjs";
import { isWhole } from "./core/window.mjs";
import style from "./styles/upsampling.css";
import { createCheckbox } from "./ui/checkbox.mjs";
import { createChoice } from "./ui/choice.mjs";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createFields } from "./ui/fields.mjs";
import { createTabbedWidget } from "./ui/widget.mjs";
import { gradientView } from "./upsampling/gradient.mjs";
import { gridsView } from "./upsampling/grids.mjs";
import { impulseView } from "./upsampling/impulse.mjs";
import { matrixView } from "./upsampling/matrix.mjs";
import { overlapView } from "./upsampling/overlap.mjs";
import words from "./words/upsampling.mjs";

const ROWS = ["input", "kernel", "switches"];

function render({ model, el }) {
  const view = { values: {} };
  view.fields = createFields(core.LIMITS, words, (name, value) => change(view, { [name]: value }, name));
  view.method = createChoice({
    label: words.method, options: words.methods, onChoose: (method) => choose(view, method),
  });
  view.corners = createCheckbox({
    label: words.alignCorners, onChange: (isOn) => change(view, { align_corners: isOn }),
  });
  view.about = h("p", { class: "cw-about" });
  view.widget = createTabbedWidget({ model, el }, {
    name: "upsampling", words, style, adopt: (state) => adopt(view, state),
    state: ["method", ...ROWS, "scale", "padding", "output_padding", "align_corners"],
    controls: [view.method.element, ...view.fields.elements], switches: [view.corners.element], above: [view.about],
    parts: (say) => ({
      output: gridsView({
        say, onEdit: (...edited) => edit(view, ...edited), onChoose: () => drawImpulse(view),
      }),
      overlap: overlapView({
        say, onKernel: (kernel) => change(view, { kernel }, "kernel"), onResize: () => choose(view, "resize_conv"),
      }),
      impulse: impulseView(), matrix: matrixView({ say }), gradient: gradientView({ say }),
      code: createCode({ label: words.codeLabel, say }),
    }),
    onTab: (tab) => {
      view.tab = tab;
      drawMatrix(view);
    },
  });
  adopt(view, view.widget.initial);
  return view.widget.stop;
}

export default { render };

/** Takes over a state from outside; the values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  for (const name of ROWS) view.values[name] = core.extend(state[name], name);
  view.draft = { ...core.sizesOf(state), align_corners: state.align_corners };
  view.legal = view.draft;
  change(view, {}, "method");
}

/** Changes the method; what was wrong with a number that the new one hides is forgotten. */
const choose = (view, method) => change(view, { ...view.legal, method }, "method");

function change(view, changes, changed) {
  view.draft = { ...view.draft, ...changes };
  show(view, changed);
}

/** Takes a number typed into a grid; returns why not where it is no switch. */
function edit(view, name, [row, column], value) {
  const last = view.draft.scale ** 2 - 1;
  const old = view.values[name][row][column];
  if (name === "switches" && !isWhole(value, [0, last])) {
    return words.notASwitch(value, last, old % (last + 1));
  }
  view.values[name][row][column] = value;
  show(view, name);
  return null;
}

/** Shows the draft; where it is legal, it becomes the model's state. */
function show(view, changed) {
  const { draft, widget } = view;
  const isShuffle = draft.method === "pixel_shuffle";
  // Pixel shuffle has one weight for each channel, so its kernel follows the scale.
  const sizes = isShuffle && core.inRange(draft, "scale") ? { ...draft, kernel: draft.scale } : draft;
  const problems = core.problems(sizes, changed);
  const used = core.USES[draft.method];
  view.fields.show(draft, problems, used.filter((name) => name !== "kernel" || !isShuffle));
  view.method.show(draft.method);
  view.corners.show(draft.align_corners);
  view.corners.element.hidden = !used.includes("align_corners");
  view.about.textContent = words.about[draft.method];
  if (widget.refuses(problems[0])) return;
  view.legal = draft;
  view.state = stateOf(sizes, view.values);
  widget.write(view.state);
  const { output, overlap, gradient, code: box } = widget.parts;
  output.show(view.state, changed !== "method"); // which chooses a cell, and so draws its impulse
  overlap.show(view.state);
  gradient.show(view.state);
  box.show(code(view.state));
  drawMatrix(view);
}

/** Hundreds of cells, which are drawn only where they are seen. */
function drawMatrix({ tab, widget, state }) {
  if (tab === "matrix" && state) widget.parts.matrix.show(state);
}

function drawImpulse({ widget, state, values }) {
  widget.parts.impulse.show(state, values, widget.parts.output.inputCell());
}

/** The model's state of numbers in `sizes` and values at their largest. */
const stateOf = ({ method, height, width, kernel, scale, padding, output_padding, align_corners }, values) => ({
  method, scale, padding, output_padding, align_corners, input: crop(values.input, [height, width]),
  kernel: crop(values.kernel, [kernel, kernel]), switches: values.switches.map((row) => [...row]),
});
