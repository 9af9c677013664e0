// The settings of the batch and of the block: numbers, choices, and what is wrong with each.
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import { LIMITS } from "../core/batchnorm.mjs";
import words from "../words/batchnorm.mjs";

const EPS = [0, 1e-5, 1e-3, 0.01, 0.1, 1, 10, 100];
const MOMENTUM = [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1];
const STOPS = { eps: EPS, momentum: MOMENTUM };

/** { element, show(value, problems) } of one number. `onValue(name, value)`. */
export function createNumber(parameter, onValue) {
  const label = words.parameter(parameter);
  const [min, sliderMax] = LIMITS[parameter];
  const stops = STOPS[parameter];
  const field = createField({
    label, caption: "", sliderLabel: words.slider(label), min, sliderMax, onInput: (value) => onValue(parameter, value),
    ...(stops ? { stops: () => stops, step: "any" } : {}),
  });
  const element = h("div", { class: "cw-group", "data-name": parameter },
    h("div", { class: "cw-group-head" }, h("span", { class: "cw-name" }, label)), field.element);
  const show = (value, problems) => {
    const problem = problems.find((each) => each.parameter === parameter);
    field.show(value, problem ? message(problem, onValue) : null);
  };
  return { element, show };
}

function message({ parameter, nearest, ...rest }, onValue) {
  const use = { label: words.use(nearest), apply: () => onValue(parameter, nearest) };
  return { text: words.problem[rest.reason]({ parameter, ...rest }), use: nearest === null ? null : use };
}

/** { element, show(draft, problems) } of the batch. `onValue(name, value)`, `onReset()`. */
export function createBatchControls({ onValue, onReset }) {
  const mode = createChoice({
    label: words.mode, options: words.modes, onChoose: (value) => onValue("training", value === "train"),
  });
  const numbers = Object.fromEntries(["N", "C", "momentum", "eps"].map((name) => [name, createNumber(name, onValue)]));
  const cumulative = h("input", {
    type: "checkbox", onchange: () => onValue("momentum", cumulative.checked ? null : 0.1),
  });
  const none = h("label", { class: "cw-check", title: words.cumulativeHelp }, cumulative, words.cumulative);
  const reset = h("button", { class: "cw-button", type: "button", onclick: onReset }, words.reset);
  const element = h("div", { class: "cw-controls" }, h("div", { class: "cw-group" }, mode.element),
    ...Object.values(numbers).map((one) => one.element), h("div", { class: "cw-switches" }, none, reset));
  const show = (draft, problems) => {
    mode.show(draft.training ? "train" : "eval");
    for (const [name, one] of Object.entries(numbers)) one.show(draft[name], problems);
    cumulative.checked = draft.momentum === null;
    numbers.momentum.element.hidden = draft.momentum === null;
  };
  return { element, show };
}

/** { element, show(draft, problems) } of the block. */
export function createBlockControls({ onValue, onShows, onReset }) {
  const norm = createChoice({ label: words.norm, options: words.norms, onChoose: (value) => onValue("norm", value) });
  const shows = createChoice({ label: words.shows, options: words.showing, onChoose: onShows });
  const names = ["num_groups", "block_N", "block_C", "block_H", "block_W", "eps"];
  const numbers = Object.fromEntries(names.map((name) => [name, createNumber(name, onValue)]));
  const reset = h("button", { class: "cw-button", type: "button", onclick: onReset }, words.reset);
  const element = h("div", { class: "cw-controls" }, h("div", { class: "cw-group" }, norm.element),
    ...Object.values(numbers).map((one) => one.element), h("div", { class: "cw-switches" }, shows.element, reset));
  const show = (draft, problems) => {
    norm.show(draft.norm);
    shows.show(draft.shows);
    for (const [name, one] of Object.entries(numbers)) one.show(draft[name], problems);
    numbers.num_groups.element.hidden = draft.norm !== "group";
  };
  return { element, show };
}
