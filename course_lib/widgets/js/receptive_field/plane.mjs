// A plane of pixels or units in SVG: pointed at, walked through with the arrow keys, with a window and a tint over it.
import { svg, uniqueId } from "../ui/dom.mjs";

const LINED_SIDE = 48; // up to so many cells a side are told apart by lines
const CELL_REM = 1.75;
const MOST_REM = 23;

const box = ([top, left, bottom, right]) => `M${left} ${top}H${right + 1}V${bottom + 1}H${left}Z`;

/**
 * { element, show(picture) }. `onPoint(cell)`: pointer or focus came to a cell; `onPress(cell)`: click, tap, Enter or
 * Space; `onEscape()`. In `show`: { size, margin: [top, left, bottom, right] around it, label, rows, columns: runs that
 * are lit, window: [top, left, bottom, right] or null, current: cell or null, pinned, tint: { rows, block } or null }.
 */
export function createPlane({ onPoint, onPress, onEscape }) {
  const maskId = uniqueId();
  const part = (name) => svg("path", { class: `rf-${name}` });
  const [edge, lines, lit, frame, centre, current] = ["edge", "lines", "lit", "frame", "centre", "current"].map(part);
  const image = svg("image", { x: 0, y: 0, preserveAspectRatio: "none" });
  const tint = svg("rect", { class: "rf-tint", mask: `url(#${maskId})`, x: 0, y: 0 });
  const mask = svg("mask", { id: maskId, maskUnits: "userSpaceOnUse", x: 0, y: 0 }, image);
  const element = svg("svg", { class: "rf-plane", tabindex: 0, role: "application" },
    mask, edge, tint, lines, lit, frame, centre, current);
  const state = { size: [1, 1], at: [0, 0], view: [0, 0, 1, 1] };

  const cellAt = (event) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const [x, y, wide, high] = state.view;
    const cell = [
      Math.floor(y + ((event.clientY - top) / height) * high), Math.floor(x + ((event.clientX - left) / width) * wide),
    ];
    return cell.every((index, axis) => index >= 0 && index < state.size[axis]) ? cell : null;
  };
  const go = (cell, tell) => {
    state.at = cell.map((index, axis) => Math.min(Math.max(index, 0), state.size[axis] - 1));
    tell(state.at);
  };
  element.addEventListener("pointermove", (event) => {
    const cell = event.pointerType === "touch" ? null : cellAt(event);
    if (cell && String(cell) !== String(state.hovered)) go(cell, onPoint);
    state.hovered = cell;
  });
  element.addEventListener("pointerleave", () => { state.hovered = null; });
  element.addEventListener("click", (event) => {
    const cell = cellAt(event);
    if (cell) go(cell, onPress);
  });
  element.addEventListener("focus", () => { if (element.matches(":focus-visible")) go(state.at, onPoint); });
  element.addEventListener("keydown", (event) => {
    if (event.altKey || event.metaKey) return;
    const [row, column] = state.at;
    const last = state.size.map((side) => side - 1);
    const moves = {
      ArrowUp: [row - 1, column], ArrowDown: [row + 1, column], ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1], PageUp: [0, column], PageDown: [last[0], column],
      Home: [event.ctrlKey ? 0 : row, 0], End: [event.ctrlKey ? last[0] : row, last[1]],
    };
    if (moves[event.key]) go(moves[event.key], onPoint);
    else if (event.key === "Enter" || event.key === " ") go(state.at, onPress);
    else if (event.key === "Escape") onEscape();
    else return;
    event.preventDefault(); // no scrolling
    event.stopPropagation(); // the book turns the page on an arrow key
  });

  const show = (picture) => {
    const [rows, columns] = picture.size;
    const [top, left, bottom, right] = picture.margin;
    state.size = picture.size;
    go(picture.current ?? state.at, () => {});
    state.view = [-left, -top, left + columns + right, top + rows + bottom];
    element.setAttribute("viewBox", state.view.join(" "));
    element.setAttribute("aria-label", picture.label);
    const wide = Math.min(state.view[2] * CELL_REM, MOST_REM, (MOST_REM * state.view[2]) / state.view[3]);
    element.style.width = `${Math.max(wide, CELL_REM)}rem`;
    element.style.aspectRatio = `${state.view[2]} / ${state.view[3]}`;
    edge.setAttribute("d", box([0, 0, rows - 1, columns - 1]));
    const across = Math.max(state.view[2], state.view[3]) <= LINED_SIDE;
    lines.setAttribute("d", across ? gridLines(rows, columns) : "");
    lit.setAttribute("d", picture.rows.flatMap(([first, last]) => picture.columns
      .map(([start, end]) => box([first, start, last, end]))).join(""));
    frame.setAttribute("d", picture.window ? box(picture.window) : "");
    centre.setAttribute("d", picture.window ? cross(picture.window, state.view[2] / 40) : "");
    current.setAttribute("d", picture.current ? box([...picture.current, ...picture.current]) : "");
    element.classList.toggle("is-pinned", picture.pinned);
    showTint(picture.tint);
  };

  const showTint = (field) => {
    for (const each of [mask, image, tint]) {
      each.setAttribute("width", field ? field.rows[0].length * field.block : 0);
      each.setAttribute("height", field ? field.rows.length * field.block : 0);
    }
    if (field) image.setAttribute("href", greyImage(field.rows));
    lit.classList.toggle("is-tinted", Boolean(field));
  };
  return { element, show };
}

const gridLines = (rows, columns) => [
  ...Array.from({ length: rows - 1 }, (_, row) => `M0 ${row + 1}H${columns}`),
  ...Array.from({ length: columns - 1 }, (_, column) => `M${column + 1} 0V${rows}`),
].join("");

function cross([top, left, bottom, right], arm) {
  const [y, x] = [(top + bottom + 1) / 2, (left + right + 1) / 2];
  return `M${x - arm} ${y}H${x + arm}M${x} ${y - arm}V${y + arm}`;
}

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
