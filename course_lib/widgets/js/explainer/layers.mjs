// One card for each layer, with its maps as small pictures to choose from.
import { clamp, range } from "../core/arrays.mjs";
import { h } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import { createOptions } from "../ui/options.mjs";
import { paintMap, strongest } from "../ui/pictures.mjs";
import words from "../words/explainer.mjs";

const MOST_MAPS = 16;
const LEAST_COLUMNS = 16; // of a vector

/** { element, show(outputs, colours), mark(at) }. `onChoose(layer, channel)`; a vector has channel null. */
export function createLayers({ network, onChoose }) {
  const cards = network.layers.map((layer, index) => createCard(layer, index, onChoose));
  const element = h("div", { class: "cw-layers" },
    h("p", { class: "cw-caption" }, words.layers),
    h("ol", { class: "cw-cards" }, ...cards.map((card) => card.element)),
    h("p", { class: "cw-help" }, words.legend));
  return {
    element,
    show: (outputs, colours) => cards.forEach((card, index) => card.show(outputs[index + 1], colours)),
    mark: ([layer, channel]) => cards.forEach((card, index) => card.mark(index === layer ? channel : -1)),
  };
}

function createCard(layer, index, onChoose) {
  const { out } = layer;
  const isVector = out.length === 1;
  const canvases = range(isVector ? 1 : Math.min(out[0], MOST_MAPS))
    .map(() => h("canvas", { class: isVector ? "cw-vector" : "cw-map" }));
  const options = createOptions({
    label: words.layer(index, layer),
    options: canvases.map((content, channel) => (
      { content, name: isVector ? words.vector(out[0]) : words.map(channel) })),
    onChoose: (channel) => onChoose(index, isVector ? null : channel),
  });
  const note = (text) => h("p", { class: "cw-note" }, text);
  const scale = note("");
  const element = h("li", { class: "cw-card" },
    h("b", {}, words.card(index, layer)), note(layer.path), options.element, scale);
  const show = (values, colours) => {
    const largest = strongest(values);
    scale.textContent = words.scale(format(largest, 3), isVector ? 0 : out[0] - MOST_MAPS);
    if (isVector) return paintVector(canvases[0], values, largest, colours);
    const each = out[1] * out[2];
    return canvases.forEach((canvas, channel) => (
      paintMap(canvas, values, channel * each, out.slice(1), largest, colours)));
  };
  const mark = (channel) => options.mark(isVector ? Math.min(channel, 0) : channel);
  return { element, show, mark };
}

/** A vector as rows of cells. */
function paintVector(canvas, values, largest, colours) {
  const columns = clamp(Math.ceil(Math.sqrt(3 * values.length)), LEAST_COLUMNS, values.length);
  const rows = Math.ceil(values.length / columns);
  const padded = new Float64Array(rows * columns);
  padded.set(values);
  paintMap(canvas, padded, 0, [rows, columns], largest, colours);
  canvas.style.aspectRatio = `${columns} / ${rows}`;
}
