// Every value and every gradient, from one list: the products that the operation adds up. `conv` is as of `layerOf`.
import { mapRows, range, sum } from "../arrays.mjs";
import { channelsOf, isAdaptive, isMax, isPool, isTransposed, weightIndex } from "./sizes.mjs";

/** What each output along one axis reads: [place in the padded input, tap, place in the input or −1] for each tap. */
function windows(conv, { input, kernel, stride, dilation, pads, before, output }) {
  const step = (place, tap) => [place, tap, sourceAlong(conv.padding_mode, input, place - before)];
  if (isAdaptive(conv)) {
    const edge = (index, round) => round((index * input) / output);
    return range(output).map((index) => range(edge(index + 1, Math.ceil) - edge(index, Math.floor)).map(
      (tap) => step(edge(index, Math.floor) + tap, tap)));
  }
  const offset = (tap) => (conv.flip ? kernel - 1 - tap : tap) * dilation;
  return range(output).map((index) => range(kernel).map((tap) => step(isTransposed(conv)
    ? (index + pads[0] - offset(tap)) / stride : index * stride + offset(tap), tap)).filter(
    ([place]) => !isTransposed(conv) || (Number.isInteger(place) && place >= 0 && place < input)));
}

function sourceAlong(mode, size, index) {
  if (index >= 0 && index < size) return index;
  if (mode === "reflect") return index < 0 ? -index : 2 * (size - 1) - index;
  if (mode === "replicate") return index < 0 ? 0 : size - 1;
  return mode === "circular" ? (index + size) % size : -1;
}

/** The [row, column] of the input that stands at a place of the padded input; null for a zero of the padding. */
export function source(conv, ...place) {
  const from = conv.sides.map(({ input, before }, axis) => sourceAlong(conv.padding_mode, input, place[axis] - before));
  return from.includes(-1) ? null : from;
}

/**
 * Calls visit(filter, channel, i, j, rows, columns, weights) for each output and each channel that it reads: its
 * windows along both axes, and what [u][v] is multiplied by. `only` may name these: others are left out.
 */
function eachWindow(conv, values, visit, only = {}) {
  const [down, right] = conv.sides.map((side) => windows(conv, side));
  const wanted = (name, all) => all.filter((index) => (only[name] ?? index) === index);
  for (const filter of wanted("filter", range(conv.filters))) {
    for (const channel of wanted("channel", channelsOf(conv, filter))) {
      const weights = !isPool(conv) && mapOf(conv, values.kernel, filter, channel);
      const map = values.input[channel];
      for (const i of wanted("i", range(down.length))) {
        for (const j of wanted("j", range(right.length))) {
          visit(filter, channel, i, j, down[i], right[j], weights || shares(conv, map, down[i], right[j]));
        }
      }
    }
  }
}

/** The map of a weight, or of its gradient, that goes from a channel to a filter. */
export function mapOf(conv, kernel, filter, channel) {
  const [first, second] = weightIndex(conv, filter, channel);
  return kernel[first][second];
}

/** What each place of a pool's window counts: its share of the mean, or 1 for the first that is largest. */
function shares(conv, map, rows, columns) {
  const all = rows.flatMap(([, , r]) => columns.map(([, , c]) => (r < 0 || c < 0 ? -Infinity : map[r][c])));
  const best = all.indexOf(Math.max(...all));
  const count = conv.count_include_pad ? all.length : all.filter(Number.isFinite).length;
  return rows.map((_, u) => columns.map((__, v) => (
    isMax(conv) ? Number(u * columns.length + v === best) : 1 / count)));
}

/**
 * The products that `only` lets through, by its indices: { filter, i, j } of the output, { channel, row, column } of
 * the padded input, { u, v } of the kernel, { r, c } of the input. Each has also `source`, [r, c] or null for a zero,
 * and `factor`, what its input is multiplied by. `values`: { input: (C, H, W), kernel: torch's weight }.
 */
