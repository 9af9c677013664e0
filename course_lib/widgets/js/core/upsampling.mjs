// Ways to make a map larger, each as a sum of input times weight, by the rules of torch.nn.functional.
// No DOM and no words here. A `state` holds { method, input, kernel, scale, padding, output_padding, align_corners,
// switches }; input, kernel and switches are rows of numbers. `sizes` are the same as numbers, see `sizesOf`.
import { clamp, closest, isSame, makeRows, mapRows, range, sizeOf, sum } from "./arrays.mjs";
import { isWhole } from "./window.mjs";

export const METHODS = [
  "nearest", "bilinear", "bicubic", "transposed", "pixel_shuffle", "max_unpool", "resize_conv",
];
export const LIMITS = {
  height: [1, 6], width: [1, 6], scale: [1, 4], kernel: [1, 7], padding: [0, 6], output_padding: [0, 3],
};
const WINDOW = ["height", "width", "scale"];
/** What a method reads besides the input. */
export const USES = {
  nearest: WINDOW, bilinear: [...WINDOW, "align_corners"], bicubic: [...WINDOW, "align_corners"],
  transposed: [...WINDOW, "kernel", "padding", "output_padding"], pixel_shuffle: [...WINDOW, "kernel"],
  max_unpool: [...WINDOW, "switches"], resize_conv: [...WINDOW, "kernel"],
};
// The numbers that a size without values is filled with; course_lib.widgets.upsampling has the same rules.
export const START = {
  input: (row, column) => 1 + ((2 * row ** 2 + 3 * column + row * column) % 7),
  kernel: (row, column) => 1 + ((row + 2 * column) % 3),
  switches: (row, column) => (3 * row + 2 * column) % 4,
};
const CUBIC = -0.75; // torch's coefficient

/** `rows` grown to the largest size, with small readable numbers beyond its edges. */
export function extend(rows, name) {
  const largest = LIMITS[name === "kernel" ? "kernel" : "height"][1];
  return makeRows(largest, largest, (i, j) => rows[i]?.[j] ?? START[name](i, j));
}

export function sizesOf({ method, input, kernel, scale, padding, output_padding }) {
  const [height, width] = sizeOf(input);
  return { method, height, width, kernel: kernel.length, scale, padding, output_padding };
}

/** Rows (axis 0) or columns (axis 1) of the output. */
export function outputSize(sizes, axis) {
  const length = [sizes.height, sizes.width][axis];
  if (sizes.method !== "transposed") return length * sizes.scale;
  return (length - 1) * sizes.scale - 2 * sizes.padding + sizes.kernel + sizes.output_padding;
}

// ---- what torch refuses -------------------------------------------------------------------------

// Why a method refuses numbers that are each in range: [whether it does, the number that always mends it, the method].
const RULES = {
  output_padding: [({ output_padding: extra, scale }) => extra >= scale, "output_padding", "transposed"],
  small: [(sizes) => [0, 1].some((axis) => outputSize(sizes, axis) < 1), "padding", "transposed"],
  channels: [({ kernel, scale }) => kernel !== scale, "kernel", "pixel_shuffle"],
};
const isBroken = (reason, sizes) => RULES[reason][2] === sizes.method && RULES[reason][0](sizes);

/**
 * Why torch or the widget refuses `sizes`: [{ parameter, reason, nearest, ... }], empty where it is legal. A
 * problem of several numbers is laid to `changed`, the last one set, if it can mend it.
 */
