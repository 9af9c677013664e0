// Every value and every gradient, from one list: the products that the operation adds up.
// A term is one product: { filter, i, j } of the output, { channel, row, column } of the padded input,
// { u, v } of the kernel, and `source`, the [row, column] of the input that is read there, or null for a zero.
import {
  AXES, channelsOf, framePads, isAdaptive, isMax, isPool, isTransposed, outputSize, paddedSize, pads,
  range, spacing, weightIndex,
} from "./sizes.mjs";

/**
 * Calls visit(filter, i, j, channel, row, column, u, v) for each product of the layer. `only` may hold numbers for
 * these, and for [r, c], the place in the input itself: others are left out.
 */
export function eachTerm(conv, visit, only = {}) {
  const isFree = (name, value) => only[name] === undefined || only[name] === value;
  const names = [["i", "row", "u", "r"], ["j", "column", "v", "c"]];
  const [down, right] = AXES.map((axis) => {
    const places = sources(conv, axis);
    return steps(conv, axis).filter((step) => names[axis].every(
      (name, at) => isFree(name, at < 3 ? step[at] : places[step[1]])));
  });
  for (const filter of range(conv.filters)) {
    if (!isFree("filter", filter)) continue;
    for (const channel of channelsOf(conv, filter)) {
      if (!isFree("channel", channel)) continue;
      for (const [i, row, u] of down) for (const [j, column, v] of right) visit(filter, i, j, channel, row, column, u,
        v);
    }
  }
}

/** For each row or column of the padded input the one of the input that stands there, or −1. */
function sources(conv, axis) {
  const [before] = framePads(conv, axis);
  return range(paddedSize(conv, axis)).map((index) => sourceAlong(conv.padding_mode, conv.input[axis], index - before));
}

/** Which input meets which output with which tap along one axis: [output, padded input, tap]. */
function steps(conv, axis) {
  const outputs = outputSize(conv, axis);
  if (isAdaptive(conv)) {
    const size = conv.input[axis];
    return range(outputs).flatMap((output) => {
      const start = Math.floor((output * size) / outputs);
      return range(Math.ceil(((output + 1) * size) / outputs) - start).map((tap) => [output, start + tap, tap]);
    });
  }
  const [stride, dilation, taps] = [conv.stride[axis], spacing(conv, axis), conv.kernel[axis]];
  const offset = (tap) => (conv.flip ? taps - 1 - tap : tap) * dilation;
  if (!isTransposed(conv)) {
    return range(outputs).flatMap((output) => range(taps).map((tap) => [output, output * stride + offset(tap), tap]));
  }
  const [cut] = pads(conv, axis);
  const all = range(conv.input[axis]).flatMap(
    (input) => range(taps).map((tap) => [input * stride + offset(tap) - cut, input, tap]));
  return all.filter(([output]) => output >= 0 && output < outputs).sort(([a, , x], [b, , y]) => a - b || x - y);
}

/** The [row, column] of the input that stands at a place of the padded input; null for a zero of the padding. */
export function source(conv, row, column) {
  const place = [row, column].map((index, axis) => sourceAlong(
    conv.padding_mode, conv.input[axis], index - framePads(conv, axis)[0]));
  return place.includes(-1) ? null : place;
}

function sourceAlong(mode, size, index) {
  if (index >= 0 && index < size) return index;
  if (mode === "reflect") return index < 0 ? -index : 2 * (size - 1) - index;
  if (mode === "replicate") return index < 0 ? 0 : size - 1;
  if (mode === "circular") return (index + size) % size;
  return -1;
}

const zeros = (...shape) => (shape.length === 0 ? 0
  : Array.from({ length: shape[0] }, () => zeros(...shape.slice(1))));

/** Calls visit(term, coefficient) for what really enters each output: for a pool, its share of it, 0 or more. */
function eachShare(conv, input, visit, only) {
  const counts = {};
  const best = {};
  const inside = [];
  eachTerm(conv, (filter, i, j, channel, row, column, u, v) => {
    const from = source(conv, row, column);
    if (!from && isMax(conv)) return;
    const output = `${filter},${i},${j}`;
    counts[output] = (counts[output] ?? 0) + (from || conv.count_include_pad ? 1 : 0);
    const term = { filter, i, j, channel, row, column, u, v, source: from };
    if (isMax(conv) && !(best[output] && valueAt(input, term) <= valueAt(input, best[output]))) best[output] = term;
    inside.push([output, term]);
  }, only);
  for (const [output, term] of inside) visit(term, isMax(conv) ? Number(best[output] === term) : 1 / counts[output]);
}

/**
 * The terms of the layer, as far as `only` lets them, each with its `factor`: what its input is multiplied by.
 * `values`: { input: (C, H, W), kernel: torch's weight }.
 */
export function terms(conv, values, only = {}) {
  const found = [];
  if (isPool(conv)) { // a window is judged as a whole
    const own = Object.entries(only);
    const isMeant = (term) => own.every(([name, value]) => (
      name === "r" || name === "c" ? term.source?.[name === "r" ? 0 : 1] : term[name]) === value);
    const filter = only.filter ?? only.channel;
    eachShare(conv, values.input, (term, factor) => isMeant(term) && found.push({ ...term, factor }),
      filter === undefined ? {} : { filter });
    return found;
  }
  eachTerm(conv, (filter, i, j, channel, row, column, u, v) => {
    const [first, second] = weightIndex(conv, filter, channel);
    const factor = values.kernel[first][second][u][v];
    found.push({ filter, i, j, channel, row, column, u, v, source: source(conv, row, column), factor });
  }, only);
  return found;
}

