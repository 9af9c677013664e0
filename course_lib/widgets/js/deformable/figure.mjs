// Input, kernel and output side by side: what reads what, and where the taps of the chosen output stand.
import * as core from "../core/deformable.mjs";
import { h } from "../ui/dom.mjs";
import { NumberGrid } from "../ui/grid.mjs";
import { format } from "../ui/numbers.mjs";
import { createPin } from "../ui/pin.mjs";
import words from "../words/deformable.mjs";
import { createPlane } from "./plane.mjs";

const TAG_DIGITS = 2;

/** Rows of numbers as what a NumberGrid draws. */
export const cells = (grid, rows, editable) => core.map(rows, (value, i, j) => ({
  name: words.name(words.grids[grid], [i, j]), value, text: format(value, 3), kind: "", label: null, editable,
}));

export const caption = (grid, rows) => words.caption(words.grids[grid], words.size([rows.length, rows[0].length]));

/** A grid under its caption: { element, grid, show(rows, density) }. */
export function captioned(name, options, editable) {
  const grid = new NumberGrid(options);
  const title = h("p", { class: "cw-caption" });
  const show = (rows, density) => {
    title.textContent = caption(name, rows);
    grid.draw(cells(name, rows, editable), { label: title.textContent, density });
  };
  return { element: h("div", { class: "cw-panel" }, title, grid.element), grid, show };
}

export const densityOf = (columns) => (columns <= 9 ? "low" : columns <= 12 ? "middle" : "high");

/**
 * { element, show(state), chosen: { cell, tap }, chooseCell(cell), chooseTap(tap) }. `onEdit(name, cell, value)`,
 * `onDrag(tap, place)`, `onChoose()` when another output cell or tap is chosen, `gradient()` is what arrows show.
 */
export function createFigure({ say, onEdit, onDrag, onChoose, gradient }) {
  const view = { chosen: { cell: [0, 0], tap: 0 }, gradient };
  const gridOf = ({ grid }) => (grid === "input" ? view.plane.grid : view[grid].grid);
  view.pin = createPin({
    say, gridOf,
    tell: (selection) => {
      take(view, selection);
      onChoose();
      return mark(view, selection);
    },
  });
  view.plane = createPlane({
    handlers: view.pin.handlers({ grid: "input" }), onDrag, onEdit: (...edited) => onEdit("input", ...edited),
  });
  view.kernel = captioned("kernel", {
    ...view.pin.handlers({ grid: "kernel" }), onEdit: (...edited) => onEdit("kernel", ...edited),
  }, true);
  view.output = captioned("output", { ...view.pin.handlers({ grid: "output" }), onEdit: () => {} }, false);
  view.sentence = h("p", { class: "cw-sentence" });
  const element = h("div", {},
    h("div", { class: "cw-figure" }, view.plane.element,
      h("div", { class: "cw-side" }, view.kernel.element, view.output.element)),
    h("div", { class: "cw-story" }, view.sentence, view.pin.button));
  return {
    element, chosen: view.chosen,
    show: (state) => show(view, state),
    chooseCell: (cell) => view.pin.select({ grid: "output", cell }, false),
    chooseTap: (tap) => {
      view.chosen.tap = tap;
      onChoose();
      mark(view, view.pin.selection());
    },
  };
}

function show(view, state) {
  view.state = state;
  view.values = core.forward(state);
  view.plane.show(state);
  view.kernel.show(state.kernel, "low");
  view.output.show(view.values, densityOf(view.values[0].length));
  const { chosen } = view;
  const sizes = [view.values.length, view.values[0].length];
  if (view.sizes && String(view.sizes) !== String(sizes)) chosen.cell = sizes.map((size) => size >> 1);
  if (!view.sizes) Object.assign(chosen, { cell: sizes.map((size) => size >> 1) });
  const count = state.kernel.flat().length;
  // The middle tap of a snake does not move: the last one shows more.
  if (count !== view.count) chosen.tap = state.operation === "snake" ? count - 1 : count >> 1;
  Object.assign(view, { sizes, count });
  const selection = view.pin.selection();
  const isThere = ({ grid, cell: [row, column] }) => (
    (grid === "input" ? view.plane.grid : view[grid].grid).content[row]?.[column]);
  if (selection && isThere(selection)) return view.pin.select(selection, false);
  view.pin.forget();
  return view.pin.select({ grid: "output", cell: chosen.cell }, false);
}

/** What the selection chooses: an output cell, or a tap of the kernel. */
function take({ chosen, state }, { grid, cell }) {
  if (grid === "output") chosen.cell = cell;
  if (grid === "kernel") chosen.tap = cell[0] * state.kernel[0].length + cell[1];
}

/** Outlines everything that belongs to the selection, draws the taps, and returns the sentence. */
function mark(view, { grid, cell }) {
  const { plane, state, chosen, pin } = view;
  const pinned = (name) => pin.isPinned() && grid === name;
  const terms = core.taps(state, chosen.cell);
  const term = terms[chosen.tap];
  const around = term.neighbours.map((one) => ({ ...one, drawn: plane.toDrawn(one.cell) }))
    .filter(({ weight, drawn }) => weight !== 0 && plane.isDrawn(drawn));
  const isInput = grid === "input";
  const found = isInput ? core.readers(state, plane.toInput(cell)) : [];
  plane.grid.mark({
    current: isInput ? cell : null, linked: isInput ? [] : around.map(({ drawn }) => drawn),
    tags: null, pinned: pinned("input"), // the taps lie over the cells, and the text has the weights
  });
  view.kernel.grid.mark({ current: term.cell, linked: [], tags: null, pinned: pinned("kernel") });
  view.output.grid.mark({
    current: isInput ? null : chosen.cell, linked: found.map(({ output }) => output),
    tags: found.map(({ weight }) => format(weight, TAG_DIGITS)), pinned: pinned("output"),
  });
  plane.drawTaps(chosen.cell, chosen.tap, view.gradient());
  view.sentence.textContent = tell(view, { grid, cell }, terms, found);
  return view.sentence.textContent;
}

function tell({ plane, kernel, output, chosen }, { grid, cell }, terms, found) {
  if (grid === "kernel") {
    const { name, value } = kernel.grid.at(cell);
    return words.weighs(chosen.tap, name, format(value), terms[chosen.tap].place.map((at) => format(at, 4)));
  }
  if (grid === "output") {
    const { name, value } = output.grid.at(cell);
    return words.result(name, terms.length, format(value));
  }
  const { name, value, kind } = plane.grid.at(cell);
  if (kind) return words.noReader(name);
  return words.reads(name, format(value), found.map((one) => ({ ...one, text: format(one.weight, 4) })));
}
