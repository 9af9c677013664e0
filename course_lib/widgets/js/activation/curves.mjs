// The pictures: f and its slope with the point that moves along them, and the gradient's size through depth.
import * as core from "../core/activation.mjs";
import { clamp } from "../core/arrays.mjs";
import { createChart, scale, text, ticks, xTicks, yTicks } from "../ui/chart.mjs";
import { svg } from "../ui/dom.mjs";
import words from "../words/activation.mjs";

const HEIGHT_PX = 220;
const EDGE_PX = { left: 34, right: 12, top: 22, bottom: 24 };
const POINTS = 240;
const KINDS = ["is-one", "is-other"];

/** The axes; numbers along them are at least `least` apart, and `nameOf` writes those of the upright one. */
function axes(width, [low, high], [bottom, top], title, { least, nameOf } = {}) {
  const across = [EDGE_PX.left, width - EDGE_PX.right];
  const down = [EDGE_PX.top, HEIGHT_PX - EDGE_PX.bottom];
  const [x, y] = [scale([low, high], across), scale([top, bottom], down)];
  const nodes = [
    ...xTicks(ticks(low, high, width / 60, least), x, down),
    ...yTicks(ticks(bottom, top, 5, least), y, across, nameOf),
    text(title, { x: EDGE_PX.left, y: 9, kind: "is-title" }),
  ];
  return { x, y, nodes };
}

const curve = (index, d) => svg("path", { class: `cw-curve ${KINDS[index]}`, d });
const dot = (index, cx, cy, r) => svg("circle", { class: `cw-dot ${KINDS[index]}`, cx, cy, r });
const path = (points, x, y) => points.map(
  ([a, b], index) => `${index ? "L" : "M"}${x(a).toFixed(2)} ${y(b).toFixed(2)}`).join("");

const NEAR = [-7, 7]; // all kinks

/** The part of the axis that is drawn when the point stands at x. */
export const sight = (x) => (x < NEAR[0] || x > NEAR[1] ? core.LIMITS.x : NEAR);

/** A chart of `measure` (value or slope). `onMove(x)` gets where the reader drags to. */
export function createCurve({ measure, title, onMove }) {
  let toX = null;
  const chart = createChart({
    height: HEIGHT_PX, draw: (width, { names, p, at }) => {
      const pieces = names.map((name) => core.curve(measure, name, p, sight(at), POINTS));
      const all = pieces.flat(2).map(([, y]) => y);
      const [low, high] = [Math.min(...all, -0.1), Math.max(...all, 1.1)];
      const pad = (high - low) * 0.06;
      const { x, y, nodes } = axes(width, sight(at), [low - pad, high + pad], title);
      toX = x.invert;
      const curves = pieces.map((each, index) => curve(index, each.map((piece) => path(piece, x, y)).join("")));
      const points = names.map((name, index) => dot(index, x(at), y(measure(name, at, p)), index ? 5 : 7));
      const cursor = svg("line", {
        class: "cw-cursor", x1: x(at), x2: x(at), y1: EDGE_PX.top, y2: HEIGHT_PX - EDGE_PX.bottom,
      });
      return [...nodes, cursor, ...curves, ...points.reverse()];
    },
  });
  const move = (event) => {
    if (!toX || !event.buttons) return;
    const place = toX(event.clientX - chart.drawing.getBoundingClientRect().left);
    onMove(Math.round(clamp(place, ...core.LIMITS.x) * 20) / 20);
  };
  chart.drawing.addEventListener("pointerdown", (event) => {
    chart.drawing.setPointerCapture(event.pointerId);
    move(event);
  });
  chart.drawing.addEventListener("pointermove", move);
  return chart;
}

const SMALLEST = -20; // the power of ten below which all is drawn at the bottom

/** A chart of the size of the products of each chain, logarithmic. */
export function createProducts() {
  return createChart({
    height: HEIGHT_PX, draw: (width, { chains }) => {
      const power = ({ product }) => (product === 0 ? SMALLEST : Math.max(Math.log10(Math.abs(product)), SMALLEST));
      const all = chains.flat().map(power);
      const { x, y, nodes } = axes(width, [0, Math.max(chains[0].length, 2)],
        [Math.min(...all, -1) * 1.05, Math.max(...all, 1) * 1.05], words.products, { least: 1, nameOf: words.power });
      const points = chains.map((each) => each.map((one, layer) => [layer + 1, power(one)]));
      const lines = points.map((each, index) => curve(index, path([[0, 0], ...each], x, y)));
      const dots = points.flatMap((each, index) => each.map(([a, b]) => dot(index, x(a), y(b), index ? 2.5 : 3.5)));
      return [...nodes, ...lines, ...dots.reverse()];
    },
  });
}
