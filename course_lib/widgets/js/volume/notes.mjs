// What differs from two dimensions, the output size with its floor, and what it costs.
import * as core from "../core/volume.mjs";
import { along, dropped, outputShape, outputSize } from "../core/window.mjs";
import { button, h } from "../ui/dom.mjs";
import { sizeFormula, sizeRule } from "../ui/formula.mjs";
import words from "../words/volume.mjs";

/** { kind, element, show(tab, sizes) }: a note above the slices, and those below; `onFlat()` makes it 2-D. */
export function createNotes({ onFlat }) {
  const text = h("p", { tabindex: -1 });
  const flat = button("", () => {
    onFlat();
    text.focus(); // the button is gone
  });
  const kind = h("div", { class: "cw-kind" }, text, flat);
  const [size, cost] = [h("div", { class: "cw-sizes" }), h("div", { class: "cw-sizes" })];
  const element = h("div", {}, size, cost);
  const show = (tab, sizes) => {
    for (const part of [kind, element]) part.hidden = tab !== "output";
    if (tab !== "output") return;
    size.replaceChildren(...sizeLines(sizes));
    cost.replaceChildren(...costLines(sizes));
    const is = core.kind(sizes);
    const [depth] = sizes.input;
    text.textContent = words.kinds[is](depth, outputSize(sizes, 0));
    flat.hidden = is === "channels" || depth === 1;
    flat.textContent = words.makeFlat(Math.min(depth, core.LIMITS.kernel[0][1]));
  };
  return { kind, element, show };
}

const title = (text) => h("p", { class: "cw-caption" }, text);

function sizeLines(sizes) {
  const line = (axis) => {
    const { padding, ...rest } = along(sizes, axis);
    return sizeFormula(words.axes[axis], { ...rest, pads: [padding, padding] });
  };
  const floor = (axis) => words.dropped(words.axes[axis], dropped(sizes, axis), words.lines[axis]);
  const cut = core.AXES.filter((axis) => dropped(sizes, axis));
  return [title(words.outputSize), sizeRule(), ...core.AXES.map(line),
    ...cut.map((axis) => h("p", { class: "cw-note" }, floor(axis)))];
}

function costLines(sizes) {
  const { kernel: [depth, ...flat] } = sizes;
  const lines = [words.costLine(core.cost(sizes), sizes.kernel, outputShape(sizes))];
  if (depth > 1) lines.push(words.costFlat(depth, flat));
  return [title(words.cost), ...lines.map((each) => h("p", {}, each))];
}
