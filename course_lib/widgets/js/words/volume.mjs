// Every word of the volume widget. A sentence with numbers is a function of them.
import shared, { at, count, listed, mustBe, times } from "./shared.mjs";

const AXES = ["depth", "height", "width"];
const GROUPS = { 0: "depth", 1: "height", 2: "width", "1,2": "height and width", "0,1,2": "all three" };
const parameter = (name, axes) => `${shared.parameters[name]}, ${GROUPS[axes]}`;
const ROLES = {
  input: "Input", kernel: "Kernel", output: "Output", grad_input: "∂L/∂input", grad_kernel: "∂L/∂kernel",
  grad_output: "∂L/∂output", bias: "Bias", grad_bias: "∂L/∂bias",
};
const nameOf = (role) => (role.startsWith("grad") ? ROLES[role] : role); // within a sentence
const isBias = (role) => role.endsWith("bias");
const sliceOf = (role, index) => (index === null ? "padding" : `${nameOf(role)} slice ${index}`);
const MEETS = { output: { input: "under", kernel: "over" }, input: { output: "through", kernel: "to" } };
const ABOUT_GRADIENTS = "L is the sum of output × ∂L/∂output; ∂L/∂output is 1 everywhere until you change it.";

export default {
  ...shared,
  volume: "Three-dimensional convolution",
  axes: AXES,
  captions: { ...AXES, "1,2": "h, w" },
  parameter,
  squareHelp: "height and width change together",
  withBias: "with bias",
  presets: {
    channels: "2-D over channels", slices: "one slice at a time", video: "video: 3 deep, depth padded",
    stride: "stride 2 on all axes",
  },
  tabs: { output: "Output", input_grad: "∂L/∂input", kernel_grad: "∂L/∂kernel", code: "PyTorch" },
  about: {
    output: "A 3-D convolution is a sum of 2-D convolutions: each slice of the kernel slides over slices of the input, "
      + "and what they make is added up.",
    input_grad: ABOUT_GRADIENTS,
    kernel_grad: ABOUT_GRADIENTS,
  },
  volumeTitle: (role, shape, padded) => (isBias(role) ? ROLES[role]
    : `${ROLES[role]} ${times(shape)}${padded ? `, padded ${times(padded)}` : ""}`),
  sliceTitle: (role, index, isInside) => (isInside ? `${ROLES[role]}[${index}]` : "Padding"),
  gridLabel: (role, index, isInside, size) => (isBias(role) ? `${ROLES[role]} 1`
    : `${isInside ? ROLES[role] : "Padding "}${at([index])} ${times(size)}`),
  // Under a slice: the slice that it meets in the products of the chosen cell.
  meets: (chosen, role, other, slice) => `${MEETS[chosen]?.[role] ?? "with"} ${
    slice === null ? "padding" : `${nameOf(other)}[${slice}]`}`,
  name: (role, place) => `${nameOf(role)}${at(place)}`,
  place: at,

  partial: (one, two) => `${sliceOf(...one)} over ${sliceOf(...two)}`,
  makes: (part, sum) => `${part} makes ${sum}`,
  sum: (name, parts, value) => `${name} = ${parts.length ? `${parts.join(" + ")} = ` : ""}${value}.`,
  nothing: (name) => `${name} = 0: no window has read it.`,
  biasAdds: (name, value, number) => `${name} = ${value} is added to all ${count(number, "output")}.`,
  gradBias: (value, number) => `∂L/∂bias = ${value}, the sum of the ${count(number, "output gradient")}.`,
  listed,
  with: {
    kernel: (place, weight) => `${place} with weight ${weight}`,
    input: (place, input) => `${place} with input ${input}`,
  },
  weighsGrad: (name, value, number, outputs) => `${name} = ${value} multiplies ${number} of the ${
    count(outputs, "output gradient")}, one for each input that it has met.`,
  meetsGrads: (name, value, number) => (
    `${shared.does(name, value, "meets", number)}, one for each weight that has read it.`),
  help: `${shared.help} A place is [depth, row, column].`,

  lines: ["slice", "row", "column"], // of each axis
  kinds: {
    slices: (depth) => `The kernel is one slice deep: a 2-D convolution with one kernel, of each of the ${
      count(depth, "slice")} by itself.`,
    channels: (depth) => "The kernel is as deep as the input and has one place along depth, so the output has depth 1: "
      + `this is a 2-D convolution over ${count(depth, "channel")}.`,
    depth: (depth, places) => `The kernel slides along depth too: it has ${count(places, "place")} there, and the `
      + `same weights at each. A 2-D convolution over ${count(depth, "channel")} has one place, as its kernel is as `
      + "deep as the input.",
  },
  makeFlat: (depth) => `Make it 2-D over ${depth} channels`,
  cost: "Cost",
  costLine: ({ one, outputs, all }, kernel, shape) => `${kernel.join("·")} = ${one} multiply-accumulates (MACs) for `
    + `each of ${shape.join("·")} = ${count(outputs, "output")}: ${all.toLocaleString("en")}.`,
  costFlat: (depth, flat) => `A kernel one slice deep takes ${flat.join("·")} = ${flat[0] * flat[1]} for each output, `
    + `${depth} times fewer. For a cube it is k³ against k².`,
  newOutput: (shape) => `Output ${times(shape)}.`,

  problem: {
    range: ({ parameter: name, axes, min, max }) => mustBe(parameter(name, axes), min, max),
    fit: ({ extent, padded, axis }) => `The kernel covers ${count(extent, "cell")} along ${AXES[axis]}, but the `
      + `padded input has ${padded}.`,
    cells: shared.tooMany,
  },
};
