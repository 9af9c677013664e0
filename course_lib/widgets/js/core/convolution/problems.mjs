// Why torch, or this widget, refuses a `conv`, and the nearest value that both take.
import {
  AXES, LIMITS, MAX_CELLS, MOST_CHANNELS, PARAMETERS, area, cellCount, extent, framePads, isPool,
  isTransposed, layerOf, outputSize, paddedSize, pads, range,
} from "./sizes.mjs";

/**
 * An empty list where `conv` is legal.
 * Each problem: { parameter, axes, nearest, reason, axis, ...sizes }. Setting `parameter` to `nearest` along
 * `axes` mends it with the smallest change; `nearest` is null where that is impossible. A problem of several
 * parameters is laid to `changed`, the last one touched, if it can be mended there. `linked`: height and
 * width change together. A number that has no axes, such as groups, has `axes` null.
 */
export function problems(given, changed = "kernel", linked = false) {
  const conv = layerOf(given);
  const counts = countProblems(conv, changed);
  if (counts.length) return counts;
  const context = { conv, changed, linked };
  let found = AXES.flatMap((axis) => rangeProblems(context, axis));
  if (!found.length) found = AXES.flatMap((axis) => faultProblems(context, axis));
  // Beside another problem there is no output to count, but an input that is too large must not be drawn either.
  const cells = found.length ? area(conv, paddedSize) : cellCount(conv);
  if (!(cells > MAX_CELLS)) return found;
  const longest = paddedSize(conv, 1) > paddedSize(conv, 0) ? 1 : 0;
  const sizes = { cells, most: MAX_CELLS };
  return [...found, problem(context, "cells", longest, [changed, "padding", "input"], sizes, [[longest], AXES])];
}

/** A legal `conv` whose settings that its operation does not use are those of `legal` where they are out of range. */
export function withLegalRest(conv, legal) {
  const wrong = Object.keys(LIMITS).filter((name) => !PARAMETERS[conv.operation].includes(name)
    && AXES.some((axis) => !inRange(conv, name, axis)));
  return { ...conv, ...Object.fromEntries(wrong.map((name) => [name, legal[name]])) };
}

/** Whether torch and the widget take `given`. */
export function isAccepted(given) {
  const conv = layerOf(given);
  return countProblems(conv, "kernel").length === 0 && isLegal(conv, AXES);
}

function countProblems(conv, changed) {
  const wrong = ["channels", "filters"].find((name) => !(Number.isInteger(conv[name]) && conv[name] >= 1
    && conv[name] <= MOST_CHANNELS));
  if (wrong) {
    const value = conv[wrong];
    const nearest = Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 1), MOST_CHANNELS) : null;
    return [{ reason: "count", parameter: wrong, axes: null, axis: null, nearest, value, max: MOST_CHANNELS }];
  }
  if (divides(conv, conv.groups)) return [];
  const { groups, channels, filters } = conv;
  const parameter = changed === "channels" || changed === "filters" ? changed : "groups";
  const legal = parameter === "groups" ? groupChoices(conv)
    : range(MOST_CHANNELS).map((index) => index
      + 1).filter((count) => divides({ ...conv, [parameter]: count }, groups));
  const far = (count) => Math.abs(count - conv[parameter]);
  const nearest = legal.length ? legal.reduce((best, count) => (far(count) < far(best) ? count : best)) : null;
  if (nearest === null || !Number.isFinite(conv[parameter])) return countProblems(conv, "groups");
  return [{ reason: "groups", parameter, axes: null, axis: null, nearest, groups, channels, filters }];
}

const divides = ({ channels, filters }, groups) => groups >= 1 && channels % groups === 0 && filters % groups === 0;

/** The numbers of groups that are possible: from dense to depthwise. */
export function groupChoices(conv) {
  return range(MOST_CHANNELS).map((index) => index + 1).filter((groups) => divides(conv, groups));
}

function rangeProblems(context, axis) {
  const outside = PARAMETERS[context.conv.operation].filter((parameter) => !inRange(context.conv, parameter, axis));
  return outside.map((parameter) => {
    const [min, max] = LIMITS[parameter];
    const value = [context.conv[parameter][axis]].flat().find((each) => !(Number.isInteger(each) && each >= min));
    const sizes = { value: value ?? context.conv[parameter][axis], min, max };
    return problem(context, "range", axis, [parameter], sizes);
  });
}

function faultProblems(context, axis) {
  const { conv, changed } = context;
  const found = fault(conv, axis);
  if (!found) return [];
  const { reason, mend, ...sizes } = found;
  const candidates = reason === "fit" && changed === "stride" ? mend
    : reason === "same-stride" && changed !== "padding" ? mend : [changed, ...mend];
  return [problem(context, reason, axis, candidates, sizes)];
}

