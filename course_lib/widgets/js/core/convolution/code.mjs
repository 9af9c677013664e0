// The same layer in PyTorch, with what the widget shows as assertions: text that runs as it stands.
import { holds, tensor, truth, tuple } from "../python.mjs";
import { isAdaptive, isPool, isTransposed } from "./sizes.mjs";
import { forward } from "./terms.mjs";

/** Python code for `conv` and its `values` ({ input, kernel, bias, grad_output }), asserting `output` and `grads`. */
export function pytorch(conv, values, output, grads) {
  const leaves = [["x", [values.input], [grads.input]]]; // [name, value, gradient]
  if (!isPool(conv)) leaves.push(["w", values.kernel, grads.kernel]);
  if (values.bias) leaves.push(["b", values.bias, grads.bias]);
  const sides = conv.sides.map(({ pads }) => pads);
  const isUneven = conv.padding !== "same" && sides.some(([before, after]) => before !== after);
  const isPadded = conv.operation === "conv2d" && (conv.padding_mode !== "zeros" || isUneven);
  const mode = conv.padding_mode === "zeros" ? "constant" : conv.padding_mode;
  const read = isPadded ? `F.pad(x, ${tuple([...sides[1], ...sides[0]])}, mode="${mode}")` : "x";
  const call = `F.${conv.operation}(${[read, ...settings(conv, values, isPadded)].join(", ")})`;
  // Where a window holds only padding, torch 2.x writes the gradient of a max pool outside of the input's memory.
  const isSafe = !forward(conv, values).output.flat(2).includes(-Infinity);
  return [
    "import torch", "import torch.nn.functional as F", "",
    ...leaves.map(([name, value]) => `${name} = ${tensor(value)}.requires_grad_()`), "",
    `y = ${conv.activation ? `F.${conv.activation}(${call})` : call}`,
    `assert y.shape == ${tuple([1, conv.filters, ...conv.sides.map(({ output }) => output)])}`,
    holds("y", [output]), "",
    ...(isSafe ? [`g = ${tensor([values.grad_output])}`, "y.backward(g)",
      ...leaves.map(([name, , gradient]) => holds(`${name}.grad`, gradient)), ""] : []),
  ].join("\n");
}

function settings(conv, values, isPadded) {
  if (isAdaptive(conv)) return [tuple(conv.output_size)];
  const padding = `padding=${conv.padding === "same" ? '"same"' : tuple(conv.sides.map(({ pads }) => pads[0]))}`;
  const [stride, dilation] = [`stride=${tuple(conv.stride)}`, `dilation=${tuple(conv.dilation)}`];
  if (isPool(conv)) {
    const last = conv.operation === "max_pool2d" ? dilation
      : `count_include_pad=${truth(conv.count_include_pad)}`;
    return [tuple(conv.kernel), stride, padding, last];
  }
  return [conv.flip ? "w.flip(2, 3)" : "w", values.bias ? "b" : "None", stride, ...(isPadded ? [] : [padding]),
    ...(isTransposed(conv) ? [`output_padding=${tuple(conv.output_padding)}`] : []), dilation, `groups=${conv.groups}`];
}
