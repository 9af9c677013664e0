// The panel that edits a chain: preset, input size, the parts of the chosen layer, its name, its place.
import { LIMITS, MAX_LAYERS, PARTS, tableOf } from "../core/receptive_field.mjs";
import { createAxesField } from "../ui/axes_field.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/receptive_field.mjs";

const SLIDER_MAX = { input: 64, kernel: 11, stride: 4, padding: 8, dilation: 8 };

/**
 * { element, layerPanel, show({ chain, layer, problems, linked, isGraph, preset }) }.
 * `onValue({ layer, part }, axes, value)`, `onPreset(name)`, `onName(text)`, `onSquare(isOn)`, `onReset()`,
 * `onMove(what)`: "add", "remove", "up", "down".
 */
export function createEditor({ onValue, onPreset, onName, onSquare, onReset, onMove }) {
  let layer = 0;
  const preset = createChoice({ label: words.preset, options: words.presets, onChoose: onPreset });
  const square = createCheckbox({ label: words.square, onChange: onSquare });
  const layerOf = (part) => (part === "input" ? null : layer);
  const fields = tableOf(["input", ...PARTS], (part) => createAxesField({
    label: (axis) => words.part(part, axis), min: LIMITS[part][0], sliderMax: SLIDER_MAX[part],
    onValue: (axes, value) => onValue({ layer: layerOf(part), part }, axes, value),
  }));
  const moves = tableOf(["add", "remove", "up", "down"], (what) => button(words[what], () => onMove(what)));
  const name = h("input", {
    class: "cw-number rf-name-field", type: "text", maxlength: 24, autocomplete: "off", "aria-label": words.name,
    oninput: () => onName(name.value),
  });
  const layerPanel = h("div", { class: "cw-controls rf-layer" },
    h("div", { class: "cw-group" }, h("span", { class: "cw-name" }, words.name), name),
    ...PARTS.map((part) => fields[part].element), h("div", { class: "cw-switches" }, ...Object.values(moves)));
  const element = h("div", { class: "cw-controls rf-network" },
    h("div", { class: "cw-group" }, preset.element), fields.input.element,
    h("div", { class: "cw-switches" }, square.element, button(words.reset, onReset)));

  const use = (problem) => onValue(problem, problem.axes, problem.nearest);
  const show = ({ chain, layer: chosen, problems, linked, isGraph, preset: found }) => {
    layer = chosen;
    preset.show(found);
    for (const part of [layerPanel, square.element, fields.input.element]) part.hidden = isGraph;
    if (isGraph) return;
    square.show(linked);
    const row = chain.layers[layer];
    if (name.value.trim() !== row.name) name.value = row.name;
    const last = chain.layers.length - 1;
    const isOff = { add: last + 1 >= MAX_LAYERS, remove: last < 1, up: layer === 0, down: layer === last };
    for (const [what, each] of Object.entries(moves)) each.disabled = isOff[what];
    for (const [part, field] of Object.entries(fields)) {
      const own = problems.filter((problem) => problem.part === part && problem.layer === layerOf(part));
      const messages = [0, 1].map((axis) => messageOf(own.find((problem) => problem.axis === axis), words, use));
      field.show(part === "input" ? chain.input : row[part], messages, linked);
    }
  };
  return { element, layerPanel, show };
}
