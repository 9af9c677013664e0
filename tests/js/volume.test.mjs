// The page's arithmetic against torch. tests/test_widget_volume.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { range } from "../../course_lib/widgets/js/core/arrays.mjs";
import * as core from "../../course_lib/widgets/js/core/volume.mjs";
import { dropped, outputShape, outputSize } from "../../course_lib/widgets/js/core/window.mjs";
import words from "../../course_lib/widgets/js/words/volume.mjs";

const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const legal = golden.cases.filter(({ refusal }) => refusal === null);
const illegal = golden.cases.filter(({ refusal }) => refusal !== null);
const drawn = legal.filter(({ sizes }) => core.cellCount(sizes) <= core.MAX_CELLS);
const say = ({ sizes }) => JSON.stringify(sizes);

function close(found, expected, told) {
  if (!Array.isArray(expected)) {
    const tolerance = 1e-5 * Math.max(1, Math.abs(expected));
    return assert.ok(Math.abs(found - expected) <= tolerance, `${told}: ${found}, torch ${expected}`);
  }
  assert.equal(found.length, expected.length, told);
  return expected.forEach((one, index) => close(found[index], one, `${told} ${index}`));
}

test("the golden file holds hundreds of configurations of both kinds, with every setting apart on every axis", () => {
  assert.ok(drawn.length >= 300 && illegal.length >= 100, `${drawn.length} ${illegal.length}`);
  for (const axis of core.AXES) {
    for (const name of ["padding", "stride", "dilation"]) {
      const apart = drawn.filter(({ sizes }) => sizes.kernel[axis] > 1
        && core.AXES.every((other) => other === axis || sizes[name][other] !== sizes[name][axis]));
      assert.ok(apart.length >= 20, `${name} ${axis}: ${apart.length}`);
    }
    assert.ok(drawn.filter(({ sizes }) => dropped(sizes, axis)).length >= 30);
  }
  assert.ok(drawn.some(({ bias }) => bias === null) && drawn.some(({ bias }) => bias !== null));
});

test("what torch refuses is refused, what it takes is taken up to the widget's own bounds", () => {
  for (const one of golden.cases) {
    const [problem] = core.problems(one.sizes);
    if (one.refusal !== null) assert.ok(problem && problem.reason !== "cells", `${say(one)} ${one.refusal}`);
    else assert.ok(!problem || problem.reason === "cells", `${say(one)} ${JSON.stringify(problem)}`);
  }
});

test("Python lays each problem to the same number and offers the same nearest value", () => {
  for (const one of golden.problems) {
    const [problem] = core.problems(one.sizes, one.changed);
    assert.deepEqual(problem ?? null, one.problem, `${say(one)} ${one.changed}`);
    if (problem) assert.match(words.problem[problem.reason](problem), /^[A-Z][^$]+\.$/);
  }
});

test("with height and width apart each problem has its own axis, and all are told", () => {
  const plain = core.PRESETS.video;
  const all = core.problems({ ...plain, kernel: [9, 9, 0] }, "kernel", false);
  assert.deepEqual(all.map(({ axes, nearest }) => [axes, nearest]), [[[0], 3], [[1], 5], [[2], 1]]);
  const both = core.problems({ ...plain, dilation: [9, 1, 9] }, "dilation", false);
  assert.deepEqual(both.map(({ reason, axes, nearest }) => [reason, axes, nearest]),
    [["fit", [0], 2], ["fit", [2], 2]]);
});

test("output values and sizes are torch's", () => {
  for (const one of drawn) {
    close(core.forward(one.sizes, one), one.output, say(one));
    assert.deepEqual(outputShape(one.sizes), core.shapeOf(one.output), say(one));
  }
});

test("gradients at input, kernel and bias are torch's", () => {
  for (const one of drawn) {
    const found = core.backward(one.sizes, one);
    for (const name of ["grad_input", "grad_kernel"]) close(found[name], one[name], `${name} ${say(one)}`);
    close(found.grad_bias, one.grad_bias, `bias ${say(one)}`);
  }
});

