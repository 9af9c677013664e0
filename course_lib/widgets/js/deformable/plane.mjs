// The input with its padding, as a grid of numbers, and over it the places that the taps of one output cell read.
import { clamp, layer, sizesOf, taps } from "../core/deformable.mjs";
import { h } from "../ui/dom.mjs";
import { NumberGrid } from "../ui/grid.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/deformable.mjs";

const OUTSIDE = 0.3; // how far from the drawn cells a tap may be shown, in cells
const GRAB = 0.45; // how near to a tap a pointer must be to drag it
const MOVED_PX = 4; // a press that moves less is a click
const LONGEST = 1.2; // of the gradient's arrows, in cells
const SHORTEST = 0.04; // arrow that is drawn
const GAP_PX = 2; // between cells
const densityOf = (columns) => (columns <= 9 ? "low" : columns <= 16 ? "middle" : "high");

/** { element, grid, show(state), drawTaps(cell, tap, gradient), toInput(cell), toDrawn(cell), isDrawn(cell) }. `onDrag(tap, place)`. */
export function createPlane({ handlers, onEdit, onDrag }) {
  const plane = { title: h("p", { class: "cw-caption" }) };
  const toInput = (cell) => cell.map((at, axis) => at - plane.padding[axis]);
  plane.grid = new NumberGrid({
    ...handlers, onEdit: (cell, value) => onEdit(toInput(cell), value),
  });
  // Marks are drawn by the style sheet, out of elements without a size: a checker of contrast could not tell what lies
  // under an SVG.
  plane.overlay = h("div", { class: "cw-taps", "aria-hidden": "true" });
  plane.element = h("div", { class: "cw-panel cw-plane" }, plane.title, plane.grid.element);
  addDragging(plane, onDrag);
  return {
    element: plane.element, grid: plane.grid, toInput,
    toDrawn: (cell) => cell.map((at, axis) => at + plane.padding[axis]),
    isDrawn: ([row, column]) => Boolean(plane.grid.content[row]?.[column]),
    show: (state) => show(plane, state),
    drawTaps: (cell, tap, gradient) => drawTaps(plane, cell, tap, gradient),
  };
}

function show(plane, state) {
  plane.state = state;
  const { input } = state;
  plane.padding = layer(sizesOf(state)).padding;
  const [down, right] = plane.padding;
  const [rows, columns] = [input.length + 2 * down, input[0].length + 2 * right];
  const caption = words.caption(words.grids.input, words.size([input.length, input[0].length]));
  plane.title.textContent = down || right ? words.padded(caption, words.size([rows, columns])) : caption;
  const content = Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (__, j) => {
    const [row, column] = [i - down, j - right];
    const value = input[row]?.[column];
    const name = words.name(words.grids.input, [row, column].map((one) => format(one)));
    if (value === undefined) {
      return { name: words.outside(name), value: 0, text: "0", kind: "is-padding", label: null, editable: false };
    }
    return { name, value, text: format(value, 3), kind: "", label: null, editable: true };
  }));
  plane.grid.draw(content, { label: plane.title.textContent, density: densityOf(columns) });
  plane.grid.grid.append(plane.overlay); // the grid may have been built anew
  plane.size = [rows, columns];
}

/** [y, x] in the drawing, held near its edge. */
function shown({ padding, size }, place) {
  return place.map((at, axis) => clamp(at + padding[axis] + 0.5, [-OUTSIDE, size[axis] + OUTSIDE]));
}

/**
 * Draws the taps of the output `cell`, `chosen` among them, each with an arrow from its regular place, or with
 * `gradient`, [[∂L/∂dy, ∂L/∂dx], …], an arrow along its gradient.
 */
function drawTaps(plane, cell, chosen, gradient) {
  const all = taps(plane.state, cell);
  const points = all.map(({ place }) => shown(plane, place));
  const marks = [];
  if (plane.state.operation === "snake") {
    marks.push(...points.slice(1).map((point, index) => line(points[index], point, "is-body")));
  }
  const longest = Math.max(...(gradient ?? []).map((one) => Math.hypot(...one)), 1e-12);
  all.forEach(({ tap, regular }) => {
    const along = (at, axis) => at + (LONGEST * gradient[tap][axis]) / longest;
    const from = gradient ? points[tap] : shown(plane, regular);
    const to = gradient ? points[tap].map(along) : points[tap];
    if (!gradient) marks.push(mark(from, "cw-regular"));
    if (Math.hypot(to[0] - from[0], to[1] - from[1]) > SHORTEST) marks.push(line(from, to, gradient && "is-gradient"));
  });
  // The chosen tap is drawn last, over the others.
  const order = all.map(({ tap }) => tap).sort((a, b) => (a === chosen) - (b === chosen));
  marks.push(...order.map((tap) => mark(points[tap], `cw-tap ${tap === chosen ? "is-chosen" : ""}`, {
    "data-text": tap,
  }, `; --strength: ${Math.sqrt(clamp(all[tap].mask, [0, 2]))}`)));
  plane.points = points;
  plane.overlay.dataset.cell = cell;
  plane.overlay.replaceChildren(...marks);
}

const mark = ([y, x], kind, attributes = {}, style = "") => (
  h("i", { class: kind, style: `--y: ${y}; --x: ${x}${style}`, ...attributes }));

function line([y0, x0], [y1, x1], kind) {
  const [down, right] = [y1 - y0, x1 - x0];
  return mark([y0, x0], `cw-line ${kind || ""}`, {},
    `; --length: ${Math.hypot(down, right)}; --angle: ${Math.atan2(down, right)}rad`);
}

/** A mouse or pen pressed near a tap and moved drags it; a press that stays is the cell's click. */
function addDragging(plane, onDrag) {
  const placeOf = (event) => {
    const { top, left } = plane.overlay.getBoundingClientRect();
    const pitch = plane.grid.cells[0][0].offsetWidth + GAP_PX;
    return [event.clientY - top, event.clientX - left].map((px) => px / pitch);
  };
  let drag = null;
  let hasMoved = false;
  plane.element.addEventListener("pointerdown", (event) => {
    hasMoved = false;
    if (event.pointerType === "touch" || event.button !== 0 || !plane.points) return;
    const pointer = placeOf(event);
    const distance = (point) => Math.hypot(...point.map((at, axis) => at - pointer[axis]));
    const [nearest] = plane.points.map((point, tap) => ({ tap, far: distance(point) })).sort((a, b) => a.far - b.far);
    if (nearest.far < GRAB) drag = { ...nearest, start: [event.clientY, event.clientX] };
  });
  plane.element.addEventListener("pointermove", (event) => {
    if (!drag || !event.buttons) return;
    hasMoved ||= Math.hypot(event.clientY - drag.start[0], event.clientX - drag.start[1]) > MOVED_PX;
    if (!hasMoved) return;
    plane.element.setPointerCapture(event.pointerId);
    onDrag(drag.tap, placeOf(event).map((at, axis) => at - 0.5 - plane.padding[axis]));
  });
  for (const end of ["pointerup", "pointercancel"]) plane.element.addEventListener(end, () => { drag = null; });
  plane.element.addEventListener("click", (event) => {
    if (hasMoved) event.stopPropagation();
    hasMoved = false;
  }, true);
}
