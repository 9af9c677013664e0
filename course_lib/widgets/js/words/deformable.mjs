// Every word of the deformable widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const at = (cell) => `[${cell.join(", ")}]`;
const pair = (numbers) => `(${numbers.join(", ")})`;
const PARAMETERS = {
  input: "Input size", kernel: "Kernel size", padding: "Padding", stride: "Stride", dilation: "Dilation",
};
const EDITED = { dy: "dy", dx: "dx", mask: "mask", step: "step" };
const parameter = (name, axis) => (axis === null ? PARAMETERS[name] : `${PARAMETERS[name]}, ${shared.axes[axis]}`);
const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
const sum = (terms, total) => `${terms.join(" + ")} = ${total}`;

export default {
  ...shared,
  at, parameter,
  deformable: "Deformable convolution",
  operation: "Operation",
  operations: { deform_conv2d: "deformable convolution", snake: "dynamic snake convolution" },
  about: {
    deform_conv2d: "Each tap reads beside its place, at an offset (dy, dx) of its own; between four cells it takes "
      + "their mean, weighted by nearness. Outside the input stand zeros.",
    snake: "A kernel of one line. Each tap moves across it, by at most one cell more than its neighbour nearer to the "
      + "middle: the steps add up outward.",
  },
  morph: "Axis",
  morphs: { 0: "along x (morph 0)", 1: "along y (morph 1)" },
  taps: "Taps",
  square: "Height = width",
  preset: "Offsets",
  presets: {
    none: "0: ordinary convolution", dilate: "dilation × 2", half: "half a cell", spread: "spread × 1.5",
    rotate: "turned by 30°", curve: "a snake on a curve", own: "your own",
  },
  tapsOf: (cell) => `Taps of output ${at(cell)}`,
  tap: "Tap",
  tapOption: (tap, cell) => `${tap}, kernel ${at(cell)}`,
  edited: (name, tap) => `${EDITED[name]} of tap ${tap}`,
  everywhere: "Same at every output",
  spreadSaid: (cell) => `Every output now has the offsets of ${at(cell)}.`,
  withMask: "With mask (v2)",
  move: (tap) => `Move tap ${tap} by 0.1; the arrow keys do the same`,
  moves: { up: "up", left: "left", right: "right", down: "down" },
  moved: (tap, place) => `Tap ${tap} reads at ${at(place)}.`,
  middle: "The tap in the middle of a snake stays.",

  tabsLabel: "Views",
  tabs: { output: "Output", offset: "∂L/∂offset", input: "∂L/∂input", code: "Code" },
  grids: {
    input: "Input", kernel: "Kernel", output: "Output", inputGradient: "∂L/∂input", kernelGradient: "∂L/∂kernel",
    upstream: "∂L/∂output",
  },
  caption: (grid, size) => `${grid} ${size}`,
  padded: (caption, size) => `${caption}, padded ${size}`,
  name: (grid, cell) => `${grid}${at(cell)}`,
  outside: (name) => `${name}, padding`,
  result: (name, taps, total) => `${name} = ${total}, the sum over ${count(taps, "tap")}.`,
  weighs: (tap, name, value, place) => `Tap ${tap}: ${name} = ${value}, reads at ${at(place)}.`,
  reads: (name, value, found) => {
    const told = found.slice(0, 9).map(({ output, text }) => `${at(output)} with weight ${text}`);
    const readers = `${name} = ${value} is read by ${count(found.length, "output")}`;
    return `${readers}${told.length ? ": " : ""}${told.join(", ")}${found.length > 9 ? ", …" : "."}`;
  },
  noReader: (name) => `${name} is padding: a zero that nobody can change.`,
  help: "Point at a cell or move to it with the arrow keys. A click or Enter changes a number and pins an output; "
    + "Space pins any cell; Esc lets go. Drag a tap, or move it below. With a finger, tap to pin and tap again "
    + "to change.",

  terms: (name) => `The sum behind ${name}`,
  columns: { tap: "tap", step: "step", offset: "offset", place: "reads at", weight: "w", mask: "m", value: "value" },
  product: (hasMask) => (hasMask ? "w · m · value" : "w · value"),
  total: "sum",
  bilinear: (tap, place, terms, value) => `Tap ${tap} reads at ${at(place)}, between: ${sum(terms, value)}.`,
  neighbour: (weight, value, cell, isInside) => `${weight} · ${value} at ${at(cell)}${isInside ? "" : ", outside"}`,
  same: (what) => `Equal to ${what}: the largest difference is 0.`,
  differs: (what, difference) => `Differs from ${what} by up to ${difference}.`,
  ordinary: "the ordinary convolution",
  straight: "the straight kernel",
  dilated: (dilation, padding) => `conv2d with dilation ${pair(dilation)} and padding ${pair(padding)}`,
  connected: "It stays connected: each tap is one cell along and at most one across from the next, at most √2 away.",

  gradients: (name) => `∂L at the taps of ${name}`,
  gradientColumns: { tap: "tap", dy: "∂L/∂dy", dx: "∂L/∂dx", mask: "∂L/∂m", step: "∂L/∂step" },
  gradientAbout: {
    deform_conv2d: "The arrows over the input are ∂L/∂offset. Bilinear weights are linear in dy and in dx, so what a "
      + "tap reads has a gradient there: offsets can be learned.",
    snake: "The arrows over the input are ∂L/∂offset across the kernel. A step moves its tap and all further out: its "
      + "gradient is the sum of theirs.",
  },
  difference: (share, after, before) => `${share} · (${after} − ${before})`,
  chain: (tap, axis, [first, second], change, factors, result) => (
    `Tap ${tap}: ∂value/∂d${"yx"[axis]} = ${first} + ${second} = ${change}; ∂L/∂d${"yx"[axis]} = ${
      factors.join(" · ")} = ${result}.`),
  learn: "One step down: offset − 0.1 · ∂L/∂offset",
  lossFell: (before, after) => `L = Σ ∂L/∂output · output: ${before} → ${after}.`,
  inputAbout: "An input cell sums ∂L/∂output · w · m · bilinear weight over all taps that read it.",
  codeLabel: "The same in PyTorch, with an assert",

  problem: {
    range: ({ parameter: name, axis, low, high }) => (
      `${parameter(name, axis)} must be a whole number from ${low} to ${high}.`),
    odd: ({ parameter: name, axis, got }) => (
      `A snake has a tap in the middle, so ${parameter(name, axis).toLowerCase()} must be odd, not ${got}.`),
    across: ({ parameter: name, axis, got }) => (
      `A snake is one line of taps, so ${parameter(name, axis).toLowerCase()} must be 1, not ${got}.`),
    fit: ({ axis, numbers: { kernel, dilation, extent, input, padding, padded } }) => {
      const lines = ["rows", "columns"][axis];
      return `A kernel of ${kernel} ${lines} with dilation ${dilation} covers ${extent} ${lines}; the input of `
        + `${input} with padding ${padding} has ${padded}.`;
    },
    value: ({ name, tap, low, high }) => (
      `The ${EDITED[name]} of tap ${tap} must be a number from ${low} to ${high}.`.replace("-", "−")),
  },
  none: (why) => `No output. ${why}`,
};
