// Volumes as grids of numbers, slice by slice, with what takes part in the products of one cell.
import { isSame, makeRows, range } from "../core/arrays.mjs";
import * as core from "../core/volume.mjs";
import { h } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import { createPanel } from "../ui/panel.mjs";
import { createPin } from "../ui/pin.mjs";
import { createPlayer } from "../ui/player.mjs";
import words from "../words/volume.mjs";
import { tell } from "./story.mjs";

const RESULTS = { output: "output", input_grad: "grad_input", kernel_grad: "grad_kernel" }; // of each view
const EDITABLE = ["input", "kernel", "bias", "grad_output"];
const DIGITS = 4;

const isBias = (role) => core.partOf(role) === "bias";
const keyOf = ({ role, slice }) => `${role}:${slice}`;

/** { element, show({ tab, sizes, values }), pin(cell), pinned(), stop() }; cell: [role, depth, row, column] or null. */
export function createSlices({ say, onPin, onEdit }) {
  const view = { onEdit, panels: new Map(), volumes: {} };
  view.pin = createPin({
    say, gridOf: (selection) => gridOf(view, selection),
    tell: (selection, isPinned) => select(view, selection, isPinned),
    onPin: (selection) => onPin(cellOf(view, selection)),
  });
  view.player = createPlayer({ label: words.player, onStep: (step) => go(view, step) });
  view.figure = h("div", { class: "cw-volumes" });
  view.parts = h("ul", { class: "cw-parts" });
  const story = h("div", { class: "cw-story" }, h("div", {}, view.parts, view.pin.sentence), view.pin.button);
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

export const gridOf = (view, place) => view.panels.get(keyOf(place)).grid;

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
  const roles = rolesOf(view);
  view.visible = roles.flatMap((role) => slicesOf(view, role).map((slice) => ({ role, slice })));
  const columns = roles.map((role) => {
    const [depth, , wide] = drawnShape(view, role);
    return depth * wide;
  });
  const density = [["low", 22], ["middle", 40]].find(([, most]) => Math.max(...columns) <= most)?.[0] ?? "high";
  const shape = JSON.stringify(view.visible);
  const figures = roles.map((role) => drawVolume(view, role, density));
  if (shape !== view.shape) view.figure.replaceChildren(...figures);
  view.shape = shape;
  const wanted = view.wanted ?? kept;
  const selection = wanted && selectionOf(view, wanted);
  if (!isThere(view, selection)) view.pin.forget();
  else if (view.wanted || view.pin.isPinned()) view.pin.restore(selection);
  view.wanted = null;
  const middle = core.shapeOf(volumeOf(view, resultOf(view))).map((size) => size >> 1);
  view.pin.select(isThere(view, selection) ? selection : selectionOf(view, [resultOf(view), ...middle]), false);
}

const resultOf = ({ tab }) => RESULTS[tab];

/** The volumes of a view: two factors and their result, and a bias before or after it. */
function rolesOf(view) {
  const result = resultOf(view);
  const factors = core.FACTORS[result];
  const hasBias = view.values.bias !== null;
  if (hasBias && result === "output") return [...factors, "bias", result];
  return hasBias && result === "grad_kernel" ? [...factors, result, "grad_bias"] : [...factors, result];
}

const isThere = (view, selection) => Boolean(selection
  && view.visible.some(({ role, slice }) => role === selection.role && slice === selection.slice)
  && view.panels.get(keyOf(selection)).has(selection.cell));

const volumeOf = ({ values }, role) => (isBias(role) ? [[[values[role]]]] : values[role]);

/** How large a volume is drawn: an input with its padding. */
const drawnShape = (view, role) => (
  core.shapeOf(volumeOf(view, role)).map((size, axis) => size + 2 * around(view, role)[axis]));

const slicesOf = (view, role) => range(drawnShape(view, role)[0]).map((index) => index - around(view, role)[0]);

