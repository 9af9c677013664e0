// Every word of the upsampling widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const count = (number, one, many = `${one}s`) => `${number} ${number === 1 ? one : many}`;
const at = ([row, column]) => `[${row}, ${column}]`;
const PARAMETERS = {
  height: "Input height", width: "Input width", scale: "Scale", kernel: "Kernel size", padding: "Padding",
  output_padding: "Output padding",
};
const SCALES = {
  transposed: "Stride", pixel_shuffle: "Upscale factor", max_unpool: "Kernel size and stride",
};
const parameter = (name, method) => (name === "scale" && SCALES[method]) || PARAMETERS[name];

export default {
  ...shared,
  count, parameter,
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
  tabsLabel: "Views",
  tabs: {
    output: "Output", overlap: "Overlap", impulse: "One impulse", gradient: "Gradient", code: "PyTorch",
  },
  grids: {
    input: "Input", kernel: "Kernel", switches: "Switches", output: "Output", overlap: "Overlap",
    inputGradient: "∂L/∂input", kernelGradient: "∂L/∂kernel",
  },
  caption: (grid, size) => `${grid} ${size}`,
  name: (grid, cell) => `${grid}${at(cell)}`,
  sum: (name, terms, sum) => `${name} = ${terms || "0, as nothing is written there"}${terms ? ` = ${sum}` : ""}.`,
  longSum: (name, number, sum) => `${name} = ${sum}, the sum of ${count(number, "product")}.`,
  feeds: (name, value, products) => {
    const told = products.slice(0, 9).map(({ output, text }) => `${at(output)} with weight ${text}`);
    return `${name} = ${value} feeds ${count(products.length, "output")}${told.length ? ": " : ""}${told.join(", ")}`
      + `${products.length > 9 ? ", …" : "."}`;
  },
  weighs: (name, value, products) => `${name} = ${value} multiplies ${count(products, "value")}.`,
  channel: (number) => ` Channel ${number} of the shuffle.`,
  switches: (name, place, flat) => `${name} = ${place}: torch’s index, counted row by row, is ${flat}.`,
  help: "Point at a cell or move to it with the arrow keys. A click or Enter changes a number and pins an output; "
    + "Space pins any cell; Esc lets go. With a finger, tap to pin and tap again to change. Indices count from 0.",

  outputSize: "Output size",
  sizeRule: {
    transposed: "output = (input − 1)·stride − 2·padding + kernel + output_padding", plain: "output = input·scale",
  },
  sizeLine: (axis, rule) => `${shared.axes[axis]} = ${rule}`,
  sizeTransposed: ({ length, scale, padding, kernel, output_padding: extra }, size) => (
    `(${length} − 1)·${scale} − 2·${padding} + ${kernel} + ${extra} = ${size}`),
  sizePlain: ({ length, scale }, size) => `${length}·${scale} = ${size}`,

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
      `${count(number, "output")} in ${shared.size(size)}, sum ${sum}. The strongest row: ${row}`),
    refused: (why) => `Not legal here. ${why}`,
    nothing: "All outputs are 0.",
  },
  gradient: {
    about: "L is the sum of all outputs: each gradient sums what its cell is multiplied by.",
  },
  notASwitch: (value, last, kept) => (
    `${value} is no place in a window: type a whole number from 0 to ${last}. The switch keeps ${kept}.`),
  codeLabel: "The same in PyTorch, with asserts",

  problem: {
    range: ({ parameter: name, min, max, method }) => (
      `${parameter(name, method)} must be a whole number from ${min} to ${max}.`),
    output_padding: ({ sizes }) => (
      `Output padding must be smaller than the stride: ${sizes.output_padding} is not below ${sizes.scale}.`),
    small: ({ output, sizes }) => `The output would be ${output.join(" × ").replaceAll("-", "−")}: `
      + `padding ${sizes.padding} cuts away more than there is.`,
    channels: ({ sizes }) => `Pixel shuffle by ${sizes.scale} needs a kernel of ${sizes.scale} × ${sizes.scale}.`,
  },
  none: (why) => `No output. ${why}`,
};
