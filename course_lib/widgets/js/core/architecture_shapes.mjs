// Sizes of the maps of a network for an image of another size, by a rule that needs no more than a profile's rows.
// A map whose effective stride is S grows by exactly t when the image grows by S·t, through any chain or graph of
// convolutions and poolings, rounded up or down: nothing else about the network need be known. In between, it grows
// by the floor or the ceiling of the same quotient. course_lib.widgets.architecture_shapes has the same rules.

import { clamp, isSame, product } from "./arrays.mjs";

export const RESOLUTION = [1, 4096];
export const rounded = (value) => Math.floor(value + 0.5);

/** Padding before the image that reaches the first output. */
const padBefore = (row, axis) => (row.receptive_field[axis] - 1) / 2 - row.centre[axis];

/** [height, width] of the image when its height is set, in proportion. */
export const sizeFor = (base, height) => [height, Math.max(rounded((base[1] * height) / base[0]), 1)];

/**
 * { sizes: [{ shape, sure }], problem }: the output of each layer for images of `size`, up to the first that cannot
 * run, and why it cannot. With `certain`, up to the first of which it cannot be told that it can.
 */
export function shapes(layers, network, size, certain = false) {
  const base = network.size;
  const channels = (network.input_shape ?? [0]).slice(0, 1);
  let before = exactly([...channels, ...size], [...channels, ...base]);
  const seen = { unfollowed: false };
  const sizes = [];
  for (const [row, layer] of layers.entries()) {
    const shape = layer.output_shape;
    let out = guess(shape, shape);
    if (shape.length === 3) {
      out = mapOf(layer, base, size, seen);
      if (Math.min(...(certain ? out.low : out.high)) < 1) {
        return { sizes, problem: { reason: "empty", row, size: out.high.slice(1) } };
      }
    } else if (shape.length === 1) {
      const { reads, ...vector } = vectorOf(layer, before);
      out = vector;
      const [low, high] = [product(before.low), product(before.high)];
      if (reads && !(certain ? low === reads && reads === high : low <= reads && reads <= high)) {
        return { sizes, problem: { reason: "clash", row, reads, shape: before.map ?? before.now } };
      }
    }
    sizes.push({ shape: out.now, sure: isSame(out.low, out.high) });
    before = out;
  }
  return { sizes, problem: null };
}

const exactly = (now, old) => ({ old, now, low: now, high: now });
const guess = (now, old) => ({ old, now, low: [1], high: [Infinity] });

/** Output of a layer that gives one list of numbers, and how many it must `reads` of the map before it, or 0. */
function vectorOf({ output_shape: shape, own }, before) {
  const isLinear = own.macs > 0;
  const length = isLinear ? Math.floor(own.macs / shape[0]) : shape[0];
  if (length === product(before.old)) {
    if (isLinear) return { ...(isSame(before.low, before.high) ? exactly : guess)(shape, shape), reads: length };
    const flat = (key) => [product(before[key])];
    const map = before.map ?? before.now;
    return { old: shape, map, now: flat("now"), low: flat("low"), high: flat("high"), reads: 0 };
  }
  const isPooled = before.old.length === 3 && length === before.old[0]; // by a mean that is no layer
  return { ...(isPooled ? exactly : guess)(shape, shape), reads: 0 };
}

/** Output of a layer that gives a map; `seen` remembers whether a map before it could not be followed. */
function mapOf(row, base, size, seen) {
  const shape = row.output_shape;
  if (row.type.startsWith("Adaptive")) return exactly(shape, shape);
  const isDot = shape[1] === 1 && shape[2] === 1;
  if (stepOf(row)) {
    seen.unfollowed ||= isDot;
    const sides = [0, 1].map((axis) => sideOf(row, axis, base, size));
    const part = (key) => [shape[0], ...sides.map((side) => side[key])];
    return { old: shape, now: part("now"), low: part("low"), high: part("high") };
  }
  if (row.receptive_field === "all" && isDot && !seen.unfollowed) return exactly(shape, shape);
  seen.unfollowed ||= !isDot;
  if (isDot) return guess(shape, shape);
  return guess([shape[0], ...[0, 1].map((axis) => Math.max(rounded((shape[1 + axis] * size[axis]) / base[axis]), 1))],
    shape);
}

/** Pixels of the image from one place of the map to the next, which may each see all of it; null if unknown. */
const stepOf = ({ stride, step }) => stride ?? step;

/** The likely size of a map along one axis, the least and the most that it can be. */
function sideOf(row, axis, base, size) {
  const [n, s, change] = [row.output_shape[1 + axis], stepOf(row)[axis], size[axis] - base[axis]];
  const [low, high] = [n + Math.floor(change / s), n + Math.ceil(change / s)];
  const likely = row.stride
    ? Math.floor((size[axis] + 2 * padBefore(row, axis) - row.receptive_field[axis]) / s) + 1
    : rounded((n * size[axis]) / base[axis]);
  return { now: clamp(likely, Math.max(low, 1), high), low, high };
}

/** The height closest to `height` at which the network is sure to run: an interval around its own, if only itself. */
export function nearestHeight(layers, network, height) {
  const [own] = network.size;
  const fits = (candidate) => !shapes(layers, network, sizeFor(network.size, candidate), true).problem;
  let [runs, fails] = [own, height];
  if (fits(fails)) return fails;
  while (Math.abs(fails - runs) > 1) {
    const middle = Math.floor((fails + runs) / 2);
    if (fits(middle)) runs = middle;
    else fails = middle;
  }
  return runs;
}

/** The largest step of a map: images that differ by a multiple of it have maps of exactly known sizes. */
export function wholeStep(layers) {
  return Math.max(1, ...layers.map((row) => (stepOf(row) && row.output_shape[1] > 1 ? stepOf(row)[0] : 1)));
}
