// The numbers behind one output cell: the sum over its taps, and the gradients at them.
import * as core from "../core/deformable.mjs";
import { dilated } from "../core/deformable_presets.mjs";
import { button, h } from "../ui/dom.mjs";
import { factor, format } from "../ui/numbers.mjs";
import { table as tableOf } from "../ui/table.mjs";
import words from "../words/deformable.mjs";

const number = (value) => format(value, 4);
const pair = (values) => `(${values.map(number).join(", ")})`;
const place = (values) => words.at(values.map(number));
const text = () => h("p", { class: "cw-detail" });

/** A table of taps, one marked: { element, show(caption, columns, rows, chosen) }; a pressed row is `onChoose`n. */
function createTable(onChoose) {
  const element = h("div", {
    class: "cw-table-box", tabindex: 0, role: "region",
    onclick: ({ target }) => {
      const row = target.closest("tbody tr");
      if (row?.dataset.tap) onChoose(Number(row.dataset.tap));
    },
  });
  const show = (caption, columns, rows, chosen) => {
    element.setAttribute("aria-label", caption);
    const named = (name) => (name === chosen ? `▸ ${name}` : name);
    const made = tableOf(caption, columns, rows.map(([name, ...rest]) => [named(name), ...rest]));
    rows.forEach(([name], index) => {
      const row = made.tBodies[0].rows[index];
      if (Number.isInteger(name)) row.dataset.tap = name;
      if (name === chosen) row.className = "is-chosen";
    });
    element.replaceChildren(made);
  };
  return { element, show };
}

/** { element, show(state, chosen) }: w · m · value for each tap, and the four cells that the chosen tap reads. */
export function sumView({ onChoose }) {
  const table = createTable(onChoose);
  const [detail, compare, why] = [text(), text(), text()];
  let last = null;
  const element = h("div", {}, detail, compare, why, table.element);
  const show = (state, { cell, tap }) => {
    const terms = core.taps(state, cell);
    const isSnake = state.operation === "snake";
    const around = terms[tap].neighbours.filter(({ weight }) => weight !== 0)
      .map((one) => words.neighbour(number(one.weight), factor(one.value), one.cell.map(number), one.inside));
    detail.textContent = words.bilinear(tap, terms[tap].place.map(number), around, number(terms[tap].value));
    if (state !== last) compare.textContent = compared(state);
    last = state;
    why.hidden = !isSnake;
    why.textContent = words.connected;
    const { columns: named } = words;
    const columns = [named.tap, ...(isSnake ? [named.step] : []), named.offset, named.place, named.value, named.weight,
      ...(state.mask ? [named.mask] : []), words.product(Boolean(state.mask))];
    const rows = terms.map((one) => [
      one.tap, ...(isSnake ? [stepsOf(state, cell, one.tap)] : []),
      pair(one.offset), place(one.place), number(one.value), number(one.weight),
      ...(state.mask ? [number(one.mask)] : []), number(one.product)]);
    const total = terms.reduce((sum, { product }) => sum + product, 0);
    rows.push([words.total, ...Array(columns.length - 2).fill(""), number(total)]);
    table.show(words.terms(words.name(words.grids.output, cell)), columns, rows, tap);
  };
  return { element, show };
}

/** The steps of a tap and of those between it and the middle, which add up to where it stands. */
function stepsOf({ steps }, [o, p], tap) {
  const middle = steps.length >> 1;
  const inward = Math.sign(middle - tap);
  const list = [];
  for (let at = tap; at !== middle; at += inward) list.unshift(steps[at][o][p]);
  const total = list.reduce((sum, step) => sum + step, 0);
  if (list.length < 2) return number(total);
  return `${list.map((step) => factor(step)).join(" + ")} = ${number(total)}`;
}

/** How far the output is from that of a convolution whose taps stand still. */
function compared(state) {
  const output = core.forward(state);
  const isSnake = state.operation === "snake";
  const against = (what, other) => {
    const difference = core.largestDifference(output, other);
    return difference < 1e-9 ? words.same(what) : words.differs(what, number(difference));
  };
  const lines = [against(isSnake ? words.straight : words.ordinary, core.ordinary(state))];
  if (isSnake || state.kernel.flat().length === 1) return lines[0];
  const wide = { ...state, ...dilated(state), mask: null };
  const sizes = core.sizesOf(wide);
  const isSized = String(core.outputSize(sizes)) === String([output.length, output[0].length]);
  if (isSized && core.largestDifference(output, core.ordinary(wide)) < 1e-9) {
    lines.push(words.same(words.dilated(wide.dilation, wide.padding)));
  }
  return lines.join(" ");
}

/** { element, show(state, chosen, gradient), tell(text) }: the gradients at the taps of a cell; `onLearn()`. */
export function gradientView({ onChoose, onLearn }) {
  const table = createTable(onChoose);
  const [about, detail] = [text(), h("div")];
  const loss = h("p", { class: "cw-note" });
  const learn = h("div", { class: "cw-learn" }, button(words.learn, onLearn), loss);
  const element = h("div", {}, about, detail, learn, table.element);
  const show = (state, { cell, tap }, gradient) => {
    const [o, p] = cell;
    const isSnake = state.operation === "snake";
    const terms = core.taps(state, cell);
    about.textContent = words.gradientAbout[state.operation];
    detail.replaceChildren(...chain(state, terms[tap], core.upstream(state)[o][p]).map((line) => h("p", {}, line)));
    const { gradientColumns: named } = words;
    const columns = [
      named.tap, named.dy, named.dx, ...(state.mask ? [named.mask] : []), ...(isSnake ? [named.step] : [])];
    const rows = terms.map((one) => [
      one.tap, ...[0, 1].map((axis) => number(gradient.offset[2 * one.tap + axis][o][p])),
      ...(state.mask ? [number(gradient.mask[one.tap][o][p])] : []),
      ...(isSnake ? [number(gradient.steps[one.tap][o][p])] : [])]);
    table.show(words.gradients(words.name(words.grids.output, cell)), columns, rows, tap);
  };
  return { element, show, tell: (told) => { loss.textContent = told; } };
}

/** For dy and dx of a tap: how what it reads changes, and the product that is its gradient. */
function chain(state, { tap, neighbours, weight, mask, change, place: at }, upstream) {
  const values = neighbours.map(({ value }) => value); // top left, top right, bottom left, bottom right
  const [down, right] = at.map((one) => one - Math.floor(one));
  const pairs = [[[1 - right, 2, 0], [right, 3, 1]], [[1 - down, 1, 0], [down, 3, 2]]];
  return pairs.flatMap((parts, axis) => {
    const told = parts.map(([share, after, before]) => (
      words.difference(number(share), factor(values[after]), factor(values[before]))));
    const factors = [upstream, weight, ...(state.mask ? [mask] : []), change[axis]];
    const result = number(factors.reduce((product, each) => product * each, 1));
    const by = factors.map((each) => factor(Number(each.toPrecision(4))));
    return [words.chain(tap, axis, told, number(change[axis]), by, result)];
  });
}
