// Which grids a tab shows, and the cells of each. A panel is { role, slice, title, cells } or, with nothing to draw,
// { role, slice, title, refusal }; what stands between panels is { sign }.
import * as core from "../core/convolution.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/convolution.mjs";
import { sizeOf } from "./state.mjs";

const MOST_AT_ONCE = 2000; // cells of the gradient tabs: beyond them only one filter is drawn

/** { rows: lists of panels and signs, result: the panel that is worked out, note: a sentence or null }. */
export function arrange(view) {
  if (view.problems.length) return { rows: [refused(view)], result: null, note: null };
  if (core.isPool(view.layer) && ["kernel_grad", "bias_grad"].includes(view.tab)) {
    return { rows: [], result: null, note: words.noWeights };
  }
  return { output: arrangeOutput, input_grad: arrangeInput, kernel_grad: arrangeKernel, bias_grad: arrangeBias }[
    view.tab](view);
}

const sign = (text) => ({ sign: text });

function arrangeOutput(view) {
  const { layer: conv, filter, hasBias } = view;
  const channels = core.isPool(conv) ? [filter] : core.channelsOf(conv, filter);
  const result = panel(view, "output", [filter]);
  const bias = hasBias && !core.isPool(conv) ? [panel(view, "bias", [filter]), sign("=")] : [];
  if (core.isPool(conv)) return { rows: [[panel(view, "input", [filter]), sign("→"), result]], result, note: null };
  const products = channels.map((channel) => [
    panel(view, "input", [channel]), sign("∗"), panel(view, "kernel", [filter, channel])]);
  if (channels.length === 1) {
    const rest = bias.length ? [sign("+"), ...bias] : [sign("=")];
    return { rows: [[...products[0], ...rest, result]], result, note: null };
  }
  const rows = products.map((row, index) => [...row, sign("="), panel(view, "part", [filter, channels[index]])]);
  const sum = [sign(words.sumOfParts), ...(bias.length ? [sign("+"), ...bias] : [sign("=")]), result];
  return { rows: [...rows, sum], result, note: null };
}

function arrangeInput(view) {
  const { layer: conv } = view;
  const channel = view.channel;
  const result = panel(view, "gradInput", [channel]);
  const all = core.filtersOf(conv, channel);
  const each = core.area(conv, core.outputSize) + conv.kernel[0] * conv.kernel[1];
  const isTooMuch = all.length * each > MOST_AT_ONCE;
  const shown = isTooMuch ? [all.includes(view.filter) ? view.filter : all[0]] : all;
  const rows = shown.map((filter) => [panel(view, "upstream", [filter]),
    ...(core.isPool(conv) ? [] : [sign("∗"), panel(view, "kernel", [filter, channel])])]);
  const note = isTooMuch ? words.onlyOneFilter(shown[0], all.length) : null;
  if (rows.length === 1) return { rows: [[...rows[0], sign("→"), result]], result, note };
  return { rows: [...rows, [sign(words.sumOfFilters), sign("→"), result]], result, note };
}

function arrangeKernel(view) {
  const { layer: conv, filter } = view;
  const upstream = panel(view, "upstream", [filter]);
  const channels = core.channelsOf(conv, filter);
  const rows = channels.map((channel) => [panel(view, "input", [channel]), sign("∗"),
    ...(channel === channels[0] ? [upstream] : [sign(words.sameUpstream)]), sign("→"),
    panel(view, "gradKernel", [filter, channel])]);
  return { rows, result: rows[0].at(-1), note: null };
}

function arrangeBias(view) {
  const result = panel(view, "gradBias", [view.filter]);
  return { rows: [[panel(view, "upstream", [view.filter]), sign("→"), result]], result, note: view.hasBias ? null
    : words.noBias };
}

/** What can still be drawn beside a problem: the input and the kernel, and why there is no output. */
function refused(view) {
  const { layer: conv, problems } = view;
  const canDraw = (...names) => !problems.some(({ reason, parameter }) => ["cells", "count", "groups"].includes(reason)
    || (reason === "range" && names.includes(parameter)));
  const around = conv.padding === "same" ? ["kernel", "dilation"] : ["padding"];
  const plain = { ...view, layer: { ...conv, padding_mode: "zeros" } };
  const filter = Math.min(view.filter, conv.filters - 1) || 0;
  const slices = { input: [core.isPool(conv) ? filter : core.channelsOf(conv, filter)[0] ?? 0], output: [filter] };
  slices.kernel = [...slices.output, ...slices.input];
  const show = (role, is) => (is ? panel(plain, role, slices[role])
    : { role, slice: slices[role], title: words.grids[role], refusal: refusal(view, role) });
  const input = show("input", canDraw("input", ...around));
  const kernel = core.isPool(conv) ? [] : [sign("∗"), show("kernel", canDraw("kernel"))];
  return [input, ...kernel, sign(core.isPool(conv) ? "→" : "="), show("output", false)];
}

