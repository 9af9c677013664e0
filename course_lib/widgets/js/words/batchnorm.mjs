// Every word of the batch norm widget. A sentence with numbers is a function of them.
import shared, { at, count } from "./shared.mjs";

const PARAMETERS = { // that are called otherwise than in torch
  N: "Batch size N", C: "Channels C", block_N: "Samples N", block_C: "Channels C", block_H: "Height H",
  block_W: "Width W",
};
const GRIDS = {
  input: "input x", normalised: "normalised x̂", output: "output y",
  mean: "mean μ",
  running_mean: "running_mean", running_var: "running_var", weight: "weight γ", bias: "bias β",
  trained: "y in training", evaluated: "y in eval", difference: "difference",
  grad_output: "∂L/∂y", own: "own term", shared: "mean term", projected: "variance term", grad_input: "∂L/∂x",
  grad_weight: "∂L/∂weight", grad_bias: "∂L/∂bias",
};
const torchSize = (shape) => `torch.Size(${at(shape)})`;
const oneValue = (size) => `Expected more than 1 value per channel when training, got input size ${size}`;

export default {
  ...shared,
  batchnorm: "Batch norm",
  view: { values: "Values", eval: "Train against eval", gradient: "Gradient", slices: "Batch, layer, instance, group" },
  parameter: (name) => PARAMETERS[name] ?? name,
  mode: "Mode",
  modes: { train: "training", eval: "eval" },
  cumulative: "momentum=None",
  cumulativeHelp: "the running statistics are the plain average over all steps",

  train: "One training step on this batch",
  steps: "Training steps on this batch",
  tracked: (steps) => `num_batches_tracked = ${steps}`,
  evalKeeps: "In eval the running statistics stay as they are: a step moves them only in training.",
  another: "Draw another batch",
  shift: "Shift the batch by 3",
  fresh: "Fresh running statistics",
  arrive: "100 training steps",

  grid: (name, N) => ({ ...GRIDS, variance: `variance σ², ÷ ${N}`, unbiased: `variance, ÷ ${N - 1}` }[name]),
  trainedMinusEvaluated: `${GRIDS.trained} − ${GRIDS.evaluated}`,
  used: "used",
  name: (grid, cell) => grid + at(cell),
  newOutput: (size, training) => `Output ${shared.size(size)}, ${training ? "training" : "eval"}.`,
  stepped: (step, means) => `Step ${step}. running_mean ${means}.`,
  rows: "Rows are samples, columns are channels.",

  line: {
    label: (rows) => `Number lines. ${rows.join(". ")}.`,
    channel: (name, c) => `${{ ...GRIDS, input: "x", output: "y" }[name]}, channel ${c}`,
    batch: "batch μ ± σ", running: "running ± √var",
  },

  feeds: (all) => `It is part of the channel's mean and variance, so it changes ${count(all, "output")}.`,
  feedsOne: "In eval it changes its own output alone: the statistics are constants.",
  scales: (all) => `It scales ${count(all, "output")}.`,
  shifts: (all) => `It is added to ${count(all, "output")}.`,
  notUsed: "Not used by this output: training takes the batch's own statistics.",
  notUsedEval: "Not used by this output: eval takes the running statistics.",
  storedOnly: "Not used by the output: only running_var takes it.",
  evalFixed: "Eval: nothing moves. A training step would make it",
  nextStep: "After the next step",
  constant: "0 in eval: running_mean and running_var are constants.",

  gap: {
    none: "Train and eval agree to 0.01: the running statistics have arrived.",
    some: (c, largest, mean, batchMean, variance, unbiased) => `The outputs differ by up to ${largest}, in channel `
      + `${c}: running_mean is ${mean}, the batch's mean ${batchMean}; running_var is ${variance}, the batch's `
      + `${unbiased}.`,
    never: "No step has been taken: eval answers with the starting values.",
    moved: "They have not arrived yet, or this batch comes from another distribution than those before.",
    steps: (more) => `${count(more, "more step")} on this batch would bring every output within 0.01.`,
    far: "Steps on this batch alone do not bring every output within 0.01: running_var takes the variance ÷ (N − 1), "
      + "training divides by N.",
    one: "Training refuses one sample; eval takes it, since it needs no statistics of the batch.",
    eps: "Training refuses eps = 0; eval takes it, and divides by 0 where running_var is 0 too.",
  },

  norm: "Norm",
  norms: { batch: "BatchNorm", layer: "LayerNorm", instance: "InstanceNorm", group: "GroupNorm" },
  shows: "Cells show",
  showing: { input: "values x", normalised: "normalised x̂" },
  block: (shape) => `Block ${shared.size(shape)} (N × C × H × W)`,
  sample: (n) => `n = ${n}`,
  channel: (c, group) => (group === false ? `c = ${c}` : `c = ${c}, g = ${group}`),
  sliceCount: (slices, values) => `${count(slices, "slice")} of ${count(values, "value")}, `
    + "each with its own mean and variance; the outlined cells are one.",
  sliceOf: {
    batch: (n, c) => `channel ${c} of all samples`, layer: (n) => `all of sample ${n}`,
    instance: (n, c) => `channel ${c} of sample ${n}`, group: (n, c, g) => `group ${g} of sample ${n}`,
  },
  slice: (name, values, mean, variance) => `${name}: ${count(values, "value")}, mean ${mean}, variance ${variance}.`,
  depends: {
    batch: "A sample's output depends on the others; eval needs running statistics.",
    layer: "No other sample takes part: the same in training and in eval.",
    instance: "No other sample and no other channel takes part.",
    group: "No other sample takes part: the same in training and in eval.",
  },
  limits: {
    one: "num_groups = 1 is layer norm.",
    all: "num_groups = C is instance norm.",
    single: "A slice of one value has variance 0: every normalised value is 0.",
  },

  useEval: "Switch to eval",
  useZero: shared.use("running_var = 0"),
  problem: {
    range: ({ parameter, min, max, whole }) => `${PARAMETERS[parameter] ?? parameter} must be a `
      + `${whole ? "whole " : ""}number from ${min} to ${max}.`,
    negative: ({ channel, value }) => `running_var[${channel}] is ${value}: a variance is 0 or more.`,
    eps: () => "batch_norm eps must be positive during training, but got 0.",
    one: ({ shape }) => `${oneValue(torchSize(shape))}: one value is its own mean, and its variance is 0.`,
    divide: ({ groups, shape }) => "Expected number of channels in input to be divisible by num_groups, but got input "
      + `of shape ${at(shape)} and num_groups=${groups}.`,
    one_batch: ({ shape }) => `${oneValue(torchSize(shape))}.`,
    one_instance: ({ shape }) => "Expected more than 1 spatial element when training, got input size "
      + `${torchSize(shape)}.`,
    one_group: ({ shape }) => `${oneValue(at(shape))}.`,
  },
};
