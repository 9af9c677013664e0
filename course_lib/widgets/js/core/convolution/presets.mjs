// The 15 examples of Dumoulin and Visin's guide (arXiv 1603.07285), and those that the lessons name.
// { name: the conv's settings }: what is left out is as at the start, one channel and one filter.
const SMALL = { input: 4, kernel: 3 };
const FIVE = { input: 5, kernel: 3 };

const GUIDE = {
  "No padding, no strides": SMALL,
  "Arbitrary padding, no strides": { input: 5, kernel: 4, padding: 2 },
  "Half padding, no strides": { ...FIVE, padding: 1 },
  "Full padding, no strides": { ...FIVE, padding: 2 },
  "No padding, strides": { ...FIVE, stride: 2 },
  "Padding, strides": { ...FIVE, padding: 1, stride: 2 },
  "Padding, strides (odd)": { input: 6, kernel: 3, padding: 1, stride: 2 },
  "No padding, no strides, transposed": { input: 2, kernel: 3, transposed: true },
  "Arbitrary padding, no strides, transposed": { input: 6, kernel: 4, padding: 2, transposed: true },
  "Half padding, no strides, transposed": { ...FIVE, padding: 1, transposed: true },
  "Full padding, no strides, transposed": { input: 7, kernel: 3, padding: 2, transposed: true },
  "No padding, strides, transposed": { input: 2, kernel: 3, stride: 2, transposed: true },
  "Padding, strides, transposed": { input: 3, kernel: 3, padding: 1, stride: 2, transposed: true },
  "Padding, strides, transposed (odd)": {
    input: 3, kernel: 3, padding: 1, stride: 2, output_padding: 1, transposed: true,
  },
  "No padding, no strides, dilation": { input: 7, kernel: 3, dilation: 2 },
};
const LESSONS = {
  "1-D causal, dilation 2": { input: [1, 10], kernel: [1, 3], dilation: [1, 2], padding: [[0, 0], [4, 0]] },
  "Three channels, two filters": { input: 5, kernel: 3, channels: 3, filters: 2 },
  "Grouped: 4 channels in 2 groups": { input: 5, kernel: 3, channels: 4, filters: 4, groups: 2 },
  "Depthwise, 3 channels": { input: 5, kernel: 3, channels: 3, filters: 3, groups: 3 },
  "Pointwise, 1 × 1": { input: 4, kernel: 1, channels: 3, filters: 2 },
  "Max pooling 2 × 2": { input: 6, kernel: 2, stride: 2, operation: "max_pool2d" },
  "Average pooling 3 × 3, padded": { input: 6, kernel: 3, stride: 2, padding: 1, operation: "avg_pool2d" },
  "Adaptive average pooling to 3 × 3": { input: 7, output_size: 3, operation: "adaptive_avg_pool2d" },
  "Global average pooling": { input: 5, output_size: 1, operation: "adaptive_avg_pool2d" },
};

export const PRESETS = Object.fromEntries(Object.entries({ ...GUIDE, ...LESSONS }).map(([name, settings]) => {
  const { transposed, ...given } = settings;
  const pair = (value) => (typeof value === "number" ? [value, value] : value);
  const plain = { input: 7, kernel: 3, padding: 0, stride: 1, dilation: 1, output_padding: 0, output_size: 1 };
  const pairs = Object.fromEntries(Object.keys(plain).map((key) => [key, pair(given[key] ?? plain[key])]));
  const operation = transposed ? "conv_transpose2d" : given.operation ?? "conv2d";
  const { channels = 1, filters = 1, groups = 1 } = given;
  return [name, { ...pairs, operation, channels, filters, groups, padding_mode: "zeros", flip: false,
    count_include_pad: true }];
}));
export const GUIDE_NAMES = Object.keys(GUIDE);
