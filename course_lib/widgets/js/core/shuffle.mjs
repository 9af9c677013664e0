// Which channel reaches which through grouped convolutions, the order of a channel shuffle, and what layers cost.
// No DOM and no words here. A `net` holds { channels, groups, layers, between, kernel_size, size }.
import { clamp, closest, makeRows, range } from "./arrays.mjs";
import { isWhole } from "./window.mjs";

const LARGEST_CHANNELS = 24;
export const LIMITS = {
  channels: [1, LARGEST_CHANNELS], groups: [1, LARGEST_CHANNELS], layers: [1, 3], kernel_size: [1, 11], size: [1, 512],
};
export const REDUCTION = 4; // of squeeze-and-excitation: a quarter of the channels in the middle
// How a channel reaches another: by its values, or only by the factor that a gate makes of all channels' means.
export const [NONE, GATE, VALUE] = [0, 1, 2];

const PARTNER = { groups: "channels", channels: "groups" }; // one divides the other

const divisors = (number) => range(number).map((index) => index + 1).filter((each) => number % each === 0);
const multiples = (number) => range(Math.floor(LARGEST_CHANNELS / number)).map((index) => (index + 1) * number);

/** The values that the slider of `name` stops at: numbers of groups that divide, channels that are divided. */
export const stops = ({ channels, groups }, name) => (name === "groups" ? divisors(channels) : multiples(groups));

/**
 * Why torch.nn.Conv2d or the widget refuses `net`: [{ parameter, reason, nearest, ... }], empty where it is legal.
 * That the groups do not divide the channels is laid to `changed`, the one of the two that was set last.
 */
export function problems(net, changed = "groups") {
  const outside = Object.entries(LIMITS).filter(([name]) => !isInRange(name, net[name]));
  if (outside.length) {
    return outside.map(([parameter, [min, max]]) => {
      const value = net[parameter];
      const partner = PARTNER[parameter];
      const inside = partner && isInRange(partner, net[partner]) ? closest(stops(net, parameter), value)
        : clamp(Math.floor(value + 0.5), min, max);
      return { parameter, reason: "range", min, max, nearest: Number.isFinite(value) ? inside : null };
    });
  }
  const { channels, groups } = net;
  if (channels % groups === 0) return [];
  const parameter = changed === "channels" ? "channels" : "groups";
  return [{ parameter, reason: "divide", channels, groups, nearest: closest(stops(net, parameter), net[parameter]) }];
}

export const isInRange = (name, value) => isWhole(value, LIMITS[name]);

/** The layers in order: grouped convolutions ("conv") and what stands between them. */
export function operations({ layers, between }) {
  return range(layers).flatMap((index) => (index && between !== "nothing" ? [between, "conv"] : ["conv"]));
}

/** What stands at each place after torch.nn.ChannelShuffle(groups): the numbers of the channels before it. */
export function order(channels, groups) {
  const each = channels / groups;
  return range(channels).map((place) => (place % groups) * each + Math.floor(place / groups));
}

/** The shuffle as rows of channel numbers: the list, viewed as groups, transposed, as a list; then all the way back. */
export function shuffleSteps(channels, groups) {
  const each = channels / groups;
  const view = (list, columns) => range(list.length / columns).map(
    (row) => list.slice(row * columns, (row + 1) * columns));
  const transpose = (rows) => rows[0].map((_, column) => rows.map((row) => row[column]));
  const start = range(channels);
  const viewed = view(start, each);
  const turned = transpose(viewed);
  const shuffled = turned.flat();
  const viewedBack = view(shuffled, groups);
  return [
    { name: "start", rows: [start] }, { name: "view", rows: viewed }, { name: "transpose", rows: turned },
    { name: "reshape", rows: [shuffled] }, { name: "viewBack", rows: viewedBack },
    { name: "transposeBack", rows: transpose(viewedBack) }, { name: "reshapeBack", rows: [start] },
  ];
}

/** How `operation` links channels: links[to][from] is NONE, GATE or VALUE. */
export function links(net, operation) {
  const { channels, groups } = net;
  const each = channels / groups;
  const from = operation === "shuffle" ? order(channels, groups) : null;
  const kind = {
    conv: (to, of) => (Math.floor(to / each) === Math.floor(of / each) ? VALUE : NONE),
    shuffle: (to, of) => (from[to] === of ? VALUE : NONE),
    pointwise: () => VALUE,
    squeeze_excitation: (to, of) => (to === of ? VALUE : GATE),
  }[operation];
  return makeRows(channels, channels, kind);
}

/** Links from the channels of stage `first` to those of stage `last`; stage 0 is the input. */
export function reach(net, first, last) {
  const start = makeRows(net.channels, net.channels, (to, of) => (to === of ? VALUE : NONE));
  return operations(net).slice(first, last).reduce((found, operation) => multiply(links(net, operation), found), start);
}

/** A path is as strong as its weakest link, a channel reached as strongly as by its best path. */
function multiply(next, found) {
  return next.map((row) => found.map((_, of) => row.reduce(
    (best, link, middle) => (link > best ? Math.max(best, Math.min(link, found[middle][of])) : best), NONE)));
}

/** { stage: [link of each channel] } of the channels before and after `channel` of `stage`. */
export function tree(net, [stage, channel]) {
  return range(operations(net).length + 1).map((other) => (other <= stage
    ? reach(net, other, stage)[channel] : reach(net, stage, other).map((row) => row[channel])));
}

/** Sets of channels that no path joins. */
export function components(net) {
  const parent = range((operations(net).length + 1) * net.channels);
  const root = (node) => (parent[node] === node ? node : root(parent[node]));
  operations(net).forEach((operation, stage) => links(net, operation).forEach((row, to) => row.forEach((link, of) => {
    if (link) parent[root((stage + 1) * net.channels + to)] = root(stage * net.channels + of);
  })));
  return parent.filter((_, node) => root(node) === node).length;
}

/** Parameters and multiply-accumulates of single layers, without biases, at stride 1 and "same" padding. */
export function costs({ channels, groups, kernel_size: kernel, size }) {
  const area = size ** 2;
  const hidden = Math.max(1, Math.floor(channels / REDUCTION));
  const conv = (taps, divided) => (channels ** 2 / divided) * taps;
  const rows = {
    dense: conv(kernel ** 2, 1), grouped: conv(kernel ** 2, groups), depthwise: conv(kernel ** 2, channels),
    separable: conv(kernel ** 2, channels) + conv(1, 1), pointwise: conv(1, 1), pointwise_grouped: conv(1, groups),
  };
  const found = Object.entries(rows).map(([name, parameters]) => ({ name, parameters, macs: parameters * area }));
  // The gate sees one mean a channel, so that its cost does not grow with the map.
  const gate = { name: "squeeze_excitation", parameters: 2 * channels * hidden, macs: 2 * channels * hidden };
  return [...found, gate, { name: "shuffle", parameters: 0, macs: 0 }];
}

/** Parameters and multiply-accumulates of the whole sequence. */
export function total(net) {
  const price = Object.fromEntries(costs(net).map((row) => [row.name === "grouped" ? "conv" : row.name, row]));
  const sum = (what) => operations(net).reduce((all, operation) => all + price[operation][what], 0);
  return { parameters: sum("parameters"), macs: sum("macs") };
}
