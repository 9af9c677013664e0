// Named fields for a table of limits.
import { byName } from "../core/arrays.mjs";
import { createNamedField } from "./field.mjs";
import { messageOf } from "./problem.mjs";

/**
 * { elements, show(draft, problems, used) }: a field for each number of `limits`, { name: [min, max] }, which the table
 * `words` calls parameter(name, draft); `onValue(name, value)`. `more`, { name: options of a field }, stand in for
 * those made here. `show` hides a field that is not in `used`, unless something is wrong with its number. Where a
 * problem has no nearest legal value, the last legal one is offered.
 */
export function createFields(limits, words, onValue, more = {}) {
  const names = Object.keys(limits);
  const fields = byName(names, (name) => createNamedField({
    label: words.parameter(name), min: limits[name][0], sliderMax: limits[name][1],
    onInput: (value) => onValue(name, value), ...more[name],
  }));
  const use = ({ parameter, nearest }) => onValue(parameter, nearest);
  const legal = {};
  const show = (draft, problems, used = names) => {
    if (!problems.length) for (const name of used) legal[name] = draft[name];
    for (const name of names) {
      const found = problems.find(({ parameter }) => parameter === name);
      const problem = found && { ...found, nearest: found.nearest ?? legal[name] ?? null };
      fields[name].element.hidden = !found && !used.includes(name);
      fields[name].show(draft[name], messageOf(problem, words, use), words.parameter(name, draft));
    }
  };
  return { elements: names.map((name) => fields[name].element), show };
}
