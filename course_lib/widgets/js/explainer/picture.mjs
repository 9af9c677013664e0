// The picture that the network looks at: drawn, chosen, or read from a file.
import { decode } from "../core/base64.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { clamp } from "../ui/maps.mjs";
import { createOptions } from "../ui/options.mjs";
import { outline, paintPixels } from "../ui/pictures.mjs";
import words from "../words/explainer.mjs";

// As words.inks names them; the first three are for pictures of one channel.
const INKS = [
  [255, 255, 255], [0, 0, 0], [128, 128, 128], [220, 30, 30], [30, 160, 60], [40, 70, 220], [240, 210, 40],
];
const BLACK = 1;

/**
 * { element, show(pixels), mark(image) }: `image` is the base64 text of the one that is shown, or null.
 * `onPixels(pixels, isDone)` gets the bytes of each change; `isDone` at the end of a stroke.
 * `images`, `labels` and `classes` are the widget's; `say` speaks.
 */
export function createPicture({ shape, images, labels, classes, onPixels, say }) {
  const state = {
    pixels: new Uint8Array(shape[0] * shape[1] * shape[2]), cursor: [0, 0], brush: 1.1, ink: 0, isInverted: false,
  };
  const canvas = h("canvas", { class: "cw-pixels" });
  const cursor = h("span", { class: "cw-outline", hidden: true });
  const board = makeBoard(state, { shape, canvas, cursor, onPixels, say });
  const inks = words.inks.slice(0, shape[0] === 3 ? INKS.length : 3);
  const note = h("p", { class: "cw-note", hidden: true });
  const problem = h("p", { class: "cw-problem", role: "alert", hidden: true });
  const chooser = createOptions({
    label: words.images, options: images.map((image, index) => {
      const content = h("canvas", { class: "cw-pixels" });
      paintPixels(content, decode(image, Uint8Array), shape);
      return { content, name: words.image(index, labels ? classes[labels[index]] : null) };
    }), onChoose: (index) => take(decode(images[index], Uint8Array), ""),
  });
  const invert = createCheckbox({ label: words.invert, onChange: (isOn) => { state.isInverted = isOn; } });
  const file = h("input", {
    type: "file", class: "cw-file", accept: "image/*", onchange: () => readFile(file.files[0]),
  });
  const brush = createChoice({
    label: words.brush, options: words.brushes, onChoose: (value) => { state.brush = Number(value); },
  });
  brush.show(String(state.brush));
  const ink = createChoice({
    label: words.ink, options: inks.map((name, index) => [index, name]), onChoose: (value) => { state.ink = value; },
  });

  function take(pixels, text) {
    problem.hidden = true;
    note.hidden = !text;
    note.textContent = text;
    onPixels(pixels, true);
  }

  async function readFile(chosen) {
    if (!chosen) return;
    try {
      take(await pixelsOf(chosen, shape, state.isInverted), words.taken(chosen.name, shape));
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
  const mark = (image) => chooser.mark(images.indexOf(image));
  const element = h("div", { class: "cw-picture" },
    h("p", { class: "cw-caption" }, `${words.picture} ${words.size(shape)}`), board,
    h("div", { class: "cw-tools" }, brush.element, ink.element,
      button(words.clear, () => take(new Uint8Array(state.pixels.length), ""))),
    h("p", { class: "cw-help" }, words.drawHelp),
    images.length ? chooser.element : "",
    h("div", { class: "cw-tools" },
      h("label", { class: "cw-choice" }, h("span", { class: "cw-name" }, words.file), file), invert.element),
    note, problem);
  return { element, show, mark };
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
      state.cursor = [row, column].map((index, axis) => (
        clamp(index + moves[event.key][axis], 0, [height, width][axis] - 1)));
      outline(cursor, state.cursor, [1, 1], [height, width]);
    } else if (event.key === " " || event.key === "Enter") {
      stroke([row + 0.5, column + 0.5], INKS[state.ink], state.brush, true);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      stroke([row + 0.5, column + 0.5], INKS[BLACK], 0.5, true);
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
      const share = clamp(radius + 0.5 - Math.hypot(i + 0.5 - row, j + 0.5 - column), 0, 1);
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
