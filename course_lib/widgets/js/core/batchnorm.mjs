// The arithmetic of torch.nn.functional.batch_norm on a small N × C batch, its gradient and running statistics, and of
// the four norms of an N × C × H × W block. No DOM and no words here.
// A `state` has the widget's fields: input (rows of C numbers), weight, bias, running_mean, running_var (C numbers
// each), momentum (null: the average over all steps), eps, training, num_batches_tracked, grad_output (rows, or null:
// a 1 in the first row), block ([n][c][h][w]), norm, num_groups, view.
import { clamp, closest, makeRows, mapRows, range, sizeOf, sum } from "./arrays.mjs";
import { isWhole } from "./window.mjs";

export const LIMITS = {
  N: [1, 12], C: [1, 4], momentum: [0, 1], num_groups: [1, 8],
  block_N: [1, 4], block_C: [1, 8], block_H: [1, 4], block_W: [1, 4], eps: [0, 100],
};
// The numbers that fill a size without values; course_lib.widgets.batchnorm_rules has the same two rules.
export const START = {
  input: (n, c) => ((5 * n + 3 * n * c + 4) % 11) - 4 * c,
  block: (n, c, h, w) => ((5 * n + 3 * c * c + 2 * h + 4 * w + n * c + h * w) % 9) + 2 * c - n,
};

export const mean = (values) => sum(values) / values.length;
const column = (rows, c) => rows.map((row) => row[c]);
/** Mean of `values` and mean of the squared distances from it. */
function moments(values) {
  const middle = mean(values);
  return { mean: middle, variance: mean(values.map((value) => (value - middle) ** 2)) };
}

/** { mean, variance (÷ N), unbiased (÷ (N − 1)) } of the batch, each a list over the channels. */
export function statistics(input) {
  const each = input[0].map((_, c) => moments(column(input, c)));
  return {
    mean: each.map((one) => one.mean),
    variance: each.map((one) => one.variance),
    unbiased: each.map((one) => (one.variance * input.length) / (input.length - 1)),
  };
}

/** What normalises: the batch's own mean and biased variance in training, the running ones in eval. */
export function used(state, training = state.training) {
  if (!training) return { mean: state.running_mean, variance: state.running_var };
  return statistics(state.input);
}

/** { normalised, output }, rows as in input. */
export function forward(state, training = state.training) {
  const { mean: middle, variance } = used(state, training);
  const normalised = mapRows(state.input, (value, _, c) => (value - middle[c]) / Math.sqrt(variance[c] + state.eps));
  return { normalised, output: mapRows(normalised, (value, _, c) => state.weight[c] * value + state.bias[c]) };
}

/** The share of the new value in a running statistic at the next step in training. */
export function updateFactor({ momentum, num_batches_tracked: tracked }) {
  return momentum ?? 1 / (tracked + 1);
}

/** The running statistics after `count` steps in training on this batch. */
export function afterSteps(state, count) {
  const batch = statistics(state.input);
  let { running_mean, running_var, num_batches_tracked } = state;
  for (let step = 0; step < count; step++) {
    const factor = updateFactor({ ...state, num_batches_tracked });
    const towards = (old, target) => old.map((value, c) => (1 - factor) * value + factor * target[c]);
    running_mean = towards(running_mean, batch.mean);
    running_var = towards(running_var, batch.unbiased);
    num_batches_tracked += 1;
  }
  return { running_mean, running_var, num_batches_tracked };
}

/** ∂L/∂output: the rows given, or a 1 in each channel of the first row. */
export function gradOutput({ input, grad_output: given }) {
  return mapRows(input, (_, n, c) => given?.[n]?.[c] ?? (given || n ? 0 : 1));
}

/**
 * { own, shared, projected, input, weight, bias }: ∂L/∂input is the sum of three terms, rows each. The second and third
 * come from the mean and the variance of the batch; they are 0 in eval, where both are constants.
 */
export function gradient(state) {
  const { variance } = used(state);
  const { normalised } = forward(state);
  const given = gradOutput(state);
  const scale = state.weight.map((weight, c) => weight / Math.sqrt(variance[c] + state.eps));
  const products = mapRows(given, (value, n, c) => value * normalised[n][c]);
  const inTraining = state.training ? 1 : 0;
  const own = mapRows(given, (value, _, c) => scale[c] * value);
  const shared = mapRows(given, (_, __, c) => -inTraining * scale[c] * mean(column(given, c)) + 0);
  const projected = mapRows(normalised, (value, _, c) => (
    -inTraining * scale[c] * value * mean(column(products, c)) + 0));
  return {
    own, shared, projected,
    input: mapRows(own, (value, n, c) => value + shared[n][c] + projected[n][c]),
    weight: scale.map((_, c) => sum(column(products, c))), bias: scale.map((_, c) => sum(column(given, c))),
  };
}

