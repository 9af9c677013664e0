// One N × C × H × W block and the slice of it that a norm takes mean and variance of.
import * as core from "../core/batchnorm.mjs";
import { h } from "../ui/dom.mjs";
import { densityFor } from "../ui/grid.mjs";
import { factor, format } from "../ui/numbers.mjs";
import words from "../words/batchnorm.mjs";
import { cellOf, short } from "./text.mjs";

/**
 * { element, draw(state, shape, shows, { hasShape, isLegal }), about(), tell(cell), edit(block, cell, value) } around
 * `grid`, which has a column of planes for each sample. `draw` returns the rows of cells, or null.
 */
export function createBlock(grid) {
  const caption = h("p", { class: "cw-caption" });
  const element = h("div", { class: "cw-block" }, caption, grid.element);
  let view = {};
  const place = ([row, column]) => placeOf(view.shape, row, column);
  const draw = (state, shape, shows, { hasShape, isLegal }) => {
    view = { state, shape, result: isLegal ? core.normaliseBlock(state) : null };
    element.hidden = !hasShape;
    if (!hasShape) return null;
    caption.textContent = words.block(shape);
    return drawGrid(grid, view, shows);
  };
  const edit = (block, cell, value) => {
    const [n, c, i, j] = place(cell);
    const changed = structuredClone(block);
    changed[n][c][i][j] = value;
    return changed;
  };
  return { element, draw, about: () => about(view), tell: (cell) => tell(view, place(cell)), edit };
}

const placeOf = ([, , H, W], row, column) => [Math.floor(column / W), Math.floor(row / H), row % H, column % W];

function drawGrid(grid, { state, shape, result }, shows) {
  const [N, C, H, W] = shape;
  const isInput = shows === "input" || !result;
  const values = isInput ? state.block : result.normalised;
  const rows = Array.from({ length: C * H }, (_, row) => Array.from({ length: N * W }, (__, column) => {
    const [n, c, i, j] = placeOf(shape, row, column);
    const value = values[n][c][i][j];
    const gaps = `${j === 0 && n > 0 ? "starts-sample" : ""} ${i === 0 && c > 0 ? "starts-channel" : ""}`;
    return cellOf({
      name: words.name(isInput ? "x" : "x̂", [n, c, i, j]), value, text: short(value, 3), kind: gaps.trim(),
      editable: isInput,
    });
  }));
  const isGroup = state.norm === "group" && result;
  grid.draw(rows, { label: words.block(shape), density: densityFor([N * W + 4]) });
  grid.element.parentElement.toggleAttribute("data-groups", Boolean(isGroup));
  grid.cells.forEach((row, index) => {
    const c = Math.floor(index / H);
    row[0].parentElement.dataset.head = index % H ? "" : words.channel(c, isGroup ? groupOf(state, C, c) : false);
    row.forEach((cell, column) => {
      if (index === 0 && column % W === 0) cell.dataset.sample = words.sample(column / W);
      else delete cell.dataset.sample;
    });
  });
  return rows;
}

const groupOf = ({ num_groups: groups }, C, c) => Math.floor((c * groups) / C);

/** How many slices there are, and what that means. */
function about({ state: { norm, num_groups: groups }, shape, result }) {
  if (!result) return "";
  const [{ count }] = result.slices;
  return [
    words.sliceCount(result.slices.length, count), words.depends[norm],
    norm === "group" && groups === 1 && words.limits.one, norm === "group" && groups === shape[1] && words.limits.all,
    count === 1 && words.limits.single,
  ].filter(Boolean).join(" ");
}

/** The slice of one cell, its statistics, and the number that they make of the cell; as `tell` of a batch's number. */
function tell({ state, shape, result }, place) {
  const { norm, num_groups: groups, block, eps } = state;
  const [n, c, i, j] = place;
  const [, , H, W] = shape;
  const index = core.sliceOf(norm, groups, shape, place);
  const { mean, variance, count } = result.slices[index];
  const name = words.sliceOf[norm](n, c, groupOf(state, shape[1], c));
  const slice = words.slice(name, count, short(mean), short(variance));
  const numbers = `x̂[${place.join(", ")}] = (${short(block[n][c][i][j])} − ${factor(Number(mean.toPrecision(4)))}) / `
    + `√(${short(variance)} + ${format(eps)}) = ${short(result.normalised[n][c][i][j])}`;
  const links = core.places(shape).filter((each) => core.sliceOf(norm, groups, shape, each) === index)
    .map(([one, channel, row, column]) => [channel * H + row, one * W + column]);
  return { links: { block: links }, symbols: `${words.norms[norm]}, ${slice}`, numbers, spoken: `${slice} ${numbers}` };
}
