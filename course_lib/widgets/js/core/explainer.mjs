// Runs a chain of layers forward and back on one image, in plain numbers. No DOM and no words here.
// A network is what course_lib.widgets.explainer_network describes; `load` makes it ready. Maps lie flat in a
// Float64Array, channel after channel, row after row: value [c, i, j] of C × H × W is at (c·H + i)·W + j.
import { slope, value } from "./activation.mjs";
import { decode } from "./base64.mjs";

const product = (numbers) => numbers.reduce((result, number) => result * number, 1);
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
      for (const name of ["mean", "variance", "weight", "bias"]) {
        ready[name] = layer[name] ? decode(layer[name], Float32Array) : new Float64Array(ready.in[0]);
      }
    }
    return ready;
  });
  return { ...network, layers, classes: shapes.at(-1)[0] };
}

function weights({ weight, bias }) {
  const scale = decode(weight.scale, Float32Array);
  const each = product(weight.shape.slice(1));
  const values = Float64Array.from(decode(weight.int8, Int8Array), (value, at) => value * scale[Math.floor(at / each)]);
  const kernel = weight.shape.slice(2);
  return {
    shape: weight.shape, values, bias: bias ? decode(bias, Float32Array) : new Float64Array(weight.shape[0]),
    ...(kernel.length ? { kernel } : {}),
  };
}

/** Pixels from 0 to 255 as the network takes them. */
export function standardise({ input: [channels, height, width], mean, std }, pixels) {
  const each = height * width;
  return Float64Array.from(pixels, (pixel, at) => {
    const channel = Math.floor(at / each) % channels;
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
  if (kind === "batch_norm") return x.map((each, at) => normalise(layer, each, channelOf(layer, at)).value);
  if (kind === "conv2d") return convolve(layer, x);
  if (isPooled(layer)) {
    const out = new Float64Array(product(layer.out));
    for (let at = 0; at < out.length; at++) out[at] = pooled(layer, x, at).value;
    return out;
  }
  return x.map((each) => activate(layer, each));
}

function dot(values, row, x) {
  let sum = 0;
  for (let at = 0, start = row * x.length; at < x.length; at++) sum += values[start + at] * x[at];
  return sum;
}

const channelOf = ({ in: [, height = 1, width = 1] }, at) => Math.floor(at / (height * width));

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

/** What one output of a window reads: [{ at, row, column, tap }] within one channel; `at` is null in the padding. */
function reads(layer, row, column, channel) {
  const { kernel, stride, padding, dilation = [1, 1] } = layer;
  const [, height, width] = layer.in;
  const places = [];
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const i = row * stride[0] + u * dilation[0] - padding[0][0];
      const j = column * stride[1] + v * dilation[1] - padding[1][0];
      const isInside = i >= 0 && j >= 0 && i < height && j < width;
      places.push({ at: isInside ? (channel * height + i) * width + j : null, row: i, column: j, tap: [u, v] });
    }
  }
  return places;
}

/** { value, places, divisor, argmax } of one output of a pooling layer. */
function pooled(layer, x, at) {
  const [channel, row, column] = place(layer.out, at);
  const [, height, width] = layer.in;
  if (layer.kind === "adaptive_avg_pool") {
    const [, rows, columns] = layer.out;
    const span = (index, count, size) => [Math.floor((index * size) / count), Math.ceil(((index + 1) * size) / count)];
    const [top, bottom] = span(row, rows, height);
    const [left, right] = span(column, columns, width);
    const kernel = [bottom - top, right - left];
    const whole = { ...layer, kernel, stride: [1, 1], padding: [[0, 0], [0, 0]] };
    const places = reads(whole, top, left, channel);
    return { value: mean(places, x, places.length), places, divisor: places.length, kernel };
  }
  const places = reads(layer, row, column, channel);
  if (layer.kind === "max_pool") {
    let best = null;
    for (const { at: from } of places) {
      // The first of equal values wins, as in torch.
      if (from !== null && (best === null || x[from] > x[best] || Number.isNaN(x[from]))) best = from;
    }
    return { value: best === null ? -Infinity : x[best], places, argmax: best, kernel: layer.kernel };
  }
  const isCounted = ({ at: from, row: i, column: j }) => from !== null
    || (layer.count_padding && i < height + layer.padding[0][1] && j < width + layer.padding[1][1]);
  const divisor = places.filter(isCounted).length;
  return { value: mean(places, x, divisor), places, divisor, kernel: layer.kernel };
}

const mean = (places, x, divisor) => places.reduce((sum, { at }) => sum + (at === null ? 0 : x[at]), 0) / divisor;

/** [channel, row, column] of a flat index; [index, 0, 0] in a vector. */
export function place([, height = 1, width = 1], at) {
  return [Math.floor(at / (height * width)), Math.floor(at / width) % height, at % width];
}

/** The flat index of [channel, row, column]. */
export const flat = ([, height = 1, width = 1], [channel, row, column]) => (channel * height + row) * width + column;

/** The gradient of score `target` by the input and by each layer's output, as `forward` orders them. */
export function backward(network, outputs, target) {
  const gradients = [];
  let gradient = new Float64Array(network.classes);
  gradient[target] = 1;
  gradients[outputs.length - 1] = gradient;
  for (let index = network.layers.length - 1; index >= 0; index--) {
    gradient = runBack(network.layers[index], outputs[index], gradient);
    gradients[index] = gradient;
  }
  return gradients;
}

function runBack(layer, x, gradient) {
  const { kind } = layer;
  if (kind === "flatten") return gradient;
  if (kind === "batch_norm") return gradient.map((each, at) => each * normalise(layer, 0, channelOf(layer, at)).factor);
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
  const total = powers.reduce((sum, power) => sum + power, 0);
  return { largest, powers, total, shares: powers.map((power) => power / total) };
}

/** What one output of a layer is made of, in the numbers of this image; `at` is its flat index. */
export function explain(layer, x, at) {
  const [channel, row, column] = place(layer.out, at);
  const { kind } = layer;
  if (kind === "conv2d") {
    const { shape: [filters, perGroup], kernel: [high, wide], groups } = layer;
    const first = Math.floor(channel / (filters / groups)) * perGroup;
    const channels = Array.from({ length: perGroup }, (_, index) => {
      const terms = reads(layer, row, column, first + index).map((each) => {
        const weight = layer.values[((channel * perGroup + index) * high + each.tap[0]) * wide + each.tap[1]];
        return { ...each, input: each.at === null ? 0 : x[each.at], weight };
      });
      return { channel: first + index, terms, sum: terms.reduce((sum, { input, weight }) => sum + input * weight, 0) };
    });
    return { channels, bias: layer.bias[channel] };
  }
  if (kind === "linear") {
    const terms = Array.from(x, (input, index) => ({ index, input, weight: layer.values[channel * x.length + index] }));
    terms.sort((a, b) => Math.abs(b.input * b.weight) - Math.abs(a.input * a.weight));
    return { terms, bias: layer.bias[channel] };
  }
  if (kind === "batch_norm") {
    const [input, where] = [x[at], channelOf(layer, at)];
    const of = (name) => layer[name][where];
    const statistics = { mean: of("mean"), variance: of("variance"), eps: layer.eps };
    return { input, ...statistics, weight: of("weight"), bias: of("bias") };
  }
  if (kind === "flatten") return { input: x[at], from: place(layer.in, at) };
  if (isPooled(layer)) return pooled(layer, x, at);
  return { input: x[at], value: activate(layer, x[at]), derivative: derivative(layer, x[at]) };
}
