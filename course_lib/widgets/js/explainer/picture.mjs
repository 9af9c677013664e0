// The picture that the network looks at: drawn, chosen, or read from a file.
import { clamp, product, range } from "../core/arrays.mjs";
import { decode } from "../core/base64.mjs";
import { flat, place } from "../core/explainer.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h, placeIn } from "../ui/dom.mjs";
import { cellByKey, useUp } from "../ui/keys.mjs";
import { createOptions } from "../ui/options.mjs";
import { createPhotograph, pixelsOf } from "../ui/photograph.mjs";
import { outline, paintPixels } from "../ui/pictures.mjs";
import words from "../words/explainer.mjs";

// As words.inks names them; the first three are for pictures of one channel.
const INKS = [
  [255, 255, 255], [0, 0, 0], [128, 128, 128], [220, 30, 30], [30, 160, 60], [40, 70, 220], [240, 210, 40],
];
const BLACK = 1;

/**
 * { element, show(pixels), mark(image), forget() }: `image` is the base64 text of the one that is shown, or null;
 * `forget` drops a file that is still being read, and what was told of one.
 * `onPixels(pixels, isDone)` gets the bytes of each change; `isDone` at the end of a stroke.
 * `images`, `labels` and `classes` are the widget's; `say` speaks.
 */
export function createPicture({ shape, images, labels, classes, onPixels, say }) {
  const state = { pixels: new Uint8Array(product(shape)), cursor: [0, 0], brush: 1.1, ink: 0, isInverted: false };
  const canvas = h("canvas");
  const cursor = h("span", { class: "cw-outline", hidden: true });
  const note = h("p", { class: "cw-note", hidden: true });
  const forget = (text = "") => {
    photograph.cancel();
    note.hidden = !text;
    note.textContent = text;
  };
  const take = (pixels, isDone = true, text = "") => {
    forget(text);
    onPixels(pixels, isDone);
  };
  const photograph = createPhotograph((image, name) => (
    take(cut(image, shape, state.isInverted), true, words.taken(name, shape))));
  const board = makeBoard(state, { shape, canvas, cursor, onPixels: take, say });
  const chooser = createOptions({
    label: words.images, options: images.map((image, index) => {
      const content = h("canvas");
      paintPixels(content, decode(image, Uint8Array), shape);
      return { content, name: words.image(index, labels ? classes[labels[index]] : null) };
    }), onChoose: (index) => take(decode(images[index], Uint8Array)),
  });
  const invert = createCheckbox({ label: words.invert, onChange: (isOn) => { state.isInverted = isOn; } });
  const brush = createChoice({
    label: words.brush, options: words.brushes, onChoose: (value) => { state.brush = Number(value); },
  });
  brush.show(state.brush);
  const ink = createChoice({
    label: words.ink, options: Object.entries(words.inks.slice(0, shape[0] === 3 ? INKS.length : 3)),
    onChoose: (value) => { state.ink = value; },
  });
  const show = (pixels) => {
    state.pixels = pixels;
    paintPixels(canvas, pixels, shape);
  };
  const mark = (image) => chooser.mark(images.indexOf(image));
  const element = h("div", { class: "cw-picture" },
    h("p", { class: "cw-caption" }, words.caption(words.input, shape)), board,
    h("div", { class: "cw-switches" }, brush.element, ink.element,
      button(words.clear, () => take(new Uint8Array(state.pixels.length)))),
    h("p", { class: "cw-help" }, words.drawHelp), images.length ? chooser.element : "",
    h("div", { class: "cw-switches" }, photograph.element, invert.element), note);
  return { element, show, mark, forget };
}

/** The canvas, its cursor, and what the pointer and the keys do on it. */
function makeBoard(state, { shape, canvas, cursor, onPixels, say }) {
  const [channels, height, width] = shape;
  let last = null;
  const stroke = (to, ink, radius, isDone) => {
    const pixels = state.pixels.slice();
    const from = last ?? to;
    const steps = Math.max(1, Math.ceil(2 * Math.hypot(to[0] - from[0], to[1] - from[1])));
    for (let k = 0; k <= steps; k++) {
      dab(pixels, shape, from.map((start, axis) => start + ((to[axis] - start) * k) / steps), ink, radius);
    }
    last = to;
    onPixels(pixels, isDone);
  };
  const at = (event) => placeIn(canvas, event).map((share, axis) => share * shape[1 + axis]);
  const end = () => {
    if (last) onPixels(state.pixels, true);
    last = null;
  };
  const keys = (event) => {
    const isCorner = /^(Home|End)$/.test(event.key);
    if (event.altKey || event.metaKey || (event.ctrlKey && !isCorner)) return; // the browser's own
    const to = cellByKey(event, state.cursor, [height, width]);
    const middle = state.cursor.map((index) => index + 0.5);
    if (to) {
      state.cursor = to;
      outline(cursor, to, [1, 1], [height, width]);
    } else if (event.key === " " || event.key === "Enter") {
      stroke(middle, INKS[state.ink], state.brush, true);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      stroke(middle, INKS[BLACK], 0.5, true);
    } else return;
    last = null;
    useUp(event);
    say(words.pixel(...state.cursor, range(channels).map((c) => state.pixels[flat(shape, [c, ...state.cursor])])));
  };
  outline(cursor, state.cursor, [1, 1], [height, width]);
  return h("div", {
    class: "cw-picture-box cw-press cw-board", tabindex: 0, role: "application", "aria-label": words.draw(shape),
    style: `aspect-ratio: ${width} / ${height}`,
    onpointerdown: (event) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      stroke(at(event), INKS[state.ink], state.brush, false);
    },
    onpointermove: (event) => { if (last) stroke(at(event), INKS[state.ink], state.brush, false); },
    onpointerup: end,
    onpointercancel: end,
    onfocus: (event) => { cursor.hidden = !event.currentTarget.matches(":focus-visible"); },
    onblur: () => { cursor.hidden = true; },
    onkeydown: keys,
  }, canvas, cursor);
}

/** A round spot with a soft edge, in place. */
function dab(pixels, [channels, height, width], [row, column], ink, radius) {
  for (let i = Math.max(0, Math.floor(row - radius - 1)); i <= Math.min(height - 1, row + radius + 1); i++) {
    for (let j = Math.max(0, Math.floor(column - radius - 1)); j <= Math.min(width - 1, column + radius + 1); j++) {
      const share = clamp(radius + 0.5 - Math.hypot(i + 0.5 - row, j + 0.5 - column), 0, 1);
      for (let c = 0; c < channels; c++) {
        const at = (c * height + i) * width + j;
        pixels[at] = Math.round(pixels[at] + (ink[c] - pixels[at]) * share);
      }
    }
  }
}

/** The bytes of an image, cut to the shape's proportions about its middle and scaled. */
function cut(image, shape, isInverted) {
  const [channels, height, width] = shape;
  const zoom = Math.max(width / image.width, height / image.height);
  const [wide, high] = [image.width * zoom, image.height * zoom];
  const valueAt = pixelsOf(image, channels, [height, width], [(height - high) / 2, (width - wide) / 2, high, wide]);
  return Uint8Array.from({ length: product(shape) }, (_, at) => {
    const value = valueAt(...place(shape, at));
    return Math.round(isInverted ? 255 - value : value);
  });
}
