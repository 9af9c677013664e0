// The settings of the layer: operation and example, sizes for height and width, and what is rarely changed.
import { byName, isSame } from "../core/arrays.mjs";
import * as core from "../core/convolution.mjs";
import { PRESETS } from "../core/convolution/presets.mjs";
import { createAxesFields } from "../ui/axes_field.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createField, createNamedField } from "../ui/field.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/convolution.mjs";

const SLIDER_MAX = { input: 32, kernel: 11, padding: 10, stride: 8, dilation: 5, output_padding: 4, output_size: 16 };
const SIDES = [[0, 0], [0, 1], [1, 0], [1, 1]]; // axis, and before or after

/**
 * { elements, show() }. `change(parameter, draft)` as in the widget; `onSquare(isOn)`, `onBias(isOn)`,
 * `onPreset(draft)`, `onReset()`.
 */
export function createControls(view, { change, onSquare, onBias, onPreset, onReset }) {
  const set = (parameter, value) => change(parameter, { ...view.draft, [parameter]: value });
  const setAlong = (parameter, axes, value) => change(parameter, core.withValue(view.draft, parameter, axes, value));
  const message = (problem) => messageOf(problem, words, ({ parameter, nearest }) => set(parameter, nearest));
  const setting = (name, label) => createCheckbox({ label, onChange: (isOn) => set(name, isOn) });
  const setPads = (padOf) => set("padding", view.layer.sides.map(({ pads }, axis) => padOf(axis, pads)));

  const operation = createChoice({
    label: words.operation, options: words.operations, onChoose: (value) => set("operation", value),
  });
  const names = Object.keys(PRESETS);
  const example = createChoice({
    label: words.example, options: [["", words.choose], ...names.map((name) => [name, name])],
    onChoose: (name) => name && onPreset({ ...PRESETS[name] }),
  });
  const activation = createCheckbox({ label: words.relu, onChange: (isOn) => set("activation", isOn ? "relu" : null) });

  const ranges = byName(Object.keys(core.LIMITS), (name) => [core.LIMITS[name][0], SLIDER_MAX[name]]);
  const sizes = createAxesFields(ranges, words, setAlong);
  const same = createCheckbox({
    label: words.same, onChange: (isOn) => (isOn ? set("padding", "same") : setPads((axis, [before]) => before)),
  });
  const padsNote = h("p", { class: "cw-note" });
  sizes.padding.head.append(same.element);
  sizes.padding.element.append(padsNote);
  const square = createCheckbox({ label: words.square, onChange: onSquare });
  const panel = h("div", { class: "cw-controls" }, ...Object.values(sizes).map(({ element }) => element),
    h("div", { class: "cw-switches" }, square.element, button(words.reset, onReset)));

  const groupStops = () => [1, ...core.groupChoices(view.draft).slice(1)];
  const counts = ["channels", "filters", "groups"].map((name) => ({ name, ...createNamedField({
    label: words.parameter(name, null), min: 1, sliderMax: core.MOST_CHANNELS,
    stops: name === "groups" ? groupStops : null, onInput: (value) => set(name, value),
  }) }));
  const mode = createChoice({
    label: words.padding_mode, options: core.PADDING_MODES.map((each) => [each, each]),
    onChoose: (value) => set("padding_mode", value),
  });
  const bias = createCheckbox({ label: words.bias, onChange: onBias });
  const flip = setting("flip", words.flip);
  const countPad = setting("count_include_pad", words.count_include_pad);
  const perSide = createCheckbox({
    label: words.perSide, onChange: (isOn) => setPads((axis, [before, after]) => (isOn ? [before, after] : before)),
  });
  const sides = SIDES.map(([axis, end], index) => createField({
    label: words.padding(words.sides[index]), caption: words.sides[index], min: 0, sliderMax: SLIDER_MAX.padding,
    sliderLabel: words.slider(words.padding(words.sides[index])),
    onInput: (value) => setPads((each, pads) => pads.map((pad, at) => (each === axis && at === end ? value : pad))),
  }));
  const group = (...parts) => h("div", { class: "cw-group" }, ...parts.map(({ element }) => element));
  const sidesBox = group(perSide, ...sides);
  const more = h("details", { class: "cw-more" }, h("summary", {}, words.more), h("div", { class: "cw-controls" },
    ...counts.map(({ element }) => element), mode.element, group(bias, flip, countPad), sidesBox));
  const bar = h("div", { class: "cw-switches" }, operation.element, activation.element, example.element);

  const show = () => {
    const { draft, problems } = view;
    const problemsOf = (name) => problems.filter(({ parameter }) => parameter === name);
    const pads = view.layer.sides.map((side) => side.pads);
    const [isPool, isConv] = [core.isPool(draft), draft.operation === "conv2d"];
    operation.show(draft.operation);
    activation.show(draft.activation !== null);
    example.show(names.find((name) => isPreset(draft, PRESETS[name])) ?? "");
    for (const [name, { element, show: showValues }] of Object.entries(sizes)) {
      showValues(name === "padding" ? pads.map(([before]) => before) : draft[name], problemsOf(name), view.isSquare);
      element.hidden = !core.PARAMETERS[draft.operation].includes(name);
    }
    same.show(draft.padding === "same");
    square.show(view.isSquare);
    padsNote.textContent = pads.some(([before, after]) => before !== after) ? words.pads(pads.flat()) : "";
    for (const { name, element, show: showCount } of counts) {
      showCount(draft[name], message(problemsOf(name)[0]),
        name === "groups" ? words.groupsOf(draft) : undefined);
      element.hidden = isPool && name !== "channels";
    }
    mode.show(draft.padding_mode);
    bias.show(view.hasBias);
    flip.show(draft.flip);
    countPad.show(draft.count_include_pad);
    const isPerSide = draft.padding !== "same" && draft.padding.some(Array.isArray);
    perSide.show(isPerSide);
    sides.forEach(({ element, show: showSide }, index) => {
      const [axis, end] = SIDES[index];
      element.hidden = !isPerSide;
      showSide(pads[axis][end], null);
    });
    mode.element.hidden = sidesBox.hidden = !isConv;
    bias.element.hidden = flip.element.hidden = isPool;
    countPad.element.hidden = draft.operation !== "avg_pool2d";
    more.open ||= problems.some(({ axis }) => axis === null);
  };
  return { elements: [bar, panel, more], show };
}

/** Whether a draft is just as a preset says; what the operation does not read does not count. */
function isPreset(draft, preset) {
  const names = ["operation", "channels", "filters", "groups", "padding_mode", "flip", "activation"];
  return [...core.PARAMETERS[preset.operation], ...names].every((name) => isSame(draft[name], preset[name]));
}
