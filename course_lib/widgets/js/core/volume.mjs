// A three-dimensional convolution of one channel, forward and backward, by the rules of torch.nn.Conv3d.
// No DOM and no words here. `sizes` hold [depth, height, width] each of input, kernel, padding, stride and dilation;
// `values` are input and kernel as slices of rows of numbers, bias (a number or null) and grad_output, ∂L/∂output.

export const AXES = [0, 1, 2];
export const PARAMETERS = ["input", "kernel", "padding", "stride", "dilation"];
export const MAX_CELLS = 3000;
const LARGEST = Number.MAX_SAFE_INTEGER;
const each = (limits) => AXES.map(() => limits);
export const LIMITS = {
  input: [[1, 6], [1, 8], [1, 8]], kernel: [[1, 3], [1, 5], [1, 5]],
  padding: each([0, LARGEST]), stride: each([1, LARGEST]), dilation: each([1, LARGEST]),
};
// The numbers that a size without values is filled with; course_lib.widgets.volume has the same rules.
export const START = {
  input: (depth, row, column) => (2 * column ** 2 + 3 * row ** 2 + row * column + 4 * column + 3 * depth) % 10,
  kernel: (depth, row, column) => ((2 * row + column + 3 * depth) % 4) - 1,
};
/** Examples worth a look, as sizes. */
export const PRESETS = {
  channels: { input: [3, 5, 5], kernel: [3, 3, 3], padding: [0, 0, 0], stride: [1, 1, 1], dilation: [1, 1, 1] },
  slices: { input: [4, 5, 5], kernel: [1, 3, 3], padding: [0, 0, 0], stride: [1, 1, 1], dilation: [1, 1, 1] },
  video: { input: [4, 5, 5], kernel: [3, 3, 3], padding: [1, 0, 0], stride: [1, 1, 1], dilation: [1, 1, 1] },
  stride: { input: [5, 7, 7], kernel: [3, 3, 3], padding: [1, 1, 1], stride: [2, 2, 2], dilation: [1, 1, 1] },
};

export const range = (length) => Array.from({ length }, (_, index) => index);
export const product = (numbers) => numbers.reduce((all, one) => all * one, 1);

/** A volume of `shape` filled by rule(depth, row, column). */
export const fill = ([depth, rows, columns], rule) => (
  range(depth).map((d) => range(rows).map((i) => range(columns).map((j) => rule(d, i, j)))));

export const shapeOf = (volume) => [volume.length, volume[0].length, volume[0][0].length];
export const at = (volume, [depth, row, column]) => volume[depth]?.[row]?.[column];

// ---- sizes --------------------------------------------------------------------------------------

export const extent = ({ kernel, dilation }, axis) => dilation[axis] * (kernel[axis] - 1) + 1;
export const paddedSize = ({ input, padding }, axis) => input[axis] + 2 * padding[axis];
const room = (sizes, axis) => paddedSize(sizes, axis) - extent(sizes, axis);
export const outputSize = (sizes, axis) => Math.floor(room(sizes, axis) / sizes.stride[axis]) + 1;
export const outputShape = (sizes) => AXES.map((axis) => outputSize(sizes, axis));
/** Cells at the end of the padded input that the floor leaves out. */
export const dropped = (sizes, axis) => room(sizes, axis) % sizes.stride[axis];

/** Numbers to draw: the padded input, the kernel and the output. */
export const cellCount = (sizes) => product(AXES.map((axis) => paddedSize(sizes, axis))) + product(sizes.kernel)
  + product(outputShape(sizes));

/** What the layer amounts to: "slices", one at a time; "channels", as in two dimensions; or "depth". */
export function kind({ input, kernel, padding, stride }) {
  if (kernel[0] === 1 && padding[0] === 0 && stride[0] === 1) return "slices";
  return kernel[0] === input[0] && padding[0] === 0 ? "channels" : "depth";
}

/** Multiply-accumulates: of one output, how many outputs, of all; a product with padding counts, as usual. */
export function cost(sizes) {
  const [one, outputs] = [product(sizes.kernel), product(outputShape(sizes))];
  return { one, outputs, all: one * outputs };
}

// ---- what torch refuses -------------------------------------------------------------------------

/** The axes that change together: height and width where `linked`. */
export const groupsOf = (linked) => (linked ? [[0], [1, 2]] : [[0], [1], [2]]);

/** Whether height and width are equal in everything. */
export const isSquare = (sizes) => PARAMETERS.every((name) => sizes[name][1] === sizes[name][2]);

