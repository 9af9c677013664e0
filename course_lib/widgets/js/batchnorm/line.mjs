// Number lines: the values of one channel before and after, with mean and standard deviation as bars.
import { createChart, scale, text, ticks } from "../ui/chart.mjs";
import { svg } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";

const ROW_PX = 92;
const EDGE_PX = 14;
const POINT_PX = 5.5;

/**
 * { element, show(label, { rows, current }), stop() }. Each of the `rows`, one or two: { label, values, bars }, where a
 * bar is { label, mean, deviation, kind }; `current` is the index of the value to mark, or null.
 */
export function createLines() {
  return createChart({ height: 2 * ROW_PX + 22, draw });
}

function draw(width, { rows, current }) {
  const ends = rows.flatMap(({ values, bars }) => [
    ...values, ...bars.flatMap(({ mean, deviation }) => [mean - deviation, mean + deviation])]);
  const finite = ends.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite, 0), Math.max(...finite, 0)];
  const pad = Math.max(high - low, 1) * 0.05;
  const x = scale([low - pad, high + pad], [EDGE_PX, width - EDGE_PX]);
  const bottom = rows.length * ROW_PX;
  const axis = ticks(low - pad, high + pad, width / 70).flatMap((value) => [
    svg("line", { class: "cw-tick", x1: x(value), x2: x(value), y1: 4, y2: bottom + 2 }),
    text(format(value, 4), { x: x(value), y: bottom + 13, anchor: "middle", kind: "is-note" }),
  ]);
  return [...axis, ...rows.flatMap((row, index) => drawRow(row, index * ROW_PX, x, width, current))];
}

function drawRow({ label, values, bars }, top, x, width, current) {
  const middle = top + 50;
  const stacked = {};
  const points = values.flatMap((value, index) => {
    if (!Number.isFinite(value)) return [];
    const column = Math.round(x(value) / POINT_PX);
    stacked[column] = (stacked[column] ?? 0) + 1;
    const cy = middle - (stacked[column] - 1) * 5;
    if (index !== current) return [svg("circle", { class: "cw-point", cx: x(value), cy, r: POINT_PX })];
    return [
      svg("circle", { class: "cw-point is-current", cx: x(value), cy, r: 7 }),
      text(format(value, 4), { x: x(value), y: cy - 17, anchor: "middle", kind: "is-mark" }),
    ];
  });
  return [
    text(label, { x: 0, y: top + 10, kind: "is-title" }),
    svg("line", { class: "cw-axis-line", x1: EDGE_PX, x2: width - EDGE_PX, y1: middle, y2: middle }),
    ...bars.filter(({ mean, deviation }) => Number.isFinite(mean + deviation))
      .flatMap((bar, index) => drawBar(bar, middle + 14 + 16 * index, x, width)),
    ...points,
  ];
}

function drawBar({ label, mean, deviation, kind }, y, x, width) {
  const [from, to] = [x(mean - deviation), x(mean + deviation)];
  const isLeft = to + 7 * label.length > width;
  return [
    svg("line", { class: `cw-bar ${kind}`, x1: from, x2: to, y1: y, y2: y }),
    svg("line", { class: `cw-bar-middle ${kind}`, x1: x(mean), x2: x(mean), y1: y - 5, y2: y + 5 }),
    text(label, { x: isLeft ? from - 5 : to + 5, y, anchor: isLeft ? "end" : "start", kind: "is-note" }),
  ];
}
