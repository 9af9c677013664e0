// Runs a chain of layers forward and back on one image, in plain numbers. No DOM and no words here.
// A network is what course_lib.widgets.explainer_network describes; `load` makes it ready. Maps lie flat in a
// Float64Array, channel after channel, row after row: value [c, i, j] of C × H × W is at (c·H + i)·W + j.
import { slope, value } from "./activation.mjs";
import { product, range, sum } from "./arrays.mjs";
import { decode } from "./base64.mjs";

const isPooled = ({ kind }) => kind.endsWith("_pool");

/** An activation layer's value at x, and its derivative there. */
export const activate = (layer, x) => value(layer.kind, x, layer);
export const derivative = (layer, x) => slope(layer.kind, x, layer);

/** The network with its arrays as numbers and the shape, [C, H, W] or [N], that goes into and out of each layer. */
export function load(network) {
  const { input, shapes, names } = network;
  const layers = network.layers.map((layer, index) => {
    const ready = { ...layer, name: names[index], in: shapes[index - 1] ?? input, out: shapes[index] };
    if (layer.weight?.shape) Object.assign(ready, weights(layer));
    if (layer.kind === "batch_norm") {
      for (const name of ["mean", "variance", "weight", "bias"]) ready[name] = vector(layer[name], ready.in[0]);
    }
    return ready;
  });
  return { ...network, layers, classes: shapes.at(-1)[0] };
}

const vector = (text, length) => (text ? decode(text, Float32Array) : new Float64Array(length));

function weights({ weight: { shape, int8, scale }, bias }) {
  const scales = decode(scale, Float32Array);
  const each = product(shape.slice(1));
  const values = Float64Array.from(decode(int8, Int8Array), (value, at) => value * scales[Math.floor(at / each)]);
  return { shape, values, bias: vector(bias, shape[0]), kernel: shape.slice(2) };
}

/** Pixels from 0 to 255 as the network takes them. */
export function standardise({ input, mean, std }, pixels) {
  return Float64Array.from(pixels, (pixel, at) => {
    const channel = channelOf(input, at);
    return (pixel / 255 - mean[channel]) / std[channel];
  });
}

/** [input, output of layer 0, output of layer 1, …]. */
export function forward(network, input) {
  const outputs = [input];
  for (const layer of network.layers) outputs.push(run(layer, outputs.at(-1)));
  return outputs;
}

function run(layer, x) {
  const { kind } = layer;
  if (kind === "flatten") return x;
  if (kind === "linear") return Float64Array.from(layer.bias, (bias, row) => bias + dot(layer.values, row, x));
  if (kind === "batch_norm") return x.map((each, at) => normalise(layer, each, channelOf(layer.in, at)).value);
  if (kind === "conv2d") return convolve(layer, x);
  if (isPooled(layer)) return Float64Array.from(range(product(layer.out)), (at) => pooled(layer, x, at).value);
  return x.map((each) => activate(layer, each));
}

function dot(values, row, x) {
  let total = 0;
  for (let at = 0, start = row * x.length; at < x.length; at++) total += values[start + at] * x[at];
  return total;
}

const channelOf = ([, height = 1, width = 1], at) => Math.floor(at / (height * width));

/** { value, factor } of a batch norm in evaluation mode; `factor` is its derivative. */
function normalise({ mean, variance, eps, weight, bias }, x, channel) {
  const factor = weight[channel] / Math.sqrt(variance[channel] + eps);
  return { value: (x - mean[channel]) * factor + bias[channel], factor };
}

/**
 * Calls `use(weight, output, input, count, inputStep)` for each weight of a convolution and each row of outputs that it
 * serves: `count` outputs from `output` on, each of which reads the input `inputStep` further.
 */
function eachRow(layer, use) {
  const { shape: [filters, perGroup], kernel, groups, stride, dilation, padding, values } = layer;
  const [, height, width] = layer.in;
  const [, rows, columns] = layer.out;
  const perFilter = filters / groups;
  let weight = 0;
  for (let filter = 0; filter < filters; filter++) {
    const first = Math.floor(filter / perFilter) * perGroup;
    for (let channel = first; channel < first + perGroup; channel++) {
      for (let u = 0; u < kernel[0]; u++) {
        for (let v = 0; v < kernel[1]; v++, weight++) {
          const right = v * dilation[1] - padding[1][0];
          const from = Math.max(0, Math.ceil(-right / stride[1]));
          const to = Math.min(columns - 1, Math.floor((width - 1 - right) / stride[1]));
          if (to < from) continue;
          for (let i = 0; i < rows; i++) {
            const row = i * stride[0] + u * dilation[0] - padding[0][0];
            if (row < 0 || row >= height) continue;
            const input = (channel * height + row) * width + from * stride[1] + right;
            use(values[weight], (filter * rows + i) * columns + from, input, to - from + 1, stride[1]);
          }
        }
      }
    }
  }
}

function convolve(layer, x) {
  const out = new Float64Array(product(layer.out));
  const each = out.length / layer.bias.length;
  layer.bias.forEach((bias, filter) => out.fill(bias, filter * each, (filter + 1) * each));
  eachRow(layer, (weight, output, input, count, step) => {
    for (let k = 0; k < count; k++) out[output + k] += weight * x[input + k * step];
  });
  return out;
}

/** What one output of a window reads of one channel: [{ at, row, column, tap, input }]; `at` is null in the padding. */
function reads(layer, x, [row, column], channel) {
  const { kernel, stride, padding, dilation = [1, 1] } = layer;
  const [, height, width] = layer.in;
  const places = [];
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const i = row * stride[0] + u * dilation[0] - padding[0][0];
      const j = column * stride[1] + v * dilation[1] - padding[1][0];
      const at = i >= 0 && j >= 0 && i < height && j < width ? (channel * height + i) * width + j : null;
      places.push({ at, row: i, column: j, tap: [u, v], input: at === null ? 0 : x[at] });
    }
  }
  return places;
}

