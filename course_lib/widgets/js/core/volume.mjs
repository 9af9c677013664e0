// A three-dimensional convolution of one channel, forward and backward, by the rules of torch.nn.Conv3d.
// No DOM and no words here. `sizes` hold [depth, height, width] each of input, kernel, padding, stride and dilation;
// `values` are input and kernel as slices of rows of numbers, bias (a number or null) and grad_output, ∂L/∂output.
import { product, range, sum } from "./arrays.mjs";
import {
  PARAMETERS, dropped, extent, fits, isSquare, isWhole, nearestWhole, outputShape, outputSize, paddedSize, placeOf,
  withValue,
} from "./window.mjs";

export const AXES = [0, 1, 2];
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
const plain = { padding: [0, 0, 0], stride: [1, 1, 1], dilation: [1, 1, 1] };
/** Examples worth a look, as sizes. */
export const PRESETS = {
  channels: { ...plain, input: [3, 5, 5], kernel: [3, 3, 3] },
  slices: { ...plain, input: [4, 5, 5], kernel: [1, 3, 3] },
  video: { ...plain, input: [4, 5, 5], kernel: [3, 3, 3], padding: [1, 0, 0] },
  stride: { ...plain, input: [5, 7, 7], kernel: [3, 3, 3], padding: [1, 1, 1], stride: [2, 2, 2] },
};

/** A volume of `shape` filled by rule(depth, row, column). */
export const fill = ([depth, rows, columns], rule) => (
  range(depth).map((d) => range(rows).map((i) => range(columns).map((j) => rule(d, i, j)))));

export const shapeOf = (volume) => [volume.length, volume[0].length, volume[0][0].length];
export const valueAt = (volume, [depth, row, column]) => volume[depth]?.[row]?.[column];
/** All places of a volume of `shape`, row by row and slice by slice. */
export const placesOf = (shape) => fill(shape, (...place) => place).flat(2);

// ---- sizes --------------------------------------------------------------------------------------

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

/**
 * Why torch or the widget refuses `sizes`: [{ reason, parameter, axes, nearest, ... }], empty where both take them.
 * Setting `parameter` to `nearest` along `axes` mends it. A problem of several parameters is laid to `changed`, the
 * last one set, if it can mend it. `linked`: height and width change together.
 */
export function problems(sizes, changed = "kernel", linked = isSquare(sizes)) {
  const groups = linked ? [[0], [1, 2]] : [[0], [1], [2]];
  const mend = (parameter, axes, fitsOnly) => (
    { parameter, axes, nearest: nearestLegal(sizes, parameter, axes, fitsOnly) });
  const firstOf = (mends) => mends.find(({ nearest }) => nearest !== null);
  const outside = PARAMETERS.flatMap((parameter) => groups
    .filter((axes) => !axes.every((axis) => inRange(sizes, parameter, axis)))
    .map((axes) => {
      const [min, max] = LIMITS[parameter][axes[0]];
      return { reason: "range", ...mend(parameter, axes), min, max };
    }));
  if (outside.length) return outside;
  const tight = groups.flatMap((axes) => {
    const axis = axes.find((one) => !fits(sizes, one));
    if (axis === undefined) return [];
    const mends = [changed, "kernel"].filter((name) => name !== "stride").map((name) => mend(name, axes, true));
    return [{
      reason: "fit", ...firstOf(mends), extent: extent(sizes, axis), padded: paddedSize(sizes, axis), axis,
    }];
  });
  if (tight.length || cellCount(sizes) <= MAX_CELLS) return tight;
  const longest = [...groups].sort((one, other) => paddedSize(sizes, other[0]) - paddedSize(sizes, one[0]));
  const mends = [changed, "padding"].flatMap((name) => [...longest, AXES].map((axes) => mend(name, axes)));
  return [{ reason: "cells", ...firstOf(mends), cells: cellCount(sizes) }];
}

const inRange = (sizes, parameter, axis) => isWhole(sizes[parameter][axis], LIMITS[parameter][axis]);

/** Whether torch takes `sizes` along `axes`, and, where it takes the rest too, the widget can draw them. */
function isLegal(sizes, axes, fitsOnly) {
  const isIn = (axis) => PARAMETERS.every((parameter) => inRange(sizes, parameter, axis)) && fits(sizes, axis);
  return axes.every(isIn) && (fitsOnly || !AXES.every(isIn) || cellCount(sizes) <= MAX_CELLS);
}

