// What part of the input each unit of a chain of sliding windows sees, which units each input pixel reaches, and
// which chains torch refuses. Arithmetic: Araujo, Norris and Sim, Distill 2019. No DOM and no words here.
// A chain is { input: [H, W], layers: [{ name, kernel, stride, padding, dilation }] }, each part a [height, width]
// pair; course_lib/widgets/receptive_field_rules.py has the same rules.
import { byName, clamp, range, sum } from "./arrays.mjs";
import { extent, isWhole, nearestWhole, placeOf } from "./window.mjs";

export const AXES = [0, 1];
export const PARTS = ["kernel", "stride", "padding", "dilation"];
const PLAIN = { stride: 1, padding: 0, dilation: 1 };
export const LIMITS = { input: [1, 512], kernel: [1, 64], stride: [1, 64], padding: [0, 64], dilation: [1, 64] };
export const MAX_LAYERS = 64;
export const MAX_SPAN = 4096; // positions along an axis, padding included, that are drawn
const EFFECTIVE = 1 - 0.9545; // of the largest value: Luo et al., arXiv 1701.04128, section 3

// ---- presets --------------------------------------------------------------------------------------

/** The trunk of a ResNet: `kernels` are those within a block; the first stride 2 waits for conv3. */
const resnet = (blocks, kernels) => [224, "conv1 7 2 3", "pool1 3 2 1", ...blocks.flatMap(
  (count, stage) => range(count).flatMap((block) => kernels.map((kernel, at) => {
    const stride = stage > 0 && block === 0 && at === 0 ? 2 : 1;
    return `conv${stage + 2}_${block + 1}${"abc"[at]} ${kernel} ${stride} ${kernel >> 1}`;
  })))];

// Input side, and each layer as "name kernel stride padding dilation", whose end may be left out where plain.
const PRESETS = {
  lenet5: [28, "c1 5 1 2", "s2 2 2", "c3 5", "s4 2 2", "c5 5"],
  alexnet: [
    224, "conv1 11 4 2", "pool1 3 2", "conv2 5 1 2", "pool2 3 2", "conv3 3 1 1", "conv4 3 1 1", "conv5 3 1 1",
    "pool5 3 2",
  ],
  vgg16: [224, ...[2, 2, 3, 3, 3].flatMap((count, block) => range(count + 1).map(
    (number) => (number < count ? `conv${block + 1}_${number + 1} 3 1 1` : `pool${block + 1} 2 2`)))],
  resnet18: resnet([2, 2, 2, 2], [3, 3]),
  resnet50: resnet([3, 4, 6, 3], [1, 3, 1]),
  dilated: [64, "d1 3 1 1 1", "d2 3 1 2 2", "d4 3 1 4 4", "d8 3 1 8 8"],
  gridding: [32, "g1 3 1 2 2", "g2 3 1 2 2", "g3 3 1 2 2"],
};
export const PRESET_NAMES = Object.keys(PRESETS);

export function preset(name) {
  const [side, ...rows] = PRESETS[name];
  return { input: both(side), layers: rows.map(layerOf) };
}

/** The layer of a row such as those above. */
export function layerOf(row) {
  const [name, ...sizes] = row.split(" ");
  return { name, ...byName(PARTS, (part, index) => both(Number(sizes[index] ?? PLAIN[part]))) };
}

const both = (size) => [size, size];

// ---- what is seen ---------------------------------------------------------------------------------

/**
 * The input and the map after each layer: { size, low, high, step }. Unit 0 sees input positions `low` to `high`,
 * the next unit `step` further on; positions below 0 or past the end are padding.
 */
export function levels(chain, axis) {
  let at = { size: chain.input[axis], low: 0, high: 0, step: 1 };
  return [at, ...chain.layers.map((layer) => {
    const padding = layer.padding[axis];
    at = {
      size: layer.size?.[axis] ?? Math.floor((at.size + 2 * padding - extent(layer, axis)) / layer.stride[axis]) + 1,
      low: at.low - padding * at.step,
      high: at.high + (extent(layer, axis) - 1 - padding) * at.step,
      step: at.step * layer.stride[axis],
    };
    return at;
  })];
}

export const sees = ({ low, high }) => high - low + 1;
export const windowOf = ({ low, high, step }, unit) => [low + unit * step, high + unit * step];
export const centre = (level, unit = 0) => sum(windowOf(level, unit)) / 2;

