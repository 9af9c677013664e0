// Deformable convolution by the rules of torchvision.ops.deform_conv2d, and snake convolution as one of its kind:
// where each tap reads, values, gradients, who reads what. No DOM and no words. A `state` holds { operation, input,
// kernel, padding, stride, dilation, offset, mask, morph, steps, grad_output }: input, kernel and grad_output are rows
// of numbers; offset is [2·taps][output rows][columns], of each tap dy before dx; mask and steps are
// [taps][rows][columns]; mask and grad_output may be null; padding, stride and dilation are [height, width].

export const OPERATIONS = ["deform_conv2d", "snake"];
export const LIMITS = { input: [1, 12], kernel: [1, 5], padding: [0, 6], stride: [1, 6], dilation: [1, 4] };
export const SNAKE_TAPS = [1, 9];
export const VALUES = { offset: [-12, 12], mask: [0, 2], steps: [-1, 1] };
// The numbers that fill a size without values; course_lib.widgets.deformable_arguments has the same rules.
export const START = {
  input: (row, column) => (2 * row ** 2 + 3 * column + row * column + 5) % 10,
  kernel: (row, column) => ((2 * row + column) % 4) - 1,
};

export const range = (length) => Array.from({ length }, (_, index) => index);
export const map = (rows, change) => rows.map((row, i) => row.map((value, j) => change(value, i, j)));
const table = (rows, columns, make) => range(rows).map((i) => range(columns).map((j) => make(i, j)));
export const clamp = (value, [low, high]) => Math.min(Math.max(value, low), high);

export const filled = (name, [rows, columns]) => table(rows, columns, START[name]);

// ---- sizes, and what torch refuses ---------------------------------------------------------------

export function sizesOf({ operation, morph, input, kernel, padding, stride, dilation }) {
  const size = (rows) => [rows.length, rows[0].length];
  return { operation, morph, input: size(input), kernel: size(kernel), padding, stride, dilation };
}

/** The same sizes as those of a deform_conv2d: a snake has stride 1 and an output as large as its input. */
export function layer(sizes) {
  if (sizes.operation !== "snake") return sizes;
  const padding = sizes.kernel.map((taps) => Math.floor(taps / 2));
  return { ...sizes, padding, stride: [1, 1], dilation: [1, 1] };
}

export const extent = ({ dilation, kernel }, axis) => dilation[axis] * (kernel[axis] - 1) + 1;
export const padded = ({ input, padding }, axis) => input[axis] + 2 * padding[axis];

/** [rows, columns] of the output. */
export function outputSize(given) {
  const sizes = layer(given);
  return [0, 1].map((axis) => Math.floor((padded(sizes, axis) - extent(sizes, axis)) / sizes.stride[axis]) + 1);
}

export function limits({ operation, morph }, name, axis) {
  if (name !== "kernel" || operation !== "snake") return LIMITS[name];
  return axis === morph ? [1, 1] : SNAKE_TAPS;
}

export const used = ({ operation }) => (operation === "snake" ? ["input", "kernel"] : Object.keys(LIMITS));

function reasonOf(sizes, name, axis) {
  const [low, high] = limits(sizes, name, axis);
  const value = sizes[name][axis];
  if (Number.isInteger(value) && value >= low && value <= high) {
    return name === "kernel" && sizes.operation === "snake" && value % 2 === 0 ? "odd" : null;
  }
  return Number.isInteger(value) && high === 1 ? "across" : "range";
}

const fits = (sizes, axis) => sizes.operation === "snake" || extent(sizes, axis) <= padded(sizes, axis);
const isRight = (sizes, name, axis) => reasonOf(sizes, name, axis) === null;
const isRightAndFits = (sizes, name, axis) => isRight(sizes, name, axis) && fits(sizes, axis);

/** The number closest to the present one that `judge` takes, the smaller of two; null where there is none. */
function nearestOf(sizes, name, axis, judge) {
  const [low, high] = limits(sizes, name, axis);
  const given = sizes[name][axis];
  const value = Number.isNaN(given) ? low : clamp(given, [low - 1, high + 1]);
  const other = (number) => ({ ...sizes, [name]: sizes[name].map((old, at) => (at === axis ? number : old)) });
  const right = range(high - low + 1).map((step) => low + step).filter((number) => judge(other(number), name, axis));
  const distance = (number) => Math.abs(number - value);
  return right.reduce((best, number) => (best === null || distance(number) < distance(best) ? number : best), null);
}

