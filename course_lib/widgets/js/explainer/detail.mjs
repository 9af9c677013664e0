// How one number of one layer is made: what is read, the products, the sum; and all numbers of its map.
import { explain, flat, place } from "../core/explainer.mjs";
import { h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { createMap, createMapTable, createWindow, range } from "../ui/maps.mjs";
import { factor } from "../ui/numbers.mjs";
import { createPin } from "../ui/pin.mjs";
import { messageOf } from "../ui/problem.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/explainer.mjs";
import { rangeProblem, short } from "./parts.mjs";

const GRIDS = ["window", "kernel", "product"];
const MOST_TERMS = 10;
const [WINDOW, SUMS] = [15, 8]; // most rows, and columns, in numbers
const VECTOR_COLUMNS = 10;
const NOWHERE = [-1, -1];
const inBrackets = (value) => factor(Number(value.toPrecision(4)));
const sized = (shape) => [...shape, 1, 1].slice(0, 3);
const panel = (...children) => h("div", { class: "cw-panel" }, ...children);

/** { element, show(view) }, where view is { network, outputs, at, colours }. `onPlace(at)` asks for another number. */
export function createDetail({ onPlace, say }) {
  const own = { channel: 0, told: {}, layer: -1 };
  const move = (...where) => onPlace([own.view.at[0], ...where]);
  const title = h("p", { class: "cw-caption" });
  const fields = words.axes.map((label, axis) => createNamedField({
    label, min: 0, stops: () => range(own.sizes?.[axis] ?? 1), onInput: (value) => ask(axis, value),
  }));
  const input = createMap({});
  const output = createMap({ onCell: (cell) => move(own.view.at[1], ...cell) });
  const sentence = h("p", { class: "cw-sentence" });
  const note = h("p", { class: "cw-note cw-sentence" });
  const list = h("div", {});
  const numbers = createMapTable({ say, part: words.part, onPress: (cell) => {
    const where = own.placeOf(cell);
    if (where) move(...where);
  } });
  const sums = createWindow({
    most: SUMS, say, part: words.part, onPress: (cell) => {
      const index = inRows(own.told.channels.length, SUMS).indexOf(cell);
      if (index >= own.told.channels.length) return;
      own.channel = index;
      show(own.view);
      say(sentence.textContent);
    },
  });
  const pin = createPin({ say, gridOf: ({ grid }) => windows[grid], tell: choose });
  const windows = Object.fromEntries(GRIDS.map((grid) => [grid, createWindow({
    most: WINDOW, part: words.part, ...pin.handlers({ grid }) })]));
  const panels = Object.fromEntries(GRIDS.map((name) => {
    const caption = h("p", { class: "cw-caption" });
    return [name, { caption, element: panel(caption, windows[name].element) }];
  }));
  const sumPanel = panel(h("p", { class: "cw-caption" }, words.sums), sums.element);
  const sign = (text) => h("span", { class: "cw-sign", "aria-hidden": "true" }, text);
  const signs = [sign("×"), sign("=")];
  const [first, second, third] = GRIDS.map((name) => panels[name].element);
  const figure = h("div", { class: "cw-figure" }, first, signs[0], second, signs[1], third);
  const story = h("div", { class: "cw-story" }, note, pin.button);
  const body = h("div", {}, h("div", { class: "cw-maps" }, input.element, output.element), sumPanel, figure, story,
    list, numbers.element);
  const element = h("div", {}, title, h("div", { class: "cw-places" }, ...fields.map((field) => field.element)),
    sentence, body);

  function ask(axis, value) {
    const where = own.view.at.slice(1);
    const problem = rangeProblem(words.axes[axis], value, 0, own.sizes[axis] - 1, where[axis]);
    if (!problem) {
      move(...where.map((old, index) => (index === axis ? value : old)));
      return;
    }
    showFields(axis, value, messageOf(problem, words, ({ nearest }) => ask(axis, nearest)));
    sentence.textContent = words.problem.range(problem);
    say(sentence.textContent);
    body.hidden = true; // what was explained before is not what is asked for now
  }

  function showFields(wrong, value, message) {
    fields.forEach((field, axis) => {
      field.element.hidden = own.sizes[axis] === 1;
      field.show(axis === wrong ? value : own.view.at[1 + axis], axis === wrong ? message : null);
    });
  }

  function drawGrids(around) {
    const { cells, size, terms } = own.told;
    for (const [grid, [label, valueOf, kindOf]] of Object.entries(cells)) {
      windows[grid].show(label, size, around, ([row, column]) => {
        const term = terms[row * size[1] + column];
        const isPadding = term.at === null;
        return {
          name: `${words.grids[grid]} ${words.cell([row, column])}`, value: valueOf(term),
          kind: isPadding ? "is-padding" : term.isBest ? "is-best" : "",
          label: isPadding && grid === "window" ? words.padding : null,
        };
      });
    }
  }

  /** Marks a place of the window in all grids and tells its product; of a large kernel the numbers go with the pin. */
  function choose({ grid, cell }, isPinned) {
    const { cells, size, terms, note: tellTerm } = own.told;
    if (isPinned && size.some((length) => length > WINDOW)) drawGrids(cell);
    for (const name of Object.keys(cells)) {
      windows[name].mark({ current: name === grid ? cell : NOWHERE, linked: [cell], pinned: isPinned });
    }
    note.textContent = tellTerm(terms[cell[0] * size[1] + cell[1]], cell);
    return note.textContent;
  }

  function showGrids(layer) {
    const { cells, size, channels, start } = own.told;
    figure.hidden = story.hidden = !cells;
    sumPanel.hidden = !(channels?.length > 1);
    if (!sumPanel.hidden) showSums(channels);
    if (!cells) return;
    for (const name of GRIDS) {
      panels[name].element.hidden = !cells[name];
      panels[name].caption.textContent = cells[name]?.[0] ?? "";
    }
    for (const each of signs) each.hidden = !cells.kernel;
    if (own.layer !== layer) pin.forget();
    own.layer = layer;
    const chosen = pin.isPinned() ? pin.selection()
      : { grid: "window", cell: start ?? size.map((length) => length >> 1) };
    drawGrids(chosen.cell);
    pin.select(chosen, false);
  }

  function showSums(channels) {
    const { size, placeOf, indexOf } = inRows(channels.length, SUMS);
    const chosen = placeOf(own.channel);
    sums.show(words.sums, size, chosen, (cell) => {
      const found = channels[indexOf(cell)];
      return found && { name: words.map(found.channel), value: found.sum };
    });
    sums.mark({ current: chosen, pinned: true });
  }

  function showTable({ out }, values, [channel, row, column]) {
    const vector = out.length === 1 && inRows(out[0], VECTOR_COLUMNS);
    const indexOf = (cell) => (vector.indexOf(cell) < out[0] ? [vector.indexOf(cell), 0, 0] : null);
    own.placeOf = vector ? indexOf : (cell) => [channel, ...cell];
    const label = words.table(vector ? words.vector(out[0]) : words.map(channel));
    const chosen = vector ? vector.placeOf(channel) : [row, column];
    numbers.show(label, vector ? vector.size : out.slice(1), chosen, (cell) => {
      const where = own.placeOf(cell);
      return where && { name: words.cell(where, out), value: values[flat(out, where)] };
    });
  }

  const show = (view) => {
    const [index, ...where] = view.at;
    const layer = view.network.layers[index];
    const [x, y] = [view.outputs[index], view.outputs[index + 1]];
    const at = flat(layer.out, where);
    Object.assign(own, { view, sizes: sized(layer.out) });
    const found = explain(layer, x, at);
    own.channel = Math.min(own.channel, (found.channels?.length ?? 1) - 1);
    const name = `${layer.path} ${words.cell(where, layer.out)}`;
    title.textContent = `${words.card(index, layer)}, ${layer.path}`;
    showFields();
    body.hidden = false;
    own.told = tell[family(layer)](name, found, y[at], { layer, x, at, chosen: own.channel });
    const { text, content = [], reads } = own.told;
    sentence.textContent = text;
    list.replaceChildren(...content);
    showGrids(index);
    output.show(layer.out, y, where[0], { cell: where.slice(1), size: [1, 1] }, words.givesMap(where[0]), view.colours);
    input.show(layer.in, x, reads?.channel ?? 0, reads, words.readsMap(reads?.channel ?? 0), view.colours);
    showTable(layer, y, where);
    return `${name} = ${short(y[at])}`;
  };
  return { element, show };
}

const family = ({ kind }) => (kind in tell ? kind : /avg_pool$/.test(kind) ? "mean" : "activation");

/** How `count` numbers lie in rows of at most `most`. */
function inRows(count, most) {
  const wide = Math.min(count, most);
  return {
    size: [Math.ceil(count / wide), wide], placeOf: (index) => [Math.floor(index / wide), index % wide],
    indexOf: ([row, column]) => row * wide + column,
  };
}

/** The window that a sliding layer reads, for the outline on the map before it. */
function windowOf(places, channel) {
  const rows = places.map(({ row }) => row);
  const columns = places.map(({ column }) => column);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  return { channel, cell: [top, left], size: [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1] };
}

/** What is read, where it is one number. */
const same = ([channel, ...cell]) => ({ channel, cell, size: [1, 1] });

function pooled({ places, kernel, argmax }, { layer, x, at }) {
  const value = (each) => (each.at === null ? 0 : x[each.at]);
  const best = places.findIndex((each) => each.at !== null && each.at === argmax);
  return {
    terms: places.map((each, index) => ({ ...each, isBest: index === best })), size: kernel,
    start: best < 0 ? null : inRows(places.length, kernel[1]).placeOf(best),
    note: (each, cell) => words.read(cell, short(value(each))), cells: { window: [words.grids.window, value] },
    reads: windowOf(places, place(layer.out, at)[0]),
  };
}

/** For each kind: { text, reads } and, where it has them, grids of a window with their `terms`, or other content. */
const tell = {
  conv2d: (name, { channels, bias }, value, { layer, chosen }) => {
    const { channel, terms } = channels[chosen];
    const added = channels.length > SUMS ? words.sumOver(channels.length)
      : channels.map(({ sum }) => inBrackets(sum)).join(" + ");
    return {
      text: words.conv(name, channels.length, layer.kernel.join(" × "), added, short(bias), short(value)),
      channels, terms, size: layer.kernel, reads: windowOf(terms, channel),
      note: ({ input, weight }, cell) => words.times(cell, short(input), inBrackets(weight), short(input * weight)),
      cells: {
        window: [words.windowOf(channel), ({ input }) => input],
        kernel: [words.kernelFor(channel), ({ weight }) => weight],
        product: [words.products, ({ input, weight }) => input * weight],
      },
    };
  },
  linear: (name, { terms, bias }, value, { layer }) => {
    const products = terms.map(({ input, weight }) => input * weight);
    const rows = terms.slice(0, MOST_TERMS).map(({ index, input, weight }, rank) => (
      [`[${index}]`, ...[input, weight, products[rank]].map(short)]));
    const rest = products.slice(MOST_TERMS);
    if (rest.length) rows.push([words.rest(rest.length), "", "", short(rest.reduce((sum, each) => sum + each, 0))]);
    rows.push([words.bias, "", "", short(bias)], [words.sum, "", "", short(value)]);
    return {
      text: words.linear(name, layer.in[0], short(value), short(bias)),
      content: [table(words.contributions, words.contribution, rows)],
    };
  },
  batch_norm: (name, told, value, { layer, at }) => ({
    text: words.norm(name, Object.fromEntries(Object.entries(told).map(([key, each]) => [key, inBrackets(each)])),
      short(value)),
    reads: same(place(layer.in, at)),
  }),
  activation: (name, { input, derivative }, value, { layer, at }) => ({
    text: words.activation(name, layer.name, short(input), short(value), short(derivative)),
    reads: same(place(layer.in, at)),
  }),
  max_pool: (name, told, value, given) => {
    const [, row, column] = place(given.layer.in, told.argmax);
    return { text: words.max(name, told.places.length, row, column, short(value)), ...pooled(told, given) };
  },
  mean: (name, told, value, given) => (
    { text: words.mean(name, told.divisor, short(value)), ...pooled(told, given) }),
  flatten: (name, { input, from }, value, { layer }) => (
    { text: words.flatten(name, words.cell(from, layer.in), short(input)), reads: same(from) }),
};
