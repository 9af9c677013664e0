// The same layer as one matrix: rows are outputs, columns inputs, and each weight repeats along its diagonals.
// Transposed it is the gradient, and the transposed convolution; as im2col the windows are its columns.
import { range } from "../core/arrays.mjs";
import * as core from "../core/convolution.mjs";
import words from "../words/convolution_more.mjs";
import shared from "../words/shared.mjs";
import { nameOf } from "./panels.mjs";

/** { names of rows and of columns, cells: [{ place, value, weight }] } of the chosen filter. */
export function matrixOf(view, form) {
  const { layer: conv, filter, shaped } = view;
  const channels = core.isPool(conv) ? [filter] : core.channelsOf(conv, filter);
  const namesOf = (role, slices, [height, width]) => slices.flatMap((slice) => range(height).flatMap(
    (i) => range(width).map((j) => nameOf(view, role, [slice], [i, j]))));
  const size = conv.sides.map(({ output }) => output);
  const [inputs, outputs] = [namesOf("input", channels, conv.input), namesOf("output", [filter], size)];
  const taps = new Map(); // in which row of im2col each stands
  const terms = core.terms(conv, shaped, { filter }).map((term) => {
    const tap = nameOf(view, "kernel", [filter, term.channel], [term.u, term.v]);
    if (!taps.has(tap)) taps.set(tap, taps.size);
    const input = (channels.indexOf(term.channel) * conv.input[0] + term.r) * conv.input[1] + term.c;
    return { term, tap, input, output: term.i * size[1] + term.j };
  });
  if (!taps.size) taps.set(shared.empty, 0); // no output reads any input
  const isWindows = form === "im2col";
  const choose = (toeplitz, transposed, im2col) => ({ toeplitz, transposed, im2col })[form];
  const names = choose([outputs, inputs], [inputs, outputs], [[...taps.keys()], outputs]);
  const cells = new Map();
  for (const { term, tap, input, output } of terms) {
    if (!term.source && !isWindows) continue;
    const place = choose([output, input], [input, output], [taps.get(tap), output]);
    const old = cells.get(String(place)); // with a padding mode, an output may read an input twice
    const weight = isWindows ? (term.source ? inputs[input] : words.zero) : tap;
    const value = isWindows ? core.valueAt(shaped.input, term) : term.factor;
    cells.set(String(place), old ? { place, value: old.value + value, weight: `${old.weight} + ${weight}` }
      : { place, value, weight });
  }
  return { names, cells: [...cells.values()] };
}
