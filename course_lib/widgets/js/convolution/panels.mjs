// Which grids a tab shows, and the cells of each. A panel is { role, slice, title, cells } or, with nothing to draw,
// { role, slice, title, refusal }; what stands between panels is { sign }.
import { crop, makeRows, range, sizeOf } from "../core/arrays.mjs";
import * as core from "../core/convolution.mjs";
import { format } from "../ui/numbers.mjs";
import { cellsOf } from "../ui/panel.mjs";
import words from "../words/convolution.mjs";

const MOST_AT_ONCE = 2000; // cells of the gradient tabs: beyond them only one filter is drawn
/** What a tab works out, position by position. */
const RESULTS = { output: "output", input_grad: "gradInput", kernel_grad: "gradKernel", bias_grad: "gradBias" };
export const isGridTab = (tab) => tab in RESULTS;

/** { rows: lists of panels and signs, result: the panel that is worked out, note: a sentence or undefined }. */
export function arrange(view) {
  if (view.problems.length) return { rows: [refused(view)] };
  if (core.isPool(view.layer) && ["kernel_grad", "bias_grad"].includes(view.tab)) {
    return { rows: [], note: words.noWeights };
  }
  const tabs = { output, input_grad: inputGradient, kernel_grad: kernelGradient, bias_grad: biasGradient };
  const { rows, note } = tabs[view.tab](view);
  return { rows, note, result: rows.flat().find(({ role }) => role === RESULTS[view.tab]) };
}

const sign = (text) => ({ sign: text });

function output(view) {
  const { layer: conv, filter } = view;
  const after = conv.activation ? [sign("→"), panel(view, "activated", [filter])] : [];
  const last = [panel(view, "output", [filter]), ...after];
  if (core.isPool(conv)) return { rows: [[panel(view, "input", [filter]), sign("→"), ...last]] };
  const channels = core.channelsOf(conv, filter);
  const end = [...(view.hasBias ? [sign("+"), panel(view, "bias", [filter])] : []), sign("="), ...last];
  const products = channels.map((channel) => [
    panel(view, "input", [channel]), sign("∗"), panel(view, "kernel", [filter, channel])]);
  if (channels.length === 1) return { rows: [[...products[0], ...end]] };
  const parts = products.map((row, at) => [...row, sign("="), panel(view, "part", [filter, channels[at]])]);
  return { rows: [...parts, [sign(words.sumOfParts), ...end]] };
}

/** The gradient that comes back to the output of a filter, through the activation. */
const arriving = (view, filter) => [
  ...(view.layer.activation ? [panel(view, "gradActivated", [filter]), sign("→")] : []),
  panel(view, "gradOutput", [filter]),
];

function inputGradient(view) {
  const { layer: conv } = view;
  const channel = core.isPool(conv) ? view.filter : view.channel;
  const all = core.filtersOf(conv, channel);
  const each = conv.outputs * (conv.activation ? 2 : 1) + conv.kernel[0] * conv.kernel[1];
  const isTooMuch = all.length * each > MOST_AT_ONCE;
  const shown = isTooMuch ? [all.includes(view.filter) ? view.filter : all[0]] : all;
  const rows = shown.map((filter) => [...arriving(view, filter),
    ...(core.isPool(conv) ? [] : [sign("∗"), panel(view, "kernel", [filter, channel])])]);
  if (rows.length > 1) rows.push([sign(words.sumOfFilters)]);
  rows.at(-1).push(sign("→"), panel(view, "gradInput", [channel]));
  return { rows, note: isTooMuch ? words.onlyOneFilter(shown[0], all.length) : "" };
}

function kernelGradient(view) {
  const { layer: conv, filter } = view;
  const gradients = (at) => (at ? [sign(words.name("gradOutput", []))] : arriving(view, filter)); // drawn once
  return { rows: core.channelsOf(conv, filter).map((channel, at) => [
    panel(view, "input", [channel]), sign("∗"), ...gradients(at), sign("→"),
    panel(view, "gradKernel", [filter, channel])]) };
}

const biasGradient = (view) => ({
  rows: [[...arriving(view, view.filter), sign("→"), panel(view, "gradBias", [view.filter])]],
  note: view.hasBias ? "" : words.noBias,
});

/** What can still be drawn beside a problem: the input and the kernel, and why there is no output. */
function refused(view) {
  const { layer: conv, problems } = view;
  const canDraw = (...names) => !problems.some(({ reason, parameter, axis }) => axis === null || reason === "cells"
    || (reason === "range" && names.includes(parameter)));
  const around = conv.padding === "same" ? ["kernel", "dilation"] : ["padding"];
  const plain = { ...view, layer: { ...conv, padding_mode: "zeros" } }; // other modes may have nothing to read
  const filter = Math.min(view.filter, conv.filters - 1) || 0;
  const slice = [core.isPool(conv) ? filter : core.channelsOf(conv, filter)[0] ?? 0];
  const show = (role, at, canShow) => (canShow ? panel(plain, role, at)
    : { role, slice: at, title: words.title(role, [], ""), refusal: refusal(view, role) });
  const kernel = core.isPool(conv) ? [] : [sign("∗"), show("kernel", [filter, ...slice], canDraw("kernel"))];
  return [show("input", slice, canDraw("input", ...around)), ...kernel, sign(core.isPool(conv) ? "→" : "="),
    show("output", [filter], false)];
}