/**
 * In how many ways one place, `at` of the map after `layer` (end "map") or of the input, is reached from each place of
 * the other maps: a list of counts for the input and each map. From a unit, those of the input are its gradient when
 * every weight is 1. Zero padding between the layers ends a path.
 */
export function paths(chain, axis, layer, end, at) {
  const maps = levels(chain, axis).slice(0, layer + 2).map(({ size }) => new Array(size).fill(0));
  const isUp = end === "input";
  maps[isUp ? 0 : layer + 1][at] = 1;
  for (const step of range(layer + 1)) {
    const index = isUp ? step : layer - step;
    const [below, above, window] = [maps[index], maps[index + 1], chain.layers[index]];
    const taps = range(window.kernel[axis]);
    above.forEach((_, unit) => taps.forEach((tap) => {
      const place = placeOf(window, axis, unit, tap);
      if (!(place in below)) return;
      if (isUp) above[unit] += below[place];
      else below[place] += above[unit];
    }));
  }
  return maps;
}

/** [first, last] of each run of counts above 0. */
export function runs(counts) {
  const found = [];
  counts.forEach((count, index) => {
    if (count <= 0) return;
    if (counts[index - 1] > 0) found.at(-1)[1] = index;
    else found.push([index, index]);
  });
  return found;
}

/** Whether a unit far from every border leaves out pixels inside its window, by dilation or stride. */
export function hasGaps(chain, axis, layer) {
  const layers = chain.layers.slice(0, layer + 1).map((each) => ({ ...each, padding: [0, 0] }));
  const alone = { layers, input: chain.input.map(() => sees(levels(chain, axis)[layer + 1])) };
  return paths(alone, axis, layer, "map", 0)[0].includes(0);
}

/** Standard deviation in pixels of the ways to one unit: the variances of the windows add, (k² − 1)/12·(d·j)² each. */
export function deviation(chain, axis, layer) {
  const steps = levels(chain, axis);
  const variances = chain.layers.slice(0, layer + 1).map(({ kernel, dilation }, index) => (
    ((kernel[axis] ** 2 - 1) / 12) * (dilation[axis] * steps[index].step) ** 2));
  return Math.sqrt(sum(variances));
}

/** Share of all counts that lie at most `reach` from `middle`. */
export function shareWithin(counts, middle, reach) {
  const inside = counts.filter((_, at) => Math.abs(at - middle) <= reach);
  return sum(inside) / (sum(counts) || 1);
}

/** Side of a square of as many pixels as have over 4.55 % of the largest product of the counts of both axes. */
export function effectiveSide([rows, columns]) {
  const least = EFFECTIVE * Math.max(...rows) * Math.max(...columns);
  return Math.sqrt(sum(rows.map((row) => columns.filter((column) => row * column > least).length)));
}

/**
 * Whether some unit of the map after `layer` sees each of the `goal` pixels in the middle of one axis of the input:
 * { isMet, reason: "met", or else "short", "aside" or "gaps", unit, window, sees, step, by }. `unit` is the one that
 * comes nearest, `by` how many pixels it misses, or of "short" how many any misses.
 */
export function judge(chain, axis, layer, goal) {
  const level = levels(chain, axis)[layer + 1];
  const first = Math.floor((chain.input[axis] - goal) / 2);
  const last = first + goal - 1;
  const missing = range(level.size).map((each) => {
    const [low, high] = windowOf(level, each);
    return Math.max(low - first, 0) + Math.max(last - high, 0);
  });
  const covers = (each) => paths(chain, axis, layer, "map", each)[0].slice(first, first + goal).every(Boolean);
  const whole = missing.findIndex((pixels, each) => pixels === 0 && covers(each));
  const isMet = whole >= 0;
  const least = Math.min(...missing);
  const unit = isMet ? whole : missing.indexOf(least);
  const short = goal - sees(level);
  return {
    isMet, unit, window: windowOf(level, unit), sees: sees(level), step: level.step, by: short > 0 ? short : least,
    reason: isMet ? "met" : short > 0 ? "short" : least > 0 ? "aside" : "gaps",
  };
}

// ---- a profile ------------------------------------------------------------------------------------

/**
 * A row of a profile as a chain of one layer, whose window and step are what the row sees and its step; null where
 * that is not known. Where branches meet, not all in the window is seen.
 */
export function chainOfRow([, name, size, window, step, middle], input) {
  if (window === null) return null;
  const isAll = window === "all";
  return { input, layers: [{
    name, size: size ?? [1, 1], kernel: isAll ? input : window, stride: isAll ? [0, 0] : step, dilation: [1, 1],
    padding: isAll ? [0, 0] : window.map((length, axis) => Math.round((length - 1) / 2 - middle[axis])),
  }] };
}

