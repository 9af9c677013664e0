// Volumes as grids of numbers, slice by slice, with what takes part in the products of one cell.
import * as core from "../core/volume.mjs";
import { h } from "../ui/dom.mjs";
import { NumberGrid } from "../ui/grid.mjs";
import { format } from "../ui/numbers.mjs";
import { createPin } from "../ui/pin.mjs";
import { createPlayer } from "../ui/player.mjs";
import words from "../words/volume.mjs";
import { tell } from "./story.mjs";

/** What each view shows; the last but for a bias is the result. */
export const ROLES = {
  output: ["input", "kernel", "output"], input_grad: ["grad_output", "kernel", "grad_input"],
  kernel_grad: ["input", "grad_output", "grad_kernel"],
};
// Where the products of a cell end, on which they show their weight in a corner.
const FAR_END = { input: "output", output: "input", grad_output: "grad_input", grad_input: "grad_output" };
const EDITABLE = ["input", "kernel", "bias", "grad_output"];
const DIGITS = 4;

export const partOf = (role) => role.replace("grad_", "");
const isBias = (role) => partOf(role) === "bias";
const keyOf = ({ role, slice }) => `${role}:${slice}`;

/** { element, show({ tab, sizes, values }), pin(cell), pinned(), stop() }; a `cell`: [role, depth, row, column] or null. */
export function createSlices({ say, onPin, onEdit }) {
  const view = { onEdit, grids: new Map(), volumes: {} };
  view.pin = createPin({
    say, gridOf: (selection) => view.grids.get(keyOf(selection)).grid,
    tell: (selection, isPinned) => select(view, selection, isPinned),
    onPin: (selection) => onPin(cellOf(view, selection)),
  });
  view.player = createPlayer({ label: words.player, onStep: (step) => go(view, step) });
  view.figure = h("div", { class: "cw-volumes" });
  view.parts = h("ul", { class: "cw-parts" });
  view.sentence = h("p", { class: "cw-sentence" });
  const story = h("div", { class: "cw-story" }, h("div", {}, view.parts, view.sentence), view.pin.button);
  return {
    element: h("div", {}, view.player.element, view.figure, story), show: (state) => show(view, state),
    stop: () => view.player.stop(),
    pin: (cell) => {
      view.pin.forget();
      view.wanted = cell;
    },
    pinned: () => (view.pin.isPinned() ? cellOf(view, view.pin.selection()) : null),
  };
}

/** Zeros around a volume, as far as they are drawn. */
const around = ({ sizes }, role) => (role === "input" ? sizes.padding : [0, 0, 0]);

/** The place of a cell of a grid in its volume, negative in the padding before it. */
export function placeOf(view, { role, slice, cell: [row, column] }) {
  const [, above, left] = around(view, role);
  return [slice, row - above, column - left];
}

const cellOf = (view, selection) => (selection && !isBias(selection.role)
  ? [selection.role, ...placeOf(view, selection)] : null);

function selectionOf(view, [role, slice, row, column]) {
  const [, above, left] = around(view, role);
  return { role, slice, cell: [row + above, column + left] };
}

// ---- drawing -------------------------------------------------------------------------------------