/**
 * Why torch or the widget refuses `sizes`: [{ reason, parameter, axes, nearest, ... }], empty where both take them.
 * Setting `parameter` to `nearest` along `axes` mends it. A problem of several parameters is laid to `changed`, the
 * last one set, if it can mend it. `linked`: height and width change together.
 */
export function problems(sizes, changed = "kernel", linked = isSquare(sizes)) {
  const groups = groupsOf(linked);
  const outside = PARAMETERS.flatMap((parameter) => groups
    .filter((axes) => !axes.every((axis) => inRange(sizes, parameter, axis)))
    .map((axes) => {
      const [min, max] = LIMITS[parameter][axes[0]];
      return { reason: "range", parameter, axes, nearest: nearestLegal(sizes, parameter, axes), min, max };
    }));
  if (outside.length) return outside;
  const tight = groups.flatMap((axes) => {
    const axis = axes.find((one) => !fits(sizes, one));
    if (axis === undefined) return [];
    const names = changed === "stride" ? ["kernel"] : [changed, "kernel"];
    const mends = names.map((parameter) => ({ parameter, axes, nearest: nearestLegal(sizes, parameter, axes, true) }));
    const mend = mends.find(({ nearest }) => nearest !== null);
    return [{ reason: "fit", ...mend, extent: extent(sizes, axis), padded: paddedSize(sizes, axis), axis }];
  });
  if (tight.length || cellCount(sizes) <= MAX_CELLS) return tight;
  const longest = [...groups].sort((one, other) => paddedSize(sizes, other[0]) - paddedSize(sizes, one[0]));
  const mends = [changed, "padding"].flatMap((parameter) => [...longest, AXES].map(
    (axes) => ({ parameter, axes, nearest: nearestLegal(sizes, parameter, axes) })));
  return [{ reason: "cells", ...mends.find(({ nearest }) => nearest !== null), cells: cellCount(sizes) }];
}

const fits = (sizes, axis) => room(sizes, axis) >= 0;

function inRange(sizes, parameter, axis) {
  const [value, [min, max]] = [sizes[parameter][axis], LIMITS[parameter][axis]];
  return Number.isInteger(value) && value >= min && value <= max;
}

/** Whether torch takes `sizes` along `axes`, and, where it takes the rest too, the widget can draw them. */
function isLegal(sizes, axes, fitsOnly) {
  const isIn = (axis) => PARAMETERS.every((parameter) => inRange(sizes, parameter, axis)) && fits(sizes, axis);
  return axes.every(isIn) && (fitsOnly || !AXES.every(isIn) || cellCount(sizes) <= MAX_CELLS);
}

/** The value of `parameter` along `axes` closest to the present one that is legal, or null. */
function nearestLegal(sizes, parameter, axes, fitsOnly = false) {
  const value = sizes[parameter][axes[0]];
  if (!Number.isFinite(value)) return null;
  const [min, max] = LIMITS[parameter][axes[0]];
  const isFit = (candidate) => candidate >= min && candidate <= max
    && isLegal(withValue(sizes, parameter, axes, candidate), axes, fitsOnly);
  const inside = Math.min(Math.max(Math.floor(value + 0.5), min), max);
  if (isFit(inside)) return inside;
  const others = PARAMETERS.filter((name) => name !== parameter);
  const isHopeful = axes.every((axis) => others.every((name) => inRange(sizes, name, axis)));
  const start = Math.min(inside, MAX_CELLS); // a larger one that `inside` rules out is out too
  const near = range(isHopeful ? Math.min(max, MAX_CELLS) : 0)
    .flatMap((less) => [start - less - 1, start + less + 1]);
  const found = (isHopeful ? [start, ...near] : []).find(isFit);
  if (found !== undefined) return found;
  return axes.every((axis) => inRange(sizes, parameter, axis)) ? null : inside;
}

/** `sizes` with one parameter set along `axes`. */
export const withValue = (sizes, parameter, axes, value) => ({
  ...sizes, [parameter]: sizes[parameter].map((old, axis) => (axes.includes(axis) ? value : old)),
});

// ---- products -----------------------------------------------------------------------------------

// Along one axis the product of output o and tap k reads the input at o·stride − padding + k·dilation.
const place = (sizes, axis, o, k) => o * sizes.stride[axis] - sizes.padding[axis] + k * sizes.dilation[axis];

