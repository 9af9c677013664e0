// Moving a tap of the chosen output cell: by numbers, by arrows, for this cell alone or for all; mask and presets.
import * as core from "../core/deformable.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import words from "../words/deformable.mjs";
import { rangeOf, valueOf } from "./moves.mjs";

const stops = (low, high, step) => core.range(Math.round((high - low) / step) + 1)
  .map((index) => Math.round((low + index * step) * 100) / 100);
const STOPS = { dy: stops(-3, 3, 0.1), dx: stops(-3, 3, 0.1), mask: stops(0, 1, 0.05), step: stops(-1, 1, 0.1) };
const AREAS = ["1 / 2", "2 / 1", "2 / 3", "3 / 2"];
const OF_SNAKE = ["none", "curve", "own"];
const ARROWS = { ArrowUp: ["up", "↑", [-1, 0]], ArrowLeft: ["left", "←", [0, -1]], ArrowRight: ["right", "→", [0, 1]],
  ArrowDown: ["down", "↓", [1, 0]] };

/**
 * { element, show({ state, chosen, wrong, message, isEverywhere, preset }) }. `onTap(tap)`, `onValue(name, value)`,
 * `onMove([dy, dx])` in steps, `onEverywhere(isOn)`, `onMask(isOn)`, `onPreset(name)`. `wrong`: null or the { name,
 * value } that is out of range, with its `message`.
 */
export function createEditor({ onTap, onValue, onMove, onEverywhere, onMask, onPreset }) {
  const title = h("p", { class: "cw-name cw-of" });
  const preset = createChoice({ label: words.preset, onChoose: onPreset });
  const tap = createChoice({ label: words.tap, onChoose: (value) => onTap(Number(value)) });
  const fields = Object.fromEntries(Object.keys(STOPS).map((name) => [name, createNamedField({
    label: words.edited(name, 0), min: rangeOf(name)[0], sliderMax: 0, step: name === "mask" ? 0.05 : 0.1,
    stops: () => STOPS[name], onInput: (value) => onValue(name, value),
  })]));
  const everywhere = createCheckbox({ label: words.everywhere, onChange: onEverywhere });
  const mask = createCheckbox({ label: words.withMask, onChange: onMask });
  const arrows = Object.values(ARROWS).map(([name, sign, direction], index) => h("button", {
    class: "cw-button", type: "button", style: `grid-area: ${AREAS[index]}`, tabindex: index ? -1 : 0,
    "data-icon": sign, "aria-label": words.moves[name], onclick: () => onMove(direction),
  }));
  const pad = h("div", {
    class: "cw-pad", role: "group",
    onkeydown: (event) => {
      if (!ARROWS[event.key] || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault(); // no scrolling
      event.stopPropagation(); // the book turns the page on an arrow key
      onMove(ARROWS[event.key][2]);
    },
  }, ...arrows);
  const middle = h("p", { class: "cw-note" }, words.middle);
  const element = h("div", { class: "cw-controls cw-editor-box" }, title, preset.element, tap.element,
    ...Object.values(fields).map((field) => field.element), middle, pad,
    h("div", { class: "cw-switches" }, everywhere.element, mask.element));
  const show = ({ state, chosen, wrong, message, isEverywhere, preset: name }) => {
    const isSnake = state.operation === "snake";
    const columns = state.kernel[0].length;
    title.textContent = words.tapsOf(chosen.cell);
    tap.show(chosen.tap, state.kernel.flat().map((_, index) => (
      [index, words.tapOption(index, [Math.floor(index / columns), index % columns])])));
    const isOffered = ([each]) => !isSnake || OF_SNAKE.includes(each);
    preset.show(name, Object.entries(words.presets).filter(isOffered));
    const isStill = isSnake && chosen.tap === state.steps.length >> 1;
    middle.hidden = !isStill;
    pad.hidden = isStill;
    const isUsed = { dy: !isSnake, dx: !isSnake, mask: Boolean(state.mask), step: isSnake && !isStill };
    for (const [field, { element: box, show: showField }] of Object.entries(fields)) {
      const isWrong = field === wrong?.name;
      box.hidden = !isUsed[field];
      showField(isWrong ? wrong.value : valueOf(state, chosen, field), isWrong ? message : null,
        words.edited(field, chosen.tap));
    }
    pad.setAttribute("aria-label", words.move(chosen.tap));
    const directions = Object.values(ARROWS).map(([, , direction]) => direction);
    arrows.forEach((arrow, index) => { arrow.hidden = isSnake && directions[index][state.morph] === 0; });
    const first = arrows.find((arrow) => !arrow.hidden);
    for (const arrow of arrows) arrow.tabIndex = arrow === first ? 0 : -1;
    everywhere.show(isEverywhere);
    mask.show(Boolean(state.mask));
    mask.element.hidden = isSnake;
  };
  return { element, show };
}
