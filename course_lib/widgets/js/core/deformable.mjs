// Deformable convolution by the rules of torchvision.ops.deform_conv2d, and snake convolution as one of its kind:
// where each tap reads, values, gradients, who reads what. No DOM and no words. A `state` holds { operation, input,
// kernel, padding, stride, dilation, offset, mask, morph, steps, grad_output }: input, kernel and grad_output are rows
// of numbers; offset is [2·taps][output rows][columns], of each tap dy before dx; mask and steps are
// [taps][rows][columns]; mask and grad_output may be null; padding, stride and dilation are [height, width].
import { clamp, closest, crop, makeRows, mapRows, range, sizeOf, sum } from "./arrays.mjs";
import { PARAMETERS, along, extent, fits, isWhole, outputShape, paddedSize, placeOf, withValue } from "./window.mjs";

export const LIMITS = { input: [1, 12], kernel: [1, 5], padding: [0, 6], stride: [1, 6], dilation: [1, 4] };
export const SNAKE_TAPS = [1, 9];
export const VALUES = { offset: [-12, 12], mask: [0, 2], steps: [-1, 1] };
// The numbers that fill a size without values; course_lib.widgets.deformable_arguments has the same rules.
export const START = {
  input: (row, column) => (2 * row ** 2 + 3 * column + row * column + 5) % 10,
  kernel: (row, column) => ((2 * row + column) % 4) - 1,
};

export const isSnake = ({ operation }) => operation === "snake";
export const filled = (name, [rows, columns]) => makeRows(rows, columns, START[name]);

// ---- sizes, and what torch refuses ---------------------------------------------------------------

export function sizesOf({ operation, morph, input, kernel, padding, stride, dilation }) {
  return { operation, morph, input: sizeOf(input), kernel: sizeOf(kernel), padding, stride, dilation };
}

/** The same sizes as those of a deform_conv2d: a snake has stride 1 and an output as large as its input. */
export function layer(sizes) {
  if (!isSnake(sizes)) return sizes;
  const padding = sizes.kernel.map((taps) => taps >> 1);
  return { ...sizes, padding, stride: [1, 1], dilation: [1, 1] };
}

/** [rows, columns] of the output. */
export const outputSize = (sizes) => outputShape(layer(sizes));

function limits(sizes, name, axis) {
  if (name !== "kernel" || !isSnake(sizes)) return LIMITS[name];
  return axis === sizes.morph ? [1, 1] : SNAKE_TAPS;
}

const used = (sizes) => (isSnake(sizes) ? ["input", "kernel"] : PARAMETERS);

function reasonOf(sizes, name, axis) {
  const value = sizes[name][axis];
  const [low, high] = limits(sizes, name, axis);
  if (isWhole(value, [low, high])) {
    return name === "kernel" && isSnake(sizes) && value % 2 === 0 ? "odd" : null;
  }
  return Number.isInteger(value) && high === 1 ? "across" : "range";
}

const isRight = (sizes, name, axis) => reasonOf(sizes, name, axis) === null;
const isFit = (sizes, axis) => isSnake(sizes) || fits(sizes, axis);

/** The right number closest to the present one, the smaller of two, that `mustFit`; null where there is none. */
function nearestOf(sizes, name, axis, mustFit) {
  const [low, high] = limits(sizes, name, axis);
  const right = range(high - low + 1).map((step) => low + step).filter((number) => {
    const other = withValue(sizes, name, [axis], number);
    return isRight(other, name, axis) && (!mustFit || isFit(other, axis));
  });
  return closest(right, clamp(sizes[name][axis], low - 1, high + 1));
}

/** The nearest number that also lets the kernel fit, where one does and the rest is right. */
function mended(sizes, name, axis) {
  const isRestRight = used(sizes).every((other) => other === name || isRight(sizes, other, axis));
  return (isRestRight ? nearestOf(sizes, name, axis, true) : null) ?? nearestOf(sizes, name, axis, false);
}

/**
 * Why torch or the widget refuses `sizes`: [{ parameter, axis, reason, nearest, ... }], empty where it is legal. A
 * kernel that does not fit is laid to `changed`, if that can mend it, else to the kernel.
 */
