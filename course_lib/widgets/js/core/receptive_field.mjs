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
    return layerOf(label, tableOf(PARTS, value));
  });
  return { input: [side, side], layers };
}

/** A layer with the same numbers along both axes. */
export function layerOf(name, parts) {
  return { name, ...tableOf(PARTS, (part) => [parts[part], parts[part]]) };
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
      size: layer.size?.[axis] ?? Math.floor((at.size + 2 * padding - extent(layer, axis)) / layer.stride[axis]) + 1,
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
    const [below, above] = [maps[index], maps[index + 1]];
    const [kernel, stride, padding, dilation] = PARTS.map((part) => chain.layers[index][part][axis]);
    for (let unit = 0; unit < above.length; unit++) {
      for (let tap = 0; tap < kernel; tap++) {
        const place = unit * stride - padding + tap * dilation;
        if (place < 0 || place >= below.length) continue;
        if (isUp) above[unit] += below[place];
        else below[place] += above[unit];
      }
    }
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
 * { isMet, reason: "short", "aside" or "gaps", unit, window, sees, step }. `unit` is the one that comes nearest.
 */
export function judge(chain, axis, layer, goal) {
  const level = levels(chain, axis)[layer + 1];
  const first = Math.floor((chain.input[axis] - goal) / 2);
  const last = first + goal - 1;
  const missing = (unit) => {
    const [low, high] = windowOf(level, unit);
    return Math.max(low - first, 0) + Math.max(last - high, 0);
  };
  const unit = range(level.size).reduce((best, each) => (missing(each) < missing(best) ? each : best), 0);
  const found = { unit, window: windowOf(level, unit), sees: sees(level), step: level.step };
  if (sees(level) < goal) return { ...found, isMet: false, reason: "short", by: goal - sees(level) };
  if (missing(unit) > 0) return { ...found, isMet: false, reason: "aside", by: missing(unit) };
  const covers = (each) => paths(chain, axis, layer, "map", each)[0].slice(first, first + goal).every(Boolean);
  const whole = range(level.size).find((each) => missing(each) === 0 && covers(each));
  if (whole === undefined) return { ...found, isMet: false, reason: "gaps" };
  return { ...found, isMet: true, unit: whole, window: windowOf(level, whole) };
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

/**
 * Why torch, or this widget, refuses `chain`; an empty list where it is legal, else the first problem: { reason:
 * "range", "fit" or "wide", layer, part, axes, axis, nearest, at, ...sizes }. Setting `part` of `layer` (null: the
 * input) to `nearest` along `axes` mends it with the smallest change; `nearest` is null where that is impossible. A
 * misfit of layer `at` is laid to `changed`, { layer, part } last touched, if it can be mended there.
 */
export function problems(chain, changed = null, linked = false) {
  const input = { layer: null, part: "input" };
  const mend = (axis, targets, found) => {
    const axes = linked ? AXES : [axis];
    const mends = targets.map((target) => ({ ...target, axes, nearest: nearestLegal(chain, target, axes) }));
    return [{ ...found, axis, ...(mends.find(({ nearest }) => nearest !== null) ?? mends[0]) }];
  };
  const all = [input, ...chain.layers.flatMap((_, layer) => PARTS.map((part) => ({ layer, part })))];
  for (const axis of AXES) {
    const target = all.find((each) => !inRange(each.part, valueOf(chain, each)[axis]));
    const [min, max] = LIMITS[target?.part] ?? [];
    if (target) return mend(axis, [target], { reason: "range", at: target.layer, min, max });
  }
  const faults = AXES.map((axis) => faultOf(chain, axis));
  const [fault] = ["fit", "wide"].flatMap((reason) => faults.filter((each) => each?.reason === reason));
  if (!fault) return [];
  const { at, reason } = fault;
  const others = reason === "fit" ? [{ layer: at, part: "kernel" }, input]
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

export const valueOf = (chain, { layer, part }) => (layer === null ? chain.input : chain.layers[layer][part]);

/** `chain` with one part of one layer, or of the input (layer null), set along `axes`. */
export function withValue(chain, { layer, part }, axes, value) {
  const put = (pair) => pair.map((old, axis) => (axes.includes(axis) ? value : old));
  if (layer === null) return { ...chain, input: put(chain.input) };
  const layers = chain.layers.map((each, index) => (index === layer ? { ...each, [part]: put(each[part]) } : each));
  return { ...chain, layers };
}

/** `chain` with the numbers of the height along both axes. */
export function squared({ input: [side], layers }) {
  const firsts = (layer) => tableOf(PARTS, (part) => layer[part][0]);
  return { input: [side, side], layers: layers.map((layer) => layerOf(layer.name, firsts(layer))) };
}

const isLegal = (chain, axes) => axes.every((axis) => inRange("input", chain.input[axis])
  && chain.layers.every((layer) => PARTS.every((part) => inRange(part, layer[part][axis]))) && !faultOf(chain, axis));

function inRange(part, value) {
  return Number.isInteger(value) && value >= LIMITS[part][0] && value <= LIMITS[part][1];
}

/** { name: what `make(name, index)` gives }. */
export function tableOf(names, make) {
  return Object.fromEntries(names.map((name, index) => [name, make(name, index)]));
}

function range(length) { return Array.from({ length }, (_, index) => index); }
