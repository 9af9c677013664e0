// Where each number of the batch comes from: the cells it is made of, the rule in symbols, and the rule in numbers.
import * as core from "../core/batchnorm.mjs";
import { factor, format } from "../ui/numbers.mjs";
import words from "../words/batchnorm.mjs";
import { short, signed } from "./text.mjs";

const MOST_TERMS = 6;

/**
 * { links: { grid: [cells] }, symbols, numbers, note } of one cell; `show` is as from `core.results`. `symbols`,
 * `numbers` and `note` may be empty.
 */
export function tell({ grid, cell: [n, c] }, show) {
  const all = show.state.input.map((_, row) => [row, c]);
  const place = { n, c, at: `[${n}, ${c}]`, own: [[n, c]], head: [[0, c]], all };
  const [links, symbols, numbers, note = ""] = TELL[grid](show, place);
  return { links, symbols, numbers, note };
}

/** The terms of a long sum, the middle ones left out. */
const sum = (texts) => (texts.length <= MOST_TERMS ? texts : [...texts.slice(0, 3), "…", texts.at(-1)]).join(" + ");
const mean = (values) => values.reduce((total, value) => total + value, 0) / values.length;

/** Mean and variance that normalise: their symbols, and the grids they stand in. */
const names = ({ state }) => (state.training ? ["μ", "σ²"] : ["running_mean", "running_var"]);
const statistics = ({ state }, { head }) => (
  state.training ? { mean: head, variance: head } : { running_mean: head, running_var: head });

const root = ({ state, used }, c) => `√(${short(used.variance[c])} + ${format(state.eps)})`;
const fraction = (show, { n, c }) => (
  `(${short(show.state.input[n][c])} − ${signed(show.used.mean[c])}) / ${root(show, c)}`);
const scaleSymbol = (show) => `γ / √(${names(show)[1]} + eps)`;
const scale = (show, c) => `${factor(show.state.weight[c])} / ${root(show, c)}`;
/** mean(g), mean(g · x̂) and x̂ as texts. */
const meanG = ({ given }, c) => signed(mean(given.map((row) => row[c])));
const meanGX = ({ given, normalised }, c) => signed(mean(given.map((row, n) => row[c] * normalised[n][c])));
const xHat = ({ normalised }, { n, c }) => signed(normalised[n][c]);

const unused = ({ state }) => (state.training ? "" : words.notUsedEval);
const feeds = ({ state }) => (state.training ? words.feeds(state.input.length) : words.feedsOne);

