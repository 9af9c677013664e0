// Every word of the convolution widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const LINES = [["row", "rows"], ["column", "columns"]];
const lines = (count, axis) => `${count} ${LINES[axis][count === 1 ? 0 : 1]}`;
const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;
const at = ([row, column]) => `[${row}, ${column}]`;
const PARAMETERS = {
  input: "Input size", kernel: "Kernel size", padding: "Padding", stride: "Stride", dilation: "Dilation",
};
const parameter = (name, axis) => (axis === null ? PARAMETERS[name] : `${PARAMETERS[name]}, ${shared.axes[axis]}`);

export default {
  ...shared,
  convolution: "Convolution",
  parameter,
  square: "square",
  squareHelp: "height and width change together",
  same: "“same”",
  samePads: ([before, after], axis) => (axis === 0
    ? `${before} above, ${after} below` : `${before} left, ${after} right`),

  grids: { input: "Input", kernel: "Kernel", output: "Output" },
  caption: (grid, size) => `${grid} ${size}`,
  padded: (input, size) => `${input}, padded ${size}`,
  none: { input: "No input.", kernel: "No kernel.", output: "No output." },
  padding: "0, padding",
  droppedCell: (text) => `${text}, dropped`,

  name: (grid, cell) => `${grid}${at(cell)}`,
  paddingName: ([row, column]) => `padding at row ${row}, column ${column}`,
  sum: (name, terms, sum) => `${name} = ${terms} = ${sum}.`,
  longSum: (name, terms, sum) => `${name} = ${sum}, the sum of ${count(terms, "product", "products")}.`,
  feeds: (name, value, outputs) => `${name} = ${value} feeds ${count(outputs, "output", "outputs")}:`,
  feedsOne: (cell, weight) => `${at(cell)} with weight ${weight}`,
  feedsNone: {
    dropped: (name, value) => `${name} = ${value} feeds no output: the floor drops it.`,
    skipped: (name, value) => `${name} = ${value} feeds no output: no window has a weight on it.`,
  },
  multiplies: (name, value, inputs, padding) => {
    const ofThem = padding ? ` (${padding} of them padding)` : "";
    return `${name} = ${value} multiplies ${count(inputs, "input", "inputs")}${ofThem}, one for each output.`;
  },
  outlined: (name, value, isOutlined) => `${name} = ${value}, ${isOutlined ? "outlined" : "not outlined"}.`,
  pinned: (sentence) => `Pinned: ${sentence}`,
  idle: "Point at a cell to see what it is connected to.",
  help: "Point at a cell or move to it with the arrow keys. A click or Enter changes an input or a weight "
    + "and pins an output; Space pins any cell; Esc lets go. On a touch screen, tap to pin and tap again to "
    + "change. Indices count from 0, as in PyTorch.",

  outputSize: "Output size",
  dropped: (number, axis, stride) => `${axis === 0 ? "Rows" : "Columns"}: the floor drops the last `
    + `${number === 1 ? LINES[axis][0] : lines(number, axis)} of the padded input, struck through. `
    + `The next window at stride ${stride} does not fit.`,
  newOutput: (size) => `Output ${size}.`,

  problem: {
    range: ({ parameter: name, axes, axis, min, max }) => {
      const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
      return `${parameter(name, axes.length > 1 ? null : axis)} must be a whole number${range}.`;
    },
    fit: ({ kernel, dilation, extent, padded, axis }) => `A kernel of ${lines(kernel, axis)} `
      + `${dilation > 1 ? `with dilation ${dilation} covers ${extent}` : "does not fit"}: `
      + `the padded input has only ${padded}.`,
    "same-stride": ({ stride }) => `Padding “same” needs stride 1; the stride is ${stride}.`,
    cells: ({ cells, most }) => `This makes ${cells.toLocaleString("en")} cells; `
      + `at most ${most.toLocaleString("en")} are drawn.`,
  },
};
