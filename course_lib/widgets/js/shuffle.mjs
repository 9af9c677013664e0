// The view of grouped convolutions with a channel shuffle: columns of channels, the shuffle in steps, cost, code.
// State: channels, groups, layers, between, kernel_size, size, and channel, the pinned [stage, channel] or null.
import * as core from "./core/shuffle.mjs";
import { code } from "./core/shuffle_code.mjs";
import { costView } from "./shuffle/cost.mjs";
import { mixView } from "./shuffle/mix.mjs";
import { orderView } from "./shuffle/order.mjs";
import style from "./styles/shuffle.css";
import { createChoice } from "./ui/choice.mjs";
import { createCode } from "./ui/code.mjs";
import { h } from "./ui/dom.mjs";
import { createFields } from "./ui/fields.mjs";
import { createTabbedWidget } from "./ui/widget.mjs";
import words from "./words/shuffle.mjs";

const SIZE_SLIDER_MAX = 112; // larger maps are typed

function render({ model, el }) {
  const view = {};
  const stopsOf = (name) => ({ stops: () => core.stops(inRange(view), name) });
  view.fields = createFields(core.LIMITS, words, (name, value) => change(view, name, value), {
    channels: stopsOf("channels"), groups: stopsOf("groups"), size: { sliderMax: SIZE_SLIDER_MAX },
  });
  view.between = createChoice({
    label: words.between, options: words.betweens, onChoose: (value) => change(view, "between", value),
  });
  view.kind = h("p", { class: "cw-about" });
  view.widget = createTabbedWidget({ model, el }, {
    name: "shuffle", words, style, adopt: (state) => adopt(view, state),
    state: [...Object.keys(core.LIMITS), "between", "channel"],
    controls: [...view.fields.elements, view.between.element], above: [view.kind], isSound,
    parts: (say) => ({
      mix: mixView({ say, onPin: (channel) => pin(view, channel) }), order: orderView({ say }), cost: costView(),
      code: createCode({ label: words.codeLabel, say }),
    }),
  });
  adopt(view, view.widget.initial);
  return view.widget.stop;
}

export default { render };

/** Channels and groups of the draft, with the last legal number in place of one that is out of range. */
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
  const { draft, widget } = view;
  const { mix, order, cost, code: box } = widget.parts;
  const problems = core.problems(draft, changed);
  view.fields.show(draft, problems);
  view.between.show(draft.between);
  view.kind.hidden = problems.length > 0;
  if (widget.refuses(problems[0])) {
    order.stop();
    return;
  }
  if (!fits(draft)) draft.channel = null;
  publish(view);
  view.kind.textContent = words.kind(draft);
  mix.show(draft);
  order.show(draft);
  cost.show(draft);
  box.show(code(draft));
}

const fits = ({ channel, ...net }) => channel === null
  || (channel[0] <= core.operations(net).length && channel[1] < net.channels);
const isSound = (state) => core.problems(state).length === 0 && Object.hasOwn(words.betweens, state.between)
  && fits(state) && (state.channel ?? [0, 0]).every((at) => Number.isInteger(at) && at >= 0);

function publish(view) {
  view.legal = { ...view.draft };
  view.widget.write(view.draft);
}
