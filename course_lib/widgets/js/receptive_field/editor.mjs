// The panel that edits a chain: preset, input size, the parts of the chosen layer, its name, its place.
import { byName } from "../core/arrays.mjs";
import { LIMITS, MAX_LAYERS, PARTS } from "../core/receptive_field.mjs";
import { createAxesFields } from "../ui/axes_field.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import words from "../words/receptive_field.mjs";

const SLIDER_MAX = { input: 64, kernel: 11, stride: 4, padding: 8, dilation: 8 };

/**
 * { element, layerPanel, show({ state, draft, problems, isSquare }, isGraph, preset) }.
 * `onValue({ layer, part }, axes, value)`, `onPreset(name)`, `onName(text)`, `onSquare(isOn)`, `onReset()`,
 * `onMove(what)`: "add", "remove", "up", "down".
 */
export function createEditor({ onValue, onPreset, onName, onSquare, onReset, onMove }) {
  let layer = 0;
  const preset = createChoice({ label: words.preset, options: words.presets, onChoose: onPreset });
  const square = createCheckbox({ label: words.square, onChange: onSquare });
  const layerOf = (part) => (part === "input" ? null : layer);
  const sizes = byName(["input", ...PARTS], (part) => [LIMITS[part][0], SLIDER_MAX[part]]);
  const fields = createAxesFields(sizes, words, (part, axes, value) => (
    onValue({ layer: layerOf(part), part }, axes, value)));
  const moves = byName(["add", "remove", "up", "down"], (what) => button(words[what], () => onMove(what)));
  const name = h("input", {
    class: "cw-number is-wide", type: "text", maxlength: 24, autocomplete: "off", oninput: () => onName(name.value),
  });
  const layerPanel = h("div", { class: "cw-controls rf-layer" },
    h("label", { class: "cw-choice" }, h("span", { class: "cw-name" }, words.name), name),
    ...PARTS.map((part) => fields[part].element), h("div", { class: "cw-switches" }, ...Object.values(moves)));
  const element = h("div", { class: "cw-controls" }, preset.element, fields.input.element,
    h("div", { class: "cw-switches" }, square.element, button(words.reset, onReset)));

  const show = ({ state, draft, problems, isSquare }, isGraph, found) => {
    layer = state.layer;
    preset.show(found);
    for (const part of [layerPanel, square.element, fields.input.element]) part.hidden = isGraph;
    if (isGraph) return;
    square.show(isSquare);
    const row = draft.layers[layer];
    if (name.value.trim() !== row.name) name.value = row.name;
    const last = draft.layers.length - 1;
    const isOff = { add: last + 1 >= MAX_LAYERS, remove: last < 1, up: layer === 0, down: layer === last };
    for (const [what, each] of Object.entries(moves)) each.disabled = isOff[what];
    for (const [part, field] of Object.entries(fields)) {
      const own = problems.filter((problem) => problem.part === part && problem.layer === layerOf(part));
      field.show(part === "input" ? draft.input : row[part], own, isSquare);
    }
  };
  return { element, layerPanel, show };
}
