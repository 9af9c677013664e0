// The picture of one channel before and after, or in training and in eval, and why these two differ.
import * as core from "../core/batchnorm.mjs";
import { createLines } from "./line.mjs";
import { h } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/batchnorm.mjs";

const PER_SAMPLE = ["x", "normalised", "output", "trained", "evaluated", "difference"];
const short = (value) => format(value, 3);

/** { lines, gap, draw(show, selection), stop() }: `show` as from `core.results`, `selection` { grid, cell } or null. */
export function createCompare() {
  const lines = createLines();
  const gap = h("p", { class: "cw-gap" });
  const draw = (show, selection) => {
    const { state: { view, x }, trained, evaluated, output } = show;
    const isCompared = view === "eval";
    lines.element.hidden = view === "gradient" || !(isCompared ? evaluated : output);
    gap.textContent = isCompared && evaluated ? gapText(show) : "";
    if (lines.element.hidden) return;
    const c = Math.min(selection?.cell[1] ?? 0, x[0].length - 1);
    const drawn = isCompared
      ? [row(words.line.trained(c), trained, c), row(words.line.evaluated(c), evaluated, c)]
      : [{ ...row(words.line.before(c), x, c), bars: bars(show, c) }, row(words.line.after(c), output, c)];
    const said = drawn.flatMap(({ label, values }) => [label, values.map(short).join(", ")]);
    const isSample = selection && PER_SAMPLE.includes(selection.grid);
    lines.show(words.line.label(...said), { rows: drawn, current: isSample ? selection.cell[0] : null });
  };
  return { lines: lines.element, gap, draw, stop: lines.stop };
}

const row = (label, rows, c) => ({ label, values: rows ? rows.map((values) => values[c]) : [], bars: [] });

function bars({ state, batch }, c) {
  const bar = (kind, mean, variance) => (
    { label: words.line[kind], mean: mean[c], deviation: Math.sqrt(variance[c]), kind: `is-${kind}` });
  return [bar("batch", batch.mean, batch.variance), bar("running", state.running_mean, state.running_var)];
}

function gapText({ state, batch, trained }) {
  if (!trained) return words.gap.one;
  const { largest, channel: c, steps } = core.gap(state);
  if (largest <= core.CLOSE) return words.gap.none;
  const numbers = [state.running_mean, batch.mean, state.running_var, batch.unbiased].map((values) => short(values[c]));
  return [
    words.gap.some(c, short(largest), ...numbers), state.num_batches_tracked === 0 ? words.gap.never : words.gap.moved,
    steps === null ? words.gap.far : words.gap.steps(steps),
  ].join(" ");
}
