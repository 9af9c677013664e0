// The panel of settings: what the bars share, the order, and sliders for width, batch and resolution.
import { LIMITS } from "../core/architecture.mjs";
import { RESOLUTION } from "../core/architecture_shapes.mjs";
import { range } from "../core/arrays.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/architecture.mjs";

const PERCENT = 100;

/** { element, show(draft, problems) }. `onChange(name, value, index)`; `onReset()`. */
export function createSettings(nets, { onChange, onReset }) {
  const [share, order] = ["share", "order"].map((name) => createChoice({
    label: words[name], options: words[`${name}s`], onChoose: (value) => onChange(name, value),
  }));
  const width = createNamedField({
    label: words.settings.width, min: LIMITS.width[0] * PERCENT, sliderMax: 2 * PERCENT, step: "any",
    onInput: (value) => onChange("width", value / PERCENT),
  });
  const batch = createNamedField({
    label: words.settings.batch, min: LIMITS.batch[0], sliderMax: 64, onInput: (value) => onChange("batch", value),
  });
  const heights = nets.map((net) => net.network.size && createNamedField({
    label: words.resolution(nets.length > 1 ? net.network.name : null), min: RESOLUTION[0], stops: () => stopsOf(net),
    onInput: (value) => onChange("resolution", value, net.index),
  }));
  const element = h("div", { class: "cw-controls" }, ...[width, ...heights, batch].flatMap((one) => one?.element ?? []),
    h("div", { class: "cw-switches" }, share.element, order.element, button(words.reset, onReset)));
  const show = (draft, problems) => {
    share.show(draft.share);
    order.show(draft.order);
    const message = (problem, index) => messageOf(problem, {
      ...words, use: (nearest) => words.useSetting(problem.name, nearest),
    }, ({ name, nearest }) => onChange(name, nearest, index));
    width.show(Number((draft.width * PERCENT).toPrecision(12)), message(problems.width));
    batch.show(draft.batch, message(problems.batch));
    for (const { index, misfit } of nets) heights[index]?.show(draft.resolution[index], message(misfit, index));
  };
  return { element, show };
}

/** Heights at which all maps have sizes known exactly: whole steps of the largest stride from the profiled one. */
function stopsOf({ network: { size: [height] }, step }) {
  const below = Math.floor((height - 1) / step);
  const above = Math.max(Math.ceil(height / step), 4);
  return range(below + above + 1).map((index) => height + (index - below) * step)
    .filter((stop) => stop <= RESOLUTION[1] || stop === height);
}
