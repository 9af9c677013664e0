// Moving a tap of the chosen output cell: by numbers, by arrows, for this cell alone or for all; mask and presets.
import { byName, range } from "../core/arrays.mjs";
import { isSnake, tapCells } from "../core/deformable.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createFields } from "../ui/fields.mjs";
import { useUp } from "../ui/keys.mjs";
import words from "../words/deformable.mjs";
import { rangeOf, valueOf } from "./moves.mjs";

const stops = (low, high, step) => range(Math.round((high - low) / step) + 1)
  .map((index) => Math.round((low + index * step) * 100) / 100);
const STOPS = { dy: stops(-3, 3, 0.1), dx: stops(-3, 3, 0.1), mask: stops(0, 1, 0.05), step: stops(-1, 1, 0.1) };
const NAMES = Object.keys(STOPS);
const OF_SNAKE = ["none", "curve", "own"];
const ARROWS = {
  ArrowUp: ["↑", [-1, 0]], ArrowLeft: ["←", [0, -1]], ArrowRight: ["→", [0, 1]], ArrowDown: ["↓", [1, 0]],
};

/**
 * { element, show({ state, chosen, wrong, isEverywhere, preset }) }. `onTap(tap)`, `onValue(name, value)`,
 * `onMove([dy, dx])` in steps, `onEverywhere(isOn)`, `onMask(isOn)`, `onPreset(name)`. `wrong`: the problem of a number
 * that is out of range, with its `value`, or null.
 */
export function createEditor({ onTap, onValue, onMove, onEverywhere, onMask, onPreset }) {
  const title = h("p", { class: "cw-name cw-of" });
  const preset = createChoice({ label: words.preset, onChoose: onPreset });
  const tap = createChoice({ label: words.tap, onChoose: (value) => onTap(Number(value)) });
  const fields = createFields(byName(NAMES, rangeOf), { ...words, parameter: words.edited }, onValue,
    byName(NAMES, (name) => ({ step: name === "mask" ? 0.05 : 0.1, stops: () => STOPS[name] })));
  const everywhere = createCheckbox({ label: words.everywhere, onChange: onEverywhere });
  const mask = createCheckbox({ label: words.withMask, onChange: onMask });
  const arrows = Object.entries(ARROWS).map(([key, [sign, direction]]) => h("button", {
    class: "cw-button", type: "button", "data-icon": sign, "aria-label": words.moves[key],
    onclick: () => onMove(direction),
  }));
  const pad = h("div", {
    class: "cw-pad", role: "group",
    onkeydown: (event) => {
      if (!ARROWS[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
      useUp(event);
      onMove(ARROWS[event.key][1]);
    },
  }, ...arrows);
  const middle = h("p", { class: "cw-note" }, words.middle);
  const element = h("div", { class: "cw-controls cw-editor-box" }, title, preset.element, tap.element,
    ...fields.elements, middle, pad,
    h("div", { class: "cw-switches" }, everywhere.element, mask.element));
  const show = ({ state, chosen, wrong, isEverywhere, preset: name }) => {
    const snake = isSnake(state);
    title.textContent = words.tapsOf(chosen.cell);
    tap.show(chosen.tap, tapCells(state).map((cell, index) => [index, words.tapOption(index, cell)]));
    const isOffered = ([each]) => !snake || OF_SNAKE.includes(each);
    preset.show(name, Object.entries(words.presets).filter(isOffered));
    const isStill = snake && chosen.tap === state.steps.length >> 1;
    middle.hidden = !isStill;
    pad.hidden = isStill;
    const used = isStill ? [] : snake ? ["step"] : ["dy", "dx", ...(state.mask ? ["mask"] : [])];
    const numbers = byName(NAMES, (each) => (
      each === wrong?.parameter ? wrong.value : valueOf(state, chosen, each)));
    fields.show({ ...numbers, tap: chosen.tap }, wrong ? [wrong] : [], used);
    pad.setAttribute("aria-label", words.move(chosen.tap));
    Object.values(ARROWS).forEach(([, direction], index) => {
      arrows[index].hidden = snake && direction[state.morph] === 0;
    });
    const first = arrows.find((arrow) => !arrow.hidden);
    for (const arrow of arrows) arrow.tabIndex = arrow === first ? 0 : -1;
    everywhere.show(isEverywhere);
    mask.show(Boolean(state.mask));
    mask.element.hidden = snake;
  };
  return { element, show };
}
