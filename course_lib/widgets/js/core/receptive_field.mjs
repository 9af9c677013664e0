// What part of the input each unit of a chain of sliding windows sees, which units each input pixel reaches, and
// which chains torch refuses. Arithmetic: Araujo, Norris and Sim, Distill 2019. No DOM and no words here.
// A chain is { input: [H, W], layers: [{ name, kernel, stride, padding, dilation }] }, each part a [height, width]
// pair; course_lib/widgets/receptive_field_rules.py has the same rules.

const AXES = [0, 1];
export const PARTS = ["kernel", "stride", "padding", "dilation"];
const PLAIN = { stride: 1, padding: 0, dilation: 1 };
export const LIMITS = { input: [1, 512], kernel: [1, 64], stride: [1, 64], padding: [0, 64], dilation: [1, 64] };
export const MAX_LAYERS = 64;
export const MAX_SPAN = 4096; // positions along an axis, padding included, that are drawn
const EFFECTIVE = 1 - 0.9545; // of the largest value: Luo et al., arXiv 1701.04128, section 3

// ---- presets --------------------------------------------------------------------------------------

/** The trunk of a ResNet: `convs` are kernel and stride within a block; the first stride 2 waits for conv3. */
function resnet(blocks, convs) {
  const rows = ["conv1 7 2 3", "pool1 3 2 1"];
  blocks.forEach((count, index) => range(count).forEach((block) => convs.forEach(([kernel, halves], at) => {
    const stride = halves && index > 0 && block === 0 ? 2 : 1;
    rows.push(`conv${index + 2}_${block + 1}${"abc"[at]} ${kernel} ${stride} ${Math.floor(kernel / 2)}`);
  })));
  return rows.join(", ");
}

const vgg = [2, 2, 3, 3, 3].flatMap((count, block) => range(count + 1).map(
  (number) => (number < count ? `conv${block + 1}_${number + 1} 3 1 1` : `pool${block + 1} 2 2`))).join(", ");

// Input side, and the layers as "name kernel stride padding dilation", whose ends may be left out where plain.
const PRESETS = {
  lenet5: [28, "c1 5 1 2, s2 2 2, c3 5, s4 2 2, c5 5"],
  alexnet: [224, "conv1 11 4 2, pool1 3 2, conv2 5 1 2, pool2 3 2, conv3 3 1 1, conv4 3 1 1, conv5 3 1 1, pool5 3 2"],
  vgg16: [224, vgg],
  resnet18: [224, resnet([2, 2, 2, 2], [[3, true], [3, false]])],
  resnet50: [224, resnet([3, 4, 6, 3], [[1, true], [3, false], [1, false]])],
  dilated: [64, "d1 3 1 1 1, d2 3 1 2 2, d4 3 1 4 4, d8 3 1 8 8"],
  gridding: [32, "g1 3 1 2 2, g2 3 1 2 2, g3 3 1 2 2"],
};
export const PRESET_NAMES = Object.keys(PRESETS);

export function preset(name) {
  const [side, text] = PRESETS[name];
  const layers = text.split(", ").map((row) => {
    const [label, ...sizes] = row.split(" ");
    const value = (part, index) => (index < sizes.length ? Number(sizes[index]) : PLAIN[part]);
    return layerOf(label, Object.fromEntries(PARTS.map((part, index) => [part, value(part, index)])));
  });
  return { input: [side, side], layers };
}

/** A layer with the same numbers along both axes. */
export function layerOf(name, parts) {
  return { name, ...Object.fromEntries(PARTS.map((part) => [part, [parts[part], parts[part]]])) };
}

// ---- what is seen ---------------------------------------------------------------------------------

/** Rows or columns from the first tap of the window to its last. */
export function extent(layer, axis) {
  return layer.dilation[axis] * (layer.kernel[axis] - 1) + 1;
}

/**
 * The input and the map after each layer: { size, low, high, step }. Unit 0 sees input positions `low` to `high`,
 * the next unit `step` further on; positions below 0 or past the end are padding.
 */
