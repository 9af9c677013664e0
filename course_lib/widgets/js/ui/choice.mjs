// One of several: a labelled select, which every browser and screen reader knows.
import { h } from "./dom.mjs";

/** { element, show(value, options) }. `options`: { value: label } or [[value, label], …]; `onChoose(value)`. */
export function createChoice({ label, options = [], onChoose }) {
  const select = h("select", { class: "cw-select", onchange: () => onChoose(select.value) });
  let filled = "";
  const fill = (given) => {
    const entries = Array.isArray(given) ? given : Object.entries(given);
    if (JSON.stringify(entries) === filled) return; // an open list must not close
    filled = JSON.stringify(entries);
    select.replaceChildren(...entries.map(([value, text]) => h("option", { value }, text)));
  };
  const show = (value, given = null) => {
    if (given) fill(given);
    select.value = value;
  };
  fill(options);
  return { element: h("label", { class: "cw-choice" }, h("span", { class: "cw-name" }, label), select), show };
}
