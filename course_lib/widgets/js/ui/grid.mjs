// A grid of numbers: one tab stop, arrow keys, outlines, values that can be typed.
import { clamp, sizeOf } from "../core/arrays.mjs";
import { h } from "./dom.mjs";
import { cellByKey, useUp } from "./keys.mjs";
import { format, parse } from "./numbers.mjs";
import words from "../words/shared.mjs";

const key = ([row, column]) => `${row},${column}`;
const strength = (value) => (Number.isFinite(value) ? Math.abs(value) : 0);

/** The largest cells with which grids of so many columns fit a page in one row, or else each in its own. */
export function densityFor(columns) {
  const total = columns.reduce((sum, count) => sum + count, 0);
  const longest = Math.max(...columns);
  const fits = ([, inRow, alone]) => (total <= 24 ? total <= inRow : longest <= alone);
  return [["low", 15, 17], ["middle", 17, 21], ["high", Infinity, Infinity]].find(fits)[0];
}

/** `element` holds the grid and the line that tells what was wrong with a number typed into it. */
export class NumberGrid {
  /**
   * `onPoint(cell)`: pointer or focus came to a cell. `onPress(cell)`: click, tap, Enter or Space. Where
   * `mayEdit(cell, pointerType)`, all but Space open an editor, and `onEdit(cell, value)` gets its number; a text that
   * it returns is why it refused.
   */
  constructor({ onPoint, onPress, onEscape = () => {}, onEdit = () => {}, mayEdit = () => true }) {
    Object.assign(this, { onPoint, onPress, onEscape, onEdit, mayEdit });
    this.cells = []; // rows of elements
    this.content = []; // rows of what `draw` was told
    this.tabStop = [0, 0];
    this.marked = [];
    this.editor = null;
    this.note = h("p", { class: "cw-problem", role: "alert", hidden: true });
    this.grid = h("div", {
      role: "grid", class: "cw-grid",
      onpointerover: (event) => {
        if (event.pointerType !== "touch") this.#withCell(event, (cell) => this.onPoint(cell));
      },
      onpointerdown: (event) => { this.pointerType = event.pointerType; },
      onfocusin: (event) => this.#withCell(event, (cell) => this.#focused(cell)),
      onclick: (event) => this.#withCell(event, (cell) => this.#press(cell, this.pointerType)),
      onkeydown: (event) => this.#keydown(event),
    });
    this.element = h("div", { class: "cw-grid-box" }, this.grid, this.note);
  }

  /**
   * `content`: rows of { name, value, text, kind, label, editable }; `kind` is a class name, `label` what is
   * spoken in place of the text, or null. The grid's own `label` names it; `density` as from `densityFor`.
   */
  draw(content, { label, density }) {
    const sameSize = content.length === this.cells.length && content[0].length === this.cells[0]?.length;
    const hadFocus = this.grid.contains(document.activeElement);
    this.grid.setAttribute("aria-label", label);
    this.grid.dataset.density = density;
    const old = sameSize ? this.content : [];
    this.content = content;
    if (!sameSize) this.#build();
    const all = content.flat();
    const largest = Math.max(...all.map(({ value }) => strength(value)), 1e-12);
    this.grid.style.setProperty("--cw-characters", Math.max(...all.map(({ text }) => text.length)));
    const isPainted = (i, j) => largest === this.largest && Object.entries(content[i][j])
      .every(([property, value]) => old[i]?.[j][property] === value);
    content.forEach((row, i) => row.forEach((cell, j) => {
      const isOpen = this.editor !== null && this.cells[i][j].contains(this.editor);
      if (!isOpen && !isPainted(i, j)) paint(this.cells[i][j], cell, largest);
    }));
    this.largest = this.editor ? null : largest; // a cell that was open is painted next time
    if (hadFocus && !sameSize) this.cells[this.tabStop[0]][this.tabStop[1]].focus();
  }

  /** Outlines the `linked` cells, `tags` in their corners, and fills `current`, which may be `pinned`. */
  mark({ current, linked = [], tags = null, pinned = false }) {
    for (const cell of this.marked) {
      cell.classList.remove("is-linked", "is-current");
      cell.removeAttribute("aria-selected");
      delete cell.dataset.tag;
    }
    this.linked = new Set(linked.map(key));
    this.marked = linked.map(([row, column], index) => {
      const cell = this.cells[row][column];
      cell.classList.add("is-linked");
      if (tags) cell.dataset.tag = `×${tags[index]}`;
      return cell;
    });
    if (!current) return;
    const cell = this.cells[current[0]][current[1]];
    cell.classList.add("is-current");
    if (pinned) cell.setAttribute("aria-selected", "true");
    this.marked.push(cell);
  }

