// Ask, then show: the reader changes the layers until the last one sees so many pixels; the numbers wait for Check.
import { judge } from "../core/receptive_field.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { button, h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/receptive_field.mjs";

const FIRST_GOAL = 28;

/** { element, show({ goal, most, verdict, isLegal }) }. `onGoal(pixels or null)`, `onCheck()`. */
export function createTask({ onGoal, onCheck }) {
  let most = FIRST_GOAL;
  const isOn = createCheckbox({ label: words.task, onChange: (on) => onGoal(on ? Math.min(FIRST_GOAL, most) : null) });
  const field = createNamedField({ label: words.goal, min: 1, sliderMax: 64, onInput: onGoal });
  const check = button(words.check, onCheck);
  const told = h("p", { class: "cw-sentence rf-verdict" });
  const body = h("div", { class: "rf-task-body" }, field.element, check, told);
  const show = ({ goal, most: largest, verdict, isLegal }) => {
    most = largest;
    isOn.show(goal !== null);
    body.hidden = goal === null;
    if (goal === null) return;
    const isFit = Number.isInteger(goal) && goal >= 1 && goal <= most;
    const nearest = Math.min(Math.max(Math.round(Number.isFinite(goal) ? goal : FIRST_GOAL), 1), most);
    const problem = isFit ? null : { reason: "goal", most, nearest };
    field.show(goal, messageOf(problem, words, () => onGoal(nearest)));
    check.disabled = !isLegal || !isFit;
    told.textContent = verdict;
  };
  return { element: h("div", { class: "rf-task" }, isOn.element, body), show };
}

/** What is to say of `chain`: the sentence of the axis that is wrong, or of both when all pixels are seen. */
export function verdictOf(chain, goal) {
  const layer = chain.layers.length - 1;
  const { name } = chain.layers[layer];
  const found = [0, 1].map((axis) => judge(chain, axis, layer, goal));
  const wrong = found.findIndex(({ isMet }) => !isMet);
  if (wrong < 0) return words.verdict.met(name, found, goal);
  return words.verdict[found[wrong].reason](name, found[wrong], wrong);
}