export function refusal({ problems }, role) {
  const isTooLarge = ({ reason }) => reason === "cells";
  const told = (role !== "output" && problems.find(isTooLarge)) || problems[0];
  return `${words.none[role]} ${words.problem[told.reason](told)}`;
}

// ---- cells ---------------------------------------------------------------------------------------

const CELLS = {
  input: inputCells,
  kernel: (view, slice) => valueCells(view, "kernel", slice, kernelRows(view, slice), true),
  bias: (view, [filter]) => valueCells(view, "bias", [filter], [[view.values.bias[filter]]], true),
  part: (view, slice) => hideable(view, valueCells(view, "part", slice, view.parts[slice])),
  output: (view, [filter]) => hideable(view, valueCells(view, "output", [filter], view.output[filter])),
  upstream: (view, [filter]) => valueCells(view, "upstream", [filter], view.shaped.upstream[filter], true),
  gradInput: (view, [channel]) => valueCells(view, "gradInput", [channel], view.grads.input[channel]),
  gradKernel: (view, slice) => {
    const [first, second] = core.weightIndex(view.layer, ...slice);
    return valueCells(view, "gradKernel", slice, view.grads.kernel[first][second]);
  },
  gradBias: (view, [filter]) => valueCells(view, "gradBias", [filter], [[view.grads.bias[filter]]]),
};

function panel(view, role, slice) {
  const cells = view.hidden === "size" && ["output", "part"].includes(role) ? null : CELLS[role](view, slice);
  if (!cells) return { role, slice, title: words.title(role, index(view, role, slice), "?"), refusal: words.workOut };
  return { role, slice, cells, title: title(view, role, slice, sizeOf(cells)) };
}

function title(view, role, slice, size) {
  const at = index(view, role, slice);
  const { layer: conv } = view;
  if (role === "bias" || role === "gradBias") return words.title(role, at, "");
  if (role !== "input" || String(size) === String(conv.input)) return words.title(role, at, words.size(size));
  return words.padded(words.title(role, at, words.size(conv.input)), words.size(size));
}

/** The leading indices that a reader sees: those of torch, none where there is only one map. */
export function index({ layer: conv }, role, slice) {
  const isOne = { input: conv.channels, gradInput: conv.channels, output: conv.filters, upstream: conv.filters };
  if (role in isOne) return isOne[role] === 1 ? [] : slice;
  if (role === "bias" || role === "gradBias") return slice;
  if (conv.channels === 1 && conv.filters === 1) return [];
  return role === "part" ? slice : core.weightIndex(conv, ...slice);
}

function valueCells(view, role, slice, rows, editable = false) {
  const at = index(view, role, slice);
  const isBias = role === "bias" || role === "gradBias";
  return rows.map((row, i) => row.map((value, j) => ({
    name: words.name(role, isBias ? at : [...at, i, j]), value, text: format(value, 4), kind: "", label: null, editable,
  })));
}

const hideable = (view, cells) => (view.hidden === "value"
  ? cells.map((row) => row.map((cell) => ({ ...cell, value: 0, text: "?", label: words.hiddenValue }))) : cells);

function kernelRows({ layer: conv, values }, slice) {
  const [first, second] = core.weightIndex(conv, ...slice);
  return values.kernel[first][second].slice(0, conv.kernel[0]).map((row) => row.slice(0, conv.kernel[1]));
}

/** The padded input: what the padding puts around the values, and the rows and columns that the floor drops. */
function inputCells(view, [channel]) {
  const { layer: conv } = view;
  const first = core.AXES.map((axis) => core.framePads(conv, axis)[0]);
  const size = core.AXES.map((axis) => core.paddedSize(conv, axis));
  const end = view.problems.length ? size : size.map((length, axis) => length - core.dropped(conv, axis));
  const rows = view.values.input[channel].slice(0, conv.input[0]).map((row) => row.slice(0, conv.input[1]));
  const values = valueCells(view, "input", [channel], rows, true);
  const around = (row, column) => {
    const name = words.paddingName([row - first[0], column - first[1]]);
    const from = core.source(conv, row, column);
    const [value, text] = from ? [rows[from[0]][from[1]], format(rows[from[0]][from[1]], 4)]
      : [0, core.isMax(conv) ? "−∞" : "0"];
    return { name, value, text, kind: "is-padding", label: words.paddingCell(text), editable: false };
  };
  return core.range(size[0]).map((row) => core.range(size[1]).map((column) => {
    const cell = values[row - first[0]]?.[column - first[1]] ?? around(row, column);
    if (row < end[0] && column < end[1]) return cell;
    return { ...cell, kind: `${cell.kind} is-dropped`, label: words.droppedCell(cell.label ?? cell.text) };
  }));
}
