// The table of layers: one tab stop, the arrow keys choose a layer, and the chosen one is what the picture shows.
import { h } from "../ui/dom.mjs";
import words from "../words/receptive_field.mjs";

const COLUMNS = Object.keys(words.columns);

/** { element, show(rows, chosen) }. `rows`: { name, window, size, sees, step, centre, sure, isFaulty }, all texts. */
export function createTable({ onChoose }) {
  const state = { rows: [], elements: [], chosen: 0 };
  const head = h("div", { role: "row", class: "rf-row rf-head" }, ...COLUMNS.map((column) => h("div", {
    role: "columnheader", class: `rf-cell rf-${column}`, title: words.columnHelp[column] ?? null,
  }, words.columns[column])));
  const body = h("div", { role: "rowgroup", class: "rf-body rf-list" });
  const element = h("div", {
    role: "grid", class: "rf-table", "aria-label": words.table,
    onclick: (event) => {
      const at = state.elements.indexOf(event.target.closest(".rf-row"));
      if (at >= 0) choose(at);
    },
    onkeydown: (event) => {
      const last = state.rows.length - 1;
      const to = {
        ArrowUp: state.chosen - 1, ArrowDown: state.chosen + 1, Home: 0, End: last, PageUp: state.chosen - 10,
        PageDown: state.chosen + 10,
      }[event.key];
      if (to === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
      choose(Math.min(Math.max(to, 0), last));
      state.elements[state.chosen].focus();
      event.preventDefault();
      event.stopPropagation();
    },
  }, h("div", { role: "rowgroup", class: "rf-body" }, head), body);
  const choose = (at) => {
    if (at !== state.chosen) onChoose(at);
  };
  const show = (rows, chosen) => {
    const isSame = rows.length === state.rows.length;
    const hadFocus = body.contains(document.activeElement);
    Object.assign(state, { rows, chosen });
    if (!isSame) {
      state.elements = rows.map(() => h("div", { role: "row", class: "rf-row" },
        ...COLUMNS.map((column) => h("div", { role: "gridcell", class: `rf-cell rf-${column}` }))));
      body.replaceChildren(...state.elements);
    }
    rows.forEach((row, index) => {
      const line = state.elements[index];
      COLUMNS.forEach((column, at) => {
        if (line.children[at].textContent !== row[column]) line.children[at].textContent = row[column];
      });
      line.tabIndex = index === chosen ? 0 : -1;
      line.setAttribute("aria-selected", String(index === chosen));
      line.classList.toggle("is-faulty", row.isFaulty);
    });
    if (hadFocus && !isSame) state.elements[chosen].focus();
    requestAnimationFrame(reveal); // its place is known once it is on the page
  };
  const reveal = () => {
    const line = state.elements[state.chosen];
    const [top, bottom] = [line.offsetTop, line.offsetTop + line.offsetHeight];
    if (top < body.scrollTop) body.scrollTop = top;
    if (bottom > body.scrollTop + body.clientHeight) body.scrollTop = bottom - body.clientHeight;
  };
  return { element, show };
}
