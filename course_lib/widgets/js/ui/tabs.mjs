// Tabs: one tab stop, arrow keys move, and what is chosen is shown at once.
import { h, uniqueId } from "./dom.mjs";

/** { element, show(name), panels: { name: element } }. `tabs`: { name: label }; `onChoose(name)`. */
export function createTabs({ label, tabs, onChoose }) {
  const names = Object.keys(tabs);
  const buttons = {};
  const panels = {};
  for (const name of names) {
    const [tabId, panelId] = [uniqueId(), uniqueId()];
    buttons[name] = h("button", {
      type: "button", class: "cw-tab", role: "tab", id: tabId, "aria-controls": panelId, onclick: () => choose(name),
    }, tabs[name]);
    panels[name] = h("div", { class: "cw-tab-panel", role: "tabpanel", id: panelId, "aria-labelledby": tabId });
  }
  const show = (chosen) => {
    for (const name of names) {
      buttons[name].setAttribute("aria-selected", String(name === chosen));
      buttons[name].tabIndex = name === chosen ? 0 : -1;
      panels[name].hidden = name !== chosen;
    }
  };
  const choose = (name) => {
    show(name);
    onChoose(name);
  };
  const keys = { ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };
  const list = h("div", {
    class: "cw-tabs", role: "tablist", "aria-label": label,
    onkeydown: (event) => {
      if (!(event.key in keys)) return;
      event.preventDefault();
      const at = names.findIndex((name) => buttons[name] === document.activeElement);
      const move = keys[event.key];
      const next = Number.isFinite(move) ? (at + move + names.length) % names.length : move < 0 ? 0 : names.length - 1;
      choose(names[next]);
      buttons[names[next]].focus();
    },
  }, ...names.map((name) => buttons[name]));
  show(names[0]);
  return { element: h("div", {}, list, ...names.map((name) => panels[name])), show, panels };
}
