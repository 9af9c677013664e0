// A number for height and one for width under one name, or a single one for both.
import { byName } from "../core/arrays.mjs";
import { h } from "./dom.mjs";
import { createField } from "./field.mjs";
import { messageOf } from "./problem.mjs";
import shared from "../words/shared.mjs";

/**
 * { element, head, show(values, messages, isLinked) }. `label(axis)` names the number of an axis, null of both;
 * `onValue(axes, value)`. `messages`: what each axis's field shows of its problem (`messageOf`), or null.
 */
export function createAxesField({ label, min, sliderMax, onValue }) {
  const head = h("div", { class: "cw-group-head" }, h("span", { class: "cw-name" }, label(null)));
  const field = (axes, axis) => createField({
    label: label(axis), caption: axis === null ? "" : shared.axes[axis], sliderLabel: shared.slider(label(axis)),
    min, sliderMax, onInput: (value) => onValue(axes, value),
  });
  const both = field([0, 1], null);
  const single = [field([0], 0), field([1], 1)];
  const element = h("div", { class: "cw-group" }, head, both.element, ...single.map((each) => each.element));
  const show = (values, messages, isLinked) => {
    both.element.hidden = !isLinked;
    both.show(values[0], isLinked ? messages[0] ?? messages[1] : null);
    single.forEach((each, axis) => {
      each.element.hidden = isLinked;
      each.show(values[axis], isLinked ? null : messages[axis]);
    });
  };
  return { element, head, show };
}

/**
 * { name: { element, head, show(values, problems, isLinked) } }: the same for each of `sizes`, { name: [min,
 * sliderMax] }, which `words` call parameter(name, axis); `onValue(name, axes, value)`. A problem has its reason, axis
 * and nearest, and the axes that are set to it.
 */
export function createAxesFields(sizes, words, onValue) {
  return byName(Object.keys(sizes), (name) => {
    const [min, sliderMax] = sizes[name];
    const { element, head, show } = createAxesField({
      label: (axis) => words.parameter(name, axis), min, sliderMax,
      onValue: (axes, value) => onValue(name, axes, value),
    });
    const use = ({ axes, nearest }) => onValue(name, axes, nearest);
    const showAll = (values, problems, isLinked) => show(values, [0, 1].map(
      (axis) => messageOf(problems.find((problem) => problem.axis === axis), words, use)), isLinked);
    return { element, head, show: showAll };
  });
}
