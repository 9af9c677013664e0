// Every word of the architecture widget.
import shared from "./shared.mjs";

const whole = (number) => Math.round(number).toLocaleString("en-US");
const times = (sizes) => sizes.join(" × ");
const UNITS = { bytes: [1024, ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]], count: [1000, ["", "k", "M", "G", "T", "P"]] };

/** A count in three digits with k, M, G, or bytes with KiB, MiB; whole below a thousand. */
function short(name, value) {
  const [step, units] = UNITS[name.endsWith("bytes") ? "bytes" : "count"];
  let size = value;
  let unit = 0;
  while (size >= step && unit < units.length - 1) {
    size /= step;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  return `${size.toFixed(digits)} ${units[unit]}`.trim();
}

const ratio = (value) => (value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2));
const about = (text, sure) => (sure ? text : `≈ ${text}`);
const spoken = (text, sure) => (sure ? text : `about ${text}`);
const count = (number, one, many) => `${whole(number)} ${number === 1 ? one : many}`;

const measures = { parameters: "parameters", macs: "MACs", activation_bytes: "memory" };
const settingNames = { width: "width", batch: "batch", resolution: "image height" };
// The width is shown in percent.
const asSet = (name, value) => (name === "width" ? Number((100 * value).toPrecision(6)) : value);
const wholes = { parameters: "all parameters", macs: "all MACs", activation_bytes: "all activation memory" };

