// How one number of one layer is made: what is read, the products, the sum; and all numbers of its map.
import { explain, flat, place } from "../core/explainer.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import { NumberGrid } from "../ui/grid.mjs";
import { factor, format } from "../ui/numbers.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/explainer.mjs";
import { createMap } from "./parts.mjs";

const MOST_CELLS = 900;
const MOST_TERMS = 10;
const AXES = ["channel", "row", "column"];
const SUMS_A_ROW = 8;
const short = (value) => format(value, 4);
const inCell = (value) => format(value, 3);
const inBrackets = (value) => factor(Number(value.toPrecision(4)));
const sized = (shape) => [...shape, 1, 1].slice(0, 3);

/** { element, show(view) }, where view is { network, outputs, at, colours }. `onPlace(at)` asks for another number. */
export function createDetail({ network, onPlace }) {
  const state = { problem: null };
  const title = h("p", { class: "cw-caption" });
  const fields = AXES.map((name, axis) => createField({
    label: words[name], caption: "", sliderLabel: words.slider(words[name]), min: 0, sliderMax: 0,
    onInput: (value) => ask(axis, value),
  }));
  const labels = fields.map((field, axis) => h("div", { class: "cw-place-field" },
    h("span", { class: "cw-name" }, words[AXES[axis]]), field.element));
  const move = (cell) => onPlace([state.view.at[0], ...cell]);
  const input = createMap({});
  const output = createMap({ onCell: (cell) => move([state.view.at[1], ...cell]) });
  const sentence = h("p", { class: "cw-sentence" });
  const parts = h("div", { class: "cw-parts" });
  const numbers = createTable(move);
  const element = h("div", {}, title, h("div", { class: "cw-places" }, ...labels),
    h("div", { class: "cw-maps" }, input.element, output.element), sentence, parts, numbers.element);

  function ask(axis, value) {
    const [layer, ...rest] = state.view.at;
    const most = sized(network.layers[layer].out)[axis] - 1;
    if (Number.isInteger(value) && value >= 0 && value <= most) {
      onPlace([layer, ...rest.map((old, index) => (index === axis ? value : old))]);
      return;
    }
    const nearest = Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 0), most) : rest[axis];
    state.problem = { axis, value, text: words.range(words[AXES[axis]], most), nearest };
    showFields();
    // What was explained before is not what is asked for now.
    sentence.textContent = state.problem.text;
    parts.replaceChildren();
    input.element.hidden = output.element.hidden = numbers.element.hidden = true;
  }

  function showFields() {
    const [layer, ...rest] = state.view.at;
    const sizes = sized(network.layers[layer].out);
    fields.forEach((field, axis) => {
      labels[axis].hidden = sizes[axis] === 1;
      const problem = state.problem?.axis === axis ? state.problem : null;
      field.show(problem ? problem.value : rest[axis], problem && {
        text: problem.text, use: { label: words.use(problem.nearest), apply: () => ask(axis, problem.nearest) },
      });
      const slider = field.element.querySelector(".cw-slider"); // its end is another in every layer
      slider.max = sizes[axis] - 1;
      if (!problem) slider.value = rest[axis];
    });
  }

  const show = (view) => {
    Object.assign(state, { view, problem: null });
    const [index, ...where] = view.at;
    const layer = network.layers[index];
    const [x, y] = [view.outputs[index], view.outputs[index + 1]];
    const at = flat(layer.out, where);
    const told = explain(layer, x, at);
    const name = `${layer.path} ${words.cell(where, layer.out)}`;
    title.textContent = `${words.card(index, layer)}, ${layer.path}`;
    showFields();
    const { text, content, reads } = tell[family(layer)](name, told, y[at], { layer, x, at, state, show });
    sentence.textContent = text;
    parts.replaceChildren(...content);
    output.show(layer.out, y, where[0], { cell: where.slice(1), size: [1, 1] }, words.givesMap(where[0]), view.colours);
    input.show(layer.in, x, reads?.channel ?? 0, reads, words.readsMap(reads?.channel ?? 0), view.colours);
    numbers.show(layer, y, where, name);
    return `${name} = ${short(y[at])}`;
  };
  return { element, show };
}

function family({ kind }) {
  if (kind === "adaptive_avg_pool" || kind === "avg_pool") return "mean";
  return kind in tell ? kind : "activation";
}

const cells = (places, wide, of, mark = () => "") => {
  const rows = [];
  places.forEach((each, index) => {
    if (index % wide === 0) rows.push([]);
    const value = of(each);
    const isPadding = each.at === null;
    rows.at(-1).push({
      name: words.windowOf(""), value, text: inCell(value), kind: isPadding ? "is-padding" : mark(each),
      label: isPadding ? words.padding : null, editable: false,
    });
  });
  return rows;
};

