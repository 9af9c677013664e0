// The table of layers: one tab stop, the arrow keys choose a layer, and the chosen one is what the picture shows.
import { clamp } from "../core/arrays.mjs";
import { h } from "../ui/dom.mjs";
import { placeByKey, useUp } from "../ui/keys.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/receptive_field.mjs";

const COLUMNS = Object.keys(words.columns);

/** { element, show(rows, chosen), focus() }. A row: { name, window, size, sees, step, centre, sure, isFaulty }. */
export function createTable({ onChoose }) {
  let [lines, chosen] = [[], 0];
  const focus = () => lines[chosen].focus();
  const choose = (at) => {
    if (at >= 0 && at !== chosen) onChoose(at);
  };
  const element = h("div", {
    class: "rf-layers",
    onclick: (event) => choose(lines.indexOf(event.target.closest("tr"))),
    onkeydown: (event) => {
      const to = placeByKey(event, chosen, lines.length);
      if (to === undefined || event.altKey || event.metaKey || event.ctrlKey) return;
      choose(to);
      useUp(event);
    },
  });
  const show = (rows, at) => {
    chosen = at;
    const hadFocus = element.contains(document.activeElement);
    const texts = rows.map((row) => COLUMNS.map((column) => row[column]));
    const made = table(words.table, Object.values(words.columns), texts);
    made.setAttribute("role", "grid");
    lines = [...made.tBodies[0].rows];
    lines.forEach((line, index) => {
      line.tabIndex = index === chosen ? 0 : -1;
      line.setAttribute("aria-selected", String(index === chosen));
      line.classList.toggle("is-faulty", rows[index].isFaulty);
    });
    const scrolled = element.querySelector("tbody")?.scrollTop;
    element.replaceChildren(made);
    made.tBodies[0].scrollTop = scrolled ?? 0;
    if (hadFocus) focus();
    requestAnimationFrame(() => reveal(made.tBodies[0], lines[chosen])); // once it is on the page
  };
  return { element, show, focus };
}

/** Scrolls the box by no more than it must for the line to be seen. */
function reveal(box, line) {
  const [frame, { top, bottom }] = [box, line].map((each) => each.getBoundingClientRect());
  box.scrollTop += clamp(0, bottom - frame.bottom, top - frame.top);
}
