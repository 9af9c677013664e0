// Where each number of the batch comes from: the cells it is made of, the rule in symbols, and the rule in numbers.
import * as core from "../core/batchnorm.mjs";
import { factor, format, short } from "../ui/numbers.mjs";
import words from "../words/batchnorm.mjs";
import { signed } from "./text.mjs";

const MOST_TERMS = 6;
const GIVEN = ["input", "weight", "bias", "grad_output"]; // told with more digits

/**
 * { links: { grid: [cells] }, symbols, numbers, note } of one cell; `show` is as from `core.results`. `symbols` and
 * `note` may be empty.
 */
export function tell({ grid, cell: [n, c] }, show) {
  const story = TELL[grid](show, { n, c, at: `[${n}, ${c}]`, N: show.state.input.length });
  const [linked, symbols, terms, note = "", value = show.shown[grid][n][c]] = story;
  const cells = { own: [[n, c]], head: [[0, c]], all: show.state.input.map((_, row) => [row, c]) };
  const links = Object.entries(linked).flatMap(([which, grids]) => grids.map((each) => [each, cells[which]]));
  const result = GIVEN.includes(grid) ? format(value) : short(value);
  return { links: Object.fromEntries(links), symbols, numbers: terms ? `${terms} = ${result}` : result, note };
}

/** The terms of a long sum, the middle ones left out. */
const sum = (texts) => (texts.length <= MOST_TERMS ? texts : [...texts.slice(0, 3), "…", texts.at(-1)]).join(" + ");

/** Mean and variance that normalise: the grids they stand in, and their symbols. */
const statistics = ({ state }) => (state.training ? ["mean", "variance"] : ["running_mean", "running_var"]);
const names = (show) => (show.state.training ? ["μ", "σ²"] : statistics(show));

const root = ({ state, used }, c) => `√(${short(used.variance[c])} + ${format(state.eps)})`;
const fraction = (show, { n, c }) => (
  `(${short(show.state.input[n][c])} − ${signed(show.used.mean[c])}) / ${root(show, c)}`);
const scaleSymbol = (show) => `γ / √(${names(show)[1]} + eps)`;
const scale = (show, c) => `${factor(show.state.weight[c])} / ${root(show, c)}`;
/** mean(g), mean(g · x̂) and x̂ as texts. */
const meanG = ({ given }, c) => signed(core.mean(given.map((row) => row[c])));
const meanGX = ({ given, normalised }, c) => signed(core.mean(given.map((row, n) => row[c] * normalised[n][c])));
const xHat = ({ normalised }, { n, c }) => signed(normalised[n][c]);

const unused = ({ state }) => (state.training ? "" : words.notUsedEval);
const feeds = ({ state }, { N }) => (state.training ? words.feeds(N) : words.feedsOne);

