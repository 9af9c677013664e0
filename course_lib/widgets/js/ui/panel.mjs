// A grid of numbers under its caption.
import { mapRows } from "../core/arrays.mjs";
import { h } from "./dom.mjs";
import { NumberGrid, densityFor } from "./grid.mjs";
import { format } from "./numbers.mjs";

/** Rows of numbers as what a NumberGrid draws; `nameOf(row, column)` names a cell. */
export const cellsOf = (rows, nameOf, editable = false, digits = 3) => mapRows(rows, (value, i, j) => (
  {
    name: nameOf(i, j), value: Number.isFinite(value) ? value : 0, text: format(value, digits), kind: "", label: null,
    editable,
  }));

/**
 * { element, caption, grid, show(cells, title, density), has(cell) }; `handlers` are those of a NumberGrid, and `below`
 * stands under it. `title` is the text of `caption` and names the grid; without `density` the grid is as for a page of
 * its own. `has` says whether there is such a cell in a panel that is not hidden.
 */
export function createPanel(handlers, ...below) {
  const grid = new NumberGrid(handlers);
  const caption = h("p", { class: "cw-caption" });
  const show = (cells, title, density = densityFor([cells[0].length])) => {
    caption.textContent = title;
    grid.draw(cells, { label: title, density });
  };
  const element = h("div", { class: "cw-panel" }, caption, grid.element, ...below);
  const has = ([row, column]) => !element.hidden && grid.content[row]?.[column] !== undefined;
  return { element, caption, grid, show, has };
}

/** The same to be read only: it says the name and number of the cell that is pointed at. */
export function createReadPanel(say, handlers = {}) {
  const onPoint = (cell) => {
    const { grid } = panel;
    grid.mark({ current: cell });
    say(`${grid.at(cell).name} = ${grid.at(cell).text}`);
  };
  const panel = createPanel({ onPoint, onPress: onPoint, ...handlers });
  return panel;
}