/** The nearest number that also lets the kernel fit, where one does and the rest is right. */
function mended(sizes, name, axis) {
  const others = used(sizes).filter((other) => other !== name);
  const whole = others.every((other) => isRight(sizes, other, axis))
    ? nearestOf(sizes, name, axis, isRightAndFits) : null;
  return whole ?? nearestOf(sizes, name, axis, isRight);
}

/**
 * Why torch or the widget refuses `sizes`: [{ parameter, axis, reason, nearest, ... }], empty where it is legal. A
 * kernel that does not fit is laid to `changed`, if that can mend it, else to the kernel.
 */
export function problems(sizes, changed = "kernel") {
  const found = used(sizes).flatMap((parameter) => [0, 1]
    .map((axis) => [axis, reasonOf(sizes, parameter, axis)]).filter(([, reason]) => reason)
    .map(([axis, reason]) => {
      const [low, high] = limits(sizes, parameter, axis);
      const { [parameter]: { [axis]: got }, morph } = sizes;
      return { parameter, axis, reason, got, low, high, morph, nearest: mended(sizes, parameter, axis) };
    }));
  if (found.length) return found;
  return [0, 1].filter((axis) => !fits(sizes, axis)).map((axis) => {
    const mend = (name) => (name in LIMITS ? nearestOf(sizes, name, axis, isRightAndFits) : null);
    const parameter = mend(changed) === null ? "kernel" : changed;
    const names = ["input", "kernel", "padding", "dilation"];
    const numbers = Object.fromEntries(names.map((name) => [name, sizes[name][axis]]));
    Object.assign(numbers, { extent: extent(sizes, axis), padded: padded(sizes, axis) });
    return { parameter, axis, reason: "fit", nearest: mend(parameter), numbers };
  });
}

// ---- where taps read ------------------------------------------------------------------------------

/** How far each tap of a snake stands across from the straight kernel: its steps added up from the middle. */
export function snakePath(steps) {
  const middle = Math.floor(steps.length / 2);
  const path = steps.map(() => 0);
  for (let tap = middle + 1; tap < steps.length; tap++) path[tap] = path[tap - 1] + steps[tap];
  for (let tap = middle - 1; tap >= 0; tap--) path[tap] = path[tap + 1] + steps[tap];
  return path;
}

