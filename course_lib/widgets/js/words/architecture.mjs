// Every word of the architecture widget.
import { product } from "../core/arrays.mjs";
import shared, { count, times } from "./shared.mjs";

const whole = (number) => Math.round(number).toLocaleString("en");
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
const totalOf = (totals, name) => about(short(name, totals[name].value), totals[name].sure);

const measures = { parameters: "parameters", macs: "MACs", activation_bytes: "memory" };
const settingNames = { width: "width", batch: "batch", resolution: "image height" };
// The width is shown in percent.
const asSet = (name, value) => (name === "width" ? Number((100 * value).toPrecision(6)) : value);
const shares = { ...measures, activation_bytes: "activation memory" };
const percent = (part) => `${(100 * part).toFixed(1)} %`;

const widths = "all channel counts but those of image and scores are multiplied";
const nearestHeight = (nearest) => `The nearest legal height is ${nearest}.`;

export default {
  ...shared,
  architecture: "Architecture of networks",
  totalNames: {
    ...measures, activation_bytes: "memory of all outputs", training_bytes: "kept for the backward pass",
    inference_bytes: "most at one time in inference",
  },
  columns: { name: "layer", type: "type", output: "output", ...measures, sees: "sees", share: "share" },
  share: "Share of",
  shares,
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
  layers: (number) => count(number, "layer"),
  none: "–",
  sees: (field) => (field === null ? "?" : field === "all" ? "all" : times(field)),
  number: (name, value, sure) => about(short(name, value), sure),
  exact: (name, value, sure) => about(`${whole(value)}${name.endsWith("bytes") ? " bytes" : ""}`, sure),
  percent,
  input: (shape, size, layers) => `Input ${shape ? "" : "probably "}`
    + `${times([...(shape?.length === 3 ? [shape[0]] : []), ...size])} · ${count(layers, "layer")}`,
  noInput: "The profile does not name its input, so the resolution cannot be changed.",
  more: (number) => `${count(number, "more line is", "more lines are")} not drawn: close some blocks.`,
  outside: ({ parameters, macs }) => [
    parameters > 0 ? `${whole(parameters)} parameters do not run here.` : "",
    parameters < 0 ? `${whole(-parameters)} parameters belong to two layers and count once in the whole.` : "",
    macs ? `${whole(Math.abs(macs))} MACs are done between the layers.` : "",
  ].filter(Boolean),
  why: {
    width: `≈ Another width is an estimate: ${widths}, which not all stay multiples of 8, and how the network itself `
      + "would round them is not known.",
    told: `Exact: ${widths}; they stay multiples of 8, which no usual rule rounds.`,
    deduced: (size) => `≈ The profile does not name its input; ${times(size)} fits the first layer.`,
    between: (base, step, nearest) => `≈ Some maps may have a row or column more or less. Exact: ${base} and every `
      + `${step} pixels from it, such as ${nearest}.`,
    unfollowed: "≈ Behind a layer that reads the whole image, the size of a map is an estimate.",
    training: "≈ What training keeps and inference holds is taken to grow as all outputs together.",
  },
  stopped: (path, error) => `Stopped ${path === null ? "before the first layer" : `after ${path}`}: ${error}`,
  problem: {
    range: ({ name, value, min, max, nearest }) => `The ${settingNames[name]} is `
      + `${Number.isNaN(value) ? "no number" : asSet(name, value)}; it must be a${name === "width" ? "" : " whole"} `
      + `number from ${asSet(name, min)} to ${whole(asSet(name, max))}. The nearest legal value is `
      + `${asSet(name, nearest)}.`,
    clash: ({ size, path, reads, shape, nearest }) => `At ${times(size)}, ${path} cannot run: it reads ${whole(reads)} `
      + `numbers, and what comes before it is ${times(shape)} = ${whole(product(shape))}. ${nearestHeight(nearest)}`,
    empty: ({ size, path, empty, nearest }) => `At ${times(size)}, ${path} cannot run: its output would be `
      + `${times(empty.map((side) => Math.max(side, 0)))}, nothing at all. ${nearestHeight(nearest)}`,
  },
  failed: "cannot run",
  useSetting: (name, nearest) => shared.use(asSet(name, nearest)),
  totals: "Totals",
  totalsHead: { total: "total", first: "as profiled", now: "as set", difference: "difference", ratio: "ratio" },
  difference: (name, value, sure) => about(`${value < 0 ? "−" : "+"}${short(name, Math.abs(value))}`, sure),
  ratio: (value) => (value >= 0.01 || value === 0 ? `× ${ratio(value)}` : `× ${value.toPrecision(2)}`),
  idle: "Point at a layer to read how its numbers come about; click it to pin that, click a block to open it.",
  help: "Keys: ↑ ↓ move, → opens a block and goes on to its numbers, ← closes it, Enter opens, closes or pins, Esc "
    + "lets go. MACs are multiply-accumulates of convolutions and matrix products; memory is that of all layers' "
    + "outputs.",
  drawn: (name, totals) => (totals
    ? `${name}: ${totalOf(totals, "macs")} MACs, ${totalOf(totals, "parameters")} parameters.`
    : `${name} cannot run like this.`),
  opened: (name, isOpen) => `${name} ${isOpen ? "open" : "closed"}.`,
  /** One line in full: what it is, and its numbers with the products that they come from. */
  tell: ({
    name, type, times: many, layers, shape, values, sure, weights, factors, bias, places, images, bytes, numbers, sees,
    stride, share, part,
  }) => {
    const kind = type || `${many > 1 ? `${many} equal blocks, ` : ""}${count(layers, "layer")}`;
    const parts = [`${name} (${kind}): output ${times(shape)}.`];
    const batch = images > 1 ? `${images} images × ` : "";
    const exact = (measure) => about(whole(values[measure]), sure[measure]);
    if (values.parameters) {
      parts.push(`${exact("parameters")} parameters${bias ? `, ${whole(bias)} of them biases` : ""}.`);
    }
    if (values.macs) {
      const worked = weights && sure.macs
        ? ` = ${batch}${places ? `${times(places)} places × ` : ""}${whole(weights)} weights`
          + (factors ? ` (${times(factors)})` : "") : "";
      parts.push(`${exact("macs")} MACs${worked}.`);
    }
    const memory = about(short("bytes", values.activation_bytes), sure.activation_bytes);
    parts.push(numbers && sure.activation_bytes
      ? `Its output: ${batch}${whole(numbers)} numbers of ${bytes} bytes = ${memory}.` : `All outputs: ${memory}.`);
    if (sees === "all") parts.push("It sees the whole image.");
    else if (sees) parts.push(`It sees ${times(sees)} pixels, ${times(stride)} further on for each next output.`);
    parts.push(`${percent(part)} of all ${shares[share]}.`);
    return parts.join(" ");
  },
  tellFailed: (name) => `${name}: not reached, so it has no numbers.`,
};
