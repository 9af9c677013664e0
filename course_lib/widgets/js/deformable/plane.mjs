// The input with its padding, as a grid of numbers, and over it the places that the taps of one output cell read.
import { clamp, makeRows, sizeOf } from "../core/arrays.mjs";
import { isSnake, layer, sizesOf, taps } from "../core/deformable.mjs";
import { h } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import { createPanel } from "../ui/panel.mjs";
import words from "../words/deformable.mjs";

const OUTSIDE = 0.3; // how far from the drawn cells a tap may be shown, in cells
const GRAB = 0.45; // how near to a tap a pointer must be to drag it
const MOVED_PX = 4; // a press that moves less is a click
const LONGEST = 1.2; // of the gradient's arrows, in cells
const SHORTEST = 0.04; // arrow that is drawn
const GAP_PX = 2; // between cells
const densityOf = (columns) => (columns <= 9 ? "low" : columns <= 16 ? "middle" : "high");

/**
 * { element, grid, has(cell), show(state), drawTaps(cell, tap, gradient), toInput(cell), toDrawn(cell) }: cells of the
 * grid are counted with the padding. `handlers` are those of a NumberGrid; `onDrag(tap, place)`.
 */
export function createPlane({ onEdit, ...handlers }, onDrag) {
  const plane = {};
  const toInput = (cell) => cell.map((at, axis) => at - plane.padding[axis]);
  Object.assign(plane, createPanel({ ...handlers, onEdit: (cell, value) => onEdit(toInput(cell), value) }));
  plane.element.classList.add("cw-plane");
  // Marks are drawn by the style sheet, out of elements without a size: a checker of contrast could not tell what lies
  // under an SVG.
  plane.overlay = h("div", { class: "cw-taps", "aria-hidden": "true" });
  addDragging(plane, onDrag);
  return {
    element: plane.element, grid: plane.grid, has: plane.has, toInput,
    toDrawn: (cell) => cell.map((at, axis) => at + plane.padding[axis]),
    show: (state) => show(plane, state),
    drawTaps: (cell, tap, gradient) => drawTaps(plane, cell, tap, gradient),
  };
}

function show(plane, state) {
  const { input } = state;
  const { padding } = layer(sizesOf(state));
  const size = sizeOf(input).map((length, axis) => length + 2 * padding[axis]);
  Object.assign(plane, { state, padding, size });
  const cells = makeRows(...size, (i, j) => {
    const place = [i - padding[0], j - padding[1]];
    const value = input[place[0]]?.[place[1]];
    const name = words.name(words.grids.input, place);
    if (value !== undefined) return { name, value, text: format(value, 3), kind: "", label: null, editable: true };
    return { name, value: 0, text: "0", kind: "is-padding", label: words.paddingCell("0"), editable: false };
  });
  const title = words.caption(words.grids.input, sizeOf(input));
  plane.show(cells, Math.max(...padding) > 0 ? words.padded(title, size) : title, densityOf(size[1]));
  plane.grid.grid.append(plane.overlay); // the grid may have been built anew
}

/** [y, x] in the drawing, held near its edge. */
function shown({ padding, size }, place) {
  return place.map((at, axis) => clamp(at + padding[axis] + 0.5, -OUTSIDE, size[axis] + OUTSIDE));
}

/**
 * Draws the taps of the output `cell`, `chosen` among them, each with an arrow from its regular place, or with
 * `gradient`, [[∂L/∂dy, ∂L/∂dx], …], an arrow along its gradient.
 */
function drawTaps(plane, cell, chosen, gradient) {
  const all = taps(plane.state, cell);
  const points = all.map(({ place }) => shown(plane, place));
  const body = isSnake(plane.state) ? points.slice(1) : [];
  const marks = body.map((point, index) => line(points[index], point, "is-body"));
  const longest = Math.max(...(gradient ?? []).map((one) => Math.hypot(...one)), 1e-12);
  for (const { tap, regular } of all) {
    const along = (at, axis) => at + (LONGEST * gradient[tap][axis]) / longest;
    const from = gradient ? points[tap] : shown(plane, regular);
    const to = gradient ? points[tap].map(along) : points[tap];
    if (!gradient) marks.push(mark(from, "cw-regular"));
    if (distance(from, to) > SHORTEST) marks.push(line(from, to, gradient ? "is-gradient" : ""));
  }
  // The chosen tap is drawn last, over the others.
  for (const { tap, mask } of [...all.filter((one) => one.tap !== chosen), all[chosen]]) {
    const strength = Math.sqrt(clamp(mask, 0, 2));
    marks.push(mark(points[tap], `cw-tap ${tap === chosen ? "is-chosen" : ""}`, { strength }, tap));
  }
  plane.points = points;
  plane.overlay.dataset.cell = cell;
  plane.overlay.replaceChildren(...marks);
}

const distance = ([y0, x0], [y1, x1]) => Math.hypot(y1 - y0, x1 - x0);

/** A mark for the style sheet to draw from its custom `properties`. */
function mark([y, x], kind, properties = {}, text = null) {
  const style = Object.entries({ y, x, ...properties }).map(([name, value]) => `--${name}: ${value}`).join("; ");
  return h("b", { class: kind, style, "data-text": text });
}

const line = (from, to, kind) => mark(from, `cw-line ${kind}`, {
  length: distance(from, to), angle: `${Math.atan2(to[0] - from[0], to[1] - from[1])}rad`,
});

/** A mouse or pen pressed near a tap and moved drags it; a press that stays is the cell's click. */
function addDragging(plane, onDrag) {
  const placeOf = (event) => {
    const { top, left } = plane.overlay.getBoundingClientRect();
    const pitch = plane.grid.cells[0][0].offsetWidth + GAP_PX;
    return [event.clientY - top, event.clientX - left].map((px) => px / pitch);
  };
  const pixelOf = (event) => [event.clientY, event.clientX];
  let drag = null;
  let hasMoved = false;
  const on = (name, listener, isCapture = false) => plane.element.addEventListener(name, listener, isCapture);
  on("pointerdown", (event) => {
    hasMoved = false;
    if (event.pointerType === "touch" || event.button !== 0 || !plane.points) return;
    const far = plane.points.map((point) => distance(point, placeOf(event)));
    const nearest = Math.min(...far);
    if (nearest < GRAB) drag = { tap: far.indexOf(nearest), start: pixelOf(event) };
  });
  on("pointermove", (event) => {
    if (!drag || !event.buttons) return;
    hasMoved ||= distance(pixelOf(event), drag.start) > MOVED_PX;
    if (!hasMoved) return;
    plane.element.setPointerCapture(event.pointerId);
    onDrag(drag.tap, placeOf(event).map((at, axis) => at - 0.5 - plane.padding[axis]));
  });
  for (const end of ["pointerup", "pointercancel"]) on(end, () => { drag = null; });
  on("click", (event) => {
    if (hasMoved) event.stopPropagation();
    hasMoved = false;
  }, true);
}
