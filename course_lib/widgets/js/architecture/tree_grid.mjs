// A tree whose rows have columns: keys as in the ARIA practice for a treegrid, one tab stop. Rows are kept between
// drawings, so that moving a slider writes only the texts that change.
import { h } from "../ui/dom.mjs";

const PAGE_ROWS = 10;
const DEEPEST = 6; // level that every screen reader knows; place, size and indent tell the rest

/** `columns`: { name: label }. `onToggle(key)`, `onKeep(key)`, `onEscape()`; `onPoint(key)`: pointer or focus came. */
export class TreeGrid {
  constructor({ columns, onToggle, onPoint, onKeep, onEscape }) {
    Object.assign(this, { columns: Object.keys(columns), onToggle, onPoint, onKeep, onEscape });
    this.rows = new Map(); // key → { element, cells, line }
    this.order = []; // keys of the rows in sight
    this.tabStop = null; // the key of a row
    this.head = h("div", { role: "row", class: "cw-tree-head" }, ...Object.entries(columns).map(
      ([name, label]) => h("div", { role: "columnheader", class: `cw-tree-cell is-${name}` }, label)));
    this.labels = columns;
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

  /** `lines`: { key, level, isOpen, parent, place, count, texts: { column: text }, part: 0 to 1 or null, kind }. */
  draw(lines, { label, share }) {
    const focus = this.element.contains(document.activeElement) ? document.activeElement : null;
    const column = focus?.closest("[role=gridcell]") ? [...focus.parentElement.children].indexOf(focus) : -1;
    this.element.setAttribute("aria-label", label);
    write(this.head.lastElementChild, share);
    const order = lines.map(({ key }) => key);
    for (const line of lines) this.#paint(line);
    if (order.length !== this.order.length || order.some((key, index) => key !== this.order[index])) {
      const gone = this.tabStop !== null && !order.includes(this.tabStop);
      const stop = gone ? this.#nearestAbove(order) : this.tabStop ?? order[0];
      this.order = order;
      this.element.replaceChildren(this.head, ...order.map((key) => this.rows.get(key).element));
      this.#stopAt(stop);
      if (focus) this.#focus(stop, gone ? -1 : column);
      for (const key of this.rows.keys()) if (!order.includes(key)) this.rows.delete(key);
    }
  }

  /** Marks the row whose story is told, which may be `kept`. */
  mark(current, kept) {
    for (const [key, { element }] of this.rows) {
      element.classList.toggle("is-current", key === current);
      if (key === current && kept) element.setAttribute("aria-selected", "true");
      else element.removeAttribute("aria-selected");
    }
  }

  focus(key) {
    this.#focus(key, -1);
  }

  #nearestAbove(order) {
    let at = this.order.indexOf(this.tabStop);
    while (at > 0 && !order.includes(this.order[at])) at -= 1;
    return order.includes(this.order[at]) ? this.order[at] : order[0];
  }

  #paint(line) {
    if (!this.rows.has(line.key)) this.rows.set(line.key, this.#make());
    const row = this.rows.get(line.key);
    const { element, cells } = row;
    row.line = line;
    element.className = `cw-tree-row ${line.kind}`;
    element.style.setProperty("--cw-level", line.level);
    const level = Math.min(line.level, DEEPEST);
    const state = { level, expanded: line.isOpen, posinset: line.place, setsize: line.count };
    for (const [name, value] of Object.entries(state)) {
      if (value === null) element.removeAttribute(`aria-${name}`);
      else element.setAttribute(`aria-${name}`, value);
    }
    write(row.sign, line.isOpen === null ? "" : line.isOpen ? "▾" : "▸");
    for (const [index, name] of this.columns.entries()) {
      write(name === "name" ? row.name : name === "share" ? row.share : cells[index], line.texts[name]);
      cells[index].classList.toggle("is-empty", line.texts[name] === "");
    }
    row.bar.style.width = `${100 * (line.part ?? 0)}%`;
  }

  #make() {
    const sign = h("span", { class: "cw-tree-sign", "aria-hidden": "true" });
    const name = h("span", { class: "cw-tree-name" });
    const bar = h("span", { class: "cw-tree-fill" });
    const share = h("span", { class: "cw-tree-part" });
    const cells = this.columns.map((column) => h("div", {
      role: "gridcell", class: `cw-tree-cell is-${column}`, tabindex: -1,
      "data-label": ["name", "type", "share"].includes(column) ? null : this.labels[column],
    }));
    cells[0].append(sign, name);
    cells.at(-1).append(h("span", { class: "cw-tree-bar", "aria-hidden": "true" }, bar), share);
    return { element: h("div", { role: "row", tabindex: -1 }, ...cells), cells, sign, name, bar, share };
  }

  #withRow(event, action) {
    const element = event.target.closest(".cw-tree-row");
    const key = element && this.order.find((one) => this.rows.get(one).element === element);
    if (key !== null && key !== undefined) action(key);
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

  #focus(key, column) {
    const { element, cells } = this.rows.get(key);
    const cell = cells[column];
    (cell && cell.checkVisibility() ? cell : element).focus();
  }

  #keydown(event) {
    if (event.altKey || event.metaKey) return;
    const { rows, order, tabStop: key } = this;
    const at = order.indexOf(key);
    const { line, cells } = rows.get(key);
    const column = cells.indexOf(event.target);
    const toRow = (index) => this.#focus(order[Math.min(Math.max(index, 0), order.length - 1)], column);
    const toCell = (step) => {
      let next = column + step;
      while (cells[next] && !cells[next].checkVisibility()) next += step;
      if (next < 0) this.#focus(key, -1);
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
        if (column >= 0) this.#focus(key, -1);
        this.onEscape();
      },
    };
    if (!Object.hasOwn(actions, event.key)) return;
    event.preventDefault(); // no scrolling
    event.stopPropagation(); // the book turns the page on an arrow key
    actions[event.key]();
  }
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
