// The state of the widget: the model's fields, the draft that the reader is changing, and the page's address.
// A draft is a `conv` of core/convolution.mjs. Values stand apart, so that nothing typed is lost when a size shrinks.
import * as core from "../core/convolution.mjs";

export const TABS = ["output", "input_grad", "kernel_grad", "bias_grad", "matrix", "code"];
const PAIRS = ["stride", "dilation", "output_padding", "output_size"];
const DEFAULTS = {
  groups: 1, bias: null, padding_mode: "zeros", operation: "conv2d", output_padding: [0, 0], output_size: [1, 1],
  count_include_pad: true, flip: false, upstream: null, tab: "output", ask: false,
};
export const FIELDS = ["input", "kernel", "padding", "stride", "dilation", ...Object.keys(DEFAULTS)];

export const read = (model) => Object.fromEntries(
  FIELDS.map((field) => [field, model.get(field) ?? DEFAULTS[field]]));

const depth = (values) => (Array.isArray(values) ? 1 + depth(values[0]) : 0);
const wrap = (values, dimensions) => (depth(values) < dimensions ? wrap([values], dimensions) : values);

/** { draft, values, hasBias, tab, ask } of a state; the values beyond its edges stand ready for when it grows. */
export function opened(state) {
  const [input, kernel] = [wrap(state.input, 3), wrap(state.kernel, 4)];
  const { groups, operation, bias, upstream, tab, ask } = state;
  const filters = operation === "conv_transpose2d" ? kernel[0].length * groups : kernel.length;
  const most = core.range(core.MOST_CHANNELS);
  const grown = (rows, name, ...indices) => core.range(core.LIMITS[name][1]).map(
    (i, _, { length }) => core.range(length).map((j) => rows?.[i]?.[j] ?? core.START[name](i, j, ...indices)));
  const draft = {
    input: sizeOf(input[0]), kernel: sizeOf(kernel[0][0]), padding: state.padding, operation, groups,
    channels: input.length, filters, padding_mode: state.padding_mode, flip: state.flip,
    count_include_pad: state.count_include_pad, ...Object.fromEntries(PAIRS.map((name) => [name, state[name]])),
  };
  const values = {
    input: most.map((channel) => grown(input[channel], "input", channel)),
    kernel: most.map((first) => most.map((second) => grown(kernel[first]?.[second], "kernel", first, second))),
    bias: most.map((filter) => bias?.[filter] ?? core.START.bias(filter)),
    upstream: new Map(),
  };
  upstream?.forEach((map, filter) => map.forEach((row, i) => row.forEach((slope, j) => {
    if (slope !== 1) values.upstream.set(`${filter},${i},${j}`, slope);
  })));
  return { draft, values, hasBias: bias !== null, tab, ask };
}

export const sizeOf = (rows) => [rows.length, rows[0].length];
const crop = (rows, [height, width]) => rows.slice(0, height).map((row) => row.slice(0, width));

/** The values of a legal draft in torch's shapes: { input, kernel, bias, upstream }. */
export function inShape({ draft, values, hasBias }) {
  const conv = core.layerOf(draft);
  const [first, second] = core.weightShape(conv);
  const size = core.AXES.map((axis) => core.outputSize(conv, axis));
  return {
    input: values.input.slice(0, conv.channels).map((rows) => crop(rows, conv.input)),
    kernel: values.kernel.slice(0, first).map((group) => group.slice(0, second).map((rows) => crop(rows, conv.kernel))),
    bias: hasBias && !core.isPool(conv) ? values.bias.slice(0, conv.filters) : null,
    upstream: core.range(conv.filters).map((filter) => core.range(size[0]).map((i) => core.range(size[1]).map(
      (j) => values.upstream.get(`${filter},${i},${j}`) ?? 1))),
  };
}

/** What the model gets of a legal view. */
export function closed(view) {
  const { draft, tab, ask } = view;
  const { input, kernel, bias, upstream } = inShape(view);
  const isPlain = upstream.flat(2).every((slope) => slope === 1);
  const settings = Object.fromEntries(["padding", "operation", "groups", "padding_mode", "flip", "count_include_pad",
    ...PAIRS].map((name) => [name, draft[name]]));
  return {
    ...settings, tab, ask, bias,
    input: input.length === 1 ? input[0] : input,
    kernel: kernel.length === 1 && kernel[0].length === 1 ? kernel[0][0] : kernel,
    upstream: isPlain ? null : upstream,
  };
}

// ---- the address ---------------------------------------------------------------------------------

/** What `state` has other than `start`, as text for the address. */
export function packed(state, start) {
  const changed = FIELDS.filter((field) => JSON.stringify(state[field]) !== JSON.stringify(start[field]));
  return changed.length ? encodeURIComponent(JSON.stringify(
    Object.fromEntries(changed.map((field) => [field, state[field]])))) : "";
}

/** The state that `text` from the address makes of `start`; null where it is not a legal one. */
export function unpacked(text, start) {
  try {
    const given = JSON.parse(decodeURIComponent(text));
    const state = { ...start,
      ...Object.fromEntries(FIELDS.filter((field) => field in given).map((field) => [field, given[field]])) };
    return isSound(state) && core.isAccepted(opened(state).draft) ? state : null;
  } catch {
    return null;
  }
}

const isWhole = (value) => Number.isInteger(value);
const isPair = (value) => Array.isArray(value) && value.length === 2 && value.every(isWhole);
const isArray = (values, shapes) => shapes.some((shape) => hasShape(values, shape));
function hasShape(values, [length, ...rest]) {
  if (length === undefined) return Number.isFinite(values);
  return Array.isArray(values) && values.length >= 1 && values.length <= length
    && values.every((one) => hasShape(one, rest) && one.length === values[0].length);
}

/** Whether each field of a state from outside has its form; the sizes are judged by core.problems. */
function isSound(state) {
  const { input, kernel, padding, groups, bias, padding_mode: mode, operation, upstream, tab } = state;
  if (!(isArray(input, [[32, 32], [8, 32, 32]]) && isArray(kernel, [[11, 11], [8, 8, 11, 11]]))) return false;
  const isPadding = padding === "same" || isPair(padding) || (Array.isArray(padding) && padding.length === 2
    && padding.every(isPair));
  const isKnown = operation in core.PARAMETERS && core.PADDING_MODES.includes(mode) && TABS.includes(tab);
  if (!isPadding || !isKnown || !isWhole(groups) || !PAIRS.every((name) => isPair(state[name]))) return false;
  const { draft } = opened({ ...state, bias: null, upstream: null });
  const conv = core.layerOf(draft);
  const [first, second] = core.weightShape(conv);
  const shape = wrap(kernel, 4);
  if (!core.isPool(conv) && !(shape.length === first && shape[0].length === second)) return false;
  return (bias === null || (isArray(bias, [[8]]) && bias.length === conv.filters))
    && (upstream === null || (isArray(upstream, [[8, core.MAX_CELLS, core.MAX_CELLS]])));
}
