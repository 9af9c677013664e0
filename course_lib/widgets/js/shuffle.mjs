// The view of grouped convolutions with a channel shuffle: columns of channels, the shuffle in steps, cost, code.
// State: channels, groups, layers, between, kernel_size, size, and channel, the pinned [stage, channel] or null.
import * as core from "./core/shuffle.mjs";
import { code } from "./core/shuffle_code.mjs";
import { costView } from "./shuffle/cost.mjs";
import { mixView } from "./shuffle/mix.mjs";
import { orderView } from "./shuffle/order.mjs";
import css from "./styles/shuffle.css";
import { createChoice } from "./ui/choice.mjs";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createField } from "./ui/field.mjs";
import { createFrame } from "./ui/frame.mjs";
import { createTabs } from "./ui/tabs.mjs";
import words from "./words/shuffle.mjs";

const FIELDS = ["channels", "groups", "layers", "between", "kernel_size", "size", "channel"];
const NUMBERS = Object.keys(core.LIMITS);
const SLIDER_MAX = { ...Object.fromEntries(NUMBERS.map((name) => [name, core.LIMITS[name][1]])), size: 112 };

function render({ model, el }) {
  const view = { model, say: (text) => view.frame?.say(text) };
  const initial = read(model);
  view.fields = Object.fromEntries(NUMBERS.map((name) => [name, makeField(view, name)]));
  view.between = createChoice({
    label: words.between, options: words.betweens, onChoose: (value) => change(view, "between", value),
  });
  view.tabs = createTabs({ label: words.tabsLabel, tabs: words.tabs, onChoose: () => {} });
  view.parts = {
    mix: mixView({ say: view.say, onPin: (channel) => pin(view, channel) }),
    order: orderView({ say: view.say }), cost: costView(),
    code: createCode({ label: words.codeLabel, say: view.say }),
  };
  for (const [name, part] of Object.entries(view.parts)) view.tabs.panels[name].append(part.element);
  view.refusal = h("p", { class: "cw-refusal", hidden: true });
  const reset = h("button", { class: "cw-button", type: "button", onclick: () => adopt(view, initial) }, words.reset);
  const controls = h("div", { class: "cw-controls" },
    ...NUMBERS.map((name) => view.fields[name].group), view.between.element, h("div", { class: "cw-switches" }, reset));
  view.kind = h("p", { class: "cw-note" });
  view.frame = createFrame(el, { name: "shuffle", label: words.shuffle, style: css },
    controls, view.kind, view.refusal, view.tabs.element);
  adopt(view, initial);
  const fromModel = () => {
    if (!view.isPublishing) adopt(view, read(model));
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    view.parts.order.stop();
    view.frame.stop();
  };
}

export default { render };

const read = (model) => Object.fromEntries(FIELDS.map((field) => [field, model.get(field)]));

function makeField(view, name) {
  const label = words.parameters[name];
  const field = createField({
    label, caption: "", sliderLabel: words.slider(label), min: core.LIMITS[name][0], sliderMax: SLIDER_MAX[name],
    onInput: (value) => change(view, name, value),
    stops: ["channels", "groups"].includes(name) ? () => core.stops(inRange(view), name) : null,
  });
  const group = h("div", { class: "cw-group" }, h("span", { class: "cw-name" }, label), field.element);
  return { ...field, group };
}

/** The draft, with the last legal number in place of one that is out of range. */
function inRange({ draft, legal }) {
  const value = (name) => (core.isInRange(name, draft[name]) ? draft : legal)[name];
  return { channels: value("channels"), groups: value("groups") };
}

/** Takes over a state from outside. */
function adopt(view, state) {
  view.legal = state;
  view.draft = { ...state };
  show(view, "groups");
}

function change(view, name, value) {
  view.draft = { ...view.draft, [name]: value };
  show(view, name);
}

function pin(view, channel) {
  view.draft.channel = channel;
  publish(view);
}

/** Shows the draft; where it is legal, it becomes the model's state. */
function show(view, changed) {
  const { draft } = view;
  const problems = core.problems(draft, changed).map((problem) => ({
    ...problem, nearest: problem.nearest ?? view.legal[problem.parameter],
  }));
  for (const name of NUMBERS) view.fields[name].show(draft[name], message(view, problems, name));
  view.between.show(draft.between);
  view.refusal.hidden = problems.length === 0;
  view.tabs.element.hidden = view.kind.hidden = problems.length > 0;
  if (problems.length) {
    const why = words.none(words.problem[problems[0].reason](problems[0]));
    view.refusal.textContent = why;
    view.parts.order.stop();
    view.say(why);
    return;
  }
  if (!fits(draft)) draft.channel = null;
  publish(view);
  view.kind.textContent = words.ends(draft.groups, draft.channels);
  view.parts.mix.show(draft);
  view.parts.order.show(draft);
  view.parts.cost.show(draft);
  view.parts.code.show(code(draft));
}

const fits = ({ channel, ...net }) => channel === null
  || (channel[0] <= core.operations(net).length && channel[1] < net.channels);

function message(view, problems, name) {
  const problem = problems.find(({ parameter }) => parameter === name);
  if (!problem) return null;
  const { nearest } = problem;
  return {
    text: words.problem[problem.reason](problem),
    use: { label: words.use(nearest), apply: () => change(view, name, nearest) },
  };
}

function publish(view) {
  const { draft, model } = view;
  view.legal = { ...draft };
  const changed = FIELDS.filter((field) => JSON.stringify(draft[field]) !== JSON.stringify(model.get(field)));
  view.isPublishing = true; // `set` calls our own listeners
  for (const field of changed) model.set(field, draft[field]);
  view.isPublishing = false;
  if (changed.length) model.save_changes();
}
