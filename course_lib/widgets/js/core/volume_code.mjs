// The state of the volume widget as PyTorch code that checks itself.
import { holds, list, tensor, tuple } from "./python.mjs";
import { backward, forward, kind } from "./volume.mjs";
import { outputSize } from "./window.mjs";

const SETTINGS = ["stride", "padding", "dilation"];
const settingsOf = (sizes, from) => SETTINGS.map((name) => `${name}=${tuple(sizes[name].slice(from))}`).join(", ");

// What the layer amounts to, as an assert: the 2-D convolution that gives the same, or the sum of several.
const SAME = {
  channels: (sizes, bias) => `# as deep as the input: a 2-D convolution, depth as channels
flat = F.conv2d(x[0], w[0], ${bias}, ${settingsOf(sizes, 1)})
torch.testing.assert_close(flat[0], y[0, 0])`,
  slices: (sizes, bias) => `# one slice deep: a 2-D convolution of each slice by itself
each = F.conv2d(x[0, 0][:, None], w[0], ${bias}, ${settingsOf(sizes, 1)})
torch.testing.assert_close(each[:, 0], y[0, 0])`,
  depth: (sizes, bias) => {
    const [along, around, apart] = SETTINGS.map((name) => sizes[name][0]);
    return `# a sum of 2-D convolutions, one for each slice of the kernel
slices = F.pad(x, (0, 0, 0, 0, ${around}, ${around}))[0, 0][:, None]
parts = [
    F.conv2d(slices[k * ${apart} :][::${along}][: ${outputSize(sizes, 0)}], w[:, :, k], ${settingsOf(sizes, 1)})
    for k in range(${sizes.kernel[0]})
]
torch.testing.assert_close(sum(parts)[:, 0]${bias === "None" ? "" : " + b"}, y[0, 0])`;
  },
};

/** Code for `sizes` and `values`, with asserts on the whole output, on all gradients, and on what it amounts to. */
export function code(sizes, values) {
  const hasBias = values.bias !== null;
  const bias = hasBias ? "b" : "None";
  const gradients = backward(sizes, values);
  return `import torch
from torch.nn import functional as F

x = ${tensor(values.input)}[None, None].requires_grad_()
w = ${tensor(values.kernel)}[None, None].requires_grad_()
${hasBias ? `b = torch.tensor(${list([values.bias])}, dtype=torch.float64, requires_grad=True)\n` : ""
}y = F.conv3d(x, w, ${bias}, ${settingsOf(sizes, 0)})
${holds("y[0, 0]", forward(sizes, values))}

${SAME[kind(sizes)](sizes, bias)}

grad_output = ${tensor(values.grad_output)}
y.backward(grad_output[None, None])
${holds("x.grad[0, 0]", gradients.grad_input)}
${holds("w.grad[0, 0]", gradients.grad_kernel)}
${hasBias ? `${holds("b.grad", [gradients.grad_bias])}\n` : ""}`;
}