function show(view, state) {
  // A cell keeps its place in the volume when the padding around it changes.
  const before = view.pin.selection();
  const kept = before && [before.role, ...placeOf(view, before)];
  Object.assign(view, state);
  const { values, tab } = view;
  view.roles = [...ROLES[tab]];
  if (tab === "output" && values.bias !== null) view.roles.splice(2, 0, "bias");
  if (tab === "kernel_grad" && values.bias !== null) view.roles.push("grad_bias");
  view.visible = view.roles.flatMap((role) => slicesOf(view, role).map((slice) => ({ role, slice })));
  const columns = view.roles.map((role) => {
    const [depth, , wide] = shapeOf(view, role);
    return depth * wide;
  });
  const density = [["low", 22], ["middle", 40]].find(([, most]) => Math.max(...columns) <= most)?.[0] ?? "high";
  const shape = JSON.stringify(view.visible);
  const figures = view.roles.map((role) => drawVolume(view, role, density));
  if (shape !== view.shape) view.figure.replaceChildren(...figures);
  view.shape = shape;
  const wanted = view.wanted ?? kept;
  const selection = wanted && selectionOf(view, wanted);
  if (!isThere(view, selection)) view.pin.forget();
  else if (view.wanted || view.pin.isPinned()) view.pin.restore(selection);
  view.wanted = null;
  const middle = core.shapeOf(values[resultOf(view)]).map((size) => size >> 1);
  view.pin.select(isThere(view, selection) ? selection : selectionOf(view, [resultOf(view), ...middle]), false);
}

const isThere = (view, selection) => Boolean(selection
  && view.visible.some(({ role, slice }) => role === selection.role && slice === selection.slice)
  && view.grids.get(keyOf(selection)).grid.content[selection.cell[0]]?.[selection.cell[1]]);

/** How large a volume is drawn: an input with its padding. */
const shapeOf = (view, role) => (isBias(role) ? [1, 1, 1]
  : core.shapeOf(view.values[role]).map((size, axis) => size + 2 * around(view, role)[axis]));

const slicesOf = (view, role) => core.range(shapeOf(view, role)[0]).map((index) => index - around(view, role)[0]);

function drawVolume(view, role, density) {
  const { title, slices, element } = view.volumes[role] ??= makeVolume();
  const [whole, drawn] = [isBias(role) ? [1] : core.shapeOf(view.values[role]), shapeOf(view, role)];
  title.textContent = isBias(role) ? words.sliceTitle(role, null)
    : words.volumeTitle(role, whole, String(drawn) === String(whole) ? null : drawn);
  const contents = slicesOf(view, role).map((slice) => [slice, cellsOf(view, role, slice, drawn)]);
  const all = contents.flatMap(([, cells]) => cells.flat());
  const strongest = (cells) => Math.max(...cells.map(({ value }) => Math.abs(value)), 1e-12);
  const characters = Math.max(...all.map(({ text }) => text.length));
  const panels = contents.map(([slice, cells]) => {
    const panel = panelOf(view, { role, slice });
    const inside = slice >= 0 && slice < whole[0] ? slice : null;
    panel.title.textContent = words.sliceTitle(role, inside);
    panel.title.hidden = isBias(role);
    panel.meets.hidden = isBias(role);
    panel.grid.draw(cells, { label: words.gridLabel(role, slice, inside !== null, drawn.slice(1)), density });
    // Slices of one volume share their colours and their width.
    panel.grid.grid.style.setProperty("--cw-characters", characters);
    panel.grid.grid.style.setProperty("--cw-share", strongest(cells.flat()) / strongest(all));
    return panel.element;
  });
  if (panels.some((panel, index) => slices.children[index] !== panel) || slices.children.length !== panels.length) {
    slices.replaceChildren(...panels);
  }
  return element;
}

function makeVolume() {
  const [title, slices] = [h("p", { class: "cw-caption" }), h("div", { class: "cw-slices" })];
  return { title, slices, element: h("div", { class: "cw-volume" }, title, slices) };
}

function panelOf(view, place) {
  const key = keyOf(place);
  if (!view.grids.has(key)) {
    const grid = new NumberGrid({
      ...view.pin.handlers(place),
      onEdit: (cell, value) => view.onEdit(place.role, placeOf(view, { ...place, cell }), value),
    });
    const [title, meets] = [h("p", { class: "cw-slice-name" }), h("p", { class: "cw-meets" })];
    view.grids.set(key, { grid, title, meets, element: h("div", { class: "cw-panel" }, title, grid.element, meets) });
  }
  return view.grids.get(key);
}

