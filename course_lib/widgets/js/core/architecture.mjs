// How a profile changes with resolution, width and batch, by rules that need no more than its rows. `sure` says of
// each number whether the rules give exactly what a fresh profile would. course_lib.widgets.architecture_rules has the
// same rules. No DOM and no words here.
import { RESOLUTION, nearestHeight, rounded, shapes, sizeFor } from "./architecture_shapes.mjs";
import { clamp, isSame, product, sum } from "./arrays.mjs";

export const MEASURES = ["parameters", "macs", "activation_bytes"];
export const TOTALS = [...MEASURES, "training_bytes", "inference_bytes"];
export const LIMITS = { width: [0.1, 4], resolution: RESOLUTION, batch: [1, 4096] };

const EIGHT = 8; // to multiples of it networks round their channels
const isWhole = (number) => Math.abs(number - rounded(number)) < 1e-9;

/** The layers as objects; `own` holds what no other row counts again: a module that ran twice, a block's parts. */
export function rows(network) {
  const found = [];
  const runs = new Map(); // how often a path has run
  const inside = new Map(); // MACs of the layers inside a path since it last ended
  for (const values of network.layers) {
    const row = Object.fromEntries(network.columns.map((column, place) => [column, values[place]]));
    const { path } = row;
    row.own = {
      parameters: runs.has(path) ? 0 : row.parameters, macs: Math.max(row.macs - (inside.get(path) ?? 0), 0),
      activation_bytes: row.activation_bytes,
    };
    row.run = (runs.get(path) ?? 0) + 1;
    runs.set(path, row.run);
    inside.delete(path);
    const parts = path.split(".");
    const outer = new Set(parts.map((_, depth) => parts.slice(0, depth).join(".")));
    outer.delete(path);
    for (const one of outer) inside.set(one, (inside.get(one) ?? 0) + row.own.macs);
    found.push(row);
  }
  return found;
}

/**
 * { rows, totals, problem, isTold }: each row with shape, own numbers and `sure`, totals as { name: { value, sure } },
 * and whether the channel counts at this width are told. Where a layer cannot run, the rows end before it and there are
 * no totals.
 */
export function scale(network, layers, { width = 1, height = null, batch = 1 } = {}) {
  const { size, input_shape: known } = network;
  const isResized = size && height !== null && height !== size[0];
  const { sizes, problem } = isResized ? shapes(layers, network, sizeFor(size, height))
    : { sizes: layers.map(({ output_shape: shape }) => ({ shape, sure: true })), problem: null };
  const heavy = layers.filter(({ own }) => own.macs);
  const [first, last] = [heavy[0], layers.indexOf(heavy.at(-1))];
  const isTold = width === 1 || heavy.every((row) => keepsCounts(row, width, row === first, row === layers[last]));
  const found = sizes.map(({ shape, sure }, index) => {
    const wide = widened(layers[index], width, layers[index] === first, index >= last);
    return scaled(layers[index], wide, shape, { width, batch, isTold, sure: sure && (known !== null || !isResized) });
  });
  return { rows: found, totals: problem ? null : totalsOf(network, layers, found, width, batch), problem, isTold };
}

/** Whether the channels of a layer times `width` are multiples of 8, which no usual rule of rounding changes. */
function keepsCounts({ kernel, groups, in_channels: reads, output_shape: shape }, width, isFirst, isLast) {
  if (kernel === null || shape.length % 2 === 0) return false;
  const counts = [...(isFirst ? [] : [reads]), ...(isLast ? [] : [shape[0]])].map((many) => many * width);
  return counts.every((many) => isWhole(many / EIGHT) && isWhole(groups === reads ? many : many / groups));
}

const positions = (shape) => (shape.length === 3 ? shape[1] * shape[2] : 1);

/** Weights that each position of the output is multiplied by, and whether the row's other numbers agree. */
function weightsOf(row) {
  const places = positions(row.output_shape);
  const weights = Math.floor(row.own.macs / places);
  const bias = row.parameters - weights;
  const isFrozen = row.parameters === 0 && /^(Conv|Linear)/.test(row.type);
  const agrees = bias === 0 || bias === (row.output_shape[0] ?? 0) || isFrozen;
  return { weights, agrees: row.own.macs % places === 0 && agrees };
}

