// A window that slides over an input, along each axis for itself. `sizes` hold a number for each axis of input, kernel,
// padding, stride and dilation; height and width are the last two axes.
import { byName, clamp } from "./arrays.mjs";

export const PARAMETERS = ["input", "kernel", "padding", "stride", "dilation"];
const FARTHEST = 3000; // that a legal number is looked for; a larger one that is not legal has none beyond it

/** The numbers along one axis, by their names. */
export const along = (sizes, axis) => byName(PARAMETERS, (name) => sizes[name][axis]);

/** Cells from the first tap of the kernel to its last. */
export const extent = ({ kernel, dilation }, axis) => dilation[axis] * (kernel[axis] - 1) + 1;
export const paddedSize = ({ input, padding }, axis) => input[axis] + 2 * padding[axis];
/** How far the kernel can move; below 0 it does not fit. */
const room = (sizes, axis) => paddedSize(sizes, axis) - extent(sizes, axis);
export const fits = (sizes, axis) => room(sizes, axis) >= 0;
export const outputSize = (sizes, axis) => Math.floor(room(sizes, axis) / sizes.stride[axis]) + 1;
export const outputShape = (sizes) => sizes.input.map((_, axis) => outputSize(sizes, axis));
/** Cells at the end of the padded input that the floor leaves out. */
export const dropped = (sizes, axis) => room(sizes, axis) % sizes.stride[axis];
/** The place that a tap of the kernel reads for an output; outside the input it lies in the padding. */
export const placeOf = ({ stride, padding, dilation }, axis, output, tap) => (
  output * stride[axis] - padding[axis] + tap * dilation[axis]);

/** Whether height and width are equal in everything. */
export const isSquare = (sizes) => PARAMETERS.every((name) => sizes[name].at(-2) === sizes[name].at(-1));
/** `sizes` with the height for the width too. */
export const squared = (sizes) => ({
  ...sizes, ...byName(PARAMETERS, (name) => [...sizes[name].slice(0, -1), sizes[name].at(-2)]),
});
/** `sizes` with one parameter set along `axes`. */
export const withValue = (sizes, name, axes, value) => ({
  ...sizes, [name]: sizes[name].map((old, axis) => (axes.includes(axis) ? value : old)),
});

export const isWhole = (value, [low, high]) => Number.isInteger(value) && value >= low && value <= high;

/**
 * The whole number from `low` to `high` closest to `value` that `isLegal`, of two the smaller; null where there is none
 * within FARTHEST, or `value` is no number.
 */
export function nearestWhole(value, [low, high], isLegal) {
  if (!Number.isFinite(value)) return null;
  const rounded = clamp(Math.floor(value + 0.5), low, high);
  if (isLegal(rounded)) return rounded;
  const start = Math.min(rounded, FARTHEST);
  for (let distance = 0; distance <= Math.min(high, FARTHEST); distance++) {
    for (const candidate of [start - distance, start + distance]) {
      if (candidate >= low && candidate <= high && isLegal(candidate)) return candidate;
    }
  }
  return null;
}
