// The page's arithmetic against torchvision. tests/test_widget_deformable.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as core from "../../course_lib/widgets/js/core/deformable.mjs";
import * as presets from "../../course_lib/widgets/js/core/deformable_presets.mjs";
import words from "../../course_lib/widgets/js/words/deformable.mjs";

const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const legal = golden.cases.filter(({ refusal }) => refusal === null);
const illegal = golden.cases.filter(({ refusal }) => refusal !== null);
const snakes = legal.filter(({ state }) => state.operation === "snake");
const say = ({ state }) => JSON.stringify(core.sizesOf(state));

function close(found, expected, told) {
  if (Array.isArray(expected)) {
    assert.equal(found.length, expected.length, told);
    expected.forEach((each, index) => close(found[index], each, `${told} [${index}]`));
    return;
  }
  const tolerance = 1e-5 * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(found - expected) <= tolerance, `${told}: ${found}, ${expected}`);
}

test("the golden file holds hundreds of states of both operations, with and without a mask, and refused ones", () => {
  assert.ok(legal.length >= 400 && illegal.length >= 80, `${legal.length} ${illegal.length}`);
  assert.ok(snakes.length >= 100);
  assert.ok(legal.filter(({ state }) => state.mask).length >= 100);
  assert.ok(legal.filter(({ whole }) => whole).length >= 80, "whole offsets, where bilinear weights have a kink");
});

test("output values and sizes are torchvision's", () => {
  for (const one of legal) {
    close(core.forward(one.state), one.output, say(one));
    assert.deepEqual(core.outputSize(core.sizesOf(one.state)), [one.output.length, one.output[0].length]);
  }
});

test("gradients at input, kernel, offset, mask and steps are torchvision's", () => {
  for (const one of legal) {
    const found = core.backward(one.state);
    for (const name of ["input", "kernel", "offset", "mask"]) {
      if (one.gradient[name]) close(found[name], one.gradient[name], `${say(one)} ${name}`);
    }
    if (one.gradient.steps) close(found.steps, one.gradient.steps, `${say(one)} steps`);
    assert.equal(found.steps === null, one.state.operation !== "snake");
  }
});

test("the offset of a snake is the layer's path of its steps", () => {
  for (const one of snakes) close(core.snakeOffset(one.state.steps, one.state.morph), one.state.offset, say(one));
});

test("the terms of a cell add up to it, and the readers of an input are the column of torch's jacobian", () => {
  for (const one of legal) {
    const [rows, columns] = [one.output.length, one.output[0].length];
    for (const cell of [[0, 0], [rows - 1, columns - 1]]) {
      const terms = core.taps(one.state, cell);
      close(terms.reduce((sum, { product }) => sum + product, 0), one.output[cell[0]][cell[1]], say(one));
      for (const { neighbours, value, place, regular, offset } of terms) {
        close(neighbours.reduce((sum, { weight }) => sum + weight, 0), 1, say(one));
        close(neighbours.reduce((sum, { weight, value: read }) => sum + weight * read, 0), value, say(one));
        close(place, regular.map((at, axis) => at + offset[axis]), say(one));
      }
    }
    const found = one.output.map((row) => row.map(() => 0));
    for (const { output: [o, p], weight } of core.readers(one.state, one.cell)) found[o][p] = weight;
    close(found, one.column, `${say(one)} ${one.cell}`);
  }
});

test("torch's refusals are ours, with Python's nearest values, and nothing else is refused", () => {
  for (const { sizes, refusal, sentences, state } of golden.cases) {
    const given = sizes ?? core.sizesOf(state);
    assert.equal(core.problems(given).length > 0, refusal !== null, `${JSON.stringify(given)} ${refusal}`);
    for (const [changed, sentence] of Object.entries(sentences ?? {})) {
      const [problem] = core.problems(given, changed);
      const [, name, axis, nearest] = sentence.match(/The nearest legal (\w+) (height|width) is (\d+)\.$/);
      const told = JSON.stringify(given);
      assert.deepEqual([problem.parameter, ["height", "width"][problem.axis], problem.nearest],
        [name, axis, Number(nearest)], told);
      assert.match(words.problem[problem.reason](problem), /^[A-Z][^$]+\.$/);
    }
  }
});

test("presets: none equals the ordinary convolution, dilate the dilated one, half the mean of four neighbours", () => {
  for (const { state, ordinary, dilated, shifted } of golden.presets) {
    const told = JSON.stringify(core.sizesOf(state));
    const run = (name) => core.forward({ ...state, offset: presets.presetOffset(name, state) });
    close(run("none"), ordinary, told);
    close(core.ordinary(state), ordinary, told);
    assert.equal(core.largestDifference(run("none"), core.ordinary(state)), 0);
    close(run("dilate"), dilated, told);
    close(run("half"), shifted, told);
  }
});

test("a turned kernel keeps its distances from the middle, a spread one has half as much again", () => {
  const { state } = golden.presets[0];
  for (const [name, factor] of [["rotate", 1], ["spread", 1.5], ["none", 1]]) {
    const terms = core.taps({ ...state, offset: presets.presetOffset(name, state) }, [0, 0]);
    const middle = [0, 1].map((axis) => terms.reduce((sum, { regular }) => sum + regular[axis], 0) / terms.length);
    const from = (place) => Math.hypot(...place.map((at, axis) => at - middle[axis]));
    for (const { place, regular } of terms) assert.ok(Math.abs(from(place) - factor * from(regular)) < 2e-3, name);
  }
});

test("the snake of the preset stays on its curve, where a straight kernel does not", () => {
  const given = presets.curve();
  const state = {
    ...given, offset: core.snakeOffset(given.steps, 0), mask: null, padding: [1, 1], stride: [1, 1], dilation: [1, 1],
  };
  const output = core.forward(state);
  const straight = core.ordinary(state);
  const reach = Math.floor(given.kernel[0].length / 2);
  for (let column = reach; column < given.input[0].length - reach; column++) {
    const row = presets.curveRow(column);
    assert.equal(output[row][column], 9 * given.kernel[0].length, `${row} ${column}`);
    assert.ok(straight[row][column] < output[row][column]);
  }
});

test("arrays follow a size: what is even stays so, others are cut off or filled, of other taps nothing stays", () => {
  assert.deepEqual(core.refitted([[[2, 2]], [[3, 3]]], 2, [2, 1], 0), [[[2], [2]], [[3], [3]]]);
  assert.deepEqual(core.refitted([[[1, 2]]], 1, [2, 3], 7), [[[1, 2, 7], [7, 7, 7]]]);
  assert.deepEqual(core.refitted([[[5]]], 2, [1, 1], 0), [[[0]], [[0]]]);
  assert.deepEqual(core.spread([[[1, 2], [3, 4]]], [1, 0]), [[[3, 3], [3, 3]]]);
  assert.deepEqual(core.withNumber([[[1, 2]], [[3, 4]]], 1, [0, 1], 9, false), [[[1, 2]], [[3, 9]]]);
  assert.deepEqual(core.withNumber([[[1, 2]], [[3, 4]]], 1, [0, 1], 9, true), [[[1, 2]], [[9, 9]]]);
});

test("page and Python have the same limits and starting numbers", () => {
  assert.deepEqual([core.LIMITS, core.SNAKE_TAPS, core.VALUES], golden.limits);
  for (const [name, rows] of Object.entries(golden.start)) {
    assert.deepEqual(core.filled(name, [rows.length, rows[0].length]), rows);
  }
});
