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
import { button, h } from "./ui/dom.mjs";
import { createNamedField } from "./ui/field.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { messageOf } from "./ui/problem.mjs";
import { createTabs } from "./ui/tabs.mjs";
import words from "./words/shuffle.mjs";

const FIELDS = ["channels", "groups", "layers", "between", "kernel_size", "size", "channel"];
const NUMBERS = Object.keys(core.LIMITS);
const SLIDER_MAX = { ...Object.fromEntries(NUMBERS.map((name) => [name, core.LIMITS[name][1]])), size: 112 };

function render({ model, el }) {
  const view = { say: (text) => view.frame?.say(text) };
  view.model = bindModel(model, FIELDS, (state) => adopt(view, state));
  const initial = view.model.read();
  view.fields = Object.fromEntries(NUMBERS.map((name) => [name, createNamedField({
    label: words.parameters[name], min: core.LIMITS[name][0], sliderMax: SLIDER_MAX[name],
    onInput: (value) => change(view, name, value),
    stops: ["channels", "groups"].includes(name) ? () => core.stops(inRange(view), name) : null,
  })]));
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
  const controls = h("div", { class: "cw-controls" },
    ...NUMBERS.map((name) => view.fields[name].element), view.between.element,
    h("div", { class: "cw-switches" }, button(words.reset, () => adopt(view, initial))));
  view.kind = h("p", { class: "cw-note" });
  view.frame = createFrame(el, { name: "shuffle", label: words.shuffle, style: css },
    controls, view.kind, view.refusal, view.tabs.element);
  adopt(view, initial);
  return () => {
    view.model.stop();
    view.parts.order.stop();
    view.frame.stop();
  };
}

export default { render };

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
  const use = ({ parameter, nearest }) => change(view, parameter, nearest);
  for (const name of NUMBERS) {
    const problem = problems.find(({ parameter }) => parameter === name);
    view.fields[name].show(draft[name], messageOf(problem, words, use));
  }
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

function publish(view) {
  view.legal = { ...view.draft };
  view.model.write(view.draft);
}
