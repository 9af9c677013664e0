// The 15 examples of Dumoulin and Visin's guide (arXiv 1603.07285), and those that the lessons name.
// { name: [input, kernel, padding, stride, the other settings] }; what is left out is as in torch.
import { DEFAULTS } from "./sizes.mjs";

const TRANSPOSED = { operation: "conv_transpose2d" };
const ADAPTIVE = { operation: "adaptive_avg_pool2d" };
const GUIDE = {
  "No padding, no strides": [4],
  "Arbitrary padding, no strides": [5, 4, 2],
  "Half padding, no strides": [5, 3, 1],
  "Full padding, no strides": [5, 3, 2],
  "No padding, strides": [5, 3, 0, 2],
  "Padding, strides": [5, 3, 1, 2],
  "Padding, strides (odd)": [6, 3, 1, 2],
  "No padding, no strides, transposed": [2, 3, 0, 1, TRANSPOSED],
  "Arbitrary padding, no strides, transposed": [6, 4, 2, 1, TRANSPOSED],
  "Half padding, no strides, transposed": [5, 3, 1, 1, TRANSPOSED],
  "Full padding, no strides, transposed": [7, 3, 2, 1, TRANSPOSED],
  "No padding, strides, transposed": [2, 3, 0, 2, TRANSPOSED],
  "Padding, strides, transposed": [3, 3, 1, 2, TRANSPOSED],
  "Padding, strides, transposed (odd)": [3, 3, 1, 2, { ...TRANSPOSED, output_padding: [1, 1] }],
  "No padding, no strides, dilation": [7, 3, 0, 1, { dilation: [2, 2] }],
};
const LESSONS = {
  "1-D causal, dilation 2": [[1, 10], [1, 3], [[0, 0], [4, 0]], 1, { dilation: [1, 2] }],
  "Three channels, two filters": [5, 3, 0, 1, { channels: 3, filters: 2 }],
  "Grouped: 4 channels in 2 groups": [5, 3, 0, 1, { channels: 4, filters: 4, groups: 2 }],
  "Depthwise, 3 channels": [5, 3, 0, 1, { channels: 3, filters: 3, groups: 3 }],
  "Pointwise, 1 × 1": [4, 1, 0, 1, { channels: 3, filters: 2 }],
  "Max pooling 2 × 2": [6, 2, 0, 2, { operation: "max_pool2d" }],
  "Average pooling 3 × 3, padded": [6, 3, 1, 2, { operation: "avg_pool2d" }],
  "Adaptive average pooling to 3 × 3": [7, 3, 0, 1, { ...ADAPTIVE, output_size: [3, 3] }],
  "Global average pooling": [5, 3, 0, 1, ADAPTIVE],
};

const pair = (value) => (Array.isArray(value) ? value : [value, value]);
const layer = ([input, kernel = 3, padding = 0, stride = 1, rest]) => ({
  ...DEFAULTS, input: pair(input), kernel: pair(kernel), padding: pair(padding), stride: pair(stride), ...rest,
});
export const PRESETS = Object.fromEntries(Object.entries({ ...GUIDE, ...LESSONS }).map(
  ([name, row]) => [name, layer(row)]));
export const GUIDE_NAMES = Object.keys(GUIDE);
