// The pictures: f and its slope with the point that moves along them, and the gradient's size through depth.
import * as core from "../core/activation.mjs";
import { createChart, scale, text, ticks } from "../ui/chart.mjs";
import { svg } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/activation.mjs";

const HEIGHT_PX = 220;
const EDGE_PX = { left: 34, right: 12, top: 22, bottom: 24 };
const POINTS = 240;
const KINDS = ["is-one", "is-other"];

const plain = (each) => format(each, 3);

/** The axes; numbers along them are at least `least` apart, and `nameOf` writes those of the upright one. */
function frame(width, [low, high], [bottom, top], title, least = 0, nameOf = plain) {
  const x = scale([low, high], [EDGE_PX.left, width - EDGE_PX.right]);
  const y = scale([bottom, top], [HEIGHT_PX - EDGE_PX.bottom, EDGE_PX.top]);
  const [left, right, lowest, highest] = [x(low), x(high), y(bottom), y(top)];
  const line = (kind, x1, x2, y1, y2) => svg("line", { class: kind, x1, x2, y1, y2 });
  const nodes = [
    ...ticks(low, high, width / 60, least).flatMap((each) => [
      line(each === 0 ? "cw-axis-line" : "cw-tick", x(each), x(each), lowest, highest),
      text(format(each, 3), { x: x(each), y: HEIGHT_PX - 10, anchor: "middle", kind: "is-note" }),
    ]),
    ...ticks(bottom, top, 5, least).flatMap((each) => [
      line(Math.abs(each) < 1e-9 ? "cw-axis-line" : "cw-tick", left, right, y(each), y(each)),
      text(nameOf(each), { x: left - 4, y: y(each), anchor: "end", kind: "is-note" }),
    ]),
    text(title, { x: left, y: 9, kind: "is-title" }),
  ];
  return { x, y, nodes };
}

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
      const { x, y, nodes } = frame(width, sight(at), [low - pad, high + pad], title);
      toX = x.invert;
      const curves = pieces.map((each, index) => svg("path", {
        class: `cw-curve ${KINDS[index]}`, d: each.map((piece) => path(piece, x, y)).join(""),
      }));
      const points = names.map((name, index) => svg("circle", {
        class: `cw-dot ${KINDS[index]}`, cx: x(at), cy: y(measure(name, at, p)), r: index ? 5 : 7,
      }));
      const cursor = svg("line", {
        class: "cw-cursor", x1: x(at), x2: x(at), y1: EDGE_PX.top, y2: HEIGHT_PX - EDGE_PX.bottom,
      });
      return [...nodes, cursor, ...curves, ...points.reverse()];
    },
  });
  const move = (event) => {
    if (!toX || !event.buttons) return;
    const place = toX(event.clientX - chart.drawing.getBoundingClientRect().left);
    const [low, high] = core.LIMITS.x;
    onMove(Math.round(Math.min(Math.max(place, low), high) * 20) / 20);
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
      const { x, y, nodes } = frame(width, [0, Math.max(chains[0].length, 2)],
        [Math.min(...all, -1) * 1.05, Math.max(...all, 1) * 1.05], words.products, 1, words.power);
      const lines = chains.map((each, index) => svg("path", {
        class: `cw-curve ${KINDS[index]}`, d: path([[0, 0], ...each.map((one, k) => [k + 1, power(one)])], x, y),
      }));
      const dots = chains.flatMap((each, index) => each.map((one, k) => svg("circle", {
        class: `cw-dot ${KINDS[index]}`, cx: x(k + 1), cy: y(power(one)), r: index ? 2.5 : 3.5,
      })));
      return [...nodes, ...lines, ...dots.reverse()];
    },
  });
}
