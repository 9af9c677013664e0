// One axis as a pyramid: the input at the bottom, each map above it as a bar of units, what takes part filled in.
import { runs } from "../core/receptive_field.mjs";
import { h, svg } from "../ui/dom.mjs";
import words from "../words/receptive_field.mjs";

const TOLD_APART = 80; // units that are drawn one by one
const CURVE_POINTS = 96;

/**
 * { element, show({ levels, counts, gaussian, window, domain, text }) }. `levels`, input first: { name, size, middle,
 * step, lit }, where `middle` is that of the first unit and `lit` holds a count for each. `counts`: ways to each input
 * pixel, or null.
 */
export function createStrips() {
  const bars = h("div", { class: "rf-bars" });
  const note = h("p", { class: "cw-note" });
  const show = ({ levels, counts, gaussian, window, domain, text }) => {
    note.textContent = text;
    const lines = levels.map((level, index) => [
      h("span", {}, level.name), bar(level, domain, index === 0 ? window : null),
      h("span", { class: "rf-bar-count" }, words.litUnits(level.lit.filter(Boolean).length, level.size)),
    ]);
    bars.replaceChildren(...lines.reverse().flat(),
      ...(counts ? [h("span"), curve(counts, gaussian, domain), h("span")] : []));
  };
  return { element: h("div", {}, bars, note), show };
}

const path = (name, d) => svg("path", { class: `rf-${name}`, d });
const drawing = (view, ...paths) => svg("svg", {
  viewBox: view.join(" "), preserveAspectRatio: "none", "aria-hidden": "true",
}, ...paths);

function bar({ size, middle, step, lit }, [low, high], window) {
  const edge = (unit) => middle + (unit - 0.5) * step;
  const tile = (first, last) => `M${edge(first)} 0.04H${edge(last + 1)}V0.96H${edge(first)}Z`;
  const inner = size <= TOLD_APART
    ? Array.from({ length: size - 1 }, (_, unit) => `M${edge(unit + 1)} 0.04V0.96`).join("") : "";
  const frame = window ? `M${window[0] - 0.5} 0H${window[1] + 0.5}V1H${window[0] - 0.5}Z` : "";
  return drawing([low, 0, high - low, 1], path("edge", tile(0, size - 1)),
    path("on", runs(lit).map(([first, last]) => tile(first, last)).join("")), path("lines", inner),
    path("frame", frame));
}

/** Ways to each pixel as steps, and the Gaussian of the same total, mean and spread. */
function curve(counts, { mean, deviation }, [low, high]) {
  const largest = Math.max(...counts, 1e-300);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const steps = counts.map((count, at) => `H${at - 0.5}V${1 - count / largest}H${at + 0.5}`).join("");
  const peak = deviation > 0 ? total / largest / (deviation * Math.sqrt(2 * Math.PI)) : 0;
  const point = (_, index) => {
    const x = low + ((high - low) * index) / CURVE_POINTS;
    return `${x} ${1 - peak * Math.exp(-((x - mean) ** 2) / (2 * deviation ** 2))}`;
  };
  const line = peak ? `M${Array.from({ length: CURVE_POINTS + 1 }, point).join("L")}` : "";
  const top = Math.max(1, peak) * 1.05;
  return drawing([low, 1 - top, high - low, top], path("on rf-steps", `M-0.5 1${steps}V1Z`), path("gauss", line));
}
