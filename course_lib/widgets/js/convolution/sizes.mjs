// The output size worked out below the grids: the rule, the numbers put in, what the floor drops.
import * as core from "../core/convolution.mjs";
import { h } from "../ui/dom.mjs";
import { sizeFormula, sizeRule, transposedFormula, transposedRule } from "../ui/formula.mjs";
import words from "../words/convolution.mjs";

export function drawSizes({ layer: conv, problems, hidden, sizes }) {
  const isWorkedOut = !problems.length && hidden !== "size";
  const note = (text) => h("p", { class: "cw-note" }, text);
  const [rule, formula] = core.isTransposed(conv) ? [transposedRule, transposedFormula] : [sizeRule, sizeFormula];
  const lines = conv.sides.map((side, axis) => (core.isAdaptive(conv) ? note(words.adaptive(axis, side))
    : formula(words.axes[axis], side)));
  const cut = conv.sides.flatMap(({ dropped }, axis) => (
    dropped ? note(words.dropped(words.axes[axis], dropped, words.lines[axis])) : []));
  sizes.replaceChildren(h("p", { class: "cw-caption" }, words.outputSize),
    ...(core.isAdaptive(conv) ? [] : [rule()]), ...(isWorkedOut ? [...lines, ...cut] : []));
}
