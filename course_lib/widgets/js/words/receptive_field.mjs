// Every word of the receptive-field widget. A sentence with numbers is a function of them.
import shared from "./shared.mjs";

const LINES = [["row", "rows"], ["column", "columns"]];
const number = (value) => String(value).replaceAll("-", "−");
const count = (many, one, more) => `${many.toLocaleString("en")} ${many === 1 ? one : more}`;
const span = ([first, last], axis) => (first === last ? `${LINES[axis][0]} ${number(first)}`
  : `${LINES[axis][1]} ${number(first)} to ${number(last)}`);
const area = ([rows, columns]) => `${span(rows, 0)} and ${span(columns, 1)}`;
const sizeText = ([rows, columns]) => `${rows} × ${columns}`;
const PARTS = {
  input: "Input size", kernel: "Kernel size", stride: "Stride", padding: "Padding", dilation: "Dilation",
};
const part = (name, axis) => (axis === null ? PARTS[name] : `${PARTS[name]}, ${shared.axes[axis]}`);
const SIDES = ["above", "to the left", "below", "to the right"];
const list = (texts) => (texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`);

export default {
  ...shared,
  receptiveField: "Receptive field",
  part,
  number,
  sizeText,
  cellSize: ([rows, columns]) => `${rows}×${columns}`, // short, for the table
  preset: "Network",
  presets: {
    given: "as given", lenet5: "LeNet-5", alexnet: "AlexNet", vgg16: "VGG-16", resnet18: "ResNet-18, trunk",
    resnet50: "ResNet-50, trunk", dilated: "dilated 1, 2, 4, 8", gridding: "dilated 2, 2, 2", own: "your own",
  },
  presetNotes: {
    resnet18: "The trunk alone. The shortcuts see less around the same centre, so the window is the same.",
    resnet50: "The trunk alone, with stride 2 in the first 1×1 of a stage, as in the paper. The shortcuts see less "
      + "around the same centre, so the window is the same.",
    gridding: "Equal dilations leave holes: a unit of g3 sees every other pixel only.",
  },
  square: "square",
  squareHelp: "height and width change together",
  layerHead: (name) => `Layer ${name}`,
  name: "Name of the layer",
  add: "Add after",
  remove: "Remove",
  up: "Move up",
  down: "Move down",

  table: "Layers",
  columns: {
    name: "layer", window: "window", size: "output", sees: "sees", step: "step", centre: "first centre", sure: "status",
  },
  columnHelp: {
    sees: "receptive field, in pixels", step: "effective stride: pixels between neighbours",
    centre: "middle of what output [0, 0] sees; 0 is the middle of the first pixel",
  },
  windowText: ({ kernel, stride, padding, dilation }) => {
    const text = (pair) => (pair[0] === pair[1] ? number(pair[0]) : `${number(pair[0])}, ${number(pair[1])}`);
    const both = ([rows, columns]) => `${number(rows)}×${number(columns)}`;
    const plain = (pair, value) => pair.every((each) => each === value);
    return [both(kernel), plain(stride, 1) ? "" : `/${text(stride)}`, plain(padding, 0) ? "" : `p${text(padding)}`,
      plain(dilation, 1) ? "" : `d${text(dilation)}`].filter(Boolean).join(" ");
  },
  hidden: "?",
  nothing: "–",
  all: "all",
  sure: { exact: "exact", gaps: "exact, holes", bound: "bound", all: "all", unknown: "not known" },
  why: {
    exact: (name) => `${name}: exact. A chain has one way up, so the windows follow by arithmetic.`,
    gaps: (name) => `${name}: the window is exact, but there are holes in it: a unit skips pixels between its taps.`,
    bound: (name, from) => `${name}: a bound. A profile lists layers and not the edges between them; where branches `
      + "meet it keeps the smallest window around both, and a unit may see less."
      + (from ? ` Layer ${from} starts from an earlier map than the row before it: there the network branches.` : ""),
    all: (name) => `${name}: each output depends on the whole input, as after global pooling or a linear layer.`,
    unknown: (name) => `${name}: not known. Some operation up to here, such as a transposed convolution or `
      + "upsampling, moves pixels in a way that a window and a step cannot tell.",
  },
  more: (many) => `${count(many, "more layer is", "more layers are")} not listed.`,
  folded: "Layers that change nothing here, such as activations, are left out.",

  tabs: { plane: "Plane", height: "Along the height", width: "Along the width" },
  view: "Picture",
  planes: { input: (size) => `Input ${size}`, map: (name, size) => `${name} ${size}` },
  planeHelp: { input: "Point here: what a pixel reaches.", map: "Point here: what a unit sees." },
  ends: { map: "from a unit", input: "from a pixel" },
  look: "Look",
  place: { map: ["Unit, row", "Unit, column"], input: ["Pixel, row", "Pixel, column"] },
  placeShort: ["row", "column"],
  placeRange: (last) => `It must be a whole number from 0 to ${last}.`,
  shade: "Shade",
  shades: { none: "nothing", paths: "ways to each pixel", measured: "measured gradient" },
  legend: {
    none: "Framed: the window. Tinted: what is seen or reached.",
    paths: "Framed: the window. The stronger the tint, the more ways lead from pixel to unit: the gradient when every "
      + "weight is 1.",
    measured: "Framed: the window. The stronger the tint, the larger the mean gradient, measured in Python.",
    bound: "Framed: the window. Within it a unit may see less.",
  },
  measured: ({ side, support }, sees) => "The measured field: gradients that are not 0 span "
    + `${sizeText(support)} pixels, the window ${sees ? sizeText(sees) : "is not known"}; as many pixels as `
    + `a square of side ${side} have over 4.55 % of the largest gradient.`,
  stale: "The measured field belongs to the network as it was given; Reset brings it back.",
  elsewhere: (name, unit) => `The measured field belongs to ${name}[${unit.join(", ")}].`,
  goThere: "Go there",

  seesSentence: ({ name, unit, spans, sees, centre, over, seen, isBound }) => {
    const hangs = over.map((many, side) => (many ? `${many} ${SIDES[side]}` : "")).filter(Boolean);
    return `${name}[${unit.join(", ")}] sees ${isBound ? "at most " : ""}${area(spans)}: ${sizeText(sees)} pixels `
      + `around (${centre.map(number).join(", ")})`
      + (hangs.length ? `; the window hangs over the border by ${list(hangs)}` : "")
      + (seen === null ? "." : `; ${count(seen, "pixel is", "pixels are")} seen.`);
  },
  seesAll: (name, unit) => `${name}[${unit.join(", ")}] depends on the whole input.`,
  reachesSentence: ({ name, pixel, spans, reached, isBound }) => (reached === 0
    ? `Pixel [${pixel.join(", ")}] reaches no unit of ${name}: the windows leave it out.`
    : `Pixel [${pixel.join(", ")}] reaches ${isBound ? "at most " : ""}${count(reached, "unit", "units")} of ${name}: `
      + `${area(spans)}.`),
  unknownSentence: (name) => `What ${name} sees is not known, so nothing can be outlined.`,
  pinned: (text) => `Pinned: ${text}`,
  help: "Point at a unit or a pixel, or move with the arrow keys; a click, tap, Enter or Space pins it, Esc lets go. "
    + "The two numbers move it too. Indices count from 0, as in PyTorch.",

  levelInput: "input",
  litUnits: (lit, size) => `${lit} of ${size}`,
  stripHelp: "Layers that change nothing are left out.",
  curve: "Ways to each pixel along this axis; the line is a Gaussian of the same spread.",
  ways: ({ deviation, within, half, side, sees }) => `Ways: spread ${deviation.map((each) => number(+each.toFixed(2)))
    .join(" and ")} pixels; ${within.map((each) => `${(100 * each).toFixed(1)} %`).join(" and ")} lie within two `
    + `spreads of the centre (a Gaussian: 95.4 %). The middle half of the window, a quarter of its area, holds `
    + `${(100 * half).toFixed(1)} % of the ways. Effective side ${side.toFixed(1)} `
    + `of ${sizeText(sees)}: so large a square has as many pixels as have over 4.55 % of the most ways.`,
  rule: { sees: "sees", step: "step", centre: "first centre", size: "output size" },
  ruleTitle: (name) => `How ${name} comes by its numbers`,

  task: "Task: make the last layer see so many pixels",
  goal: "Pixels to see",
  goalRange: (most) => `It must be a whole number from 1 to ${most}, the size of the input.`,
  check: "Check",
  asked: "The numbers are hidden. Change the layers until some unit of the last one sees every pixel of the middle "
    + "square, then press Check.",
  verdict: {
    met: (name, found, goal) => {
      const [rows, columns] = found.map(({ window }, axis) => span(window, axis));
      return `Yes: ${name} sees ${sizeText(found.map(({ sees }) => sees))} pixels, and its unit `
        + `[${found.map(({ unit }) => unit).join(", ")}] sees each of the ${goal} × ${goal}: ${rows}, ${columns}.`;
    },
    short: (name, { sees, by, step }, axis) => `Not yet: ${name} sees ${sees} ${LINES[axis][sees === 1 ? 0 : 1]}, `
      + `${by} too few. One more layer of 3 there would add (3 − 1)·1·${step} = ${2 * step}.`,
    aside: (name, { sees, by, unit, window }, axis) => `Not yet: ${name} sees ${sees} ${LINES[axis][1]}, which is `
      + `enough, but no unit stands right: unit ${unit} comes nearest, from ${number(window[0])} to `
      + `${number(window[1])}, and misses ${count(by, ...LINES[axis])}. Padding moves the windows.`,
    gaps: (name, { sees }, axis) => `Not yet: the windows of ${name} span ${sees} ${LINES[axis][1]}, but with holes or `
      + "over ends that the strides drop, so some pixels are not seen.",
  },

  none: (text) => `No picture. ${text}`,
  problem: {
    range: ({ part: name, axes, axis, min, max }) => `${part(name, axes.length > 1 ? null : axis)} must be a whole `
      + `number from ${min} to ${max}.`,
    fit: ({ layerName, extent, padded, axis }) => `Layer ${layerName} has nothing to slide over: its window covers `
      + `${count(extent, ...LINES[axis])}, its padded map has ${padded}.`,
    wide: ({ layerName, span, most, axis }) => `Layer ${layerName} spans ${count(span, ...LINES[axis])}, padding `
      + `included; at most ${most.toLocaleString("en")} are drawn.`,
  },
  noneMends: "No single number mends it: take layers out.",
  useFor: (nearest, name, layerName) => `Use ${nearest} as ${PARTS[name].toLowerCase()}`
    + (layerName ? ` of ${layerName}` : ""),
  changed: ({ name, sees }) => `${name} sees ${sees}.`,
};
