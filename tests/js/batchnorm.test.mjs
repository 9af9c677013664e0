// Batch norm's arithmetic against torch. tests/test_widget_batchnorm.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as core from "../../course_lib/widgets/js/core/batchnorm.mjs";
import { tell } from "../../course_lib/widgets/js/batchnorm/stories.mjs";
import words from "../../course_lib/widgets/js/words/batchnorm.mjs";

assert.ok(process.env.GOLDEN, "GOLDEN names the file of torch's answers: run pytest tests/test_widget_batchnorm.py");
const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const isLegal = ({ refusal }) => refusal === null;
const batches = golden.batches.filter(isLegal);
const blocks = golden.blocks.filter(isLegal);

/** Equal to 1e-5 of the largest number of the list, or of `scale`; not finite where torch's number, null, is not. */
function close(found, expected, message, scale = 0) {
  const [one, other] = [found.flat(3), expected.flat(3)];
  assert.equal(one.length, other.length, message);
  const largest = Math.max(scale, ...other.map(Math.abs));
  one.forEach((value, index) => assert.ok(other[index] === null ? !Number.isFinite(value)
    : Math.abs(value - other[index]) <= 1e-5 * Math.max(Math.abs(other[index]), largest * 1e-3, 1e-9),
    `${message}: ${value} for ${other[index]}`));
}

test("torch's refusals are ours, in its words, and nothing else is", () => {
  for (const { state, refusal } of golden.batches) {
    const [problem, ...others] = core.batchProblems(state);
    assert.equal(problem !== undefined, refusal !== null, `${JSON.stringify(state)} ${refusal}`);
    if (!problem) continue;
    assert.deepEqual(others, []);
    const mended = { ...state, ...(problem.parameter === "eps" ? { eps: problem.nearest } : {}) };
    const N = problem.parameter === "N" ? problem.nearest : state.input.length;
    const left = core.batchProblems(mended, { N, C: state.input[0].length });
    assert.ok(left.every(({ reason }) => reason !== problem.reason));
    assert.ok(words.problem[problem.reason](problem).startsWith(refusal.replace("0.0", "0")), refusal);
  }
  for (const { state, refusal } of golden.blocks) {
    const [problem] = core.blockProblems(state);
    assert.equal(problem !== undefined, refusal !== null, `${JSON.stringify(state)} ${refusal}`);
    if (!problem) continue;
    const shape = core.shapeOf(state.block);
    if (problem.parameter === "block_H") shape[2] = problem.nearest;
    const groups = problem.parameter === "num_groups" ? problem.nearest : state.num_groups;
    const eps = problem.parameter === "eps" ? problem.nearest : state.eps;
    const left = core.blockProblems({ ...state, num_groups: groups, eps }, shape);
    assert.ok(left.every(({ reason }) => /^one_/.test(reason) && reason !== problem.reason));
    if (problem.reason === "range") continue;
    const said = words.problem[problem.reason](problem);
    assert.ok(said.startsWith(refusal.split(", num_channels")[0].replace("0.0", "0")), `${said} | ${refusal}`);
  }
});

test("outputs are torch's, in training and in eval", () => {
  for (const { state, output, evaluated } of batches) {
    close(core.forward(state).output, output, JSON.stringify(state));
    close(core.forward(state, false).output, evaluated, JSON.stringify(state));
  }
});

test("train against eval shows what torch answers in either mode, whether or not it answers in the other", () => {
  const refused = new Set();
  for (const { state, trained, evaluated } of golden.batches) {
    const both = { ...state, view: "eval" };
    const problems = core.batchProblems(both);
    assert.deepEqual(problems, []);
    const { show, shown } = core.results(both, problems);
    close(shown.evaluated, evaluated, JSON.stringify(state));
    assert.equal(shown.trained === null, trained === null, JSON.stringify(state));
    if (trained) close(shown.trained, trained, JSON.stringify(state));
    assert.equal(shown.difference === null, trained === null);
    if (!trained) assert.ok(words.gap[show.refused]);
    refused.add(show.refused);
  }
  assert.deepEqual(refused, new Set([null, "one", "eps"]));
});

test("running statistics are torch's after one step and after several", () => {
  const trained = batches.filter(({ state }) => state.training);
  assert.ok(trained.length >= 100 && trained.some(({ state }) => state.momentum === null));
  for (const { state, one_step, steps } of trained) {
    for (const [count, expected] of [[1, one_step], [golden.steps, steps]]) {
      const found = core.afterSteps(state, count);
      close(found.running_mean, expected.running_mean, JSON.stringify(state));
      close(found.running_var, expected.running_var, JSON.stringify(state));
      assert.equal(found.num_batches_tracked, state.num_batches_tracked + count);
    }
  }
});

test("gradients are torch's, and the three terms add up to them", () => {
  for (const { state, grad_input, grad_weight, grad_bias } of batches) {
    const found = core.gradient(state);
    const finite = [...found.own, ...found.projected].flat().filter(Number.isFinite);
    const scale = Math.max(...finite.map(Math.abs));
    close(found.input, grad_input, JSON.stringify(state), scale);
    close(found.weight, grad_weight, JSON.stringify(state), Math.max(...core.gradOutput(state).flat().map(Math.abs)));
    close(found.bias, grad_bias, JSON.stringify(state), Math.max(...core.gradOutput(state).flat().map(Math.abs)));
    found.input.forEach((row, n) => row.forEach((value, c) => {
      const rest = value - found.own[n][c] - found.shared[n][c] - found.projected[n][c];
      assert.ok(!Number.isFinite(value) || Math.abs(rest) <= 1e-12 * (1 + scale));
    }));
  }
});

