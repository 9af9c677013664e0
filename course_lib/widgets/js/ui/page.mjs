// Puts a widget in its places on a page without a kernel: a [data-course-widget] element names it and carries its
// state as JSON in data-state. The figure inside stays until the widget stands.
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

function mount(widget, element) {
  if (element.dataset.ready) return;
  const stand = document.createElement("div");
  try {
    widget.render({ model: modelOf(JSON.parse(element.dataset.state)), el: stand });
    element.replaceChildren(stand);
    element.dataset.ready = "true";
  } catch (error) {
    element.dataset.ready = "false"; // the figure stays
    console.error("course widget:", error);
  }
}

/** Mounts `widget` wherever the page has one called `name`, now and once the whole page is there. */
export function mountAll(name, widget) {
  mountFound(name, widget);
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => mountFound(name, widget));
  }
}

function mountFound(name, widget) {
  const waiting = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      waiting.unobserve(target);
      mount(widget, target);
    }
  }, { rootMargin: `${AHEAD_PX}px` });
  for (const element of document.querySelectorAll(`[data-course-widget="${name}"]:not([data-ready])`)) {
    // What the reader is about to see is mounted before the first paint, so that the page does not jump.
    if (element.getBoundingClientRect().top < innerHeight + AHEAD_PX) mount(widget, element);
    else waiting.observe(element);
  }
}
