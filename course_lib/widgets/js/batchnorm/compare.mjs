// The picture of one channel before and after, or in training and in eval, and why these two differ.
import * as core from "../core/batchnorm.mjs";
import { createLines } from "./line.mjs";
import { h } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/batchnorm.mjs";

const PER_SAMPLE = ["input", "normalised", "output", "trained", "evaluated", "difference"];

/** { lines, gap, draw(show, selection), stop() }: `show` is as from `core.results`, or null for nothing. */
export function createCompare() {
  const lines = createLines();
  const gap = h("p", { class: "cw-gap" });
  const draw = (show, selection) => {
    gap.textContent = show?.state.view === "eval" ? gapText(show) : "";
    lines.element.hidden = true;
    if (!show || show.state.view === "gradient") return;
    const { grid, cell: [n, c] } = selection;
    const row = (name) => ({
      label: words.line.channel(name, c), values: show.shown[name]?.map((values) => values[c]) ?? [],
      bars: name === "input" ? bars(show, c) : [],
    });
    const compared = show.state.view === "eval" ? ["trained", "evaluated"] : ["input", "output"];
    const drawn = compared.map(row).filter(({ values }) => values.some(Number.isFinite));
    if (!drawn.length) return;
    lines.element.hidden = false;
    const said = drawn.map(({ label, values }) => `${label}: ${texts(values).join(", ")}`);
    lines.show(words.line.label(said), { rows: drawn, current: PER_SAMPLE.includes(grid) ? n : null });
  };
  return { lines: lines.element, gap, draw, stop: lines.stop };
}

const texts = (values) => values.map((value) => format(value, 3));

function bars({ state, batch }, c) {
  const bar = (kind, mean, variance) => (
    { label: words.line[kind], mean: mean[c], deviation: Math.sqrt(variance[c]), kind: `is-${kind}` });
  return [bar("batch", batch.mean, batch.variance), bar("running", state.running_mean, state.running_var)];
}

function gapText({ state, batch, refused, gap }) {
  if (refused) return words.gap[refused];
  const { largest, channel: c, steps } = gap;
  if (largest <= core.CLOSE) return words.gap.none;
  const numbers = [state.running_mean, batch.mean, state.running_var, batch.unbiased].map((values) => values[c]);
  return [
    words.gap.some(c, ...texts([largest, ...numbers])), state.num_batches_tracked ? words.gap.moved : words.gap.never,
    steps === null ? words.gap.far : words.gap.steps(steps),
  ].join(" ");
}
