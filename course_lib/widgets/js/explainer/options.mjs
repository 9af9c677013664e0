// Pictures of which one is chosen: one tab stop, arrow keys move, Enter, Space, click or tap choose.
import { h } from "../ui/dom.mjs";

/** { element, show(options, chosen) }. `options`: [{ content, name }]; `onChoose(index)`. */
export function createOptions({ label, onChoose }) {
  let items = [];
  const stop = (index) => items.forEach((item, at) => { item.tabIndex = at === index ? 0 : -1; });
  const element = h("div", {
    class: "cw-options", role: "listbox", "aria-label": label,
    onclick: (event) => choose(items.indexOf(event.target.closest(".cw-option"))),
    onkeydown: (event) => {
      const at = items.indexOf(document.activeElement);
      const moves = {
        ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: items.length - 1,
      };
      if (event.key in moves) {
        const next = Math.min(Math.max(moves[event.key], 0), items.length - 1);
        stop(next);
        items[next].focus();
      } else if (event.key === "Enter" || event.key === " ") choose(at);
      else return;
      event.preventDefault();
      event.stopPropagation(); // the book turns the page on an arrow key
    },
  });
  const choose = (index) => {
    if (index < 0) return;
    stop(index);
    onChoose(index);
  };
  const mark = (chosen) => {
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
    if (chosen !== null) stop(chosen);
  };
  const show = (options, chosen) => {
    items = options.map(({ content, name }, index) => h("div", {
      class: "cw-option", role: "option", "aria-label": name, title: name, tabindex: index === 0 ? 0 : -1,
    }, content));
    element.replaceChildren(...items);
    mark(chosen);
  };
  return { element, show, mark };
}
