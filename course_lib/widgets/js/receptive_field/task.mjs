// Ask, then show: the reader changes the layers until the last one sees so many pixels; the numbers wait for Check.
import { AXES, judge } from "../core/receptive_field.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { button, h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { messageOf, rangeProblem } from "../ui/problem.mjs";
import words from "../words/receptive_field.mjs";

const FIRST_GOAL = 28;

/** { element, show({ goal, isChecked, state, draft }, isLegal) }. `onGoal(pixels or null)`, `onCheck()`. */
export function createTask({ onGoal, onCheck }) {
  let most = FIRST_GOAL;
  const isOn = createCheckbox({ label: words.task, onChange: (on) => onGoal(on ? Math.min(FIRST_GOAL, most) : null) });
  const field = createNamedField({ label: words.goal, min: 1, sliderMax: 64, onInput: onGoal });
  const check = button(words.check, onCheck);
  const told = h("p", { class: "cw-sentence rf-verdict" });
  const body = h("div", {}, field.element, check, told);
  const show = ({ goal, isChecked, state, draft }, isLegal) => {
    most = Math.min(...state.input);
    isOn.show(goal !== null);
    body.hidden = goal === null;
    if (goal === null) return;
    const problem = rangeProblem("goal", goal, [1, most], Math.min(FIRST_GOAL, most));
    field.show(goal, messageOf(problem, words, () => onGoal(problem.nearest)));
    check.disabled = !isLegal || problem !== null;
    told.textContent = isChecked && isLegal ? verdictOf(draft, goal) : "";
  };
  return { element: h("div", { class: "rf-task" }, isOn.element, body), show };
}

/** What is to say of `chain`: the sentence of the axis that is wrong, or of both when all pixels are seen. */
export function verdictOf(chain, goal) {
  const layer = chain.layers.length - 1;
  const { name } = chain.layers[layer];
  const found = AXES.map((axis) => judge(chain, axis, layer, goal));
  const wrong = found.findIndex(({ isMet }) => !isMet);
  if (wrong < 0) return words.verdict.met(name, found, goal);
  return words.verdict[found[wrong].reason](name, found[wrong], wrong);
}
