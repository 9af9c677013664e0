// How many products each output is a sum of, how uneven that is, and two ways to even it out.
import * as core from "../core/upsampling.mjs";
import { bar, button, h } from "../ui/dom.mjs";
import words from "../words/upsampling.mjs";
import { readGrid } from "./cells.mjs";

/** { element, show(state) }. `onKernel(size)` and `onResize()` take the checkerboard away. */
export function overlapView({ say, onKernel, onResize }) {
  const grid = readGrid("overlap", say);
  const verdict = h("div", { class: "cw-verdict" });
  const element = h("div", {}, h("p", { class: "cw-note" }, words.overlap.about), verdict, grid.element,
    h("p", { class: "cw-help" }, words.overlap.note));
  const show = (state) => {
    grid.show(core.counts(state));
    verdict.replaceChildren(...(state.method === "transposed" ? judge(core.sizesOf(state), onKernel, onResize)
      : [h("p", {}, words.overlap[state.method] ?? words.overlap.always)]));
  };
  return { element, show };
}

const line = (...parts) => h("div", { class: "cw-switches" }, ...parts);

function judge(sizes, onKernel, onResize) {
  const found = core.evenness(sizes);
  const lines = [h("p", { class: "cw-caption" }, words.overlap.remainder(sizes, found)),
    line(words.overlap.meter(found), bar(found.share))];
  if (found.remainder === 0) return [...lines, h("p", {}, words.overlap.even(found))];
  const kernel = core.evenKernel(sizes);
  return [...lines, h("p", {}, words.overlap.uneven(found)), line(words.overlap.fix,
    button(words.overlap.fixKernel(kernel), () => onKernel(kernel)), button(words.overlap.fixResize, onResize))];
}
