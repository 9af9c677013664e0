// Writes the PyTorch code of each layer beside the golden file; tests/test_widget_convolution.py runs it.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as core from "../../course_lib/widgets/js/core/convolution.mjs";
import { pytorch } from "../../course_lib/widgets/js/core/convolution/code.mjs";

test("every layer has code", () => {
  const { code } = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
  assert.ok(code.length > 0);
  code.forEach((each, index) => {
    const layer = core.layerOf(each.conv);
    const { output, activated } = core.forward(layer, each);
    const grads = core.gradients(layer, each, core.letThrough(layer, output, each.grad_output));
    const text = pytorch(layer, each, activated, grads);
    writeFileSync(join(dirname(process.env.GOLDEN), `layer_${index}.py`), text);
  });
});
