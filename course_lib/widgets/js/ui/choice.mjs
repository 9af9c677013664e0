// One of several: a labelled select, which every browser and screen reader knows.
import { h } from "./dom.mjs";

/** { element, show(value) }. `options`: { value: label }; `onChoose(value)`. */
export function createChoice({ label, options, onChoose }) {
  const select = h("select", { class: "cw-select", onchange: () => onChoose(select.value) },
    ...Object.entries(options).map(([value, text]) => h("option", { value }, text)));
  const show = (value) => { select.value = value; };
  return { element: h("label", { class: "cw-choice" }, h("span", { class: "cw-name" }, label), select), show };
}