/** Grids of one size, in which pointing at a cell outlines the same cell in all; `onCell(index)` is told. */
function linkedGrids(captioned, wide, onCell = () => {}) {
  const grids = captioned.map(() => new NumberGrid({
    onPoint: ([row, column]) => {
      for (const grid of grids) grid.mark({ current: null, linked: [[row, column]], tags: null, pinned: false });
      onCell(row * wide + column);
    },
    onPress: () => {}, onEdit: () => {}, mayEdit: () => false,
    onEscape: () => grids.forEach((grid) => grid.mark({ current: null, linked: [], tags: null, pinned: false })),
  }));
  const density = wide > 7 ? "high" : "middle";
  grids.forEach((grid, index) => grid.draw(captioned[index].rows, { label: captioned[index].label, density }));
  return grids.map((grid, index) => h("div", { class: "cw-panel" },
    h("p", { class: "cw-caption" }, captioned[index].label), grid.element));
}

/** The window that a sliding layer reads, for the outline on the map before it. */
function windowOf(places, channel) {
  const rows = places.map(({ row }) => row);
  const columns = places.map(({ column }) => column);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return { channel, cell: [top, left], size: [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1] };
}

const tell = {
  conv2d: (name, { channels, bias }, value, { layer, state, show }) => {
    const chosen = Math.min(state.readChannel ?? 0, channels.length - 1);
    const { channel, terms } = channels[chosen];
    const wide = layer.kernel[1];
    const few = channels.length <= SUMS_A_ROW;
    const sums = few ? channels.map(({ sum }) => inBrackets(sum)).join(" + ")
      : words.sumOver(channels.length);
    const product = h("p", { class: "cw-note cw-sentence" });
    const grids = linkedGrids([
      { label: words.windowOf(channel), rows: cells(terms, wide, ({ input }) => input) },
      { label: words.kernelFor(channel), rows: cells(terms, wide, ({ weight }) => weight) },
      { label: words.products, rows: cells(terms, wide, ({ input, weight }) => input * weight) },
    ], wide, (index) => {
      const { input, weight, tap } = terms[index];
      product.textContent = words.times(`[${tap}]`, short(input), inBrackets(weight), short(input * weight));
    });
    const picker = channels.length > 1 ? [sumPicker(channels, chosen, (index) => {
      state.readChannel = index;
      show(state.view);
      state.refocus?.();
    })] : [];
    const sign = (text) => h("span", { class: "cw-sign", "aria-hidden": "true" }, text);
    return {
      text: words.conv(name, channels.length, layer.kernel.join(" × "), sums, short(bias), short(value)),
      content: [
        ...picker, h("div", { class: "cw-figure" }, grids[0], sign("×"), grids[1], sign("="), grids[2]), product,
      ],
      reads: windowOf(terms, channel),
    };
  },
  linear: (name, { terms, bias }, value, { layer }) => {
    const shown = terms.slice(0, MOST_TERMS);
    const rest = terms.slice(MOST_TERMS).reduce((sum, { input, weight }) => sum + input * weight, 0);
    const rows = shown.map(({ index, input, weight }) => (
      [`[${index}]`, short(input), short(weight), short(input * weight)]));
    if (terms.length > MOST_TERMS) rows.push([words.rest(terms.length - MOST_TERMS), "", "", short(rest)]);
    rows.push([words.bias, "", "", short(bias)], [words.sum, "", "", short(value)]);
    const columns = [words.from, words.input, words.weight, words.product];
    return {
      text: words.linear(name, layer.in[0], short(value), short(bias)),
      content: [table(words.contributions, columns, rows)],
    };
  },
  batch_norm: (name, told, value, { layer, at }) => ({
    text: words.norm(name, Object.fromEntries(Object.entries(told).map(([key, each]) => [key, inBrackets(each)])),
      short(value)),
    content: [], reads: same(layer, at),
  }),
  activation: (name, { input, slope }, value, { layer, at }) => ({
    text: words.activation(name, layer.kind, short(input), short(value), short(slope)),
    content: [], reads: same(layer, at),
  }),
  max_pool: (name, { places, argmax, kernel }, value, { layer, x, at }) => {
    const [, row, column] = place(layer.in, argmax);
    return {
      text: words.max(name, places.length, row, column, short(value)),
      content: pooledGrid(places, kernel, x, (each) => (each.at === argmax ? "is-current" : "")),
      reads: windowOf(places, place(layer.out, at)[0]),
    };
  },
  mean: (name, { places, divisor, kernel }, value, { layer, x, at }) => ({
    text: words.mean(name, divisor, short(value)),
    content: pooledGrid(places, kernel, x),
    reads: windowOf(places, place(layer.out, at)[0]),
  }),
  flatten: (name, { input, from }, value, { layer }) => ({
    text: words.flatten(name, words.cell(from, layer.in), short(input)), content: [],
    reads: { channel: from[0], cell: from.slice(1), size: [1, 1] },
  }),
};

