// Every word of the activation widget. A sentence with numbers is a function of them.
import shared, { at, count, minus } from "./shared.mjs";

const parameter = (name) => (
  { layers: "Layers n", w: "Weight w", rows: "Rows", columns: "Columns" })[name] ?? name; // or as in torch
const percent = (share) => `${Math.round(100 * share)}%`;

export default {
  ...shared,
  activation: "Activations",
  tabs: { curves: "Curves", map: "Feature map", depth: "Gradient through depth" },
  parameter,
  percent,
  one: "Activation",
  other: "Compare with",
  nothing: "nothing",
  names: { gelu_tanh: "gelu, approximate=\"tanh\"" },

  formula: {
    relu: "max(0, x)", leaky_relu: "x if x > 0, else negative_slope · x", prelu: "x if x > 0, else weight · x",
    relu6: "min(max(0, x), 6)", elu: "x if x > 0, else alpha · (eˣ − 1)",
    selu: "1.0507 · (x if x > 0, else 1.6733 · (eˣ − 1))", gelu: "x · Φ(x), Φ the normal distribution",
    gelu_tanh: "x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))", silu: "x · sigmoid(x)", mish: "x · tanh(softplus(x))",
    softplus: "log(1 + e^(beta · x)) / beta", sigmoid: "1 / (1 + e⁻ˣ)", tanh: "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
    hardsigmoid: "min(max(0, x + 3), 6) / 6", hardswish: "x · min(max(0, x + 3), 6) / 6",
  },
  definition: (name, formula) => `${name}(x) = ${formula}`,
  reading: ([name, x, value, slope]) => `${name}(${x}) = ${value}, slope ${name}′(${x}) = ${slope}`,
  kink: ([name, x, , slope]) => `At x = ${x} the slope of ${name} jumps; PyTorch takes ${slope} there.`,
  values: "f(x)",
  slopes: "slope f′(x)",
  chart: (title, readings) => `${[title, ...readings].join(". ")}.`,
  sight: (title, [low, high]) => `${title} from ${low} to ${high}`,
  drag: "Drag in a picture, move the slider or type to change x.",

  input: "input",
  output: (name) => `${name}(input)`,
  slopeOf: (name) => `slope ${name}′(input)`,
  name: (grid, cell) => `${grid}${at(cell)}`,
  blocked: (text) => `${text}, no gradient`,
  passes: (name, dead, count, mean) => `${name}: ${dead} of ${count} cells pass no gradient (struck through); the mean `
    + `slope is ${mean}.`,
  cell: (place, [name, x, value, slope]) => `${name}: input${at(place)} = ${x} becomes ${value}; a gradient is `
    + `multiplied by ${slope}.`,

  columns: ["z = w·x", "f(z)", "w·f′(z)", "product", "dead"],
  layers: (name) => `Layers of ${name}`,
  layerCell: (layer, column) => `layer ${layer}, ${column}`,
  layer: (name, k, [z, value, w, slope, product], share) => [
    `Layer ${k}: z = ${z}, ${name}(z) = ${value}`, `factor w·f′(z) = ${w} · ${slope}`,
    `product of ${count(k, "factor")} = ${product}; dead: ${percent(share)}.`,
  ].join("; "),
  products: "size of ∂y/∂x after each layer (logarithmic)",
  power: (exponent) => `10${[...String(exponent)].map((one) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[one] ?? "⁻").join("")}`,
  end: (name, layers, product) => `${name}: ∂y/∂x = ${product} after ${count(layers, "layer")}`,
  fate: {
    dead: "the gradient is exactly 0: nothing before this layer learns", vanishing: "it vanishes",
    shrinking: "it shrinks", kept: "it keeps its size", growing: "it grows", exploding: "it explodes",
  },
  verdict: (end, fate, share) => `${end}, ${fate}. Dead: ${percent(share)} of the inputs from −3 to 3 get no gradient.`,
  none: (reason) => `No result. ${reason}`,
  problem: {
    range: ({ parameter: name, min, max, whole }) => `${parameter(name)} must be a ${whole ? "whole " : ""}number from `
      + `${minus(min)} to ${max}.`,
  },
};