/**
 * Channels, weights and parameters of a row when every width but the image's and the scores' is multiplied, and whether
 * its parameters are such as follow the channels.
 */
function widened(row, width, isFirst, isLast) {
  const channels = row.output_shape[0] ?? 1;
  const { weights } = weightsOf(row);
  const held = row.own.parameters;
  if (width === 1) return { channels, weights, held, isFollowed: true };
  const wide = isLast ? channels : Math.max(rounded(channels * width), 1);
  if (!weights) {
    const isFollowed = [0, 1, channels, 2 * channels].includes(held);
    return { channels: wide, weights: 0, held: held % channels ? held : (held / channels) * wide, isFollowed };
  }
  const isDepthwise = channels > 1 && channels === row.groups && channels === row.in_channels;
  const many = rounded((weights / channels) * (isFirst || isDepthwise ? 1 : width) * wide);
  const rest = held - weights;
  if (rest === 0 || rest === channels) {
    return { channels: wide, weights: many, held: many + (rest ? wide : 0), isFollowed: true };
  }
  return { channels: wide, weights: many, held: rounded((held * many) / weights), isFollowed: held === 0 };
}

function scaled(row, { channels, weights, held, isFollowed }, shape, { width, batch, isTold, sure }) {
  const old = row.output_shape;
  const isKept = shape[0] === old[0]; // else a flattened map, which grows with the image
  const now = shape.length ? [isKept ? channels : rounded(shape[0] * width), ...shape.slice(1)] : [];
  const size = product(old);
  const follows = !weights || weightsOf(row).agrees;
  const macs = follows ? weights * positions(now) : (row.own.macs * product(now)) / size;
  return {
    shape: now,
    parameters: held,
    macs: rounded(macs * batch),
    activation_bytes: Math.floor(row.own.activation_bytes / size) * product(now) * batch,
    sure: {
      parameters: isTold && isFollowed,
      macs: row.own.macs === 0 || (isTold && sure && (follows || isSame(now, old))),
      activation_bytes: isTold && sure,
    },
  };
}

const ownSum = (layers, measure) => sum(layers.map(({ own }) => own[measure]));

/** What the totals count and no row does: parameters that did not run, MACs between layers. */
export function outside(network, layers) {
  const beside = (name) => (network[name] === null ? 0 : network[name] - ownSum(layers, name));
  return { parameters: beside("parameters"), macs: beside("macs") };
}

function totalsOf(network, layers, found, width, batch) {
  const extra = outside(network, layers);
  const totals = Object.fromEntries(MEASURES.map((name) => [name, {
    value: sum(found.map((row) => row[name])), sure: found.every(({ sure }) => sure[name]),
  }]));
  totals.parameters.value += extra.parameters;
  totals.parameters.sure &&= extra.parameters === 0 || width === 1;
  const { macs } = totals;
  if (extra.macs) {
    const before = ownSum(layers, "macs");
    const ratio = before ? macs.value / before : batch;
    const isUnchanged = width === 1 && batch === 1 && macs.value === before;
    totals.macs = { value: rounded(macs.value + extra.macs * ratio), sure: macs.sure && isUnchanged };
  }
  const ratio = totals.activation_bytes.value / Math.max(ownSum(layers, "activation_bytes"), 1);
  const sure = batch === 1 && width === 1 && ratio === 1 && totals.activation_bytes.sure;
  for (const name of ["training_bytes", "inference_bytes"]) {
    if (network[name] !== null) totals[name] = { value: rounded(network[name] * ratio), sure };
  }
  return totals;
}

/** What is wrong with one setting of the sliders: null, or { reason, nearest, … }. `value` may be NaN. */
export function settingProblem(name, value, network = null, layers = null) {
  const [min, max] = LIMITS[name];
  const clamped = clamp(name === "width" ? value : Math.round(value), min, max);
  const near = !Number.isNaN(value) ? clamped : name === "resolution" ? network.size[0] : 1;
  const size = network && sizeFor(network.size, near);
  const problem = network && shapes(layers, network, size).problem;
  const nearest = problem ? nearestHeight(layers, network, near) : near;
  if (near !== value) return { reason: "range", name, value, min, max, nearest };
  return problem && { ...problem, name, size, empty: problem.size, nearest };
}