const TELL = {
  input: (show, { n, c, at, own, head, all }) => [
    show.state.training ? { mean: head, variance: head, unbiased: head, normalised: all, output: all }
      : { normalised: own, output: own },
    "", `x${at} = ${format(show.state.input[n][c])}`, feeds(show),
  ],
  mean: (show, { c, all }) => [
    { input: all }, "μ = (1/N) · Σ x",
    `μ = (${sum(show.state.input.map((row) => factor(row[c])))}) / ${all.length} = ${short(show.batch.mean[c])}`,
    unused(show),
  ],
  variance: (show, { c, head, all }) => [
    { input: all, mean: head }, "σ² = (1/N) · Σ (x − μ)²",
    `σ² = (${sum(show.state.input.map((row) => `${signed(row[c] - show.batch.mean[c])}²`))}) / ${all.length} `
      + `= ${short(show.batch.variance[c])}`, unused(show),
  ],
  unbiased: ({ batch }, { c, head, all: { length } }) => [
    { variance: head, running_var: head }, "unbiased = σ² · N / (N − 1)",
    `${short(batch.variance[c])} · ${length} / ${length - 1} = ${short(batch.unbiased[c])}`, words.storedOnly,
  ],
  running_mean: (show, place) => running(show, place, "running_mean", "mean", "μ"),
  running_var: (show, place) => running(show, place, "running_var", "unbiased", "unbiased"),
  weight: ({ state }, { c, all }) => [
    { output: all }, "y = γ · x̂ + β", `γ[${c}] = ${format(state.weight[c])}`, words.scales(all.length),
  ],
  bias: ({ state }, { c, all }) => [
    { output: all }, "y = γ · x̂ + β", `β[${c}] = ${format(state.bias[c])}`, words.shifts(all.length),
  ],
  normalised: (show, place) => {
    const [middle, variance] = names(show);
    return [
      { input: place.own, ...statistics(show, place) }, `x̂ = (x − ${middle}) / √(${variance} + eps)`,
      `x̂${place.at} = ${fraction(show, place)} = ${short(show.normalised[place.n][place.c])}`,
    ];
  },
  output: (show, place) => {
    const { n, c, at, own, head } = place;
    const [middle, variance] = names(show);
    return [
      { input: own, ...statistics(show, place), normalised: own, weight: head, bias: head },
      `y = γ · (x − ${middle}) / √(${variance} + eps) + β`,
      `y${at} = ${factor(show.state.weight[c])} · ${fraction(show, place)} + ${factor(show.state.bias[c])} `
        + `= ${short(show.output[n][c])}`,
    ];
  },
  trained: (show, place) => compared(show, place, "trained"),
  evaluated: (show, place) => compared(show, place, "evaluated"),
  difference: ({ trained, evaluated }, { n, c, own }) => [
    { trained: own, evaluated: own }, "y in training − y in eval",
    `${short(trained[n][c])} − ${signed(evaluated[n][c])} = ${short(trained[n][c] - evaluated[n][c])}`,
  ],
  grad_output: (show, { n, c, at, own, head, all }) => [
    { grad_input: show.state.training ? all : own, grad_weight: head, grad_bias: head }, "g = ∂L/∂y",
    `g${at} = ${format(show.given[n][c])}`, feeds(show),
  ],
  own: (show, { n, c, own }) => [
    { grad_output: own, grad_input: own }, `${scaleSymbol(show)} · g`,
    `${scale(show, c)} · ${factor(show.given[n][c])} = ${short(show.gradients.own[n][c])}`,
  ],
  shared: (show, place) => term(show, place, "shared", "mean(g)", () => meanG(show, place.c)),
  projected: (show, place) => term(show, place, "projected", "x̂ · mean(g · x̂)",
    () => `${xHat(show, place)} · ${meanGX(show, place.c)}`),
  grad_input: (show, place) => {
    const { n, c, at, own, all } = place;
    const value = ` = ${short(show.gradients.input[n][c])}`;
    const symbols = `∂L/∂x = ${scaleSymbol(show)} · `;
    if (!show.state.training) {
      return [{ grad_output: own, own }, `${symbols}g`, `${scale(show, c)} · ${factor(show.given[n][c])}${value}`,
        words.constant];
    }
    return [
      { grad_output: all, own, shared: own, projected: own }, `${symbols}(g − mean(g) − x̂ · mean(g · x̂))`,
      `∂L/∂x${at} = ${scale(show, c)} · (${short(show.given[n][c])} − ${meanG(show, c)} − ${xHat(show, place)} `
        + `· ${meanGX(show, c)})${value}`,
    ];
  },
  grad_weight: ({ given, normalised, gradients }, { c, all }) => [
    { grad_output: all }, "∂L/∂γ = Σ g · x̂",
    `${sum(given.map((row, n) => `${factor(row[c])} · ${signed(normalised[n][c])}`))} = ${short(gradients.weight[c])}`,
  ],
  grad_bias: ({ given, gradients }, { c, all }) => [
    { grad_output: all }, "∂L/∂β = Σ g", `${sum(given.map((row) => factor(row[c])))} = ${short(gradients.bias[c])}`,
  ],
};

const compared = (show, { n, c, at, own }, mode) => [
  { difference: own }, "", `${words.grids[mode]}: ${at} = ${short(show[mode][n][c])}`];

function running({ state, batch }, { c, head, all }, name, source, symbol) {
  const share = state.momentum === null ? "1/(num_batches_tracked + 1)" : "momentum";
  const part = core.updateFactor(state);
  const next = (1 - part) * state[name][c] + part * batch[source][c];
  const { training } = state;
  return [
    { [source]: head, ...(training ? {} : { normalised: all, output: all }) },
    `${name} ← (1 − ${share}) · ${name} + ${share} · ${symbol}`,
    `${training ? words.nextStep : words.evalFixed}: ${short(1 - part)} · ${signed(state[name][c])} + ${short(part)} · `
      + `${signed(batch[source][c])} = ${short(next)}`, training ? words.notUsed : "",
  ];
}

/** One of the two terms of the gradient that come from the batch's statistics; `numbers()` is its last factor. */
const term = (show, { n, c, own, all }, grid, symbols, numbers) => (show.state.training ? [
  { grad_output: all, grad_input: own }, `−${scaleSymbol(show)} · ${symbols}`,
  `−${scale(show, c)} · ${numbers()} = ${short(show.gradients[grid][n][c])}`,
] : [{ grad_input: own }, "", "0", words.constant]);