export function problems(sizes, changed = "kernel") {
  const outside = Object.keys(LIMITS).filter((name) => !inRange(sizes, name));
  if (outside.length) {
    return outside.map((parameter) => {
      const [min, max] = LIMITS[parameter];
      const nearest = nearestLegal(sizes, parameter, isLegal) ?? clamp(Math.floor(sizes[parameter] + 0.5), min, max);
      return { parameter, reason: "range", min, max, sizes, nearest: Number.isNaN(nearest) ? null : nearest };
    });
  }
  return Object.keys(RULES).filter((reason) => isBroken(reason, sizes)).map((reason) => {
    const mend = (parameter) => nearestLegal(sizes, parameter, (each) => !isBroken(reason, each));
    const parameter = mend(changed) === null ? RULES[reason][1] : changed;
    const output = [0, 1].map((axis) => outputSize(sizes, axis));
    return { parameter, reason, nearest: mend(parameter), sizes, output };
  });
}

function isLegal(sizes) {
  return Object.keys(LIMITS).every((name) => inRange(sizes, name))
    && Object.keys(RULES).every((reason) => !isBroken(reason, sizes));
}

export const inRange = (sizes, name) => isWhole(sizes[name], LIMITS[name]);

/** The value of `parameter` closest to the present one that is in range and right by `isRight`, or null. */
function nearestLegal(sizes, parameter, isRight) {
  const [min, max] = LIMITS[parameter] ?? [0, -1];
  if (!Number.isFinite(sizes[parameter])) return null;
  const right = range(max - min + 1).map((index) => min + index)
    .filter((value) => isRight({ ...sizes, [parameter]: value }));
  return closest(right, sizes[parameter]);
}

// ---- input times weight -------------------------------------------------------------------------

/** Along one axis of `length` cells: for each output what it reads, [[index, tap or weight]]. */
function along(state, length, axis) {
  const { method, scale, align_corners: aligned } = state;
  const size = outputSize(sizesOf(state), axis);
  if (method === "transposed") {
    return range(size).map((o) => range(state.kernel.length)
      .map((tap) => [(o + state.padding - tap) / scale, tap])
      .filter(([index]) => Number.isInteger(index) && index >= 0 && index < length));
  }
  if (method === "resize_conv") {
    const before = Math.floor((state.kernel.length - 1) / 2);
    return range(size).map((o) => range(state.kernel.length).map((tap) => [o + tap - before, tap])
      .filter(([place]) => place >= 0 && place < size).map(([place, tap]) => [Math.floor(place / scale), tap]));
  }
  if (method === "pixel_shuffle") return range(size).map((o) => [[Math.floor(o / scale), o % scale]]);
  if (method !== "bilinear" && method !== "bicubic") return range(size).map((o) => [[Math.floor(o / scale), 1]]);
  const source = (o) => (aligned ? (size > 1 ? (o * (length - 1)) / (size - 1) : 0) : (o + 0.5) / scale - 0.5);
  const taps = method === "bilinear" ? linear : cubic;
  return range(size).map((o) => taps(source(o)).map(([index, weight]) => [clamp(index, 0, length - 1), weight]));
}

function linear(source) {
  const index = Math.floor(source);
  return [[index, 1 - (source - index)], [index + 1, source - index]];
}

/** Cubic convolution over four cells (Keys, 1981). */
function cubic(source) {
  const index = Math.floor(source);
  const near = (t) => (CUBIC + 2) * t ** 3 - (CUBIC + 3) * t ** 2 + 1;
  const far = (t) => CUBIC * (t ** 3 - 5 * t ** 2 + 8 * t - 4);
  const t = source - index;
  return [[index - 1, far(t + 1)], [index, near(t)], [index + 1, near(1 - t)], [index + 2, far(2 - t)]];
}

/** For each output cell, the products it is a sum of: [{ input, kernel or null, weight }]. */
export function products(state) {
  const { method, kernel, scale, switches, input } = state;
  const axes = [along(state, input.length, 0), along(state, input[0].length, 1)];
  const isWeighted = USES[method].includes("kernel");
  return axes[0].map((rows, o) => axes[1].map((columns, p) => rows.flatMap(([i, a]) => columns.flatMap(([j, b]) => {
    if (isWeighted) return [{ input: [i, j], kernel: [a, b], weight: kernel[a][b] }];
    if (method === "max_unpool" && placeOf(o, p, scale) !== switches[i][j] % scale ** 2) return [];
    return [{ input: [i, j], kernel: null, weight: a * b }];
  }))));
}

