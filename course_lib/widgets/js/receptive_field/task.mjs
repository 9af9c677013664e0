// Ask, then show: the reader changes the layers until the last one sees so many pixels; the numbers wait for Check.
import { judge } from "../core/receptive_field.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import words from "../words/receptive_field.mjs";

/** { element, show({ goal, most, verdict, isLegal }) }. `onGoal(pixels or null)`, `onCheck()`. */
export function createTask({ onGoal, onCheck }) {
  const state = { goal: 28 };
  const isOn = h("input", { type: "checkbox", onchange: () => onGoal(isOn.checked ? state.goal : null) });
  const field = createField({
    label: words.goal, caption: "", sliderLabel: words.slider(words.goal), min: 1, sliderMax: 64,
    onInput: (value) => onGoal(value),
  });
  const check = h("button", { class: "cw-button", type: "button", onclick: onCheck }, words.check);
  const verdict = h("p", { class: "cw-sentence rf-verdict" });
  const body = h("div", { class: "rf-task-body" }, field.element, check, verdict);
  const element = h("div", { class: "rf-task" }, h("label", { class: "cw-check" }, isOn, words.task), body);
  const show = ({ goal, most, verdict: text, isLegal }) => {
    isOn.checked = goal !== null;
    body.hidden = goal === null;
    state.goal = Number.isInteger(goal) && goal >= 1 && goal <= most ? goal : Math.min(28, most);
    if (goal === null) return;
    const isFit = state.goal === goal;
    field.show(goal, isFit ? null : {
      text: words.goalRange(most),
      use: { label: words.use(nearest(goal, most)), apply: () => onGoal(nearest(goal, most)) },
    });
    check.disabled = !isLegal || !isFit;
    verdict.textContent = text;
  };
  return { element, show };
}

const nearest = (goal, most) => Math.min(Math.max(Math.round(Number.isFinite(goal) ? goal : 28), 1), most);

/** What is to say of `chain`: the sentence of the axis that is wrong, or of both when all pixels are seen. */
export function verdictOf(chain, goal) {
  const layer = chain.layers.length - 1;
  const { name } = chain.layers[layer];
  const found = [0, 1].map((axis) => judge(chain, axis, layer, goal));
  const wrong = found.findIndex(({ isMet }) => !isMet);
  if (wrong >= 0) return words.verdict[found[wrong].reason](name, found[wrong], wrong);
  return words.verdict.met(name, found, goal);
}
