// Every word of the upsampling widget. A sentence with numbers is a function of them.
import shared, { at, count, listed, minus, mustBe, times } from "./shared.mjs";

const PARAMETERS = {
  height: "Input height", width: "Input width", scale: "Scale", kernel: "Kernel size", padding: "Padding",
  output_padding: "Output padding",
};
const SCALES = {
  transposed: "Stride", pixel_shuffle: "Upscale factor", max_unpool: "Kernel size and stride",
};
const parameter = (name, { method } = {}) => (name === "scale" && SCALES[method]) || PARAMETERS[name];

export default {
  ...shared,
  parameter,
  upsampling: "Upsampling",
  method: "Method",
  methods: {
    nearest: "nearest", bilinear: "bilinear", bicubic: "bicubic", transposed: "transposed convolution",
    pixel_shuffle: "pixel shuffle", max_unpool: "max-unpool", resize_conv: "resize, then convolve",
  },
  about: {
    nearest: "Each output copies the input cell above it.",
    bilinear: "Each output is a weighted mean of up to 4 input cells.",
    bicubic: "Each output is a weighted sum of up to 16 input cells; some weights are negative.",
    transposed: "Each input cell stamps the kernel, times its value, into the output. Stamps that overlap add up.",
    pixel_shuffle: "A 1×1 convolution makes scale² channels, the shuffle lays them side by side: a transposed "
      + "convolution whose stamps never overlap.",
    max_unpool: "Each value goes where its switch says, a place in the window counted from 0. The rest is 0.",
    resize_conv: "Nearest, then a convolution with “same” padding: all outputs sum equally many products.",
  },
  alignCorners: "align_corners",
  tabs: {
    output: "Output", overlap: "Overlap", impulse: "One impulse", matrix: "As a matrix", gradient: "Gradient",
    code: "PyTorch",
  },
  grids: {
    input: "Input", kernel: "Kernel", switches: "Switches", output: "Output", overlap: "Overlap",
    inputGradient: "∂L/∂input", kernelGradient: "∂L/∂kernel",
  },
  name: (grid, cell) => `${grid}${at(cell)}`,
  sum: (name, terms, sum) => `${name} = ${terms || "0, as nothing is written there"}${terms ? ` = ${sum}` : ""}.`,
  longSum: (name, number, sum) => `${name} = ${sum}, the sum of ${count(number, "product")}.`,
  feeds: (name, value, products) => listed(shared.does(name, value, "feeds", products.length),
    products.map(({ output, text }) => `${at(output)} with weight ${text}`)),
  weighs: (name, value, products) => `${name} = ${value} multiplies ${count(products, "value")}.`,
  channel: (number) => ` Channel ${number} of the shuffle.`,
  switches: (name, place, flat) => `${name} = ${place}: torch’s index, counted row by row, is ${flat}.`,

  sizes: {
    transposed: {
      rule: "output = (input − 1)·stride − 2·padding + kernel + output_padding",
      put: ({ length, scale, padding, kernel, output_padding: extra }) => (
        `(${length} − 1)·${scale} − 2·${padding} + ${kernel} + ${extra}`),
    },
    plain: { rule: "output = input·scale", put: ({ length, scale }) => `${length}·${scale}` },
  },
  sizeLine: (axis, put, size) => `${shared.axes[axis]} = ${put} = ${size}`,

  overlap: {
    about: "How many products each output sums.",
    remainder: ({ kernel, scale }, { remainder }) => `kernel mod stride = ${kernel} mod ${scale} = ${remainder}`,
    even: ({ least }) => `Even: away from the edges every output is a sum of ${count(least, "product")}.`,
    uneven: ({ least, most }) => `Uneven: away from the edges from ${least} to ${count(most, "product")}${
      least ? `, ${Number((most / least).toPrecision(3))} times as many` : ": there are holes"}.`,
    meter: ({ share }) => `Checkerboard ${Math.round(100 * share)} %`,
    always: "This method covers its output evenly.",
    max_unpool: "Each value goes to one place, and all others stay 0: nothing overlaps.",
    fixKernel: (kernel) => `Kernel ${kernel} × ${kernel}, a multiple of the stride`,
    fixResize: "Resize, then convolve",
    fix: "Even it out:",
    note: "With equal counts a kernel may still learn a checkerboard.",
  },
  impulse: {
    about: (cell, scale) => `Input cell ${at(cell)}, chosen under “Output”, is 1 and all others are 0; scale ${scale}.`,
    tile: (number, size, sum, row) => (
      `${count(number, "output")} in ${times(size)}, sum ${sum}. The strongest row: ${row}`),
    refused: (why) => `Not legal here. ${why}`,
    nothing: "All outputs are 0.",
  },
  matrix: "output = matrix · input, both row by row. A transposed convolution is the transpose of a convolution’s.",
  matrixSummary: ["output", "input"],
  gradient: "L is the sum of all outputs: each gradient sums what its cell is multiplied by.",
  notASwitch: (value, last, kept) => (
    `${value} is no place in a window: type a whole number from 0 to ${last}. The switch keeps ${kept}.`),

  problem: {
    range: ({ parameter: name, min, max, sizes }) => mustBe(parameter(name, sizes), min, max),
    output_padding: ({ sizes }) => (
      `Output padding must be smaller than the stride: ${sizes.output_padding} is not below ${sizes.scale}.`),
    small: ({ output, sizes }) => `The output would be ${minus(times(output))}: `
      + `padding ${sizes.padding} cuts away more than there is.`,
    channels: ({ sizes }) => `Pixel shuffle by ${sizes.scale} needs a kernel of ${sizes.scale} × ${sizes.scale}.`,
  },
};