export function levels(chain, axis) {
  let at = { size: chain.input[axis], low: 0, high: 0, step: 1 };
  return [at, ...chain.layers.map((layer) => {
    const padding = layer.padding[axis];
    at = {
      size: Math.floor((at.size + 2 * padding - extent(layer, axis)) / layer.stride[axis]) + 1,
      low: at.low - padding * at.step,
      high: at.high + (extent(layer, axis) - 1 - padding) * at.step,
      step: at.step * layer.stride[axis],
    };
    return at;
  })];
}

export const sees = ({ low, high }) => high - low + 1;
export const centre = ({ low, high, step }, unit = 0) => (low + high) / 2 + unit * step;
export const windowOf = ({ low, high, step }, unit) => [low + unit * step, high + unit * step];

/**
 * In how many ways `unit` of the map after `layer` is reached from each unit of the maps before it: a list of counts
 * for the input and each map. Those of the input are the gradient of the unit when every weight is 1. Zero padding
 * between the layers ends a path.
 */
export function pathsDown(chain, axis, layer, unit) {
  const sizes = levels(chain, axis).map(({ size }) => size);
  const found = [oneOf(sizes[layer + 1], unit)];
  for (let index = layer; index >= 0; index--) {
    const below = new Array(sizes[index]).fill(0);
    eachTap(chain.layers[index], axis, found[0], below.length, (from, at) => { below[at] += found[0][from]; });
    found.unshift(below);
  }
  return found;
}

/** The same the other way: in how many ways the input position `pixel` reaches each unit, up to the map of `layer`. */
export function pathsUp(chain, axis, layer, pixel) {
  const sizes = levels(chain, axis).map(({ size }) => size);
  const found = [oneOf(sizes[0], pixel)];
  for (let index = 0; index <= layer; index++) {
    const above = new Array(sizes[index + 1]).fill(0);
    eachTap(chain.layers[index], axis, above, found[index].length, (to, at) => { above[to] += found[index][at]; });
    found.push(above);
  }
  return found;
}

function eachTap(layer, axis, above, size, visit) {
  const [kernel, stride, padding, dilation] = PARTS.map((part) => layer[part][axis]);
  for (let unit = 0; unit < above.length; unit++) {
    for (let tap = 0; tap < kernel; tap++) {
      const at = unit * stride - padding + tap * dilation;
      if (at >= 0 && at < size) visit(unit, at);
    }
  }
}

const oneOf = (size, index) => range(size).map((each) => Number(each === index));

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
  let seen = [1]; // by the unit, at the map that is reached so far, from its first place to its last
  for (let index = layer; index >= 0; index--) {
    const { kernel, stride, dilation } = chain.layers[index];
    const below = new Array((seen.length - 1) * stride[axis] + extent(chain.layers[index], axis)).fill(0);
    seen.forEach((isSeen, place) => {
      if (!isSeen) return;
      for (let tap = 0; tap < kernel[axis]; tap++) below[place * stride[axis] + tap * dilation[axis]] = 1;
    });
    seen = below;
  }
  return seen.includes(0);
}

/** Standard deviation in pixels of the ways to one unit: the variances of the windows add, (k² − 1)/12·(d·j)² each. */
export function deviation(chain, axis, layer) {
  const steps = levels(chain, axis);
  const variances = chain.layers.slice(0, layer + 1).map(({ kernel, dilation }, index) => (
    ((kernel[axis] ** 2 - 1) / 12) * (dilation[axis] * steps[index].step) ** 2));
  return Math.sqrt(variances.reduce((sum, variance) => sum + variance, 0));
}

/** Share of all counts that lie at most `reach` from `middle`. */
export function shareWithin(counts, middle, reach) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const inside = counts.reduce((sum, count, at) => sum + (Math.abs(at - middle) <= reach ? count : 0), 0);
  return total ? inside / total : 0;
}