export function refusal({ problems }, role) {
  const told = (role !== "output" && problems.find(({ reason }) => reason === "cells")) || problems[0];
  return words.none(role, words.problem[told.reason](told));
}

// ---- cells ---------------------------------------------------------------------------------------

/** The numbers of a grid. */
const NUMBERS = {
  kernel: ({ layer: conv, values }, slice) => crop(core.mapOf(conv, values.kernel, ...slice), conv.kernel),
  bias: ({ values }, [filter]) => [[values.bias[filter]]],
  part: ({ parts }, slice) => parts[slice],
  output: ({ output: maps }, [filter]) => maps[filter],
  activated: ({ activated }, [filter]) => activated[filter],
  gradActivated: ({ shaped }, [filter]) => shaped.grad_output[filter],
  gradOutput: ({ gradOutput }, [filter]) => gradOutput[filter],
  gradInput: ({ grads }, [channel]) => grads.input[channel],
  gradKernel: ({ layer: conv, grads }, slice) => core.mapOf(conv, grads.kernel, ...slice),
  gradBias: ({ grads }, [filter]) => [[grads.bias[filter]]],
};
const ANSWERS = ["part", "output", "activated"]; // what is hidden as long as it is asked for

function panel(view, role, slice) {
  const at = index(view, role, slice);
  const isAnswer = ANSWERS.includes(role);
  if (view.hidden === "size" && isAnswer) {
    return { role, slice, title: words.title(role, at, "?"), refusal: words.workOut };
  }
  const isEditable = ["kernel", "bias", view.layer.activation ? "gradActivated" : "gradOutput"].includes(role);
  let cells = role === "input" ? inputCells(view, slice)
    : valueCells(view, role, slice, NUMBERS[role](view, slice), isEditable);
  if (view.hidden && isAnswer) {
    cells = cells.map((row) => row.map((cell) => ({ ...cell, value: 0, text: "?", label: words.hidden })));
  }
  const size = sizeOf(cells);
  const own = role === "input" ? view.layer.input : size;
  const title = words.title(role, at, /bias/i.test(role) ? "" : words.size(own));
  return { role, slice, cells, title: String(own) === String(size) ? title : words.padded(title, words.size(size)) };
}

/** The leading indices that a reader sees: those of torch, none where there is only one map. */
function index({ layer: conv }, role, slice) {
  if (/bias/i.test(role) || role === "part") return slice;
  const isWeight = slice.length === 2;
  const maps = isWeight ? core.isPool(conv) || conv.channels * conv.filters
    : /input/i.test(role) ? conv.channels : conv.filters;
  return Number(maps) === 1 ? [] : isWeight ? core.weightIndex(conv, ...slice) : slice;
}

/** What a cell is called; without `cell`, what its map is called. */
export const nameOf = (view, role, slice, cell) => words.name(role, [
  ...index(view, role, slice), .../bias/i.test(role) ? [] : cell]);

const valueCells = (view, role, slice, rows, editable) => cellsOf(
  rows, (i, j) => nameOf(view, role, slice, [i, j]), editable, 4);

/** What the padding at a place of the padded input is called. */
export const paddingName = ({ layer: conv }, ...place) => words.paddingName(
  conv.sides.map(({ before }, axis) => place[axis] - before));

/** The padded input: what the padding puts around the values, and the rows and columns that the floor drops. */
function inputCells(view, [channel]) {
  const { layer: conv, problems } = view;
  const [height, width] = conv.sides;
  const rows = crop(view.values.input[channel], conv.input);
  const values = valueCells(view, "input", [channel], rows, true);
  const around = (row, column) => {
    const from = core.source(conv, row, column);
    const value = from ? rows[from[0]][from[1]] : 0;
    const text = !from && core.isMax(conv) ? "−∞" : format(value, 4);
    return {
      name: paddingName(view, row, column), value, text, kind: "is-padding", label: words.paddingCell(text),
      editable: false,
    };
  };
  const isRead = ({ padded, dropped }, place) => problems.length || place < padded - dropped;
  return makeRows(height.padded, width.padded, (row, column) => {
    const cell = values[row - height.before]?.[column - width.before] ?? around(row, column);
    if (isRead(height, row) && isRead(width, column)) return cell;
    return { ...cell, kind: `${cell.kind} is-dropped`, label: words.droppedCell(cell.label ?? cell.text) };
  });
}
