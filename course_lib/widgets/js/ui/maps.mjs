// Maps of numbers, however large: as a picture with an outline, and in numbers about a chosen place.
import { clamp, isSame, range } from "../core/arrays.mjs";
import { h, placeIn } from "./dom.mjs";
import { NumberGrid } from "./grid.mjs";
import style from "./maps.css";
import { format } from "./numbers.mjs";
import { outline, paintMap, strongest } from "./pictures.mjs";
import { addStyle } from "./theme.mjs";

const MOST = 28; // rows, and columns, of a table
const NONE = "is-none"; // the kind of a cell without a number, which cannot be pressed

/** { element, show(shape, values, channel, mark, label, colours) }: `mark` is { cell, size } or null. */
export function createMap({ onCell }) {
  addStyle("maps", style);
  const caption = h("p", { class: "cw-caption" });
  const canvas = h("canvas", { class: "cw-map" });
  const frame = h("span", { class: "cw-outline" });
  let size = [1, 1];
  const press = (event) => onCell(placeIn(canvas, event).map(
    (share, axis) => clamp(Math.floor(share * size[axis]), 0, size[axis] - 1)));
  // Not focusable: what a press does here must be had by keyboard elsewhere, such as in the table.
  const picture = h("div", { class: `cw-picture-box ${onCell ? "cw-press" : ""}`, onclick: onCell ? press : () => {} },
    canvas, frame);
  const element = h("div", { class: "cw-panel" }, caption, picture);
  const show = (shape, values, channel, mark, label, colours) => {
    element.hidden = shape.length !== 3 || shape[1] * shape[2] === 1;
    if (element.hidden) return;
    size = shape.slice(1);
    caption.textContent = label;
    paintMap(canvas, values, channel * size[0] * size[1], size, strongest(values), colours);
    picture.style.aspectRatio = size[1] / size[0];
    picture.style.setProperty("--cw-aspect", size[1] / size[0]);
    frame.hidden = !mark;
    if (mark) outline(frame, mark.cell, mark.size, size);
  };
  return { element, show };
}

/**
 * Numbers as a grid of at most `most` × `most` cells, of a larger map those around the chosen place:
 * { element, show(label, size, around, cellOf), mark(marks), at(cell), isLinked(cell), focus(cell) }, all in places of
 * the whole map. `cellOf([row, column])`: { value } and perhaps { name, kind, label }, as NumberGrid has them, or null.
 * `part(from, counts, size)` says which cells these are. Without `onPoint`, `say` tells the cell that is pointed at.
 */
export function createWindow({ most, part, say, onPoint, onPress, onEscape = () => {} }) {
  addStyle("maps", style);
  let from = [0, 0];
  let counts = [0, 0];
  const far = (cell) => cell.map((place, axis) => place + from[axis]);
  const near = (cell) => cell.map((place, axis) => place - from[axis]);
  const isHere = (cell) => near(cell).every((place, axis) => place >= 0 && place < counts[axis]);
  const tell = (cell) => {
    const { name, text } = grid.at(cell);
    if (text) say(`${name} = ${text}`);
  };
  const grid = new NumberGrid({
    onPoint: (cell) => (onPoint ? onPoint(far(cell)) : tell(cell)), onEscape, mayEdit: () => false,
    onPress: (cell) => { if (grid.at(cell).kind !== NONE) onPress(far(cell)); },
  });
  const note = h("p", { class: "cw-note" });
  const show = (label, size, around, cellOf) => {
    const before = from;
    counts = size.map((length) => Math.min(length, most));
    from = around.map((place, axis) => clamp(place - (counts[axis] >> 1), 0, size[axis] - counts[axis]));
    const hasMoved = !isSame(from, before) && grid.grid.contains(document.activeElement);
    const rows = range(counts[0]).map((i) => range(counts[1]).map((j) => {
      const place = far([i, j]);
      const cell = cellOf(place);
      if (!cell) return { name: "–", value: 0, text: "", kind: NONE, label: "–" };
      return { name: `[${place.join(", ")}]`, text: format(cell.value, 3), kind: "", label: null, ...cell };
    }));
    grid.draw(rows, { label, density: counts[1] > 7 ? "high" : "middle" });
    note.hidden = isSame(counts, size);
    note.textContent = part(from, counts, size);
    if (hasMoved) focus(around);
  };
  const focus = (cell) => grid.focus(near(cell));
  const mark = ({ current, linked = [], pinned }) => grid.mark({
    current: isHere(current) ? near(current) : null, linked: linked.filter(isHere).map(near), tags: null, pinned,
  });
  return {
    element: h("div", {}, note, grid.element), show, mark, focus, at: (cell) => grid.at(near(cell)),
    isLinked: (cell) => grid.isLinked(near(cell)),
  };
}

/** The same under a summary, filled when it is opened: { element, show(label, size, chosen, cellOf) }. */
export function createMapTable(options) {
  const numbers = createWindow({ most: MOST, ...options });
  const summary = h("summary", {});
  const element = h("details", { class: "cw-details", ontoggle: () => draw() }, summary, numbers.element);
  let shown = null;
  const draw = () => {
    if (!element.open || !shown) return;
    numbers.show(...shown);
    numbers.mark({ current: shown[2], pinned: true });
  };
  const show = (...given) => {
    shown = given;
    summary.textContent = given[0];
    draw();
  };
  return { element, show };
}
