// Curves: loss and accuracy over the steps, and a small line for each number of a layer.
import { curveAt, epochAt, path, range } from "../core/training.mjs";
import { createChart, scale, text, ticks } from "../ui/chart.mjs";
import { h, svg } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/training.mjs";

const HEIGHT_PX = 200;
const EDGE_PX = { left: 46, right: 8, top: 24, bottom: 36 };
const SPARK = { width: 110, height: 24, edge: 4 };

/** { element, show(record, step), stop() } of the curve `name`, "loss" or "accuracy". */
export function createCurve(name) {
  const chart = createChart({ height: HEIGHT_PX, draw: (width, given) => draw(name, width, given) });
  const show = (record, step) => {
    const values = range([...record.curve[name], ...means(record, "train", name), ...means(record, "test", name)]);
    chart.element.hidden = !values;
    if (!values) return;
    const here = [["batch", curveAt(record, step)?.[name]]];
    const epoch = epochAt(record, step);
    if (epoch) here.push(["train", epoch[`train_${name}`]], ["test", epoch[`test_${name}`]]);
    const told = here.filter(([, value]) => Number.isFinite(value))
      .map(([kind, value]) => words.value(words.lines[kind], format(value, 4)));
    chart.show(words.chart(words.curves[name], step, told.join(", ") || words.noNumber), { record, step, values });
  };
  return { element: chart.element, show, stop: chart.stop };
}

const means = ({ epochs }, kind, name) => epochs.map((epoch) => epoch[`${kind}_${name}`]);

function draw(name, width, { record, step, values }) {
  const [low, high] = name === "accuracy" ? [0, 1] : [Math.min(0, values[0]), values[1]];
  const steps = Math.max(record.steps, 1);
  const [left, right, bottom] = [EDGE_PX.left, width - EDGE_PX.right, HEIGHT_PX - EDGE_PX.bottom];
  const x = scale([0, steps], [left, right]);
  const y = scale([low, high], [bottom, EDGE_PX.top]);
  const line = (kind, x1, x2, y1, y2) => svg("line", { class: kind, x1, x2, y1, y2 });
  const ends = record.epochs.map((epoch) => epoch.step);
  const series = ["train", "test"].map((kind) => [kind, means(record, kind, name)]);
  return [
    ...ticks(low, high, 4).flatMap((each) => [
      line("cw-tick", left, right, y(each), y(each)),
      text(format(each), { x: left - 4, y: y(each), anchor: "end", kind: "is-note" }),
    ]),
    ...ticks(0, steps, width / 80).filter(Number.isInteger).map((each) => (
      text(format(each), { x: x(each), y: bottom + 11, anchor: "middle", kind: "is-note" }))),
    text(words.step, { x: right, y: bottom + 27, anchor: "end", kind: "is-note" }),
    text(words.curves[name], { x: left, y: 9, kind: "is-title" }),
    line("cw-axis-line", left, left, EDGE_PX.top, bottom),
    svg("path", { class: "cw-line-batch", d: path(record.curve.step, record.curve[name], x, y) }),
    ...series.flatMap(([kind, all]) => [
      svg("path", { class: `cw-line-${kind}`, d: path(ends, all, x, y) }),
      ...all.flatMap((mean, at) => (Number.isFinite(mean)
        ? [svg("circle", { class: `cw-line-${kind}`, cx: x(ends[at]), cy: y(mean), r: 3 })] : [])),
    ]),
    line("cw-here", x(step), x(step), EDGE_PX.top, bottom),
  ];
}

/** What the lines of the charts stand for. */
export function legend() {
  const sample = (kind) => svg("svg", { viewBox: "0 0 28 8", width: 28, height: 8, "aria-hidden": "true" },
    svg("path", { class: `cw-line-${kind}`, d: "M0 4L28 4" }));
  return h("p", { class: "cw-switches cw-legend" },
    ...Object.entries(words.lines).map(([kind, name]) => h("span", {}, sample(kind), name)));
}

/**
 * A small line called `label` with a dot at frame `index`: norms on a logarithmic scale, shares from 0 to 1.
 */
export function createSpark(label, steps, given, index, isShare) {
  const values = isShare ? given : given.map((value) => (value > 0 ? Math.log(value) : null));
  const found = range(values);
  if (!found) return "";
  const { width, height, edge } = SPARK;
  const x = scale(range(steps), [edge, width - edge]);
  const y = scale(isShare ? [0, 1] : found, [height - edge, edge]);
  const now = values[index];
  const dot = Number.isFinite(now) ? [svg("circle", { class: "cw-here", r: 3, cx: x(steps[index]), cy: y(now) })] : [];
  return svg("svg", { role: "img", "aria-label": label, viewBox: `0 0 ${width} ${height}` },
    svg("path", { class: "cw-line-train", d: path(steps, values, x, y) }), ...dot);
}
