// The state of the upsampling widget as PyTorch code that checks itself.
import { forward } from "./upsampling.mjs";

const text = (value) => String(Number(value.toPrecision(9)));
const rows = (values) => `[\n${values.map((row) => `    [${row.map(text).join(", ")}],`).join("\n")}\n]`;

/** Code for `state`, with an assert on the whole output. */
export function code(state) {
  const { method, scale, padding, output_padding: extra, align_corners: aligned, kernel, input } = state;
  const weight = `w = torch.tensor(${rows(kernel)}, dtype=torch.float64)\n`;
  const corners = `, align_corners=${aligned ? "True" : "False"}`;
  const flat = input.map((row, i) => row.map((_, j) => {
    const place = state.switches[i][j] % scale ** 2;
    return (i * scale + Math.floor(place / scale)) * row.length * scale + j * scale + (place % scale);
  }));
  const call = {
    nearest: `y = F.interpolate(x, scale_factor=${scale}, mode="nearest")`,
    bilinear: `y = F.interpolate(x, scale_factor=${scale}, mode="bilinear"${corners})`,
    bicubic: `y = F.interpolate(x, scale_factor=${scale}, mode="bicubic"${corners})`,
    transposed: `${weight}y = F.conv_transpose2d(
    x, w[None, None], stride=${scale}, padding=${padding}, output_padding=${extra}
)`,
    pixel_shuffle: `${weight}channels = F.conv2d(x, w.view(-1, 1, 1, 1))
y = F.pixel_shuffle(channels, ${scale})
torch.testing.assert_close(y, F.conv_transpose2d(x, w[None, None], stride=${scale}))`,
    max_unpool: `indices = torch.tensor(${rows(flat)})[None, None]
y = F.max_unpool2d(x, indices, kernel_size=${scale})`,
    resize_conv: `${weight}y = F.interpolate(x, scale_factor=${scale}, mode="nearest")
y = F.conv2d(y, w[None, None], padding="same")`,
  }[method];
  return `import torch
from torch.nn import functional as F

x = torch.tensor(${rows(input)}, dtype=torch.float64)[None, None]
${call}
expected = torch.tensor(${rows(forward(state))}, dtype=torch.float64)
torch.testing.assert_close(y[0, 0], expected, rtol=1e-5, atol=1e-5)
`;
}
