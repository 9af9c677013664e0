// The chosen filter as one matrix, in one of its forms.
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createMatrix } from "../ui/matrix.mjs";
import words from "../words/convolution_more.mjs";
import { matrixOf } from "./matrix_cells.mjs";

/** { element, show(), stop() } of the layer in `view`. */
export function createForms(view) {
  let form = "toeplitz";
  const choice = createChoice({ label: words.matrixForm, options: words.matrixForms, onChoose: (value) => {
    form = value;
    show();
  } });
  const matrix = createMatrix(view.say);
  const show = () => {
    const { names, cells } = matrixOf(view, form);
    matrix.show(names, cells, words.matrixSummary[form]);
  };
  return { element: h("div", {}, choice.element, matrix.element), show, stop: matrix.stop };
}
