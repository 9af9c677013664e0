// Code to read and to copy.
import { button, h } from "./dom.mjs";
import words from "../words/shared.mjs";

/** { element, show(text) }. `say(text)` tells what came of copying. */
export function createCode({ label, say }) {
  const code = h("code");
  const box = h("pre", { class: "cw-code", tabindex: 0, role: "region", "aria-label": label }, code);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(code.textContent);
      say(words.copied);
    } catch { // a frame may not write to the clipboard
      getSelection().selectAllChildren(code);
      say(words.selected);
    }
  };
  const show = (text) => { code.textContent = text; };
  return { element: h("div", { class: "cw-code-box" }, button(words.copy, copy), box), show };
}
