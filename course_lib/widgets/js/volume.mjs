// The view of a three-dimensional convolution: slices side by side, forward and backward, the sum behind a cell, code.
// State, in torch's words: see `volume` in course_lib/widgets/volume.py.
import { byName } from "./core/arrays.mjs";
import * as core from "./core/volume.mjs";
import { code } from "./core/volume_code.mjs";
import { PARAMETERS, isSquare, outputShape, squared, withValue } from "./core/window.mjs";
import css from "./styles/volume.css";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createTabbedWidget } from "./ui/widget.mjs";
import { createControls } from "./volume/controls.mjs";
import { createNotes } from "./volume/notes.mjs";
import { createSlices } from "./volume/slices.mjs";
import words from "./words/volume.mjs";

const FIELDS = ["input", "kernel", "padding", "stride", "dilation", "bias", "grad_output", "view", "cell"];
const GRIDS = { input: [6, 8, 8], kernel: [3, 5, 5] }; // the largest sizes

function render({ model, el }) {
  const view = {};
  view.controls = createControls({
    onValue: (name, axes, value) => change(view, withValue(view.draft, name, axes, value), name),
    onSquare: (isOn) => {
      view.isSquare = isOn;
      change(view, isOn ? squared(view.draft) : view.draft);
    },
    onBias: (hasBias) => {
      view.hasBias = hasBias;
      change(view);
    },
    onPreset: (name) => choosePreset(view, core.PRESETS[name]),
  });
  view.notes = createNotes({ onFlat: () => choosePreset(view, flattened(view.draft)) });
  view.about = h("p", { class: "cw-note" });
  view.widget = createTabbedWidget({ model, el }, {
    name: "volume", words, style: css, state: FIELDS, adopt: (state) => adopt(view, state),
    controls: view.controls.elements, switches: view.controls.switches,
    parts: (say) => {
      view.slices = createSlices({
        say, onPin: (cell) => publish(view, cell), onEdit: (...edited) => edit(view, ...edited),
      });
      view.body = h("div", {}, view.about, view.notes.kind, view.slices.element, view.notes.element,
        h("p", { class: "cw-help" }, words.help));
      const output = { element: view.body, stop: view.slices.stop };
      return { output, code: createCode({ label: words.codeLabel, say }) };
    },
    onTab: (tab) => {
      view.tab = tab;
      view.slices.pin(null);
      change(view);
    },
  });
  adopt(view, view.widget.initial);
  return view.widget.stop;
}

export default { render };

// ---- state ---------------------------------------------------------------------------------------

/** Takes over a state from outside; the values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  const { input, kernel, padding, stride, dilation, bias, grad_output: gradOutput } = state;
  const grown = (name) => core.fill(
    GRIDS[name], (...place) => core.valueAt(state[name], place) ?? core.START[name](...place));
  const given = gradOutput ? core.placesOf(core.shapeOf(gradOutput)) : [];
  view.values = {
    input: grown("input"), kernel: grown("kernel"), bias: bias ?? 1,
    grad_output: new Map(given.map((place) => [String(place), core.valueAt(gradOutput, place)])),
  };
  view.hasBias = bias !== null;
  view.hasGrad = gradOutput !== null;
  view.tab = state.view;
  view.draft = { input: core.shapeOf(input), kernel: core.shapeOf(kernel), padding, stride, dilation };
  view.isSquare = isSquare(view.draft);
  view.widget.tabs.show(view.tab);
  view.slices.pin(state.cell);
  change(view);
}

/** The values of a legal draft in torch's shapes. */
function shaped({ draft, values, hasBias }) {
  const crop = (name) => core.fill(draft[name], (...place) => core.valueAt(values[name], place));
  return {
    input: crop("input"), kernel: crop("kernel"), bias: hasBias ? values.bias : null,
    grad_output: core.fill(outputShape(draft), (...place) => values.grad_output.get(String(place)) ?? 1),
  };
}

function edit(view, role, place, value) {
  const { values } = view;
  const [depth, row, column] = place;
  if (role === "bias") values.bias = value;
  else if (role === "grad_output") {
    view.hasGrad = true;
    values.grad_output.set(String(place), value);
  } else values[role][depth][row][column] = value;
  change(view);
}

function choosePreset(view, sizes) {
  view.isSquare = isSquare(sizes);
  view.slices.pin(null);
  change(view, { ...sizes });
}

/** The same layer with a kernel as deep as the input, one place along depth. */
function flattened(sizes) {
  const depth = Math.min(sizes.input[0], core.LIMITS.kernel[0][1]);
  const along = { input: depth, kernel: depth, padding: 0, stride: 1, dilation: 1 };
  return byName(PARAMETERS, (name) => [along[name], ...sizes[name].slice(1)]);
}

/** Shows `draft`, of which `changed` was set last; where it is legal, it becomes the model's state. */
function change(view, draft = view.draft, changed = "kernel") {
  view.draft = draft;
  const problems = core.problems(draft, changed, view.isSquare).map((problem) => ({
    ...problem, nearest: problem.nearest ?? view.legal?.[problem.parameter][problem.axes[0]] ?? null,
  }));
  view.controls.show({ ...view, problems });
  if (view.widget.refuses(problems[0])) return;
  view.legal = draft;
  view.shaped = shaped(view);
  draw(view);
  publish(view, view.tab === "code" ? null : view.slices.pinned());
}

function publish(view, cell) {
  const { shaped: values, legal, hasGrad, tab } = view;
  view.widget.write({ ...legal, ...values, grad_output: hasGrad ? values.grad_output : null, view: tab, cell });
}

function draw(view) {
  const { tab, draft: sizes, shaped: values } = view;
  if (tab === "code") {
    view.widget.parts.code.show(code(sizes, values));
    return;
  }
  const results = tab === "output" ? { output: core.forward(sizes, values) } : core.backward(sizes, values);
  view.about.textContent = words.about[tab];
  const panel = view.widget.tabs.panels[tab];
  if (view.body.parentNode !== panel) panel.append(view.body); // or it loses the focus
  view.slices.show({ tab, sizes, values: { ...values, ...results } });
  view.notes.show(tab, sizes);
  if (tab === "output") view.widget.say(words.newOutput(outputShape(sizes)));
}
