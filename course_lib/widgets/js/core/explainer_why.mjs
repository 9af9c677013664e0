// Why a network says what it says of an image: what a covered patch costs, and which pixels the score leans on.
import { makeRows, range, sum } from "./arrays.mjs";
import { forward, softmax, standardise } from "./explainer.mjs";

/** Rows and columns at which a patch is put, so that the last one ends at the edge. */
export function positions(size, patch, step) {
  const last = Math.max(size - patch, 0);
  const places = [];
  for (let at = 0; at < last; at += step) places.push(at);
  return [...places, last];
}

/** `pixels` (0 to 255) with a patch × patch square of `grey` over [row, column] in every channel. */
function cover({ input: [channels, height, width] }, pixels, [row, column], patch, grey) {
  const covered = pixels.slice();
  for (let channel = 0; channel < channels; channel++) {
    for (let i = row; i < Math.min(row + patch, height); i++) {
      const start = (channel * height + i) * width;
      covered.fill(grey, start + column, start + Math.min(column + patch, width));
    }
  }
  return covered;
}

/** The probability of class `target` for `pixels`. */
export const shareOf = (network, pixels, target) => (
  softmax(forward(network, standardise(network, pixels)).at(-1)).shares[target]);

/** Yields { row, column, share } of each position of the patch, row after row, so that the page can stop for breath. */
export function* occlusion(network, pixels, { target, patch, step, grey }) {
  const [, height, width] = network.input;
  for (const row of positions(height, patch, step)) {
    for (const column of positions(width, patch, step)) {
      yield { row, column, share: shareOf(network, cover(network, pixels, [row, column], patch, grey), target) };
    }
  }
}

/** For each pixel the largest absolute derivative of the score over the channels (Simonyan et al. 2014). */
export function saliency(network, gradient) {
  const [channels, height, width] = network.input;
  return makeRows(height, width, (i, j) => {
    const values = range(channels).map((c) => gradient[(c * height + i) * width + j]);
    return channels === 1 ? values[0] : Math.max(...values.map(Math.abs));
  });
}

/** The last layer that gives maps and comes after a convolution: where Grad-CAM looks by default. */
export function lastMaps({ layers }) {
  const conv = layers.findLastIndex(({ kind }) => kind === "conv2d");
  return conv < 0 ? -1 : conv + (layers[conv + 1]?.kind.endsWith("elu") ? 1 : 0);
}

/** Grad-CAM (Selvaraju et al. 2017): maps of a layer weighed by their mean derivative, summed, negatives cut. */
export function gradCam(network, outputs, gradients, layer) {
  const [channels, height, width] = network.layers[layer].out;
  const each = height * width;
  const sums = new Float64Array(each);
  for (let channel = 0; channel < channels; channel++) {
    const span = [channel * each, (channel + 1) * each];
    const weight = sum(gradients[layer + 1].slice(...span)) / each;
    outputs[layer + 1].slice(...span).forEach((value, at) => { sums[at] += weight * value; });
  }
  return makeRows(height, width, (i, j) => Math.max(sums[i * width + j], 0));
}
