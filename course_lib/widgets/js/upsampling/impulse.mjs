// One input cell set to 1, through every method.
import { crop, range, sizeOf, sum } from "../core/arrays.mjs";
import * as core from "../core/upsampling.mjs";
import { h, svg } from "../ui/dom.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/upsampling.mjs";

/** { element, show(state, values, cell) }. `values` are those of the widget at their largest. */
export function impulseView() {
  const about = h("p", { class: "cw-note" });
  const tiles = h("div", { class: "cw-tiles" });
  const show = (state, values, cell) => {
    about.textContent = words.impulse.about(cell, state.scale);
    const all = core.METHODS.map((method) => through(method, state, values, cell));
    tiles.replaceChildren(...all.map((one) => tile(one, state.method)));
  };
  return { element: h("div", {}, about, tiles), show };
}

/** { method, rows } or, where torch refuses the numbers for this method, { method, refused }. */
function through(method, state, values, cell) {
  // A state that came from elsewhere may hold a kernel that pixel shuffle cannot take.
  const size = method === "pixel_shuffle" ? state.scale : state.kernel.length;
  const own = { ...state, method, kernel: crop(values.kernel, [size, size]) };
  const [problem] = core.problems(core.sizesOf(own));
  if (problem) return { method, refused: words.problem[problem.reason](problem) };
  return { method, rows: core.impulse(own, cell) };
}

function tile({ method, rows, refused }, current) {
  const name = h("p", { class: "cw-caption" }, words.methods[method]);
  const attributes = { class: `cw-tile${method === current ? " is-chosen" : ""}` };
  if (refused) return h("div", attributes, name, h("p", { class: "cw-note" }, words.impulse.refused(refused)));
  const found = rows.flatMap((row, i) => row.flatMap((value, j) => (value ? [[i, j, value]] : [])));
  const span = (axis) => {
    const places = found.map((each) => each[axis]);
    return 1 + Math.max(...places) - Math.min(...places);
  };
  const values = found.map(([, , value]) => value);
  const largest = Math.max(...values.map(Math.abs), 1e-12);
  const squares = found.map(([i, j, value]) => svg("rect", {
    class: value > 0 ? "is-positive" : "is-negative", x: j, y: i, width: 1, height: 1,
    "fill-opacity": 0.15 + 0.85 * Math.abs(value) / largest,
  }));
  const minus = found.filter(([, , value]) => value < 0).map(([i, j]) => `M${j + 0.25} ${i + 0.5}h.5`).join("");
  const [height, width] = sizeOf(rows);
  const viewBox = `-0.2 -0.2 ${width + 0.4} ${height + 0.4}`;
  const picture = svg("svg", { class: "cw-impulse", viewBox, "aria-hidden": "true" }, ...squares,
    svg("path", { class: "cw-mesh", d: mesh(height, width) }), svg("path", { class: "cw-minus", d: minus }));
  const text = found.length
    ? words.impulse.tile(found.length, [span(0), span(1)], format(sum(values), 4), strongest(rows))
    : words.impulse.nothing;
  return h("div", attributes, name, picture, h("p", { class: "cw-note" }, text));
}

const mesh = (height, width) => [
  ...range(height + 1).map((row) => `M0 ${row}h${width}`),
  ...range(width + 1).map((column) => `M${column} 0v${height}`),
].join("");

/** The values of the row with the largest weights, from the first that is not 0 to the last. */
function strongest(rows) {
  const strength = rows.map((row) => sum(row.map(Math.abs)));
  const row = rows[strength.indexOf(Math.max(...strength))];
  const used = row.flatMap((value, column) => (value ? [column] : []));
  return row.slice(used[0], used.at(-1) + 1).map((value) => format(value, 3)).join("; ");
}
