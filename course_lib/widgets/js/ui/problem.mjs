// What is wrong with a number, and the legal one that mends it.
import { clamp } from "../core/arrays.mjs";
import { isWhole } from "../core/window.mjs";
import { h } from "./dom.mjs";

/** What is wrong with a number that must be whole and within the limits, or null; for NaN `otherwise` is offered. */
export function rangeProblem(parameter, value, [min, max], otherwise) {
  if (isWhole(value, [min, max])) return null;
  const nearest = Number.isFinite(value) ? clamp(Math.round(value), min, max) : otherwise;
  return { parameter, reason: "range", nearest, min, max };
}

/** What a field shows of `problem`, or null; `apply(problem)` takes the nearest legal value, where there is one. */
export function messageOf(problem, words, apply) {
  if (!problem) return null;
  const { nearest, reason } = problem;
  const use = nearest === null ? null : { label: words.use(nearest), apply: () => apply(problem) };
  return { text: words.problem[reason](problem), use };
}

/**
 * { element, show(problem, ...results) }: why there is no result, in its place. `show` hides the elements `results`
 * while there is a problem, says it, and returns whether there is one; a `problem` of undefined or null is none.
 */
export function createRefusal(words, say) {
  const element = h("p", { class: "cw-refusal", hidden: true });
  const show = (problem, ...results) => {
    const isRefused = Boolean(problem);
    element.hidden = !isRefused;
    for (const result of results) result.hidden = isRefused;
    if (isRefused) {
      element.textContent = words.none(words.problem[problem.reason](problem));
      say(element.textContent);
    }
    return isRefused;
  };
  return { element, show };
}
