// What slides over what, and how large the result is, by the rules of torch.nn.functional.
// A `conv` holds sizes only. A [height, width] pair each: input, kernel, padding (or "same", or a
// [before, after] pair for each axis), stride, dilation, output_padding, output_size. The rest: operation, channels,
// filters, groups, padding_mode, flip, count_include_pad.
// Rows and columns of the input count from 0 in the padded input; axis 0 is height, axis 1 is width.

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
  operation: "conv2d", channels: 1, filters: 1, groups: 1, padding_mode: "zeros", flip: false,
  output_padding: [0, 0], output_size: [1, 1], count_include_pad: true,
};
export const isPool = ({ operation }) => operation.includes("pool");
export const isMax = ({ operation }) => operation.includes("max");
export const isAdaptive = ({ operation }) => operation.startsWith("adaptive");
export const isTransposed = ({ operation }) => operation === "conv_transpose2d";

/** `given` with the settings that its operation has, as torch has them: a pool keeps its channels apart. */
export function layerOf(given) {
  const conv = { ...DEFAULTS, ...given };
  if (conv.operation !== "conv2d") conv.padding_mode = "zeros";
  return isPool(conv) ? { ...conv, flip: false, filters: conv.channels, groups: conv.channels } : conv;
}

// The numbers that fill a size without values; course_lib.widgets.convolution has the same rules.
export const START = {
  input: (row, column, channel = 0) => (
    (2 * column ** 2 + 3 * row ** 2 + row * column + 4 * column + 3 * channel) % 10),
  kernel: (row, column, first = 0, second = 0) => ((2 * row + column + first + 2 * second) % 4) - 1,
  bias: (filter) => filter + 1,
};

export const range = (length) => Array.from({ length: Math.max(length, 0) }, (_, index) => index);

/** Rows or columns added before and after the input along one axis; "same" puts the odd one after, as PyTorch does. */
export function pads({ kernel, padding, dilation }, axis) {
  if (padding !== "same") return [padding[axis]].flat().length === 2 ? padding[axis] : [padding[axis], padding[axis]];
  const total = dilation[axis] * (kernel[axis] - 1);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The same as far as it is drawn around the input: a transposed convolution cuts its padding off the output. */
export function framePads(conv, axis) {
  return isTransposed(conv) || isAdaptive(conv) ? [0, 0] : pads(conv, axis);
}

export function paddedSize(conv, axis) {
  const [before, after] = framePads(conv, axis);
  return before + conv.input[axis] + after;
}

/** Steps between two taps of the kernel; torch's average pooling has no dilation. */
export const spacing = (conv, axis) => (conv.operation === "avg_pool2d" ? 1 : conv.dilation[axis]);

/** Rows or columns from the first tap of the kernel to its last. */
export function extent(conv, axis) {
  return spacing(conv, axis) * (conv.kernel[axis] - 1) + 1;
}

export function outputSize(conv, axis) {
  if (isAdaptive(conv)) return conv.output_size[axis];
  if (isTransposed(conv)) {
    const [before, after] = pads(conv, axis);
    return (conv.input[axis] - 1) * conv.stride[axis] - before - after + extent(conv, axis) + conv.output_padding[axis];
  }
  return Math.floor((paddedSize(conv, axis) - extent(conv, axis)) / conv.stride[axis]) + 1;
}

/** Rows or columns at the end of the padded input that the floor leaves out. */
export function dropped(conv, axis) {
  if (isAdaptive(conv) || isTransposed(conv)) return 0;
  return (paddedSize(conv, axis) - extent(conv, axis)) % conv.stride[axis];
}

/** The channels that a filter reads, and the filters that read a channel. */
export function channelsOf({ channels, filters, groups }, filter) {
  const [each, first] = [channels / groups, Math.floor(filter / (filters / groups))];
  return range(each).map((index) => first * each + index);
}

export function filtersOf({ channels, filters, groups }, channel) {
  const [each, first] = [filters / groups, Math.floor(channel / (channels / groups))];
  return range(each).map((index) => first * each + index);
}

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

/** Numbers to draw for one filter: padded inputs, kernels, where there are several the part of each, and the output. */
export function cellCount(conv) {
  const each = isPool(conv) ? 1 : conv.channels / conv.groups;
  const kernel = isAdaptive(conv) ? 0 : conv.kernel[0] * conv.kernel[1];
  const output = area(conv, outputSize);
  return each * (area(conv, paddedSize) + kernel + (each > 1 ? output : 0)) + output;
}

export const area = (conv, size) => size(conv, 0) * size(conv, 1);
