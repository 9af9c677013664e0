// What surrounds every widget: its root element, style sheets, theme, and the line that speaks.
import { h } from "./dom.mjs";
import { liveLine } from "./live.mjs";
import { addStyle, followTheme } from "./theme.mjs";

/**
 * { root, say(text), stop() }: puts a widget called `label` into `el`. `style` is its own style sheet. `say` speaks
 * through the polite live line; `stop` is what `render` returns, for anywidget to call at the end.
 */
export function createFrame(el, { name, label, style = "" }, ...children) {
  addStyle(name, style);
  const live = liveLine();
  const root = h("div", {
    class: "course-widget", role: "group", "aria-label": label, "data-widget": name,
    "data-lm-suppress-shortcuts": "true", // or JupyterLab takes the keys for its own commands
  }, ...children, live.element);
  el.append(root);
  const stopTheme = followTheme(root);
  const stop = () => {
    live.stop();
    stopTheme();
  };
  return { root, say: live.say, stop };
}
