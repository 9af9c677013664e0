// The page's arithmetic against torch. tests/test_widgets.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as core from "../../course_lib/widgets/js/core/convolution.mjs";
import words from "../../course_lib/widgets/js/words/convolution.mjs";

assert.ok(process.env.GOLDEN, "GOLDEN names the file of torch's answers: run pytest tests/test_widgets.py");
const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const legal = golden.cases.filter(({ refusal }) => refusal === null);
const illegal = golden.cases.filter(({ refusal }) => refusal !== null);
const key = (cell) => cell.join();
const say = ({ conv }) => JSON.stringify(conv);

test("the golden file holds a few hundred cases of both kinds", () => {
  assert.ok(legal.length >= 200, `${legal.length} legal`);
  assert.ok(illegal.length >= 100, `${illegal.length} illegal`);
  const isUneven = ([before, after]) => before !== after;
  assert.ok(legal.some(({ conv }) => conv.padding === "same" && isUneven(core.pads(conv, 0))));
});

test("torch's refusals are ours, and nothing else is", () => {
  for (const each of golden.cases) {
    assert.equal(core.problems(each.conv).length > 0, each.refusal !== null, `${say(each)}: ${each.refusal}`);
  }
});

test("output values and sizes are torch's", () => {
  for (const each of legal) {
    const found = core.forward(each.input, each.kernel, each.conv);
    const size = [each.output.length, each.output[0].length];
    assert.deepEqual([core.outputSize(each.conv, 0), core.outputSize(each.conv, 1)], size, say(each));
    assert.deepEqual([found.length, found[0].length], size, say(each));
    found.flat().forEach((value, index) => {
      const expected = each.output.flat()[index];
      const tolerance = 1e-5 * Math.max(1, Math.abs(expected));
      assert.ok(Math.abs(value - expected) <= tolerance, `${say(each)}: ${value}`);
    });
  }
});

test("what reads what is the support of torch's gradient, in all three directions", () => {
  const withSupport = legal.filter(({ support }) => support);
  assert.ok(withSupport.length >= 50);
  for (const each of withSupport) {
    const { conv, support } = each; // {padded input cell: [output cells]}, cells as "row,column"
    const feeds = (grid, cell, other) => new Set(
      core.connections(conv, grid, cell).map((product) => key(product[other])));
    const reads = {};
    for (let row = 0; row < core.paddedSize(conv, 0); row++) {
      for (let column = 0; column < core.paddedSize(conv, 1); column++) {
        const outputs = support[key([row, column])] ?? [];
        assert.deepEqual(feeds("input", [row, column], "output"), new Set(outputs), say(each));
        for (const output of outputs) (reads[output] ??= []).push(key([row, column]));
      }
    }
    for (const [output, inputs] of Object.entries(reads)) {
      assert.deepEqual(feeds("output", output.split(",").map(Number), "input"), new Set(inputs), say(each));
    }
    assert.deepEqual(feeds("kernel", each.weight.cell, "input"), new Set(each.weight.inputs), say(each));
    const read = Object.keys(support).map((cell) => cell.split(","));
    const lastRead = [0, 1].map((axis) => 1 + Math.max(...read.map((cell) => cell[axis])));
    const dropped = [0, 1].map((axis) => core.paddedSize(conv, axis) - core.dropped(conv, axis));
    assert.deepEqual(dropped, lastRead, say(each));
  }
});

/** `conv` with nothing wrong along the other axis. */
function onOneAxis(conv, axis) {
  const plain = { input: 32, kernel: 1, padding: 0, stride: 1, dilation: 1 };
  const other = (name, pair) => pair.map((value, index) => (index === axis ? value : plain[name]));
  return Object.fromEntries(Object.entries(conv)
    .map(([name, pair]) => [name, pair === "same" ? pair : other(name, pair)]));
}

test("each refusal has a sentence and a nearest legal value, and none is nearer", () => {
  for (const each of illegal) {
    for (const changed of Object.keys(core.LIMITS)) {
      for (const problem of core.problems(each.conv, changed)) {
        const { parameter, axes, nearest, axis } = problem;
        assert.match(words.problem[problem.reason](problem), /^[A-Z][^$]+\.$/);
        assert.doesNotMatch(words.problem[problem.reason](problem), /undefined|null|NaN/);
        const alone = onOneAxis(each.conv, axis);
        const isMended = (value) => core.problems(core.withValue(alone, parameter, axes, value)).length === 0;
        const [min, max] = core.LIMITS[parameter];
        assert.ok(Number.isInteger(nearest) && nearest >= min && nearest <= max, JSON.stringify(problem));
        const values = Array.from({ length: 40 }, (_, index) => min + index).filter((value) => value <= max);
        // A size out of range may hide that the others do not fit either: then nothing mends all at once.
        const isHopeless = problem.reason === "range" && !values.some(isMended);
        assert.ok(isMended(nearest) || isHopeless, `${say(each)} ${JSON.stringify(problem)}`);
        const isSame = each.conv[parameter] === "same";
        const before = isSame ? core.pads(each.conv, axis)[0] : each.conv[parameter][axis];
        const nearer = values.filter((value) => Math.abs(value - before) < Math.abs(nearest - before));
        if (!isHopeless) assert.ok(!nearer.some(isMended), `${say(each)} ${JSON.stringify(problem)}`);
      }
    }
  }
});

test("page and Python have the same limits, nearest values and starting numbers", () => {
  assert.deepEqual({ ...core.LIMITS, cells: core.MAX_CELLS }, golden.limits);
  for (const each of illegal) {
    const isSquare = Object.values(each.conv).every((value) => value === "same" || value[0] === value[1]);
    for (const [changed, nearest] of Object.entries(each.nearest)) {
      const [problem] = core.problems(each.conv, changed, isSquare);
      assert.equal(problem.nearest, nearest, `${say(each)} ${changed}`);
    }
  }
  for (const name of ["input", "kernel"]) {
    assert.deepEqual(core.extend([[golden.start[name][0][0]]], name), golden.start[name]);
  }
});

test("values beyond the edges are kept apart from those given", () => {
  const grown = core.extend([[7.5, -2], [1, 0]], "input");
  assert.deepEqual(grown.slice(0, 2).map((row) => row.slice(0, 2)), [[7.5, -2], [1, 0]]);
  assert.equal(grown.length, 32);
  assert.equal(grown[5][6], core.START.input(5, 6));
});

test("more numbers than the page can hold are refused with the nearest padding", () => {
  const conv = { input: [32, 32], kernel: [3, 3], padding: [20, 20], stride: [1, 1], dilation: [1, 1] };
  const [problem, ...others] = core.problems(conv, "padding", true);
  assert.equal(problem.reason, "cells");
  assert.deepEqual(others, []);
  const mended = (value) => core.problems({ ...conv, padding: [value, value] });
  assert.deepEqual(mended(problem.nearest), []);
  assert.equal(mended(problem.nearest + 1)[0].reason, "cells");
});