/** Side of a square of as many pixels as have over 4.55 % of the largest product of the counts of both axes. */
export function effectiveSide([rows, columns]) {
  const least = EFFECTIVE * Math.max(...rows) * Math.max(...columns);
  const many = rows.reduce((sum, row) => sum + columns.filter((column) => row * column > least).length, 0);
  return Math.sqrt(many);
}

/**
 * Whether some unit of the map after `layer` sees each of the `goal` pixels in the middle of one axis of the input:
 * { isMet, reason: "short", "aside" or "gaps", unit, window, pixels }. `unit` is the one that comes nearest.
 */
export function judge(chain, axis, layer, goal) {
  const level = levels(chain, axis)[layer + 1];
  const first = Math.floor((chain.input[axis] - goal) / 2);
  const pixels = [first, first + goal - 1];
  const missing = (unit) => {
    const [low, high] = windowOf(level, unit);
    return Math.max(low - pixels[0], 0) + Math.max(pixels[1] - high, 0);
  };
  const unit = range(level.size).reduce((best, each) => (missing(each) < missing(best) ? each : best), 0);
  const found = { unit, window: windowOf(level, unit), pixels, sees: sees(level), step: level.step };
  if (sees(level) < goal) return { ...found, isMet: false, reason: "short", by: goal - sees(level) };
  if (missing(unit) > 0) return { ...found, isMet: false, reason: "aside", by: missing(unit) };
  const covers = (each) => pathsDown(chain, axis, layer, each)[0].slice(first, first + goal).every(Boolean);
  const whole = range(level.size).find((each) => missing(each) === 0 && covers(each));
  if (whole === undefined) return { ...found, isMet: false, reason: "gaps" };
  return { ...found, isMet: true, unit: whole, window: windowOf(level, whole) };
}

// ---- a profile ------------------------------------------------------------------------------------

/** A row of a profile along one axis as a level, or null where its window is not known. */
export function levelOf([, , size, window, step, middle], input, axis) {
  if (window === null) return null;
  if (window === "all") return { size: size ? size[axis] : 1, low: 0, high: input[axis] - 1, step: 0 };
  const low = Math.round(middle[axis] - (window[axis] - 1) / 2);
  return { size: size[axis], low, high: low + window[axis] - 1, step: step[axis] };
}

/** 1 for each of `size` input pixels that lie in the window of `unit`, else 0. */
export function seenBy(level, unit, size) {
  const [low, high] = windowOf(level, unit);
  return range(size).map((at) => Number(at >= low && at <= high));
}

/** 1 for each unit whose window holds `pixel`, else 0. */
export function reachedFrom(level, pixel) {
  return range(level.size).map((unit) => {
    const [low, high] = windowOf(level, unit);
    return Number(pixel >= low && pixel <= high);
  });
}

// ---- what is legal --------------------------------------------------------------------------------

/**
 * Why torch, or this widget, refuses `chain`; an empty list where it is legal. Each problem: { reason: "range", "fit"
 * or "wide", layer, part, axes, axis, nearest, at, ...sizes }. Setting `part` of `layer` (null: the input) to `nearest`
 * along `axes` mends it with the smallest change; `nearest` is null where that is impossible. A misfit of layer `at`
 * is laid to `changed`, { layer, part } last touched, if it can be mended there.
 */
export function problems(chain, changed = null, linked = false) {
  const targets = [{ layer: null, part: "input" },
    ...chain.layers.flatMap((_, layer) => PARTS.map((part) => ({ layer, part })))];
  const outside = AXES.flatMap((axis) => targets
    .filter((target) => !inRange(target.part, valueOf(chain, target)[axis]))
    .map((target) => mend(chain, axis, linked, [target], {
      reason: "range", at: target.layer, min: LIMITS[target.part][0], max: LIMITS[target.part][1],
    })));
  if (outside.length) return linked ? outside.filter(({ axis }) => axis === 0) : outside;
  const misfits = AXES.filter((axis) => misfit(chain, axis) !== null).map((axis) => {
    const at = misfit(chain, axis);
    const layer = chain.layers[at];
    const padded = levels(chain, axis)[at].size + 2 * layer.padding[axis];
    const where = [changed, { layer: at, part: "kernel" }, { layer: null, part: "input" }].filter(Boolean);
    return mend(chain, axis, linked, where, { reason: "fit", at, extent: extent(layer, axis), padded });
  });
  const found = misfits.length ? misfits : AXES.filter((axis) => tooWide(chain, axis) !== null).map((axis) => {
    const at = tooWide(chain, axis);
    const others = range(at + 1).reverse().flatMap((layer) => ["kernel", "stride"].map((part) => ({ layer, part })));
    const sizes = { span: span(levels(chain, axis)[at + 1]), most: MAX_SPAN };
    return mend(chain, axis, linked, [changed, ...others].filter(Boolean), { reason: "wide", at, ...sizes });
  });
  return linked ? found.slice(0, 1) : found;
}