/**
 * The value of `parameter` along `axes` closest to the present one that is legal; where others stand in the way, at
 * least one in its range, and null where it has such a one.
 */
function nearestLegal(sizes, parameter, axes, fitsOnly = false) {
  const [value, limits] = [sizes[parameter][axes[0]], LIMITS[parameter][axes[0]]];
  const legal = nearestWhole(value, limits, (candidate) => (
    isLegal(withValue(sizes, parameter, axes, candidate), axes, fitsOnly)));
  return legal ?? (axes.every((axis) => inRange(sizes, parameter, axis)) ? null
    : nearestWhole(value, limits, () => true));
}

// ---- products -----------------------------------------------------------------------------------

/** Along one axis, the products { output, kernel, input } in which `index` of "output", "kernel" or "input" is. */
function meetings(sizes, part, axis, index) {
  const taps = range(sizes.kernel[axis]);
  const meet = (output, kernel) => ({ output, kernel, input: placeOf(sizes, axis, output, kernel) });
  if (part === "output") return taps.map((tap) => meet(index, tap));
  if (part === "kernel") return range(outputSize(sizes, axis)).map((output) => meet(output, index));
  return taps.map((tap) => [(index - placeOf(sizes, axis, 0, tap)) / sizes.stride[axis], tap])
    .filter(([output]) => Number.isInteger(output) && output >= 0 && output < outputSize(sizes, axis))
    .map(([output, tap]) => meet(output, tap));
}

/**
 * The products that a cell takes part in: [{ output, kernel, input }], each a place [depth, row, column]; an input in
 * the padding lies outside. `role`: "input", "kernel", "output" or the gradient of one of them, "grad_…".
 */
export function products(sizes, role, cell) {
  const [first, second, third] = AXES.map((axis) => meetings(sizes, partOf(role), axis, cell[axis]));
  const join = (part, ...three) => three.map((one) => one[part]);
  return first.flatMap((a) => second.flatMap((b) => third.map((c) => ({
    output: join("output", a, b, c), kernel: join("kernel", a, b, c), input: join("input", a, b, c),
  }))));
}

/** What a gradient is that of. */
export const partOf = (role) => role.replace("grad_", "");

/** Whether a place of the padded input is one that the floor leaves out. */
export const isDropped = (sizes, cell) => AXES.some((axis) => (
  cell[axis] >= sizes.input[axis] + sizes.padding[axis] - dropped(sizes, axis)));
/** Whether a place is in the input, not in the padding around it. */
export const isInside = ({ input }, cell) => AXES.every((axis) => cell[axis] >= 0 && cell[axis] < input[axis]);

/** The two factors of the products of a result; it is added up by slices of the second first. */
export const FACTORS = {
  output: ["input", "kernel"], grad_input: ["grad_output", "kernel"], grad_kernel: ["input", "grad_output"],
};

/** The value of a factor of one product; the padding is 0. */
export const factorOf = (values, role, term) => valueAt(values[role], term[partOf(role)]) ?? 0;

/** A result as partial sums, one for each slice of its second factor that takes part: [{ slice, terms, sum }]. */
export function partialSums(sizes, values, role, cell) {
  const [first, second] = FACTORS[role];
  const parts = new Map();
  for (const term of products(sizes, role, cell)) {
    const [slice] = term[partOf(second)];
    if (!parts.has(slice)) parts.set(slice, { slice, terms: [], sum: 0 });
    const part = parts.get(slice);
    part.terms.push(term);
    part.sum += factorOf(values, first, term) * factorOf(values, second, term);
  }
  return [...parts.values()];
}

/** Calls act(depth, row, column), each { output, kernel, input }, for every product outside the padding. */
function eachProduct(sizes, act) {
  const [depths, rows, columns] = AXES.map((axis) => range(outputSize(sizes, axis)).flatMap((output) => (
    meetings(sizes, "output", axis, output).filter(({ input }) => input >= 0 && input < sizes.input[axis]))));
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
  return { grad_input: gradInput, grad_kernel: gradKernel, grad_bias: sum(gradOutput.flat(2)) };
}
