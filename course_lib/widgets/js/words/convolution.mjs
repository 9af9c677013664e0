// Every word of the convolution widget. A sentence with numbers is a function of them.
import shared, { at, capital, count, mustBe } from "./shared.mjs";

const LINES = ["row", "column"];
const lines = (number, axis) => count(number, LINES[axis]);
const parameterOf = (name) => shared.parameters[name] ?? capital(name.replace("_", " "));
const parameter = (name, axis) => parameterOf(name) + (axis === null ? "" : `, ${shared.axes[axis]}`);
const NAMES = {
  activated: "ReLU", gradActivated: "∂L/∂ReLU", gradOutput: "∂L/∂output", gradInput: "∂L/∂input",
  gradKernel: "∂L/∂kernel", gradBias: "∂L/∂bias",
};
const nameOf = (role) => NAMES[role] ?? role;
const SIDES = ["top", "bottom", "left", "right"];
export default {
  ...shared,
  convolution: "Convolution",
  parameter,
  same: "“same”",
  pads: (pads) => pads.map((pad, side) => `${pad} ${SIDES[side]}`).join(", "),

  operation: "Operation",
  operations: {
    conv2d: "convolution", conv_transpose2d: "transposed convolution", max_pool2d: "max pooling",
    avg_pool2d: "average pooling", adaptive_max_pool2d: "adaptive max pooling",
    adaptive_avg_pool2d: "adaptive average pooling",
  },
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
  tabNames: {
    output: "Output", input_grad: NAMES.gradInput, kernel_grad: NAMES.gradKernel, bias_grad: NAMES.gradBias,
    matrix: "As a matrix", code: "PyTorch",
  },
  gradient: (name) => `L is the sum of ${name.slice(4)} × ${name}, which is 1 until you change it.`,
  noWeights: "A pool has no weights and no bias.",
  noBias: "This layer has no bias; its gradient would be:",
  numbered: (index, all) => `${index} of ${all}`,
  title: (role, indices, size) => [capital(nameOf(role)), at(indices), size].filter(Boolean).join(" "),
  padded: (input, size) => `${input}, padded ${size}`,
  none: (role, problem) => `No ${role}. ${problem}`,
  hidden: "hidden",
  workOut: "Work it out first.",
  sumOfParts: "Σ parts",
  sumOfFilters: "Σ filters",
  onlyOneFilter: (filter, all) => `Only filter ${filter} of ${all} is drawn.`,

  name: (role, indices) => `${nameOf(role)}${at(indices)}`,
  paddingName: ([row, column]) => `padding at row ${row}, column ${column}`,
  channel: (channel) => `channel ${channel}`,
  sum: (name, terms, sum) => `${name} = ${terms} = ${sum}.`,
  longSum: (name, sum, all) => `${name} = ${sum}, ${all}.`,
  allPadding: (name) => `${name} = −∞: its window is all padding.`,
  standsAt: (name) => `, at ${name}`,
  max: (name, value, from) => `${name} = ${value}, the largest, at ${from}.`,
  mean: (name, value, number) => `${name} = ${value}, the mean of ${number}.`,
  activated: (name, value, output, before) => `${name} = max(0, ${output}) = ${value}, as ${output} = ${before}.`,
  letThrough: (name, value, output, before) => `${name} = ${value} is ${before > 0 ? "let through" : "stopped"}, `
    + `as ${output} = ${before}.`,
  times: (name, number) => `${name} × ${number}`,
  isAdded: (name, value, where) => `${name} = ${value} is added to ${where}.`,
  outputs: (outputs) => `all ${outputs} outputs of its filter`,
  asked: (name) => `${name} = ?`,

  adaptive: (axis, { input, output }) => `${shared.axes[axis]}: window i reads from ⌊i·${input}/${output}⌋ `
    + `up to, but not including, ⌈(i + 1)·${input}/${output}⌉.`,
  lines: LINES,
  newOutput: (size) => `Output ${size}.`,

  problem: {
    range: ({ parameter: name, axes, axis, min, max }) => (
      mustBe(parameter(name, axes?.length > 1 ? null : axis), min, max)),
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
    cells: shared.tooMany,
  },
};
