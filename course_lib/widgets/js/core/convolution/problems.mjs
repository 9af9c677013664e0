// Why torch, or this widget, refuses a `conv`, and the nearest value that both take.
import { clamp, closest, range } from "../arrays.mjs";
import { isWhole, nearestWhole } from "../window.mjs";
import {
  AXES, LIMITS, MAX_CELLS, MOST_CHANNELS, PARAMETERS, isAdaptive, isPool, isTransposed, layerOf, padsAlong, workOut,
} from "./sizes.mjs";

const COUNTS = range(MOST_CHANNELS).map((index) => index + 1);

/**
 * An empty list where `conv` is legal. Each problem: { reason, parameter, axes, axis, nearest, ...sizes }. Setting
 * `parameter` to `nearest` along `axes` mends it with the smallest change; `nearest` is null where that is impossible.
 * A problem of several parameters is laid to `changed`, the last one touched, if it can be mended there. `linked`:
 * height and width change together. Of a number that has no axes, such as groups, `axes` and `axis` are null.
 */
export function problems(given, changed = "kernel", linked = false) {
  const conv = layerOf(given);
  const counts = countProblems(conv, changed);
  if (counts.length) return counts;
  /** Lays the problem to the first of `candidates` that can mend it, or else mend this and leave another. */
  const problem = (reason, axis, candidates, sizes, axesToTry = [[axis]]) => {
    const usable = [...candidates, "padding"].filter((parameter) => PARAMETERS[conv.operation].includes(parameter));
    const passes = ["range", "cells"].includes(reason) ? [null] : [null, reason];
    const places = passes.flatMap((only) => usable.flatMap((parameter) => (linked ? [AXES] : axesToTry).map(
      (axes) => [parameter, axes, only])));
    const known = { reason, axis, ...sizes, nearest: null, parameter: places[0][0], axes: places[0][1] };
    for (const [parameter, axes, only] of places) {
      const nearest = nearestLegal(conv, parameter, axes, only);
      if (nearest !== null) return { ...known, parameter, axes, nearest };
    }
    return known;
  };
  let found = AXES.flatMap((axis) => outOfRange(conv, axis).map((parameter) => (
    problem("range", axis, [parameter], { min: LIMITS[parameter][0], max: LIMITS[parameter][1] }))));
  if (!found.length) {
    found = AXES.flatMap((axis) => {
      const [reason, mend, sizes] = fault(conv, axis) ?? [];
      const isAlone = reason === mend ? changed !== "padding" : reason === "fit" && changed === "stride";
      return reason ? problem(reason, axis, isAlone ? [mend] : [changed, mend], sizes) : [];
    });
  }
  // Beside another problem there is no output to count, but an input that is too large must not be drawn either.
  const [height, width] = conv.sides.map(({ padded }) => padded);
  const cells = found.length ? height * width : conv.cells;
  if (!(cells > MAX_CELLS)) return found;
  const longest = Number(width > height);
  return [...found, problem("cells", longest, [changed, "padding", "input"], { cells }, [[longest], AXES])];
}

/** A legal `conv`; the settings out of range, which its operation does not use, are those of `legal`. */
export function withLegalRest(conv, legal) {
  const wrong = Object.keys(LIMITS).filter((name) => !AXES.every((axis) => inRange(conv, name, axis)));
  return { ...conv, ...Object.fromEntries(wrong.map((name) => [name, legal[name]])) };
}

/** Whether torch and the widget take `given`. */
export function isAccepted(given) {
  const conv = layerOf(given);
  return countProblems(conv, "kernel").length === 0 && isLegal(conv, AXES);
}