function cellsOf(view, role, slice, [, rows, columns]) {
  const volume = isBias(role) ? [[[view.values[role]]]] : view.values[role];
  const editable = EDITABLE.includes(role);
  return core.range(rows).map((row) => core.range(columns).map((column) => {
    const place = placeOf(view, { role, slice, cell: [row, column] });
    const value = core.at(volume, place);
    const text = format(value ?? 0, DIGITS);
    const kind = [value === undefined && "is-padding", role === "input" && isDropped(view, place) && "is-dropped"];
    const label = kind[1] ? words.droppedCell(text) : kind[0] ? words.paddingCell(text) : null;
    return {
      name: words.name(role, isBias(role) ? [] : place), value: value ?? 0, text, label,
      kind: kind.filter(Boolean).join(" "), editable: editable && value !== undefined,
    };
  }));
}

const isDropped = ({ sizes }, place) => core.AXES.some((axis) => (
  place[axis] >= sizes.input[axis] + sizes.padding[axis] - core.dropped(sizes, axis)));

// ---- selection -----------------------------------------------------------------------------------

/** The products that the chosen cell takes part in; those of a bias are the outputs alone. */
function productsOf(view, { role, ...rest }) {
  const { sizes, tab, values } = view;
  if (isBias(role)) {
    return core.fill(core.shapeOf(values.grad_output), (...output) => ({ output })).flat(2);
  }
  const terms = core.products(sizes, role, placeOf(view, { role, ...rest }));
  return tab === "input_grad" ? terms.filter(({ input }) => core.isInside(sizes, input)) : terms;
}

/** Goes to a cell of the result, counted row by row and slice by slice. */
function go(view, step) {
  if (view.pin.isPinned()) view.pin.letGo();
  view.pin.select(selectionOf(view, [resultOf(view), ...resultCells(view)[step]]));
}

const resultOf = ({ tab }) => ROLES[tab][2];
const resultCells = (view) => core.fill(core.shapeOf(view.values[resultOf(view)]), (...place) => place).flat(2);

/** Outlines everything that takes part in the products of one cell, and tells them. */
function select(view, selection, isPinned) {
  const terms = productsOf(view, selection);
  const third = (role) => ROLES[view.tab].find((each) => each !== role && each !== selection.role);
  for (const { role, slice } of view.visible) {
    const { grid, meets } = view.grids.get(keyOf({ role, slice }));
    const own = terms.filter((term) => term[partOf(role)]?.[0] === slice);
    const linked = new Map(own.map((term) => {
      const { cell } = selectionOf(view, [role, ...term[partOf(role)]]);
      return [String(cell), { cell, term }];
    }));
    const isFarEnd = role === FAR_END[selection.role] && view.tab !== "kernel_grad";
    const found = [...linked.values()];
    grid.mark({
      current: keyOf(selection) === keyOf({ role, slice }) ? selection.cell : null,
      linked: found.map(({ cell }) => cell), pinned: isPinned,
      tags: isFarEnd ? found.map(({ term }) => format(core.factorOf(view.values, "kernel", term), 3)) : null,
    });
    meets.textContent = own.length && role !== selection.role && !isBias(selection.role)
      ? words.meets(selection.role, role, third(role), inVolume(view, third(role), own[0])) : "";
  }
  if (selection.role === resultOf(view)) {
    const cells = resultCells(view);
    view.player.show(cells.findIndex((place) => String(place) === String(placeOf(view, selection))), cells.length);
  }
  const { parts, sentence, spoken } = tell(view, selection, terms);
  view.parts.replaceChildren(...parts);
  view.parts.hidden = parts.length === 0;
  view.sentence.textContent = sentence;
  return spoken;
}

/** The slice of `role` that a product reads, null in the padding. */
export function inVolume({ sizes }, role, term) {
  const [slice] = term[partOf(role)];
  return partOf(role) === "input" && (slice < 0 || slice >= sizes.input[0]) ? null : slice;
}
