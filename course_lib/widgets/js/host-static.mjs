// Puts the widgets of a page without a kernel in their places: a [data-course-widget] element names one and
// carries its state as JSON in data-state. The figure inside stays until the widget stands.
import convolution from "./convolution.mjs";

const WIDGETS = { convolution };
const AHEAD_PX = 400;

/** The four methods of anywidget's model that a widget may use, on a plain object. */
function modelOf(state) {
  const listeners = {};
  return {
    get: (name) => state[name],
    set: (name, value) => {
      state[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
    off: (event, listener) => listeners[event]?.delete(listener),
    save_changes: () => {},
  };
}

function mount(element) {
  if (element.dataset.ready) return;
  const stand = document.createElement("div");
  try {
    const { courseWidget, state } = element.dataset;
    if (!WIDGETS[courseWidget]) throw new Error(`this script has no widget "${courseWidget}"`);
    WIDGETS[courseWidget].render({ model: modelOf(JSON.parse(state)), el: stand });
    element.replaceChildren(stand);
    element.dataset.ready = "true";
  } catch (error) {
    element.dataset.ready = "false"; // the figure stays
    console.error("course widget:", error);
  }
}

function mountAll() {
  const waiting = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      waiting.unobserve(target);
      mount(target);
    }
  }, { rootMargin: `${AHEAD_PX}px` });
  for (const element of document.querySelectorAll("[data-course-widget]:not([data-ready])")) {
    // What the reader is about to see is mounted before the first paint, so that the page does not jump.
    if (element.getBoundingClientRect().top < innerHeight + AHEAD_PX) mount(element);
    else waiting.observe(element);
  }
}

mountAll();
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", mountAll);
