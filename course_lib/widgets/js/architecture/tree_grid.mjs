// A tree whose rows have columns: keys as in the ARIA practice for a treegrid, one tab stop. Rows are kept between
// drawings, so that moving a slider writes only the texts that change.
import { clamp, isSame } from "../core/arrays.mjs";
import { bar, h, setAttributes } from "../ui/dom.mjs";
import { useUp } from "../ui/keys.mjs";

const PAGE_ROWS = 10;
const DEEPEST = 6; // level that every screen reader knows; place, size and indent tell the rest

/** `columns`: { name: label }. `onToggle(key)`, `onKeep(key)`, `onEscape()`; `onPoint(key)`: pointer or focus came. */
export class TreeGrid {
  constructor({ columns, onToggle, onPoint, onKeep, onEscape }) {
    Object.assign(this, { columns, onToggle, onPoint, onKeep, onEscape });
    this.rows = new Map(); // key → { element, cells, line, sign, fill, texts: { column: element } }
    this.order = []; // keys of the rows in sight
    this.tabStop = null; // the key of a row
    this.head = h("div", { role: "row", class: "cw-tree-head" }, ...Object.entries(columns).map(
      ([name, label]) => h("div", { role: "columnheader", class: `cw-tree-cell is-${name}` }, label)));
    this.element = h("div", {
      role: "treegrid", class: "cw-tree",
      onpointerover: (event) => { if (event.pointerType !== "touch") this.#withRow(event, this.onPoint); },
      onclick: (event) => this.#withRow(event, (key) => {
        this.#stopAt(key);
        this.#press(key);
      }),
      onfocusin: (event) => this.#withRow(event, (key) => {
        this.#stopAt(key);
        this.onPoint(key);
      }),
      onkeydown: (event) => this.#keydown(event),
    }, this.head);
  }

  /**
   * `lines`: { key, level, isOpen, parent, place, count, texts: { column: text }, part: 0 to 1 or null, kind }, and the
   * name and text that `at` gives back.
   */
  draw(lines, { label, share }) {
    const focus = this.element.contains(document.activeElement) ? document.activeElement : null;
    const column = focus?.closest("[role=gridcell]") ? [...focus.parentElement.children].indexOf(focus) : -1;
    this.element.setAttribute("aria-label", label);
    write(this.head.lastElementChild, share);
    const order = lines.map(({ key }) => key);
    for (const line of lines) this.#paint(line);
    if (!isSame(order, this.order)) {
      const gone = this.tabStop !== null && !order.includes(this.tabStop);
      const above = this.order.slice(0, this.order.indexOf(this.tabStop));
      const stop = gone ? above.findLast((key) => order.includes(key)) : this.tabStop ?? order[0];
      this.order = order;
      this.element.replaceChildren(this.head, ...order.map((key) => this.rows.get(key).element));
      this.#stopAt(stop);
      if (focus) this.focus(stop, gone ? -1 : column);
      for (const key of this.rows.keys()) if (!order.includes(key)) this.rows.delete(key);
    }
  }

  /** Marks the row whose story is told, which may be `kept`. */
  mark(current, kept) {
    for (const [key, { element }] of this.rows) {
      element.classList.toggle("is-current", key === current);
      setAttributes(element, { "aria-selected": key === current && kept ? true : null });
    }
  }

  at(key) {
    return this.rows.get(key).line;
  }

  isLinked(key) {
    return this.rows.get(key).element.classList.contains("is-current");
  }

  /** Moves the focus to a row, or to the cell in `column` of it that is in sight. */
  focus(key, column = -1) {
    const { element, cells } = this.rows.get(key);
    const cell = cells[column];
    (cell?.checkVisibility() ? cell : element).focus();
  }

  #paint(line) {
    if (!this.rows.has(line.key)) this.rows.set(line.key, this.#make());
    const row = this.rows.get(line.key);
    const { element, sign, fill, texts } = row;
    row.line = line;
    element.className = `cw-tree-row ${line.kind}`;
    element.style.setProperty("--cw-level", line.level);
    setAttributes(element, {
      "aria-level": Math.min(line.level, DEEPEST), "aria-expanded": line.isOpen, "aria-posinset": line.place,
      "aria-setsize": line.count,
    });
    write(sign, line.isOpen === null ? "" : line.isOpen ? "▾" : "▸");
    for (const [column, text] of Object.entries(line.texts)) write(texts[column], text);
    fill.style.width = `${100 * (line.part ?? 0)}%`;
  }

  #make() {
    const sign = h("span", { "aria-hidden": "true" });
    const meter = bar(0);
    const texts = {};
    const cells = Object.entries(this.columns).map(([column, label]) => {
      const cell = h("div", { role: "gridcell", class: `cw-tree-cell is-${column}`, tabindex: -1 });
      texts[column] = cell;
      if (column === "name" || column === "share") {
        texts[column] = h("span");
        cell.append(column === "name" ? sign : meter, texts[column]);
      } else if (column !== "type") cell.dataset.label = label;
      return cell;
    });
    return { element: h("div", { role: "row", tabindex: -1 }, ...cells), cells, sign, fill: meter.firstChild, texts };
  }

  #withRow(event, action) {
    const element = event.target.closest(".cw-tree-row");
    const key = this.order.find((one) => this.rows.get(one).element === element);
    if (key !== undefined) action(key);
  }

  #stopAt(key) {
    const old = this.rows.get(this.tabStop);
    if (old) old.element.tabIndex = -1;
    this.tabStop = key;
    this.rows.get(key).element.tabIndex = 0;
  }

  #press(key) {
    if (this.rows.get(key).line.isOpen === null) this.onKeep(key);
    else this.onToggle(key);
  }

  #keydown(event) {
    if (event.altKey || event.metaKey) return;
    const { rows, order, tabStop: key } = this;
    const at = order.indexOf(key);
    const { line, cells } = rows.get(key);
    const column = cells.indexOf(event.target);
    const toRow = (index) => this.focus(order[clamp(index, 0, order.length - 1)], column);
    const toCell = (step) => {
      let next = column + step;
      while (cells[next] && !cells[next].checkVisibility()) next += step;
      if (next < 0) this.focus(key);
      else if (cells[next]) cells[next].focus();
    };
    const actions = {
      ArrowDown: () => toRow(at + 1), ArrowUp: () => toRow(at - 1),
      PageDown: () => toRow(at + PAGE_ROWS), PageUp: () => toRow(at - PAGE_ROWS),
      ArrowRight: () => (column < 0 && line.isOpen === false ? this.onToggle(key) : toCell(1)),
      ArrowLeft: () => {
        if (column >= 0) toCell(-1);
        else if (line.isOpen) this.onToggle(key);
        else if (line.parent !== null) toRow(line.parent);
      },
      Home: () => (column < 0 || event.ctrlKey ? toRow(0) : cells[0].focus()),
      End: () => (column < 0 || event.ctrlKey ? toRow(order.length - 1) : cells.at(-1).focus()),
      Enter: () => this.#press(key), " ": () => this.#press(key),
      Escape: () => {
        if (column >= 0) this.focus(key);
        this.onEscape();
      },
    };
    if (!(event.key in actions)) return;
    useUp(event);
    actions[event.key]();
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
