// Every word of the convolution widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const LINES = [["row", "rows"], ["column", "columns"]];
const lines = (count, axis) => `${count} ${LINES[axis][count === 1 ? 0 : 1]}`;
const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;
const at = (indices) => (indices.length ? `[${indices.join(", ")}]` : "");
const PARAMETERS = {
  input: "Input size", kernel: "Kernel size", padding: "Padding", stride: "Stride", dilation: "Dilation",
  output_padding: "Output padding", output_size: "Output size", channels: "Channels", filters: "Filters",
  groups: "Groups",
};
const parameter = (name, axis) => (axis === null ? PARAMETERS[name] : `${PARAMETERS[name]}, ${shared.axes[axis]}`);
const GRIDS = {
  input: "Input", kernel: "Kernel", output: "Output", part: "Part", bias: "Bias", upstream: "∂L/∂output",
  gradInput: "∂L/∂input", gradKernel: "∂L/∂kernel", gradBias: "∂L/∂bias",
};
const NAMES = { ...GRIDS, input: "input", kernel: "kernel", output: "output", part: "part", bias: "bias" };

const SIZE_MISTAKES = {
  padding_once: "the padding is added before and after, so it counts twice.",
  padding: "the padding is missing.",
  padding_added: "a transposed convolution takes the padding away.",
  dilation: "the dilation is missing: taps lie that many steps apart.",
  stride: "the stride is missing: windows start that many steps apart.",
  floor: "the division is rounded down, not up: a window that does not fit whole is dropped.",
  one: "the + 1 is missing: the first window counts too.",
  less: "the − 1 is missing: a kernel of 1 covers one step.",
  stride_dilation: "stride and dilation have changed places.",
  same_as_input: "that is the size of the input; here the output has another.",
  extra: "the output padding is missing.",
  input_less_one: "between n inputs there are n − 1 strides.",
  not_transposed: "that is the rule of a convolution; a transposed one runs it backwards.",
  adaptive: "an adaptive pool has just the output size that it is given.",
  other: "put the numbers into the rule below.",
};
const VALUE_MISTAKES = {
  bias: "the bias is missing.",
  flip: "the kernel is turned: a layer in PyTorch does not flip it, a true convolution does.",
  channels: "only one channel is counted; the output is the sum over all that the filter reads.",
  stride: "the window starts too early: windows are a stride apart.",
  dilation: "the taps lie too close: they are a dilation apart.",
  padding: "the padding is not zeros in this mode.",
  transposed_index: "row and column have changed places.",
  sign: "the sign is turned.",
  inputs_only: "the inputs are summed without their weights.",
  max_for_mean: "that is the largest; an average pool takes the mean.",
  sum_for_mean: "that is the sum; the mean divides it by the number of values.",
  mean_for_max: "that is the mean; a max pool takes the largest.",
  count: "the mean is divided by the wrong number: mind whether the padding counts.",
  other: "multiply each input under the window by its weight, and add up.",
};