/** Along one axis, the products { output, kernel, input } in which index `at` of "output", "kernel" or "input" is. */
function along(sizes, part, axis, index) {
  const taps = range(sizes.kernel[axis]);
  const meet = (output, kernel) => ({ output, kernel, input: place(sizes, axis, output, kernel) });
  if (part === "output") return taps.map((tap) => meet(index, tap));
  if (part === "kernel") return range(outputSize(sizes, axis)).map((output) => meet(output, index));
  return taps.map((tap) => [(index - place(sizes, axis, 0, tap)) / sizes.stride[axis], tap])
    .filter(([output]) => Number.isInteger(output) && output >= 0 && output < outputSize(sizes, axis))
    .map(([output, tap]) => meet(output, tap));
}

/**
 * The products that a cell takes part in: [{ output, kernel, input }], each a place [depth, row, column]; an input in
 * the padding lies outside. `role`: "input", "kernel", "output" or the gradient of one of them, "grad_…".
 */
export function products(sizes, role, cell) {
  const [first, second, third] = AXES.map((axis) => along(sizes, role.replace("grad_", ""), axis, cell[axis]));
  const join = (part, ...three) => three.map((one) => one[part]);
  return first.flatMap((a) => second.flatMap((b) => third.map((c) => ({
    output: join("output", a, b, c), kernel: join("kernel", a, b, c), input: join("input", a, b, c),
  }))));
}

/** Whether a place is in the input, not in the padding around it. */
export const isInside = ({ input }, cell) => AXES.every((axis) => cell[axis] >= 0 && cell[axis] < input[axis]);

// The two factors of a product in each view.
export const FACTORS = {
  output: ["input", "kernel"], grad_input: ["grad_output", "kernel"], grad_kernel: ["input", "grad_output"],
};
/** What the products of a result are added up by first: slices of the kernel, or of the output. */
const SPLIT = { output: "kernel", grad_input: "kernel", grad_kernel: "output" };

/** The value of a factor of one product; the padding is 0. */
export const factorOf = (values, role, term) => at(values[role], term[role.replace("grad_", "")]) ?? 0;

/**
 * A result as partial sums, one for each slice of the kernel (of the output, for "grad_kernel") that takes part:
 * [{ slice, other, terms, sum }]; `other` is the slice that it meets, of the input or of the output.
 */
export function partialSums(sizes, values, role, cell) {
  const other = role === "grad_input" ? "output" : "input";
  const parts = new Map();
  for (const term of products(sizes, role, cell)) {
    const [slice] = term[SPLIT[role]];
    if (!parts.has(slice)) parts.set(slice, { slice, other: term[other][0], terms: [], sum: 0 });
    const part = parts.get(slice);
    const [one, two] = FACTORS[role].map((factor) => factorOf(values, factor, term));
    part.terms.push(term);
    part.sum += one * two;
  }
  return [...parts.values()];
}

/** Calls act(depth, row, column), each { output, kernel, input }, for every product outside the padding. */
function eachProduct(sizes, act) {
  const [depths, rows, columns] = AXES.map((axis) => range(outputSize(sizes, axis)).flatMap((output) => (
    along(sizes, "output", axis, output).filter(({ input }) => input >= 0 && input < sizes.input[axis]))));
  for (const a of depths) for (const b of rows) for (const c of columns) act(a, b, c);
}

export function forward(sizes, { input, kernel, bias }) {
  const output = fill(outputShape(sizes), () => bias ?? 0);
  eachProduct(sizes, (a, b, c) => {
    output[a.output][b.output][c.output] += (
      input[a.input][b.input][c.input] * kernel[a.kernel][b.kernel][c.kernel]);
  });
  return output;
}

/** { grad_input, grad_kernel, grad_bias } for the gradient `grad_output` at the output. */
export function backward(sizes, { input, kernel, grad_output: gradOutput }) {
  const [gradInput, gradKernel] = [fill(sizes.input, () => 0), fill(sizes.kernel, () => 0)];
  eachProduct(sizes, (a, b, c) => {
    const gradient = gradOutput[a.output][b.output][c.output];
    gradInput[a.input][b.input][c.input] += gradient * kernel[a.kernel][b.kernel][c.kernel];
    gradKernel[a.kernel][b.kernel][c.kernel] += gradient * input[a.input][b.input][c.input];
  });
  return {
    grad_input: gradInput, grad_kernel: gradKernel, grad_bias: gradOutput.flat(2).reduce((sum, one) => sum + one, 0),
  };
}
