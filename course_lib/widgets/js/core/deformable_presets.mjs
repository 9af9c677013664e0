// Offsets with a meaning. Each is told for one tap, and is then the same at every output cell.
import { filled, map, outputSize, range, sizesOf } from "./deformable.mjs";

const TURN = Math.PI / 6;
const round = (value) => Math.round(value * 1000) / 1000 + 0; // no −0

/** The middle of a kernel of `taps`, which stays: between two taps where their number is even. */
const middle = (taps) => (taps - 1) / 2;

/** [dy, dx] of the tap in row a and column b of a kernel of [rows, columns] taps; `dilation` as that of the layer. */
const TAPS = {
  none: () => [0, 0],
  dilate: ([a, b], [rows, columns], [down, right]) => (
    [(a - Math.floor(middle(rows))) * down, (b - Math.floor(middle(columns))) * right]),
  half: () => [0.5, 0.5],
  spread: ([a, b], [rows, columns], [down, right]) => (
    [((a - middle(rows)) * down) / 2, ((b - middle(columns)) * right) / 2]),
  rotate: ([a, b], [rows, columns], [down, right]) => {
    const [y, x] = [(a - middle(rows)) * down, (b - middle(columns)) * right];
    return [y * Math.cos(TURN) + x * Math.sin(TURN) - y, x * Math.cos(TURN) - y * Math.sin(TURN) - x];
  },
};

export const PRESETS = Object.keys(TAPS); // and `curve`, a whole state

/** The offset of a preset for a state, the same at every output cell. */
export function presetOffset(name, state) {
  const sizes = sizesOf(state);
  const [rows, columns] = outputSize(sizes);
  return range(sizes.kernel[0] * sizes.kernel[1]).flatMap((tap) => {
    const cell = [Math.floor(tap / sizes.kernel[1]), tap % sizes.kernel[1]];
    return TAPS[name](cell, sizes.kernel, sizes.dilation)
      .map((number) => range(rows).map(() => range(columns).map(() => round(number))));
  });
}

/** The ordinary convolution that the preset "dilate" equals: { dilation, padding }. */
export function dilated({ kernel, padding, dilation }) {
  return {
    dilation: dilation.map((gap) => 2 * gap),
    padding: [kernel.length, kernel[0].length].map((taps, axis) => (
      padding[axis] + Math.floor(middle(taps)) * dilation[axis])),
  };
}

export const CURVE_SIZE = [9, 12];
const CURVE_TAPS = 7;
/** The row in which the curve runs, for each column. */
export const curveRow = (column) => 4 + Math.round(3 * Math.sin((column - 5.5) / 3));
const onCurve = 9;

/** A snake on a drawn curve: its state's input, kernel, morph and steps. */
export function curve() {
  const [rows, columns] = CURVE_SIZE;
  const input = map(filled("input", CURVE_SIZE), (_, i, j) => (curveRow(j) === i ? onCurve : 0));
  const kernel = [range(CURVE_TAPS).map(() => 1)];
  const half = Math.floor(CURVE_TAPS / 2);
  // Outward from the middle: how much the curve rises from the tap before, at most one cell.
  const step = (tap, column) => {
    const at = column + tap - half;
    const before = at - Math.sign(tap - half);
    return Math.max(-1, Math.min(1, curveRow(at) - curveRow(before)));
  };
  const steps = range(CURVE_TAPS).map((tap) => range(rows)
    .map(() => range(columns).map((column) => step(tap, column))));
  return { operation: "snake", morph: 0, input, kernel, steps };
}