function pooledGrid(places, kernel, x, mark) {
  if (places.length > MOST_CELLS) return [];
  const value = ({ at }) => (at === null ? 0 : x[at]);
  return linkedGrids([{ label: words.window, rows: cells(places, kernel[1], value, mark) }], kernel[1]);
}

function same({ in: shape }, at) {
  const [channel, row, column] = place(shape, at);
  return { channel, cell: [row, column], size: [1, 1] };
}

function sumPicker(channels, chosen, onChoose) {
  const rows = [];
  channels.forEach(({ channel, sum }, index) => {
    if (index % SUMS_A_ROW === 0) rows.push([]);
    rows.at(-1).push({
      name: words.sumName(channel), value: sum, text: short(sum), kind: "",
      label: `${words.sumName(channel)}: ${short(sum)}`, editable: false,
    });
  });
  // The last row is filled up, so that the grid is one.
  while (rows.length > 1 && rows.at(-1).length < SUMS_A_ROW) {
    rows.at(-1).push({ name: "", value: 0, text: "", kind: "cw-none", label: "–", editable: false });
  }
  const grid = new NumberGrid({
    onPoint: () => {}, onEdit: () => {}, onEscape: () => {}, mayEdit: () => false,
    onPress: ([row, column]) => {
      const index = row * SUMS_A_ROW + column;
      if (index < channels.length) onChoose(index);
    },
  });
  grid.draw(rows, { label: words.sums, density: "middle" });
  const cell = [Math.floor(chosen / SUMS_A_ROW), chosen % SUMS_A_ROW];
  grid.mark({ current: cell, linked: [], tags: null, pinned: true });
  return h("div", { class: "cw-panel cw-sums" }, h("p", { class: "cw-caption" }, words.sums), grid.element);
}

/** All numbers of a map, built when it is opened; of a large map the rows around the one told. */
function createTable(onCell) {
  const grid = new NumberGrid({
    onPoint: () => {}, onEdit: () => {}, onEscape: () => {}, mayEdit: () => false,
    onPress: ([row, column]) => {
      const cell = state.cellAt(row, column);
      if (cell) onCell(cell);
    },
  });
  const summary = h("summary", {});
  const note = h("p", { class: "cw-note" });
  const element = h("details", { class: "cw-details", ontoggle: () => draw() }, summary, note, grid.element);
  const state = {};
  const draw = () => {
    if (!element.open || !state.rows) return;
    grid.draw(state.rows(), { label: summary.textContent, density: "high" });
    grid.mark({ current: state.mark, linked: [], tags: null, pinned: true });
  };
  const show = ({ out }, values, [channel, row, column], name) => {
    element.hidden = false;
    const isVector = out.length === 1;
    const [, height, width] = isVector ? [1, Math.ceil(out[0] / 10), Math.min(out[0], 10)] : out;
    const most = Math.max(1, Math.min(height, Math.floor(MOST_CELLS / width)));
    const first = isVector ? 0 : Math.min(Math.max(row - Math.floor(most / 2), 0), height - most);
    const start = isVector ? 0 : channel * height * width;
    Object.assign(state, {
      cellAt: (i, j) => (!isVector ? [channel, i + first, j] : i * width + j < out[0] ? [i * width + j, 0, 0] : null),
      mark: isVector ? [Math.floor(channel / width), channel % width] : [row - first, column],
      rows: () => Array.from({ length: most }, (_, i) => Array.from({ length: width }, (__, j) => {
        const value = values[start + (i + first) * width + j];
        return value === undefined
          ? { name: "", value: 0, text: "", kind: "cw-none", label: "–", editable: false }
          : { name, value, text: format(value, 3), kind: "", label: null, editable: false };
      })),
    });
    summary.textContent = words.table(isVector ? words.vector(out[0]) : words.map(channel));
    note.hidden = most === height;
    note.textContent = words.tableRows(first, first + most - 1, height);
    draw();
  };
  return { element, show };
}
