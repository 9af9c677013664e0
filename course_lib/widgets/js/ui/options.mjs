// Pictures of which one is chosen: one tab stop, arrow keys move, Enter, Space, click or tap choose.
import { h } from "./dom.mjs";
import { placeByKey, useUp } from "./keys.mjs";
import style from "./maps.css";
import { addStyle } from "./theme.mjs";

/** { element, mark(chosen) }. `options`: [{ content, name }]; `chosen` is an index, or -1; `onChoose(index)`. */
export function createOptions({ label, options, onChoose }) {
  addStyle("maps", style);
  const items = options.map(({ content, name }, index) => h("div", {
    class: "cw-option", role: "option", "aria-label": name, title: name, tabindex: index === 0 ? 0 : -1,
  }, content));
  const stop = (index) => items.forEach((item, at) => { item.tabIndex = at === index ? 0 : -1; });
  const element = h("div", {
    class: "cw-options", role: "listbox", "aria-label": label,
    onclick: (event) => choose(items.indexOf(event.target.closest(".cw-option"))),
    onkeydown: (event) => {
      if (event.altKey || event.ctrlKey || event.metaKey) return; // the browser's own
      const at = items.indexOf(document.activeElement);
      const next = placeByKey(event, at, items.length);
      if (next !== undefined) {
        stop(next);
        items[next].focus();
      } else if (event.key === "Enter" || event.key === " ") choose(at);
      else return;
      useUp(event);
    },
  }, ...items);
  const choose = (index) => {
    if (index < 0) return;
    stop(index);
    onChoose(index);
  };
  const mark = (chosen) => {
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    if (chosen >= 0) stop(chosen);
  };
  mark(-1);
  return { element, mark };
}
