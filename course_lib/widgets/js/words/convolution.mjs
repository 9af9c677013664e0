// Every word of the convolution widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const LINES = ["row", "column"];
const count = (number, one) => `${number} ${one}${number === 1 ? "" : "s"}`;
const lines = (number, axis) => count(number, LINES[axis]);
const at = (indices) => (indices.length ? `[${indices.join(", ")}]` : "");
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const parameterOf = (name) => ({ input: "Input size", kernel: "Kernel size" })[name] ?? capital(name.replace("_", " "));
const parameter = (name, axis) => parameterOf(name) + (axis === null ? "" : `, ${shared.axes[axis]}`);
const NAMES = {
  activated: "ReLU", gradActivated: "∂L/∂ReLU", gradOutput: "∂L/∂output", gradInput: "∂L/∂input",
  gradKernel: "∂L/∂kernel", gradBias: "∂L/∂bias",
};
const nameOf = (role) => NAMES[role] ?? role;
const SIDES = ["top", "bottom", "left", "right"];

const SIZE_MISTAKES = {
  padding_once: "the padding counts on both sides.",
  floor: "the division is rounded down.",
  not_transposed: "a transposed convolution runs the rule backwards.",
  adaptive: "an adaptive pool has the size that it is given.",
  other: "see the rule below.",
};
const VALUE_MISTAKES = {
  flip: "the kernel is turned: only a true convolution flips it.",
  channels: "only one channel is counted, not all that the filter reads.",
  max_for_mean: "an average pool takes the mean.",
  sum_for_mean: "the mean divides the sum by their number.",
  mean_for_max: "a max pool takes the largest.",
  other: "add up each input × its weight.",
};

const missing = (what) => `the ${what} is missing.`;

