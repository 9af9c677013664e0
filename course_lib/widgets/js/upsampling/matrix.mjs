// The method as one matrix: a row for each output, a column for each input.
import { makeRows, sizeOf } from "../core/arrays.mjs";
import * as core from "../core/upsampling.mjs";
import { h } from "../ui/dom.mjs";
import { createMatrix } from "../ui/matrix.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/upsampling.mjs";

/** { element, show(state), stop() }. */
export function matrixView({ say }) {
  const { element, show, stop } = createMatrix(say);
  const draw = (state) => {
    const sizes = core.sizesOf(state);
    const output = [0, 1].map((axis) => core.outputSize(sizes, axis));
    const names = [["output", output], ["input", sizeOf(state.input)]].map(([name, size]) => (
      makeRows(...size, (...cell) => words.name(name, cell)).flat()));
    const weight = ({ value, taps }) => taps.map((tap) => words.name("kernel", tap)).join(" + ") || format(value);
    const cells = core.matrix(state).map((cell) => ({ ...cell, weight: weight(cell) }));
    show(names, cells, words.matrixSummary);
  };
  return { element: h("div", {}, h("p", { class: "cw-note" }, words.matrix), element), show: draw, stop };
}