/** Of each grid [{ which cells: [grids] }, symbols, terms, note, value], the last two only where they differ. */
const TELL = {
  input: (show, place) => [
    show.state.training ? { head: ["mean", "variance", "unbiased"], all: ["normalised", "output"] }
      : { own: ["normalised", "output"] },
    "", `x${place.at}`, feeds(show, place),
  ],
  mean: (show, { c, N }) => [
    { all: ["input"] }, "μ = (1/N) · Σ x", `μ = (${sum(show.state.input.map((row) => factor(row[c])))}) / ${N}`,
    unused(show),
  ],
  variance: (show, { c, N }) => [
    { all: ["input"], head: ["mean"] }, "σ² = (1/N) · Σ (x − μ)²",
    `σ² = (${sum(show.state.input.map((row) => `${signed(row[c] - show.batch.mean[c])}²`))}) / ${N}`, unused(show),
  ],
  unbiased: ({ batch }, { c, N }) => [
    { head: ["variance", "running_var"] }, "unbiased = σ² · N / (N − 1)",
    `${short(batch.variance[c])} · ${N} / ${N - 1}`, words.storedOnly,
  ],
  running_mean: (show, { c }) => running(show, c, "running_mean", "mean", "μ"),
  running_var: (show, { c }) => running(show, c, "running_var", "unbiased", "unbiased"),
  weight: (show, { c, N }) => [{ all: ["output"] }, "y = γ · x̂ + β", `γ[${c}]`, words.scales(N)],
  bias: (show, { c, N }) => [{ all: ["output"] }, "y = γ · x̂ + β", `β[${c}]`, words.shifts(N)],
  normalised: (show, place) => {
    const [middle, variance] = names(show);
    return [
      { own: ["input"], head: statistics(show) }, `x̂ = (x − ${middle}) / √(${variance} + eps)`,
      `x̂${place.at} = ${fraction(show, place)}`,
    ];
  },
  output: (show, place) => {
    const [middle, variance] = names(show);
    const { weight, bias } = show.state;
    return [
      { own: ["input", "normalised"], head: [...statistics(show), "weight", "bias"] },
      `y = γ · (x − ${middle}) / √(${variance} + eps) + β`,
      `y${place.at} = ${factor(weight[place.c])} · ${fraction(show, place)} + ${factor(bias[place.c])}`,
    ];
  },
  trained: (show, { at }) => [{ own: ["difference"] }, "", `${words.grid("trained")}: ${at}`],
  evaluated: (show, { at }) => [{ own: ["difference"] }, "", `${words.grid("evaluated")}: ${at}`],
  difference: ({ trained, evaluated }, { n, c }) => [
    { own: ["trained", "evaluated"] }, words.trainedMinusEvaluated,
    `${short(trained[n][c])} − ${signed(evaluated[n][c])}`,
  ],
  grad_output: (show, place) => [
    { [show.state.training ? "all" : "own"]: ["grad_input"], head: ["grad_weight", "grad_bias"] }, "g = ∂L/∂y",
    `g${place.at}`, feeds(show, place),
  ],
  own: (show, { n, c }) => [
    { own: ["grad_output", "grad_input"] }, `${scaleSymbol(show)} · g`,
    `${scale(show, c)} · ${factor(show.given[n][c])}`,
  ],
  shared: (show, place) => term(show, place, "mean(g)", meanG(show, place.c)),
  projected: (show, place) => term(
    show, place, "x̂ · mean(g · x̂)", `${xHat(show, place)} · ${meanGX(show, place.c)}`),
  grad_input: (show, place) => {
    const { n, c, at } = place;
    const symbols = `∂L/∂x = ${scaleSymbol(show)} · `;
    if (!show.state.training) {
      return [{ own: ["grad_output", "own"] }, `${symbols}g`, `${scale(show, c)} · ${factor(show.given[n][c])}`,
        words.constant];
    }
    return [
      { all: ["grad_output"], own: ["own", "shared", "projected"] }, `${symbols}(g − mean(g) − x̂ · mean(g · x̂))`,
      `∂L/∂x${at} = ${scale(show, c)} · (${short(show.given[n][c])} − ${meanG(show, c)} − ${xHat(show, place)} `
        + `· ${meanGX(show, c)})`,
    ];
  },
  grad_weight: ({ given, normalised }, { c }) => [
    { all: ["grad_output"] }, "∂L/∂γ = Σ g · x̂",
    sum(given.map((row, n) => `${factor(row[c])} · ${signed(normalised[n][c])}`)),
  ],
  grad_bias: ({ given }, { c }) => [
    { all: ["grad_output"] }, "∂L/∂β = Σ g", sum(given.map((row) => factor(row[c]))),
  ],
};

function running({ state, batch }, c, name, source, symbol) {
  const share = state.momentum === null ? "1/(num_batches_tracked + 1)" : "momentum";
  const part = core.updateFactor(state);
  const { training } = state;
  return [
    { head: [source], all: training ? [] : ["normalised", "output"] },
    `${name} ← (1 − ${share}) · ${name} + ${share} · ${symbol}`,
    `${training ? words.nextStep : words.evalFixed}: ${short(1 - part)} · ${signed(state[name][c])} + ${short(part)} · `
      + signed(batch[source][c]),
    training ? words.notUsed : "", (1 - part) * state[name][c] + part * batch[source][c],
  ];
}

/** One of the two terms of the gradient that come from the batch's statistics; `numbers` are its last factors. */
const term = (show, { c }, symbols, numbers) => (show.state.training ? [
  { all: ["grad_output"], own: ["grad_input"] }, `−${scaleSymbol(show)} · ${symbols}`,
  `−${scale(show, c)} · ${numbers}`,
] : [{ own: ["grad_input"] }, "", "", words.constant]);
