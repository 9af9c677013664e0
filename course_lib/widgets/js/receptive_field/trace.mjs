// What takes part: the pixels that a unit sees, or the units that a pixel reaches, along both axes. No DOM.
import * as core from "../core/receptive_field.mjs";

const AXES = [0, 1];

/**
 * For each axis { pixels, units, between, window }: counts above 0 for what takes part at the input and the map, for
 * a chain also at the maps `between`, input and map included. `window` is [first, last] of a unit, null of a pixel.
 * Null where what the layer sees is not known.
 */
export function trace({ chain, input, layer, levels, selection: { end, cell } }) {
  if (levels.includes(null)) return null;
  return AXES.map((axis) => {
    const level = levels[axis];
    const at = cell[axis];
    const window = end === "map" ? core.windowOf(level, at) : null;
    if (chain) {
      const between = end === "map" ? core.pathsDown(chain, axis, layer, at) : core.pathsUp(chain, axis, layer, at);
      return { pixels: between[0], units: between.at(-1), between, window };
    }
    const one = (size) => Array.from({ length: size }, (_, index) => Number(index === at));
    return end === "map" ? { pixels: core.seenBy(level, at, input[axis]), units: one(level.size), window }
      : { pixels: one(input[axis]), units: core.reachedFrom(level, at), window };
  });
}

/** How far the windows of all units reach past each border: [above, left, below, right]. */
export function margins(levels, input) {
  if (levels.includes(null)) return [0, 0, 0, 0];
  const past = levels.map((level, axis) => [
    Math.max(-core.windowOf(level, 0)[0], 0),
    Math.max(core.windowOf(level, level.size - 1)[1] - (input[axis] - 1), 0)]);
  return [past[0][0], past[1][0], past[0][1], past[1][1]];
}

/** By how much one window hangs over each border: [above, left, below, right]. */
export function overhang(windows, input) {
  return [0, 1].flatMap((end) => AXES.map((axis) => (
    end === 0 ? Math.max(-windows[axis][0], 0) : Math.max(windows[axis][1] - (input[axis] - 1), 0))));
}

/** The measure of the ways to one unit: spread, shares, effective side. */
export function ways(chain, layer, levels, cell, counts) {
  const deviation = AXES.map((axis) => core.deviation(chain, axis, layer));
  const middle = AXES.map((axis) => core.centre(levels[axis], cell[axis]));
  const within = AXES.map((axis) => core.shareWithin(counts[axis], middle[axis], 2 * deviation[axis] + 1e-9));
  const half = AXES.map((axis) => core.shareWithin(counts[axis], middle[axis], core.sees(levels[axis]) / 4));
  return { deviation, middle, within, half: half[0] * half[1], side: core.effectiveSide(counts) };
}

/** Counts of both axes as rows of shares of the largest product, summed over blocks: a side has 128 at most. */
export function tintOf([rows, columns]) {
  const block = Math.ceil(Math.max(rows.length, columns.length) / 128);
  const blocks = (counts) => Array.from({ length: Math.ceil(counts.length / block) }, (_, index) => counts
    .slice(index * block, (index + 1) * block).reduce((sum, count) => sum + count, 0));
  const [down, across] = [blocks(rows), blocks(columns)];
  const largest = Math.max(...down) * Math.max(...across) || 1;
  return { rows: down.map((row) => across.map((column) => (row * column) / largest)), block };
}
