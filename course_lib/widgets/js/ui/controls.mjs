// A panel of parameters, each a number per axis, with one switch that keeps height and width equal.
import { createField } from "./field.mjs";
import { h } from "./dom.mjs";
import words from "../words/convolution.mjs";

/**
 * { element, show({ values, problems, linked, same, pads, unused }) }.
 * `parameters`: { name: { min, sliderMax } }. `onValue(name, axes, value)`, `onSquare(isOn)`, `onSame(isOn)`,
 * `onReset()`. In `show`, `values` is { name: [height, width] }, `same` is false or the zeros [before, after]
 * along each axis; `pads` are these zeros where they are to be told without the switch; `unused` names what is hidden.
 */
export function createControls({ parameters, onValue, onSquare, onSame, onReset }) {
  const same = checkbox(words.same, onSame);
  const groups = Object.entries(parameters).map(([name, range]) => createGroup(name, range, onValue));
  groups.find(({ name }) => name === "padding")?.head.append(same.element);
  const square = checkbox(words.square, onSquare, words.squareHelp);
  const reset = h("button", { class: "cw-button", type: "button", onclick: onReset }, words.reset);
  const element = h("div", { class: "cw-controls" },
    ...groups.map((group) => group.element), h("div", { class: "cw-switches" }, square.element, reset));
  const show = (state) => {
    same.input.checked = Boolean(state.same);
    square.input.checked = state.linked;
    for (const group of groups) {
      const own = state.problems.filter(({ parameter }) => parameter === group.name);
      group.show(state.values[group.name], own, state.linked, group.name === "padding" && (state.pads ?? state.same));
      group.element.hidden = Boolean(state.unused?.includes(group.name));
    }
  };
  return { element, show };
}

function createGroup(name, { min, sliderMax }, onValue) {
  const title = h("span", { class: "cw-name" }, words.parameter(name, null));
  const head = h("div", { class: "cw-group-head" }, title);
  const note = h("p", { class: "cw-note", hidden: true });
  const field = (axes, axis) => {
    const label = words.parameter(name, axis);
    const caption = axis === null ? "" : words.axes[axis];
    return createField({
      label, caption, sliderLabel: words.slider(label), min, sliderMax,
      onInput: (value) => onValue(name, axes, value),
    });
  };
  const both = field([0, 1], null);
  const single = [field([0], 0), field([1], 1)];
  const element = h("div", { class: "cw-group" },
    head, both.element, ...single.map((each) => each.element), note);
  const show = (values, problems, linked, same) => {
    both.element.hidden = !linked;
    for (const each of single) each.element.hidden = linked;
    both.show(values[0], linked ? message(problems[0], onValue) : null);
    single.forEach((each, axis) => {
      const own = problems.find((problem) => problem.axis === axis);
      each.show(values[axis], linked ? null : message(own, onValue));
    });
    const uneven = same && same.some(([before, after]) => before !== after);
    note.hidden = !uneven;
    note.textContent = uneven ? same.map(words.samePads).join("; ") : "";
  };
  return { name, head, element, show };
}

function message(problem, onValue) {
  if (!problem) return null;
  const { parameter, axes, nearest } = problem;
  const apply = () => onValue(parameter, axes, nearest);
  return {
    text: words.problem[problem.reason](problem),
    use: nearest === null ? null : { label: words.use(nearest), apply },
  };
}

function checkbox(label, onChange, help = null) {
  const input = h("input", { type: "checkbox", onchange: () => onChange(input.checked) });
  return { input, element: h("label", { class: "cw-check", title: help }, input, label) };
}
