// The numbers behind one output cell: the sum over its taps, and the gradients at them.
import { isSame, product, range, sizeOf, sum } from "../core/arrays.mjs";
import * as core from "../core/deformable.mjs";
import { dilated } from "../core/deformable_presets.mjs";
import { button, h } from "../ui/dom.mjs";
import { factor, short } from "../ui/numbers.mjs";
import { table as tableOf } from "../ui/table.mjs";
import words from "../words/deformable.mjs";

const text = () => h("p", { class: "cw-detail" });

/**
 * A table of taps: { element, show(caption, columns, terms, chosen, last) }; a pressed row is `onChoose`n. `columns`:
 * [name, text of(term), whether there is such a one]; `last` is a row below the taps.
 */
function createTable(onChoose) {
  const element = h("div", {
    class: "cw-table-box", tabindex: 0, role: "region",
    onclick: ({ target }) => {
      const tap = target.closest("tr")?.dataset.tap;
      if (tap) onChoose(Number(tap));
    },
  });
  const show = (caption, given, terms, chosen, last = null) => {
    const columns = given.filter(([, , isThere = true]) => isThere);
    const rows = terms.map((term) => [
      `${term.tap === chosen ? "▸ " : ""}${term.tap}`, ...columns.map(([, textOf]) => textOf(term))]);
    if (last) rows.push([last[0], ...columns.slice(1).map(() => ""), last[1]]);
    const made = tableOf(caption, [words.columns.tap, ...columns.map(([name]) => name)], rows);
    terms.forEach(({ tap }, index) => {
      const row = made.tBodies[0].rows[index];
      row.dataset.tap = tap;
      row.classList.toggle("is-chosen", tap === chosen);
    });
    element.setAttribute("aria-label", caption);
    element.replaceChildren(made);
  };
  return { element, show };
}

/** { element, show(state, chosen) }: w · m · value for each tap, and the four cells that the chosen tap reads. */
export function sumView({ onChoose }) {
  const table = createTable(onChoose);
  const [detail, compare, why] = [text(), text(), text()];
  why.textContent = words.connected;
  let last = null;
  const element = h("div", {}, detail, compare, why, table.element);
  const show = (state, { cell, tap }) => {
    const terms = core.taps(state, cell);
    const { mask, steps } = state; // null where there are none
    const around = terms[tap].neighbours.filter(({ weight }) => weight !== 0)
      .map((one) => words.neighbour(short(one.weight), factor(one.value), one.cell.map(short), one.inside));
    detail.textContent = words.bilinear(tap, terms[tap].place.map(short), around, short(terms[tap].value));
    if (state !== last) compare.textContent = compared(state);
    last = state;
    why.hidden = !steps;
    const { columns } = words;
    table.show(words.terms(words.name(words.grids.output, cell)), [
      [columns.step, (one) => stepsOf(steps, cell, one.tap), steps],
      [columns.offset, (one) => words.pair(one.offset.map(short))],
      [columns.place, (one) => words.at(one.place.map(short))],
      [columns.value, (one) => short(one.value)],
      [columns.weight, (one) => short(one.weight)],
      [columns.mask, (one) => short(one.mask), mask],
      [words.product(mask), (one) => short(one.product)],
    ], terms, tap, [words.total, short(sum(terms.map((one) => one.product)))]);
  };
  return { element, show };
}

/** The steps of a tap and of those between it and the middle, which add up to where it stands. */
function stepsOf(steps, [o, p], tap) {
  const middle = steps.length >> 1;
  const outward = Math.sign(tap - middle);
  const all = range(Math.abs(tap - middle)).map((far) => steps[middle + outward * (far + 1)][o][p]);
  const total = short(sum(all));
  return all.length < 2 ? total : `${all.map((step) => factor(step)).join(" + ")} = ${total}`;
}

/** How far the output is from that of a convolution whose taps stand still. */
function compared(state) {
  const output = core.forward(state);
  const isSnake = core.isSnake(state);
  const against = (what, other) => {
    const difference = core.largestDifference(output, other);
    return difference < 1e-9 ? words.same(what) : words.differs(what, short(difference));
  };
  const lines = [against(isSnake ? words.straight : words.ordinary, core.ordinary(state))];
  if (isSnake || state.kernel.flat().length === 1) return lines[0];
  const wide = { ...state, ...dilated(state), mask: null };
  const isSized = isSame(core.outputSize(core.sizesOf(wide)), sizeOf(output));
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
  const learn = h("div", { class: "cw-switches cw-learn" }, button(words.learn, onLearn), loss);
  const element = h("div", {}, about, detail, learn, table.element);
  const show = (state, { cell, tap }, gradient) => {
    const [o, p] = cell;
    const terms = core.taps(state, cell);
    about.textContent = words.gradientAbout[state.operation];
    detail.replaceChildren(...chain(state, terms[tap], core.gradOutput(state)[o][p]).map((line) => h("p", {}, line)));
    const { gradientColumns: columns } = words;
    table.show(words.gradients(words.name(words.grids.output, cell)), [
      [columns.dy, (one) => short(gradient.offset[2 * one.tap][o][p])],
      [columns.dx, (one) => short(gradient.offset[2 * one.tap + 1][o][p])],
      [columns.mask, (one) => short(gradient.mask[one.tap][o][p]), state.mask],
      [columns.step, (one) => short(gradient.steps[one.tap][o][p]), state.steps],
    ], terms, tap);
  };
  return { element, show, tell: (told) => { loss.textContent = told; } };
}

/** For dy and dx of a tap: how what it reads changes, and the product that is its gradient. */
function chain(state, { tap, neighbours, weight, mask, change, place: at }, gradOutput) {
  const values = neighbours.map(({ value }) => factor(value)); // top left, top right, bottom left, bottom right
  const [down, right] = at.map((one) => one - Math.floor(one));
  const pairs = [[[1 - right, 2, 0], [right, 3, 1]], [[1 - down, 1, 0], [down, 3, 2]]];
  return pairs.map((parts, axis) => {
    const told = parts.map(([share, after, before]) => words.difference(short(share), values[after], values[before]));
    const factors = [gradOutput, weight, ...(state.mask ? [mask] : []), change[axis]];
    const by = factors.map((each) => factor(Number(each.toPrecision(4))));
    return words.chain(tap, axis, told, short(change[axis]), by, short(product(factors)));
  });
}