export default {
  ...shared,
  architecture: "Architecture of networks, layer by layer",
  totalNames: {
    ...measures, activation_bytes: "memory of all outputs", training_bytes: "kept for the backward pass",
    inference_bytes: "most at one time in inference",
  },
  columns: { name: "layer", type: "type", output: "output", ...measures, sees: "sees", share: "share" },
  share: "Share of",
  shares: { parameters: "parameters", macs: "MACs", activation_bytes: "activation memory" },
  order: "Order",
  orders: { run: "as they run", largest: "largest first" },
  settings: { width: "Width, %", batch: "Batch, images" },
  resolution: (name) => (name === null ? "Image height, pixels" : `Image height of ${name}, pixels`),
  openAll: "Open all",
  closeAll: "Close all",
  tree: (name) => `Layers of ${name}`,
  whole: "whole network",
  ran: "what ran",
  times: (number) => `×${number}`,
  layers: (number) => count(number, "layer", "layers"),
  none: "–",
  sizes: times,
  sees: (field) => (field === null ? "?" : field === "all" ? "all" : times(field)),
  number: (name, value, sure) => about(short(name, value), sure),
  exact: (name, value, sure) => about(`${whole(value)}${name.endsWith("bytes") ? " bytes" : ""}`, sure),
  percent: (part) => `${(100 * part).toFixed(1)} %`,
  input: (shape, size, isKnown, layers) => `Input ${isKnown ? "" : "probably "}`
    + `${times([...(shape?.length === 3 ? [shape[0]] : []), ...size])} · ${count(layers, "layer", "layers")}`,
  noInput: "The profile does not say how large the input is, so the resolution cannot be changed.",
  more: (number) => `${count(number, "more line is", "more lines are")} not drawn: close some blocks to see the rest.`,
  outside: ({ parameters, macs }) => [
    parameters > 0 ? `${whole(parameters)} parameters are in parts that do not run here.` : "",
    parameters < 0 ? `${whole(-parameters)} parameters belong to two layers and count once in the whole.` : "",
    macs ? `${whole(Math.abs(macs))} MACs are done between the layers.` : "",
  ].filter(Boolean),
  why: {
    width: "≈ Another width is an estimate: all channel counts but those of image and scores are multiplied; how the "
      + "network itself would round them is not known.",
    deduced: (size) => `≈ The profile does not say how large its input was. ${times(size)} fits the first layer; `
      + "input_shapes makes the numbers exact.",
    between: (base, step, nearest) => `≈ Some maps may have a row or column more or less. Exact: ${base} and every `
      + `${step} pixels from it, such as ${nearest}.`,
    unfollowed: "≈ Behind a layer that reads the whole image, the size of a map can only be estimated.",
    training: "≈ What training keeps and inference holds is taken to grow as all outputs together.",
  },
  stopped: (path, error) => `Stopped ${path === null ? "before the first layer" : `after ${path}`}: ${error}`,
  problem: {
    range: ({ name, value, min, max, nearest }) => `The ${settingNames[name]} is `
      + `${Number.isNaN(value) ? "no number" : asSet(name, value)}; it must be a${name === "width" ? "" : " whole"} `
      + `number from ${asSet(name, min)} to ${whole(asSet(name, max))}. The nearest legal value is `
      + `${asSet(name, nearest)}.`,
    clash: ({ size, path, reads, shape, nearest }) => `At ${times(size)}, ${path} cannot run: it reads ${whole(reads)} `
      + `numbers, and what comes before it is ${times(shape)} = ${whole(shape.reduce((all, one) => all * one, 1))}. `
      + `The nearest legal height is ${nearest}.`,
    empty: ({ size, path, empty, nearest }) => `At ${times(size)}, ${path} cannot run: its output would be `
      + `${times(empty.map((side) => Math.max(side, 0)))}, nothing at all. The nearest legal height is ${nearest}.`,
  },
  failed: "cannot run",
  useSetting: (name, nearest) => shared.use(asSet(name, nearest)),
  totals: "Totals",
  totalsHead: { first: "as profiled", now: "as set", difference: "difference", ratio: "ratio" },
  difference: (name, value, sure) => about(`${value < 0 ? "−" : "+"}${short(name, Math.abs(value))}`, sure),
  ratio: (value) => (value >= 0.01 || value === 0 ? `× ${ratio(value)}` : `× ${value.toPrecision(2)}`),
  idle: "Point at a layer to read how its numbers come about; click it to keep that, click a block to open it.",
  help: "Keys: ↑ ↓ move, → opens a block and goes on to its numbers, ← closes it, Enter opens, closes or keeps, Esc "
    + "frees. MACs are multiply-accumulates of convolutions and matrix products; memory is that of all layers' outputs.",
  drawn: (name, totals) => (totals
    ? `${name}: ${spoken(short("macs", totals.macs.value), totals.macs.sure)} MACs, `
      + `${spoken(short("parameters", totals.parameters.value), totals.parameters.sure)} parameters.`
    : `${name} cannot run like this.`),
  opened: (name, isOpen, number) => `${name} ${isOpen ? `open, ${count(number, "part", "parts")}` : "closed"}.`,
  /** One line in full: what it is, and its numbers with the products that they come from. */
  tell: ({
    name, type, times: many, layers, shape, values, sure, weights, bias, places, images, bytes, numbers, sees, stride,
    share, part,
  }) => {
    const kind = type || `${many > 1 ? `${many} equal blocks, ` : ""}${count(layers, "layer", "layers")}`;
    const parts = [`${name} (${kind}): output ${times(shape)}.`];
    const held = spoken(whole(values.parameters), sure.parameters);
    const batch = images > 1 ? `${images} images × ` : "";
    if (values.parameters) parts.push(`${held} parameters${bias ? `, ${whole(bias)} of them biases` : ""}.`);
    if (values.macs) {
      const product = weights && sure.macs
        ? ` = ${batch}${places ? `${times(places)} places × ` : ""}${whole(weights)} weights` : "";
      parts.push(`${spoken(whole(values.macs), sure.macs)} MACs${product}.`);
    }
    parts.push(numbers && sure.activation_bytes
      ? `Its output: ${batch}${whole(numbers)} numbers of ${bytes} bytes = ${short("bytes", values.activation_bytes)}.`
      : `All outputs: ${spoken(short("bytes", values.activation_bytes), sure.activation_bytes)}.`);
    if (sees === "all") parts.push("It sees the whole image.");
    else if (sees) parts.push(`It sees ${times(sees)} pixels, ${times(stride)} further on for each next output.`);
    parts.push(`${(100 * part).toFixed(1)} % of ${wholes[share]}.`);
    return parts.join(" ");
  },
  tellFailed: (name) => `${name}: not reached, so it has no numbers.`,
};
