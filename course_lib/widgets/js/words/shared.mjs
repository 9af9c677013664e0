// The words that widgets share, and how words and numbers are put together.

/** `number` things; `many` is the plural of `one`. */
export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
export const minus = (text) => String(text).replaceAll("-", "−");
export const capital = (text) => text[0].toUpperCase() + text.slice(1);
/** A sentence, and after a colon the first few of `items`. */
export const listed = (sentence, items) => `${sentence}${items.length ? `: ${items.slice(0, 9).join(", ")}` : ""}${
  items.length > 9 ? ", …" : "."}`;
export const times = (sizes) => sizes.join(" × ");
/** A place as an index: [0, 2]; nothing where there is no index. */
export const at = (indices) => (indices.length ? minus(`[${indices.join(", ")}]`) : "");
/** What is wrong with a number that is not whole, or out of its range. */
export const mustBe = (name, min, max) => `${name} must be a whole number${
  max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`}.`;

/** What a cell of a convolution does, and to what. */
const DOES = {
  feeds: ["feeds", "output"], multiplies: ["multiplies", "output gradient"], meets: ["meets", "output gradient"],
  inputs: ["reaches", "input"], weights: ["reaches", "weight"],
};

const AXES = ["height", "width"];
const PARAMETERS = { // of a sliding window
  input: "Input size", kernel: "Kernel size", padding: "Padding", stride: "Stride", dilation: "Dilation",
};
/** A parameter of a sliding window along an axis, or with null along both. */
const parameter = (name, axis) => PARAMETERS[name] + (axis === null ? "" : `, ${AXES[axis]}`);

export default {
  axes: AXES,
  slider: (label) => `${label}, slider`,
  square: "height = width",
  parameters: PARAMETERS,
  parameter,
  reset: "Reset",
  example: "Example",
  choose: "choose …",
  tabsLabel: "What is shown",
  codeLabel: "The same in PyTorch, with asserts",
  unpin: "Unpin",
  pinned: (sentence) => `Pinned: ${sentence}`,
  outlined: (name, value, isOutlined) => `${name} = ${value}, ${isOutlined ? "outlined" : "not outlined"}.`,
  use: (value) => `Use ${value}`,
  none: (why) => `No output. ${why}`,
  size: times,
  outputSize: "Output size",
  caption: (grid, size) => `${grid} ${times(size)}`,
  paddingCell: (text) => `${text}, padding`,
  droppedCell: (text) => `${text}, dropped`,
  dropped: (axis, number, one) => `${axis}: the floor drops the last ${
    number === 1 ? one : count(number, one)} of the padded input, struck through.`,
  tooMany: ({ cells }) => `This makes ${cells.toLocaleString("en")} cells; at most 3,000 are drawn.`,
  help: "Point at a cell or move with the arrow keys. A click or Enter changes a number and pins a result; Space pins "
    + "any cell; Esc lets go. With a finger, tap to pin and tap again to change. Indices count from 0.",
  does: (name, value, what, number) => `${name} = ${value} ${DOES[what][0]} ${count(number, DOES[what][1])}`,
  multiplies: (name, value, inputs, padding) => `${name} = ${value} multiplies ${count(inputs, "input")}`
    + `${padding ? ` (${padding} of them padding)` : ""}, one for each output.`,
  feedsNone: (name, value, why) => `${name} = ${value} feeds no output: ${{
    dropped: "the floor drops it.", skipped: "no weight meets it.", smaller: "it is the largest of no window.",
  }[why]}`,
  products: (terms) => `the sum of ${count(terms, "product")}`,
  biasTerm: (text) => `${text} (bias)`,
  edit: (name) => `${name}, new value`,
  notANumber: (text) => `“${text}” is not a number. Type one such as 2 or −0.5, or press Esc.`,
  notANumberKept: (text, kept) => `“${text}” is not a number. The cell keeps ${kept}.`,
  picture: "Own picture …",
  notAPicture: (name) => `The browser can read no picture in ${name}.`,
  empty: "empty",
  matrixSummary: (size, [row, column], cells) => (
    `${times(size)}, a row for each ${row}, a column for each ${column}: `
    + `${count(cells, "cell is", "cells are")} not empty.`),
  matrixPlace: (row, column) => `row ${row}, column ${column}`,
  matrixCell: (row, column, content, same) => (
    `Row ${row}, column ${column}: ${content}${same > 1 ? `, in ${same} cells` : ""}.`),
  matrixPart: ([row, column], [rows, columns]) => `In numbers: ${rows} rows from ${row}, ${columns} columns from `
    + `${column}; Enter or a click centres the numbers there.`,
  check: "Check",
  copy: "Copy",
  copied: "Copied.",
  selected: "The code is selected: press Ctrl+C.",
  link: "Copy link",
  failed: "The browser does not let this page copy: the link is in the address bar.",
  noState: "The address holds no legal state.",
  loading: "Loading …",
  notLoaded: "This part did not load. Check the connection, then choose it again.",
  play: "Play",
  pause: "Pause",
  step: "One step on",
  back: "One step back",
  first: "To the start",
  scrub: (label) => `${label}, position`,
  speed: "Speed",
  perSecond: (steps) => `${steps} a second`,
  place: (step, steps) => `${step + 1} of ${steps}`,
  player: "Position",
  formula: {
    out: "output", input: "input", padding: "padding", dilation: "dilation", kernel: "kernel",
    stride: "stride", extra: "output padding",
  },
};
