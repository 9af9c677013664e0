// A linear map as one matrix: the whole as a picture, a part of it in numbers.
import { isSame } from "../core/arrays.mjs";
import { h } from "./dom.mjs";
import { createMap, createWindow } from "./maps.mjs";
import { format } from "./numbers.mjs";
import { colours, followColours } from "./pictures.mjs";
import words from "../words/shared.mjs";

const MOST = 25; // rows, and columns, of the numbers

/**
 * { element, show(names, cells, summary), stop() }. `names`: those of the rows and of the columns; `cells`:
 * { place: [row, column], value, weight } of those that are not empty, where `weight` names what stands there, the
 * same in all cells that share it. `summary`, [what a row is, what a column is], is told with the size.
 */
export function createMatrix(say) {
  const matrix = { place: [0, 0], stop: () => {} };
  const key = ([row, column]) => row * matrix.size[1] + column;
  const nameAt = (place) => matrix.names.map((all, axis) => all[place[axis]]);
  /** Outlines all cells in which the weight at a place stands. */
  const point = (place) => {
    const cell = matrix.at.get(key(place));
    const same = matrix.same[cell?.weight] ?? [];
    numbers.mark({ current: place, linked: same.map((each) => each.place) });
    const value = format(cell?.value ?? 0);
    const content = cell ? [cell.weight, value].filter((text, at) => at || text !== value).join(" = ") : words.empty;
    sentence.textContent = words.matrixCell(...nameAt(place), content, same.length);
    say(sentence.textContent);
  };
  const go = (place) => {
    matrix.place = place.map((index, axis) => Math.min(index, matrix.size[axis] - 1));
    const cellOf = (each) => ({ name: words.matrixPlace(...nameAt(each)),
      ...matrix.at.get(key(each)) ?? { value: 0, text: "", label: words.empty } });
    numbers.show(about.textContent, matrix.size, matrix.place, cellOf);
    point(matrix.place);
  };
  const about = h("p", { class: "cw-note" });
  const sentence = h("p", { class: "cw-sentence" });
  const map = createMap({ onCell: go });
  const numbers = createWindow({ most: MOST, part: words.matrixPart, onPoint: point, onPress: go });
  const element = h("div", { class: "cw-matrix" }, about, map.element, numbers.element, sentence);

  const show = (names, cells, summary) => {
    if (!matrix.names) matrix.stop = followColours(element.closest(".course-widget"), recolour);
    Object.assign(matrix, { names, size: names.map(({ length }) => length), at: new Map(), same: {} });
    matrix.values = new Float64Array(matrix.size[0] * matrix.size[1]);
    for (const cell of cells) {
      matrix.at.set(key(cell.place), cell);
      (matrix.same[cell.weight] ??= []).push(cell);
      matrix.values[key(cell.place)] = cell.value;
    }
    about.textContent = words.matrixSummary(matrix.size, summary, cells.length);
    paint(coloursNow());
    go(matrix.place);
  };
  const coloursNow = () => colours(element.closest(".course-widget"));
  const paint = (found) => {
    matrix.colours = found;
    map.show([1, ...matrix.size], matrix.values, 0, null, "", found);
  };
  const recolour = () => {
    if (!element.isConnected) return;
    const found = coloursNow();
    if (!isSame(found, matrix.colours)) paint(found); // a large picture takes its time
  };
  return { element, show, stop: () => matrix.stop() };
}
