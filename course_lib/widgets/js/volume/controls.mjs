// The panel of sizes: depth, and height and width together or apart; examples, bias.
import { isSame } from "../core/arrays.mjs";
import * as core from "../core/volume.mjs";
import { PARAMETERS } from "../core/window.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/volume.mjs";

const SLIDER_MAX = { padding: 3, stride: 4, dilation: 3 };
const FIELDS = [[0], [1, 2], [1], [2]];

/**
 * { elements, switches, show({ draft, problems, isSquare, hasBias }) }. `onValue(name, axes, value)`, `onSquare(isOn)`,
 * `onBias(isOn)`, `onPreset(name)`.
 */
export function createControls({ onValue, onSquare, onBias, onPreset }) {
  const groups = PARAMETERS.map((name) => createGroup(name, onValue));
  const preset = createChoice({
    label: words.example, options: { "": words.choose, ...words.presets }, onChoose: (name) => name && onPreset(name),
  });
  const square = createCheckbox({ label: words.square, help: words.squareHelp, onChange: onSquare });
  const bias = createCheckbox({ label: words.withBias, onChange: onBias });
  const elements = [h("div", { class: "cw-top" }, preset.element), ...groups.map((group) => group.element)];
  const show = (state) => {
    square.show(state.isSquare);
    bias.show(state.hasBias);
    const isIt = (name) => PARAMETERS.every((each) => isSame(core.PRESETS[name][each], state.draft[each]));
    preset.show(Object.keys(core.PRESETS).find(isIt) ?? "");
    for (const group of groups) group.show(state);
  };
  return { elements, switches: [square.element, bias.element], show };
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
  const show = ({ draft, problems, isSquare }) => fields.forEach((field, index) => {
    const [axis, isPair] = [FIELDS[index][0], FIELDS[index].length > 1];
    field.element.hidden = axis > 0 && isSquare !== isPair;
    const own = problems.find(({ parameter, axes }) => parameter === name && axes[0] === axis);
    field.show(draft[name][axis], field.element.hidden ? null : messageOf(own, words, use));
  });
  return { element, show };
}