function countProblems(conv, changed) {
  const about = (reason, parameter, legal, sizes) => {
    const nearest = Number.isFinite(conv[parameter]) ? closest(legal, conv[parameter]) : null;
    return [{ reason, parameter, axes: null, axis: null, nearest, ...sizes }];
  };
  const wrong = ["channels", "filters"].find((name) => !COUNTS.includes(conv[name]));
  if (wrong) return about("range", wrong, COUNTS, { min: 1, max: MOST_CHANNELS });
  if (divides(conv)) return [];
  const mends = (parameter) => COUNTS.filter((count) => divides({ ...conv, [parameter]: count }));
  const parameter = ["channels", "filters"].includes(changed) && mends(changed).length ? changed : "groups";
  return about("groups", parameter, mends(parameter), conv);
}

const divides = ({ channels, filters, groups }) => (
  COUNTS.includes(groups) && channels % groups === 0 && filters % groups === 0);

/** The numbers of groups that are possible: from dense to depthwise. */
export const groupChoices = (conv) => COUNTS.filter((groups) => divides({ ...conv, groups }));

/** What torch refuses along one axis though each number is in its range: [reason, parameter that mends it, sizes]. */
function fault(conv, axis) {
  const { input, kernel, stride, dilation, extra, pads: [before, after], padded, extent, output } = conv.sides[axis];
  const isSame = conv.padding === "same";
  if (isAdaptive(conv)) return null;
  if (conv.operation !== "conv2d" && (isSame || before !== after)) return ["sides", "padding"];
  if (isSame && stride !== 1) return ["stride", "stride", { stride }];
  const most = { reflect: input - 1, circular: input }[conv.padding_mode];
  if (Math.max(before, after) > most) return ["mode", "padding", { mode: conv.padding_mode, most }];
  if (isTransposed(conv)) {
    if (extra >= Math.max(stride, dilation)) return ["extra", "output_padding", { stride, dilation }];
    return output >= 1 ? null : ["small", "padding", { output }];
  }
  const half = Math.floor(kernel / 2);
  if (isPool(conv) && before > half) return ["half", "padding", { half }];
  return extent <= padded ? null : ["fit", "kernel", { kernel, dilation, extent, padded }];
}

/**
 * The value of `parameter` closest to the present one that makes `conv` legal along `axes`, or null; with `only` a
 * reason, all others may remain.
 */
function nearestLegal(conv, parameter, axes, only) {
  const value = parameter === "padding" ? conv.sides[axes[0]].pads[0] : conv[parameter][axes[0]];
  if (!Number.isFinite(value)) return null;
  const isHopeless = axes.some((axis) => outOfRange(conv, axis).some((name) => name !== parameter));
  const nearest = isHopeless ? null : nearestWhole(value, LIMITS[parameter],
    (candidate) => isLegal(workOut(withValue(conv, parameter, axes, candidate)), axes, only));
  return nearest ?? (inRange(conv, parameter, axes[0]) ? null : clamp(Math.round(value), ...LIMITS[parameter]));
}

/** `conv` with one parameter set along `axes`, on both sides; a padding of "same" becomes numbers. */
export function withValue(conv, parameter, axes, value) {
  const old = conv[parameter] === "same" ? AXES.map((axis) => padsAlong(conv, axis)[0]) : conv[parameter];
  const set = (given) => (Array.isArray(given) ? [value, value] : value);
  return { ...conv, [parameter]: old.map((given, axis) => (axes.includes(axis) ? set(given) : given)) };
}

function isLegal(conv, axes, only) {
  if (!axes.every((axis) => isLegalAlong(conv, axis, only))) return false;
  return !AXES.every((axis) => isLegalAlong(conv, axis)) || conv.cells <= MAX_CELLS;
}

function isLegalAlong(conv, axis, only = null) {
  if (outOfRange(conv, axis).length) return false;
  const found = fault(conv, axis);
  return found === null || (only !== null && found[0] !== only);
}

const outOfRange = (conv, axis) => PARAMETERS[conv.operation].filter((parameter) => !inRange(conv, parameter, axis));

const inRange = (conv, parameter, axis) => [conv[parameter] === "same" ? 0 : conv[parameter][axis]].flat()
  .every((value) => isWhole(value, LIMITS[parameter]));
