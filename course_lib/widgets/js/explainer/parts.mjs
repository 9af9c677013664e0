// What the tabs of the explainer share.
import { clamp } from "../ui/maps.mjs";
import { format } from "../ui/numbers.mjs";

export const short = (value) => format(value, 4);

/** What is wrong with a number that must be whole and from `low` to `high`, as `messageOf` takes it, or null. */
export function rangeProblem(parameter, value, low, high, otherwise) {
  if (Number.isInteger(value) && value >= low && value <= high) return null;
  const nearest = Number.isFinite(value) ? clamp(Math.round(value), low, high) : otherwise;
  return { parameter, reason: "range", nearest, low, high };
}
