// Input, kernel and output side by side: what reads what, and where the taps of the chosen output stand.
import { isSame, sizeOf } from "../core/arrays.mjs";
import * as core from "../core/deformable.mjs";
import { h } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import { cellsOf, createPanel } from "../ui/panel.mjs";
import { createPin } from "../ui/pin.mjs";
import words from "../words/deformable.mjs";
import { createPlane } from "./plane.mjs";

const TAG_DIGITS = 2;

/** Shows the rows of the grid `name` in a panel. */
export function showRows(panel, name, rows, isEditable = false) {
  const title = words.grids[name];
  panel.show(cellsOf(rows, (...cell) => words.name(title, cell), isEditable), words.caption(title, sizeOf(rows)));
}

/**
 * { element, show(state), chosen: { cell, tap }, chooseCell(cell), chooseTap(tap) }. `onEdit(name, cell, value)`,
 * `onDrag(tap, place)`, `onChoose()` when another output cell or tap is chosen, `gradient()` is what arrows show.
 */
export function createFigure({ say, onEdit, onDrag, onChoose, gradient }) {
  const view = { chosen: { cell: [0, 0], tap: 0 }, gradient };
  view.pin = createPin({
    say, gridOf: ({ grid }) => view[grid].grid,
    tell: (selection) => {
      take(view, selection);
      onChoose();
      return mark(view, selection);
    },
  });
  const handlers = (grid) => ({ ...view.pin.handlers({ grid }), onEdit: (...edited) => onEdit(grid, ...edited) });
  view.input = createPlane(handlers("input"), onDrag);
  view.kernel = createPanel(handlers("kernel"));
  view.output = createPanel(handlers("output"));
  const element = h("div", {},
    h("div", { class: "cw-figure" }, view.input.element,
      h("div", { class: "cw-side" }, view.kernel.element, view.output.element)),
    view.pin.story);
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
  const { chosen, pin } = view;
  const values = core.forward(state);
  view.input.show(state);
  showRows(view.kernel, "kernel", state.kernel, true);
  showRows(view.output, "output", values);
  const [size, count] = [sizeOf(values), state.kernel.flat().length];
  if (!isSame(size, view.size)) chosen.cell = size.map((length) => length >> 1);
  // The middle tap of a snake does not move: the last one shows more.
  if (count !== view.count) chosen.tap = core.isSnake(state) ? count - 1 : count >> 1;
  Object.assign(view, { state, size, count });
  pin.keep({ grid: "output", cell: chosen.cell }, ({ grid, cell }) => view[grid].has(cell), false);
}

/** What the selection chooses: an output cell, or a tap of the kernel. */
function take({ chosen, state }, { grid, cell }) {
  if (grid === "output") chosen.cell = cell;
  if (grid === "kernel") chosen.tap = cell[0] * state.kernel[0].length + cell[1];
}

/** Outlines everything that belongs to the selection, draws the taps, and returns the sentence. */
function mark(view, { grid, cell }) {
  const { input, state, chosen, pin } = view;
  const pinned = (name) => pin.isPinned() && grid === name;
  const terms = core.taps(state, chosen.cell);
  const term = terms[chosen.tap];
  const around = term.neighbours.filter(({ weight }) => weight !== 0).map((one) => input.toDrawn(one.cell))
    .filter(input.has);
  const isInput = grid === "input";
  const found = isInput ? core.readers(state, input.toInput(cell)) : [];
  // No tags: the taps lie over the cells, and the text has the weights.
  input.grid.mark({ current: isInput ? cell : null, linked: isInput ? [] : around, pinned: pinned("input") });
  view.kernel.grid.mark({ current: term.cell, pinned: pinned("kernel") });
  view.output.grid.mark({
    current: isInput ? null : chosen.cell, linked: found.map(({ output }) => output),
    tags: found.map(({ weight }) => format(weight, TAG_DIGITS)), pinned: pinned("output"),
  });
  input.drawTaps(chosen.cell, chosen.tap, view.gradient());
  pin.sentence.textContent = tell(view, { grid, cell }, terms, found);
  return pin.sentence.textContent;
}

function tell(view, { grid, cell }, terms, found) {
  const { name, value, kind } = view[grid].grid.at(cell);
  const [number, { tap }] = [format(value), view.chosen];
  if (grid === "kernel") return words.weighs(tap, name, number, terms[tap].place.map((at) => format(at, 4)));
  if (grid === "output") return words.result(name, terms.length, number);
  if (kind) return words.noReader(name);
  return words.reads(name, number, found.map((one) => ({ ...one, text: format(one.weight, 4) })));
}
