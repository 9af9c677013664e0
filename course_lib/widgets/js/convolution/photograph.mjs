// A photograph of the reader's own as the input. It stays in the page: nothing is sent anywhere.
import * as core from "../core/convolution.mjs";
import { h } from "../ui/dom.mjs";

const BRIGHTEST = 9; // as Python's own photographs
const USUAL_PX = 16; // where no size would make the present draft legal
const LUMA = [0.299, 0.587, 0.114];

/**
 * [draft, maps (C, H, W)]: the picture in `file`, as large as fits with the other settings of the draft that
 * `draftOf()` gives once it is read: grey for a layer of one channel, or else red, green and blue. Rejects what is no
 * picture.
 */
export async function photograph(file, draftOf) {
  const image = await createImageBitmap(file);
  const draft = draftOf();
  const channels = draft.channels === 1 ? 1 : 3;
  const fitted = { ...draft, channels, groups: channels === draft.channels ? draft.groups : 1 };
  const sides = [image.height, image.width];
  const sizeFor = (px) => sides.map((side) => Math.max(Math.round((px * side) / Math.max(...sides)), 1));
  const most = core.range(core.LIMITS.input[1]).map((less) => core.LIMITS.input[1] - less);
  const px = most.find((each) => core.isAccepted({ ...fitted, input: sizeFor(each) })) ?? USUAL_PX;
  const [height, width] = sizeFor(px);
  const context = h("canvas", { width, height }).getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const weights = channels === 1 ? [LUMA] : [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
  const maps = weights.map((shares) => core.range(height).map((row) => core.range(width).map((column) => {
    const level = shares.reduce((sum, share, at) => sum + share * data[4 * (row * width + column) + at], 0);
    return Math.round((level / 255) * BRIGHTEST);
  })));
  return [{ ...fitted, input: [height, width] }, maps];
}
