// A table of numbers with a caption.
import { h } from "./dom.mjs";
import style from "./table.css";
import { addStyle } from "./theme.mjs";

/** A table element; the first column names the rows. */
export function table(caption, columns, rows) {
  addStyle("table", style);
  const head = (text) => h("th", { scope: "col" }, text);
  return h("table", { class: "cw-table" }, h("caption", { class: "cw-caption" }, caption),
    h("thead", {}, h("tr", {}, ...columns.map(head))),
    h("tbody", {}, ...rows.map(([name, ...values]) => h("tr", {},
      h("th", { scope: "row" }, name), ...values.map((value) => h("td", {}, value))))));
}
