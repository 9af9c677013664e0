// The state of the deformable widget as PyTorch code that checks itself.
import { isSame, sizeOf } from "./arrays.mjs";
import { forward, isSnake, outputSize, sizesOf } from "./deformable.mjs";
import { holds, list, tensor, tuple } from "./python.mjs";

const MOST_CELLS = 6; // with an offset of their own, that are written one by one

/** Lines that make the tensor `name` (1, count, rows, columns): one list where it is the same everywhere. */
function planes(name, given, [height, width]) {
  const at = (o, p) => given.map((plane) => plane[o][p]);
  const cells = given[0].flatMap((each, o) => each.map((_, p) => [o, p]));
  const others = cells.filter(([o, p]) => !isSame(at(o, p), at(0, 0)));
  if (others.length > MOST_CELLS) return `${name} = ${tensor(given)}[None]`;
  return [
    `${name} = ${tensor(at(0, 0))}`,
    `${name} = ${name}.view(1, -1, 1, 1).repeat(1, 1, ${height}, ${width})  # the same everywhere`,
    ...others.map(([o, p]) => `${name}[0, :, ${o}, ${p}] = torch.tensor(${list(at(o, p))})`),
  ].join("\n");
}

/** The lines that add up a snake's steps and make them offsets. */
function path(morph, taps) {
  const middle = taps >> 1;
  return `path = torch.zeros_like(steps)  # steps added up from the middle tap outward
for tap in range(${middle + 1}, ${taps}):
    path[:, tap] = path[:, tap - 1] + steps[:, tap]
for tap in range(${middle - 1}, -1, -1):
    path[:, tap] = path[:, tap + 1] + steps[:, tap]
still = torch.zeros_like(path)
offset = torch.stack([${morph === 0 ? "path, still" : "still, path"}], 2).flatten(1, 2)  # dy, dx of each tap`;
}

/** Code for `state`, with an assert on the whole output, and on the ordinary convolution where it is that. */
export function code(state) {
  const { morph, kernel, mask, padding, stride, dilation } = state;
  const size = outputSize(sizesOf(state));
  const options = isSnake(state) ? `padding=${tuple(sizeOf(kernel).map((taps) => taps >> 1))}`
    : `stride=${tuple(stride)}, padding=${tuple(padding)}, dilation=${tuple(dilation)}`;
  const still = state.offset.flat(2).every((value) => value === 0) && !mask;
  return [
    `import torch\n${still ? "from torch.nn import functional as F\n" : ""}from torchvision.ops import deform_conv2d\n`,
    `x = ${tensor(state.input)}[None, None]`,
    `w = ${tensor(kernel)}[None, None]`,
    ...(isSnake(state) ? [planes("steps", state.steps, size), path(morph, kernel.flat().length)]
      : [planes("offset", state.offset, size)]),
    ...(mask ? [planes("mask", mask, size)] : []),
    `y = deform_conv2d(x, offset, w, ${options}${mask ? ", mask=mask" : ""})`,
    holds("y[0, 0]", forward(state)),
    ...(still ? [`torch.testing.assert_close(y, F.conv2d(x, w, ${options}))`] : []),
    "",
  ].join("\n");
}
