// The gradient of the sum of all outputs, at the input and at the kernel.
import { mapRows } from "../core/arrays.mjs";
import * as core from "../core/upsampling.mjs";
import { h } from "../ui/dom.mjs";
import words from "../words/upsampling.mjs";
import { readGrid } from "./cells.mjs";

/** { element, show(state) }. */
export function gradientView({ say }) {
  const input = readGrid("inputGradient", say);
  const kernel = readGrid("kernelGradient", say);
  const element = h("div", {}, h("p", { class: "cw-note" }, words.gradient),
    h("div", { class: "cw-figure" }, input.element, kernel.element));
  const show = (state) => {
    const gradient = core.backward(state, mapRows(core.forward(state), () => 1));
    input.show(gradient.input);
    kernel.show(gradient.kernel);
    kernel.element.hidden = !core.USES[state.method].includes("kernel");
  };
  return { element, show };
}