test("partial sums are torch's 2-D convolutions of the slices, in torch's order", () => {
  let several = 0;
  for (const one of drawn) {
    for (const cell of [[0, 0, 0], outputShape(one.sizes).map((size) => size - 1)]) {
      const parts = core.partialSums(one.sizes, one, "output", cell);
      assert.deepEqual(parts.map(({ slice }) => slice), range(one.sizes.kernel[0]));
      parts.forEach(({ sum, slice }) => close(sum, core.valueAt(one.parts[slice], cell), say(one)));
      several += parts.length > 1;
    }
  }
  assert.ok(several > 100);
});

test("the products of an input, a weight and an output are torch's jacobian, read each way", () => {
  for (const one of legal.filter(({ jacobian }) => jacobian)) {
    const { sizes } = one;
    const cells = core.fill(sizes.input, (...cell) => cell).flat(2);
    for (const input of cells) {
      const found = core.fill(outputShape(sizes), () => 0);
      for (const { output: [d, i, j], kernel } of core.products(sizes, "input", input)) {
        found[d][i][j] += core.valueAt(one.kernel, kernel);
      }
      close(found, core.valueAt(one.jacobian, input), `${say(one)} ${input}`);
    }
    for (const kernel of core.fill(sizes.kernel, (...cell) => cell).flat(2)) {
      const found = core.fill(outputShape(sizes), () => 0);
      const terms = core.products(sizes, "kernel", kernel);
      for (const term of terms) {
        found[term.output[0]][term.output[1]][term.output[2]] += core.factorOf(one, "input", term);
        assert.equal(core.isInside(sizes, term.input), core.valueAt(one.input, term.input) !== undefined);
      }
      close(found, core.valueAt(one.kernel_jacobian, kernel), `${say(one)} ${kernel}`);
    }
  }
});

test("the partial sums of a gradient add up to torch's", () => {
  for (const one of drawn) {
    for (const role of ["grad_input", "grad_kernel"]) {
      const last = one.sizes[role.slice(5)].map((size) => size - 1);
      for (const cell of [[0, 0, 0], last.map((index) => index >> 1), last]) {
        const parts = core.partialSums(one.sizes, one, role, cell);
        const total = parts.reduce((sum, part) => sum + part.sum, 0);
        close(total, core.valueAt(one[role], cell), `${role} ${cell} ${say(one)}`);
        const slices = parts.map(({ slice }) => slice);
        assert.deepEqual(slices, [...new Set(slices)].sort((a, b) => a - b));
        for (const { slice, terms } of parts) {
          const [mine, its] = role === "grad_input" ? ["kernel", "output"] : ["output", "input"];
          assert.ok(terms.every((term) => term[mine][0] === slice && term[its][0] === terms[0][its][0]));
        }
      }
    }
  }
});

test("a cell in the padding feeds the outputs that read it", () => {
  const sizes = core.PRESETS.video;
  const fed = core.products(sizes, "input", [-1, 2, 2]);
  assert.deepEqual([...new Set(fed.map(({ output }) => output[0]))], [0]);
  assert.ok(fed.length === 9 && fed.every(({ kernel }) => kernel[0] === 0));
});

test("presets are legal, and what they amount to is what they are named for", () => {
  for (const sizes of Object.values(core.PRESETS)) assert.deepEqual(core.problems(sizes), []);
  const { channels, slices, video } = core.PRESETS;
  assert.deepEqual([channels, slices, video].map(core.kind), ["channels", "slices", "depth"]);
  assert.equal(outputSize(channels, 0), 1);
  assert.equal(outputSize(slices, 0), slices.input[0]);
  assert.equal(outputSize(video, 0), video.input[0]);
});

test("multiply-accumulates are counted as Python counts them", () => {
  for (const { sizes, macs } of golden.cases.filter((one) => one.macs)) assert.equal(core.cost(sizes).all, macs);
});

test("page and Python have the same limits and starting numbers", () => {
  assert.deepEqual(core.LIMITS, golden.limits);
  for (const [name, shape] of [["input", [6, 8, 8]], ["kernel", [3, 5, 5]]]) {
    assert.deepEqual(core.fill(shape, core.START[name]), golden.start[name]);
  }
});
