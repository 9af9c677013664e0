// What takes part: the pixels that a unit sees, or the units that a pixel reaches, along both axes. No DOM.
import { product, range, sum } from "../core/arrays.mjs";
import * as core from "../core/receptive_field.mjs";

/**
 * For each axis { input, map, between, window }: in how many ways each place of the input, of the map of `layer`, and
 * of all maps `between` these, both included, is reached; `window` is [first, last] of a unit, null of a pixel. Null
 * where what the layer sees is not known.
 */
export function trace({ chain, layer, levels }, { end, cell }) {
  return chain && core.AXES.map((axis) => {
    const between = core.paths(chain, axis, layer, end, cell[axis]);
    const window = end === "map" ? core.windowOf(levels[axis], cell[axis]) : null;
    return { input: between[0], map: between.at(-1), between, window };
  });
}

/** [top, left, bottom, right] of the window along both axes. */
export const corners = ([[top, bottom], [left, right]]) => [top, left, bottom, right];

/** By how much the windows from the first to the last hang over each border: [above, left, below, right]. */
export const overhang = (firsts, lasts, input) => [
  ...firsts.map(([first]) => Math.max(-first, 0)),
  ...lasts.map(([, last], axis) => Math.max(last - input[axis] + 1, 0)),
];

/** The same of the windows of all units together. */
export const margins = (levels, input) => overhang(
  levels.map((level) => core.windowOf(level, 0)), levels.map((level) => core.windowOf(level, level.size - 1)), input);

/** The measure of the ways to one unit: spread, shares, effective side. */
export function ways({ chain, layer, levels }, cell, counts) {
  const deviation = core.AXES.map((axis) => core.deviation(chain, axis, layer));
  const middle = levels.map((level, axis) => core.centre(level, cell[axis]));
  const share = (axis, reach) => core.shareWithin(counts[axis], middle[axis], reach);
  return {
    deviation, middle, within: deviation.map((each, axis) => share(axis, 2 * each + 1e-9)),
    half: product(levels.map((level, axis) => share(axis, core.sees(level) / 4))), side: core.effectiveSide(counts),
  };
}

/** Counts of both axes as rows of shares of the largest product, summed over blocks: a side has 128 at most. */
export function tintOf(counts) {
  const block = Math.ceil(Math.max(...counts.map(({ length }) => length)) / 128);
  const [down, across] = counts.map((along) => range(Math.ceil(along.length / block)).map(
    (part) => sum(along.slice(part * block, (part + 1) * block))));
  const largest = Math.max(...down) * Math.max(...across) || 1;
  return { rows: down.map((row) => across.map((column) => (row * column) / largest)), block };
}