export function problems(sizes, changed = "kernel") {
  const found = used(sizes).flatMap((parameter) => [0, 1].map((axis) => {
    const [low, high] = limits(sizes, parameter, axis);
    const reason = reasonOf(sizes, parameter, axis);
    const nearest = reason && mended(sizes, parameter, axis);
    return { parameter, axis, reason, got: sizes[parameter][axis], low, high, nearest };
  })).filter(({ reason }) => reason);
  if (found.length) return found;
  return [0, 1].filter((axis) => !isFit(sizes, axis)).map((axis) => {
    const mend = (name) => (name in LIMITS ? nearestOf(sizes, name, axis, true) : null);
    const parameter = mend(changed) === null ? "kernel" : changed;
    return {
      parameter, axis, reason: "fit", nearest: mend(parameter), ...along(sizes, axis), extent: extent(sizes, axis),
      padded: paddedSize(sizes, axis),
    };
  });
}

// ---- where taps read ------------------------------------------------------------------------------

/** How far each tap of a snake stands across from the straight kernel: its steps added up from the middle. */
function snakePath(steps) {
  const middle = steps.length >> 1;
  const path = steps.map(() => 0);
  for (let tap = middle + 1; tap < steps.length; tap++) path[tap] = path[tap - 1] + steps[tap];
  for (let tap = middle - 1; tap >= 0; tap--) path[tap] = path[tap + 1] + steps[tap];
  return path;
}

/** A snake's steps as the offset of a deformable convolution. */
export function snakeOffset(steps, morph) {
  const paths = mapRows(steps[0], (_, o, p) => snakePath(steps.map((plane) => plane[o][p])));
  const still = mapRows(steps[0], () => 0);
  return steps.flatMap((_, tap) => {
    const across = mapRows(paths, (path) => path[tap]);
    return morph === 0 ? [across, still] : [still, across];
  });
}

/** The four cells around a place, with their bilinear weights; zeros stand for what is outside the input. */
export function neighbours(input, [y, x]) {
  const [top, left] = [Math.floor(y), Math.floor(x)];
  const [down, right] = [y - top, x - left];
  return [[0, 0], [0, 1], [1, 0], [1, 1]].map(([i, j]) => ({
    cell: [top + i, left + j], inside: input[top + i]?.[left + j] !== undefined,
    value: input[top + i]?.[left + j] ?? 0,
    weight: (i ? down : 1 - down) * (j ? right : 1 - right),
    // The weight is linear in each of the two offsets between one cell and the next: this is how it changes.
    change: [(i ? 1 : -1) * (j ? right : 1 - right), (j ? 1 : -1) * (i ? down : 1 - down)],
  }));
}

/** The place of each tap in the kernel. */
export const tapCells = ({ kernel }) => mapRows(kernel, (_, ...cell) => cell).flat();

/**
 * What the output cell reads, for each tap: { tap, cell, regular, offset, place, weight, mask, neighbours, value,
 * change: [∂value/∂dy, ∂value/∂dx], product }.
 */
export function taps(state, [o, p]) {
  const sizes = layer(sizesOf(state));
  return tapCells(state).map((cell, tap) => {
    const weight = state.kernel[cell[0]][cell[1]];
    const regular = [o, p].map((output, axis) => placeOf(sizes, axis, output, cell[axis]));
    const offset = [0, 1].map((axis) => state.offset[2 * tap + axis][o][p]);
    const place = regular.map((at, axis) => at + offset[axis]);
    const around = neighbours(state.input, place);
    const read = (share) => sum(around.map((one) => one.value * share(one)));
    const value = read((one) => one.weight);
    const mask = state.mask ? state.mask[tap][o][p] : 1;
    const change = [0, 1].map((axis) => read((one) => one.change[axis]));
    const product = weight * mask * value;
    return { tap, cell, regular, offset, place, weight, mask, neighbours: around, value, change, product };
  });
}

const everyOutput = (state, make) => makeRows(...outputSize(sizesOf(state)), (o, p) => make([o, p]));

export const forward = (state) => everyOutput(state, (cell) => sum(taps(state, cell).map(({ product }) => product)));

export const zeros = (planes) => planes.map((rows) => mapRows(rows, () => 0));

/** The output of the ordinary convolution, whose taps stay at their places. */
export const ordinary = (state) => forward({ ...state, offset: zeros(state.offset), mask: null });

/** ∂L/∂output: what is given, or ones. */
export const gradOutput = (state) => state.grad_output ?? everyOutput(state, () => 1);

