// What takes part: the pixels that a unit sees, or the units that a pixel reaches, along both axes. No DOM.
import * as core from "../core/receptive_field.mjs";

const AXES = [0, 1];

/**
 * For each axis { input, map, between, window }: in how many ways each place of the input, of the map of `layer`, and
 * of all maps `between` these, both included, is reached; `window` is [first, last] of a unit, null of a pixel. Null
 * where what the layer sees is not known.
 */
export function trace({ chain, layer, levels }, { end, cell }) {
  if (!chain) return null;
  return AXES.map((axis) => {
    const between = core.paths(chain, axis, layer, end, cell[axis]);
    const window = end === "map" ? core.windowOf(levels[axis], cell[axis]) : null;
    return { input: between[0], map: between.at(-1), between, window };
  });
}

/** By how much the windows from the first to the last hang over each border: [above, left, below, right]. */
export function overhang(firsts, lasts, input) {
  return [...AXES.map((axis) => Math.max(-firsts[axis][0], 0)),
    ...AXES.map((axis) => Math.max(lasts[axis][1] - input[axis] + 1, 0))];
}

/** The same of the windows of all units together. */
export function margins(levels, input) {
  const ends = (unit) => levels.map((level) => core.windowOf(level, unit(level)));
  return overhang(ends(() => 0), ends(({ size }) => size - 1), input);
}

/** The measure of the ways to one unit: spread, shares, effective side. */
export function ways({ chain, layer, levels }, cell, counts) {
  const deviation = AXES.map((axis) => core.deviation(chain, axis, layer));
  const middle = AXES.map((axis) => core.centre(levels[axis], cell[axis]));
  const share = (axis, reach) => core.shareWithin(counts[axis], middle[axis], reach);
  return {
    deviation, middle, within: AXES.map((axis) => share(axis, 2 * deviation[axis] + 1e-9)),
    half: share(0, core.sees(levels[0]) / 4) * share(1, core.sees(levels[1]) / 4), side: core.effectiveSide(counts),
  };
}

/** Counts of both axes as rows of shares of the largest product, summed over blocks: a side has 128 at most. */
export function tintOf(counts) {
  const block = Math.ceil(Math.max(...counts.map(({ length }) => length)) / 128);
  const [down, across] = counts.map((along) => {
    const sums = new Array(Math.ceil(along.length / block)).fill(0);
    along.forEach((count, at) => { sums[Math.floor(at / block)] += count; });
    return sums;
  });
  const largest = Math.max(...down) * Math.max(...across) || 1;
  return { rows: down.map((row) => across.map((column) => (row * column) / largest)), block };
}