function drawVolume(view, role, density) {
  const { title, slices, element } = view.volumes[role] ??= makeVolume();
  const [whole, drawn] = [core.shapeOf(volumeOf(view, role)), drawnShape(view, role)];
  title.textContent = words.volumeTitle(role, whole, isSame(drawn, whole) ? null : drawn);
  const contents = slicesOf(view, role).map((slice) => [slice, cellsOf(view, role, slice, drawn)]);
  const all = contents.flatMap(([, cells]) => cells.flat());
  const strongest = (cells) => Math.max(...cells.map(({ value }) => Math.abs(value)), 1e-12);
  const characters = Math.max(...all.map(({ text }) => text.length));
  const panels = contents.map(([slice, cells]) => {
    const { caption, grid, element: panel } = panelOf(view, { role, slice });
    const isInside = slice >= 0 && slice < whole[0];
    caption.textContent = words.sliceTitle(role, slice, isInside);
    grid.draw(cells, { label: words.gridLabel(role, slice, isInside, drawn.slice(1)), density });
    // Slices of one volume share their colours and their width.
    grid.grid.style.setProperty("--cw-characters", characters);
    grid.grid.style.setProperty("--cw-share", strongest(cells.flat()) / strongest(all));
    return panel;
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
  if (!view.panels.has(key)) {
    const meets = h("p", { class: "cw-meets" });
    const panel = createPanel({
      ...view.pin.handlers(place),
      onEdit: (cell, value) => view.onEdit(place.role, placeOf(view, { ...place, cell }), value),
    }, meets);
    panel.caption.hidden = meets.hidden = isBias(place.role);
    view.panels.set(key, { ...panel, meets });
  }
  return view.panels.get(key);
}

function cellsOf(view, role, slice, [, rows, columns]) {
  const volume = volumeOf(view, role);
  return makeRows(rows, columns, (...cell) => {
    const place = placeOf(view, { role, slice, cell });
    const value = core.valueAt(volume, place);
    const text = format(value ?? 0, DIGITS);
    const isPadding = value === undefined;
    const isDropped = role === "input" && core.isDropped(view.sizes, place);
    return {
      name: words.name(role, isBias(role) ? [] : place), value: value ?? 0, text,
      label: isDropped ? words.droppedCell(text) : isPadding ? words.paddingCell(text) : null,
      kind: `${isPadding ? "is-padding" : ""} ${isDropped ? "is-dropped" : ""}`,
      editable: EDITABLE.includes(role) && !isPadding,
    };
  });
}

// ---- selection -----------------------------------------------------------------------------------

/** The products that the chosen cell takes part in; those of a bias are the outputs alone. */
function productsOf(view, selection) {
  const { sizes, tab, values } = view;
  if (isBias(selection.role)) return core.placesOf(core.shapeOf(values.grad_output)).map((output) => ({ output }));
  const terms = core.products(sizes, selection.role, placeOf(view, selection));
  return tab === "input_grad" ? terms.filter(({ input }) => core.isInside(sizes, input)) : terms;
}

const resultPlaces = (view) => core.placesOf(core.shapeOf(volumeOf(view, resultOf(view))));

/** Goes to a cell of the result, counted row by row and slice by slice. */
function go(view, step) {
  if (view.pin.isPinned()) view.pin.letGo();
  view.pin.select(selectionOf(view, [resultOf(view), ...resultPlaces(view)[step]]));
}

/** Outlines everything that takes part in the products of one cell, and tells them. */
function select(view, selection, isPinned) {
  const terms = productsOf(view, selection);
  const result = resultOf(view);
  for (const { role, slice } of view.visible) {
    const { grid, meets } = view.panels.get(keyOf({ role, slice }));
    const own = terms.filter((term) => term[core.partOf(role)]?.[0] === slice);
    const linked = new Map(own.map((term) => {
      const { cell } = selectionOf(view, [role, ...term[core.partOf(role)]]);
      return [String(cell), { cell, term }];
    }));
    const found = [...linked.values()];
    const isChosen = role === selection.role;
    // The third of the volumes. Where it is the kernel, its weights stand in the corners of the cells that they tie.
    const third = [...core.FACTORS[result], result].find((each) => each !== role && each !== selection.role);
    grid.mark({
      current: isChosen && slice === selection.slice ? selection.cell : null,
      linked: found.map(({ cell }) => cell), pinned: isPinned,
      tags: isChosen || third !== "kernel" ? null
        : found.map(({ term }) => format(core.factorOf(view.values, third, term), 3)),
    });
    meets.textContent = own.length && !isChosen && !isBias(selection.role)
      ? words.meets(selection.role, role, third, inVolume(view, third, own[0])) : "";
  }
  if (selection.role === result) {
    const places = resultPlaces(view);
    view.player.show(places.findIndex((place) => isSame(place, placeOf(view, selection))), places.length);
  }
  const { parts, sentence, spoken } = tell(view, selection, terms);
  view.parts.replaceChildren(...parts);
  view.parts.hidden = parts.length === 0;
  view.pin.sentence.textContent = sentence;
  return spoken;
}

/** The slice of `role` that a product reads, null in the padding. */
export function inVolume({ sizes }, role, term) {
  const [slice] = term[core.partOf(role)];
  return core.partOf(role) === "input" && (slice < 0 || slice >= sizes.input[0]) ? null : slice;
}