/** { input, kernel, offset, mask, steps }: the gradient of L at each, in its shape; steps is null without a snake. */
export function backward(state) {
  const [[input], [kernel]] = [zeros([state.input]), zeros([state.kernel])];
  const found = { input, kernel, offset: zeros(state.offset), mask: zeros(state.offset.filter((_, at) => at % 2)) };
  gradOutput(state).forEach((row, o) => row.forEach((gradient, p) => taps(state, [o, p]).forEach((one) => {
    const { tap, cell: [a, b], weight, mask, value, change } = one;
    found.kernel[a][b] += gradient * mask * value;
    found.mask[tap][o][p] = gradient * weight * value;
    for (const axis of [0, 1]) found.offset[2 * tap + axis][o][p] = gradient * weight * mask * change[axis];
    for (const { cell: [i, j], inside, weight: share } of one.neighbours) {
      if (inside) found.input[i][j] += gradient * weight * mask * share;
    }
  })));
  found.steps = isSnake(state) ? stepGradient(found.offset, state.morph) : null;
  return found;
}

/** A step moves its tap and all further out: its gradient is the sum of theirs; the middle tap does not move. */
function stepGradient(offset, morph) {
  const across = offset.filter((_, index) => index % 2 === morph);
  const middle = across.length >> 1;
  const moved = (tap) => across.filter((_, other) => (tap > middle ? other >= tap : tap < middle && other <= tap));
  return across.map((rows, tap) => mapRows(rows, (_, o, p) => sum(moved(tap).map((plane) => plane[o][p]))));
}

/** The output cells that read an input cell: [{ output, weight }], the weights of all their taps there added up. */
export function readers(state, [i, j]) {
  const weights = (output) => taps(state, output).flatMap(({ neighbours: around, weight, mask }) => around
    .filter(({ cell, weight: share }) => cell[0] === i && cell[1] === j && share !== 0)
    .map(({ weight: share }) => weight * mask * share));
  return everyOutput(state, (output) => ({ output, all: weights(output) })).flat().filter(({ all }) => all.length)
    .map(({ output, all }) => ({ output, weight: sum(all) }));
}

export const largestDifference = (one, other) => (
  Math.max(...mapRows(one, (value, i, j) => Math.abs(value - other[i][j])).flat()));

// ---- arrays that follow a size --------------------------------------------------------------------

/** Whether the numbers are the same at every output. */
export const isUniform = (planes) => planes.every((rows) => rows.flat().every((value) => value === rows[0][0]));

/** Planes cut off or filled up to [rows, columns]; the same everywhere stays so; of other taps nothing stays. */
export function refitted(planes, count, [rows, columns], start) {
  if (planes?.length !== count) return range(count).map(() => makeRows(rows, columns, () => start));
  const old = isUniform(planes) ? (plane) => plane[0][0] : (plane, i, j) => plane[i]?.[j] ?? start;
  return planes.map((plane) => makeRows(rows, columns, (i, j) => old(plane, i, j)));
}

/** `planes` with the numbers of the output cell `cell` everywhere. */
export const spread = (planes, [o, p]) => planes.map((rows) => mapRows(rows, () => rows[o][p]));

/** Planes with one number of a tap changed, at the output `cell` or, with `isEverywhere`, at all. */
export function withNumber(planes, plane, [o, p], value, isEverywhere) {
  return planes.map((rows, index) => (index !== plane ? rows
    : mapRows(rows, (old, i, j) => (isEverywhere || (i === o && j === p) ? value : old))));
}

/** A kernel of the operation's form: a snake's lies along its axis, the other's has at most 5 a side. */
function fittedKernel(state) {
  const { morph, kernel } = state;
  const [, most] = LIMITS.kernel;
  if (!isSnake(state)) return crop(kernel, [most, most]);
  const size = sizeOf(kernel);
  if (Math.min(...size) === 1 && size[morph] === 1) return kernel;
  const line = Math.min(...size) > 1 ? kernel[size[0] >> 1] : kernel.flat();
  const odd = line.slice(0, line.length - 1 + (line.length % 2));
  return lineOf(odd, morph);
}

/** The weights of a snake as its kernel. */
export const lineOf = (weights, morph) => (morph === 0 ? [weights] : weights.map((weight) => [weight]));

/** A state whose kernel has the form of its operation, and whose arrays follow its sizes, as in Python. */
export function fitted(given) {
  const state = { ...given, kernel: fittedKernel(given) };
  const size = outputSize(sizesOf(state));
  const count = state.kernel.flat().length;
  const refit = (planes, number, start) => refitted(planes, number, size, start);
  state.steps = isSnake(state) ? refit(state.steps, count, 0) : null;
  state.offset = isSnake(state) ? snakeOffset(state.steps, state.morph) : refit(state.offset, 2 * count, 0);
  state.mask = isSnake(state) || !state.mask ? null : refit(state.mask, count, 1);
  state.grad_output = state.grad_output && refit([state.grad_output], 1, 1)[0];
  return state;
}
