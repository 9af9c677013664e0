// Every word of the explainer. A sentence with numbers is a function of them.
import shared, { at, mustBe, times } from "./shared.mjs";

const cell = (place, shape = place) => at(place.slice(0, shape.length));
const map = (channel) => `map ${channel}`;
const card = (number, { name, out }) => `${number} ${name} ${times(out)}`;
const fields = {
  map: "map or index", row: "row", column: "column", // of a number
  patch: "Patch", step: "Step", grey: "Grey", // of occlusion
};
const parameter = (name) => fields[name];

export default {
  ...shared,
  explainer: "Network explainer",
  cell,
  map,

  input: "Picture",
  draw: ([, height, width]) => `Picture of ${height} × ${width} pixels: draw on it`,
  drawHelp: "Draw with the pointer. By keyboard: arrows move, Space paints, Delete wipes a pixel.",
  pixel: (row, column, values) => `row ${row}, column ${column}: ${values.join(", ")}`,
  brush: "Brush",
  brushes: [["0.6", "thin"], ["1.1", "middle"], ["2", "thick"]],
  ink: "Ink",
  inks: ["white", "black", "grey", "red", "green", "blue", "yellow"],
  clear: "Clear",
  images: "Pictures to choose from",
  image: (number, label) => `picture ${number + 1}${label === null ? "" : `, ${label}`}`,
  invert: "dark on light: invert",
  taken: (name, [, height, width]) => `${name}, cut and scaled to ${height} × ${width} pixels.`,

  layers: "Layers",
  card,
  layer: (number, layer) => `${card(number, layer)}, ${layer.path}`,
  scale: (text, hidden) => `±${text}${hidden > 0 ? ` + ${hidden} more` : ""}`,
  vector: (count) => `${count} values`,
  legend: "Blue is positive, orange negative; ± is the strongest value of a layer. Choose a map to see how its "
    + "numbers are made.",

  scores: "Scores",
  columns: ["class", "probability", "score"],
  says: (name, share) => `Says ${name}, probability ${share}.`,
  others: (count) => `and ${count} classes with less`,

  tabs: { numbers: "Numbers", softmax: "Softmax", occlusion: "Occlusion", saliency: "Saliency", cam: "Grad-CAM" },
  parameter,
  problem: { range: ({ parameter: name, min, max }) => mustBe(parameter(name), min, max) },
  readsMap: (channel) => `Reads ${map(channel)}`,
  givesMap: (channel) => `Gives ${map(channel)}`,
  conv: (name, count, kernel, sums, bias, value) => `${name} = ${sums} + bias ${bias} = ${value}. Each sum is over a `
    + `window of ${kernel} of ${count === 1 ? "the only map" : `one of ${count} maps`} that the filter reads.`,
  sumOver: (count) => `Σ of ${count} maps`,
  sums: "Sum of each map read: choose one",
  windowOf: (channel) => `Window of ${map(channel)}`,
  kernelFor: (channel) => `Kernel for ${map(channel)}`,
  products: "Products",
  grids: { window: "Window", kernel: "Kernel", product: "Product" },
  padding: "0, padding",
  product: (place, input, weight, value) => `${cell(place)}: ${input} × ${weight} = ${value}.`,
  read: (place, value) => `${cell(place)} = ${value}.`,
  linear: (name, count, value, bias) => `${name} = sum of ${count} products + bias ${bias} = ${value}. The largest:`,
  contributions: "Largest products",
  contribution: ["from", "input", "weight", "product"],
  rest: (count) => `the other ${count}`,
  bias: "bias",
  sum: "sum",
  norm: (name, e, value) => `${name} = (${e.input} − ${e.mean}) / √(${e.variance} + ${e.eps}) × ${e.weight} `
    + `+ ${e.bias} = ${value}: less the running mean, over the root of the running variance plus eps, times weight, `
    + "plus bias.",
  activation: (name, activation, input, value, derivative) => `${name} = ${activation}(${input}) = ${value}. `
    + `Going back, the gradient is multiplied by the derivative, ${derivative}.`,
  max: (name, count, row, column, value) => `${name} = ${value}, the largest of ${count}, at row ${row}, column `
    + `${column}. Going back, the gradient goes there alone.`,
  mean: (name, divisor, value) => `${name} = ${value}, the sum of the window over ${divisor}. `
    + "Going back, the gradient is divided among them.",
  flatten: (name, from, value) => `${name} = ${value}, from ${from}: the maps are written one after the other.`,
  table: (shown) => `All numbers of ${shown}`,
  part: ([row, column], [rows, columns], [height, width]) => `Rows ${row} to ${row + rows - 1} of ${height}, columns `
    + `${column} to ${column + columns - 1} of ${width}.`,

  softmax: (name, power, total, share) => `${name}: ${power} / ${total} = ${share}.`,
  softmaxHelp: (largest) => `e to the power of each score less the largest, ${largest}, over the sum of all of these.`,
  softmaxColumns: ["class", "score", "less the largest", "e to that power", "probability"],

  asked: "Class asked about",
  predicted: "the one predicted",
  occlusionHelp: "A grey square is slid over the picture, and the network runs for each place. Blue: the probability "
    + "falls with the patch there; orange: it rises.",
  run: "Slide the patch",
  cancel: "Stop",
  progress: "Places done",
  stopped: (done, all) => `Stopped after ${done} of ${all} places.`,
  stale: "The picture, the class or the patch has changed: slide the patch again.",
  occluded: (name, whole, row, column, share) => `Uncovered, ${name} has probability ${whole}. It falls most, to `
    + `${share}, with the patch at row ${row}, column ${column}.`,
  plots: { occlusion: "Probability with the patch there", saliency: "Saliency", cam: "Grad-CAM" },
  awaited: "This is worked out when the stroke ends.",
  saliencyHelp: "The derivative of the class's score by each pixel value that the network takes, by backpropagation",
  saliencyOne: ", with its sign.",
  saliencyMany: ": the largest over the channels, without sign.",
  strongest: (name, row, column, value) => `∂score of ${name} / ∂pixel is largest at row ${row}, column ${column}: `
    + `${value}.`,
  camHelp: "Maps of one layer, each weighed by the mean derivative of the class's score by it, summed; below 0 is 0.",
  camLayer: "Layer",
  camNone: "This network has no convolution, so there are no maps to weigh.",
  camFlat: (name) => `Every weighed sum is 0 or below: nothing in these maps speaks for ${name}.`,
  camStrongest: (name, row, column) => `Strongest for ${name} at row ${row}, column ${column} of the maps.`,
};
