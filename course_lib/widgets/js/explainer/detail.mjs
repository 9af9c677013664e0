// How one number of one layer is made: what is read, the products, the sum; and all numbers of its map.
import { byName, range, sum } from "../core/arrays.mjs";
import { explain, flat, place } from "../core/explainer.mjs";
import { h } from "../ui/dom.mjs";
import { createFields } from "../ui/fields.mjs";
import { createMap, createMapTable, createWindow } from "../ui/maps.mjs";
import { factor, short } from "../ui/numbers.mjs";
import { createPin } from "../ui/pin.mjs";
import { rangeProblem } from "../ui/problem.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/explainer.mjs";

const MOST_TERMS = 10;
const [WINDOW, SUMS] = [15, 8]; // most rows, and columns, in numbers
const VECTOR_COLUMNS = 10;
const NOWHERE = [-1, -1];
const AXES = ["map", "row", "column"];
const inBrackets = (value) => factor(value, 4);
const sized = (shape) => [...shape, 1, 1].slice(0, 3);
const captionOf = (text = "") => h("p", { class: "cw-caption" }, text);
const panelOf = (caption, element) => h("div", { class: "cw-panel" }, caption, element);

/** { element, show(view) }, where view is { network, outputs, at, colours }. `onPlace(at)` asks for another number. */
export function createDetail({ onPlace, say }) {
  const own = { channel: 0, told: {}, layer: -1 };
  const move = (...where) => onPlace([own.view.at[0], ...where]);
  const title = captionOf();
  const fields = createFields(byName(AXES, () => [0]), words, ask, byName(
    AXES, (_, axis) => ({ stops: () => range(own.sizes?.[axis] ?? 1) })));
  const input = createMap({});
  const output = createMap({ onCell: (cell) => move(own.view.at[1], ...cell) });
  const sentence = h("p", { class: "cw-sentence" });
  const list = h("div", {});
  const numbers = createMapTable({ say, part: words.part, onPress: (cell) => move(...own.placeOf(cell)) });
  const sums = createWindow({
    most: SUMS, say, part: words.part, onPress: (cell) => {
      own.channel = inRows(own.told.channels.length, SUMS).indexOf(cell);
      show(own.view);
      say(sentence.textContent);
    },
  });
  const pin = createPin({ say, gridOf: ({ grid }) => windows[grid], tell: choose });
  const windows = byName(Object.keys(words.grids), (grid) => {
    const caption = captionOf();
    const made = createWindow({ most: WINDOW, part: words.part, ...pin.handlers({ grid }) });
    return { ...made, caption, panel: panelOf(caption, made.element) };
  });
  const sumPanel = panelOf(captionOf(words.sums), sums.element);
  const sign = (text) => h("span", { class: "cw-sign", "aria-hidden": "true" }, text);
  const { window: first, kernel, product } = windows;
  const figure = h("div", { class: "cw-figure" },
    first.panel, sign("×"), kernel.panel, sign("="), product.panel);
  const { sentence: note, story } = pin;
  note.classList.add("cw-note");
  const body = h("div", {}, h("div", { class: "cw-figure cw-maps" }, input.element, output.element), sumPanel, figure,
    story, list, numbers.element);
  const element = h("div", {}, title, h("div", { class: "cw-controls" }, ...fields.elements),
    sentence, body);

  function ask(name, value) {
    const asked = own.view.at.slice(1);
    const axis = AXES.indexOf(name);
    const problem = rangeProblem(name, value, [0, own.sizes[axis] - 1], asked[axis]);
    asked[axis] = value;
    if (!problem) {
      move(...asked);
      return;
    }
    showFields(asked, [problem]);
    sentence.textContent = words.problem.range(problem);
    say(sentence.textContent);
    body.hidden = true; // what was explained before is not what is asked for now
  }

  function showFields([map, row, column], problems) {
    fields.show({ map, row, column }, problems, AXES.filter((_, axis) => own.sizes[axis] > 1));
  }

  function drawGrids(around) {
    const { cells, size, terms, best } = own.told;
    for (const [grid, [label, valueOf]] of Object.entries(cells)) {
      windows[grid].show(label, size, around, ([row, column]) => {
        const index = row * size[1] + column;
        const isPadding = terms[index].at === null;
        return {
          name: `${words.grids[grid]} ${words.cell([row, column])}`, value: valueOf(terms[index]),
          kind: isPadding ? "is-padding" : index === best ? "is-best" : "",
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
    for (const [name, { panel, caption }] of Object.entries(windows)) {
      panel.hidden = !cells[name];
      caption.textContent = cells[name]?.[0] ?? "";
    }
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
    own.placeOf = (cell) => (vector ? [vector.indexOf(cell), 0, 0] : [channel, ...cell]);
    const label = words.table(vector ? words.vector(out[0]) : words.map(channel));
    const chosen = vector ? vector.placeOf(channel) : [row, column];
    numbers.show(label, vector ? vector.size : out.slice(1), chosen, (cell) => {
      const where = own.placeOf(cell);
      const value = values[flat(out, where)]; // there is none past the end of a vector
      return value !== undefined && { name: words.cell(where, out), value };
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
    title.textContent = words.layer(index, layer);
    showFields(where, []);
    body.hidden = false;
    const value = short(y[at]);
    own.told = tell[family(layer)](name, found, value, { layer, at, chosen: own.channel });
    const { text, content = [], reads } = own.told;
    sentence.textContent = text;
    list.replaceChildren(...content);
    showGrids(index);
    output.show(layer.out, y, where[0], same(where), words.givesMap(where[0]), view.colours);
    input.show(layer.in, x, reads?.channel ?? 0, reads, words.readsMap(reads?.channel ?? 0), view.colours);
    showTable(layer, y, where);
    return `${name} = ${value}`;
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
  const [{ row, column }, last] = [places[0], places.at(-1)];
  return { channel, cell: [row, column], size: [last.row - row + 1, last.column - column + 1] };
}

/** One number, for the outline on its map. */
const same = ([channel, ...cell]) => ({ channel, cell, size: [1, 1] });

function pooled({ places, kernel, argmax }, { layer, at }) {
  const best = places.findIndex((each) => each.at !== null && each.at === argmax);
  return {
    terms: places, best, start: best < 0 ? null : inRows(places.length, kernel[1]).placeOf(best), size: kernel,
    note: ({ input }, cell) => words.read(cell, short(input)), reads: windowOf(places, place(layer.out, at)[0]),
    cells: { window: [words.grids.window, ({ input }) => input] },
  };
}

/**
 * For each kind, of `name` and its value as text: { text, reads } and, where it has them, grids of a window with their
 * `terms`, or other content.
 */
const tell = {
  conv2d: (name, { channels, bias }, value, { layer, chosen }) => {
    const { channel, terms } = channels[chosen];
    const added = channels.length > SUMS ? words.sumOver(channels.length)
      : channels.map(({ sum }) => inBrackets(sum)).join(" + ");
    return {
      text: words.conv(name, channels.length, layer.kernel.join(" × "), added, short(bias), value),
      channels, terms, size: layer.kernel, reads: windowOf(terms, channel),
      note: ({ input, weight, product }, cell) => words.product(cell, short(input), inBrackets(weight), short(product)),
      cells: {
        window: [words.windowOf(channel), ({ input }) => input],
        kernel: [words.kernelFor(channel), ({ weight }) => weight],
        product: [words.products, ({ product }) => product],
      },
    };
  },
  linear: (name, { terms, bias }, value, { layer }) => {
    const rows = terms.slice(0, MOST_TERMS).map(({ index, input, weight, product }) => (
      [words.cell([index]), ...[input, weight, product].map(short)]));
    const rest = terms.slice(MOST_TERMS).map(({ product }) => product);
    if (rest.length) rows.push([words.rest(rest.length), "", "", short(sum(rest))]);
    rows.push([words.bias, "", "", short(bias)], [words.sum, "", "", value]);
    return {
      text: words.linear(name, layer.in[0], value, short(bias)),
      content: [table(words.contributions, words.contribution, rows)],
    };
  },
  batch_norm: (name, told, value, { layer, at }) => ({
    text: words.norm(name, byName(Object.keys(told), (key) => inBrackets(told[key])), value),
    reads: same(place(layer.in, at)),
  }),
  activation: (name, { input, derivative }, value, { layer, at }) => ({
    text: words.activation(name, layer.name, short(input), value, short(derivative)),
    reads: same(place(layer.in, at)),
  }),
  max_pool: (name, told, value, given) => {
    const [, row, column] = place(given.layer.in, told.argmax);
    return { text: words.max(name, told.places.length, row, column, value), ...pooled(told, given) };
  },
  mean: (name, told, value, given) => (
    { text: words.mean(name, told.divisor, value), ...pooled(told, given) }),
  flatten: (name, { from }, value, { layer }) => (
    { text: words.flatten(name, words.cell(from, layer.in), value), reads: same(from) }),
};
