// The state of the deformable widget as PyTorch code that checks itself.
import { forward, outputSize, sizesOf } from "./deformable.mjs";

const MOST_CELLS = 6; // with an offset of their own, that are written one by one
const text = (value) => String(Number(value.toPrecision(9)));
const row = (values) => `[${values.map(text).join(", ")}]`;
const rows = (values) => `[\n${values.map((each) => `    ${row(each)},`).join("\n")}\n]`;
const tuple = (values) => (values[0] === values[1] ? String(values[0]) : `(${values.join(", ")})`);
const tensor = (name, values) => `${name} = torch.tensor(${values}, dtype=torch.float64)`;

/** Lines that make the tensor `name` (1, count, rows, columns): one list where it is the same everywhere. */
function planes(name, given, [height, width]) {
  const at = (o, p) => given.map((plane) => plane[o][p]);
  const cells = given[0].flatMap((each, o) => each.map((_, p) => [o, p]));
  const others = cells.filter(([o, p]) => String(at(o, p)) !== String(at(0, 0)));
  if (others.length > MOST_CELLS) {
    return `${tensor(name, `[\n${given.map((plane) => `    [${plane.map(row).join(", ")}],`).join("\n")}\n]`)}[None]`;
  }
  const first = `${tensor(name, row(at(0, 0)))}\n`
    + `${name} = ${name}.view(1, -1, 1, 1).repeat(1, 1, ${height}, ${width})  # the same everywhere`;
  return [first, ...others.map(([o, p]) => `${name}[0, :, ${o}, ${p}] = torch.tensor(${row(at(o, p))})`)].join("\n");
}

/** The lines that add up a snake's steps and make them offsets. */
function path(morph, taps) {
  const middle = Math.floor(taps / 2);
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
  const { operation, morph, kernel, mask, padding, stride, dilation } = state;
  const size = outputSize(sizesOf(state));
  const isSnake = operation === "snake";
  const taps = kernel.length * kernel[0].length;
  const half = [kernel.length, kernel[0].length].map((each) => Math.floor(each / 2));
  const options = isSnake ? `padding=${tuple(half)}`
    : `stride=${tuple(stride)}, padding=${tuple(padding)}, dilation=${tuple(dilation)}`;
  const still = state.offset.every((plane) => plane.flat().every((value) => value === 0)) && !mask;
  return [
    `import torch\n${still ? "from torch.nn import functional as F\n" : ""}from torchvision.ops import deform_conv2d\n`,
    `${tensor("x", rows(state.input))}[None, None]`,
    `${tensor("w", rows(kernel))}[None, None]`,
    ...(isSnake ? [planes("steps", state.steps, size), path(morph, taps)] : [planes("offset", state.offset, size)]),
    ...(mask ? [planes("mask", mask, size)] : []),
    `y = deform_conv2d(x, offset, w, ${options}${mask ? ", mask=mask" : ""})`,
    tensor("expected", rows(forward(state))),
    "torch.testing.assert_close(y[0, 0], expected, rtol=1e-5, atol=1e-5)",
    ...(still ? [`torch.testing.assert_close(y, F.conv2d(x, w, ${options}))`] : []),
    "",
  ].join("\n");
}
