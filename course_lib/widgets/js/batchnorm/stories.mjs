// Where each number of the batch comes from: the cells it is made of, the rule in symbols, and the rule in numbers.
import { factor, format } from "../ui/numbers.mjs";
import * as core from "../core/batchnorm.mjs";
import words from "../words/batchnorm.mjs";

const MOST_TERMS = 6;
const short = (value) => format(value, 4);
const signed = (value) => (value < 0 ? `(${short(value)})` : short(value));

/**
 * { links: { grid: [cells] }, symbols, numbers, note } of one cell; `show` is what the widget computed: { state, batch,
 * used, normalised, output, gradient, given }. `symbols`, `numbers` and `note` may be empty.
 */
export function tell({ grid, cell }, show) {
  const [n, c] = cell;
  const { state } = show;
  const rows = state.x.map((_, row) => [row, c]);
  return { links: {}, symbols: "", numbers: "", note: "", ...TELL[grid](show, n, c, rows) };
}

/** The two cells of the mean and the variance that normalise channel c. */
function statisticCells({ state }, c) {
  const [middle, variance] = state.training ? ["mean", "variance"] : ["running_mean", "running_var"];
  return { [middle]: [[0, c]], [variance]: [[0, c]] };
}

const names = ({ state }) => (state.training ? ["μ", "σ²"] : ["running_mean", "running_var"]);

/** The terms of a long sum, the middle ones left out. */
function terms(texts) {
  if (texts.length <= MOST_TERMS) return texts.join(" + ");
  return [...texts.slice(0, 3), "…", texts.at(-1)].join(" + ");
}

const TELL = {
  x: (show, n, c, rows) => {
    const { training, x } = show.state;
    const own = [[n, c]];
    return {
      links: training
        ? { mean: [[0, c]], variance: [[0, c]], unbiased: [[0, c]], normalised: rows, output: rows }
        : { normalised: own, output: own },
      numbers: `x[${n}, ${c}] = ${format(x[n][c])}`, note: training ? words.feeds(x.length) : words.feedsOne,
    };
  },
  mean: ({ state, batch }, n, c, rows) => ({
    links: { x: rows }, symbols: "μ = (1/N) · Σ x",
    numbers: `μ = (${terms(state.x.map((row) => factor(row[c])))}) / ${state.x.length} = ${short(batch.mean[c])}`,
    note: state.training ? "" : words.notUsedEval,
  }),
  variance: ({ state, batch }, n, c, rows) => ({
    links: { x: rows, mean: [[0, c]] }, symbols: "σ² = (1/N) · Σ (x − μ)²",
    numbers: `σ² = (${terms(state.x.map((row) => `${signed(row[c] - batch.mean[c])}²`))}) / ${state.x.length} `
      + `= ${short(batch.variance[c])}`,
    note: state.training ? "" : words.notUsedEval,
  }),
  unbiased: ({ state, batch }, n, c) => ({
    links: { variance: [[0, c]], running_var: [[0, c]] }, symbols: "unbiased = σ² · N / (N − 1)",
    numbers: `${short(batch.variance[c])} · ${state.x.length} / ${state.x.length - 1} = ${short(batch.unbiased[c])}`,
    note: words.storedOnly,
  }),
  running_mean: (show, n, c, rows) => running(show, "running_mean", "mean", "μ", c, rows),
  running_var: (show, n, c, rows) => running(show, "running_var", "unbiased", "unbiased", c, rows),
  weight: ({ state }, n, c, rows) => ({
    links: { output: rows }, symbols: "y = γ · x̂ + β", numbers: `γ[${c}] = ${format(state.weight[c])}`,
    note: words.scales(rows.length),
  }),
  bias: ({ state }, n, c, rows) => ({
    links: { output: rows }, symbols: "y = γ · x̂ + β", numbers: `β[${c}] = ${format(state.bias[c])}`,
    note: words.shifts(rows.length),
  }),
  normalised: (show, n, c) => {
    const [middle, variance] = names(show);
    return {
      links: { x: [[n, c]], ...statisticCells(show, c) }, symbols: `x̂ = (x − ${middle}) / √(${variance} + eps)`,
      numbers: `x̂[${n}, ${c}] = ${fraction(show, n, c)} = ${short(show.normalised[n][c])}`,
    };
  },
  output: (show, n, c) => {
    const [middle, variance] = names(show);
    const { weight, bias } = show.state;
    return {
      links: {
        x: [[n, c]], ...statisticCells(show, c), normalised: [[n, c]], weight: [[0, c]], bias: [[0, c]],
      },
      symbols: `y = γ · (x − ${middle}) / √(${variance} + eps) + β`,
      numbers: `y[${n}, ${c}] = ${factor(weight[c])} · ${fraction(show, n, c)} + ${factor(bias[c])} `
        + `= ${short(show.output[n][c])}`,
    };
  },
  trained: ({ trained }, n, c) => compared(trained, "trained", n, c),
  evaluated: ({ evaluated }, n, c) => compared(evaluated, "evaluated", n, c),
  difference: ({ trained, evaluated }, n, c) => ({
    links: { trained: [[n, c]], evaluated: [[n, c]] }, symbols: "y in training − y in eval",
    numbers: trained && `${short(trained[n][c])} − ${signed(evaluated[n][c])} `
      + `= ${short(trained[n][c] - evaluated[n][c])}`,
  }),
  grad_output: ({ state, given }, n, c, rows) => ({
    links: { grad_x: state.training ? rows : [[n, c]], grad_weight: [[0, c]], grad_bias: [[0, c]] },
    symbols: "g = ∂L/∂y", numbers: `g[${n}, ${c}] = ${format(given[n][c])}`,
    note: state.training ? words.feeds(rows.length) : words.feedsOne,
  }),
  own: (show, n, c) => ({
    links: { grad_output: [[n, c]], grad_x: [[n, c]] }, symbols: `${scaleSymbol(show)} · g`,
    numbers: `${scaleNumber(show, c)} · ${factor(show.given[n][c])} = ${short(show.gradient.own[n][c])}`,
  }),
  shared: (show, n, c, rows) => fromBatch(show, "shared", n, c, rows, "mean(g)", meanOf(show, c)),
  projected: (show, n, c, rows) => fromBatch(show, "projected", n, c, rows, "x̂ · mean(g · x̂)",
    `${signed(show.normalised[n][c])} · ${signed(meanProduct(show, c))}`),
  grad_x: (show, n, c, rows) => {
    const { state, gradient, given } = show;
    const value = `= ${short(gradient.input[n][c])}`;
    const scale = scaleSymbol(show);
    if (!state.training) {
      return {
        links: { grad_output: [[n, c]], own: [[n, c]] }, symbols: `∂L/∂x = ${scale} · g`,
        numbers: `${scaleNumber(show, c)} · ${factor(given[n][c])} ${value}`, note: words.constant,
      };
    }
    return {
      links: { grad_output: rows, own: [[n, c]], shared: [[n, c]], projected: [[n, c]] },
      symbols: `∂L/∂x = ${scale} · (g − mean(g) − x̂ · mean(g · x̂))`,
      numbers: `∂L/∂x[${n}, ${c}] = ${scaleNumber(show, c)} · (${short(given[n][c])} − ${meanOf(show, c)} `
        + `− ${signed(show.normalised[n][c])} · ${signed(meanProduct(show, c))}) ${value}`,
    };
  },
  grad_weight: (show, n, c, rows) => ({
    links: { grad_output: rows }, symbols: "∂L/∂γ = Σ g · x̂",
    numbers: `${terms(show.given.map((row, at) => `${factor(row[c])} · ${signed(show.normalised[at][c])}`))} `
      + `= ${short(show.gradient.weight[c])}`,
  }),
  grad_bias: (show, n, c, rows) => ({
    links: { grad_output: rows }, symbols: "∂L/∂β = Σ g",
    numbers: `${terms(show.given.map((row) => factor(row[c])))} = ${short(show.gradient.bias[c])}`,
  }),
};

