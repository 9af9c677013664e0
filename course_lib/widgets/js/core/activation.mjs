// The activations of torch.nn.functional with the slopes that autograd takes, at the kinks too, and a chain of layers
// y = f(w · x). No DOM and no words here. `p` holds the parameters negative_slope, weight, alpha and beta.
import { clamp, makeRows, range, sum } from "./arrays.mjs";

export const LIMITS = {
  x: [-10, 10], negative_slope: [-2, 2], weight: [-2, 2], alpha: [0, 5], beta: [0.1, 10],
  layers: [1, 50], w: [-5, 5], rows: [1, 8], columns: [1, 8],
};
// The numbers that fill a feature map without values; course_lib.widgets.activation_rules has the same rule.
export const START = (i, j) => (((7 * i + 5 * j + i * j) % 13) - 6) / 2;

const SELU = { alpha: 1.6732632423543772848170429916717, scale: 1.0507009873554804934193349852946 };
const THRESHOLD = 20; // of softplus: beyond it, torch returns x itself
const ROOT = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

/** 1 − erf(z) to full relative accuracy: a series of positive terms, and a continued fraction for the tail. */
export function erfc(z) {
  if (z < 0) return 2 - erfc(-z);
  if (z < 2.5) {
    let [term, total] = [z, z];
    for (let n = 1; term > total * 1e-17; n++) {
      term *= (2 * z * z) / (2 * n + 1);
      total += term;
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * total;
  }
  let tail = z;
  for (let n = 80; n > 0; n--) tail = z + n / 2 / tail;
  return Math.exp(-z * z) / (Math.sqrt(Math.PI) * tail);
}

const normal = (x) => erfc(-x / Math.SQRT2) / 2; // the share of a normal distribution below x
const bell = (x) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const sigmoid = (x) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x, beta = 1) => (beta * x > THRESHOLD ? x : Math.log1p(Math.exp(beta * x)) / beta);
const inner = (x) => ROOT * (x + CUBIC * x ** 3);

/** A function that is x above 0, and `below` with the slope `slopeBelow` up to 0. */
const rectified = (below, slopeBelow, parameter) => ({
  f: (x, p) => (x > 0 ? x : below(x, p)), slope: (x, p) => (x > 0 ? 1 : slopeBelow(x, p)), kinks: [0], parameter,
});
const leaky = (parameter) => rectified((x, p) => p[parameter] * x, (x, p) => p[parameter], parameter);
const elu = rectified((x, { alpha }) => alpha * Math.expm1(x), (x, { alpha }) => alpha * Math.exp(x), "alpha");

/** Each function: f(x, p), its slope(x, p), `parameter` where it has one, and the `kinks` where the slope jumps. */
export const FUNCTIONS = {
  relu: rectified(() => 0, () => 0), leaky_relu: leaky("negative_slope"), prelu: leaky("weight"),
  relu6: { f: (x) => clamp(x, 0, 6), slope: (x) => (x > 0 && x < 6 ? 1 : 0), kinks: [0, 6] },
  elu, selu: { f: (x) => SELU.scale * elu.f(x, SELU), slope: (x) => SELU.scale * elu.slope(x, SELU), kinks: [0] },
  gelu: { f: (x) => x * normal(x), slope: (x) => normal(x) + x * bell(x), kinks: [] },
  gelu_tanh: {
    f: (x) => (x * (1 + Math.tanh(inner(x)))) / 2,
    slope: (x) => {
      const bend = Math.tanh(inner(x));
      return (1 + bend) / 2 + (x / 2) * (1 - bend * bend) * ROOT * (1 + 3 * CUBIC * x * x);
    },
    kinks: [],
  },
  silu: { f: (x) => x * sigmoid(x), slope: (x) => sigmoid(x) * (1 + x * sigmoid(-x)), kinks: [] },
  mish: {
    f: (x) => x * Math.tanh(softplus(x)),
    slope: (x) => {
      const bend = Math.tanh(softplus(x));
      return bend + x * sigmoid(x) * (1 - bend * bend);
    },
    kinks: [],
  },
  softplus: {
    f: (x, p) => softplus(x, p.beta), slope: (x, p) => (p.beta * x > THRESHOLD ? 1 : sigmoid(p.beta * x)), kinks: [],
    parameter: "beta",
  },
  sigmoid: { f: sigmoid, slope: (x) => sigmoid(x) * sigmoid(-x), kinks: [] },
  tanh: { f: Math.tanh, slope: (x) => 1 - Math.tanh(x) ** 2, kinks: [] },
  hardsigmoid: {
    f: (x) => clamp(x + 3, 0, 6) / 6, slope: (x) => (x > -3 && x < 3 ? 1 / 6 : 0), kinks: [-3, 3],
  },
  hardswish: {
    f: (x) => (x * clamp(x + 3, 0, 6)) / 6, kinks: [-3, 3],
    slope: (x) => (x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1),
  },
};