/** Where an output cell lies in its window, counted row by row. */
const placeOf = (row, column, scale) => (row % scale) * scale + (column % scale);

/** Products with the weights of one input cell added up, and those of no weight left out, unless a kernel gave them. */
export function merge(list) {
  const found = new Map();
  for (const product of list) {
    const key = product.input.join();
    const old = found.get(key);
    found.set(key, old ? { ...old, weight: old.weight + product.weight } : product);
  }
  return [...found.values()].filter(({ weight, kernel }) => kernel || Math.abs(weight) > 1e-12);
}

export function forward(state) {
  return mapRows(products(state), (list) => sum(list.map(({ input: [i, j], weight }) => state.input[i][j] * weight)));
}

/** The method as a matrix: { place: [output, input], both counted row by row, value, taps of the kernel }. */
export function matrix(state) {
  const [{ length: width }] = state.input;
  return products(state).flat().flatMap((list, row) => {
    const found = new Map();
    for (const { input: [i, j], kernel, weight } of list) {
      const { value, taps } = found.get(i * width + j) ?? { value: 0, taps: [] };
      found.set(i * width + j, { value: value + weight, taps: [...taps, ...(kernel ? [kernel] : [])] });
    }
    return [...found].map(([column, cell]) => ({ place: [row, column], ...cell }));
  }).filter(({ value, taps }) => taps.length || Math.abs(value) > 1e-12);
}

/** { input, kernel }: the gradient of a loss whose gradient at the output is `gradOutput`. */
export function backward(state, gradOutput) {
  const zeros = (rows) => mapRows(rows, () => 0);
  const gradient = { input: zeros(state.input), kernel: zeros(state.kernel) };
  products(state).forEach((row, o) => row.forEach((list, p) => list.forEach(({ input: [i, j], kernel, weight }) => {
    gradient.input[i][j] += gradOutput[o][p] * weight;
    if (kernel) gradient.kernel[kernel[0]][kernel[1]] += gradOutput[o][p] * state.input[i][j];
  })));
  return gradient;
}

/** The products that a cell of "input", "kernel" or "output" takes part in, each with its output cell. */
export function connections(state, grid, [row, column]) {
  const each = grid === "input" ? merge : (list) => list;
  return mapRows(products(state), (list, o, p) => each(list).map((product) => ({ ...product, output: [o, p] })))
    .flat(2).filter(({ [grid]: cell }) => cell && cell[0] === row && cell[1] === column);
}

// ---- overlap ------------------------------------------------------------------------------------

/** How many products each output is a sum of: of weights with input cells, each once where no kernel tells apart. */
export function counts(state) {
  const isWeighted = USES[state.method].includes("kernel");
  return mapRows(products(state), (list) => (isWeighted ? list : merge(list)).length);
}

/**
 * How unevenly a transposed convolution covers its output away from the edges: { remainder, least, most, share }, the
 * counts in two dimensions, and by what share the smallest stays below the largest.
 */
export function evenness({ kernel, scale }) {
  const least = Math.floor(kernel / scale) ** 2;
  const most = Math.ceil(kernel / scale) ** 2;
  return { remainder: kernel % scale, least, most, share: (most - least) / most };
}

/** The kernel size nearest to `kernel` that is a multiple of the scale, rather a larger than a smaller one. */
export function evenKernel({ kernel, scale }) {
  const up = Math.ceil(kernel / scale) * scale;
  return up <= LIMITS.kernel[1] ? up : Math.floor(kernel / scale) * scale;
}

/** What the input cell alone, set to 1, makes of the output. */
export function impulse(state, cell) {
  return forward({ ...state, input: mapRows(state.input, (_, ...place) => Number(isSame(place, cell))) });
}