/** A snake's steps as the offset of a deformable convolution. */
export function snakeOffset(steps, morph) {
  const paths = map(steps[0], (_, o, p) => snakePath(steps.map((plane) => plane[o][p])));
  const zeros = map(steps[0], () => 0);
  return steps.flatMap((_, tap) => {
    const across = map(paths, (path) => path[tap]);
    return morph === 0 ? [across, zeros] : [zeros, across];
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

/**
 * What the output cell reads, for each tap: { tap, cell, regular, offset, place, weight, mask, neighbours, value,
 * change: [∂value/∂dy, ∂value/∂dx], product }.
 */
export function taps(state, [o, p]) {
  const { stride, padding, dilation } = layer(sizesOf(state));
  const columns = state.kernel[0].length;
  return state.kernel.flat().map((weight, tap) => {
    const cell = [Math.floor(tap / columns), tap % columns];
    const regular = [0, 1].map((axis) => [o, p][axis] * stride[axis] - padding[axis] + cell[axis] * dilation[axis]);
    const offset = [0, 1].map((axis) => state.offset[2 * tap + axis][o][p]);
    const place = regular.map((at, axis) => at + offset[axis]);
    const around = neighbours(state.input, place);
    const sum = (factor) => around.reduce((all, one) => all + one.value * factor(one), 0);
    const value = sum((one) => one.weight);
    const mask = state.mask ? state.mask[tap][o][p] : 1;
    const change = [0, 1].map((axis) => sum((one) => one.change[axis]));
    const product = weight * mask * value;
    return { tap, cell, regular, offset, place, weight, mask, neighbours: around, value, change, product };
  });
}

const everyOutput = (state, make) => table(...outputSize(sizesOf(state)), (o, p) => make([o, p]));

export const forward = (state) => everyOutput(state,
  (cell) => taps(state, cell).reduce((sum, { product }) => sum + product, 0));

export const zeros = (planes) => planes.map((rows) => map(rows, () => 0));

/** The output of the ordinary convolution, whose taps stay at their places. */
export const ordinary = (state) => forward({ ...state, offset: zeros(state.offset), mask: null });

/** ∂L/∂output: what is given, or ones. */
export const upstream = (state) => state.grad_output ?? everyOutput(state, () => 1);

/** { input, kernel, offset, mask, steps }: the gradient of L at each, in its shape; steps is null without a snake. */
export function backward(state) {
  const given = upstream(state);
  const [[input], [kernel]] = [zeros([state.input]), zeros([state.kernel])];
  const found = { input, kernel, offset: zeros(state.offset), mask: zeros(state.offset.filter((_, at) => at % 2)) };
  given.forEach((row, o) => row.forEach((gradient, p) => taps(state, [o, p]).forEach((one) => {
    const { tap, cell: [a, b], weight, mask, value, change } = one;
    found.kernel[a][b] += gradient * mask * value;
    found.mask[tap][o][p] = gradient * weight * value;
    for (const axis of [0, 1]) found.offset[2 * tap + axis][o][p] = gradient * weight * mask * change[axis];
    for (const { cell: [i, j], inside, weight: share } of one.neighbours) {
      if (inside) found.input[i][j] += gradient * weight * mask * share;
    }
  })));
  found.steps = state.operation === "snake" ? stepGradient(found.offset, state.morph) : null;
  return found;
}

/** A step moves its tap and all further out: its gradient is the sum of theirs; the middle tap does not move. */
function stepGradient(offset, morph) {
  const across = offset.filter((_, index) => index % 2 === morph);
  const middle = Math.floor(across.length / 2);
  const moved = (tap) => across.filter((_, other) => (tap > middle ? other >= tap : tap < middle && other <= tap));
  return across.map((rows, tap) => map(rows, (_, o, p) => moved(tap).reduce((sum, plane) => sum + plane[o][p], 0)));
}

/** The output cells that read an input cell: [{ output, weight }], the weights of all their taps there added up. */
export function readers(state, [i, j]) {
  return everyOutput(state, (output) => ({
    output,
    list: taps(state, output).flatMap(({ neighbours: around, weight, mask }) => around
      .filter(({ cell, weight: share }) => cell[0] === i && cell[1] === j && share !== 0)
      .map(({ weight: share }) => weight * mask * share)),
  })).flat().filter(({ list }) => list.length)
    .map(({ output, list }) => ({ output, weight: list.reduce((sum, one) => sum + one, 0) }));
}

export const largestDifference = (one, other) => (
  Math.max(...map(one, (value, i, j) => Math.abs(value - other[i][j])).flat()));

// ---- arrays that follow a size --------------------------------------------------------------------

export const isSame = (planes) => planes.every((rows) => rows.flat().every((value) => value === rows[0][0]));

/** Planes cut off or filled up to [rows, columns]; the same everywhere stays so; of other taps nothing stays. */
export function refitted(planes, count, [rows, columns], fill) {
  const isKept = planes?.length === count;
  const isEven = isKept && isSame(planes);
  const old = (plane, i, j) => (isEven ? planes[plane][0][0] : planes[plane][i]?.[j] ?? fill);
  return range(count).map((plane) => table(rows, columns, (i, j) => (isKept ? old(plane, i, j) : fill)));
}

/** `planes` with the numbers of the output cell `cell` everywhere. */
export const spread = (planes, [o, p]) => planes.map((rows) => map(rows, () => rows[o][p]));

/** Planes with one number of a tap changed, at the output `cell` or, with `isEverywhere`, at all. */
export function withValue(planes, plane, [o, p], value, isEverywhere) {
  return planes.map((rows, index) => (index !== plane ? rows
    : map(rows, (old, i, j) => (isEverywhere || (i === o && j === p) ? value : old))));
}

/** A kernel of the operation's form: a snake's lies along its axis, the other's has at most 5 a side. */
function fittedKernel({ operation, morph, kernel }) {
  const most = LIMITS.kernel[1];
  if (operation !== "snake") return kernel.slice(0, most).map((row) => row.slice(0, most));
  const size = [kernel.length, kernel[0].length];
  if (Math.min(...size) === 1 && size[morph] === 1) return kernel;
  const line = Math.min(...size) > 1 ? kernel[Math.floor(size[0] / 2)] : kernel.flat();
  const odd = line.slice(0, line.length - 1 + (line.length % 2));
  return morph === 0 ? [odd] : odd.map((weight) => [weight]);
}

/** A state whose kernel has the form of its operation, and whose arrays follow its sizes, as in Python. */
export function fitted(given) {
  const state = { ...given, kernel: fittedKernel(given) };
  const size = outputSize(sizesOf(state));
  const count = state.kernel.length * state.kernel[0].length;
  const isSnake = state.operation === "snake";
  state.steps = isSnake ? refitted(state.steps, count, size, 0) : null;
  state.offset = isSnake ? snakeOffset(state.steps, state.morph) : refitted(state.offset, 2 * count, size, 0);
  state.mask = isSnake || !state.mask ? null : refitted(state.mask, count, size, 1);
  state.grad_output = state.grad_output && refitted([state.grad_output], 1, size, 1)[0];
  return state;
}