// ---- what is legal --------------------------------------------------------------------------------

const INPUT = { layer: null, part: "input" };

/**
 * Why torch, or this widget, refuses `chain`; an empty list where it is legal, else the first problem: { reason:
 * "range", "fit" or "wide", layer, part, axes, axis, nearest, at, ...sizes }. Setting `part` of `layer` (null: the
 * input) to `nearest` along `axes` mends it with the smallest change; `nearest` is null where that is impossible. A
 * misfit of layer `at` is laid to `changed`, { layer, part } last touched, if it can be mended there.
 */
export function problems(chain, changed = null, linked = false) {
  const mend = (axis, targets, found) => {
    const axes = linked ? AXES : [axis];
    const mends = targets.map((target) => ({ ...target, axes, nearest: nearestLegal(chain, target, axes) }));
    return [{ ...found, axis, ...(mends.find(({ nearest }) => nearest !== null) ?? mends[0]) }];
  };
  for (const axis of AXES) {
    const target = outOfRange(chain, axis);
    if (!target) continue;
    const [min, max] = LIMITS[target.part];
    return mend(axis, [target], { reason: "range", at: target.layer, min, max });
  }
  const faults = AXES.map((axis) => faultOf(chain, axis));
  const [fault] = ["fit", "wide"].flatMap((reason) => faults.filter((each) => each?.reason === reason));
  if (!fault) return [];
  const { at, reason } = fault;
  const others = reason === "fit" ? [{ layer: at, part: "kernel" }, INPUT]
    : range(at + 1).reverse().flatMap((layer) => ["kernel", "stride"].map((part) => ({ layer, part })));
  return mend(faults.indexOf(fault), changed ? [changed, ...others] : others, fault);
}

/**
 * What is wrong with the first layer whose window is larger than its padded map, or whose units together span more
 * positions, padding included, than are drawn; null where nothing is.
 */
function faultOf(chain, axis) {
  const found = levels(chain, axis);
  const padded = (layer, index) => found[index].size + 2 * layer.padding[axis];
  let at = chain.layers.findIndex((layer, index) => padded(layer, index) < extent(layer, axis));
  const layer = chain.layers[at];
  if (layer) return { reason: "fit", at, extent: extent(layer, axis), padded: padded(layer, at) };
  const spans = found.map(({ size, low, high, step }) => high + (size - 1) * step - low + 1);
  at = spans.findIndex((span) => span > MAX_SPAN) - 1;
  return at < 0 ? null : { reason: "wide", at, span: spans[at + 1], most: MAX_SPAN };
}

/** The value of one part closest to the present one that makes `chain` legal along `axes`, or null. */
function nearestLegal(chain, target, axes) {
  const limits = LIMITS[target.part];
  const value = valueOf(chain, target)[axes[0]];
  const nearest = nearestWhole(value, limits, (candidate) => isLegal(withValue(chain, target, axes, candidate), axes));
  // Beside another fault, what is out of range goes to its nearest limit all the same.
  return nearest ?? (isWhole(value, limits) || !Number.isFinite(value) ? null : clamp(Math.round(value), ...limits));
}

export const valueOf = (chain, { layer, part }) => (layer === null ? chain.input : chain.layers[layer]?.[part]);

/** `chain` with one part of one layer, or of the input (layer null), set along `axes`. */
export function withValue(chain, { layer, part }, axes, value) {
  const put = (pair) => pair.map((old, axis) => (axes.includes(axis) ? value : old));
  if (layer === null) return { ...chain, input: put(chain.input) };
  const layers = chain.layers.map((each, index) => (index === layer ? { ...each, [part]: put(each[part]) } : each));
  return { ...chain, layers };
}

/** `chain` with the numbers of the height along both axes. */
export const squared = ({ input, layers }) => ({
  input: both(input[0]),
  layers: layers.map((layer) => ({ name: layer.name, ...byName(PARTS, (part) => both(layer[part][0])) })),
});

/** The first part of `chain` that is out of its range along `axis`. */
const outOfRange = (chain, axis) => [
  INPUT, ...chain.layers.flatMap((_, layer) => PARTS.map((part) => ({ layer, part }))),
].find((target) => !isWhole(valueOf(chain, target)[axis], LIMITS[target.part]));

const isLegal = (chain, axes) => axes.every((axis) => !outOfRange(chain, axis) && !faultOf(chain, axis));
