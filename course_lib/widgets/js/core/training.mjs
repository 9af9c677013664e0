// What a recorded run holds at one of its frames, and where its curves lie. No DOM and no words here.
// A record is what course_lib.widgets.training_values writes.
import { decode } from "./base64.mjs";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** The frame of a record at `index`; null stands for the last. -1 where there is none. */
export const frameIndex = ({ frames }, index) => Math.min(index ?? Infinity, frames.length - 1);

/** { values: one Float64Array for each filter, largest, frame } as they were at frame `index` or before it. */
export function filtersAt({ filters }, index) {
  if (!filters || filters.frames.length === 0) return null;
  const kept = Math.max(0, filters.frames.findLastIndex((frame) => frame <= index));
  const each = filters.shape.slice(1).reduce((product, size) => product * size, 1);
  const whole = decode(filters.int8[kept], Int8Array);
  const scale = filters.scale[kept] / 127;
  const values = Array.from({ length: filters.shape[0] }, (_, filter) => (
    Float64Array.from(whole.subarray(filter * each, (filter + 1) * each), (value) => value * scale)));
  return { values, largest: filters.scale[kept], frame: filters.frames[kept] };
}

/** [{ image, label, said, share }] of the watched images that the network got wrong at frame `index`. */
export function wrongAt({ watch, frames }, index) {
  if (!watch || !frames[index]?.said) return [];
  const { said, share } = frames[index];
  return watch.labels
    .map((label, image) => ({ image, label, said: said[image], share: share[image] }))
    .filter((each) => each.label !== each.said);
}

/** { loss, accuracy } of the point of the curve that holds `step`, null before the first step. */
export function curveAt({ curve }, step) {
  const at = step > 0 ? curve.step.findIndex((last) => last >= step) : -1;
  return at < 0 ? null : { loss: curve.loss[at], accuracy: curve.accuracy[at], last: curve.step[at] };
}

/** The last epoch that had ended by `step`, with its number from 1, or null. */
export function epochAt({ epochs }, step) {
  const at = epochs.findLastIndex((epoch) => epoch.step <= step);
  return at < 0 ? null : { number: at + 1, ...epochs[at] };
}

/** [lowest, highest] of the numbers among `values`, a little apart even where they are all one; null without any. */
export function range(values, isLog = false) {
  const numbers = values.filter((value) => isNumber(value) && (!isLog || value > 0));
  if (numbers.length === 0) return null;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  if (high > low) return [low, high];
  return isLog ? [low / 2, high * 2] : [low - 0.5, high + 0.5];
}

/** Where `value` lies between `low` and `high`, 0 to 1. */
export function share(value, [low, high], isLog = false) {
  const of = isLog ? Math.log : (x) => x;
  return (of(value) - of(low)) / (of(high) - of(low));
}

/** SVG path through [x, y] for values within the ranges, broken where there is no number; y runs downward. */
export function path(xs, ys, { xRange, yRange, width, height, isLog = false }) {
  let isDrawing = false;
  return xs.map((x, at) => {
    const y = ys[at];
    if (!isNumber(y) || (isLog && y <= 0)) {
      isDrawing = false;
      return "";
    }
    const point = [width * share(x, xRange), height * (1 - share(y, yRange, isLog))].map((place) => place.toFixed(1));
    const letter = isDrawing ? "L" : "M";
    isDrawing = true;
    return `${letter}${point.join(" ")}`;
  }).join("");
}

/** About `count` round numbers from low to high. */
export function ticks([low, high], count = 4) {
  const rough = (high - low) / count;
  const ten = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * ten).find((each) => each >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}
