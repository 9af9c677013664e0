// A switch with its label.
import { h } from "./dom.mjs";

/** { element, show(isOn) }. `help` is the tip that the pointer finds; `onChange(isOn)`. */
export function createCheckbox({ label, help = null, onChange }) {
  const input = h("input", { type: "checkbox", onchange: () => onChange(input.checked) });
  const show = (isOn) => { input.checked = isOn; };
  return { element: h("label", { class: "cw-check", title: help }, input, label), show };
}
