// Rows of numbers as what a NumberGrid draws, and grids that are only read.
import { sizeOf } from "../core/arrays.mjs";
import { cellsOf, createReadPanel } from "../ui/panel.mjs";
import words from "../words/upsampling.mjs";

/** What the panel of the grid `grid` is called, where it shows `rows`. */
export const caption = (grid, rows) => words.caption(words.grids[grid], sizeOf(rows));

/** `rows` of the grid called `name` as what a NumberGrid draws. */
export const cells = (name, rows, editable) => cellsOf(rows, (...cell) => words.name(name, cell), editable);

/** { element, show(rows) } of a grid that tells the cell it is asked for. */
export function readGrid(grid, say) {
  const { element, show } = createReadPanel(say);
  return { element, show: (rows) => show(cells(words.grids[grid], rows), caption(grid, rows)) };
}
