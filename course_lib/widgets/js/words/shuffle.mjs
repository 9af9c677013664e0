// Every word of the shuffle widget. A sentence with numbers is a function of them.
import shared, { at, count, mustBe } from "./shared.mjs";

const list = (numbers) => numbers.join(", ");
const whole = (number) => number.toLocaleString("en");
const PARAMETERS = {
  channels: "Channels", groups: "Groups", layers: "Grouped layers", kernel_size: "Kernel size", size: "Map size",
};
const STAGES = {
  conv: (number) => `after convolution ${number}`, shuffle: () => "after the shuffle",
  pointwise: () => "after the 1×1 convolution", squeeze_excitation: () => "after squeeze-and-excitation",
};
const reached = (links, total) => {
  const values = links.filter((link) => link === 2).length;
  const gates = links.filter((link) => link === 1).length;
  const through = gates ? ` (${values} by its values, ${gates} only through the gate)` : "";
  return `${values + gates} of ${total}${through}`;
};

export default {
  ...shared,
  whole,
  shuffle: "Grouped convolutions and channel shuffle",
  parameter: (name) => PARAMETERS[name],
  between: "Between the layers",
  betweens: {
    nothing: "nothing", shuffle: "channel shuffle", pointwise: "1×1 convolution",
    squeeze_excitation: "squeeze-and-excitation",
  },
  tabs: { mix: "Who reaches whom", order: "The shuffle in steps", cost: "Cost", code: "PyTorch" },
  kind: ({ groups, channels }) => (groups === 1 ? "One group: an ordinary, dense convolution."
    : groups === channels ? "As many groups as channels: a depthwise convolution."
      : `${groups} groups of ${count(channels / groups, "channel")} each.`),

  column: (name, number) => ({
    input: "input", conv: `conv ${number}`, shuffle: "shuffle", pointwise: "1×1", squeeze_excitation: "SE",
  })[name],
  net: (channels, stages) => `Channels ${channels} × ${stages} stages`,
  cell: (operation, number, place, text) => {
    const stage = operation ? STAGES[operation](number) : "of the input";
    return operation === "shuffle" ? `Place ${place} ${stage}, where channel ${text} went`
      : `Channel ${place} ${stage}`;
  },
  chosen: (name, before, after, total) => `${name}: ${reached(before, total)} inputs reach it; `
    + `it reaches ${reached(after, total)} outputs.`,
  inputs: (links) => ` Inputs: ${list(links.flatMap((link, index) => (link ? [index] : [])))}.`,
  components: (number) => (number === 1 ? "1 connected component: every channel is joined to every other by some path."
    : `${number} connected components: no path leads from one to another.`),
  reachedBy: (least, most, total) => (least === most ? `Each output sees ${least} of ${total} inputs.`
    : `An output sees ${least} to ${most} of ${total} inputs.`),
  sameOrder: "With one group, or one channel a group, the shuffle moves nothing.",
  gate: "Squeeze-and-excitation scales a channel by a factor made of all means. Dashed: reached only through it.",
  alone: "One layer has nothing between.",
  matrix: "Outputs (down) × inputs (across)",
  table: "The same as a table",
  tableCaption: "The inputs that reach each output",
  tableHead: ["Output", "Inputs", "Count"],
  tableRow: (links) => [
    list(links.flatMap((link, index) => (link === 2 ? [index] : link ? [`(${index})`] : []))),
    links.filter(Boolean).length,
  ],
  help: "Point at a channel, tap it, or move to it with the arrow keys; a click, Enter or Space pins it, Esc lets go. "
    + "The stronger the tint, the more inputs reach it. Numbers count from 0.",
  none: (why) => `Nothing to draw. ${why}`,

  steps: {
    start: ["the channels in order", () => "x"],
    view: ["one row a group", ({ groups, each }) => `x = x.view(${groups}, ${each})`],
    transpose: ["rows become columns", () => "x = x.transpose(0, 1)"],
    reshape: ["read row by row: shuffled", ({ channels }) => `x = x.reshape(${channels})`],
    viewBack: ["back: one row for each place in a group", ({ groups, each }) => `x = x.view(${each}, ${groups})`],
    transposeBack: ["transposed again", () => "x = x.transpose(0, 1)"],
    reshapeBack: ["read row by row: in order again", ({ channels }) => `x = x.reshape(${channels})`],
  },
  step: (number, caption) => `Step ${number} – ${caption},`,
  stepCell: (number, group) => `channel ${number}, group ${group}`,
  follow: (channel, index, place) => `Channel ${channel} stands at ${at(index)} (place ${place} of the list).`,
  permutation: (order) => `New order: [${list(order)}]. Place p holds channel order[p].`,
  inverse: (order, each) => `Inverse: [${list(order)}], the shuffle with ${count(each, "group")}, `
    + "as many as a group has channels.",

  cost: {
    caption: ({ channels, kernel_size: kernel, size }) => (
      `${channels} channels in and out, kernel ${kernel} × ${kernel}, map ${size} × ${size}`),
    head: ["Layer", "Parameters", "MACs", "MACs against dense"],
    rows: {
      dense: ({ kernel_size: k }) => `dense ${k}×${k}`,
      grouped: ({ kernel_size: k, groups }) => `grouped ${k}×${k}, ${count(groups, "group")}`,
      depthwise: ({ kernel_size: k }) => `depthwise ${k}×${k}`,
      separable: ({ kernel_size: k }) => `depthwise ${k}×${k} + 1×1`,
      pointwise: () => "1×1 convolution",
      pointwise_grouped: ({ groups }) => `1×1, ${count(groups, "group")}`,
      squeeze_excitation: () => "squeeze-and-excitation, a quarter in the middle",
      shuffle: () => "channel shuffle",
    },
    share: (share) => (share && share < 0.001 ? "under 0.1 %" : `${Number((100 * share).toPrecision(3))} %`),
    total: ({ parameters, macs }) => `All layers in a row: ${whole(parameters)} parameters, ${whole(macs)} MACs.`,
    note: "No biases, stride 1, “same” padding. A MAC is a multiplication with its addition.",
  },

  problem: {
    range: ({ parameter, min, max }) => mustBe(PARAMETERS[parameter], min, max),
    divide: ({ channels, groups }) => `${channels} channels cannot be divided into ${groups} equal groups.`,
  },
};
