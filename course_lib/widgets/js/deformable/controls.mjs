// Operation, axis and sizes: numbers per axis, with one switch that keeps height and width equal; a snake has its taps.
import { byName, range } from "../core/arrays.mjs";
import * as core from "../core/deformable.mjs";
import { PARAMETERS } from "../core/window.mjs";
import { createAxesField } from "../ui/axes_field.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { createNamedField } from "../ui/field.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/deformable.mjs";

/**
 * { elements, switches, show({ draft, problems, isSquare }) }. `onChoose({ operation or morph })`, `onTaps(taps)` of a
 * snake, `onValue(name, axes, value)`, `onSquare(isOn)`.
 */
export function createControls({ onChoose, onTaps, onValue, onSquare }) {
  const operation = createChoice({
    label: words.operation, options: words.operations, onChoose: (value) => onChoose({ operation: value }),
  });
  const morph = createChoice({
    label: words.morph, options: words.morphs, onChoose: (value) => onChoose({ morph: Number(value) }),
  });
  const [min, sliderMax] = core.SNAKE_TAPS;
  const groups = byName(PARAMETERS, (name) => createAxesField({
    label: (axis) => words.parameter(name, axis), min: core.LIMITS[name][0], sliderMax: core.LIMITS[name][1],
    onValue: (axes, value) => onValue(name, axes, value),
  }));
  const taps = createNamedField({
    label: words.taps, min, sliderMax, onInput: onTaps,
    stops: () => range(sliderMax + 1).filter((count) => count % 2),
  });
  const square = createCheckbox({ label: words.square, onChange: onSquare });
  const elements = [operation, morph, taps, ...Object.values(groups)].map(({ element }) => element);
  const show = ({ draft, problems, isSquare }) => {
    const isSnake = core.isSnake(draft);
    operation.show(draft.operation);
    morph.show(draft.morph);
    morph.element.hidden = !isSnake;
    taps.element.hidden = !isSnake;
    square.show(isSquare);
    const wrongTaps = problems.find(({ parameter }) => parameter === "kernel");
    taps.show(draft.kernel[1 - draft.morph], messageOf(wrongTaps, words, ({ nearest }) => onTaps(nearest)));
    const use = ({ parameter, axis, nearest }) => onValue(parameter, isSquare ? [0, 1] : [axis], nearest);
    for (const [name, { element, show: showValues }] of Object.entries(groups)) {
      element.hidden = isSnake && name !== "input";
      const found = (axis) => problems.find((problem) => problem.parameter === name && problem.axis === axis);
      showValues(draft[name], [0, 1].map((axis) => messageOf(found(axis), words, use)), isSquare);
    }
  };
  return { elements, switches: [square.element], show };
}