/** What torch refuses along one axis though each number is in its range: { reason, mend: parameters, ...sizes }. */
function fault(conv, axis) {
  const [kernel, stride, dilation] = ["kernel", "stride", "dilation"].map((name) => conv[name][axis]);
  const [before, after] = pads(conv, axis);
  const sizes = { input: conv.input[axis], kernel, dilation, stride, padding: before === after ? before
    : [before, after] };
  if (conv.operation.startsWith("adaptive")) return null;
  if (conv.operation !== "conv2d" && (conv.padding === "same" || before !== after)) {
    return { reason: "sides", mend: ["padding"] };
  }
  if (conv.padding === "same" && stride !== 1) return { reason: "same-stride", mend: ["stride"], stride };
  const most = { reflect: sizes.input - 1, circular: sizes.input }[conv.padding_mode] ?? Infinity;
  if (Math.max(...framePads(conv, axis)) > most) {
    return { reason: "mode", mend: ["padding"], ...sizes, mode: conv.padding_mode, most };
  }
  if (isTransposed(conv)) {
    const extra = conv.output_padding[axis];
    if (extra >= Math.max(stride, dilation)) {
      return { reason: "output-padding", mend: ["output_padding"], ...sizes, extra };
    }
    const output = outputSize(conv, axis);
    return output >= 1 ? null : { reason: "small", mend: ["padding"], ...sizes, output };
  }
  const half = Math.floor(kernel / 2);
  if (isPool(conv) && before > half) return { reason: "half", mend: ["padding"], ...sizes, half };
  if (extent(conv, axis) <= paddedSize(conv, axis)) return null;
  return { reason: "fit", mend: ["kernel"], ...sizes, extent: extent(conv, axis), padded: paddedSize(conv, axis) };
}

/** Lays the problem to the first of `candidates` that can mend it, or else mend this and leave another. */
function problem({ conv, linked }, reason, axis, candidates, sizes, axesToTry = [[axis]]) {
  const usable = [...candidates, "padding"].filter((parameter) => PARAMETERS[conv.operation].includes(parameter));
  const passes = ["range", "cells"].includes(reason) ? [null] : [null, reason];
  const mends = passes.flatMap((only) => usable.flatMap((parameter) => (linked ? [AXES] : axesToTry)
    .map((axes) => ({ parameter, axes, nearest: nearestLegal(conv, parameter, axes, only) }))));
  return { reason, axis, ...sizes, ...(mends.find(({ nearest }) => nearest !== null) ?? mends[0]) };
}

/**
 * The value of `parameter` closest to the present one that makes `conv` legal along `axes`, or null; with `only` a
 * reason, all others may remain.
 */
function nearestLegal(conv, parameter, axes, only) {
  const [min, max] = LIMITS[parameter];
  const [value] = conv[parameter] === "same" ? pads(conv, axes[0]) : [conv[parameter][axes[0]]].flat();
  if (!Number.isFinite(value)) return null;
  const isFit = (candidate) => candidate >= min && candidate <= max
    && isLegal(withValue(conv, parameter, axes, candidate), axes, only);
  const inside = clamp(Math.round(value), min, max);
  if (isFit(inside)) return inside;
  const others = PARAMETERS[conv.operation].filter((name) => name !== parameter);
  const isHopeless = !axes.every((axis) => others.every((name) => inRange(conv, name, axis)));
  const farthest = isHopeless ? -1 : Math.min(max - min, MAX_CELLS);
  // A padding, kernel or dilation beyond MAX_CELLS that `inside` rules out is out too.
  const start = Math.min(inside, MAX_CELLS);
  for (let distance = 1; distance <= farthest; distance++) {
    for (const candidate of [start - distance, start + distance]) if (isFit(candidate)) return candidate;
  }
  return inRange(conv, parameter, axes[0]) ? null : inside;
}

/** `conv` with one parameter set along `axes`; a padding of "same" becomes numbers. */
export function withValue(conv, parameter, axes, value) {
  const old = conv[parameter] === "same" ? AXES.map((axis) => pads(conv, axis)[0]) : conv[parameter];
  return { ...conv, [parameter]: old.map((number, axis) => (axes.includes(axis) ? value : number)) };
}

function isLegal(conv, axes, only) {
  if (!axes.every((axis) => isLegalAlong(conv, axis, only))) return false;
  return !AXES.every((axis) => isLegalAlong(conv, axis)) || cellCount(conv) <= MAX_CELLS;
}

function isLegalAlong(conv, axis, only = null) {
  if (!PARAMETERS[conv.operation].every((parameter) => inRange(conv, parameter, axis))) return false;
  const found = fault(conv, axis);
  return found === null || (only !== null && found.reason !== only);
}

function inRange(conv, parameter, axis) {
  const [min, max] = LIMITS[parameter];
  const value = conv[parameter] === "same" ? 0 : conv[parameter][axis];
  const isInside = (one) => Number.isInteger(one) && one >= min && one <= max;
  return Array.isArray(value) ? value.every(isInside) : isInside(value);
}

const clamp = (value, min, max) => Math.min(Math.max(value, min), max);
