// The state of the widget: the model's fields, and the draft that the reader is changing.
// A draft is a `conv` of core/convolution.mjs. Values stand apart, so that nothing typed is lost when a size shrinks.
import { crop, isSame, range, sizeOf } from "../core/arrays.mjs";
import * as core from "../core/convolution.mjs";
import { formOf } from "../ui/address.mjs";
import words from "../words/convolution.mjs";

const { channels: _, filters: __, ...PLAIN } = core.DEFAULTS; // those two follow from the shapes
const SETTINGS = Object.keys(PLAIN);
/** The model's fields, with what torch takes where nothing is said. */
export const DEFAULTS = {
  input: undefined, kernel: undefined, bias: null, grad_output: null, ...PLAIN, view: "output", ask: false,
};
const CHOICES = {
  operation: Object.keys(core.PARAMETERS), padding_mode: core.PADDING_MODES, activation: [null, "relu"],
  view: Object.keys(words.tabNames),
};

const pick = (from) => Object.fromEntries(SETTINGS.map((name) => [name, from[name]]));
const depth = (values) => (Array.isArray(values) ? 1 + depth(values[0]) : 0);
const wrap = (values, dimensions) => (depth(values) < dimensions ? wrap([values], dimensions) : values);

/** { draft, values, hasBias, tab, ask } of a state; the values beyond its edges stand ready for when it grows. */
export function opened(state) {
  const [input, kernel] = [wrap(state.input, 3), wrap(state.kernel, 4)];
  const { bias, grad_output: gradients, view, ask } = state;
  const filters = core.isTransposed(state) ? kernel[0].length * state.groups : kernel.length;
  const most = range(core.MOST_CHANNELS);
  const grown = (rows, name, ...indices) => {
    const side = range(core.LIMITS[name][1]);
    return side.map((i) => side.map((j) => rows?.[i]?.[j] ?? core.START[name](i, j, ...indices)));
  };
  const values = {
    input: most.map((channel) => grown(input[channel], "input", channel)),
    kernel: most.map((first) => most.map((second) => grown(kernel[first]?.[second], "kernel", first, second))),
    bias: most.map((filter) => bias?.[filter] ?? core.START.bias(filter)),
    grad_output: {}, // those that are not 1
  };
  gradients?.forEach((map, filter) => map.forEach((row, i) => row.forEach((value, j) => {
    if (value !== 1) values.grad_output[[filter, i, j]] = value;
  })));
  const draft = {
    ...pick(state), input: sizeOf(input[0]), kernel: sizeOf(kernel[0][0]), channels: input.length, filters,
  };
  return { draft, values, hasBias: bias !== null, tab: view, ask };
}

/** The values of a legal draft in torch's shapes: { input, kernel, bias, grad_output }. */
export function inShape({ draft, values, hasBias }) {
  const conv = core.layerOf(draft);
  const [first, second] = core.weightShape(conv);
  const [rows, columns] = conv.sides.map(({ output }) => range(output));
  return {
    input: values.input.slice(0, conv.channels).map((map) => crop(map, conv.input)),
    kernel: values.kernel.slice(0, first).map((maps) => maps.slice(0, second).map((map) => crop(map, conv.kernel))),
    bias: hasBias && !core.isPool(conv) ? values.bias.slice(0, conv.filters) : null,
    grad_output: range(conv.filters).map((filter) => rows.map((i) => columns.map(
      (j) => values.grad_output[[filter, i, j]] ?? 1))),
  };
}

/** What the model gets of a legal view. */
export function closed(view) {
  const { input, kernel, bias, grad_output: gradients } = inShape(view);
  return {
    ...pick(view.draft), view: view.tab, ask: view.ask, bias,
    input: input.length === 1 ? input[0] : input,
    kernel: kernel.length === 1 && kernel[0].length === 1 ? kernel[0][0] : kernel,
    grad_output: gradients.flat(2).every((value) => value === 1) ? null : gradients,
  };
}

/** Whether a state from outside is legal, and in the one form that `closed` gives. */
export function isSound(state) {
  const view = opened(state);
  const isOfForm = (name) => name === "activation" || (name === "padding" ? PADDING.test(JSON.stringify(state.padding))
    : isSame(formOf(state[name]), formOf(DEFAULTS[name])));
  const isKnown = Object.keys(CHOICES).every((name) => CHOICES[name].includes(state[name]));
  if (!isKnown || ![...SETTINGS, "ask"].every(isOfForm) || !core.isAccepted(view.draft)) return false;
  const { input, kernel, bias, grad_output: gradients } = inShape(view);
  const again = closed(view);
  return [input.flat(2), kernel.flat(3), bias ?? [], gradients.flat(2)].flat().every(Number.isFinite)
    && Object.keys(DEFAULTS).every((field) => isSame(again[field], state[field]));
}

const PADDING = /^("same"|\[(\d+|\[\d+,\d+]),(\d+|\[\d+,\d+])])$/;
