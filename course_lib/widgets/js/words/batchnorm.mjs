// Every word of the batch norm widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const PARAMETERS = { // that are called otherwise than in torch
  N: "Batch size N", C: "Channels C", block_N: "Samples N", block_C: "Channels C", block_H: "Height H",
  block_W: "Width W",
};
const torchSize = (shape) => `torch.Size([${shape.join(", ")}])`;
const plural = (count, one) => `${count} ${one}${count === 1 ? "" : "s"}`;

export default {
  ...shared,
  batchnorm: "Batch norm",
  views: "What is shown",
  view: { values: "Values", eval: "Train against eval", gradient: "Gradient", slices: "Batch, layer, instance, group" },
  parameters: PARAMETERS,
  mode: "Mode",
  modes: { train: "training", eval: "eval" },
  cumulative: "momentum=None",
  cumulativeHelp: "the running statistics are the plain average over all steps",

  train: "One training step on this batch",
  steps: "Training steps on this batch",
  tracked: (count) => `num_batches_tracked = ${count}`,
  evalKeeps: "In eval the running statistics stay as they are: a step moves them only in training.",
  another: "Draw another batch",
  shift: "Shift the batch by 3",
  fresh: "Fresh running statistics",
  arrive: "100 training steps",

  grids: {
    input: "input x", normalised: "normalised x̂", output: "output y",
    mean: "mean μ", variance: (N) => `variance σ², ÷ ${N}`, unbiased: (N) => `variance, ÷ ${N - 1}`,
    running_mean: "running_mean", running_var: "running_var", weight: "weight γ", bias: "bias β",
    trained: "y in training", evaluated: "y in eval", difference: "difference",
    grad_output: "∂L/∂y", own: "own term", shared: "mean term", projected: "variance term", grad_input: "∂L/∂x",
    grad_weight: "∂L/∂weight", grad_bias: "∂L/∂bias",
  },
  used: "used",
  name: (grid, cell) => `${grid}[${cell.join(", ")}]`,
  none: (reason) => `No output. ${reason}`,
  newOutput: (N, C, training) => `Output ${N} × ${C}, ${training ? "training" : "eval"}.`,
  stepped: (count, means) => `Step ${count}. running_mean ${means}.`,
  help: "Point at a number or move to it with the arrow keys. A click or Enter changes a number that was given, and "
    + "pins one that was computed; Space pins any, Esc lets go. With a finger, tap to pin and tap again to change. "
    + "Indices count from 0.",
  rows: "Rows are samples, columns are channels.",

  line: {
    label: (rows) => `Number lines. ${rows.join(". ")}.`,
    before: (c) => `x, channel ${c}`, after: (c) => `y, channel ${c}`,
    batch: "batch μ ± σ", running: "running ± √var",
    trained: (c) => `y in training, channel ${c}`, evaluated: (c) => `y in eval, channel ${c}`,
  },

  feeds: (count) => `It is part of the channel's mean and variance, so it changes ${plural(count, "output")}.`,
  feedsOne: "In eval it changes its own output alone: the statistics are constants.",
  scales: (count) => `It scales ${plural(count, "output")}.`,
  shifts: (count) => `It is added to ${plural(count, "output")}.`,
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
    steps: (count) => `${plural(count, "more step")} on this batch would bring every output within 0.01.`,
    far: "Steps on this batch alone do not bring every output within 0.01: running_var takes the variance ÷ (N − 1), "
      + "training divides by N.",
    one: "Training refuses one sample; eval takes it, since it needs no statistics of the batch.",
    eps: "Training refuses eps = 0; eval takes it, and divides by 0 where running_var is 0 too.",
  },

  norm: "Norm",
  norms: { batch: "BatchNorm", layer: "LayerNorm", instance: "InstanceNorm", group: "GroupNorm" },
  shows: "Cells show",
  showing: { input: "values x", normalised: "normalised x̂" },
  block: (shape) => `Block ${shape.join(" × ")} (N × C × H × W)`,
  sample: (n) => `n = ${n}`,
  channel: (c, group) => (group === false ? `c = ${c}` : `c = ${c}, g = ${group}`),
  sliceCount: (count, values) => `${plural(count, "slice")} of ${plural(values, "value")}, `
    + "each with its own mean and variance; the outlined cells are one.",
  sliceOf: {
    batch: (n, c) => `channel ${c} of all samples`, layer: (n) => `all of sample ${n}`,
    instance: (n, c) => `channel ${c} of sample ${n}`, group: (n, c, g) => `group ${g} of sample ${n}`,
  },
  slice: (name, count, mean, variance) => `${name}: ${plural(count, "value")}, mean ${mean}, variance ${variance}.`,
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
  problem: {
    range: ({ parameter, min, max, whole }) => `${PARAMETERS[parameter] ?? parameter} must be a `
      + `${whole ? "whole " : ""}number from ${min} to ${max}.`,
    negative: ({ channel, value }) => `running_var[${channel}] is ${value}: a variance is 0 or more.`,
    eps: () => "batch_norm eps must be positive during training, but got 0.",
    one: ({ shape }) => `Expected more than 1 value per channel when training, got input size ${torchSize(shape)}: `
      + "one value is its own mean, and its variance is 0.",
    divide: ({ groups, shape }) => "Expected number of channels in input to be divisible by num_groups, but got input "
      + `of shape [${shape.join(", ")}] and num_groups=${groups}.`,
    one_batch: ({ shape }) => "Expected more than 1 value per channel when training, got input size "
      + `${torchSize(shape)}.`,
    one_instance: ({ shape }) => "Expected more than 1 spatial element when training, got input size "
      + `${torchSize(shape)}.`,
    one_group: ({ shape }) => "Expected more than 1 value per channel when training, got input size "
      + `[${shape.join(", ")}].`,
  },
};