/**
 * { show, shown }: `show` is all that a story tells of, `shown` in it the rows of each grid, null where there are none.
 * `problems` are those of `state`. `trained` and `evaluated` are judged each by itself: torch may take the batch in
 * eval alone, and then `show.refused` says why training does not.
 */
export function results(state, problems) {
  const { input } = state;
  const isWrong = problems.some(isOwn);
  const hasSize = !problems.some(({ parameter }) => parameter === "N" || parameter === "C");
  const refused = refusesTraining(state, input.length);
  const batch = statistics(input);
  const isAnswered = !isWrong && !(state.training && refused);
  const { normalised, output } = isAnswered ? forward(state) : {};
  const gradients = isAnswered ? gradient(state) : null;
  const given = gradOutput(state);
  const evaluated = isWrong ? null : forward(state, false).output;
  const trained = isWrong || refused ? null : forward(state, true).output;
  const row = (values) => (hasSize && values ? [values] : null);
  const shown = {
    input: hasSize ? input : null, normalised, output, trained, evaluated,
    mean: row(batch.mean), variance: row(batch.variance), unbiased: row(input.length > 1 && batch.unbiased),
    running_mean: row(state.running_mean), running_var: row(state.running_var),
    weight: row(state.weight), bias: row(state.bias),
    difference: trained && mapRows(trained, (value, n, c) => value - evaluated[n][c]),
    grad_output: gradients && given, own: gradients?.own, shared: gradients?.shared, projected: gradients?.projected,
    grad_input: gradients?.input, grad_weight: row(gradients?.weight), grad_bias: row(gradients?.bias),
  };
  const show = {
    state, batch, used: used(state), normalised, given, trained, evaluated, output, refused, shown,
    gap: trained && state.view === "eval" ? gap(state) : null, // up to 1,000 steps: once for a state
  };
  return { show, shown };
}

export const CLOSE = 0.01; // train and eval agree
const MOST_STEPS = 1000;

/** How far eval is from training: { largest, channel, steps }; `steps` on this batch bring it within CLOSE, or null. */
export function gap(state) {
  const target = forward(state, true).output;
  const distances = (from) => mapRows(forward(from, false).output, (value, n, channel) => (
    { distance: Math.abs(value - target[n][channel]), channel }));
  const worst = (from) => distances(from).flat()
    .reduce((one, other) => (other.distance > one.distance ? other : one));
  const { distance: largest, channel } = worst(state);
  let now = state;
  for (let steps = 0; steps <= MOST_STEPS; steps++) {
    if (worst(now).distance <= CLOSE) return { largest, channel, steps };
    now = { ...now, ...afterSteps(now, 1) };
  }
  return { largest, channel, steps: null };
}

/** A repeatable draw from the normal distribution for each batch, sample and channel. */
export function noise(batch, n, c) {
  let seed = (batch * 7919 + n * 104729 + c * 1299709 + 12345) >>> 0;
  const uniform = () => {
    seed = (Math.imul(seed ^ (seed >>> 15), 2246822519) + 3266489917) >>> 0;
    return ((seed ^ (seed >>> 13)) >>> 0) / 2 ** 32;
  };
  return Math.sqrt(-2 * Math.log(uniform() + 1e-12)) * Math.cos(2 * Math.PI * uniform());
}

/** `rows` grown to the largest batch, with the rule's numbers beyond the edges. */
export function extend(rows) {
  return makeRows(LIMITS.N[1], LIMITS.C[1], (n, c) => rows[n]?.[c] ?? START.input(n, c));
}

// ---- one block, four norms ----------------------------------------------------------------------

export const shapeOf = (block) => [...sizeOf(block), ...sizeOf(block[0][0])];

/** The indices [n, c, h, w] of a block, in order. */
export function places([N, C, H, W]) {
  return makeRows(N, C, (n, c) => makeRows(H, W, (h, w) => [n, c, h, w])).flat(3);
}

/** The group of channel `c` of `C`. */
export const groupOf = (groups, C, c) => Math.floor((c * groups) / C);

/** The number of the slice that an element is normalised with. */
export const sliceOf = (norm, groups, [, C], [n, c]) => (
  { batch: c, layer: n, instance: n * C + c, group: n * groups + groupOf(groups, C, c) }[norm]);

