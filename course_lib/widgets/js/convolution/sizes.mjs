// The output size worked out below the grids: the rule, the numbers put in, what the floor drops.
import * as core from "../core/convolution.mjs";
import { h } from "../ui/dom.mjs";
import { sizeFormula, sizeRule, transposedFormula, transposedRule } from "../ui/formula.mjs";
import words from "../words/convolution.mjs";

export function drawSizes(view) {
  const { layer: conv, problems, hidden } = view;
  const axes = problems.length || hidden === "size" ? [] : core.AXES;
  const cut = axes.filter((axis) => core.dropped(conv, axis) > 0);
  const isTransposed = core.isTransposed(conv);
  const formula = (axis) => (isTransposed ? transposedFormula : sizeFormula)(words.axes[axis], {
    input: conv.input[axis], pads: core.pads(conv, axis), dilation: core.spacing(conv, axis),
    kernel: conv.kernel[axis], stride: conv.stride[axis], extra: conv.output_padding[axis],
  });
  const lines = core.isAdaptive(conv)
    ? axes.map((axis) => h("p", { class: "cw-note" }, words.adaptive(axis, conv.input[axis], conv.output_size[axis])))
    : [isTransposed ? transposedRule() : sizeRule(), ...axes.map(formula)];
  view.sizes.replaceChildren(h("p", { class: "cw-caption" }, words.outputSize), ...lines,
    ...cut.map((axis) => h("p", { class: "cw-note" },
      words.dropped(core.dropped(conv, axis), axis, conv.stride[axis]))));
}
