// The panel of sizes: depth, and height and width together or apart; examples, bias, reset.
import * as core from "../core/volume.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/volume.mjs";

const SLIDER_MAX = { padding: 3, stride: 4, dilation: 3 };
const FIELDS = [[0], [1, 2], [1], [2]];

/**
 * { element, show({ draft, problems, linked, hasBias }) }. `onValue(name, axes, value)`, `onLinked(isOn)`,
 * `onBias(isOn)`, `onPreset(name)`, `onReset()`.
 */
export function createControls({ onValue, onLinked, onBias, onPreset, onReset }) {
  const groups = core.PARAMETERS.map((name) => createGroup(name, onValue));
  const preset = createChoice({
    label: words.presets.label, options: { "": words.presets.none, ...words.presets.names },
    onChoose: (name) => name && onPreset(name),
  });
  const linked = createCheckbox({ label: words.linked, help: words.linkedHelp, onChange: onLinked });
  const bias = createCheckbox({ label: words.biasOn, onChange: onBias });
  const element = h("div", { class: "cw-controls" }, h("div", { class: "cw-top" }, preset.element),
    ...groups.map((group) => group.element),
    h("div", { class: "cw-switches" }, linked.element, bias.element, button(words.reset, onReset)));
  const show = (state) => {
    linked.show(state.linked);
    bias.show(state.hasBias);
    const isIt = (name) => core.PARAMETERS.every(
      (each) => String(core.PRESETS[name][each]) === String(state.draft[each]));
    preset.show(Object.keys(core.PRESETS).find(isIt) ?? "");
    for (const group of groups) group.show(state);
  };
  return { element, show };
}

function createGroup(name, onValue) {
  const fields = FIELDS.map((axes) => {
    const [min, max] = core.LIMITS[name][axes[0]];
    const label = words.parameter(name, axes);
    return createField({
      label, caption: words.captions[axes], sliderLabel: words.slider(label), min, sliderMax: SLIDER_MAX[name] ?? max,
      onInput: (value) => onValue(name, axes, value),
    });
  });
  const element = h("div", { class: "cw-group" }, h("span", { class: "cw-name" }, words.parameters[name]),
    ...fields.map((field) => field.element));
  const use = ({ parameter, axes, nearest }) => onValue(parameter, axes, nearest);
  const show = ({ draft, problems, linked }) => fields.forEach((field, index) => {
    const [axis] = FIELDS[index];
    field.element.hidden = axis > 0 && linked !== (FIELDS[index].length > 1);
    const own = problems.find(({ parameter, axes }) => parameter === name && axes[0] === axis);
    field.show(draft[name][axis], field.element.hidden ? null : messageOf(own, words, use));
  });
  return { element, show };
}
