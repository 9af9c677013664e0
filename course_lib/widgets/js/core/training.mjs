// What a recorded run holds at one of its frames, and where its curves lie. No DOM and no words here.
// A record is what course_lib.widgets.training_values writes.
import { product } from "./arrays.mjs";
import { decode } from "./base64.mjs";

const isNumber = (value) => typeof value === "number" && Number.isFinite(value);

/** The frame of a record at `index`; null stands for the last. -1 where there is none. */
export const frameIndex = ({ frames }, index) => Math.min(index ?? Infinity, frames.length - 1);

/** { values: one Float64Array for each filter, largest, frame } as they were at frame `index` or before it. */
export function filtersAt({ filters }, index) {
  if (!filters || filters.frames.length === 0) return null;
  const kept = Math.max(0, filters.frames.findLastIndex((frame) => frame <= index));
  const each = product(filters.shape.slice(1));
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
  return at < 0 ? null : { loss: curve.loss[at], accuracy: curve.accuracy[at] };
}

/** The last epoch that had ended by `step`, with its number from 1, or null. */
export function epochAt({ epochs }, step) {
  const at = epochs.findLastIndex((epoch) => epoch.step <= step);
  return at < 0 ? null : { number: at + 1, ...epochs[at] };
}

/** [lowest, highest] of the numbers among `values`, a little apart even where they are all one; null without any. */
export function range(values) {
  const numbers = values.filter(isNumber);
  if (numbers.length === 0) return null;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return high > low ? [low, high] : [low - 0.5, high + 0.5];
}

/** SVG path through [x(xs), y(ys)], broken where there is no number. */
export function path(xs, ys, x, y) {
  return xs.map((each, at) => (isNumber(ys[at])
    ? `${isNumber(ys[at - 1]) ? "L" : "M"}${x(each).toFixed(1)} ${y(ys[at]).toFixed(1)}` : "")).join("");
}

/** Whether a frame has the share of dead ReLUs of some layer. */
export const hasDead = ({ frames }) => frames.some(({ dead }) => dead?.some(isNumber));
