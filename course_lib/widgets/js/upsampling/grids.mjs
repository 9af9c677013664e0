// Input, kernel or switches, and output, with what reads what; the sum behind a cell; the output size.
import { byName, crop, mapRows, sizeOf } from "../core/arrays.mjs";
import * as core from "../core/upsampling.mjs";
import { h } from "../ui/dom.mjs";
import { densityFor } from "../ui/grid.mjs";
import { factor, format } from "../ui/numbers.mjs";
import { createPanel } from "../ui/panel.mjs";
import { createPin } from "../ui/pin.mjs";
import words from "../words/upsampling.mjs";
import { caption, cells } from "./cells.mjs";

const GRIDS = ["input", "kernel", "switches", "output"];
const MOST_TERMS = 16;
const TAG_CHARACTERS = 5;
/** What is chosen before the reader chooses: the output in the middle, where most inputs meet. */
const start = (rows) => ({ grid: "output", cell: sizeOf(rows).map((length) => length >> 1) });

/** { element, show(state, keepsSelection), inputCell() }. `onEdit(grid, cell, value)`, `onChoose()`. */
export function gridsView({ say, onEdit, onChoose }) {
  const view = { say };
  view.pin = createPin({
    say, gridOf: ({ grid }) => view.panels[grid].grid,
    tell: (selection) => {
      const sentence = select(view, selection);
      onChoose();
      return sentence;
    },
  });
  view.panels = byName(GRIDS, (name) => createPanel({
    ...view.pin.handlers({ grid: name }), onEdit: (cell, value) => onEdit(name, cell, value),
  }));
  view.sizes = h("div", { class: "cw-sizes" });
  const element = h("div", {},
    h("div", { class: "cw-figure" }, ...GRIDS.map((name) => view.panels[name].element)),
    view.pin.story, view.sizes,
    h("p", { class: "cw-help" }, words.help));
  return { element, show: (state, keeps) => show(view, state, keeps), inputCell: () => inputCell(view) };
}

function show(view, state, keepsSelection) {
  view.state = state;
  view.output = core.forward(state);
  const { method, input, scale } = state;
  const used = core.USES[method];
  const places = mapRows(crop(state.switches, sizeOf(input)), (place) => place % scale ** 2);
  const rows = {
    input, kernel: used.includes("kernel") && state.kernel, switches: used.includes("switches") && places,
    output: view.output,
  };
  const density = densityFor(GRIDS.filter((name) => rows[name]).map((name) => rows[name][0].length));
  for (const name of GRIDS) {
    const panel = view.panels[name];
    panel.element.hidden = !rows[name];
    if (!rows[name]) continue;
    panel.show(cells(name, rows[name], name !== "output"), caption(name, rows[name]), density);
    // Room for the weights of an interpolation, which have three digits after the point.
    if (/^bi/.test(method)) panel.grid.grid.style.setProperty("--cw-characters", TAG_CHARACTERS);
  }
  drawSizes(view);
  if (!keepsSelection) view.pin.forget();
  view.pin.keep(start(view.output), ({ grid, cell }) => view.panels[grid].has(cell), false);
  view.say(caption("output", view.output));
}

function drawSizes({ sizes, state }) {
  const numbers = core.sizesOf(state);
  const { rule, put } = words.sizes[state.method === "transposed" ? "transposed" : "plain"];
  const lines = [numbers.height, numbers.width].map((length, axis) => (
    words.sizeLine(axis, put({ ...numbers, length }), core.outputSize(numbers, axis))));
  sizes.replaceChildren(h("p", { class: "cw-caption" }, words.outputSize),
    ...[rule, ...lines].map((line) => h("p", {}, line)));
}

// ---- selection ----------------------------------------------------------------------------------

/** The input cell that the selection is about: itself, or the one that weighs most in the output. */
function inputCell({ pin, state }) {
  const { grid, cell } = pin.selection();
  const found = grid === "input" || grid === "switches" ? cell
    : core.merge(core.connections(state, grid, cell)).sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))[0]?.input;
  return found ?? [0, 0];
}

/** Outlines everything that takes part in the sums of one cell, and tells them. */
function select(view, selection) {
  const { grid, cell } = selection;
  const asked = grid === "switches" ? "input" : grid;
  const products = core.connections(view.state, asked, cell);
  const shown = grid === "output" ? core.merge(products) : products;
  for (const name of GRIDS.filter((each) => !view.panels[each].element.hidden)) {
    const isFarEnd = name === { input: "output", output: "input", switches: "output" }[grid];
    const linked = isFarEnd ? shown : products;
    const key = name === "switches" ? "input" : name;
    view.panels[name].grid.mark({
      current: grid === name ? cell : null,
      linked: linked.filter((product) => product[key]).map((product) => product[key]),
      tags: isFarEnd ? linked.map(({ weight }) => format(Number(weight.toFixed(3)), 4)) : null,
      pinned: view.pin.isPinned(),
    });
  }
  const sentence = tell(view, selection, shown);
  view.pin.sentence.textContent = sentence;
  return sentence;
}

function tell({ panels, state }, { grid, cell }, products) {
  const { name, value } = panels[grid].grid.at(cell);
  if (grid === "kernel") return words.weighs(name, format(value), products.length);
  if (grid === "input") {
    const fed = products.map(({ output, weight }) => ({ output, text: format(weight, 4) }));
    return words.feeds(name, format(value), fed);
  }
  if (grid === "switches") {
    const [row, column] = products[0].output;
    return words.switches(name, value, row * state.input[0].length * state.scale + column);
  }
  const terms = products.map(({ input: [i, j], weight }) => (
    `${factor(state.input[i][j])} × ${factor(Number(weight.toPrecision(4)))}`));
  const sum = format(value);
  const told = terms.length > MOST_TERMS ? words.longSum(name, terms.length, sum)
    : words.sum(name, terms.join(" + "), sum);
  const [tap] = products.map(({ kernel }) => kernel);
  return state.method === "pixel_shuffle" ? told + words.channel(tap[0] * state.scale + tap[1]) : told;
}