  at([row, column]) {
    return this.content[row][column];
  }

  focus([row, column]) {
    this.cells[row][column].focus();
  }

  isLinked(cell) {
    return this.linked.has(key(cell));
  }

  #build() {
    const columns = this.content[0].length;
    this.editor = null;
    this.marked = [];
    this.tabStop = [clamp(this.tabStop[0], 0, this.content.length - 1), clamp(this.tabStop[1], 0, columns - 1)];
    const cell = () => h("div", { role: "gridcell", class: "cw-cell", tabindex: -1 });
    this.cells = this.content.map((row) => row.map(cell));
    this.cells[this.tabStop[0]][this.tabStop[1]].tabIndex = 0;
    this.grid.replaceChildren(...this.cells.map((row) => h("div", { role: "row", class: "cw-row" }, ...row)));
  }

  #withCell(event, action) {
    const element = event.target.closest(".cw-cell");
    if (!element || event.target === this.editor) return;
    const row = this.cells.findIndex((cells) => cells.includes(element));
    action([row, this.cells[row].indexOf(element)]);
  }

  #focused([row, column]) {
    this.cells[this.tabStop[0]][this.tabStop[1]].tabIndex = -1;
    this.tabStop = [row, column];
    this.cells[row][column].tabIndex = 0;
    this.onPoint(this.tabStop);
  }

  #press([row, column], pointerType) {
    const isEdit = this.content[row][column].editable && this.mayEdit([row, column], pointerType);
    if (isEdit) this.#edit([row, column]);
    else this.onPress([row, column]);
  }

  #keydown(event) {
    if (event.target === this.editor || event.altKey || event.metaKey) return;
    const [row, column] = this.tabStop;
    const to = cellByKey(event, this.tabStop, sizeOf(this.cells));
    const typed = !event.ctrlKey && /^[-−+.\d]$/.test(event.key) && this.content[row][column].editable;
    if (to) this.focus(to);
    else if (event.key === "Enter") this.#press(this.tabStop, "keyboard");
    else if (event.key === " ") this.onPress(this.tabStop);
    else if (event.key === "Escape") this.onEscape();
    else if (typed) this.#edit(this.tabStop, event.key);
    else return;
    useUp(event);
  }

  #edit([row, column], typed) {
    const cell = this.cells[row][column];
    const { name, value } = this.content[row][column];
    const editor = h("input", {
      class: "cw-editor", type: "text", autocomplete: "off", "aria-label": words.edit(name),
      onkeydown: (event) => this.#editorKey(event, [row, column]),
      onblur: () => this.#closeEditor([row, column], editor.value),
    });
    editor.value = typed ?? format(value, 15);
    this.editor = editor;
    this.#say(null);
    cell.replaceChildren(editor);
    editor.focus();
    if (typed === undefined) editor.select();
  }

  #editorKey(event, cell) {
    event.stopPropagation();
    const { value } = this.editor;
    if (event.key === "Enter" && parse(value) === null) {
      this.editor.setAttribute("aria-invalid", "true");
      this.#say(words.notANumber(value));
    } else if (event.key === "Enter" || event.key === "Escape") {
      event.preventDefault();
      this.#closeEditor(cell, event.key === "Enter" ? value : null);
      this.cells[cell[0]][cell[1]].focus();
    }
  }

  /** Takes `text` as the new value of the cell; null keeps the old one. */
  #closeEditor([row, column], text) {
    if (!this.editor) return;
    this.editor = null;
    const content = this.content[row][column];
    this.cells[row][column].textContent = content.text;
    const value = text === null ? null : parse(text);
    this.#say(text !== null && value === null ? words.notANumberKept(text, content.text) : null);
    if (value === null || value === content.value) return;
    const refusal = this.onEdit([row, column], value);
    if (refusal) this.#say(refusal);
  }

  #say(text) {
    this.note.hidden = text === null;
    this.note.textContent = text ?? "";
  }
}

function paint(element, { value, text, kind, label, editable }, largest) {
  element.textContent = text;
  element.className = `cw-cell ${kind} ${value > 0 ? "is-positive" : value < 0 ? "is-negative" : ""}`;
  element.style.setProperty("--cw-tint", `${Math.round((100 * strength(value)) / largest)}%`);
  for (const [name, attribute] of [["aria-label", label], ["aria-readonly", editable ? null : "true"]]) {
    if (attribute) element.setAttribute(name, attribute);
    else element.removeAttribute(name);
  }
}
