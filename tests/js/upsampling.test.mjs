// The page's arithmetic against torch. tests/test_widget_upsampling.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { range } from "../../course_lib/widgets/js/core/arrays.mjs";
import * as core from "../../course_lib/widgets/js/core/upsampling.mjs";
import words from "../../course_lib/widgets/js/words/upsampling.mjs";

const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const legal = golden.cases.filter(({ refusal }) => refusal === null);
const illegal = golden.cases.filter(({ refusal }) => refusal !== null);
const say = ({ input, kernel, switches, ...rest }) => JSON.stringify(rest);
const LABELS = { "input height": "height", "input width": "width", "kernel size": "kernel" };

function close(found, expected, told) {
  assert.equal(found.length, expected.length, told);
  found.forEach((row, i) => {
    assert.equal(row.length, expected[i].length, told);
    row.forEach((value, j) => {
      const tolerance = 1e-5 * Math.max(1, Math.abs(expected[i][j]));
      assert.ok(Math.abs(value - expected[i][j]) <= tolerance, `${told} [${i}, ${j}]: ${value}, ${expected[i][j]}`);
    });
  });
}

test("the golden file holds hundreds of states, of every method and of both kinds", () => {
  assert.ok(legal.length >= 400 && illegal.length >= 60, `${legal.length} ${illegal.length}`);
  for (const method of core.METHODS) {
    assert.ok(legal.filter(({ state }) => state.method === method).length >= 25, method);
  }
  for (const aligned of [true, false]) {
    assert.ok(legal.some(({ state }) => state.method === "bicubic" && state.align_corners === aligned));
  }
});

test("torch's refusals are ours, with Python's nearest values, and nothing else is refused", () => {
  for (const { state, refusal, sentences } of golden.cases) {
    const sizes = core.sizesOf(state);
    assert.equal(core.problems(sizes).length > 0, refusal !== null, `${say(state)} ${refusal}`);
    for (const [changed, sentence] of Object.entries(sentences ?? {})) {
      const [problem] = core.problems(sizes, changed);
      const [, label, nearest] = sentence.match(/The nearest legal ([\w ]+) is (\d+)\.$/);
      assert.deepEqual([problem.parameter, problem.nearest], [LABELS[label] ?? label, Number(nearest)], say(state));
      assert.match(words.problem[problem.reason]({ ...problem, method: state.method }), /^[A-Z][^$]+\.$/);
    }
  }
});

test("output values and sizes are torch's", () => {
  for (const { state, output } of legal) {
    close(core.forward(state), output, say(state));
    const sizes = core.sizesOf(state);
    assert.deepEqual([0, 1].map((axis) => core.outputSize(sizes, axis)), [output.length, output[0].length]);
  }
});

test("the gradient at the input and at the kernel is torch's", () => {
  for (const { state, grad_output: gradOutput, input, kernel } of legal) {
    const gradient = core.backward(state, gradOutput);
    close(gradient.input, input, say(state));
    if (kernel) close(gradient.kernel, kernel, say(state));
  }
});

test("the weights of an output and of an input are torch's jacobian, read both ways", () => {
  for (const { state, jacobian } of legal) {
    const [rows, columns] = [jacobian.length, jacobian[0].length];
    for (const [o, p] of [[0, 0], [rows - 1, columns - 1], [Math.floor(rows / 2), Math.floor(columns / 3)]]) {
      const found = state.input.map((row) => row.map(() => 0));
      const read = core.merge(core.connections(state, "output", [o, p]));
      for (const { input: [i, j], weight } of read) found[i][j] = weight;
      close(found, jacobian[o][p], say(state));
    }
    const cell = [state.input.length - 1, 0];
    const found = jacobian.map((row) => row.map(() => 0));
    for (const { output: [o, p], weight } of core.connections(state, "input", cell)) found[o][p] = weight;
    const expected = jacobian.map((row) => row.map((slopes) => slopes[cell[0]][cell[1]]));
    close(found, expected, say(state));
    close(core.impulse(state, cell), expected, say(state));
  }
});

test("the matrix is torch's jacobian, and names the taps of the kernel that stand there", () => {
  for (const { state, jacobian } of legal) {
    const [{ length: width }] = state.input;
    const found = jacobian.flat().map((slopes) => slopes.flat().map(() => 0));
    for (const { place: [row, column], value, taps } of core.matrix(state)) {
      found[row][column] = value;
      const weights = taps.map(([u, v]) => state.kernel[u][v]);
      if (taps.length) close([[weights.reduce((sum, weight) => sum + weight, 0)]], [[value]], say(state));
    }
    close(found, jacobian.flat().map((slopes) => slopes.flat()), say(state));
    assert.ok(core.matrix(state).every(({ place: [, column] }) => column < state.input.length * width));
  }
});

test("counts of the overlap are torch's: its sum of ones, or the inputs with a weight", () => {
  for (const { state, counts } of legal) assert.deepEqual(core.counts(state), counts, say(state));
});

test("evenness follows kernel mod stride, and the kernel offered is even", () => {
  for (let kernel = 1; kernel <= 7; kernel++) {
    for (let scale = 1; scale <= 4; scale++) {
      const ones = (size) => range(size).map(() => range(size).map(() => 1));
      const [input, weights] = [ones(6), ones(kernel)];
      const state = { method: "transposed", input, kernel: weights, scale, padding: 0, output_padding: 0 };
      const inside = core.counts(state).slice(kernel, -kernel).flatMap((row) => row.slice(kernel, -kernel));
      const { remainder, least, most, share } = core.evenness({ kernel, scale });
      if (inside.length > scale ** 2) assert.deepEqual([Math.min(...inside), Math.max(...inside)], [least, most]);
      assert.equal(remainder === 0, share === 0);
      const even = core.evenKernel({ kernel, scale });
      assert.ok(even >= 1 && even <= 7 && even % scale === 0, `${kernel} ${scale}: ${even}`);
    }
  }
});

test("page and Python have the same limits and starting numbers", () => {
  assert.deepEqual(core.LIMITS, golden.limits);
  for (const name of ["input", "kernel", "switches"]) {
    assert.deepEqual(core.extend([[golden.start[name][0][0]]], name), golden.start[name]);
  }
});
