// The panel of settings: what the bars share, the order, and sliders for width, batch and resolution.
import { RESOLUTION } from "../core/architecture_shapes.mjs";
import { LIMITS } from "../core/architecture.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import words from "../words/architecture.mjs";

const PERCENT = 100;
const SLIDER_MAX = { width: 200, batch: 64 };

/** { element, show(draft, problems) }. `onChange(name, value, index)`; `onReset()`. */
export function createSettings(nets, { onChange, onReset }) {
  const choice = (name) => createChoice({
    label: words[name], options: words[`${name}s`], onChoose: (value) => onChange(name, value),
  });
  const [share, order] = ["share", "order"].map(choice);
  const field = (name) => group(words.settings[name], {
    min: LIMITS[name][0] * (name === "width" ? PERCENT : 1), sliderMax: SLIDER_MAX[name],
    onInput: (value) => onChange(name, name === "width" ? value / PERCENT : value),
    ...(name === "width" ? { step: "any" } : {}),
  });
  const fields = { width: field("width"), batch: field("batch") };
  const nameOf = (net) => words.resolution(nets.length > 1 ? net.network.name : null);
  const heights = nets.map((net) => net.base && group(nameOf(net), {
    min: RESOLUTION[0], sliderMax: 2 * net.base[0], stops: () => stopsOf(net),
    onInput: (value) => onChange("resolution", value, net.index),
  }));
  const reset = h("button", { class: "cw-button", type: "button", onclick: onReset }, words.reset);
  const all = [fields.width, ...heights, fields.batch].flatMap((one) => one?.element ?? []);
  const element = h("div", { class: "cw-controls" }, ...all,
    h("div", { class: "cw-switches" }, share.element, order.element, reset));
  const message = (problem, name, index) => problem && {
    text: words.problem[problem.reason](problem),
    use: { label: words.useSetting(name, problem.nearest), apply: () => onChange(name, problem.nearest, index) },
  };
  const show = (draft, problems) => {
    share.show(draft.share);
    order.show(draft.order);
    fields.width.show(Number((draft.width * PERCENT).toPrecision(12)), message(problems.width, "width"));
    fields.batch.show(draft.batch, message(problems.batch, "batch"));
    for (const { index, misfit } of nets) {
      heights[index]?.show(draft.resolution[index], message(misfit, "resolution", index));
    }
  };
  return { element, show };
}

function group(label, options) {
  const { element, show } = createField({ label, caption: "", sliderLabel: words.slider(label), ...options });
  return { element: h("div", { class: "cw-group" }, h("span", { class: "cw-name" }, label), element), show };
}

/** Heights at which all maps have sizes known exactly: whole steps of the largest stride from the profiled one. */
function stopsOf({ base: [height], step }) {
  const below = Math.floor((height - 1) / step);
  const above = Math.max(Math.ceil(height / step), 4);
  return Array.from({ length: below + above + 1 }, (_, index) => height + (index - below) * step)
    .filter((stop) => stop <= RESOLUTION[1] || stop === height);
}