/** Index of the first layer whose window is larger than its padded map, or null. */
export function misfit(chain, axis) {
  let size = chain.input[axis];
  for (const [index, layer] of chain.layers.entries()) {
    const room = size + 2 * layer.padding[axis] - extent(layer, axis);
    if (room < 0) return index;
    size = Math.floor(room / layer.stride[axis]) + 1;
  }
  return null;
}

/** Positions from the first that a unit of a map sees to the last, padding included. */
const span = ({ size, low, high, step }) => high + (size - 1) * step - low + 1;

/** Index of the first layer whose units together span more positions than are drawn, or null. */
function tooWide(chain, axis) {
  const at = levels(chain, axis).slice(1).findIndex((level) => span(level) > MAX_SPAN);
  return at < 0 ? null : at;
}

function mend(chain, axis, linked, targets, found) {
  const axes = linked ? AXES : [axis];
  const mends = targets.map((target) => ({ ...target, axes, nearest: nearestLegal(chain, target, axes) }));
  return { ...found, axis, ...(mends.find(({ nearest }) => nearest !== null) ?? mends[0]) };
}

/** The value of one part closest to the present one that makes `chain` legal along `axes`, or null. */
function nearestLegal(chain, target, axes) {
  const [min, max] = LIMITS[target.part];
  const value = valueOf(chain, target)[axes[0]];
  if (!Number.isFinite(value)) return null;
  const start = Math.min(Math.max(Math.floor(value + 0.5), min), max);
  const isFit = (candidate) => candidate >= min && candidate <= max
    && isLegal(withValue(chain, target, axes, candidate), axes);
  for (let distance = 0; distance <= max - min; distance++) {
    for (const candidate of [start - distance, start + distance]) if (isFit(candidate)) return candidate;
  }
  return inRange(target.part, value) ? null : start;
}

const valueOf = (chain, { layer, part }) => (layer === null ? chain.input : chain.layers[layer][part]);

/** `chain` with one part of one layer, or of the input (layer null), set along `axes`. */
export function withValue(chain, { layer, part }, axes, value) {
  const put = (pair) => pair.map((old, axis) => (axes.includes(axis) ? value : old));
  if (layer === null) return { ...chain, input: put(chain.input) };
  const layers = chain.layers.map((each, index) => (index === layer ? { ...each, [part]: put(each[part]) } : each));
  return { ...chain, layers };
}

/** `chain` with the numbers of the height along both axes. */
export function squared({ input, layers }) {
  const both = ([rows]) => [rows, rows];
  const parts = (layer) => Object.fromEntries(PARTS.map((part) => [part, both(layer[part])]));
  return { input: both(input), layers: layers.map((layer) => ({ ...layer, ...parts(layer) })) };
}

function isLegal(chain, axes) {
  const fits = (axis) => inRange("input", chain.input[axis])
    && chain.layers.every((layer) => PARTS.every((part) => inRange(part, layer[part][axis])))
    && misfit(chain, axis) === null && tooWide(chain, axis) === null;
  return axes.every(fits);
}

function inRange(part, value) {
  return Number.isInteger(value) && value >= LIMITS[part][0] && value <= LIMITS[part][1];
}

function range(length) { return Array.from({ length }, (_, index) => index); }
