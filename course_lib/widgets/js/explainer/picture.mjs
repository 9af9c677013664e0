// The picture that the network looks at: drawn, chosen, or read from a file.
import { decode } from "../core/base64.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import words from "../words/explainer.mjs";
import { createOptions } from "./options.mjs";
import { outline, paintPixels } from "../ui/pictures.mjs";

const INKS = {
  white: [255, 255, 255], black: [0, 0, 0], grey: [128, 128, 128],
  red: [220, 30, 30], green: [30, 160, 60], blue: [40, 70, 220], yellow: [240, 210, 40],
};

/**
 * { element, show(pixels) }. `onPixels(pixels, isDone)` gets the bytes of each change; `isDone` at the end of a stroke.
 * `images`, `labels` and `classes` are the widget's; `say` speaks.
 */
export function createPicture({ shape, images, labels, classes, onPixels, say }) {
  const state = { pixels: new Uint8Array(shape[0] * shape[1] * shape[2]), cursor: [0, 0], brush: 1.1, ink: "white" };
  const canvas = h("canvas", { class: "cw-pixels" });
  const cursor = h("span", { class: "cw-outline", hidden: true });
  const board = makeBoard(state, { shape, canvas, cursor, onPixels, say });
  const inks = Object.entries(words.inks).filter((_, index) => shape[0] === 3 || index < 3);
  const note = h("p", { class: "cw-note", hidden: true });
  const problem = h("p", { class: "cw-problem", role: "alert", hidden: true });
  const chooser = createOptions({
    label: words.images,
    onChoose: (index) => take(decode(images[index], Uint8Array), ""),
  });
  const invert = h("input", { type: "checkbox" });
  const file = h("input", {
    type: "file", class: "cw-file", accept: "image/*", onchange: () => readFile(file.files[0]),
  });
  const clear = h("button", {
    class: "cw-button", type: "button", onclick: () => take(new Uint8Array(state.pixels.length), ""),
  }, words.clear);

  function take(pixels, text) {
    problem.hidden = true;
    note.hidden = !text;
    note.textContent = text;
    onPixels(pixels, true);
  }

  async function readFile(chosen) {
    if (!chosen) return;
    try {
      take(await pixelsOf(chosen, shape, invert.checked), words.taken(chosen.name, shape));
    } catch {
      note.hidden = true;
      problem.hidden = false;
      problem.textContent = words.notAPicture(chosen.name);
    }
    file.value = ""; // the same file may be chosen again
  }

  const show = (pixels) => {
    state.pixels = pixels;
    paintPixels(canvas, pixels, shape);
  };
  chooser.show(images.map((image, index) => {
    const thumb = h("canvas", { class: "cw-pixels" });
    paintPixels(thumb, decode(image, Uint8Array), shape);
    return { content: thumb, name: words.image(index, labels ? classes[labels[index]] : null) };
  }), null);
  const element = h("div", { class: "cw-picture" },
    h("p", { class: "cw-caption" }, `${words.picture} ${words.size(shape)}`), board,
    h("div", { class: "cw-tools" },
      createChoice({
        label: words.brush, options: words.brushes, onChoose: (value) => { state.brush = Number(value); },
      }).element,
      createChoice({
        label: words.ink, options: Object.fromEntries(inks), onChoose: (value) => { state.ink = value; },
      }).element, clear),
    h("p", { class: "cw-help" }, words.drawHelp),
    images.length ? chooser.element : "",
    h("div", { class: "cw-tools" },
      h("label", { class: "cw-choice cw-file-label" }, h("span", { class: "cw-name" }, words.file), file),
      h("label", { class: "cw-check" }, invert, words.invert)), note, problem);
  element.querySelector("select").value = "1.1";
  return { element, show };
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
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientY - box.top) / box.height) * height, ((event.clientX - box.left) / box.width) * width];
  };
  const end = () => {
    if (last) onPixels(state.pixels, true);
    last = null;
  };
  const keys = (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const [row, column] = state.cursor;
    if (moves[event.key]) {
      state.cursor = [row, column].map((index, axis) => Math.min(
        Math.max(index + moves[event.key][axis], 0), [height, width][axis] - 1));
      outline(cursor, state.cursor, [1, 1], [height, width]);
    } else if (event.key === " " || event.key === "Enter") {
      stroke([row + 0.5, column + 0.5], INKS[state.ink], state.brush, true);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      stroke([row + 0.5, column + 0.5], INKS.black, 0.5, true);
    } else return;
    last = null;
    event.preventDefault();
    event.stopPropagation(); // the book turns the page on an arrow key
    const values = Array.from({ length: channels }, (_, c) => (
      state.pixels[(c * height + state.cursor[0]) * width + state.cursor[1]]));
    say(words.pixel(...state.cursor, values));
  };
  outline(cursor, state.cursor, [1, 1], [height, width]);
  return h("div", {
    class: "cw-board", tabindex: 0, role: "application", "aria-label": words.draw(shape),
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
      const share = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(i + 0.5 - row, j + 0.5 - column)));
      for (let c = 0; c < channels; c++) {
        const place = (c * height + i) * width + j;
        pixels[place] = Math.round(pixels[place] + (ink[c] - pixels[place]) * share);
      }
    }
  }
}

/** The bytes of a picture file, cut to the shape's proportions about its middle and scaled; grey by Rec. 601. */
async function pixelsOf(file, [channels, height, width], isInverted) {
  const image = await createImageBitmap(file);
  const canvas = h("canvas", { width, height });
  const context = canvas.getContext("2d");
  const zoom = Math.max(width / image.width, height / image.height);
  const [wide, high] = [image.width * zoom, image.height * zoom];
  Object.assign(context, { imageSmoothingQuality: "high", fillStyle: "#fff" });
  context.fillRect(0, 0, width, height); // what is clear becomes paper
  context.drawImage(image, (width - wide) / 2, (height - high) / 2, wide, high);
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: channels * height * width }, (_, at) => {
    const [channel, from] = [Math.floor(at / (height * width)), 4 * (at % (height * width))];
    const [red, green, blue] = data.subarray(from, from + 3);
    const value = channels === 3 ? data[from + channel] : 0.299 * red + 0.587 * green + 0.114 * blue;
    return Math.round(isInverted ? 255 - value : value);
  });
}
