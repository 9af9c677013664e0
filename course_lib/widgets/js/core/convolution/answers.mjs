// What a wrong reply shows: which term of the rule its reader has left out or added. No words here.
import { isAdaptive, isMax, isPool, isTransposed, layerOf } from "./sizes.mjs";
import { forward, terms, valueAt } from "./terms.mjs";

/** null where `reply` is right, else the key of the mistake that leads to it, or "other". */
export function sizeMistake(conv, axis, reply) {
  const { output, pads, padded, extent, stride } = conv.sides[axis];
  if (reply === output) return null;
  if (isAdaptive(conv)) return "adaptive";
  const changed = (name, value) => layerOf({ // "same" would follow the dilation
    ...conv, padding: conv.sides.map((side) => side.pads), [name]: [value, value],
  }).sides[axis].output;
  const mistakes = {
    padding_once: changed("padding", [pads[0], 0]), padding: changed("padding", 0), dilation: changed("dilation", 1),
    stride: changed("stride", 1), "+ 1": output - 1,
    ...(isTransposed(conv) ? {
      "output padding": changed("output_padding", 0),
      not_transposed: layerOf({ ...conv, operation: "conv2d" }).sides[axis].output,
    } : { floor: Math.ceil((padded - extent) / stride) + 1 }),
  };
  return Object.keys(mistakes).find((name) => mistakes[name] === reply) ?? "other";
}

/** The same for the value at [i, j] of `filter`. */
export function valueMistake(conv, values, [filter, i, j], reply) {
  const isClose = (value) => Math.abs(value - reply) <= 1e-4 * Math.max(1, Math.abs(value)) + 5e-4;
  const own = terms(conv, values, { filter, i, j });
  const read = own.map((term) => valueAt(values.input, term));
  const add = (numbers) => numbers.reduce((total, number) => total + number, 0);
  const sum = (list) => add(list.map((term) => valueAt(values.input, term) * term.factor));
  const bias = values.bias?.[filter] ?? 0;
  if (isClose(sum(own) + bias)) return null;
  const mistakes = isMax(conv) ? { mean_for_max: add(read) / read.length } : isPool(conv) ? {
    max_for_mean: Math.max(...read), sum_for_mean: add(read),
  } : {
    bias: sum(own), flip: forward({ ...conv, flip: !conv.flip }, values).output[filter][i][j],
    channels: sum(own.filter(({ channel }) => channel === own[0].channel)) + bias, weight: add(read),
  };
  return Object.keys(mistakes).find((name) => isClose(mistakes[name])) ?? "other";
}
