// Numbers as pictures: maps in two colours, pixels as they are, outlines around what is meant.
import { clamp } from "../core/arrays.mjs";

/** The colours of the widget's theme as [r, g, b], by name. */
export function colours(root) {
  const style = getComputedStyle(root);
  const probe = document.createElement("canvas").getContext("2d");
  const read = (name) => {
    probe.fillStyle = style.getPropertyValue(`--cw-${name}`).trim() || "#888";
    const code = probe.fillStyle; // as #rrggbb
    return [1, 3, 5].map((at) => parseInt(code.slice(at, at + 2), 16));
  };
  return Object.fromEntries(["page", "positive", "negative", "mark"].map((name) => [name, read(name)]));
}

/** Calls `redraw` whenever the colours of `root` may have changed, as for print; returns what stops it. */
export function followColours(root, redraw) {
  const observer = new MutationObserver(redraw);
  observer.observe(root, { attributeFilter: ["data-cw-theme"] });
  const printing = matchMedia("print");
  printing.addEventListener("change", redraw);
  requestAnimationFrame(() => root.isConnected && redraw()); // only on the page do the theme's colours count
  return () => {
    observer.disconnect();
    printing.removeEventListener("change", redraw);
  };
}

/** Draws `height` × `width` numbers from `start` on: 0 is the page, ±`largest` the full colours. */
export function paintMap(canvas, values, start, [height, width], largest, { page, positive, negative }) {
  paint(canvas, [height, width], page, (at) => {
    const share = clamp(values[start + at] / (largest || 1), -1, 1);
    if (share === 0) return null;
    const colour = share > 0 ? positive : negative;
    return page.map((channel, index) => channel + (colour[index] - channel) * Math.abs(share));
  });
}

/** Draws pixels from 0 to 255 of 1 or 3 channels. */
export function paintPixels(canvas, pixels, [channels, height, width]) {
  const each = height * width;
  const step = channels === 3 ? each : 0;
  paint(canvas, [height, width], [0, 0, 0], (at) => [pixels[at], pixels[at + step], pixels[at + 2 * step]]);
}

/** Where `colourAt` gives null the `ground` stays: a large matrix has few cells that are not empty. */
function paint(canvas, [height, width], ground, colourAt) {
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const [pixel] = new Uint32Array(new Uint8Array([...ground, 255]).buffer);
  new Uint32Array(image.data.buffer).fill(pixel);
  for (let at = 0; at < height * width; at++) {
    const colour = colourAt(at);
    if (colour) image.data.set(colour, 4 * at);
  }
  context.putImageData(image, 0, 0);
}

/** Puts `frame` (an element over the canvas) around rows × columns cells from [row, column] of a height × width map. */
export function outline(frame, [row, column], [rows, columns], [height, width]) {
  const percent = (part, whole) => `${(100 * part) / whole}%`;
  Object.assign(frame.style, {
    top: percent(row, height), left: percent(column, width),
    height: percent(rows, height), width: percent(columns, width),
  });
}

/** The largest absolute value, of `count` from `start` on. */
export function strongest(values, start = 0, count = values.length) {
  let largest = 0;
  for (let at = start; at < start + count; at++) largest = Math.max(largest, Math.abs(values[at]));
  return largest;
}
