// What the tabs of the explainer share: a map as a large picture with an outline.
import { h } from "../ui/dom.mjs";
import { outline, paintMap, strongest } from "../ui/pictures.mjs";

/** { element, show(shape, values, channel, mark, label, colours) }: `mark` is { cell, size } or null. */
export function createMap({ onCell }) {
  const caption = h("p", { class: "cw-caption" });
  const canvas = h("canvas", { class: "cw-map" });
  const frame = h("span", { class: "cw-outline" });
  let size = [1, 1];
  const press = (event) => {
    const box = canvas.getBoundingClientRect();
    const at = [(event.clientY - box.top) / box.height, (event.clientX - box.left) / box.width];
    onCell(at.map((share, axis) => Math.min(Math.max(Math.floor(share * size[axis]), 0), size[axis] - 1)));
  };
  // Not focusable: the fields for row and column, and the table, do by keyboard what a press does here.
  const picture = h("div", { class: `cw-picture-box ${onCell ? "cw-press" : ""}`, onclick: onCell ? press : () => {} },
    canvas, frame);
  const element = h("div", { class: "cw-panel" }, caption, picture);
  const show = (shape, values, channel, mark, label, colours) => {
    element.hidden = shape.length !== 3 || shape[1] * shape[2] === 1;
    if (element.hidden) return;
    size = shape.slice(1);
    const each = size[0] * size[1];
    caption.textContent = label;
    paintMap(canvas, values, channel * each, size, strongest(values), colours);
    picture.style.aspectRatio = `${size[1]} / ${size[0]}`;
    frame.hidden = !mark;
    if (mark) outline(frame, mark.cell, mark.size, size);
  };
  return { element, show };
}
