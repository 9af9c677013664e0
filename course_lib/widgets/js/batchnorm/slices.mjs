// One N × C × H × W block and the slice of it that a norm takes mean and variance of.
import * as core from "../core/batchnorm.mjs";
import { createBlockControls } from "./controls.mjs";
import { h } from "../ui/dom.mjs";
import { NumberGrid, densityFor } from "../ui/grid.mjs";
import { factor, format } from "../ui/numbers.mjs";
import words from "../words/batchnorm.mjs";

const BLOCK = ["block_N", "block_C", "block_H", "block_W"];
const short = (value) => format(value, 4);

/** { element, draw(state, draft, problems) }. `onValue(name, value)`; `onBlock(block)` gets the largest block. */
export function createSlices({ onValue, onReset, onBlock, say }) {
  const view = { shows: "x", selection: [0, 0], pinned: false, say };
  view.redraw = () => draw(view, view.state, view.draft, view.problems);
  view.controls = createBlockControls({
    onValue, onReset, onShows: (value) => {
      view.shows = value;
      view.redraw();
    },
  });
  view.grid = new NumberGrid({
    onPoint: (cell) => {
      if (!view.pinned) select(view, cell);
    },
    onPress: (cell) => {
      view.pinned = !(view.pinned && String(view.selection) === String(cell));
      select(view, cell);
    },
    onEscape: () => {
      view.pinned = false;
      select(view, view.selection);
    },
    onEdit: (cell, value) => {
      const [n, c, i, j] = placeOf(view, cell);
      const block = structuredClone(view.draft.largest);
      block[n][c][i][j] = value;
      onBlock(block);
    },
    mayEdit: (cell, pointerType) => pointerType !== "touch"
      || (view.pinned && String(view.selection) === String(cell)),
  });
  view.caption = h("p", { class: "cw-caption" });
  view.refusal = h("p", { class: "cw-refusal" });
  view.count = h("p", { class: "cw-note" });
  view.sentence = h("p", { class: "cw-sentence" });
  view.unpin = h("button", {
    class: "cw-button", type: "button", onclick: () => {
      view.pinned = false;
      select(view, view.selection);
    },
  }, words.unpin);
  view.story = h("div", { class: "cw-story" }, view.sentence, view.unpin);
  view.figure = h("div", { class: "cw-block" }, view.caption, view.grid.element);
  view.element = h("div", {}, view.controls.element, view.figure, view.refusal, view.story, view.count);
  return { element: view.element, draw: (state, draft, problems) => draw(view, state, draft, problems) };
}

/** Row and column of the grid from an index of the block, and back: a column of planes for each sample. */
const cellOf = ({ shape: [, , H, W] }, [n, c, i, j]) => [c * H + i, n * W + j];
const placeOf = ({ shape: [, , H, W] }, [row, column]) => [
  Math.floor(column / W), Math.floor(row / H), row % H, column % W];

function draw(view, state, draft, problems) {
  Object.assign(view, { state, draft, problems, shape: BLOCK.map((name) => draft[name]) });
  view.controls.show({ ...draft, shows: view.shows }, problems);
  const hasShape = !problems.some(({ parameter, reason }) => reason === "range" && BLOCK.includes(parameter));
  view.figure.hidden = !hasShape;
  view.refusal.hidden = problems.length === 0;
  view.story.hidden = view.count.hidden = problems.length > 0;
  if (problems.length) view.refusal.textContent = words.none(words.problem[problems[0].reason](problems[0]));
  view.result = problems.length ? null : core.normaliseBlock(state);
  if (hasShape) drawBlock(view);
  if (problems.length) {
    view.say(view.refusal.textContent);
    return;
  }
  const { norm, num_groups: groups } = state;
  const { slices } = view.result;
  const [, C] = view.shape;
  view.count.textContent = [
    words.sliceCount(slices.length, slices[0].count), words.depends[norm],
    norm === "group" && groups === 1 ? words.limits.one : "", norm === "group" && groups === C ? words.limits.all : "",
    slices[0].count === 1 ? words.limits.single : "",
  ].filter(Boolean).join(" ");
  const { selection } = view;
  const [row, column] = [view.shape[1] * view.shape[2], view.shape[0] * view.shape[3]];
  select(view, selection[0] < row && selection[1] < column ? selection : [0, 0]);
}

function drawBlock(view) {
  const { shape, state, grid } = view;
  const [N, C, H, W] = shape;
  const values = view.shows === "normalised" && view.result ? view.result.normalised : state.block;
  const isInput = values === state.block;
  const cells = Array.from({ length: C * H }, (_, row) => Array.from({ length: N * W }, (_, column) => {
    const [n, c, i, j] = placeOf(view, [row, column]);
    const value = values[n][c][i][j];
    const gaps = [j === 0 && n > 0 ? "starts-sample" : "", i === 0 && c > 0 ? "starts-channel" : ""];
    return {
      name: words.name(isInput ? "x" : "x̂", [n, c, i, j]), value: Number.isFinite(value) ? value : 0,
      text: Number.isNaN(value) ? "nan" : format(value, 3), kind: gaps.filter(Boolean).join(" "), label: null,
      editable: isInput,
    };
  }));
  view.caption.textContent = words.block(shape);
  view.figure.toggleAttribute("data-groups", state.norm === "group" && Boolean(view.result));
  grid.draw(cells, { label: words.block(shape), density: densityFor([N * W + 4]) });
  grid.cells.forEach((row, index) => {
    const c = Math.floor(index / H);
    const group = Math.floor((c * state.num_groups) / C);
    const isGroup = state.norm === "group" && view.result;
    const text = index % H ? "" : isGroup ? words.channelGroup(c, group) : words.channel(c);
    row[0].parentElement.dataset.head = text;
    row.forEach((cell, column) => {
      if (index === 0 && column % W === 0) cell.dataset.sample = words.sample(column / W);
      else delete cell.dataset.sample;
    });
  });
}

/** Outlines the slice of one cell and tells its statistics. */
function select(view, cell) {
  if (!view.result) {
    if (!view.figure.hidden) view.grid.mark({ current: null, linked: [], tags: null, pinned: false });
    return;
  }
  view.selection = cell;
  view.unpin.hidden = !view.pinned;
  const { shape, state: { norm, num_groups: groups, block, eps }, result } = view;
  const place = placeOf(view, cell);
  const index = core.sliceOf(norm, groups, shape, place);
  const linked = core.places(shape).filter((each) => core.sliceOf(norm, groups, shape, each) === index)
    .map((each) => cellOf(view, each));
  view.grid.mark({ current: cell, linked, tags: null, pinned: view.pinned });
  const { mean, variance, count } = result.slices[index];
  const [n, c, i, j] = place;
  const group = Math.floor((c * groups) / shape[1]);
  const told = words.slice(words.sliceOf[norm](n, c, group), count, short(mean), short(variance));
  const sum = `x̂[${place.join(", ")}] = (${short(block[n][c][i][j])} − ${factor(Number(mean.toPrecision(4)))}) / `
    + `√(${short(variance)} + ${format(eps)}) = ${short(result.normalised[n][c][i][j])}`;
  view.sentence.replaceChildren(h("span", { class: "cw-symbols" }, words.norms[norm], ", ", told), h("span", {
    class: "cw-numbers",
  }, sum));
  view.say(view.pinned ? words.pinned(`${told} ${sum}`) : `${told} ${sum}`);
}
