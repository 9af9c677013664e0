// A plane of pixels or units in SVG: pointed at, walked through with the arrow keys, with a window and a tint over it.
import { svg, uniqueId } from "../ui/dom.mjs";

const LINED_SIDE = 48; // up to so many cells a side are told apart by lines
const CELL_REM = 1.75;
const MOST_REM = 23;

const box = ([top, left, bottom, right]) => `M${left} ${top}H${right + 1}V${bottom + 1}H${left}Z`;

/**
 * { element, show(picture) }. `onPoint(cell)`: pointer or focus came to a cell; `onPress(cell)`: click, tap, Enter or
 * Space; `onEscape()`. In `show`: { size, margin: [top, left, bottom, right] around it, label, rows, columns: runs that
 * are lit, isPinned, current: cell } and, where there is one, window: [top, left, bottom, right] and tint: { rows,
 * block }.
 */
export function createPlane({ onPoint, onPress, onEscape }) {
  const maskId = uniqueId();
  const part = (name) => svg("path", { class: `rf-${name}` });
  const [edge, lines, lit, frame, current] = ["edge", "lines", "lit", "frame", "current"].map(part);
  const image = svg("image", { x: 0, y: 0, preserveAspectRatio: "none" });
  const tint = svg("rect", { class: "rf-tint", mask: `url(#${maskId})`, x: 0, y: 0 });
  const mask = svg("mask", { id: maskId, maskUnits: "userSpaceOnUse", x: 0, y: 0 }, image);
  let [size, at, view] = [[1, 1], [0, 0], [0, 0, 1, 1]];
  let hovered = null;

  const cellAt = ({ clientX, clientY }) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const cell = [view[1] + ((clientY - top) / height) * view[3], view[0] + ((clientX - left) / width) * view[2]]
      .map(Math.floor);
    return cell.every((index, axis) => index >= 0 && index < size[axis]) ? cell : null;
  };
  const go = (cell, tell) => {
    at = cell.map((index, axis) => Math.min(Math.max(index, 0), size[axis] - 1));
    tell(at);
  };
  const element = svg("svg", {
    class: "rf-plane", tabindex: 0, role: "application",
    onpointermove: (event) => {
      const cell = event.pointerType === "touch" ? null : cellAt(event);
      if (cell && String(cell) !== String(hovered)) go(cell, onPoint);
      hovered = cell;
    },
    onpointerleave: () => { hovered = null; },
    onclick: (event) => {
      const cell = cellAt(event);
      if (cell) go(cell, onPress);
    },
    onfocus: () => { if (element.matches(":focus-visible")) go(at, onPoint); },
    onkeydown: (event) => {
      if (event.altKey || event.metaKey) return;
      const [row, column] = at;
      const moves = {
        ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
        ArrowRight: [row, column + 1], PageUp: [0, column], PageDown: [Infinity, column],
        Home: [event.ctrlKey ? 0 : row, 0], End: [event.ctrlKey ? Infinity : row, Infinity],
      };
      if (moves[event.key]) go(moves[event.key], onPoint);
      else if (event.key === "Enter" || event.key === " ") go(at, onPress);
      else if (event.key === "Escape") onEscape();
      else return;
      event.preventDefault(); // no scrolling
      event.stopPropagation(); // the book turns the page on an arrow key
    },
  }, mask, edge, tint, lines, lit, frame, current);

  const show = (picture) => {
    const [rows, columns] = picture.size;
    const [top, left, bottom, right] = picture.margin;
    size = picture.size;
    go(picture.current ?? at, () => {});
    view = [-left, -top, left + columns + right, top + rows + bottom];
    const [, , across, down] = view;
    const draw = (path, d) => path.setAttribute("d", d);
    element.setAttribute("viewBox", view.join(" "));
    element.setAttribute("aria-label", picture.label);
    element.style.width = `${Math.max(Math.min(across * CELL_REM, MOST_REM, (MOST_REM * across) / down), CELL_REM)}rem`;
    element.style.aspectRatio = `${across} / ${down}`;
    draw(edge, box([0, 0, rows - 1, columns - 1]));
    draw(lines, Math.max(across, down) <= LINED_SIDE ? gridLines(rows, columns) : "");
    draw(lit, picture.rows.flatMap(([first, last]) => picture.columns
      .map(([start, end]) => box([first, start, last, end]))).join(""));
    draw(frame, picture.window ? box(picture.window) : "");
    draw(current, picture.current ? box([...picture.current, ...picture.current]) : "");
    element.classList.toggle("is-pinned", picture.isPinned);
    lit.classList.toggle("is-tinted", Boolean(picture.tint));
    const { rows: field = [[]], block = 0 } = picture.tint ?? {};
    for (const each of [mask, image, tint]) {
      each.setAttribute("width", field[0].length * block);
      each.setAttribute("height", field.length * block);
    }
    if (picture.tint) image.setAttribute("href", greyImage(field));
  };
  return { element, show };
}

const gridLines = (rows, columns) => {
  const many = (count, line) => Array.from({ length: count - 1 }, (_, at) => line(at + 1)).join("");
  return many(rows, (row) => `M0 ${row}H${columns}`) + many(columns, (column) => `M${column} 0V${rows}`);
};

/** Rows of numbers from 0 to 1 as a picture whose whiteness they are, for a mask: its colour is the theme's. */
function greyImage(rows) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [rows[0].length, rows.length];
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(canvas.width, canvas.height);
  rows.flat().forEach((value, index) => {
    const grey = Math.round(255 * value);
    pixels.data.set([grey, grey, grey, 255], 4 * index);
  });
  context.putImageData(pixels, 0, 0);
  return canvas.toDataURL();
}
