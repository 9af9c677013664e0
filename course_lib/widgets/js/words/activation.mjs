// Every word of the activation widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const PARAMETERS = {
  x: "x", negative_slope: "negative_slope", weight: "weight", alpha: "alpha", beta: "beta", layers: "Layers n",
  w: "Weight w", rows: "Rows", columns: "Columns",
};
const percent = (share) => `${Math.round(100 * share)}%`;

export default {
  ...shared,
  activation: "Activations",
  views: "What is shown",
  view: { curves: "Curves", map: "Feature map", depth: "Gradient through depth" },
  parameter: (name) => PARAMETERS[name],
  one: "Activation",
  other: "Compare with",
  nothing: "nothing",
  names: { gelu: "gelu", gelu_tanh: "gelu, approximate=\"tanh\"" },

  formula: {
    relu: "max(0, x)", leaky_relu: "x if x > 0, else negative_slope · x", prelu: "x if x > 0, else weight · x",
    relu6: "min(max(0, x), 6)", elu: "x if x > 0, else alpha · (eˣ − 1)",
    selu: "1.0507 · (x if x > 0, else 1.6733 · (eˣ − 1))", gelu: "x · Φ(x), Φ the normal distribution",
    gelu_tanh: "x/2 · (1 + tanh(√(2/π) · (x + 0.044715 · x³)))", silu: "x · sigmoid(x)", mish: "x · tanh(softplus(x))",
    softplus: "log(1 + e^(beta · x)) / beta", sigmoid: "1 / (1 + e⁻ˣ)", tanh: "(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)",
    hardsigmoid: "min(max(0, x + 3), 6) / 6", hardswish: "x · min(max(0, x + 3), 6) / 6",
  },
  definition: (name, formula) => `${name}(x) = ${formula}`,
  reading: (name, x, value, slope) => `${name}(${x}) = ${value}, slope ${name}′(${x}) = ${slope}`,
  kink: (name, x, slope) => `At x = ${x} the slope of ${name} jumps; PyTorch takes ${slope} there.`,
  values: "f(x)",
  slopes: "slope f′(x)",
  chart: (title, [low, high], readings) => `${title} from ${low} to ${high}. ${readings.join(". ")}.`,
  drag: "Drag in a picture, move the slider or type to change x.",

  input: "input x",
  output: (name) => `${name}(x)`,
  slopeOf: (name) => `slope ${name}′(x)`,
  size: ([rows, columns]) => `${rows} × ${columns}`,
  name: (grid, [i, j]) => `${grid}[${i}, ${j}]`,
  blocked: (text) => `${text}, no gradient`,
  passes: (name, dead, count, mean) => `${name}: ${dead} of ${count} cells pass no gradient (struck through); the mean `
    + `slope is ${mean}.`,
  cell: (name, place, x, value, slope) => `${name}: x[${place.join(", ")}] = ${x} becomes ${value}; a gradient is `
    + `multiplied by ${slope}.`,

  chain: (name) => `x₀ = x, xₖ₊₁ = ${name}(w · xₖ)`,
  columns: ["z = w·x", "f(z)", "w·f′(z)", "product"],
  layers: (name) => `Layers of ${name}`,
  layerCell: (layer, column) => `layer ${layer}, ${column}`,
  layer: (name, k, z, value, w, slope, product) => [
    `Layer ${k}: z = ${z}, ${name}(z) = ${value}`, `factor w·f′(z) = ${w} · ${slope}`,
    `product of ${k} ${k === 1 ? "factor" : "factors"} = ${product}.`,
  ].join("; "),
  products: "size of ∂y/∂x after each layer (logarithmic)",
  power: (exponent) => `10${[...String(exponent)].map((one) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[one] ?? "⁻").join("")}`,
  productChart: (ends) => `Size of the product after each layer, logarithmic. ${ends.join(". ")}.`,
  end: (name, layers, product) => `${name}: ${product} after ${layers} ${layers === 1 ? "layer" : "layers"}`,
  fate: {
    dead: "the gradient is exactly 0: nothing before this layer learns", vanishing: "it vanishes",
    shrinking: "it shrinks", kept: "it keeps its size", growing: "it grows", exploding: "it explodes",
    overflow: "the numbers overflow",
  },
  verdict: (name, layers, product, fate, share) => `${name}: ∂y/∂x = ${product} after ${layers} `
    + `${layers === 1 ? "layer" : "layers"}, ${fate}. Dead: ${percent(share)} of the inputs from −3 to 3 get no `
    + "gradient.",
  help: "Point at a number or move to it with the arrow keys. A click or Enter changes an input and pins any other "
    + "number; Space pins, Esc lets go. On a touch screen, tap to pin and tap again to change. Indices count from 0.",
  none: (reason) => `No result. ${reason}`,
  pinned: (sentence) => `Pinned: ${sentence}`,
  problem: ({ parameter, min, max, whole }) => `${PARAMETERS[parameter]} must be a ${whole ? "whole " : ""}number from `
    + `${String(min).replace("-", "−")} to ${max}.`,
};
