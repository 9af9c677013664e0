// The same layer as one matrix, on a canvas: rows are outputs, columns inputs, and each weight repeats along its
// diagonals. Transposed it is the gradient, and the transposed convolution; as im2col the windows are its columns.
import * as core from "../core/convolution.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/convolution.mjs";

const WIDE_PX = 640;
const [LARGEST_PX, SMALLEST_PX] = [18, 3]; // of one cell

/** { draw() }: the content of the tab, drawn anew. */
export function createMatrix(view) {
  const at = { form: "toeplitz", row: 0, column: 0, cells: new Map(), size: [1, 1], px: 1 };
  const form = createChoice({
    label: words.matrixForm, options: words.matrixForms,
    onChoose: (value) => {
      Object.assign(at, { form: value, row: 0, column: 0 });
      draw();
    },
  });
  const canvas = h("canvas", {
    class: "cw-canvas", tabindex: 0, role: "img",
    onpointermove: (event) => look(event), onpointerdown: (event) => look(event),
    onkeydown: (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      go(at.row + step[0], at.column + step[1]);
    },
  });
  const sentence = h("p", { class: "cw-sentence" });
  const summary = h("p", { class: "cw-note" });
  const element = h("div", {}, form.element, summary, h("div", { class: "cw-matrix" }, canvas), sentence);

  const look = ({ offsetX, offsetY }) => {
    const scale = canvas.width / canvas.clientWidth / at.px;
    go(Math.floor(offsetY * scale), Math.floor(offsetX * scale));
  };
  const go = (row, column) => {
    at.row = Math.min(Math.max(row, 0), at.size[0] - 1);
    at.column = Math.min(Math.max(column, 0), at.size[1] - 1);
    paint();
  };
  const draw = () => {
    Object.assign(at, matrixOf(view, at.form));
    at.px = Math.max(Math.min(Math.floor(WIDE_PX / at.size[1]), LARGEST_PX), SMALLEST_PX);
    canvas.width = at.size[1] * at.px;
    canvas.height = at.size[0] * at.px;
    summary.textContent = words.matrixSummary[at.form](words.size(at.size), at.cells.size);
    canvas.setAttribute("aria-label", summary.textContent);
    go(at.row, at.column);
    return element;
  };
  const paint = () => {
    const style = getComputedStyle(element.isConnected ? element : document.body);
    const color = (name) => style.getPropertyValue(`--cw-${name}`) || "#888";
    const context = canvas.getContext("2d");
    const cell = at.cells.get(`${at.row},${at.column}`);
    const largest = Math.max(...[...at.cells.values()].map(({ value }) => Math.abs(value)), 1e-12);
    const fill = (row, column, gap) => context.fillRect(
      column * at.px, row * at.px, Math.max(at.px - gap, 1), Math.max(at.px - gap, 1));
    context.clearRect(0, 0, canvas.width, canvas.height);
    for (const { row, column, value, weight } of at.cells.values()) {
      context.globalAlpha = 0.25 + 0.75 * Math.abs(value) / largest;
      context.fillStyle = color(value < 0 ? "negative" : "positive");
      if (cell && weight === cell.weight) [context.globalAlpha, context.fillStyle] = [1, color("mark")];
      fill(row, column, at.px > 4 ? 1 : 0);
    }
    context.globalAlpha = 1;
    context.strokeStyle = color("text");
    context.lineWidth = 2;
    context.strokeRect(at.column * at.px, at.row * at.px, at.px, at.px);
    const [row, column] = [at.rowName(at.row), at.columnName(at.column)];
    const same = cell ? [...at.cells.values()].filter(({ weight }) => weight === cell.weight).length : 0;
    sentence.textContent = cell ? words.matrixCell(row, column, cell.weight, format(cell.value), same)
      : words.matrixZero(row, column);
    view.say(sentence.textContent);
  };
  return { draw: () => {
    queueMicrotask(() => element.isConnected && paint()); // once it has the colours of its place
    return draw();
  } };
}

/** { size, cells: Map of "row,column" to { row, column, value, weight }, rowName, columnName } of the chosen filter. */
export function matrixOf(view, form) {
  const { layer: conv, filter, shaped } = view;
  const channels = core.isPool(conv) ? [filter] : core.channelsOf(conv, filter);
  const [height, width] = core.AXES.map((axis) => core.outputSize(conv, axis));
  const [rows, columns] = conv.input;
  const cells = new Map();
  const kernelName = ({ channel, u, v }) => words.name("kernel", core.isPool(conv) ? [u, v]
    : [...(conv.channels * conv.filters > 1 ? core.weightIndex(conv, filter, channel) : []), u, v]);
  const put = (row, column, value, weight) => {
    const old = cells.get(`${row},${column}`);
    cells.set(`${row},${column}`,
      { row, column, value: value + (old?.value ?? 0), weight: old ? `${old.weight} + ${weight}` : weight });
  };
  const outputName = (index) => words.name("output",
    [...(conv.filters > 1 ? [filter] : []), Math.floor(index / width), index % width]);
  const inputName = (index) => words.name("input",
    [...(conv.channels > 1 ? [channels[Math.floor(index / (rows * columns))]] : []),
    Math.floor(index / columns) % rows, index % columns]);
  const taps = new Map();
  for (const term of core.terms(conv, shaped, { filter })) {
    const output = term.i * width + term.j;
    const from = channels.indexOf(term.channel) * rows * columns
      + (term.source ? term.source[0] * columns + term.source[1] : 0);
    const name = kernelName(term);
    if (form === "im2col") {
      if (!taps.has(name)) taps.set(name, taps.size);
      put(taps.get(name), output, core.valueAt(shaped.input, term), term.source ? inputName(from) : words.zero);
    } else if (term.source) {
      if (form === "toeplitz") put(output, from, term.factor, name);
      else put(from, output, term.factor, name);
    }
  }
  const inputs = channels.length * rows * columns;
  const names = [...taps.keys()];
  if (form === "im2col") return { size: [names.length, height * width], cells, rowName: (row) => names[row],
    columnName: outputName };
  return form === "toeplitz" ? { size: [height * width, inputs], cells, rowName: outputName, columnName: inputName }
    : { size: [inputs, height * width], cells, rowName: inputName, columnName: outputName };
}