export const valueAt = (input, { channel, source: from }) => (from ? input[channel][from[0]][from[1]] : 0);

/**
 * Calls visit(filter, channel, i, j, r, c, weights, u, v) for each product with a place [r, c] of the input, or of a
 * pool
 * visit(…, share): the same products as `terms`, without an object for each.
 */
function eachProduct(conv, values, visit) {
  if (isPool(conv)) {
    eachShare(conv, values.input, ({ filter, i, j, source: from }, share) => {
      if (from && share) visit(filter, filter, i, j, from[0], from[1], [[share]], 0, 0);
    });
    return;
  }
  const [rows, columns] = AXES.map((axis) => sources(conv, axis));
  eachTerm(conv, (filter, i, j, channel, row, column, u, v) => {
    if (rows[row] < 0 || columns[column] < 0) return;
    const [first, second] = conv.isSwapped ? [channel, filter % conv.each] : [filter, channel % conv.each];
    visit(filter, channel, i, j, rows[row], columns[column], values.kernel[first][second], u, v);
  });
}

/** Output values (O, H, W), and the part of it that each input channel gives, { "filter,channel": (H, W) }. */
export function forward(conv, values) {
  const size = AXES.map((axis) => outputSize(conv, axis));
  const { bias } = values;
  const output = range(conv.filters).map(
    (filter) => range(size[0]).map(() => range(size[1]).map(() => bias?.[filter] ?? 0)));
  const parts = {};
  let [part, last] = [null, ""];
  eachProduct(quick(conv), values, (filter, channel, i, j, r, c, weights, u, v) => {
    if (part === null || last[0] !== filter || last[1] !== channel) {
      last = [filter, channel];
      part = parts[last] ??= zeros(...size);
    }
    const product = values.input[channel][r][c] * weights[u][v];
    output[filter][i][j] += product;
    part[i][j] += product;
  });
  return { output, parts };
}

/** `conv` with what turns a filter and a channel into the indices of the weight. */
const quick = (conv) => ({
  ...conv, isSwapped: isTransposed(conv), each: (isTransposed(conv) ? conv.filters : conv.channels) / conv.groups,
});

/** The gradients of L = sum of output × upstream, each in the shape of what it belongs to. */
export function gradients(conv, values, upstream) {
  const input = zeros(conv.channels, ...conv.input);
  const kernel = isPool(conv) ? null
    : values.kernel.map((group) => group.map((rows) => rows.map((row) => row.map(() => 0))));
  const { isSwapped, each } = quick(conv);
  eachProduct(quick(conv), values, (filter, channel, i, j, r, c, weights, u, v) => {
    const slope = upstream[filter][i][j];
    input[channel][r][c] += slope * weights[u][v];
    if (!kernel) return;
    const [first, second] = isSwapped ? [channel, filter % each] : [filter, channel % each];
    kernel[first][second][u][v] += slope * values.input[channel][r][c];
  });
  return { input, kernel, bias: upstream.map((map) => map.flat().reduce((sum, slope) => sum + slope, 0)) };
}

// ---- what a cell of a grid stands for ------------------------------------------------------------
// `role` names a tensor, `slice` the leading indices of the map that a grid shows, `cell` a [row, column] of it.

const MAPS = {
  input: [({ channel }) => [channel], ({ row, column }) => [row, column]],
  kernel: [({ filter, channel }) => [filter, channel], ({ u, v }) => [u, v]],
  part: [({ filter, channel }) => [filter, channel], ({ i, j }) => [i, j]],
  output: [({ filter }) => [filter], ({ i, j }) => [i, j]],
  bias: [({ filter }) => [filter], () => [0, 0]],
  gradInput: [({ channel }) => [channel], ({ source: from }) => from],
};
MAPS.upstream = MAPS.output;
MAPS.gradKernel = MAPS.kernel;
MAPS.gradBias = MAPS.bias;

/** The cell of the grid { role, slice } that takes part in `term`, or null. */
export function cellOf(term, { role, slice }) {
  const [sliceOf, place] = MAPS[role];
  return String(sliceOf(term)) === String(slice) ? place(term) : null;
}

// What a cell holds fast of a term.
const HELD = {
  input: ([channel], [row, column]) => ({ channel, row, column }),
  kernel: ([filter, channel], [u, v]) => ({ filter, channel, u, v }),
  part: ([filter, channel], [i, j]) => ({ filter, channel, i, j }),
  output: ([filter], [i, j]) => ({ filter, i, j }),
  bias: ([filter]) => ({ filter }),
  gradInput: ([channel], [r, c]) => ({ channel, r, c }),
};
HELD.upstream = HELD.output;
HELD.gradKernel = HELD.kernel;
HELD.gradBias = HELD.bias;

/** The terms that the cell of `selection`, { role, slice, cell }, takes part in. */
export function connections(conv, values, { role, slice, cell }) {
  return terms(conv, values, HELD[role](slice, cell));
}