export default {
  ...shared,
  convolution: "Convolution",
  parameter,
  square: "square",
  squareHelp: "height and width change together",
  same: "“same”",
  samePads: ([before, after], axis) => (axis === 0
    ? `${before} above, ${after} below` : `${before} left, ${after} right`),

  operation: "Operation",
  operations: {
    conv2d: "convolution", conv_transpose2d: "transposed convolution", max_pool2d: "max pooling",
    avg_pool2d: "average pooling", adaptive_max_pool2d: "adaptive max pooling",
    adaptive_avg_pool2d: "adaptive average pooling",
  },
  example: "Example",
  chooseExample: "choose …",
  more: "Channels, groups, bias, padding mode",
  groupsOf: (groups, channels, filters) => {
    if (groups === 1) return "1 (dense)";
    return groups === channels && filters % channels === 0 ? `${groups} (depthwise)` : String(groups);
  },
  paddingMode: "Padding mode",
  bias: "bias",
  flip: "true convolution (kernel flipped)",
  countIncludePad: "average counts the padding",
  perSide: "padding for each side",
  sides: ["Padding, top", "Padding, bottom", "Padding, left", "Padding, right"],
  filter: "Filter",
  channelShown: "Channel",
  symbols: "symbols",
  ask: "ask me first",
  brush: "brush",
  brushValue: "Brush, value",
  link: "Copy link",
  linkCopied: "The address of this state is copied.",
  linkFailed: "The address of this state stands in the address bar.",
  badAddress: "The address holds a state that is not legal; the widget shows its own.",
  tabs: "What is shown",
  tabNames: {
    output: "Output", input_grad: "∂L/∂input", kernel_grad: "∂L/∂kernel", bias_grad: "∂L/∂bias", matrix: "As a matrix",
    code: "PyTorch",
  },
  gradientHelp: "L is the sum of output × ∂L/∂output; ∂L/∂output is 1 everywhere until you change it.",
  noWeights: "A pool has no weights and no bias, so there is no gradient for them.",
  noBias: "This layer has no bias; with one, its gradient would be:",
  matrixForm: "Form",
  matrixForms: { toeplitz: "output = matrix · input", transposed: "transposed: ∂L/∂input",
    im2col: "im2col: kernel · windows" },
  matrixSummary: {
    toeplitz: (size, cells) => `${size}, a row for each output, a column for each input: ${cells} cells are not empty.`,
    transposed: (size, cells) => `${size}, a row for each input, a column for each output: `
      + `${cells} cells are not empty.`,
    im2col: (size) => `${size}: each column is the window of one output; the kernel, as one row, multiplies them all.`,
  },
  matrixCell: (row, column, weight, value, same) => `Row ${row}, column ${column}: ${weight} = ${value}`
    + `${same > 1 ? `, in ${same} cells` : ""}.`,
  matrixZero: (row, column) => `Row ${row}, column ${column}: empty.`,
  zero: "0, padding",
  player: "Position",
  numbered: (name, index, count) => `${index} of ${count}`,
  copyCode: "Copy",
  codeCopied: "The code is copied.",
  codeSelected: "The code is selected: copy it with Ctrl+C.",
  askSize: (axis) => `output ${shared.axes[axis]}`,
  askValue: "its value",
  askSizes: "How large is the output?",
  askCell: (name) => `What is ${name}? Choose another cell by pointing at it.`,
  askNumber: "Type a number in each field.",
  check: "Check",
  showIt: "Show me",
  right: "Right.",
  sizeMistake: (mistake, axis, reply) => `${shared.axes[axis]} ${reply} is not right: ${SIZE_MISTAKES[mistake]}`,
  valueMistake: (mistake, reply) => `${reply} is not right: ${VALUE_MISTAKES[mistake]}`,
  positions: { output: "Output position", gradInput: "Input position", gradKernel: "Weight", gradBias: "Filter" },

  grids: GRIDS,
  title: (role, indices, size) => [GRIDS[role], at(indices), size].filter(Boolean).join(" "),
  padded: (input, size) => `${input}, padded ${size}`,
  none: { input: "No input.", kernel: "No kernel.", output: "No output." },
  paddingCell: (text) => `${text}, padding`,
  droppedCell: (text) => `${text}, dropped`,
  hiddenValue: "hidden",
  workOut: "Work it out first.",
  sumOfParts: "Σ parts",
  sumOfFilters: "Σ filters",
  sameUpstream: "∂L/∂output",
  onlyOneFilter: (filter, all) => `Only filter ${filter} is drawn; the gradient is the sum over all ${all}.`,

  name: (role, indices) => `${NAMES[role]}${at(indices)}`,
  paddingName: ([row, column]) => `padding at row ${row}, column ${column}`,
  channel: (channel) => `channel ${channel}`,
  biasTerm: (text) => `${text} (bias)`,
  sum: (name, terms, sum) => `${name} = ${terms} = ${sum}.`,
  longSum: (name, terms, sum) => `${name} = ${sum}${sum && ", "}the sum of ${count(terms, "product", "products")}.`,
  max: (name, value, from) => `${name} = ${value}, the largest, at ${from}.`,
  from: (name) => `, at ${name}`,
  mean: (name, value, number) => `${name} = ${value}, the mean of ${number}.`,
  feeds: (name, value, outputs) => `${name} = ${value} feeds ${count(outputs, "output", "outputs")}:`,
  meets: (name, value, outputs) => `${name} = ${value} meets ${count(outputs, "output gradient", "output gradients")}:`,
  feedsOne: (cell, weight, what = "weight") => `${at(cell)} with ${what} ${weight}`,
  feedsNone: {
    dropped: (name, value) => `${name} = ${value} feeds no output: the floor drops it.`,
    skipped: (name, value) => `${name} = ${value} feeds no output: no window has a weight on it.`,
    smaller: (name, value) => `${name} = ${value} is the largest of no window, so it passes nothing on.`,
  },
  multiplies: (name, value, inputs, padding) => {
    const ofThem = padding ? ` (${padding} of them padding)` : "";
    return `${name} = ${value} multiplies ${count(inputs, "input", "inputs")}${ofThem}, one for each output.`;
  },
  multipliesSlopes: (name, value, slopes) => `${name} = ${value} multiplies `
    + `${count(slopes, "output gradient", "output gradients")}.`,
  biasAdds: (name, value, outputs) => `${name} = ${value} is added to all ${outputs} outputs of its filter.`,
  reachesBias: (name, value) => `${name} = ${value} is added to ∂L/∂bias of its filter.`,
  reachesInputs: (name, value, inputs) => `${name} = ${value} reaches ${count(inputs, "input", "inputs")}:`,
  reachesWeights: (name, value, weights) => `${name} = ${value} reaches ${count(weights, "weight", "weights")}:`,
  hiddenOutput: (name) => `${name} = ?`,
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
  adaptive: (axis, input, output) => `${axis === 0 ? "Rows" : "Columns"}: window i reads from ⌊i·${input}/${output}⌋ `
    + `up to, but not including, ⌈(i + 1)·${input}/${output}⌉.`,
  newOutput: (size) => `Output ${size}.`,

  problem: {
    range: ({ parameter: name, axes, axis, min, max }) => {
      const range = max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`;
      return `${parameter(name, axes.length > 1 ? null : axis)} must be a whole number${range}.`;
    },
    count: ({ parameter: name, max }) => `${parameter(name, null)} must be a whole number from 1 to ${max}.`,
    groups: ({ groups, channels, filters }) => `${count(groups, "group does", "groups do")} not divide both `
      + `${count(channels, "channel", "channels")} and ${count(filters, "filter", "filters")}.`,
    fit: ({ kernel, dilation, extent, padded, axis }) => `A kernel of ${lines(kernel, axis)} `
      + `${dilation > 1 ? `with dilation ${dilation} covers ${extent}` : "does not fit"}: `
      + `the padded input has only ${padded}.`,
    "same-stride": ({ stride }) => `Padding “same” needs stride 1; the stride is ${stride}.`,
    sides: () => "PyTorch takes one padding for both sides here, and no “same”.",
    mode: ({ mode, most, axis }) => `Padding mode ${mode} can add at most ${lines(most, axis)} on each side.`,
    half: ({ half }) => `The padding of a pool is at most half its window, here ${half}.`,
    "output-padding": ({ stride, dilation }) => `Output padding must be smaller than the stride ${stride} or the `
      + `dilation ${dilation}.`,
    small: ({ output, axis }) => `The padding cuts the output down to ${lines(output, axis)}.`,
    cells: ({ cells, most }) => `This makes ${cells.toLocaleString("en")} cells; `
      + `at most ${most.toLocaleString("en")} are drawn.`,
  },
};
