// The same layer in PyTorch, with what the widget shows as assertions: text that runs as it stands.
import { AXES, isAdaptive, isPool, isTransposed, outputSize, pads } from "./sizes.mjs";

/** Python code for `conv` and its `values` ({ input, kernel, bias, upstream }), asserting `output` and `grads`. */
export function pytorch(conv, values, output, grads) {
  const lines = ["import torch", "import torch.nn.functional as F", "", ...given("x", [values.input])];
  if (!isPool(conv)) lines.push(...given("w", values.kernel));
  if (values.bias) lines.push(...given("b", values.bias));
  const sides = AXES.map((axis) => pads(conv, axis));
  const isUneven = conv.padding !== "same" && sides.some(([before, after]) => before !== after);
  const isPadded = conv.operation === "conv2d" && (conv.padding_mode !== "zeros" || isUneven);
  const mode = conv.padding_mode === "zeros" ? "constant" : conv.padding_mode;
  const [[top, bottom], [left, right]] = sides;
  const read = isPadded ? `F.pad(x, (${left}, ${right}, ${top}, ${bottom}), mode="${mode}")` : "x";
  lines.push("", `y = F.${conv.operation}(${[read, ...settings(conv, values, isPadded)].join(", ")})`);
  lines.push(`assert y.shape == (1, ${conv.filters}, ${AXES.map((axis) => outputSize(conv, axis)).join(", ")})`);
  lines.push(...holds("y", [output]), "");
  lines.push(`g = ${tensor([values.upstream])}`, "y.backward(g)", ...holds("x.grad", [grads.input]));
  if (!isPool(conv)) lines.push(...holds("w.grad", grads.kernel));
  if (values.bias) lines.push(...holds("b.grad", grads.bias));
  return `${lines.join("\n")}\n`;
}

const pair = (values) => `(${values.join(", ")})`;
const tensor = (values) => `torch.tensor(${JSON.stringify(values).replaceAll(",", ", ")}, dtype=torch.float64)`;
const given = (name, values) => [`${name} = ${tensor(values)}.requires_grad_()`];
const holds = (name, values) => [`assert torch.allclose(${name}, ${tensor(values)})`];

function settings(conv, values, isPadded) {
  if (isAdaptive(conv)) return [pair(conv.output_size)];
  const padding = `padding=${conv.padding === "same" ? '"same"' : pair(AXES.map((axis) => pads(conv, axis)[0]))}`;
  const stride = `stride=${pair(conv.stride)}`;
  if (isPool(conv)) {
    const last = conv.operation === "max_pool2d" ? `dilation=${pair(conv.dilation)}`
      : `count_include_pad=${conv.count_include_pad ? "True" : "False"}`;
    return [pair(conv.kernel), stride, padding, last];
  }
  return [conv.flip ? "w.flip(2, 3)" : "w", values.bias ? "b" : "None", stride, ...(isPadded ? [] : [padding]),
    ...(isTransposed(conv) ? [`output_padding=${pair(conv.output_padding)}`] : []),
    `dilation=${pair(conv.dilation)}`, `groups=${conv.groups}`];
}
