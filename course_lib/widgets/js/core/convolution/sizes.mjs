// What slides over what, and how large the result is, by the rules of torch.nn.functional.
// A `conv` holds sizes only. [height, width] each: input, kernel, padding (or "same", or [before, after] for each
// axis), stride, dilation, output_padding, output_size. The rest: operation, channels, filters, groups, padding_mode,
// flip, count_include_pad, activation. Axis 0 is height, axis 1 is width. `layerOf` works out what follows.
import { range } from "../arrays.mjs";

export const AXES = [0, 1];
const LARGEST = Number.MAX_SAFE_INTEGER;
export const MAX_CELLS = 3000;
export const LIMITS = {
  input: [1, 32],
  kernel: [1, 11],
  padding: [0, LARGEST],
  stride: [1, LARGEST],
  dilation: [1, LARGEST],
  output_padding: [0, LARGEST],
  output_size: [1, 32],
};
export const MOST_CHANNELS = 8;
export const PADDING_MODES = ["zeros", "reflect", "replicate", "circular"];
const SLIDING = ["input", "kernel", "padding", "stride", "dilation"];
const ADAPTIVE = ["input", "output_size"];
/** The pairs that each operation reads. */
export const PARAMETERS = {
  conv2d: SLIDING,
  conv_transpose2d: [...SLIDING, "output_padding"],
  max_pool2d: SLIDING,
  avg_pool2d: SLIDING.slice(0, 4),
  adaptive_max_pool2d: ADAPTIVE,
  adaptive_avg_pool2d: ADAPTIVE,
};
export const DEFAULTS = {
  operation: "conv2d", channels: 1, filters: 1, groups: 1, padding_mode: "zeros", flip: false, padding: [0, 0],
  stride: [1, 1], dilation: [1, 1], output_padding: [0, 0], output_size: [1, 1], count_include_pad: true,
  activation: null,
};
export const isPool = ({ operation }) => operation.includes("pool");
export const isMax = ({ operation }) => operation.includes("max");
export const isAdaptive = ({ operation }) => operation.startsWith("adaptive");
export const isTransposed = ({ operation }) => operation === "conv_transpose2d";

/** `given` with the settings that its operation has, as torch has them: a pool keeps its channels apart. */
export function layerOf(given) {
  const conv = { ...DEFAULTS, ...given };
  if (conv.operation !== "conv2d") conv.padding_mode = "zeros";
  if (isPool(conv)) Object.assign(conv, { flip: false, filters: conv.channels, groups: conv.channels });
  return workOut(conv);
}

/**
 * Puts into `conv` what follows from it. `sides`: along each axis. `outputs`: how many a filter has. `cells`: numbers
 * to draw for one filter, padded inputs, kernels, of several channels the part of each, output and activation.
 */
export function workOut(conv) {
  const [height, width] = conv.sides = AXES.map((axis) => along(conv, axis));
  conv.outputs = height.output * width.output;
  const each = conv.channels / conv.groups;
  const kernel = isAdaptive(conv) ? 0 : height.kernel * width.kernel;
  conv.cells = each * (height.padded * width.padded + kernel + (each > 1 ? conv.outputs : 0))
    + conv.outputs * (conv.activation ? 2 : 1);
  return conv;
}

/**
 * Along one axis: `pads` before and after the input; `before`, as far as they are drawn around it, and the size with
 * them, `padded`; `extent` of the kernel, first tap to last; `output`; what the floor leaves out, `dropped`.
 */
function along(conv, axis) {
  const [input, kernel, stride] = [conv.input[axis], conv.kernel[axis], conv.stride[axis]];
  const extra = conv.output_padding[axis];
  const dilation = conv.operation === "avg_pool2d" ? 1 : conv.dilation[axis]; // torch's has none
  const extent = dilation * (kernel - 1) + 1;
  const pads = padsAlong(conv, axis);
  const padding = pads[0] + pads[1];
  const isFramed = !isAdaptive(conv) && !isTransposed(conv); // a transposed convolution cuts its padding off the output
  const padded = isFramed ? input + padding : input;
  const output = isAdaptive(conv) ? conv.output_size[axis]
    : isTransposed(conv) ? (input - 1) * stride - padding + extent + extra : Math.floor((padded - extent) / stride) + 1;
  return {
    input, kernel, stride, extra, dilation, extent, pads, padded, output, before: isFramed ? pads[0] : 0,
    dropped: isFramed ? (padded - extent) % stride : 0,
  };
}

/** Rows or columns before and after the input; "same" puts the odd one after, as PyTorch does. */
export function padsAlong({ kernel, padding, dilation }, axis) {
  if (padding !== "same") return Array.isArray(padding[axis]) ? padding[axis] : [padding[axis], padding[axis]];
  const half = (dilation[axis] * (kernel[axis] - 1)) / 2;
  return [Math.floor(half), Math.ceil(half)];
}

// The numbers that fill a size without values; course_lib/widgets/convolution_arguments.py has the same rules.
export const START = {
  input: (row, column, channel = 0) => (
    (2 * column ** 2 + 3 * row ** 2 + row * column + 4 * column + 3 * channel) % 10),
  kernel: (row, column, first = 0, second = 0) => ((2 * row + column + first + 2 * second) % 4) - 1,
  bias: (filter) => filter + 1,
};

/** The channels that a filter reads, and the filters that read a channel. */
export const channelsOf = ({ channels, filters, groups }, filter) => (
  inGroup(channels / groups, filter, filters / groups));
export const filtersOf = ({ channels, filters, groups }, channel) => (
  inGroup(filters / groups, channel, channels / groups));
const inGroup = (each, index, others) => range(each).map((at) => Math.floor(index / others) * each + at);

/** First two indices in torch's weight: (filter, channel of the group), for a transposed convolution the other way. */
export function weightIndex(conv, filter, channel) {
  const { channels, filters, groups } = conv;
  return isTransposed(conv) ? [channel, filter % (filters / groups)] : [filter, channel % (channels / groups)];
}

/** The first two sizes of torch's weight. */
export function weightShape(conv) {
  const { channels, filters, groups } = conv;
  if (isPool(conv)) return [1, 1];
  return isTransposed(conv) ? [channels, filters / groups] : [filters, channels / groups];
}
