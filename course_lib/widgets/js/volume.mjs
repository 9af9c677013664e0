// The view of a three-dimensional convolution: slices side by side, forward and backward, the sum behind a cell, code.
// State, in torch's words: see `volume` in course_lib/widgets/volume.py.
import * as core from "./core/volume.mjs";
import { code } from "./core/volume_code.mjs";
import css from "./styles/volume.css";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { createTabs } from "./ui/tabs.mjs";
import { createControls } from "./volume/controls.mjs";
import { createNotes } from "./volume/notes.mjs";
import { createSlices } from "./volume/slices.mjs";
import words from "./words/volume.mjs";

const FIELDS = ["input", "kernel", "padding", "stride", "dilation", "bias", "grad_output", "view", "cell"];
const GRIDS = { input: [6, 8, 8], kernel: [3, 5, 5] }; // the largest sizes

function render({ model, el }) {
  const view = { linked: true, say: (text) => view.frame?.say(text) };
  view.model = bindModel(model, FIELDS, (state) => adopt(view, state));
  const initial = view.model.read();
  view.controls = createControls({
    onValue: (name, axes, value) => change(view, core.withValue(view.draft, name, axes, value), name),
    onLinked: (isOn) => link(view, isOn),
    onBias: (hasBias) => edit(view, () => { view.hasBias = hasBias; }),
    onPreset: (name) => choosePreset(view, core.PRESETS[name]),
    onReset: () => {
      view.linked = true;
      adopt(view, initial);
    },
  });
  view.tabs = createTabs({ label: words.tabsLabel, tabs: words.tabs, onChoose: (tab) => chooseTab(view, tab) });
  view.slices = createSlices({
    say: view.say, onPin: (cell) => publish(view, { cell }),
    onEdit: (role, place, value) => edit(view, () => setValue(view, role, place, value)),
  });
  view.notes = createNotes({ onFlat: () => choosePreset(view, flattened(view.draft)) });
  view.about = h("p", { class: "cw-note" });
  view.body = h("div", {}, view.about, view.notes.kind, view.slices.element, view.notes.element,
    h("p", { class: "cw-help" }, words.help));
  view.code = createCode({ label: words.codeLabel, say: view.say });
  view.tabs.panels.code.append(view.code.element);
  view.refusal = h("p", { class: "cw-refusal", hidden: true });
  view.frame = createFrame(el, { name: "volume", label: words.volume, style: css },
    view.controls.element, view.refusal, view.tabs.element);
  adopt(view, initial);
  return () => {
    view.model.stop();
    view.slices.stop();
    view.frame.stop();
  };
}

export default { render };

// ---- state ---------------------------------------------------------------------------------------

/** Takes over a state from outside; the values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  const grown = (name) => core.fill(
    GRIDS[name], (...place) => core.at(state[name], place) ?? core.START[name](...place));
  view.values = { input: grown("input"), kernel: grown("kernel"), bias: state.bias ?? 1, grad_output: new Map() };
  state.grad_output?.forEach((slice, d) => slice.forEach((row, i) => row.forEach(
    (value, j) => view.values.grad_output.set(`${[d, i, j]}`, value))));
  view.hasBias = state.bias !== null;
  view.hasGrad = state.grad_output !== null;
  view.tab = state.view;
  const shapes = { input: core.shapeOf(state.input), kernel: core.shapeOf(state.kernel) };
  view.draft = { ...shapes, padding: state.padding, stride: state.stride, dilation: state.dilation };
  view.linked &&= core.isSquare(view.draft);
  view.tabs.show(view.tab);
  view.slices.pin(state.cell);
  change(view, view.draft, "kernel");
}

/** The values of a legal draft in torch's shapes. */
function shaped({ draft, values, hasBias }) {
  const crop = (name) => core.fill(draft[name], (...place) => core.at(values[name], place));
  return {
    input: crop("input"), kernel: crop("kernel"), bias: hasBias ? values.bias : null,
    grad_output: core.fill(core.outputShape(draft), (...place) => values.grad_output.get(`${place}`) ?? 1),
  };
}

function setValue(view, role, place, value) {
  const { values } = view;
  if (role === "bias") values.bias = value;
  else if (role === "grad_output") {
    view.hasGrad = true;
    values.grad_output.set(`${place}`, value);
  } else values[role][place[0]][place[1]][place[2]] = value;
}

function edit(view, act) {
  act();
  change(view, view.draft, "kernel");
}

function link(view, isOn) {
  view.linked = isOn;
  const same = (name) => (isOn ? [view.draft[name][0], view.draft[name][1], view.draft[name][1]] : view.draft[name]);
  change(view, Object.fromEntries(core.PARAMETERS.map((name) => [name, same(name)])), "kernel");
}

function choosePreset(view, sizes) {
  view.linked = core.isSquare(sizes);
  view.slices.pin(null);
  change(view, { ...sizes }, "kernel");
}

/** The same layer with a kernel as deep as the input, one place along depth. */
function flattened(sizes) {
  const depth = Math.min(sizes.input[0], core.LIMITS.kernel[0][1]);
  const along = (name, value) => ({ [name]: [value, ...sizes[name].slice(1)] });
  return { ...along("input", depth), ...along("kernel", depth), ...along("padding", 0), ...along("stride", 1),
    ...along("dilation", 1) };
}

function chooseTab(view, tab) {
  view.tab = tab;
  view.slices.pin(null);
  change(view, view.draft, "kernel");
}

/** Shows `draft`; where it is legal, it becomes the model's state. */
function change(view, draft, changed) {
  view.draft = draft;
  const problems = core.problems(draft, changed, view.linked).map((problem) => ({
    ...problem, nearest: problem.nearest ?? view.legal?.[problem.parameter][problem.axes[0]] ?? null,
  }));
  view.controls.show({ ...view, problems });
  view.refusal.hidden = problems.length === 0;
  view.tabs.element.hidden = problems.length > 0;
  if (problems.length) {
    view.refusal.textContent = words.none(words.problem[problems[0].reason](problems[0]));
    view.say(view.refusal.textContent);
    return;
  }
  view.legal = draft;
  view.shaped = shaped(view);
  draw(view);
  publish(view, { cell: view.tab === "code" ? null : view.slices.pinned() });
}

function publish(view, { cell }) {
  const { input, kernel, bias, grad_output: gradOutput } = view.shaped;
  const { padding, stride, dilation } = view.legal;
  view.model.write({
    input, kernel, padding, stride, dilation, bias, grad_output: view.hasGrad ? gradOutput : null, view: view.tab, cell,
  });
}

function draw(view) {
  const { tab, draft: sizes, shaped: values } = view;
  if (tab === "code") {
    view.code.show(code(sizes, values));
    return;
  }
  const results = tab === "output" ? { output: core.forward(sizes, values) } : core.backward(sizes, values);
  view.about.textContent = words.about[tab];
  if (view.body.parentNode !== view.tabs.panels[tab]) view.tabs.panels[tab].append(view.body); // or it loses the focus
  view.slices.show({ tab, sizes, values: { ...values, ...results } });
  view.notes.show(tab, sizes);
  if (tab === "output") view.say(words.newOutput(core.outputShape(sizes)));
}
