// The view of seven ways to make a map larger: grids with links, overlap, one impulse through all, gradient, code.
// State: method, input, kernel and switches as rows of numbers, scale, padding, output_padding, align_corners.
import * as core from "./core/upsampling.mjs";
import { code } from "./core/upsampling_code.mjs";
import css from "./styles/upsampling.css";
import { createCheckbox } from "./ui/checkbox.mjs";
import { createChoice } from "./ui/choice.mjs";
import { createCode } from "./ui/code.mjs";
import { button, h } from "./ui/dom.mjs";
import { createNamedField } from "./ui/field.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { messageOf } from "./ui/problem.mjs";
import { createTabs } from "./ui/tabs.mjs";
import { gradientView } from "./upsampling/gradient.mjs";
import { gridsView } from "./upsampling/grids.mjs";
import { impulseView } from "./upsampling/impulse.mjs";
import { overlapView } from "./upsampling/overlap.mjs";
import words from "./words/upsampling.mjs";

const FIELDS = ["method", "input", "kernel", "scale", "padding", "output_padding", "align_corners", "switches"];
const NUMBERS = Object.keys(core.LIMITS);
const ROWS = ["input", "kernel", "switches"];

function render({ model, el }) {
  const view = { values: {}, say: (text) => view.frame?.say(text) };
  view.model = bindModel(model, FIELDS, (state) => adopt(view, state));
  const initial = view.model.read();
  view.fields = Object.fromEntries(NUMBERS.map((name) => [name, createNamedField({
    label: words.parameter(name), min: core.LIMITS[name][0], sliderMax: core.LIMITS[name][1],
    onInput: (value) => change(view, { [name]: value }, name),
  })]));
  view.method = createChoice({
    label: words.method, options: words.methods, onChoose: (method) => choose(view, method),
  });
  view.corners = createCheckbox({
    label: words.alignCorners, onChange: (isOn) => change(view, { align_corners: isOn }),
  });
  view.tabs = createTabs({ label: words.tabsLabel, tabs: words.tabs, onChoose: () => {} });
  view.parts = {
    output: gridsView({
      say: view.say, onEdit: (...edited) => edit(view, ...edited), onChoose: () => drawImpulse(view),
    }),
    overlap: overlapView({
      say: view.say, onKernel: (kernel) => change(view, { kernel }, "kernel"), onResize: () => choose(view, "resize_conv"),
    }),
    impulse: impulseView(), gradient: gradientView({ say: view.say }),
    code: createCode({ label: words.codeLabel, say: view.say }),
  };
  for (const [name, part] of Object.entries(view.parts)) view.tabs.panels[name].append(part.element);
  view.about = h("p", { class: "cw-about" });
  view.refusal = h("p", { class: "cw-refusal", hidden: true });
  const controls = h("div", { class: "cw-controls" }, view.method.element,
    ...NUMBERS.map((name) => view.fields[name].element),
    h("div", { class: "cw-switches" }, view.corners.element, button(words.reset, () => adopt(view, initial))));
  view.frame = createFrame(el, { name: "upsampling", label: words.upsampling, style: css },
    controls, view.about, view.refusal, view.tabs.element);
  adopt(view, initial);
  return () => {
    view.model.stop();
    view.frame.stop();
  };
}

export default { render };

/** Takes over a state from outside; the values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  for (const name of ROWS) view.values[name] = core.extend(state[name], name);
  view.draft = { ...core.sizesOf(state), align_corners: state.align_corners };
  view.legal = { ...view.draft };
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
  if (name === "switches" && !(Number.isInteger(value) && value >= 0 && value <= last)) {
    return words.notASwitch(value, last, old % (last + 1));
  }
  view.values[name][row][column] = value;
  show(view, name);
  return null;
}

/** The draft as torch reads it: pixel shuffle has one weight for each channel, so its kernel follows the scale. */
const sizesOf = ({ draft }) => (draft.method === "pixel_shuffle" && core.inRange(draft, "scale")
  ? { ...draft, kernel: draft.scale } : draft);

/** Shows the draft; where it is legal, it becomes the model's state. */
function show(view, changed) {
  const { draft } = view;
  const problems = core.problems(sizesOf(view), changed).map((problem) => ({
    ...problem, method: draft.method, nearest: problem.nearest ?? view.legal[problem.parameter],
  }));
  const used = core.USES[draft.method];
  const use = ({ parameter, nearest }) => change(view, { [parameter]: nearest }, parameter);
  for (const name of NUMBERS) {
    view.fields[name].element.hidden = !used.includes(name) || (name === "kernel" && draft.method === "pixel_shuffle");
    const problem = problems.find(({ parameter }) => parameter === name);
    view.fields[name].show(draft[name], messageOf(problem, words, use), words.parameter(name, draft.method));
  }
  view.method.show(draft.method);
  view.corners.show(draft.align_corners);
  view.corners.element.hidden = !used.includes("align_corners");
  view.about.textContent = words.about[draft.method];
  view.refusal.hidden = problems.length === 0;
  view.tabs.element.hidden = problems.length > 0;
  if (problems.length) {
    view.refusal.textContent = words.none(words.problem[problems[0].reason](problems[0]));
    view.say(view.refusal.textContent);
    return;
  }
  view.state = publish(view);
  view.parts.output.show(view.state, changed !== "method");
  view.parts.overlap.show(view.state);
  view.parts.gradient.show(view.state);
  view.parts.code.show(code(view.state));
  drawImpulse(view);
}

function drawImpulse({ parts, state, values }) {
  if (state) parts.impulse.show(state, values, parts.output.inputCell());
}

function publish(view) {
  const { model, values } = view;
  const draft = sizesOf(view);
  view.legal = { ...view.draft };
  const state = {
    method: draft.method, input: core.crop(values.input, draft.height, draft.width),
    kernel: core.crop(values.kernel, draft.kernel, draft.kernel), scale: draft.scale, padding: draft.padding,
    output_padding: draft.output_padding, align_corners: draft.align_corners,
    switches: values.switches.map((row) => [...row]),
  };
  model.write(state);
  return state;
}
