// What a wrong reply shows: which term of the rule its reader has left out, added or exchanged. No words here.
import { sum } from "../arrays.mjs";
import { isAdaptive, isMax, isPool, isTransposed, layerOf } from "./sizes.mjs";
import { forward, terms, valueAt } from "./terms.mjs";

/** null where `reply` is right, else the key of the mistake that leads to it, or "other". */
export function sizeMistake(conv, axis, reply) {
  const { input, output, pads, padded, extent, stride, dilation } = conv.sides[axis];
  if (reply === output) return null;
  if (isAdaptive(conv)) return "adaptive";
  const sizeWith = (changes) => {
    const both = Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, [value, value]]));
    const padding = conv.sides.map((side) => side.pads); // "same" would follow the dilation
    return layerOf({ ...conv, padding, ...both }).sides[axis].output;
  };
  const mistakes = {
    padding_once: sizeWith({ padding: [pads[0], 0] }), padding: sizeWith({ padding: 0 }),
    dilation: sizeWith({ dilation: 1 }), stride: sizeWith({ stride: 1 }), plus_one: output - 1,
    ...(isTransposed(conv) ? {
      output_padding: sizeWith({ output_padding: 0 }), padding_added: output + 2 * (pads[0] + pads[1]),
      input_less_one: output + stride,
      not_transposed: layerOf({ ...conv, operation: "conv2d" }).sides[axis].output,
    } : {
      floor: Math.ceil((padded - extent) / stride) + 1, minus_one: Math.floor((padded - extent + 1) / stride) + 1,
    }),
    exchanged: sizeWith({ stride: dilation, dilation: stride }), input,
  };
  return Object.keys(mistakes).find((name) => mistakes[name] === reply) ?? "other";
}

/** The same for the value at [i, j] of `filter`. */
export function valueMistake(conv, values, [filter, i, j], reply) {
  const isClose = (value) => value === reply
    || (Number.isFinite(value) && Math.abs(value - reply) <= 1e-4 * Math.max(1, Math.abs(value)) + 5e-4);
  const own = terms(conv, values, { filter, i, j });
  const read = own.map((term) => valueAt(values.input, term));
  const add = (list) => sum(list.map((term) => valueAt(values.input, term) * term.factor));
  const { output } = forward(conv, values);
  const right = output[filter][i][j];
  if (isClose(right)) return null;
  const valueWith = (changes) => {
    const layer = layerOf({ ...conv, ...changes });
    const isThere = layer.sides[0].output > i && layer.sides[1].output > j;
    return isThere ? forward(layer, values).output[filter][i][j] : NaN;
  };
  const mistakes = isMax(conv) ? { mean_for_max: sum(read) / read.length } : isPool(conv) ? {
    max_for_mean: Math.max(...read), sum_for_mean: sum(read),
    count: valueWith({ count_include_pad: !conv.count_include_pad }),
  } : {
    bias: add(own), flip: valueWith({ flip: !conv.flip }),
    channels: add(own.filter(({ channel }) => channel === own[0].channel)) + (values.bias?.[filter] ?? 0),
    weight: sum(read), sign: -right, stride: valueWith({ stride: [1, 1] }), dilation: valueWith({ dilation: [1, 1] }),
    padding_mode: valueWith({ padding_mode: "zeros" }),
  };
  mistakes.turned = output[filter][j]?.[i];
  return Object.keys(mistakes).find((name) => isClose(mistakes[name])) ?? "other";
}