test("each norm takes torch's slices of a block", () => {
  for (const { state, output } of blocks) {
    const { normalised, slices } = core.normaliseBlock(state);
    close(normalised, output, JSON.stringify(state), 1);
    const [N, C, H, W] = core.shapeOf(state.block);
    const count = { batch: C, layer: N, instance: N * C, group: N * state.num_groups }[state.norm];
    assert.equal(slices.length, count);
    assert.ok(slices.every((each) => each.count === (N * C * H * W) / count));
  }
});

test("page and Python fill a size with the same numbers", () => {
  assert.deepEqual(core.extend([[golden.start.input[0][0]]]), golden.start.input);
  assert.deepEqual(core.reshape([[[[golden.start.block[0][0][0][0]]]]], [4, 8, 4, 4]), golden.start.block);
  assert.equal(core.extend([[7.5, -2]])[0][0], 7.5);
});

test("the numbers of groups to choose from divide the channels", () => {
  assert.deepEqual([1, 6, 7, 8].map(core.divisors), [[1], [1, 2, 3, 6], [1, 7], [1, 2, 4, 8]]);
  for (const C of [NaN, 0, -2, 2.5]) assert.equal(core.divisors(C)[0], 1);
});

test("numbers outside the widget's limits are refused with the nearest inside", () => {
  const { state } = batches.find((each) => each.state.training && each.state.input.length > 1);
  const wrongs = [["N", 0, 1], ["N", 99, 12], ["N", 2.4, 2], ["C", 5, 4], ["C", NaN, null]];
  for (const [parameter, value, nearest] of wrongs) {
    const [problem] = core.batchProblems(state, { N: 2, C: 1, [parameter]: value });
    assert.deepEqual([problem.parameter, problem.nearest], [parameter, nearest]);
  }
  const numbers = [["momentum", 1.5, 1], ["momentum", -1, 0], ["eps", -1, 1e-5], ["eps", 1e9, 100]];
  for (const [parameter, value, nearest] of numbers) {
    const [problem] = core.batchProblems({ ...state, [parameter]: value });
    assert.deepEqual([problem.parameter, problem.nearest], [parameter, nearest]);
    assert.match(words.problem[problem.reason](problem), /^\w+ must be a number from [\d.]+ to \d+\.$/);
  }
  const [negative] = core.batchProblems({ ...state, running_var: state.running_var.map(() => -2) });
  assert.deepEqual([negative.parameter, negative.nearest], ["running_var", 0]);
});

test("the gap says after how many steps eval agrees with training", () => {
  const input = [[1], [3], [2], [4]];
  const state = {
    input, weight: [1], bias: [0], running_mean: [0], running_var: [1], momentum: 0.1, eps: 1, training: true,
    num_batches_tracked: 0,
  };
  const wide = { ...state, eps: 100 }; // then the factor N / (N − 1) is too small to see
  const { steps, largest } = core.gap(wide);
  assert.ok(largest > core.CLOSE && steps > 1);
  const there = { ...wide, ...core.afterSteps(wide, steps) };
  assert.ok(core.gap(there).largest <= core.CLOSE);
  assert.ok(core.gap({ ...wide, ...core.afterSteps(wide, steps - 1) }).largest > core.CLOSE);
  assert.equal(core.gap({ ...state, momentum: 0 }).steps, null);
});

test("every number has a story whose sum is the number, and whose cells exist", () => {
  const problems = [];
  for (const { state } of batches.slice(0, 60)) {
    const { show, shown } = core.results(state, core.batchProblems(state));
    for (const [grid, rows] of Object.entries(shown)) {
      if (!rows) continue;
      rows.forEach((row, n) => row.forEach((value, c) => {
        const { links, symbols, numbers, note } = tell({ grid, cell: [n, c] }, show);
        if (!(symbols + numbers + note)) problems.push(`${grid}: nothing told`);
        if (/undefined|NaN|null|function/.test(symbols + numbers + note)) problems.push(`${grid}: ${numbers} ${note}`);
        for (const [other, cells] of Object.entries(links)) {
          for (const [i, j] of cells) {
            if (shown[other]?.[i]?.[j] === undefined && shown[other]) problems.push(`${grid} → ${other} ${i} ${j}`);
          }
        }
      }));
    }
  }
  assert.deepEqual([...new Set(problems)], []);
});

test("drawn batches are about normal and repeat", () => {
  const all = Array.from(
    { length: 2000 }, (_, index) => core.noise(index % 50, Math.floor(index / 50) % 12, index % 4));
  const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
  const variance = all.reduce((sum, value) => sum + (value - mean) ** 2, 0) / all.length;
  assert.ok(Math.abs(mean) < 0.15 && variance > 0.8 && variance < 1.25, `${mean} ${variance}`);
  assert.equal(core.noise(3, 1, 0), core.noise(3, 1, 0));
});
