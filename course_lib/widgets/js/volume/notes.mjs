// What differs from two dimensions, the output size with its floor, and what it costs.
import * as core from "../core/volume.mjs";
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
  const [sizes, cost] = [h("div", { class: "cw-sizes" }), h("div", { class: "cw-sizes" })];
  const element = h("div", {}, sizes, cost);
  const show = (tab, given) => {
    for (const part of [kind, element]) part.hidden = tab !== "output";
    if (tab !== "output") return;
    drawSizes(sizes, given);
    drawCost(cost, given);
    const is = core.kind(given);
    text.textContent = words.kinds[is](given, core.outputSize(given, 0));
    flat.hidden = is === "channels" || given.input[0] === 1;
    flat.textContent = words.makeFlat(Math.min(given.input[0], core.LIMITS.kernel[0][1]));
  };
  return { kind, element, show };
}

function drawSizes(element, sizes) {
  const line = (axis) => {
    const { padding, ...rest } = Object.fromEntries(core.PARAMETERS.map((name) => [name, sizes[name][axis]]));
    return sizeFormula(words.axes[axis], { ...rest, pads: [padding, padding] });
  };
  const cut = core.AXES.filter((axis) => core.dropped(sizes, axis));
  element.replaceChildren(h("p", { class: "cw-caption" }, words.outputSize), sizeRule(), ...core.AXES.map(line),
    ...cut.map((axis) => h("p", { class: "cw-note" }, words.dropped(core.dropped(sizes, axis), axis))));
}

function drawCost(element, sizes) {
  const { kernel: [depth, ...flat] } = sizes;
  const lines = [words.costLine(core.cost(sizes), sizes.kernel, core.outputShape(sizes))];
  if (depth > 1) lines.push(words.costFlat(depth, flat));
  element.replaceChildren(h("p", { class: "cw-caption" }, words.cost), ...lines.map((each) => h("p", {}, each)));
}
