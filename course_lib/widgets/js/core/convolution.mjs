// The arithmetic of a 2-D convolution with one channel, one filter and zero padding, by the rules of
// torch.nn.Conv2d.
// No DOM and no words here. A `conv` holds sizes only, each a [height, width] pair:
//   { input, kernel, padding, stride, dilation }, where padding may also be "same".
// Rows and columns of the input count from 0 in the padded input; axis 0 is height, axis 1 is width.

const AXES = [0, 1];
const LARGEST = Number.MAX_SAFE_INTEGER;
export const MAX_CELLS = 3000;
export const LIMITS = {
  input: [1, 32],
  kernel: [1, 11],
  padding: [0, LARGEST],
  stride: [1, LARGEST],
  dilation: [1, LARGEST],
};
// The numbers that fill a size without values; course_lib.widgets.convolution has the same two rules.
export const START = {
  input: (row, column) => (2 * column ** 2 + 3 * row ** 2 + row * column + 4 * column) % 10,
  kernel: (row, column) => ((2 * row + column) % 4) - 1,
};

/** Zeros before and after the input along one axis; "same" puts the odd one after, as PyTorch does. */
export function pads({ kernel, padding, dilation }, axis) {
  if (padding !== "same") return [padding[axis], padding[axis]];
  const total = dilation[axis] * (kernel[axis] - 1);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

export function paddedSize(conv, axis) {
  const [before, after] = pads(conv, axis);
  return before + conv.input[axis] + after;
}

/** Rows or columns from the first tap of the kernel to its last. */
export function extent({ kernel, dilation }, axis) {
  return dilation[axis] * (kernel[axis] - 1) + 1;
}

export function outputSize(conv, axis) {
  return Math.floor((paddedSize(conv, axis) - extent(conv, axis)) / conv.stride[axis]) + 1;
}

/** Rows or columns at the end of the padded input that the floor leaves out. */
export function dropped(conv, axis) {
  return (paddedSize(conv, axis) - extent(conv, axis)) % conv.stride[axis];
}

/** Output values by the definition: each is the sum over the kernel of input times weight. */
export function forward(input, kernel, conv) {
  const [[top], [left]] = AXES.map((axis) => pads(conv, axis));
  const { stride, dilation } = conv;
  const [rows, columns] = AXES.map((axis) => range(outputSize(conv, axis)));
  const taps = kernel.flatMap((weights, u) => weights.map(
    (weight, v) => [u * dilation[0], v * dilation[1], weight]));
  return rows.map((i) => columns.map((j) => taps.reduce((sum, [down, right, weight]) => {
    const value = input[i * stride[0] + down - top]?.[j * stride[1] + right - left] ?? 0;
    return sum + value * weight;
  }, 0)));
}

/** `rows` of the input or kernel grown to the largest size, with small readable numbers beyond its edges. */
export function extend(rows, name) {
  const [, largest] = LIMITS[name];
  return range(largest).map((i) => range(largest).map((j) => rows[i]?.[j] ?? START[name](i, j)));
}

/** The products that a cell of "input", "kernel" or "output" takes part in: [{input, kernel, output}]. */
export function connections(conv, grid, cell) {
  const steps = AXES.map((axis) => stepsAlong(conv, grid, axis, cell[axis]));
  return steps[0].flatMap((row) => steps[1].map((column) => ({
    input: [row.input, column.input],
    kernel: [row.kernel, column.kernel],
    output: [row.output, column.output],
  })));
}

function stepsAlong(conv, grid, axis, index) {
  const stride = conv.stride[axis];
  const dilation = conv.dilation[axis];
  const outputs = range(outputSize(conv, axis));
  const taps = range(conv.kernel[axis]);
  const step = (output, kernel) => ({ input: output * stride + kernel * dilation, kernel, output });
  if (grid === "output") return taps.map((kernel) => step(index, kernel));
  if (grid === "kernel") return outputs.map((output) => step(output, index));
  return outputs.flatMap((output) => taps.map((kernel) => step(output, kernel)))
    .filter(({ input }) => input === index);
}

const range = (length) => Array.from({ length }, (_, index) => index);

/** Numbers to draw: padded input, kernel and output. */
export function cellCount(conv) {
  return area(conv, paddedSize) + conv.kernel[0] * conv.kernel[1] + area(conv, outputSize);
}

const area = (conv, size) => size(conv, 0) * size(conv, 1);

/**
 * Why torch.nn.Conv2d, or this widget, refuses `conv`; an empty list where it is legal.
 * Each problem: { parameter, axes, nearest, reason, axis, ...sizes }. Setting `parameter` to `nearest` along
 * `axes` mends it with the smallest change; `nearest` is null where that is impossible. A problem of several
 * parameters is laid to `changed`, the last one touched, if it can be mended there. `linked`: height and
 * width change together.
 */
export function problems(conv, changed = "kernel", linked = false) {
  const context = { conv, changed, linked };
  let found = AXES.flatMap((axis) => rangeProblems(context, axis));
  if (!found.length) found = AXES.flatMap((axis) => fitProblems(context, axis));
  // Beside another problem there is no output to count, but an input that is too large must not be drawn either.
  const cells = found.length ? area(conv, paddedSize) : cellCount(conv);
  if (!(cells > MAX_CELLS)) return found;
  const longest = paddedSize(conv, 1) > paddedSize(conv, 0) ? 1 : 0;
  const sizes = { cells, most: MAX_CELLS };
  return [...found, problem(context, "cells", longest, [changed, "padding"], sizes, [[longest], AXES])];
}

function rangeProblems(context, axis) {
  const outside = Object.keys(LIMITS).filter((parameter) => !inRange(context.conv, parameter, axis));
  return outside.map((parameter) => {
    const [min, max] = LIMITS[parameter];
    const sizes = { value: context.conv[parameter][axis], min, max };
    return problem(context, "range", axis, [parameter], sizes);
  });
}

function fitProblems(context, axis) {
  const { conv, changed } = context;
  if (conv.padding === "same" && conv.stride[axis] !== 1) {
    const candidates = changed === "padding" ? ["padding", "stride"] : ["stride"];
    return [problem(context, "same-stride", axis, candidates, { stride: conv.stride[axis] })];
  }
  if (extent(conv, axis) <= paddedSize(conv, axis)) return [];
  const candidates = changed === "stride" ? ["kernel"] : [changed, "kernel"];
  return [problem(context, "fit", axis, candidates, {
    kernel: conv.kernel[axis], dilation: conv.dilation[axis], extent: extent(conv, axis),
    input: conv.input[axis], padding: conv.padding[axis], padded: paddedSize(conv, axis),
  })];
}

/** Lays the problem to the first of `candidates` that can mend it. */
function problem({ conv, linked }, reason, axis, candidates, sizes, axesToTry = [[axis]]) {
  const mends = candidates.flatMap((parameter) => (linked ? [AXES] : axesToTry)
    .map((axes) => ({ parameter, axes, nearest: nearestLegal(conv, parameter, axes) })));
  return { reason, axis, ...sizes, ...(mends.find(({ nearest }) => nearest !== null) ?? mends[0]) };
}

/** The value of `parameter` closest to the present one that makes `conv` legal along `axes`, or null. */
function nearestLegal(conv, parameter, axes) {
  const [min, max] = LIMITS[parameter];
  const value = conv[parameter] === "same" ? pads(conv, axes[0])[0] : conv[parameter][axes[0]];
  if (!Number.isFinite(value)) return null;
  const isFit = (candidate) => candidate >= min && candidate <= max
    && isLegal(withValue(conv, parameter, axes, candidate), axes);
  const inside = clamp(Math.round(value), min, max);
  if (isFit(inside)) return inside;
  // A padding, kernel or dilation beyond MAX_CELLS that `inside` rules out is out too.
  const start = Math.min(inside, MAX_CELLS);
  for (let distance = 0; distance <= MAX_CELLS; distance++) {
    for (const candidate of [start - distance, start + distance]) if (isFit(candidate)) return candidate;
  }
  return inRange(conv, parameter, axes[0]) ? null : inside;
}

/** `conv` with one parameter set along `axes`; a padding of "same" becomes numbers. */
export function withValue(conv, parameter, axes, value) {
  const old = conv[parameter] === "same" ? AXES.map((axis) => pads(conv, axis)[0]) : conv[parameter];
  return { ...conv, [parameter]: old.map((number, axis) => (axes.includes(axis) ? value : number)) };
}

function isLegal(conv, axes) {
  if (!axes.every((axis) => isLegalAlong(conv, axis))) return false;
  return !AXES.every((axis) => isLegalAlong(conv, axis)) || cellCount(conv) <= MAX_CELLS;
}

function isLegalAlong(conv, axis) {
  return Object.keys(LIMITS).every((parameter) => inRange(conv, parameter, axis))
    && extent(conv, axis) <= paddedSize(conv, axis)
    && (conv.padding !== "same" || conv.stride[axis] === 1);
}

function inRange(conv, parameter, axis) {
  const [min, max] = LIMITS[parameter];
  const value = conv[parameter] === "same" ? 0 : conv[parameter][axis];
  return Number.isInteger(value) && value >= min && value <= max;
}

const clamp = (value, min, max) => Math.min(Math.max(value, min), max);
