// Every word of the volume widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
const minus = (number) => String(number).replace("-", "−");
const at = (place) => `[${place.map(minus).join(", ")}]`;
const PARAMETERS = {
  input: "Input size", kernel: "Kernel size", padding: "Padding", stride: "Stride", dilation: "Dilation",
};
const AXES = ["depth", "height", "width"];
const GROUPS = { 0: "depth", 1: "height", 2: "width", "1,2": "height and width", "0,1,2": "all three" };
const parameter = (name, axes) => `${PARAMETERS[name]}, ${GROUPS[axes]}`;
const ROLES = {
  input: "Input", kernel: "Kernel", output: "Output", grad_input: "∂L/∂input", grad_kernel: "∂L/∂kernel",
  grad_output: "∂L/∂output", bias: "Bias", grad_bias: "∂L/∂bias",
};
const NAMES = { ...ROLES, input: "input", kernel: "kernel", output: "output", bias: "bias" };
const sliceOf = (role, index) => (index === null ? "padding" : `${NAMES[role]} slice ${index}`);
const MEETS = { output: { input: "under", kernel: "over" }, input: { output: "through", kernel: "to" } };
const times = (shape) => shape.join(" × ");

export default {
  ...shared,
  volume: "Three-dimensional convolution", axes: AXES, parameter, parameters: PARAMETERS,
  captions: { 0: "depth", 1: "height", 2: "width", "1,2": "h, w" },
  linked: "height = width",
  linkedHelp: "height and width change together",
  biasOn: "with bias",
  presets: {
    label: "Example", none: "choose …",
    names: {
      channels: "2-D over channels", slices: "one slice at a time", video: "video: 3 deep, depth padded",
      stride: "stride 2 on all axes",
    },
  },
  tabsLabel: "What is shown",
  tabs: { output: "Output", input_grad: "∂L/∂input", kernel_grad: "∂L/∂kernel", code: "PyTorch" },
  about: {
    output: "A 3-D convolution is a sum of 2-D convolutions: each slice of the kernel slides over slices of the input, "
      + "and what they make is added up.",
    input_grad: "L is the sum of output × ∂L/∂output; ∂L/∂output is 1 everywhere until you change it.",
    kernel_grad: "L is the sum of output × ∂L/∂output; ∂L/∂output is 1 everywhere until you change it.",
  },
  volumeTitle: (role, shape, padded) => `${ROLES[role]} ${times(shape)}${padded ? `, padded ${times(padded)}` : ""}`,
  sliceTitle: (role, index) => (role === "bias" || role === "grad_bias" ? ROLES[role]
    : index === null ? "Padding" : `${ROLES[role]}[${index}]`),
  gridLabel: (role, slice, isInside, size) => (role === "bias" || role === "grad_bias" ? `${ROLES[role]} 1`
    : `${isInside ? ROLES[role] : "Padding "}[${minus(slice)}] ${times(size)}`),
  // Under a slice: the slice that it meets in the products of the chosen cell.
  meets: (chosen, role, other, slice) => `${MEETS[chosen]?.[role] ?? "with"} ${
    slice === null ? "padding" : `${NAMES[other]}[${slice}]`}`,
  name: (role, place) => `${NAMES[role]}${place.length ? at(place) : ""}`,
  place: at,
  paddingCell: (text) => `${text}, padding`,
  droppedCell: (text) => `${text}, dropped`,

  partial: (one, two) => `${sliceOf(...one)} over ${sliceOf(...two)}`,
  makes: (part, sum) => `${part} makes ${sum}`,
  products: (number) => count(number, "product"),
  biasTerm: (text) => `${text} (bias)`,
  sum: (name, parts, value) => `${name} = ${parts.length ? `${parts.join(" + ")} = ` : ""}${value}.`,
  nothing: (name) => `${name} = 0: no window has read it.`,
  biasAdds: (name, value, number) => `${name} = ${value} is added to all ${count(number, "output")}.`,
  gradBias: (value, number) => `∂L/∂bias = ${value}, the sum of the ${count(number, "output gradient")}.`,
  feeds: (name, value, number) => `${name} = ${value} feeds ${count(number, "output")}`,
  withWeight: (place, weight) => `${place} with weight ${weight}`,
  withInput: (place, input) => `${place} with input ${input}`,
  feedsNone: {
    dropped: (name, value) => `${name} = ${value} feeds no output: the floor drops it.`,
    skipped: (name, value) => `${name} = ${value} feeds no output: no window has a weight on it.`,
  },
  weighs: (name, value, number, padding) => `${name} = ${value} multiplies ${count(number, "input")}${
    padding ? ` (${padding} of them padding)` : ""}, one for each output.`,
  weighsGrad: (name, value, number, outputs) => `${name} = ${value} multiplies ${number} of the ${
    count(outputs, "output gradient")}, one for each input that it has met.`,
  reachesInputs: (name, value, number) => `${name} = ${value} reaches ${count(number, "input")}`,
  reachesWeights: (name, value, number) => `${name} = ${value} reaches ${count(number, "weight")}`,
  meetsGrads: (name, value, number) => `${name} = ${value} meets ${count(number, "output gradient")}, one for each `
    + "weight that has read it.",
  help: "Point at a cell or move to it with the arrow keys. A click or Enter changes a number and pins a result; "
    + "Space pins any cell; Esc lets go. With a finger, tap to pin and tap again to change. Indices count from 0: "
    + "depth, height, width.",

  outputSize: "Output size",
  dropped: (number, axis) => `${["Slices", "Rows", "Columns"][axis]}: the floor drops the last ${
    number === 1 ? "" : `${number} `}of the padded input, struck through.`,
  kinds: {
    slices: (sizes) => `The kernel is one slice deep: a 2-D convolution with one kernel, of each of the ${
      count(sizes.input[0], "slice")} by itself.`,
    channels: (sizes) => `The kernel is as deep as the input and has one place along depth, so the output has depth 1: `
      + `this is a 2-D convolution over ${count(sizes.input[0], "channel")}.`,
    depth: (sizes, places) => `The kernel slides along depth too: it has ${count(places, "place")} there, and the `
      + `same weights at each. A 2-D convolution over ${count(sizes.input[0], "channel")} has one place, as its kernel `
      + "is as deep as the input.",
  },
  makeFlat: (depth) => `Make it 2-D over ${depth} channels`,
  cost: "Cost",
  costLine: ({ one, outputs, all }, kernel, shape) => `${kernel.join("·")} = ${one} multiply-accumulates (MACs) for `
    + `each of ${shape.join("·")} = ${outputs.toLocaleString("en")} outputs: ${all.toLocaleString("en")}.`,
  costFlat: (depth, flat) => `A kernel one slice deep takes ${flat.join("·")} = ${flat[0] * flat[1]} for each output, `
    + `${depth} times fewer. For a cube it is k³ against k².`,
  player: "Position",
  codeLabel: "The same in PyTorch, with asserts",
  newOutput: (shape) => `Output ${times(shape)}.`,

  problem: {
    range: ({ parameter: name, axes, min, max }) => `${parameter(name, axes)}: must be a whole number${
      max === Number.MAX_SAFE_INTEGER ? `, ${min} or more` : ` from ${min} to ${max}`}.`,
    fit: ({ extent, padded, axis }) => `The kernel covers ${count(extent, "cell")} along ${AXES[axis]}, but the `
      + `padded input has ${padded}.`,
    cells: ({ cells }) => `This makes ${cells.toLocaleString("en")} cells; at most 3,000 are drawn.`,
  },
  none: (why) => `No output. ${why}`,
};
