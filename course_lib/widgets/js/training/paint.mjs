// Filters as pictures: one channel in two colours, three channels as a colour about grey.
import { paintMap, paintPixels } from "../ui/pictures.mjs";

/** Draws the numbers of a filter on `canvas`; ±`largest` are the full colours, of one channel those of `theme`. */
export function paintFilter(canvas, values, [channels, height, width], largest, theme) {
  if (channels === 1) return paintMap(canvas, values, 0, [height, width], largest, theme);
  return paintPixels(canvas, values.map((value) => 127.5 * (1 + value / (largest || 1))), [channels, height, width]);
}