/** { value, places, divisor, argmax } of one output of a pooling layer. */
function pooled(layer, x, at) {
  const [channel, ...cell] = place(layer.out, at);
  const { kernel, places } = layer.kind === "adaptive_avg_pool" ? adaptive(layer, x, cell, channel)
    : { kernel: layer.kernel, places: reads(layer, x, cell, channel) };
  if (layer.kind === "max_pool") {
    let [argmax, value] = [null, -Infinity];
    for (const { at: from, input } of places) {
      // The first of equal values wins, as in torch.
      if (from !== null && (argmax === null || input > value || Number.isNaN(input))) [argmax, value] = [from, input];
    }
    return { value, places, argmax, kernel };
  }
  const [, height, width] = layer.in;
  const isCounted = ({ at: from, row, column }) => from !== null
    || (layer.count_padding && row < height + layer.padding[0][1] && column < width + layer.padding[1][1]);
  const divisor = places.filter(isCounted).length;
  return { value: sum(places.map(({ input }) => input)) / divisor, places, divisor, kernel };
}

/** The window of an adaptive pooling, whose size depends on the place. */
function adaptive(layer, x, cell, channel) {
  const start = cell.map((index, axis) => Math.floor((index * layer.in[1 + axis]) / layer.out[1 + axis]));
  const kernel = cell.map((index, axis) => (
    Math.ceil(((index + 1) * layer.in[1 + axis]) / layer.out[1 + axis]) - start[axis]));
  const window = { ...layer, kernel, stride: [1, 1], padding: [[0, 0], [0, 0]] };
  return { kernel, places: reads(window, x, start, channel) };
}

/** [channel, row, column] of a flat index; [index, 0, 0] in a vector. */
export function place([, height = 1, width = 1], at) {
  return [Math.floor(at / (height * width)), Math.floor(at / width) % height, at % width];
}

/** The flat index of [channel, row, column]. */
export const flat = ([, height = 1, width = 1], [channel, row, column]) => (channel * height + row) * width + column;

/** The gradient of score `target` by the input and by each layer's output, as `forward` orders them. */
export function backward(network, outputs, target) {
  const gradients = [new Float64Array(network.classes)];
  gradients[0][target] = 1;
  for (let index = network.layers.length - 1; index >= 0; index--) {
    gradients.unshift(runBack(network.layers[index], outputs[index], gradients[0]));
  }
  return gradients;
}

function runBack(layer, x, gradient) {
  const { kind } = layer;
  if (kind === "flatten") return gradient;
  if (kind === "batch_norm") {
    return gradient.map((each, at) => each * normalise(layer, 0, channelOf(layer.in, at)).factor);
  }
  const back = new Float64Array(x.length);
  if (kind === "linear") {
    gradient.forEach((each, row) => {
      for (let at = 0; at < x.length; at++) back[at] += each * layer.values[row * x.length + at];
    });
  } else if (kind === "conv2d") {
    eachRow(layer, (weight, output, input, count, step) => {
      for (let k = 0; k < count; k++) back[input + k * step] += weight * gradient[output + k];
    });
  } else if (isPooled(layer)) {
    gradient.forEach((each, at) => {
      const { places, argmax, divisor } = pooled(layer, x, at);
      if (kind === "max_pool") back[argmax] += each;
      else for (const { at: from } of places) if (from !== null) back[from] += each / divisor;
    });
  } else {
    gradient.forEach((each, at) => { back[at] = each * derivative(layer, x[at]); });
  }
  return back;
}

/** { powers, total, shares } of a vector of scores; the largest is taken off first. */
export function softmax(scores) {
  const largest = Math.max(...scores);
  const powers = Array.from(scores, (score) => Math.exp(score - largest));
  const total = sum(powers);
  return { largest, powers, total, shares: powers.map((power) => power / total) };
}

/** What one output of a layer is made of, in the numbers of this image; `at` is its flat index. */
export function explain(layer, x, at) {
  const [channel, ...cell] = place(layer.out, at);
  const { kind } = layer;
  if (kind === "conv2d") {
    const { shape: [filters, perGroup], kernel: [high, wide], groups } = layer;
    const first = Math.floor(channel / (filters / groups)) * perGroup;
    const channels = range(perGroup).map((index) => {
      const terms = reads(layer, x, cell, first + index).map((each) => {
        const weight = layer.values[((channel * perGroup + index) * high + each.tap[0]) * wide + each.tap[1]];
        return { ...each, weight, product: each.input * weight };
      });
      return { channel: first + index, terms, sum: sum(terms.map((each) => each.product)) };
    });
    return { channels, bias: layer.bias[channel] };
  }
  if (kind === "linear") {
    const terms = Array.from(x, (input, index) => {
      const weight = layer.values[channel * x.length + index];
      return { index, input, weight, product: input * weight };
    }).sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    return { terms, bias: layer.bias[channel] };
  }
  if (kind === "batch_norm") {
    const of = (name) => layer[name][channelOf(layer.in, at)];
    return {
      input: x[at], mean: of("mean"), variance: of("variance"), eps: layer.eps, weight: of("weight"), bias: of("bias"),
    };
  }
  if (kind === "flatten") return { input: x[at], from: place(layer.in, at) };
  if (isPooled(layer)) return pooled(layer, x, at);
  return { input: x[at], value: activate(layer, x[at]), derivative: derivative(layer, x[at]) };
}