export default {
  ...shared,
  convolution: "Convolution",
  parameter,
  square: "square",
  same: "“same”",
  pads: (pads) => pads.map((pad, side) => `${pad} ${SIDES[side]}`).join(", "),

  operation: "Operation",
  operations: {
    conv2d: "convolution", conv_transpose2d: "transposed convolution", max_pool2d: "max pooling",
    avg_pool2d: "average pooling", adaptive_max_pool2d: "adaptive max pooling",
    adaptive_avg_pool2d: "adaptive average pooling",
  },
  example: "Example",
  choose: "choose …",
  more: "Channels, groups, bias, padding mode",
  groupsOf: ({ groups, channels, filters }) => {
    const kind = groups === 1 ? " (dense)" : groups === channels && filters % channels === 0 ? " (depthwise)" : "";
    return `Groups${kind}`;
  },
  relu: "ReLU",
  padding_mode: "Padding mode",
  bias: "bias",
  flip: "true convolution (kernel flipped)",
  count_include_pad: "average counts the padding",
  perSide: "padding for each side",
  sides: SIDES,
  padding: (side) => `Padding, ${side}`,
  filter: "Filter",
  channelShown: "Channel",
  symbols: "symbols",
  ask: "ask me first",
  brush: "brush",
  brushValue: "Brush, value",
  picture: "Own picture",
  noPicture: "The browser can read no picture in this file.",
  link: "Copy link",
  failed: "See the address bar.",
  noState: "The address holds no legal state.",
  tabs: "What is shown",
  tabNames: {
    output: "Output", input_grad: NAMES.gradInput, kernel_grad: NAMES.gradKernel, bias_grad: NAMES.gradBias,
    matrix: "As a matrix", code: "PyTorch",
  },
  gradient: (name) => `L is the sum of ${name.slice(4)} × ${name}, which is 1 until you change it.`,
  noWeights: "A pool has no weights and no bias.",
  noBias: "This layer has no bias; its gradient would be:",
  matrixForm: "Form",
  matrixForms: { toeplitz: "output = matrix · input", transposed: "transposed: ∂L/∂input",
    im2col: "im2col: kernel · windows" },
  matrixSummary: (form, size, cells) => {
    const [row, column] = {
      toeplitz: ["output", "input"], transposed: ["input", "output"], im2col: ["weight", "window"],
    }[form];
    return `${size}, a row for each ${row}, a column for each ${column}: ${cells} cells are not empty.`;
  },
  empty: "empty",
  matrixPlace: (row, column) => `row ${row}, column ${column}`,
  matrixCell: (row, column, content, same) => (
    `Row ${row}, column ${column}: ${content}${same > 1 ? `, in ${same} cells` : ""}.`),
  matrixPart: ([row, column], [rows, columns]) => `In numbers: ${rows} rows from ${row}, ${columns} columns from `
    + `${column}; Enter or a click centres the numbers there.`,
  zero: "0, padding",
  player: "Position",
  numbered: (index, all) => `${index} of ${all}`,
  askSize: (axis) => `output ${shared.axes[axis]}`,
  askValue: "its value",
  askSizes: "How large is the output?",
  askCell: (name) => `What is ${name}?`,
  askNumber: "Type a number in each field.",
  check: "Check",
  showIt: "Show me",
  right: "Right.",
  mistake: {
    size: (mistake, reply, axis) => `${shared.axes[axis]} ${reply} is not right: ${
      SIZE_MISTAKES[mistake] ?? missing(mistake)}`,
    value: (mistake, reply) => `${reply} is not right: ${VALUE_MISTAKES[mistake] ?? missing(mistake)}`,
  },

  title: (role, indices, size) => [capital(nameOf(role)), at(indices), size].filter(Boolean).join(" "),
  padded: (input, size) => `${input}, padded ${size}`,
  none: (role, problem) => `No ${role}. ${problem}`,
  paddingCell: (text) => `${text}, padding`,
  droppedCell: (text) => `${text}, dropped`,
  hidden: "hidden",
  workOut: "Work it out first.",
  sumOfParts: "Σ parts",
  sumOfFilters: "Σ filters",
  onlyOneFilter: (filter, all) => `Only filter ${filter} of ${all} is drawn.`,

  name: (role, indices) => `${nameOf(role)}${at(indices)}`,
  paddingName: ([row, column]) => `padding at row ${row}, column ${column}`,
  channel: (channel) => `channel ${channel}`,
  biasTerm: (text) => `${text} (bias)`,
  sum: (name, terms, sum) => `${name} = ${terms} = ${sum}.`,
  products: (terms) => `the sum of ${count(terms, "product")}`,
  longSum: (name, sum, all) => `${name} = ${sum}, ${all}.`,
  allPadding: (name) => `${name} = −∞: its window is all padding.`,
  max: (name, value, from) => `${name} = ${value}, the largest, at ${from}.`,
  mean: (name, value, number) => `${name} = ${value}, the mean of ${number}.`,
  activated: (name, value, output, before) => `${name} = max(0, ${output}) = ${value}, as ${output} = ${before}.`,
  letThrough: (name, value, output, before) => `${name} = ${value} is ${before > 0 ? "let through" : "stopped"}, `
    + `as ${output} = ${before}.`,
  does: (name, value, verb, number, noun) => `${name} = ${value} ${verb} ${count(number, noun)}`,
  times: (name, number) => `${name} × ${number}`,
  feedsNone: (name, value, why) => `${name} = ${value} feeds no output: ${{
    dropped: "the floor drops it.", skipped: "no weight meets it.",
    smaller: "it is the largest of no window.",
  }[why]}`,
  multiplies: (name, value, inputs, padding) => `${name} = ${value} multiplies ${count(inputs, "input")}`
    + `${padding ? ` (${padding} of them padding)` : ""}, one for each output.`,
  isAdded: (name, value, where) => `${name} = ${value} is added to ${where}.`,
  outputs: (outputs) => `all ${outputs} outputs of its filter`,
  asked: (name) => `${name} = ?`,
  help: "Point at a cell or move with the arrow keys. A click or Enter changes an input or a weight "
    + "and pins an output; Space pins any cell; Esc lets go. Tap to pin, again to change. Indices count from 0.",

  outputSize: "Output size",
  dropped: (axis, { dropped }) => `${shared.axes[axis]}: the floor drops the last `
    + `${dropped === 1 ? LINES[axis] : lines(dropped, axis)} of the padded input, struck through.`,
  adaptive: (axis, { input, output }) => `${shared.axes[axis]}: window i reads from ⌊i·${input}/${output}⌋ `
    + `up to, but not including, ⌈(i + 1)·${input}/${output}⌉.`,
  newOutput: (size) => `Output ${size}.`,

  problem: {
    range: ({ parameter: name, axes, axis, min, max }) => (
      `${parameter(name, axes?.length > 1 ? null : axis)} must be a whole number`
      + `${max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`}.`),
    groups: ({ groups, channels, filters }) => `Groups must divide both channels and filters: ${groups} does not `
      + `divide ${channels} and ${filters}.`,
    fit: ({ kernel, dilation, extent, padded, axis }) => `A kernel of ${lines(kernel, axis)} `
      + `${dilation > 1 ? `with dilation ${dilation} covers ${extent}` : "does not fit"}: `
      + `the padded input has only ${padded}.`,
    stride: ({ stride }) => `Padding “same” needs stride 1; the stride is ${stride}.`,
    sides: () => "PyTorch takes one padding for both sides here, and no “same”.",
    mode: ({ mode, most, axis }) => `Padding mode ${mode} can add at most ${lines(most, axis)} on each side.`,
    half: ({ half }) => `The padding of a pool is at most half its window, here ${half}.`,
    extra: ({ stride, dilation }) => `Output padding must be smaller than the stride ${stride} or the `
      + `dilation ${dilation}.`,
    small: ({ output, axis }) => `The padding cuts the output down to ${lines(output, axis)}.`,
    cells: ({ cells }) => `This makes ${cells.toLocaleString("en")} cells; at most 3,000 are drawn.`,
  },
};
