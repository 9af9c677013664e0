// Operation, axis and sizes: numbers per axis, with one switch that keeps height and width equal; a snake has its taps.
import * as core from "../core/deformable.mjs";
import { createAxesField } from "../ui/axes_field.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/deformable.mjs";

/**
 * { element, show({ draft, problems, isSquare }) }. `onChoose({ operation or morph })`; `onValue(name, axes, value)`,
 * where `name` is "taps" for a snake's kernel.
 */
export function createControls({ onChoose, onValue, onSquare, onReset }) {
  const operation = createChoice({
    label: words.operation, options: words.operations, onChoose: (value) => onChoose({ operation: value }),
  });
  const morph = createChoice({
    label: words.morph, options: Object.entries(words.morphs), onChoose: (value) => onChoose({ morph: Number(value) }),
  });
  const [min, sliderMax] = core.SNAKE_TAPS;
  const groups = Object.fromEntries(Object.entries(core.LIMITS).map(([name, [low, high]]) => [name, createAxesField({
    label: (axis) => words.parameter(name, axis), min: low, sliderMax: high,
    onValue: (axes, value) => onValue(name, axes, value),
  })]));
  const taps = createNamedField({
    label: words.taps, min, sliderMax, onInput: (value) => onValue("taps", [0, 1], value),
    stops: () => core.range(sliderMax).filter((index) => index % 2 === 0).map((index) => index + 1),
  });
  const square = createCheckbox({ label: words.square, onChange: onSquare });
  const element = h("div", { class: "cw-controls" }, operation.element, morph.element, taps.element,
    ...Object.values(groups).map((group) => group.element),
    h("div", { class: "cw-switches" }, square.element, button(words.reset, onReset)));
  const show = ({ draft, problems, isSquare }) => {
    const isSnake = draft.operation === "snake";
    operation.show(draft.operation);
    morph.show(draft.morph);
    morph.element.hidden = !isSnake;
    taps.element.hidden = !isSnake;
    square.show(isSquare);
    const of = (name) => problems.filter(({ parameter }) => parameter === name);
    const useTaps = ({ nearest }) => onValue("taps", [0, 1], nearest);
    taps.show(draft.kernel[1 - draft.morph], messageOf(of("kernel")[0], words, useTaps));
    const use = ({ parameter, axis, nearest }) => onValue(parameter, isSquare ? [0, 1] : [axis], nearest);
    for (const [name, group] of Object.entries(groups)) {
      group.element.hidden = !core.used(draft).includes(name) || (isSnake && name === "kernel");
      const own = of(name);
      const ofAxis = (axis) => (isSquare ? own[0] : own.find((problem) => problem.axis === axis));
      group.show(draft[name], [0, 1].map((axis) => messageOf(ofAxis(axis), words, use)), isSquare);
    }
  };
  return { element, show };
}
