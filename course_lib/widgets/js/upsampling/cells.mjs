// Rows of numbers as what a NumberGrid draws, and grids that are only read.
import { h } from "../ui/dom.mjs";
import { NumberGrid, densityFor } from "../ui/grid.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/upsampling.mjs";

export const cells = (grid, rows, editable = false) => rows.map((row, i) => row.map((value, j) => ({
  name: words.name(grid, [i, j]), value, text: format(value, 3), kind: "", label: null, editable,
})));

export const caption = (grid, rows) => words.caption(words.grids[grid], words.size([rows.length, rows[0].length]));

/** { element, show(rows) } of a grid called `name` that tells the cell it is asked for. */
export function readGrid(name, say) {
  const grid = new NumberGrid({
    onPoint: (cell) => {
      grid.mark({ current: cell, linked: [], tags: null, pinned: false });
      say(`${grid.at(cell).name} = ${grid.at(cell).text}`);
    },
    onPress: () => {}, onEscape: () => {}, onEdit: () => {}, mayEdit: () => false,
  });
  const title = h("p", { class: "cw-caption" });
  const show = (rows) => {
    title.textContent = caption(name, rows);
    grid.draw(cells(words.grids[name], rows), { label: title.textContent, density: densityFor([rows[0].length]) });
  };
  return { element: h("div", { class: "cw-panel" }, title, grid.element), show };
}
