// One N × C × H × W block and the slice of it that a norm takes mean and variance of.
import { makeRows, mapRows } from "../core/arrays.mjs";
import * as core from "../core/batchnorm.mjs";
import { densityFor } from "../ui/grid.mjs";
import { format, short } from "../ui/numbers.mjs";
import { cellsOf } from "../ui/panel.mjs";
import words from "../words/batchnorm.mjs";
import { signed } from "./text.mjs";

/**
 * { draw(state, shape, shows, { hasShape, isLegal }), about(), tell(cell), edit(block, cell, value) } of `panel`, whose
 * grid gets a column of planes for each sample. `draw` returns the rows of cells, or null.
 */
export function createBlock(panel) {
  let view = {};
  const place = ([row, column]) => placeOf(view.shape, row, column);
  const draw = (state, shape, shows, { hasShape, isLegal }) => {
    view = { state, shape, result: isLegal ? core.normaliseBlock(state) : null };
    panel.element.hidden = !hasShape;
    return hasShape ? drawBlock(panel, view, shows) : null;
  };
  const edit = (block, cell, value) => {
    const [n, c, i, j] = place(cell);
    const changed = structuredClone(block);
    changed[n][c][i][j] = value;
    return changed;
  };
  return { draw, about: () => about(view), tell: (cell) => tell(view, place(cell)), edit };
}

const placeOf = ([, , H, W], row, column) => [Math.floor(column / W), Math.floor(row / H), row % H, column % W];

function drawBlock({ element, grid, show }, { state, shape, result }, shows) {
  const [N, C, H, W] = shape;
  const isInput = shows === "input" || !result;
  const values = isInput ? state.block : result.normalised;
  const place = (row, column) => placeOf(shape, row, column);
  const numbers = makeRows(C * H, N * W, (row, column) => {
    const [n, c, i, j] = place(row, column);
    return values[n][c][i][j];
  });
  const nameOf = (row, column) => words.name(isInput ? "x" : "x̂", place(row, column));
  const rows = mapRows(cellsOf(numbers, nameOf, isInput), (cell, row, column) => {
    const [n, c, i, j] = place(row, column);
    return { ...cell, kind: `${j === 0 && n > 0 ? "starts-sample" : ""} ${i === 0 && c > 0 ? "starts-channel" : ""}` };
  });
  const isGroup = state.norm === "group" && Boolean(result);
  show(rows, words.block(shape), densityFor([N * W + 4])); // the channel's name before each row is as wide as 4 cells
  element.toggleAttribute("data-groups", isGroup);
  grid.cells.forEach((row, index) => {
    const c = Math.floor(index / H);
    const group = isGroup && core.groupOf(state.num_groups, C, c);
    row[0].parentElement.dataset.head = index % H ? "" : words.channel(c, group);
    row.forEach((cell, column) => {
      if (index === 0 && column % W === 0) cell.dataset.sample = words.sample(column / W);
      else delete cell.dataset.sample;
    });
  });
  return rows;
}

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
  const name = words.sliceOf[norm](n, c, core.groupOf(groups, shape[1], c));
  const slice = words.slice(name, count, short(mean), short(variance));
  const numbers = `x̂[${place.join(", ")}] = (${short(block[n][c][i][j])} − ${signed(mean)}) / `
    + `√(${short(variance)} + ${format(eps)}) = ${short(result.normalised[n][c][i][j])}`;
  const links = core.places(shape).filter((each) => core.sliceOf(norm, groups, shape, each) === index)
    .map(([one, channel, row, column]) => [channel * H + row, one * W + column]);
  return { links: { block: links }, symbols: `${words.norms[norm]}, ${slice}`, numbers, spoken: `${slice} ${numbers}` };
}
