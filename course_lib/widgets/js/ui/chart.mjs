// A drawing that follows the width of its place, and what drawings need: scales and round numbers for an axis.
import style from "./chart.css";
import { h, svg } from "./dom.mjs";
import { format } from "./numbers.mjs";
import { addStyle } from "./theme.mjs";

const FIRST_WIDTH_PX = 600; // until the place is known

/**
 * { element, drawing, show(label, data), stop() }: a picture called `label`, an <svg> of `height` px and texts over it;
 * `draw(width, data)` returns the SVG nodes and what `text` makes.
 */
export function createChart({ height, draw }) {
  addStyle("chart", style);
  const drawing = svg("svg", { width: "100%", height });
  const texts = h("div");
  const element = h("div", { class: "cw-chart", role: "img" }, drawing, texts);
  let data = null;
  const paint = () => {
    if (data === null) return;
    const width = drawing.clientWidth || FIRST_WIDTH_PX;
    const nodes = draw(width, data);
    drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
    drawing.replaceChildren(...nodes.filter((node) => !(node instanceof HTMLElement)));
    texts.replaceChildren(...nodes.filter((node) => node instanceof HTMLElement));
  };
  const observer = new ResizeObserver(paint);
  observer.observe(drawing);
  const show = (label, given) => {
    data = given;
    element.setAttribute("aria-label", label);
    paint();
  };
  return { element, drawing, show, stop: () => observer.disconnect() };
}

const SHIFT = { start: "0", middle: "-50%", end: "-100%" };

/**
 * A text beside a point, on a ground of its own, so that no line runs through it; `y` is the middle of the line. It is
 * drawn by the style sheet, from data-text: the picture's label says it to those who do not see it.
 */
export function text(content, { x, y, anchor = "start", kind = "" }) {
  const style = `left:${x}px;top:${y}px;transform:translate(${SHIFT[anchor]},-50%)`;
  return h("span", { class: `cw-chart-text ${kind}`, style, "data-text": content });
}

/** The straight map that takes `low` to `start` and `high` to `end`; `invert` is the way back. */
export function scale([low, high], [start, end]) {
  const to = (value) => start + ((value - low) / (high - low)) * (end - start);
  to.invert = (place) => low + ((place - start) / (end - start)) * (high - low);
  return to;
}

/** Round numbers from `low` to `high`, at most `most` of them, and at least `least` apart. */
export function ticks(low, high, most, least = 0) {
  const rough = Math.max((high - low) / Math.max(most, 1), least);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= rough * (1 - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, index) => (first + index) * step);
}

const tick = (value, x1, x2, y1, y2) => svg("line", {
  class: Math.abs(value) < 1e-9 ? "cw-axis-line" : "cw-tick", x1, x2, y1, y2,
});
const plain = (value) => format(value, 3);

/** The nodes of upright lines at `values`, the axis at 0, and of the numbers under them; `x` is a scale. */
export const xTicks = (values, x, [top, bottom], nameOf = plain) => values.flatMap((value) => [
  tick(value, x(value), x(value), top, bottom),
  text(nameOf(value), { x: x(value), y: bottom + 13, anchor: "middle", kind: "is-note" }),
]);

/** The same of level lines, and of the numbers left of them; `y` is a scale. */
export const yTicks = (values, y, [left, right], nameOf = plain) => values.flatMap((value) => [
  tick(value, left, right, y(value), y(value)),
  text(nameOf(value), { x: left - 4, y: y(value), anchor: "end", kind: "is-note" }),
]);
