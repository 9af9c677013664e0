// A polite live line for screen readers.
import { h } from "./dom.mjs";

const PAUSE_MS = 1000;

/** { element, say(text), stop() }: at most one message a second, and always the latest. */
export function liveLine() {
  const element = h("div", { class: "cw-live", role: "status", "aria-live": "polite" });
  let pending = null;
  let timer = null;
  const speak = () => {
    timer = null;
    if (pending === null) return;
    element.textContent = pending;
    pending = null;
    timer = setTimeout(speak, PAUSE_MS);
  };
  const say = (text) => {
    pending = text;
    timer ??= setTimeout(speak, 0);
  };
  return { element, say, stop: () => clearTimeout(timer) };
}
