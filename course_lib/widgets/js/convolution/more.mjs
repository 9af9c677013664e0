// The controls beside the sizes: operation, example, channels and filters, groups, bias, padding mode, each side.
import * as core from "../core/convolution.mjs";
import { PRESETS } from "../core/convolution/presets.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import words from "../words/convolution.mjs";

const SIDES = [[0, 0], [0, 1], [1, 0], [1, 1]]; // axis, and before or after

/** { bar, element, show(view) }. `change(parameter, draft)` as in the widget; `onBias(isOn)`, `onPreset(settings)`. */
export function createMore(view, { change, onBias, onPreset }) {
  const set = (parameter, value) => change(parameter, { ...view.draft, [parameter]: value });
  const operation = createChoice({
    label: words.operation, options: words.operations,
    onChoose: (value) => change("operation", { ...view.draft, operation: value }),
  });
  const names = Object.keys(PRESETS);
  const example = createChoice({
    label: words.example,
      options: { "": words.chooseExample, ...Object.fromEntries(names.map((name) => [name, name])) },
    onChoose: (name) => name && onPreset(PRESETS[name]),
  });
  const counts = ["channels", "filters"].map((name) => [name, createField({
    label: words.parameter(name, null), caption: "", sliderLabel: words.slider(words.parameter(name, null)), min: 1,
    sliderMax: core.MOST_CHANNELS, onInput: (value) => set(name, value),
  })]);
  const groups = chooser(words.parameter("groups", null), (value) => set("groups", Number(value)));
  const mode = createChoice({
    label: words.paddingMode, options: Object.fromEntries(core.PADDING_MODES.map((each) => [each, each])),
    onChoose: (value) => set("padding_mode", value),
  });
  const bias = checkbox(words.bias, onBias);
  const flip = checkbox(words.flip, (isOn) => set("flip", isOn));
  const countPad = checkbox(words.countIncludePad, (isOn) => set("count_include_pad", isOn));
  const perSide = checkbox(words.perSide, (isOn) => set("padding", core.AXES.map((axis) => {
    const [before, after] = core.pads(view.draft, axis);
    return isOn ? [before, after] : before;
  })));
  const sides = SIDES.map(([axis, end], index) => createField({
    label: words.sides[index], caption: words.sides[index].split(", ")[1],
      sliderLabel: words.slider(words.sides[index]),
    min: 0, sliderMax: 10,
    onInput: (value) => set("padding", core.AXES.map((each) => core.pads(view.draft, each).map(
      (pad, at) => (each === axis && at === end ? value : pad)))),
  }));
  const groupsNote = h("p", { class: "cw-problem", hidden: true });
  const sidesBox = h("div", { class: "cw-group" }, perSide.element, ...sides.map(({ element }) => element));
  const countBoxes = counts.map(([name, field]) => [name, h("div", { class: "cw-group" },
    h("div", { class: "cw-group-head" }, h("span", { class: "cw-name" }, words.parameter(name, null))),
      field.element)]);
  const groupsBox = h("div", { class: "cw-group" }, groups.element, groupsNote);
  const switches = h("div", { class: "cw-group" }, bias.element, flip.element, countPad.element);
  const box = h("div", { class: "cw-grid-of-controls" }, ...countBoxes.map(([, element]) => element), groupsBox,
    mode.element, switches, sidesBox);
  const details = h("details", { class: "cw-more" }, h("summary", {}, words.more), box);
  const bar = h("div", { class: "cw-bar" }, operation.element, example.element);

  const show = () => {
    const { draft, problems, hasBias } = view;
    const isPool = core.isPool(draft);
    const isConv = draft.operation === "conv2d";
    operation.show(draft.operation);
    example.show(names.find((name) => isPreset(draft, PRESETS[name])) ?? "");
    for (const [name, field] of counts) {
      const own = problems.find(({ parameter }) => parameter === name);
      field.show(draft[name], own ? {
        text: words.problem[own.reason](own),
        use: own.nearest === null ? null : { label: words.use(own.nearest), apply: () => set(name, own.nearest) },
      } : null);
    }
    const isWhole = [draft.channels, draft.filters].every((each) => Number.isInteger(each) && each >= 1);
    const choices = isWhole ? core.groupChoices({ ...draft, groups: 1 }) : [];
    const all = choices.includes(draft.groups) ? choices : [...choices, draft.groups].sort((a, b) => a - b);
    groups.fill(Object.fromEntries(all.map((each) => [each, words.groupsOf(each, draft.channels, draft.filters)])),
      draft.groups);
    const own = problems.find(({ parameter }) => parameter === "groups");
    groupsNote.hidden = !own;
    groupsNote.replaceChildren(...(own ? [words.problem[own.reason](own), " ", h("button", {
      class: "cw-button", type: "button", onclick: () => set("groups", own.nearest),
    }, words.use(own.nearest))] : []));
    mode.show(draft.padding_mode);
    bias.input.checked = hasBias;
    flip.input.checked = draft.flip;
    countPad.input.checked = draft.count_include_pad;
    const isPerSide = Array.isArray(draft.padding) && draft.padding.some(Array.isArray);
    perSide.input.checked = isPerSide;
    sides.forEach(({ element, show: showSide }, index) => {
      const [axis, end] = SIDES[index];
      element.hidden = !isPerSide;
      showSide(core.pads(draft, axis)[end], null);
    });
    const hidden = [[countBoxes[1][1], isPool], [groupsBox, isPool], [mode.element, !isConv], [bias.element, isPool],
      [flip.element, isPool], [countPad.element, draft.operation !== "avg_pool2d"], [sidesBox, !isConv]];
    for (const [element, isHidden] of hidden) element.hidden = isHidden;
    details.open ||= problems.some(({ parameter }) => ["channels", "filters", "groups"].includes(parameter));
  };
  return { bar, element: details, show };
}

/** Whether a draft is just as a preset says; what the operation does not read does not count. */
function isPreset(draft, preset) {
  const names = [...core.PARAMETERS[preset.operation], "operation", "channels", "filters", "groups", "padding_mode",
    "flip"];
  const plain = ({ padding, ...rest }) => ({ ...rest, padding: padding === "same" ? padding
    : core.AXES.map((axis) => core.pads({ padding }, axis)) });
  const [one, other] = [plain(draft), plain(preset)];
  return names.every((name) => JSON.stringify(one[name]) === JSON.stringify(other[name]));
}

/** A choice whose options change. */
export function chooser(label, onChoose) {
  const select = h("select", { class: "cw-select", onchange: () => onChoose(select.value) });
  const fill = (options, chosen) => {
    const wanted = Object.entries(options);
    const isSame = wanted.length === select.options.length
      && wanted.every(([value, text], at) => select.options[at].value === value
        && select.options[at].textContent === text);
    if (!isSame) select.replaceChildren(...wanted.map(([value, text]) => h("option", { value }, text)));
    select.value = chosen;
  };
  return { element: h("label", { class: "cw-choice" }, h("span", { class: "cw-name" }, label), select), fill };
}

export function checkbox(label, onChange) {
  const input = h("input", { type: "checkbox", onchange: () => onChange(input.checked) });
  return { input, element: h("label", { class: "cw-check" }, input, label) };
}
