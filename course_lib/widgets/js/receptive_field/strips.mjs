// One axis as a pyramid: the input at the bottom, each map above it as a bar of units, what takes part filled in.
import { runs } from "../core/receptive_field.mjs";
import { h, svg } from "../ui/dom.mjs";
import words from "../words/receptive_field.mjs";

const TOLD_APART = 80; // units that are drawn one by one
const CURVE_POINTS = 96;

/**
 * { element, show({ levels, counts, gaussian, window, domain, note }) }. `levels`, input first: { name, size, middle,
 * step, lit }, where `middle` is that of the first unit and `lit` holds a count for each. `counts`: ways to each input
 * pixel, or null. `onPoint(isInput, at)` and `onPress(isInput, at)` tell of the lowest and the topmost bar.
 */
export function createStrips({ onPoint, onPress }) {
  const bars = h("div", { class: "rf-bars" });
  const note = h("p", { class: "cw-note" });
  const element = h("div", { class: "rf-strips" }, bars, note);
  const state = { ends: [], domain: [0, 1] };
  const at = (event) => {
    const bar = event.target.closest("svg[data-end]");
    if (!bar) return null;
    const level = state.ends[Number(bar.dataset.end)];
    const { left, width } = bar.getBoundingClientRect();
    const [low, high] = state.domain;
    const place = low + ((event.clientX - left) / width) * (high - low);
    const unit = Math.round((place - level.middle) / level.step);
    return unit >= 0 && unit < level.size ? [bar.dataset.end === "0", unit] : null;
  };
  const told = (tell) => (event) => {
    const found = event.pointerType === "touch" && event.type === "pointermove" ? null : at(event);
    if (found && String(found) !== state.last) tell(...found);
    state.last = event.type === "pointermove" ? String(found) : null;
  };
  bars.addEventListener("pointermove", told(onPoint));
  bars.addEventListener("click", told(onPress));

  const show = ({ levels, counts, gaussian, window, domain, text }) => {
    Object.assign(state, { domain, ends: [levels[0], levels.at(-1)] });
    const lines = levels.map((level, index) => {
      const end = index === 0 ? 0 : index === levels.length - 1 ? 1 : null;
      return [
        h("span", { class: "rf-bar-name" }, level.name), bar(level, domain, end, index === 0 ? window : null),
        h("span", { class: "rf-bar-count" }, words.litUnits(level.lit.filter(Boolean).length, level.size)),
      ];
    });
    const shape = counts ? [h("span", {}), curve(counts, gaussian, domain), h("span", {})] : [];
    bars.replaceChildren(...lines.reverse().flat(), ...shape);
    note.textContent = text;
  };
  return { element, show };
}

function bar({ size, middle, step, lit }, [low, high], end, window) {
  const edge = (unit) => middle + (unit - 0.5) * step;
  const tile = (first, last) => `M${edge(first)} 0.04H${edge(last + 1)}V0.96H${edge(first)}Z`;
  const inner = size <= TOLD_APART
    ? Array.from({ length: size - 1 }, (_, unit) => `M${edge(unit + 1)} 0.04V0.96`).join("") : "";
  const frame = window ? `M${window[0] - 0.5} 0H${window[1] + 0.5}V1H${window[0] - 0.5}Z` : "";
  return svg("svg", {
    class: "rf-bar", viewBox: `${low} 0 ${high - low} 1`, preserveAspectRatio: "none", "aria-hidden": "true",
    ...(end === null ? {} : { "data-end": end }),
  }, svg("path", { class: "rf-unlit", d: tile(0, size - 1) }),
  svg("path", { class: "rf-on", d: runs(lit).map(([first, last]) => tile(first, last)).join("") }),
  svg("path", { class: "rf-lines", d: inner }), svg("path", { class: "rf-frame", d: frame }));
}

/** Ways to each pixel as steps, and the Gaussian of the same total, mean and spread. */
function curve(counts, { mean, deviation }, [low, high]) {
  const largest = Math.max(...counts, 1e-300);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const steps = counts.map((count, at) => `H${at - 0.5}V${1 - count / largest}H${at + 0.5}`).join("");
  const density = (x) => (total / largest / (deviation * Math.sqrt(2 * Math.PI)))
    * Math.exp(-((x - mean) ** 2) / (2 * deviation ** 2));
  const points = Array.from({ length: CURVE_POINTS + 1 }, (_, index) => low + ((high - low) * index) / CURVE_POINTS);
  const line = deviation > 0 ? `M${points.map((x) => `${x} ${1 - density(x)}`).join("L")}` : "";
  const top = Math.max(1, deviation > 0 ? density(mean) : 0) * 1.05;
  return svg("svg", {
    class: "rf-curve", viewBox: `${low} ${1 - top} ${high - low} ${top}`, preserveAspectRatio: "none",
    "aria-hidden": "true",
  }, svg("path", { class: "rf-steps", d: `M-0.5 1${steps}V1Z` }), svg("path", { class: "rf-gauss", d: line }));
}
