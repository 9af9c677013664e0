// Every word of the explainer. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const KINDS = {
  conv2d: "Conv2d", linear: "Linear", batch_norm: "BatchNorm", max_pool: "MaxPool2d", avg_pool: "AvgPool2d",
  adaptive_avg_pool: "AdaptiveAvgPool2d", flatten: "Flatten", relu: "ReLU", relu6: "ReLU6", leaky_relu: "LeakyReLU",
  elu: "ELU", tanh: "Tanh", sigmoid: "Sigmoid", gelu: "GELU", silu: "SiLU", hardswish: "Hardswish",
  hardsigmoid: "Hardsigmoid",
};
const size = (shape) => shape.join(" × ");
const cell = (place, shape) => `[${place.slice(0, shape.length).join(", ")}]`;

export default {
  ...shared,
  KINDS,
  explainer: "Network explainer",
  size,
  cell,

  picture: "Picture",
  draw: ([, height, width]) => `Picture of ${height} × ${width} pixels: draw on it`,
  drawHelp: "Draw with the pointer. By keyboard: arrows move, Space paints, Delete wipes a pixel.",
  pixel: (row, column, values) => `row ${row}, column ${column}: ${values.join(", ")}`,
  brush: "Brush",
  brushes: { 0.6: "thin", 1.1: "middle", 2: "thick" },
  ink: "Ink",
  inks: {
    white: "white", black: "black", grey: "grey", red: "red", green: "green", blue: "blue", yellow: "yellow",
  },
  clear: "Clear",
  images: "Pictures to choose from",
  image: (number, label) => `picture ${number + 1}${label === null ? "" : `, ${label}`}`,
  file: "Own picture or photo",
  invert: "dark on light: turn round",
  notAPicture: (name) => `“${name}” is not a picture that this browser can read. Choose a PNG or a JPEG file; `
    + "the picture before stays.",
  taken: (name, [, height, width]) => `${name}, cut and scaled to ${height} × ${width} pixels.`,

  layers: "Layers",
  card: (number, { kind, out }) => `${number} ${KINDS[kind]} ${size(out)}`,
  scale: (text) => `±${text}`,
  map: (channel) => `map ${channel}`,
  vector: (count) => `${count} values`,
  more: (count) => `+ ${count} more`,
  legend: "Blue is positive, orange negative; ± is the strongest value of a layer. Choose a map to see how its "
    + "numbers are made.",

  scores: "Scores",
  columns: { name: "class", share: "probability", score: "score" },
  says: (name, share) => `Says ${name}, probability ${share}.`,
  right: (name) => `The label is ${name}.`,
  others: (count) => `and ${count} classes with less`,

  tabs: { numbers: "Numbers", softmax: "Softmax", occlusion: "Occlusion", saliency: "Saliency", cam: "Grad-CAM" },
  explain: "Explain",
  channel: "map or index", row: "row", column: "column",
  range: (name, most) => `${name} must be a whole number from 0 to ${most}.`,
  reads: "reads", gives: "gives",
  readsMap: (channel) => `Reads map ${channel}`,
  givesMap: (channel) => `Gives map ${channel}`,
  conv: (name, count, kernel, sums, bias, value) => `${name} = ${sums} + bias ${bias} = ${value}. Each sum is over a `
    + `window of ${kernel} of ${count === 1 ? "the only map" : `one of ${count} maps`} that the filter reads.`,
  sumOver: (count) => `Σ of ${count} maps`,
  sums: "Sum of each map read: choose one",
  sumName: (channel) => `map ${channel}`,
  windowOf: (channel) => `Window of map ${channel}`,
  kernelFor: (channel) => `Kernel for map ${channel}`,
  products: "Products",
  padding: "0, padding",
  times: (name, input, weight, value) => `${name}: ${input} × ${weight} = ${value}.`,
  linear: (name, count, value, bias) => `${name} = sum of ${count} products + bias ${bias} = ${value}. The largest:`,
  contributions: "Largest products",
  from: "from", input: "input", weight: "weight", product: "product",
  rest: (count) => `the other ${count}`,
  bias: "bias",
  sum: "sum",
  norm: (name, e, value) => `${name} = (${e.input} − ${e.mean}) / √(${e.variance} + ${e.eps}) × ${e.weight} `
    + `+ ${e.bias} = ${value}: less the running mean, over the root of the running variance plus eps, times weight, plus bias.`,
  activation: (name, kind, input, value, slope) => `${name} = ${KINDS[kind]}(${input}) = ${value}. `
    + `Going back, the gradient is multiplied by the slope, ${slope}.`,
  max: (name, count, row, column, value) => `${name} = ${value}, the largest of ${count}, at row ${row}, column `
    + `${column}. Going back, the gradient goes there alone.`,
  mean: (name, divisor, value) => `${name} = ${value}, the sum of the window over ${divisor}. `
    + "Going back, the gradient is divided among them.",
  window: "Window",
  flatten: (name, from, value) => `${name} = ${value}, from ${from}: the maps are written one after the other.`,
  table: (shown) => `All numbers of ${shown}`,
  tableRows: (first, last, all) => `rows ${first} to ${last} of ${all}`,
  value: (name) => name,

  softmax: (name, power, total, share) => `${name}: ${power} / ${total} = ${share}.`,
  softmaxHelp: (largest) => `e to the power of each score less the largest, ${largest}, over the sum of all of these: `
    + "the probabilities are above 0 and their sum is 1.",
  softmaxColumns: ["class", "score", "score − largest", "e to the power of it", "probability"],
  total: "sum",

  asked: "Class asked about",
  predicted: "the one predicted",
  occlusionHelp: "A grey square is slid over the picture, and the network runs for each place.",
  patch: "Patch", stepBy: "Step", grey: "Grey",
  patchRange: (name, least, most) => `${name} must be a whole number from ${least} to ${most}.`,
  tooMany: (count, most) => `This makes ${count} places; at most ${most} fit.`,
  run: "Slide the patch",
  cancel: "Stop",
  progress: "Places done",
  stopped: (done, all) => `Stopped after ${done} of ${all} places.`,
  stale: "The picture, the class or the patch has changed: slide the patch again.",
  occluded: (name, whole, row, column, share) => `Uncovered, ${name} has probability ${whole}. It falls most, to `
    + `${share}, with the patch at row ${row}, column ${column}.`,
  occlusionMap: "Probability with the patch there",
  drop: "Blue: the probability falls with the patch there; orange: it rises.",
  saliencyHelp: "The derivative of the class's score by each pixel value that the network takes, by backpropagation",
  saliencyOne: "with its sign.",
  saliencyMany: "the largest over the channels, without sign.",
  strongest: (name, row, column, value) => `∂score of ${name} / ∂pixel is largest at row ${row}, column ${column}: `
    + `${value}.`,
  camHelp: "Maps of one layer, each weighed by the mean derivative of the class's score by it, summed; below 0 is 0.",
  camLayer: "Layer",
  camNone: "This network has no convolution, so there are no maps to weigh.",
  camFlat: (name) => `Every weighed sum is 0 or below: nothing in these maps speaks for ${name}.`,
  camStrongest: (name, row, column) => `Strongest for ${name} at row ${row}, column ${column} of the maps.`,
};
