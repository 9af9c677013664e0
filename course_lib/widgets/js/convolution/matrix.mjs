// The same layer as one matrix: the whole as a picture, a part of it in numbers.
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createMap, createWindow } from "../ui/maps.mjs";
import { format } from "../ui/numbers.mjs";
import { colours } from "../ui/pictures.mjs";
import words from "../words/convolution.mjs";
import { matrixOf } from "./matrix_cells.mjs";
import { isSame } from "./state.mjs";

const MOST = 25; // rows, and columns, of the numbers

/**
 * { element, show(), recolour() }: the whole as a picture and a part of it in numbers; `show` draws both anew,
 * `recolour` the picture, where the theme's colours have changed.
 */
export function createMatrix(view) {
  const at = { form: "toeplitz", place: [0, 0] };
  const form = createChoice({
    label: words.matrixForm, options: words.matrixForms,
    onChoose: (value) => {
      Object.assign(at, { form: value, place: [0, 0] });
      show();
    },
  });
  const cellAt = ([row, column]) => at.cells.get(row * at.size[1] + column);
  /** Outlines all cells in which the weight at a place stands. */
  const point = (place) => {
    const cell = cellAt(place);
    const same = at.same[cell?.weight] ?? [];
    numbers.mark({ current: place, linked: same.map((each) => each.place), pinned: false });
    const content = cell ? `${cell.weight} = ${format(cell.value)}` : words.empty;
    sentence.textContent = words.matrixCell(...nameAt(place), content, same.length);
    view.say(sentence.textContent);
  };
  const go = (place) => {
    at.place = place.map((index, axis) => Math.min(index, at.size[axis] - 1));
    const cellOf = (each) => ({ name: words.matrixPlace(...nameAt(each)),
      ...cellAt(each) ?? { value: 0, text: "", label: words.empty } });
    numbers.show(summary.textContent, at.size, at.place, cellOf);
    point(at.place);
  };
  const nameAt = (place) => at.names.map((all, axis) => all[place[axis]]);
  const summary = h("p", { class: "cw-note" });
  const sentence = h("p", { class: "cw-sentence" });
  const map = createMap({ onCell: go });
  const numbers = createWindow({ most: MOST, part: words.matrixPart, onPoint: point, onPress: go });
  const element = h("div", {}, form.element, summary, map.element, numbers.element, sentence);

  const show = () => {
    Object.assign(at, matrixOf(view, at.form), { same: {} });
    at.size = at.names.map(({ length }) => length);
    at.values = new Float64Array(at.size[0] * at.size[1]);
    for (const [key, cell] of at.cells) {
      (at.same[cell.weight] ??= []).push(cell);
      at.values[key] = cell.value;
    }
    summary.textContent = words.matrixSummary(at.form, words.size(at.size), at.cells.size);
    paint(colours(view.frame.root));
    go(at.place);
  };
  const paint = (found) => {
    at.colours = found;
    map.show([1, ...at.size], at.values, 0, null, "", found);
  };
  const recolour = () => {
    const found = colours(view.frame.root);
    if (at.values && !isSame(found, at.colours)) paint(found); // a large picture takes its time
  };
  return { element, show, recolour };
}
