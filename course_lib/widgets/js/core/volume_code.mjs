// The state of the volume widget as PyTorch code that checks itself.
import { backward, forward, kind, outputShape } from "./volume.mjs";

const text = (value) => String(Number(value.toPrecision(12)));
const triple = (values) => `(${values.join(", ")})`;
const row = (values) => `[${values.map(text).join(", ")}]`;
const slice = (rows) => `    [${rows.map(row).join(", ")}],`;
const tensor = (volume) => `torch.tensor([\n${volume.map(slice).join("\n")}\n], dtype=torch.float64)`;

// What the layer amounts to, as an assert: the 2-D convolution that gives the same, or the sum of several.
const SAME = {
  channels: ({ stride, padding, dilation }, bias) => `# as deep as the input: a 2-D convolution, depth as channels
flat = F.conv2d(x[0], w[0], ${bias}, stride=${triple(stride.slice(1))}, padding=${triple(padding.slice(1))}, `
    + `dilation=${triple(dilation.slice(1))})
torch.testing.assert_close(flat[0], y[0, 0])`,
  slices: ({ stride, padding, dilation }, bias) => `# one slice deep: a 2-D convolution of each slice by itself
each = F.conv2d(x[0, 0][:, None], w[0], ${bias}, stride=${triple(stride.slice(1))}, `
    + `padding=${triple(padding.slice(1))}, dilation=${triple(dilation.slice(1))})
torch.testing.assert_close(each[:, 0], y[0, 0])`,
  depth: (
    { stride: [along, ...stride], padding: [around, ...padding], dilation: [apart, ...dilation] }, bias, sizes,
  ) => (
    `# a sum of 2-D convolutions, one for each slice of the kernel
slices = F.pad(x, (0, 0, 0, 0, ${around}, ${around}))[0, 0][:, None]
parts = [
    F.conv2d(slices[k * ${apart} :][::${along}][: ${outputShape(sizes)[0]}], w[:, :, k], stride=${triple(stride)}, `
    + `padding=${triple(padding)}, dilation=${triple(dilation)})
    for k in range(${sizes.kernel[0]})
]
torch.testing.assert_close(sum(parts)[:, 0]${bias === "None" ? "" : " + b"}, y[0, 0])`),
};

/** Code for `sizes` and `values`, with asserts on the whole output, on all gradients, and on what it amounts to. */
export function code(sizes, values) {
  const bias = values.bias === null ? "None" : "b";
  const { grad_input: gradInput, grad_kernel: gradKernel, grad_bias: gradBias } = backward(sizes, values);
  const settings = ["stride", "padding", "dilation"].map((name) => `${name}=${triple(sizes[name])}`).join(", ");
  const given = values.bias === null ? ""
    : `b = torch.tensor([${text(values.bias)}], dtype=torch.float64, requires_grad=True)\n`;
  const holds = (name, volume) => `torch.testing.assert_close(${name}, ${tensor(volume)}, rtol=1e-5, atol=1e-5)`;
  return `import torch
from torch.nn import functional as F

x = ${tensor(values.input)}[None, None].requires_grad_()
w = ${tensor(values.kernel)}[None, None].requires_grad_()
${given}y = F.conv3d(x, w, ${bias}, ${settings})
${holds("y[0, 0]", forward(sizes, values))}

${SAME[kind(sizes)](sizes, bias, sizes)}

grad_output = ${tensor(values.grad_output)}
y.backward(grad_output[None, None])
${holds("x.grad[0, 0]", gradInput)}
${holds("w.grad[0, 0]", gradKernel)}
${given ? `torch.testing.assert_close(b.grad, torch.tensor([${text(gradBias)}], dtype=torch.float64))\n` : ""}`;
}
