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

export const button = (text, onclick) => h("button", { class: "cw-button", type: "button", onclick }, text);

/** An id that no other widget on the page has, even one from a second copy of this script. */
export const uniqueId = () => `cw-${Math.random().toString(36).slice(2)}`;