export function terms(conv, values, only = {}) {
  const found = [];
  const wanted = (steps, ...names) => steps.filter((step) => names.every(
    (name, at) => (only[name] ?? step[at]) === step[at]));
  eachWindow(conv, values, (filter, channel, i, j, rows, columns, weights) => {
    const across = wanted(columns, "column", "v", "c");
    for (const [row, u, r] of wanted(rows, "row", "u", "r")) {
      for (const [column, v, c] of across) {
        const from = r < 0 || c < 0 ? null : [r, c];
        if (!from && isMax(conv)) continue;
        found.push({ filter, channel, i, j, row, column, u, v, r, c, source: from, factor: weights[u][v] });
      }
    }
  }, only);
  return found;
}

export const valueAt = (input, { channel, r, c }) => (r < 0 || c < 0 ? 0 : input[channel][r][c]);

const filled = ([length, ...rest], value = 0) => (length === undefined ? value
  : range(length).map(() => filled(rest, value)));
const eachValue = (maps, change) => maps.map((map, filter) => mapRows(
  map, (value, i, j) => change(value, filter, i, j)));

/** { output (O, H, W), parts: what each channel gives of it, { "filter,channel": (H, W) }, activated (O, H, W) }. */
export function forward(conv, values) {
  const size = conv.sides.map(({ output }) => output);
  const output = range(conv.filters).map((filter) => filled(size, values.bias?.[filter]));
  const parts = {};
  eachWindow(conv, values, (filter, channel, i, j, rows, columns, weights) => {
    const map = values.input[channel];
    let part = 0;
    for (const [, u, r] of rows) {
      for (const [, v, c] of columns) {
        if (r >= 0 && c >= 0) part += map[r][c] * weights[u][v];
        else if (isMax(conv) && weights[u][v]) part = -Infinity; // nothing but padding
      }
    }
    (parts[[filter, channel]] ??= filled(size))[i][j] = part;
    output[filter][i][j] += part;
  });
  return { output, parts, activated: conv.activation ? eachValue(output, (value) => Math.max(value, 0)) : output };
}

/** The gradient by the output, of that by its activation. */
export const letThrough = (conv, output, gradient) => (conv.activation
  ? eachValue(gradient, (value, filter, i, j) => (output[filter][i][j] > 0 ? value : 0)) : gradient);

/** The gradients of L = sum of output × gradOutput, each in the shape of what it belongs to. */
export function gradients(conv, values, gradOutput) {
  const input = eachValue(values.input, () => 0);
  const kernel = isPool(conv) ? null : values.kernel.map((maps) => eachValue(maps, () => 0));
  eachWindow(conv, values, (filter, channel, i, j, rows, columns, weights) => {
    const gradient = gradOutput[filter][i][j];
    const map = kernel && mapOf(conv, kernel, filter, channel);
    for (const [, u, r] of rows) {
      for (const [, v, c] of columns) {
        if (r < 0 || c < 0) continue;
        input[channel][r][c] += gradient * weights[u][v];
        if (map) map[u][v] += gradient * values.input[channel][r][c];
      }
    }
  });
  return { input, kernel, bias: gradOutput.map((map) => sum(map.flat())) };
}

// ---- what a cell of a grid stands for ------------------------------------------------------------
// `role` names a tensor, `slice` the leading indices of the map that a grid shows, `cell` a [row, column] of it.

const INDICES = {
  input: [["channel"], ["row", "column"]], kernel: [["filter", "channel"], ["u", "v"]],
  part: [["filter", "channel"], ["i", "j"]], output: [["filter"], ["i", "j"]], bias: [["filter"], []],
  gradInput: [["channel"], ["r", "c"]],
};
for (const role of ["activated", "gradActivated", "gradOutput"]) INDICES[role] = INDICES.output;
Object.assign(INDICES, { gradKernel: INDICES.kernel, gradBias: INDICES.bias });

/** The cell of the grid { role, slice } that takes part in `term`, or null. */
export function cellOf(term, { role, slice }) {
  const [leading, own] = INDICES[role];
  if (leading.some((name, at) => term[name] !== slice[at])) return null;
  if (role === "gradInput") return term.source;
  return own.length ? own.map((name) => term[name]) : [0, 0];
}

/** The terms that the cell of `selection`, { role, slice, cell }, takes part in. */
export function connections(conv, values, { role, slice, cell }) {
  const at = [...slice, ...cell];
  return terms(conv, values, Object.fromEntries(INDICES[role].flat().map((name, index) => [name, at[index]])));
}