function compared(values, mode, n, c) {
  return { links: { difference: [[n, c]] }, numbers: `${words.grids[mode]}: [${n}, ${c}] = ${short(values[n][c])}` };
}

function fraction({ state, used }, n, c) {
  const minus = `${short(state.x[n][c])} − ${signed(used.mean[c])}`;
  return `(${minus}) / √(${short(used.variance[c])} + ${format(state.eps)})`;
}

function running({ state, batch }, name, source, symbol, c, rows) {
  const share = state.momentum === null ? "1/(num_batches_tracked + 1)" : "momentum";
  const part = core.updateFactor(state);
  const next = (1 - part) * state[name][c] + part * batch[source][c];
  const isKnown = Number.isFinite(next);
  const target = isKnown ? ` = ${short(next)}` : "";
  return {
    links: { [source]: [[0, c]], ...(state.training ? {} : { normalised: rows, output: rows }) },
    symbols: `${name} ← (1 − ${share}) · ${name} + ${share} · ${symbol}`,
    numbers: `${state.training ? words.nextStep : words.evalFixed}: ${short(1 - part)} · ${signed(state[name][c])} + `
      + `${short(part)} · ${signed(batch[source][c])}${target}`,
    note: state.training ? words.notUsed : "",
  };
}

const scaleSymbol = (show) => `γ / √(${names(show)[1]} + eps)`;

function scaleNumber({ state, used }, c) {
  return `${factor(state.weight[c])} / √(${short(used.variance[c])} + ${format(state.eps)})`;
}

const average = (values) => values.reduce((total, value) => total + value, 0) / values.length;
const meanOf = ({ given }, c) => signed(average(given.map((row) => row[c])));
const meanProduct = ({ given, normalised }, c) => average(given.map((row, n) => row[c] * normalised[n][c]));

function fromBatch(show, grid, n, c, rows, symbols, numbers) {
  if (!show.state.training) return { links: { grad_x: [[n, c]] }, numbers: "0", note: words.constant };
  return {
    links: { grad_output: rows, grad_x: [[n, c]] }, symbols: `−${scaleSymbol(show)} · ${symbols}`,
    numbers: `−${scaleNumber(show, c)} · ${numbers} = ${short(show.gradient[grid][n][c])}`,
  };
}
