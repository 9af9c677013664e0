// The view of seven ways to make a map larger: grids with links, overlap, one impulse through all, gradient, code.
// State: method, input, kernel and switches as rows of numbers, scale, padding, output_padding, align_corners.
import * as core from "./core/upsampling.mjs";
import { code } from "./core/upsampling_code.mjs";
import css from "./styles/upsampling.css";
import { createChoice } from "./ui/choice.mjs";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createField } from "./ui/field.mjs";
import { createFrame } from "./ui/frame.mjs";
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
  const view = { model, values: {}, say: (text) => view.frame?.say(text) };
  const initial = read(model);
  view.fields = Object.fromEntries(NUMBERS.map((name) => [name, makeField(view, name)]));
  view.method = createChoice({
    label: words.method, options: words.methods, onChoose: (method) => choose(view, method),
  });
  view.corners = h("input", {
    type: "checkbox", onchange: () => change(view, { align_corners: view.corners.checked }),
  });
  view.cornersBox = h("label", { class: "cw-check" }, view.corners, words.alignCorners);
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
  const reset = h("button", { class: "cw-button", type: "button", onclick: () => adopt(view, initial) }, words.reset);
  const controls = h("div", { class: "cw-controls" }, view.method.element,
    ...NUMBERS.map((name) => view.fields[name].group), h("div", { class: "cw-switches" }, view.cornersBox, reset));
  view.frame = createFrame(el, { name: "upsampling", label: words.upsampling, style: css },
    controls, view.about, view.refusal, view.tabs.element);
  adopt(view, initial);
  const fromModel = () => {
    if (!view.isPublishing) adopt(view, read(model));
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    view.frame.stop();
  };
}

export default { render };

const read = (model) => Object.fromEntries(FIELDS.map((field) => [field, model.get(field)]));

function makeField(view, name) {
  const title = h("span", { class: "cw-name" });
  const field = createField({
    label: "", caption: "", sliderLabel: "", min: core.LIMITS[name][0], sliderMax: core.LIMITS[name][1],
    onInput: (value) => change(view, { [name]: value }, name),
  });
  return { ...field, title, group: h("div", { class: "cw-group" }, title, field.element) };
}

/** Takes over a state from outside; the values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  for (const name of ROWS) view.values[name] = core.extend(state[name], name);
  view.draft = { ...core.sizesOf(state), align_corners: state.align_corners };
  view.legal = { ...view.draft };
  change(view, {}, "padding");
}

/** Changes the method; what was wrong with a number that the new one hides is forgotten. */
const choose = (view, method) => change(view, { ...view.legal, method }, "method");

function change(view, changes, changed) {
  view.draft = { ...view.draft, ...changes };
  const { draft } = view;
  // Pixel shuffle has one weight for each channel: there its kernel follows the scale.
  if (draft.method === "pixel_shuffle" && core.inRange(draft, "scale")) draft.kernel = draft.scale;
  show(view, changed);
}

function edit(view, name, [row, column], value) {
  const isSwitch = name === "switches";
  const last = view.draft.scale ** 2 - 1;
  view.values[name][row][column] = isSwitch ? Math.min(Math.max(Math.round(value), 0), last) : value;
  show(view, name);
}

/** Shows the draft; where it is legal, it becomes the model's state. */
function show(view, changed) {
  const { draft } = view;
  const problems = core.problems(draft, changed).map((problem) => ({
    ...problem, method: draft.method, nearest: problem.nearest ?? view.legal[problem.parameter],
  }));
  const used = core.USES[draft.method];
  for (const name of NUMBERS) {
    const { group, title } = view.fields[name];
    group.hidden = !used.includes(name) || (name === "kernel" && draft.method === "pixel_shuffle");
    const label = words.parameter(name, draft.method);
    title.textContent = label;
    [label, words.slider(label)].forEach(
      (text, index) => group.querySelectorAll("input")[index].setAttribute("aria-label", text));
    view.fields[name].show(draft[name], message(view, problems, name));
  }
  view.method.show(draft.method);
  view.corners.checked = draft.align_corners;
  view.cornersBox.hidden = !used.includes("align_corners");
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

function message(view, problems, name) {
  const problem = problems.find(({ parameter }) => parameter === name);
  if (!problem) return null;
  return {
    text: words.problem[problem.reason](problem),
    use: { label: words.use(problem.nearest), apply: () => change(view, { [name]: problem.nearest }, name) },
  };
}

function publish(view) {
  const { draft, model, values } = view;
  view.legal = { ...draft };
  const state = {
    method: draft.method, input: core.crop(values.input, draft.height, draft.width),
    kernel: core.crop(values.kernel, draft.kernel, draft.kernel), scale: draft.scale, padding: draft.padding,
    output_padding: draft.output_padding, align_corners: draft.align_corners,
    switches: values.switches.map((row) => [...row]),
  };
  const changed = FIELDS.filter((field) => JSON.stringify(state[field]) !== JSON.stringify(model.get(field)));
  view.isPublishing = true; // `set` calls our own listeners
  for (const field of changed) model.set(field, state[field]);
  view.isPublishing = false;
  if (changed.length) model.save_changes();
  return state;
}
