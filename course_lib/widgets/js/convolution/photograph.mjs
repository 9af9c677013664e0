// A photograph of the reader's own as the input.
import { makeRows, range } from "../core/arrays.mjs";
import * as core from "../core/convolution.mjs";
import { pixelsOf } from "../ui/photograph.mjs";

const BRIGHTEST = 9; // as Python's own photographs
const USUAL_PX = 16; // where no size would make the draft legal

/**
 * [draft, maps (C, H, W)]: `image` as large as fits with the other settings of `draft`: grey for a layer of one
 * channel, or else red, green and blue.
 */
export function photograph(image, draft) {
  const channels = draft.channels === 1 ? 1 : 3;
  const fitted = { ...draft, channels, groups: channels === draft.channels ? draft.groups : 1 };
  const sides = [image.height, image.width];
  const sizeFor = (px) => sides.map((side) => Math.max(Math.round((px * side) / Math.max(...sides)), 1));
  const most = range(core.LIMITS.input[1]).map((less) => core.LIMITS.input[1] - less);
  const input = sizeFor(most.find((px) => core.isAccepted({ ...fitted, input: sizeFor(px) })) ?? USUAL_PX);
  const at = pixelsOf(image, channels, input);
  const maps = range(channels).map((channel) => makeRows(
    ...input, (row, column) => Math.round((at(channel, row, column) / 255) * BRIGHTEST)));
  return [{ ...fitted, input }, maps];
}