export const value = (name, x, p) => FUNCTIONS[name].f(x, p) + 0; // no −0
export const slope = (name, x, p) => FUNCTIONS[name].slope(x, p) + 0;

/** The pieces of f or its slope between kinks, as lists of [x, y]: `measure` is `value` or `slope`. */
export function curve(measure, name, p, [low, high], count) {
  const ends = [low, ...FUNCTIONS[name].kinks.filter((kink) => kink > low && kink < high), high];
  return ends.slice(1).map((end, index) => {
    const start = ends[index];
    const steps = Math.max(2, Math.round((count * (end - start)) / (high - low)));
    return range(steps + 1).map((step) => {
      // Just inside the piece, where the slope is that of the piece.
      const x = start + ((end - start) * clamp(step, 1e-6, steps - 1e-6)) / steps;
      return [x, measure(name, x, p)];
    });
  });
}

/**
 * `layers` layers y = f(w · x) after `x`: [{ z, y, slope, factor, product }], where factor = w · f′(z) and product is
 * ∂y/∂x of all layers so far.
 */
export function chain(name, x, w, layers, p) {
  const found = [];
  let [input, product] = [x, 1];
  for (let layer = 0; layer < layers; layer++) {
    const z = w * input;
    const y = value(name, z, p);
    const own = slope(name, z, p);
    product = product * w * own + 0;
    found.push({ z, y, slope: own, factor: w * own + 0, product });
    input = y;
  }
  return found;
}

const PROBES = range(121).map((index) => (index - 60) / 20); // −3 to 3

/** The share of inputs from −3 to 3 that no gradient comes back to, after each layer of the chain. */
export function deadShares(name, w, layers, p) {
  const chains = PROBES.map((x) => chain(name, x, w, layers, p));
  return chains[0].map((_, layer) => chains.filter((each) => each[layer].product === 0).length / PROBES.length);
}

/** { dead, mean }: how many cells have slope 0, and the mean slope. */
export function passing(name, rows, p) {
  const slopes = rows.flat().map((x) => slope(name, x, p));
  return { dead: slopes.filter((each) => each === 0).length, mean: sum(slopes) / slopes.length };
}

/** `rows` grown to the largest map. */
export const extend = (rows) => makeRows(LIMITS.rows[1], LIMITS.columns[1], (i, j) => rows[i]?.[j] ?? START(i, j));

export const WHOLE = ["layers", "rows", "columns"];

/** What is out of its limits: [{ parameter, reason, min, max, whole, nearest }]; what is no number has no nearest. */
export function problems(draft) {
  return Object.entries(LIMITS).map(([parameter, [min, max]]) => {
    const value = draft[parameter];
    const whole = WHOLE.includes(parameter);
    const inside = clamp(whole ? Math.round(value) : value, min, max);
    return { parameter, reason: "range", min, max, whole, nearest: Number.isFinite(value) ? inside : null };
  }).filter(({ parameter, nearest }) => nearest !== draft[parameter]);
}
