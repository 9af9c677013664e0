// What a wrong reply shows: which term of the rule its reader has left out or added. No words here.
import { isAdaptive, isMax, isPool, isTransposed, outputSize, pads, spacing } from "./sizes.mjs";
import { forward, terms, valueAt } from "./terms.mjs";

/** null where `reply` is right, else the key of the mistake that leads to it, or "other". */
export function sizeMistake(conv, axis, reply) {
  if (reply === outputSize(conv, axis)) return null;
  if (isAdaptive(conv)) return "adaptive";
  const [input, kernel, stride] = ["input", "kernel", "stride"].map((name) => conv[name][axis]);
  const [before, after] = pads(conv, axis);
  const dilation = spacing(conv, axis);
  const sliding = ({ padding = before + after, spread = dilation, step = stride, one = 1, less = 1,
    round = Math.floor }) => (
    round((input + padding - spread * (kernel - 1) - less) / step) + one);
  const spreading = ({ padding = before + after, spread = dilation, step = stride, extra = conv.output_padding[axis],
    one = 1, less = 1 }) => (
    (input - less) * step - padding + spread * (kernel - 1) + extra + one);
  const mistakes = isTransposed(conv) ? [
    ["extra", spreading({ extra: 0 })], ["padding_once", spreading({ padding: before })],
    ["padding", spreading({ padding: 0 })], ["padding_added", spreading({ padding: -before - after })],
    ["stride", spreading({ step: 1 })], ["dilation", spreading({ spread: 1 })], ["one", spreading({ one: 0 })],
    ["input_less_one", spreading({ less: 0 })], ["not_transposed", sliding({})],
  ] : [
    ["padding_once", sliding({ padding: before })], ["padding", sliding({ padding: 0 })],
    ["dilation", sliding({ spread: 1 })], ["stride", sliding({ step: 1 })], ["floor", sliding({ round: Math.ceil })],
    ["one", sliding({ one: 0 })], ["less", sliding({ less: 0 })],
      ["stride_dilation", sliding({ step: dilation, spread: stride })],
    ["same_as_input", input],
  ];
  return mistakes.find(([, size]) => size === reply)?.[0] ?? "other";
}

/** The same for the value at [i, j] of `filter`. */
export function valueMistake(conv, values, [filter, i, j], reply) {
  const close = (value) => Math.abs(value - reply) <= 1e-4 * Math.max(1, Math.abs(value)) + 5e-4;
  const at = (changed, data = values) => forward({ ...conv, ...changed }, data).output[filter]?.[i]?.[j];
  if (close(at({}))) return null;
  const own = terms(conv, values, { filter, i, j });
  const sum = (list) => list.reduce((total, term) => total + valueAt(values.input, term) * term.factor, 0);
  const windows = own.map((term) => valueAt(values.input, term));
  const bias = values.bias?.[filter] ?? 0;
  const mistakes = isPool(conv) ? [
    ["max_for_mean", !isMax(conv) && Math.max(...windows)],
      ["sum_for_mean", !isMax(conv) && windows.reduce((a, b) => a + b, 0)],
    ["mean_for_max", isMax(conv) && windows.reduce((a, b) => a + b, 0) / windows.length],
    ["count", !isMax(conv) && at({ count_include_pad: !conv.count_include_pad })],
  ] : [
    ["bias", bias && sum(own)], ["flip", at({ flip: !conv.flip })],
    ["channels", conv.channels > conv.groups && sum(own.filter(({ channel }) => channel === own[0].channel)) + bias],
    ["stride", !isTransposed(conv) && at({ stride: [1, 1] })], ["dilation", at({ dilation: [1, 1] })],
    ["padding", conv.padding_mode !== "zeros" && at({ padding_mode: "zeros" })],
    ["transposed_index", forward(conv, values).output[filter][j]?.[i]],
    ["sign", -(sum(own) + bias)], ["inputs_only", windows.reduce((a, b) => a + b, 0)],
  ];
  return mistakes.find(([, value]) => typeof value === "number" && close(value))?.[0] ?? "other";
}
