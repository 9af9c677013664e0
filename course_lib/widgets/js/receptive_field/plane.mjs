// A plane of pixels or units in SVG: pointed at, walked through with the arrow keys, with a window and a tint over it.
import { clamp, isSame, range, sizeOf } from "../core/arrays.mjs";
import { h, placeIn, svg, uniqueId } from "../ui/dom.mjs";
import { cellByKey, useUp } from "../ui/keys.mjs";
import { paintPixels } from "../ui/pictures.mjs";
import { path, rectangle } from "./paths.mjs";

const LINED_SIDE = 48; // up to so many cells a side are told apart by lines
const CELL_REM = 1.75;
const MOST_REM = 23;

const box = ([top, left, bottom, right]) => rectangle(left, top, right + 1, bottom + 1);

/**
 * { element, focus(), show(picture) }. `onPoint(cell)`: pointer or focus came to a cell; `onPress(cell)`: click, tap,
 * Enter or Space; `onEscape()`. In `show`: { size, margin: [top, left, bottom, right] around it, label, rows, columns:
 * runs that are lit, isPinned, current: cell } and, where there is one, window: [top, left, bottom, right] and tint:
 * { rows, block }.
 */
export function createPlane({ onPoint, onPress, onEscape }) {
  const maskId = uniqueId();
  const [edge, lines, lit, frame, current] = ["edge", "lines", "lit", "frame", "current"].map((name) => path(name));
  const image = svg("image", { preserveAspectRatio: "none" });
  const mask = svg("mask", { id: maskId, maskUnits: "userSpaceOnUse" }, image);
  const tint = svg("rect", { class: "rf-tint", mask: `url(#${maskId})`, width: "100%", height: "100%" });
  const caption = h("p", { class: "cw-caption" });
  let [size, at, view] = [[1, 1], [0, 0], [0, 0, 1, 1]];
  let hovered = null;

  const cellAt = (event) => {
    const [down, across] = placeIn(plane, event);
    const cell = [view[1] + down * view[3], view[0] + across * view[2]].map(Math.floor);
    return isSame(cell, inside(cell)) ? cell : null;
  };
  const inside = (cell) => cell.map((index, axis) => clamp(index, 0, size[axis] - 1));
  const go = (cell, tell) => {
    at = cell;
    tell(at);
  };
  const plane = svg("svg", {
    class: "rf-plane", tabindex: 0, role: "application",
    onpointermove: (event) => {
      const cell = event.pointerType === "touch" ? null : cellAt(event);
      if (cell && !isSame(cell, hovered)) go(cell, onPoint);
      hovered = cell;
    },
    onpointerleave: () => { hovered = null; },
    onclick: (event) => {
      const cell = cellAt(event);
      if (cell) go(cell, onPress);
    },
    onfocus: () => { if (plane.matches(":focus-visible")) go(at, onPoint); },
    onkeydown: (event) => {
      if (event.altKey || event.metaKey) return;
      const to = cellByKey(event, at, size);
      if (to) go(to, onPoint);
      else if (event.key === "Enter" || event.key === " ") go(at, onPress);
      else if (event.key === "Escape") onEscape();
      else return;
      useUp(event);
    },
  }, mask, edge, tint, lines, lit, frame, current);

  const show = (picture) => {
    const [rows, columns] = picture.size;
    const [top, left, bottom, right] = picture.margin;
    size = picture.size;
    at = inside(picture.current ?? at);
    view = [-left, -top, left + columns + right, top + rows + bottom];
    const [, , across, down] = view;
    const draw = (path, d) => path.setAttribute("d", d);
    caption.textContent = picture.label;
    plane.setAttribute("viewBox", view.join(" "));
    plane.setAttribute("aria-label", picture.label);
    plane.style.width = `${clamp(across * CELL_REM, CELL_REM, Math.min(MOST_REM, (MOST_REM * across) / down))}rem`;
    plane.style.aspectRatio = `${across} / ${down}`;
    draw(edge, box([0, 0, rows - 1, columns - 1]));
    draw(lines, Math.max(across, down) <= LINED_SIDE ? gridLines(rows, columns) : "");
    draw(lit, picture.rows.flatMap(([first, last]) => picture.columns
      .map(([start, end]) => box([first, start, last, end]))).join(""));
    draw(frame, picture.window ? box(picture.window) : "");
    draw(current, picture.current ? box([...picture.current, ...picture.current]) : "");
    plane.classList.toggle("is-pinned", picture.isPinned);
    lit.classList.toggle("is-tinted", Boolean(picture.tint));
    const { rows: field = [[]], block = 0 } = picture.tint ?? {};
    image.setAttribute("width", field[0].length * block);
    image.setAttribute("height", field.length * block);
    if (picture.tint) image.setAttribute("href", greyImage(field));
  };
  return { element: h("div", { class: "cw-panel" }, caption, plane), focus: () => plane.focus(), show };
}

const gridLines = (rows, columns) => {
  const many = (count, line) => range(count - 1).map((at) => line(at + 1)).join("");
  return many(rows, (row) => `M0 ${row}H${columns}`) + many(columns, (column) => `M${column} 0V${rows}`);
};

/** Rows of numbers from 0 to 1 as a picture whose whiteness they are, for a mask: its colour is the theme's. */
function greyImage(rows) {
  const canvas = document.createElement("canvas");
  paintPixels(canvas, rows.flat().map((share) => 255 * share), [1, ...sizeOf(rows)]);
  return canvas.toDataURL();
}
