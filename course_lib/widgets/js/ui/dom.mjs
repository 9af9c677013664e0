// Elements, and the ids that tie a field to its message.

/** An element with attributes, `on…` listeners and children; an attribute of null or false is left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for a MathML element without attributes. */
export function math(tag, ...children) {
  return fill(document.createElementNS("http://www.w3.org/1998/Math/MathML", tag), {}, children);
}

/** The same for an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Sets attributes of an element, and takes away those of null. */
export function setAttributes(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null) element.removeAttribute(name);
    else element.setAttribute(name, value);
  }
}

export const button = (text, onclick) => h("button", { class: "cw-button", type: "button", onclick }, text);

/** A bar that is filled by a `share` from 0 to 1: to see, beside a number to read. */
export const bar = (share) => h("span", { class: "cw-meter", "aria-hidden": "true" },
  h("span", { class: "cw-meter-fill", style: `width: ${100 * share}%` }));

/** An id that no other widget on the page has, even one from a second copy of this script. */
export const uniqueId = () => `cw-${Math.random().toString(36).slice(2)}`;

/** Where in `element` a pointer is: [down, across], as shares of its height and width. */
export function placeIn(element, { clientX, clientY }) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [(clientY - top) / height, (clientX - left) / width];
}
