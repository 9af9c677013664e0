// Every word of the deformable widget. A sentence with numbers is a function of them.
import shared, { at, count, listed, minus, mustBe, times } from "./shared.mjs";

const pair = (numbers) => `(${numbers.join(", ")})`;
const EDITED = { dy: "dy", dx: "dx", mask: "mask", step: "step" };
const within = (name, axis) => shared.parameter(name, axis).toLowerCase();

export default {
  ...shared,
  at, pair,
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
  preset: "Offsets",
  presets: {
    none: "0: ordinary convolution", dilate: "dilation × 2", half: "half a cell", spread: "spread × 1.5",
    rotate: "turned by 30°", curve: "a snake on a curve", own: "your own",
  },
  tapsOf: (cell) => `Taps of output ${at(cell)}`,
  tap: "Tap",
  tapOption: (tap, cell) => `${tap}, kernel ${at(cell)}`,
  edited: (name, { tap } = { tap: 0 }) => `${EDITED[name]} of tap ${tap}`,
  everywhere: "same at every output",
  spreadSaid: (cell) => `Every output now has the offsets of ${at(cell)}.`,
  withMask: "with mask (v2)",
  move: (tap) => `Move tap ${tap} by 0.1; the arrow keys do the same`,
  moves: { ArrowUp: "up", ArrowLeft: "left", ArrowRight: "right", ArrowDown: "down" },
  moved: (tap, place) => `Tap ${tap} reads at ${at(place)}.`,
  middle: "The tap in the middle of a snake stays.",

  tabs: { output: "Output", offset: "∂L/∂offset", input: "∂L/∂input", code: "PyTorch" },
  grids: {
    input: "Input", kernel: "Kernel", output: "Output", grad_input: "∂L/∂input", grad_kernel: "∂L/∂kernel",
    grad_output: "∂L/∂output",
  },
  padded: (caption, size) => `${caption}, padded ${times(size)}`,
  name: (grid, cell) => `${grid}${at(cell)}`,
  result: (name, taps, total) => `${name} = ${total}, the sum over ${count(taps, "tap")}.`,
  weighs: (tap, name, value, place) => `Tap ${tap}: ${name} = ${value}, reads at ${at(place)}.`,
  reads: (name, value, found) => listed(`${name} = ${value} is read by ${count(found.length, "output")}`,
    found.map(({ output, text }) => `${at(output)} with weight ${text}`)),
  noReader: (name) => `${name} is padding: a zero that nobody can change.`,
  help: `${shared.help} Drag a tap, or move it below.`,

  terms: (name) => `The sum behind ${name}`,
  columns: { tap: "tap", step: "step", offset: "offset", place: "reads at", weight: "w", mask: "m", value: "value" },
  product: (hasMask) => (hasMask ? "w · m · value" : "w · value"),
  total: "sum",
  bilinear: (tap, place, terms, value) => `Tap ${tap} reads at ${at(place)}, between: ${terms.join(" + ")} = ${value}.`,
  neighbour: (weight, value, cell, isInside) => `${weight} · ${value} at ${at(cell)}${isInside ? "" : ", outside"}`,
  same: (what) => `Equal to ${what}: the largest difference is 0.`,
  differs: (what, difference) => `Differs from ${what} by up to ${difference}.`,
  ordinary: "the ordinary convolution",
  straight: "the straight kernel",
  dilated: (dilation, padding) => `conv2d with dilation ${pair(dilation)} and padding ${pair(padding)}`,
  connected: "It stays connected: each tap is one cell along and at most one across from the next, at most √2 away.",

  gradients: (name) => `∂L at the taps of ${name}`,
  gradientColumns: { dy: "∂L/∂dy", dx: "∂L/∂dx", mask: "∂L/∂m", step: "∂L/∂step" },
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

  problem: {
    range: ({ parameter: name, axis, low, high }) => mustBe(shared.parameter(name, axis), low, high),
    odd: ({ parameter: name, axis, got }) => (
      `A snake has a tap in the middle, so ${within(name, axis)} must be odd, not ${got}.`),
    across: ({ parameter: name, axis, got }) => (
      `A snake is one line of taps, so ${within(name, axis)} must be 1, not ${got}.`),
    fit: ({ axis, kernel, dilation, extent, input, padding, padded }) => {
      const lines = ["rows", "columns"][axis];
      return `A kernel of ${kernel} ${lines} with dilation ${dilation} covers ${extent} ${lines}; the input of `
        + `${input} with padding ${padding} has ${padded}.`;
    },
    value: ({ parameter: name, tap, low, high }) => minus(
      `The ${EDITED[name]} of tap ${tap} must be a number from ${low} to ${high}.`),
  },
};
