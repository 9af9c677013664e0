// A picture from a file of the reader's. It stays in the page: nothing is sent anywhere.
import { button, h } from "./dom.mjs";
import words from "../words/shared.mjs";

const LUMA = [0.299, 0.587, 0.114]; // Rec. 601

/**
 * { element, cancel() }: a button that asks for a file; `onImage(image, name)` gets it as an ImageBitmap. A file that
 * is no picture is refused here. `cancel` drops what is still being read, and the refusal.
 */
export function createPhotograph(onImage) {
  let last = null; // the file that the reader waits for
  const refusal = h("p", { class: "cw-problem", role: "alert", hidden: true });
  const cancel = () => {
    last = null;
    refusal.hidden = true;
  };
  const read = async (chosen) => {
    cancel();
    last = chosen;
    const image = await createImageBitmap(chosen).catch(() => null);
    if (chosen !== last) return;
    if (image) {
      onImage(image, chosen.name);
      return;
    }
    refusal.hidden = false;
    refusal.textContent = words.notAPicture(chosen.name);
  };
  const file = h("input", {
    type: "file", accept: "image/*", hidden: true, onchange: () => {
      const [chosen] = file.files;
      if (chosen) read(chosen);
      file.value = ""; // or the same one could not be taken again
    },
  });
  return { element: h("span", {}, button(words.picture, () => file.click()), file, refusal), cancel };
}

/**
 * A function of (channel, row, column): `image` drawn at `box`, [top, left, height, width], on white paper of
 * `height` × `width` pixels, from 0 to 255; grey where `channels` is 1.
 */
export function pixelsOf(image, channels, [height, width], [top, left, high, wide] = [0, 0, height, width]) {
  const context = h("canvas", { width, height }).getContext("2d");
  Object.assign(context, { imageSmoothingQuality: "high", fillStyle: "#fff" });
  context.fillRect(0, 0, width, height); // what is clear becomes paper
  context.drawImage(image, left, top, wide, high);
  const { data } = context.getImageData(0, 0, width, height);
  return (channel, row, column) => {
    const at = 4 * (row * width + column);
    return channels === 1 ? LUMA.reduce((all, share, each) => all + share * data[at + each], 0) : data[at + channel];
  };
}
