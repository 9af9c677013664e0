// One axis as a pyramid: the input at the bottom, each map above it as a bar of units, what takes part filled in.
import { clamp, range, sum } from "../core/arrays.mjs";
import { runs } from "../core/receptive_field.mjs";
import { h, placeIn, svg } from "../ui/dom.mjs";
import words from "../words/receptive_field.mjs";
import { path, rectangle } from "./paths.mjs";

const TOLD_APART = 80; // units that are drawn one by one
const CURVE_POINTS = 96;

/**
 * { element, show({ levels, counts, gaussian, window, domain, text }) }. `levels`, input first: { name, size, middle,
 * step, lit }, where `middle` is that of the first unit and `lit` holds a count for each. `counts`: ways to each input
 * pixel, or null. `onPoint(end, unit)` and `onPress(end, unit)`: pointer or tap at the input or the last map. By
 * keyboard the numbers over the picture do the same.
 */
export function createStrip({ onPoint, onPress }) {
  let ends = []; // { drawing, end, unitAt(share) }
  /** Drawing anew takes away what is under the pointer, so that it is asked for by its place. */
  const under = (event, act) => {
    const found = ends.find(({ drawing }) => drawing.contains(document.elementFromPoint(event.clientX, event.clientY)));
    if (found) act(found.end, found.unitAt(placeIn(found.drawing, event)[1]));
  };
  const bars = h("div", {
    class: "rf-bars", onpointermove: (event) => event.pointerType !== "touch" && under(event, onPoint),
    onclick: (event) => under(event, onPress),
  });
  const note = h("p", { class: "cw-note" });
  const show = ({ levels, counts, gaussian, window, domain, text }) => {
    note.textContent = text;
    const drawings = levels.map((level, index) => bar(level, domain, index === 0 ? window : null));
    ends = [["input", 0], ["map", levels.length - 1]].map(([end, at]) => {
      const { size, middle, step } = levels[at];
      drawings[at].classList.add("is-end");
      const unitAt = (share) => {
        const place = domain[0] + share * (domain[1] - domain[0]);
        return clamp(Math.round((place - middle) / step), 0, size - 1);
      };
      return { drawing: drawings[at], end, unitAt };
    });
    const lines = levels.map((level, index) => [
      h("span", {}, level.name), drawings[index],
      h("span", { class: "rf-bar-count" }, words.litUnits(level.lit.filter(Boolean).length, level.size)),
    ]);
    bars.replaceChildren(...lines.reverse().flat(),
      ...(counts ? [h("span"), curve(counts, gaussian, domain), h("span")] : []));
  };
  return { element: h("div", {}, bars, note), show };
}

const drawing = (view, ...paths) => svg("svg", {
  viewBox: view.join(" "), preserveAspectRatio: "none", "aria-hidden": "true",
}, ...paths);

function bar({ size, middle, step, lit }, [low, high], window) {
  const edge = (unit) => middle + (unit - 0.5) * step;
  const tile = (first, last) => rectangle(edge(first), 0.04, edge(last + 1), 0.96);
  const inner = size <= TOLD_APART
    ? range(size - 1).map((unit) => `M${edge(unit + 1)} 0.04V0.96`).join("") : "";
  const frame = window ? rectangle(window[0] - 0.5, 0, window[1] + 0.5, 1) : "";
  return drawing([low, 0, high - low, 1], path("edge", tile(0, size - 1)),
    path("on", runs(lit).map(([first, last]) => tile(first, last)).join("")), path("lines", inner),
    path("frame", frame));
}

/** Ways to each pixel as steps, and the Gaussian of the same total, mean and spread. */
function curve(counts, { mean, deviation }, [low, high]) {
  const largest = Math.max(...counts, 1e-300);
  const steps = counts.map((count, at) => `H${at - 0.5}V${1 - count / largest}H${at + 0.5}`).join("");
  const peak = deviation > 0 ? sum(counts) / largest / (deviation * Math.sqrt(2 * Math.PI)) : 0;
  const point = (index) => {
    const x = low + ((high - low) * index) / CURVE_POINTS;
    return `${x} ${1 - peak * Math.exp(-((x - mean) ** 2) / (2 * deviation ** 2))}`;
  };
  const line = peak ? `M${range(CURVE_POINTS + 1).map(point).join("L")}` : "";
  const top = Math.max(1, peak) * 1.05;
  return drawing([low, 1 - top, high - low, top], path("on", `M-0.5 1${steps}V1Z`), path("gauss", line));
}
