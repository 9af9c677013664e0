// Curves as SVG: loss and accuracy over the steps, and a small line for each layer's norms.
import { curveAt, epochAt, path, range, share, ticks } from "../core/training.mjs";
import { h } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/training.mjs";

const [WIDTH, HEIGHT] = [304, 150];
const SPARK = { width: 110, height: 24 };

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A number beside an axis: not in the SVG, so that it keeps its size; the picture's own label tells what counts. */
const label = (axis, share, text) => h("span", {
  class: `cw-tick cw-tick-${axis}`, "aria-hidden": "true", style: `${axis === "x" ? "left" : "top"}: ${100 * share}%`,
}, text);

/** { element, show(record, step) } of the curve `name`, "loss" or "accuracy". */
export function createChart(name) {
  const picture = svg("svg", { role: "img", viewBox: `0 0 ${WIDTH} ${HEIGHT}` });
  const plot = h("div", { class: "cw-plot" });
  const element = h("div", { class: "cw-chart" }, h("p", { class: "cw-caption" }, words.curves[name]), plot);
  const show = (record, step) => {
    const { curve, epochs } = record;
    const ends = epochs.map((epoch) => epoch.step);
    const [train, test] = ["train", "test"].map((kind) => epochs.map((epoch) => epoch[`${kind}_${name}`]));
    const found = range([...curve[name], ...train, ...test]);
    element.hidden = !found;
    if (!found) return;
    const area = {
      xRange: [0, Math.max(record.steps, 1)], width: WIDTH, height: HEIGHT,
      yRange: name === "accuracy" ? [0, 1] : [Math.min(0, found[0]), found[1]],
    };
    const at = (x) => area.width * share(x, area.xRange);
    const up = (y) => area.height * (1 - share(y, area.yRange));
    const values = ticks(area.yRange);
    const rules = values.map((value) => svg("line",
      { class: "cw-rule", x1: 0, x2: area.width, y1: up(value), y2: up(value) }));
    plot.replaceChildren(picture,
      ...values.map((value) => label("y", 1 - share(value, area.yRange), format(value))),
      ...ticks(area.xRange).filter(Number.isInteger)
        .map((value) => label("x", share(value, area.xRange), format(value))),
      h("span", { class: "cw-tick cw-tick-name", "aria-hidden": "true" }, words.step));
    const line = (kind, xs, ys) => svg("path", { class: `cw-line-${kind}`, d: path(xs, ys, area) });
    const mark = epochs.flatMap((_, index) => [[train, "train"], [test, "test"]].flatMap(([means, kind]) => (
      Number.isFinite(means[index])
        ? [svg("circle", { class: `cw-dot-${kind}`, cx: at(ends[index]), cy: up(means[index]), r: 3 })] : [])));
    picture.replaceChildren(...rules, svg("line", { class: "cw-axes", x1: 0, x2: 0, y1: 0, y2: HEIGHT }),
      line("batch", curve.step, curve[name]), line("train", ends, train), line("test", ends, test), ...mark,
      svg("line", { class: "cw-here", x1: at(step), x2: at(step), y1: 0, y2: HEIGHT }));
    const here = [["batch", curveAt(record, step)?.[name]]];
    const epoch = epochAt(record, step);
    if (epoch) here.push(["train", epoch[`train_${name}`]], ["test", epoch[`test_${name}`]]);
    const told = here.filter(([, value]) => Number.isFinite(value))
      .map(([kind, value]) => words.value(words.lines[kind], format(value, 4)));
    picture.setAttribute("aria-label", words.chart(words.curves[name], step, told.join(", ") || "–"));
  };
  return { element, show };
}

/** What the lines of the charts stand for. */
export function legend() {
  const sample = (kind) => svg("svg", { viewBox: "0 0 28 8", width: 28, height: 8, "aria-hidden": "true" },
    svg("path", { class: `cw-line-${kind}`, d: "M0 4L28 4" }));
  return h("p", { class: "cw-legend" },
    ...Object.entries(words.lines).map(([kind, name]) => h("span", {}, sample(kind), name)));
}

/** A small line of a layer's norms on a logarithmic scale, with a dot at frame `index`. */
export function createSpark(name, layer, steps, values, index) {
  const found = range(values, true);
  if (!found) return h("span", {});
  const inner = { width: SPARK.width - 8, height: SPARK.height - 8 };
  const area = { xRange: range(steps), yRange: found, isLog: true, ...inner };
  const dot = values[index] > 0 ? [svg("circle", {
    class: "cw-dot", r: 3, cx: inner.width * share(steps[index], area.xRange),
    cy: inner.height * (1 - share(values[index], found, true)),
  })] : [];
  const label = words.spark(name, layer, format(found[0], 3), format(found[1], 3));
  return svg("svg", { role: "img", "aria-label": label, viewBox: `0 0 ${SPARK.width} ${SPARK.height}` },
    svg("g", { transform: "translate(4 4)" },
      svg("path", { class: "cw-line-train", d: path(steps, values, area) }), ...dot));
}
