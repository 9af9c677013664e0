// Every word of the receptive-field widget. A sentence with numbers is a function of them.
import shared, { at, count, minus, mustBe } from "./shared.mjs";

const LINES = [["row", "rows"], ["column", "columns"]];
const span = ([first, last], axis) => (first === last ? `${LINES[axis][0]} ${minus(first)}`
  : `${LINES[axis][1]} ${minus(first)} to ${minus(last)}`);
const area = ([rows, columns]) => `${span(rows, 0)} and ${span(columns, 1)}`;
const either = (pair, sign) => [...new Set(pair)].join(sign); // one of both where they are equal
const cellSize = (pair) => pair.map(minus).join("×"); // short, for the table
const percent = (share) => `${(100 * share).toFixed(1)} %`;
const SIDES = ["above", "to the left", "below", "to the right"];
const most = (isBound) => (isBound ? "at most " : "");

const notAll = (name, { unit, window }, axis) => `Not yet: ${name} sees enough ${LINES[axis][1]}, but no unit sees all `
  + `of these: unit ${unit} sees ${span(window, axis)}. Padding moves the windows.`;

export default {
  ...shared,
  receptiveField: "Receptive field",
  cellSize,
  cell: (name, cell) => name + at(cell),
  pixel: "Pixel ",
  preset: "Network",
  presets: {
    given: "as given", lenet5: "LeNet-5", alexnet: "AlexNet", vgg16: "VGG-16", resnet18: "ResNet-18, trunk",
    resnet50: "ResNet-50, trunk", dilated: "dilated 1, 2, 4, 8", gridding: "dilated 2, 2, 2", own: "your own",
  },
  presetNote: (name) => (/^resnet/.test(name) ? "The shortcuts see less around the same centre." : ""),
  name: "Name of the layer",
  add: "Add after",
  remove: "Remove",
  up: "Move up",
  down: "Move down",

  table: "Layers",
  columns: {
    name: "layer", window: "window", size: "output", sees: "sees", step: "step", centre: "first centre", sure: "status",
  },
  windowText: ({ kernel, stride, padding, dilation }) => {
    const unless = (plain, sign, pair) => (
      pair.every((each) => each === plain) ? "" : ` ${sign}${minus(either(pair, ", "))}`);
    return cellSize(kernel) + unless(1, "/", stride) + unless(0, "p", padding) + unless(1, "d", dilation);
  },
  hidden: "?",
  nothing: "–",
  all: "all",
  sure: { exact: "exact", gaps: "exact, holes", bound: "bound", all: "all", unknown: "not known" },
  why: {
    exact: () => "",
    gaps: (name) => `A unit of ${name} skips pixels between its taps.`,
    bound: (name, from) => `${name}: a bound. Where branches meet, this is the smallest window around both.`
      + (from ? ` Layer ${from} starts from an earlier map than the row before it.` : ""),
    all: (name) => `${name}: all of the input, as after global pooling.`,
    unknown: (name) => `${name}: not known. Something up to here, such as upsampling, is no sliding window.`,
  },
  more: (many) => `${count(many, "more layer is", "more layers are")} not listed.`,
  folded: "Layers that change nothing here are left out.",

  tabs: { plane: "Plane", height: "Along the height", width: "Along the width" },
  input: "Input",
  place: (end, axis) => `${end === "map" ? "Unit" : "Pixel"}, ${LINES[axis][0]}`,
  shade: "Shade",
  shades: { none: "nothing", paths: "ways to each pixel", measured: "measured gradient" },
  measured: ({ side, support }, sees) => `The measured field: gradients that are not 0 span ${shared.size(support)} `
    + `pixels, the window ${sees ? shared.size(sees) : "is not known"}. Effective side ${side}.`,
  stale: "A field was measured on the network as it was given.",
  goThere: (place) => `Go to ${place}, which was measured`,

  seesSentence: ({ place, spans, sees, centre, over, seen, isBound }) => {
    const hangs = over.flatMap((many, side) => (many ? [`${many} ${SIDES[side]}`] : [])).join(" and ");
    return `${place} sees ${most(isBound)}${area(spans)}: ${shared.size(sees)} pixels around `
      + `(${centre.map(minus).join(", ")})${hangs && `; the window hangs over the border by ${hangs}`}`
      + `${seen === null ? "" : `; ${count(seen, "pixel is", "pixels are")} seen`}.`;
  },
  seesAll: (place) => `${place} depends on the whole input.`,
  reachesSentence: ({ name, place, spans, reached, isBound }) => (reached === 0
    ? `${place} reaches no unit of ${name}: the windows leave it out.`
    : `${place} reaches ${most(isBound)}${count(reached, "unit")} of ${name}: ${area(spans)}.`),
  unknownSentence: (name) => `What ${name} sees is not known.`,
  /** What a cell has to do with the pinned one. */
  pathCount: (many, isGraph) => (isGraph ? (many ? "inside" : "outside") : count(many, "way")),
  help: "Point at a unit or a pixel, or move with the arrow keys; a click, tap, Enter or Space pins, Esc lets go. "
    + "Framed: the window; tinted: the ways from pixel to unit, the gradient if all weights are 1, or the measured one."
    + " Effective side: of a square of as many pixels as have over 4.55 % of the largest value.",

  litUnits: (lit, size) => `${lit} of ${size}`,
  curve: "Ways to each pixel; the line is a Gaussian of the same spread.",
  ways: ({ deviation, within, half, side }, sees) => {
    const spread = either(deviation.map((each) => Number(each.toFixed(2))), " and ");
    return `Ways: spread ${spread} pixels; ${either(within.map(percent), " and ")} lie within two spreads of the `
      + `centre (a Gaussian: 95.4 %), ${percent(half)} in the middle quarter of the window. Effective side `
      + `${side.toFixed(1)} of ${shared.size(sees)}.`;
  },
  ruleTitle: (name) => `How ${name} comes by its numbers (₀: of the layer before)`,

  task: "Task: make the last layer see the middle",
  goal: "Pixels to see",
  asked: "Change the layers until a unit of the last one sees all of them.",
  verdict: {
    met: (name, found, goal) => `Yes: ${name} sees ${shared.size(found.map(({ sees }) => sees))} pixels, and its unit `
      + `${at(found.map(({ unit }) => unit))} each of the ${goal} × ${goal}: `
      + `${area(found.map(({ window }) => window))}.`,
    short: (name, { sees, by, step }, axis) => `Not yet: ${name} sees ${count(sees, ...LINES[axis])}, ${by} too few. `
      + `One more layer of 3 there would add (3 − 1)·1·${step} = ${2 * step}.`,
    aside: notAll,
    gaps: notAll,
  },

  none: (text) => `No picture. ${text}`,
  problem: {
    range: ({ part, axes, axis, min, max }) => (
      mustBe(part ? shared.parameter(part, axes[1] ? null : axis) : "It", min, max)),
    fit: ({ layerName, extent, padded, axis }) => `Layer ${layerName} has nothing to slide over: its window covers `
      + `${count(extent, ...LINES[axis])}, its padded map has ${padded}.`,
    wide: ({ layerName, span: long, most: largest, axis }) => `Layer ${layerName} spans `
      + `${count(long, ...LINES[axis])}, padding included; at most ${largest.toLocaleString("en")} are drawn.`,
  },
  noneMends: "No single number helps: take layers out.",
  useFor: (nearest, part, layerName) => `${shared.use(nearest)} as ${shared.parameters[part].toLowerCase()}`
    + (layerName ? ` of ${layerName}` : ""),
  changed: ({ name, sees }) => `${name} sees ${sees}.`,
};
