// Offsets with a meaning. Each is told for one tap, and is then the same at every output cell.
import { clamp, makeRows, mapRows, range, sizeOf } from "./arrays.mjs";
import { outputSize, sizesOf } from "./deformable.mjs";

const TURN = Math.PI / 6;
const round = (value) => Math.round(value * 1000) / 1000 + 0; // no −0

/**
 * [dy, dx] of the tap at [a, b], counted from the middle of its kernel, which stays; where the number of taps is even,
 * that is between two of them. `down` and `right` are the dilation of the layer.
 */
const TAPS = {
  none: () => [0, 0],
  dilate: ([a, b], [down, right]) => [Math.ceil(a) * down, Math.ceil(b) * right], // a whole tap stays
  half: () => [0.5, 0.5],
  spread: ([a, b], [down, right]) => [(a * down) / 2, (b * right) / 2],
  rotate: ([a, b], [down, right]) => {
    const [y, x] = [a * down, b * right];
    return [y * Math.cos(TURN) + x * Math.sin(TURN) - y, x * Math.cos(TURN) - y * Math.sin(TURN) - x];
  },
};

export const PRESETS = Object.keys(TAPS); // and `curve`, a whole state

/** The offset of a preset for a state, the same at every output cell. */
export function presetOffset(name, state) {
  const { kernel, dilation } = state;
  const size = outputSize(sizesOf(state));
  const middle = sizeOf(kernel).map((taps) => (taps - 1) / 2);
  const offsetOf = (...tap) => TAPS[name](tap.map((at, axis) => at - middle[axis]), dilation);
  return mapRows(kernel, (_, row, column) => offsetOf(row, column)).flat(2)
    .map((number) => makeRows(...size, () => round(number)));
}

/** The ordinary convolution that the preset "dilate" equals: { dilation, padding }. */
export const dilated = ({ kernel, padding, dilation }) => ({
  dilation: dilation.map((gap) => 2 * gap),
  padding: sizeOf(kernel).map((taps, axis) => padding[axis] + ((taps - 1) >> 1) * dilation[axis]),
});

const CURVE_SIZE = [9, 12];
const CURVE_TAPS = 7;
/** The row in which the curve runs, for each column. */
export const curveRow = (column) => 4 + Math.round(3 * Math.sin((column - 5.5) / 3));
const ON_CURVE = 9;

/** A snake on a drawn curve: its state's input, kernel, morph and steps. */
export function curve() {
  const input = makeRows(...CURVE_SIZE, (row, column) => (curveRow(column) === row ? ON_CURVE : 0));
  const kernel = [range(CURVE_TAPS).map(() => 1)];
  const half = CURVE_TAPS >> 1;
  // Outward from the middle: how much the curve rises from the tap before, at most one cell.
  const step = (tap, column) => {
    const at = column + tap - half;
    const before = at - Math.sign(tap - half);
    return clamp(curveRow(at) - curveRow(before), -1, 1);
  };
  const steps = range(CURVE_TAPS).map((tap) => makeRows(...CURVE_SIZE, (_, column) => step(tap, column)));
  return { operation: "snake", morph: 0, input, kernel, steps };
}
