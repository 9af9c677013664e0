// The state of the upsampling widget as PyTorch code that checks itself.
import { mapRows } from "./arrays.mjs";
import { holds, list, tensor, truth } from "./python.mjs";
import { forward } from "./upsampling.mjs";

/** Code for `state`, with an assert on the whole output. */
export function code(state) {
  const { method, scale, padding, output_padding: extra, align_corners: aligned, kernel, input, switches } = state;
  const weight = `w = ${tensor(kernel)}\n`;
  const interpolate = (mode) => `y = F.interpolate(x, scale_factor=${scale}, mode=${mode})`;
  const nearest = interpolate('"nearest"');
  const smooth = interpolate(`"${method}", align_corners=${truth(aligned)}`);
  const flat = mapRows(input, (_, i, j) => { // torch counts the places of the whole output row by row
    const place = switches[i][j] % scale ** 2;
    return (i * scale + Math.floor(place / scale)) * input[0].length * scale + j * scale + (place % scale);
  });
  const call = {
    nearest, bilinear: smooth, bicubic: smooth,
    transposed: `${weight}y = F.conv_transpose2d(
    x, w[None, None], stride=${scale}, padding=${padding}, output_padding=${extra}
)`,
    pixel_shuffle: `${weight}channels = F.conv2d(x, w.view(-1, 1, 1, 1))
y = F.pixel_shuffle(channels, ${scale})
torch.testing.assert_close(y, F.conv_transpose2d(x, w[None, None], stride=${scale}))`,
    max_unpool: `indices = torch.tensor(${list(flat)})[None, None]
y = F.max_unpool2d(x, indices, kernel_size=${scale})`,
    resize_conv: `${weight}${nearest}
y = F.conv2d(y, w[None, None], padding="same")`,
  }[method];
  return `import torch
from torch.nn import functional as F

x = ${tensor(input)}[None, None]
${call}
${holds("y[0, 0]", forward(state))}
`;
}
