// The table of layers: one tab stop, the arrow keys choose a layer, and the chosen one is what the picture shows.
import { h } from "../ui/dom.mjs";
import words from "../words/receptive_field.mjs";

const COLUMNS = Object.keys(words.columns);

/** { element, show(rows, chosen), focus() }. A row: { name, window, size, sees, step, centre, sure, isFaulty }. */
export function createTable({ onChoose }) {
  let [lines, chosen] = [[], 0];
  const head = h("div", { role: "row", class: "rf-row rf-head" }, ...COLUMNS.map((column) => h("div", {
    role: "columnheader", class: `rf-cell rf-${column}`,
  }, words.columns[column])));
  const body = h("div", { role: "rowgroup", class: "rf-body rf-list" });
  const focus = () => lines[chosen].focus();
  const choose = (at) => {
    if (at >= 0 && at !== chosen) onChoose(at);
  };
  const element = h("div", {
    role: "grid", class: "rf-table", "aria-label": words.table,
    onclick: (event) => choose(lines.indexOf(event.target.closest(".rf-row"))),
    onkeydown: (event) => {
      const last = lines.length - 1;
      const to = { ArrowUp: chosen - 1, ArrowDown: chosen + 1, Home: 0, End: last }[event.key];
      if (to === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
      choose(Math.min(Math.max(to, 0), last));
      focus();
      event.preventDefault();
      event.stopPropagation();
    },
  }, h("div", { role: "rowgroup", class: "rf-body" }, head), body);
  const show = (rows, at) => {
    chosen = at;
    if (rows.length !== lines.length) {
      const hadFocus = body.contains(document.activeElement);
      lines = rows.map(() => h("div", { role: "row" },
        ...COLUMNS.map((column) => h("div", { role: "gridcell", class: `rf-cell rf-${column}` }))));
      body.replaceChildren(...lines);
      if (hadFocus) focus();
    }
    rows.forEach((row, index) => {
      const line = lines[index];
      COLUMNS.forEach((column, place) => {
        if (line.children[place].textContent !== row[column]) line.children[place].textContent = row[column];
      });
      line.tabIndex = index === chosen ? 0 : -1;
      line.setAttribute("aria-selected", String(index === chosen));
      line.className = `rf-row ${row.isFaulty ? "is-faulty" : ""}`;
    });
    requestAnimationFrame(reveal); // its place is known once it is on the page
  };
  const reveal = () => {
    const { offsetTop: top, offsetHeight: height } = lines[chosen];
    body.scrollTop = Math.min(Math.max(body.scrollTop, top + height - body.clientHeight), top);
  };
  return { element, show, focus };
}
