// The output size of a sliding window, in MathML: the rule, then the numbers put in.
import { h, math } from "./dom.mjs";
import { format } from "./numbers.mjs";
import words from "../words/shared.mjs";

const number = (value) => math("mn", format(value));
const word = (text) => math("mtext", text);
const sign = (text) => math("mo", text);
const floor = (...inside) => math("mrow", sign("⌊"), ...inside, sign("⌋"));
const over = (top, bottom) => math("mfrac", math("mrow", ...top), math("mrow", ...bottom));
// One <math> for each step, so that a narrow page breaks the line between them.
const step = (...parts) => h("span", { class: "cw-step" }, math("math", math("mrow", ...parts)));

/** The rule in words: output = ⌊(input + 2·padding − dilation·(kernel − 1) − 1)/stride⌋ + 1. */
export function sizeRule() {
  const { out, input, padding, dilation, kernel, stride } = words.formula;
  const top = [
    word(input), sign("+"), number(2), sign("·"), word(padding), sign("−"), word(dilation), sign("·"),
    sign("("), word(kernel), sign("−"), number(1), sign(")"), sign("−"), number(1),
  ];
  return h("div", { class: "cw-formula" },
    step(word(out), sign("="), floor(over(top, [word(stride)])), sign("+"), number(1)));
}

/** The same with the numbers of one axis; `pads` are the zeros before and after. */
export function sizeFormula(label, { input, pads, dilation, kernel, stride }) {
  const [before, after] = pads;
  const padding = before === after ? [number(2), sign("·"), number(before)]
    : [number(before), sign("+"), number(after)];
  const top = [
    number(input), sign("+"), ...padding, sign("−"), number(dilation), sign("·"),
    sign("("), number(kernel), sign("−"), number(1), sign(")"), sign("−"), number(1),
  ];
  const rest = input + before + after - dilation * (kernel - 1) - 1;
  const steps = [
    step(word(label), sign("="), floor(over(top, [number(stride)])), sign("+"), number(1)),
    step(sign("="), floor(over([number(rest)], [number(stride)])), sign("+"), number(1)),
  ];
  if (rest % stride) {
    steps.push(step(sign("="), floor(math("mn", format(rest / stride, 3))), sign("+"), number(1)));
  }
  steps.push(step(sign("="), number(Math.floor(rest / stride) + 1)));
  return h("div", { class: "cw-formula" }, ...steps);
}

/** The rule of a transposed convolution: output = (input − 1)·stride − 2·padding + dilation·(kernel − 1) + … + 1. */
export function transposedRule() {
  const { out, input, padding, dilation, kernel, stride, extra } = words.formula;
  return h("div", { class: "cw-formula" }, step(word(out), sign("="), ...transposed(
    word(input), word(stride), [number(2), sign("·"), word(padding)], word(dilation), word(kernel), word(extra))));
}

/** The same with the numbers of one axis. */
export function transposedFormula(label, { input, pads: [before, after], dilation, kernel, stride, extra }) {
  const padding = before === after ? [number(2), sign("·"), number(before)]
    : [number(before), sign("+"), number(after)];
  const size = (input - 1) * stride - before - after + dilation * (kernel - 1) + extra + 1;
  const parts = transposed(number(input), number(stride), padding, number(dilation), number(kernel), number(extra));
  return h("div", { class: "cw-formula" }, step(word(label), sign("="), ...parts), step(sign("="), number(size)));
}

const transposed = (input, stride, padding, dilation, kernel, extra) => [
  sign("("), input, sign("−"), number(1), sign(")"), sign("·"), stride, sign("−"), ...padding, sign("+"), dilation,
  sign("·"), sign("("), kernel, sign("−"), number(1), sign(")"), sign("+"), extra, sign("+"), number(1),
];