/** { slices: [{ mean, variance, count }], normalised: [n][c][h][w] } in training, weight 1 and bias 0. */
export function normaliseBlock({ block, norm, num_groups: groups, eps }) {
  const shape = shapeOf(block);
  const values = [];
  for (const [n, c, h, w] of places(shape)) {
    (values[sliceOf(norm, groups, shape, [n, c])] ??= []).push(block[n][c][h][w]);
  }
  const slices = values.map((each) => ({ ...moments(each), count: each.length }));
  const normalised = mapRows(block, (plane, n, c) => {
    const { mean: middle, variance } = slices[sliceOf(norm, groups, shape, [n, c])];
    // Equal values and eps 0: torch answers 0 in instance norm, and 0/0 in layer and group norm.
    const root = variance === 0 && eps === 0 && norm === "instance" ? 1 : Math.sqrt(variance + eps);
    return mapRows(plane, (value) => (value - middle) / root);
  });
  return { slices, normalised };
}

/** A block of another shape: the values of `block`, and the rule's numbers beyond its edges. */
export function reshape(block, [N, C, H, W]) {
  return makeRows(N, C, (n, c) => makeRows(H, W, (h, w) => block[n]?.[c]?.[h]?.[w] ?? START.block(n, c, h, w)));
}

// ---- what torch refuses -------------------------------------------------------------------------

const LEAST_EPS = 1e-5; // the default, which stands for "more than 0"
const isIn = (value, limits, whole) => (
  whole ? isWhole(value, limits) : Number.isFinite(value) && clamp(value, ...limits) === value);

/** A problem of one number alone, in whatever view; the others are of several numbers together. */
export const isOwn = ({ reason }) => reason === "range" || reason === "negative";

/** Why training refuses N samples, where eval does not: "one", "eps" or null. */
const refusesTraining = ({ eps }, N) => (N === 1 ? "one" : eps === 0 ? "eps" : null);

/** A number out of its limits: [{ parameter, reason: "range", min, max, whole, nearest }]; NaN has no nearest. */
function outside(values, whole = true) {
  return Object.entries(values).filter(([name, value]) => !isIn(value, LIMITS[name], whole)).map(([name, value]) => {
    const [min, max] = LIMITS[name];
    const least = name === "eps" ? LEAST_EPS : min;
    const near = clamp(whole ? Math.round(value) : value, least, max);
    return { parameter: name, reason: "range", min, max, whole, nearest: Number.isFinite(value) ? near : null };
  });
}

/**
 * Why torch, or this widget, refuses the batch; an empty list where it is legal. `sizes`: { N, C }. Each problem:
 * { parameter, reason, nearest, ... }; setting `parameter` to `nearest` mends it.
 */
export function batchProblems(state, { N, C } = { N: state.input.length, C: state.input[0].length }) {
  const numbers = state.momentum === null ? { eps: state.eps } : { momentum: state.momentum, eps: state.eps };
  const found = [...outside({ N, C }), ...outside(numbers, false)];
  state.running_var.slice(0, C).forEach((value, c) => {
    if (value < 0) found.push({ parameter: "running_var", reason: "negative", channel: c, value, nearest: 0 });
  });
  // The view "eval" shows what either mode makes of the batch, so that one of them may have no answer.
  const refused = state.training && state.view !== "eval" && refusesTraining(state, N);
  if (found.length || !refused) return found;
  return [{
    one: { parameter: "N", reason: "one", shape: [N, C], nearest: 2 },
    eps: { parameter: "eps", reason: "eps", nearest: LEAST_EPS },
  }[refused]];
}

/** The same for the block; `shape` is [N, C, H, W]. */
export function blockProblems(state, shape = shapeOf(state.block)) {
  const [N, C, H, W] = shape;
  const { norm, num_groups: groups, eps } = state;
  const found = [...outside({ block_N: N, block_C: C, block_H: H, block_W: W }), ...outside({ eps }, false)];
  if (found.length) return found;
  if (norm === "batch" && eps === 0) return [{ parameter: "eps", reason: "eps", nearest: LEAST_EPS }];
  if (norm === "group" && !isWhole(groups, [1, C])) {
    const nearest = Number.isFinite(groups) ? closest(divisors(C), groups) : null;
    return [{ parameter: "num_groups", reason: "range", min: 1, max: C, whole: true, nearest }];
  }
  if (norm === "group" && C % groups) {
    return [{ parameter: "num_groups", reason: "divide", groups, shape, nearest: closest(divisors(C), groups) }];
  }
  // torch counts over the whole batch here, so that a slice of one value passes where there are several.
  const count = { batch: N * H * W, instance: H * W, group: (N * C * H * W) / groups }[norm];
  return count === 1 ? [{ parameter: "block_H", reason: `one_${norm}`, shape, nearest: 2 }] : [];
}

/** The legal numbers of groups of C channels, in order; 1 where C is no number of channels. */
export const divisors = (C) => range(LIMITS.block_C[1]).map((index) => index + 1)
  .filter((each) => each === 1 || (C % each === 0 && each <= C));

