// The panel that edits a chain: preset, input size, the parts of the chosen layer, its name, its place.
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import { LIMITS, PARTS, PRESET_NAMES } from "../core/receptive_field.mjs";
import words from "../words/receptive_field.mjs";

const SLIDER_MAX = { input: 64, kernel: 11, stride: 4, padding: 8, dilation: 8 };

/**
 * { element, show({ chain, layer, problems, linked, preset, most }) }. `onValue(target, axes, value)` with target
 * { layer, part }; `onPreset(name)`, `onName(text)`, `onSquare(isOn)`, `onReset()`, `onMove(what)`: "add", "remove",
 * "up", "down".
 */
export function createEditor({ onValue, onPreset, onName, onSquare, onReset, onMove, hasGiven }) {
  const state = { layer: 0 };
  const names = ["given", ...PRESET_NAMES, "own"];
  const preset = createChoice({
    label: words.preset, options: Object.fromEntries(names.map((name) => [name, words.presets[name]])),
    onChoose: (name) => onPreset(name),
  });
  const target = (part) => ({ layer: part === "input" ? null : state.layer, part });
  const groups = ["input", ...PARTS].map((part) => createGroup(part, {
    onValue: (axes, value) => onValue(target(part), axes, value), onMend: onValue,
  }));
  const square = h("input", { type: "checkbox", onchange: () => onSquare(square.checked) });
  const button = (label, onclick) => h("button", { class: "cw-button", type: "button", onclick }, label);
  const moves = Object.fromEntries(["add", "remove", "up", "down"].map(
    (what) => [what, button(words[what], () => onMove(what))]));
  const name = h("input", {
    class: "rf-name-field", type: "text", maxlength: 24, autocomplete: "off", "aria-label": words.name,
    oninput: () => onName(name.value),
  });
  const layerPanel = h("div", { class: "cw-controls rf-layer" },
    h("div", { class: "cw-group rf-name-group" }, h("span", { class: "cw-name" }, words.name), name),
    ...groups.slice(1).map(({ element }) => element), h("div", { class: "cw-switches" }, ...Object.values(moves)));
  const element = h("div", { class: "rf-editor" },
    h("div", { class: "cw-controls rf-network" }, h("div", { class: "cw-group" }, preset.element), groups[0].element,
      h("div", { class: "cw-switches" },
        h("label", { class: "cw-check", title: words.squareHelp }, square, words.square),
        button(words.reset, onReset))));
  const show = ({ chain, layer, problems, linked, preset: chosen, most, isGraph }) => {
    state.layer = layer;
    preset.show(chosen);
    square.checked = linked;
    layerPanel.hidden = isGraph;
    square.parentElement.hidden = isGraph;
    groups[0].element.hidden = isGraph;
    if (isGraph) return;
    const row = chain.layers[layer];
    if (name.value.trim() !== row.name) name.value = row.name;
    moves.add.disabled = chain.layers.length >= most;
    moves.remove.disabled = chain.layers.length < 2;
    moves.up.disabled = layer === 0;
    moves.down.disabled = layer === chain.layers.length - 1;
    for (const group of groups) {
      const own = problems.filter((problem) => problem.part === group.part
        && problem.layer === (group.part === "input" ? null : layer));
      group.show(group.part === "input" ? chain.input : row[group.part], own, linked);
    }
  };
  if (!hasGiven) preset.element.querySelector("option").remove();
  return { element, layerPanel, show };
}

function createGroup(part, { onValue, onMend }) {
  const field = (axes, axis) => createField({
    label: words.part(part, axis), caption: axis === null ? "" : words.axes[axis],
    sliderLabel: words.slider(words.part(part, axis)), min: LIMITS[part][0], sliderMax: SLIDER_MAX[part],
    onInput: (value) => onValue(axes, value),
  });
  const both = field([0, 1], null);
  const single = [field([0], 0), field([1], 1)];
  const element = h("div", { class: "cw-group" },
    h("div", { class: "cw-group-head" }, h("span", { class: "cw-name" }, words.part(part, null))),
    both.element, ...single.map((each) => each.element));
  const show = (pair, problems, linked) => {
    both.element.hidden = !linked;
    for (const each of single) each.element.hidden = linked;
    both.show(pair[0], linked ? message(problems[0], onMend) : null);
    single.forEach((each, axis) => each.show(
      pair[axis], linked ? null : message(problems.find((problem) => problem.axis === axis), onMend)));
  };
  return { part, element, show };
}

function message(problem, onMend) {
  if (!problem) return null;
  const { layer, part, axes, nearest } = problem;
  const use = nearest === null ? null
    : { label: words.use(nearest), apply: () => onMend({ layer, part }, axes, nearest) };
  return { text: words.problem[problem.reason](problem), use };
}
