// The arithmetic of a recorded run against torch's numbers. tests/test_widget_training.py writes the golden file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as core from "../../course_lib/widgets/js/core/training.mjs";

assert.ok(process.env.GOLDEN, "GOLDEN names the file of torch's answers: run pytest tests/test_widget_training.py");
const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));

const near = (found, expected, allowed, message) => (
  assert.ok(Math.abs(found - expected) <= allowed, `${message}: ${found} is not ${expected}`));

test("the golden file holds some hundred frames of several runs", () => {
  assert.ok(golden.runs.length >= 4);
  assert.ok(golden.runs.reduce((sum, { record }) => sum + record.frames.length, 0) >= 100);
});

test("filters at every frame are torch's weights within half a step of int8, or those kept before", () => {
  let exact = 0;
  for (const { record, filters } of golden.runs) {
    if (!filters) {
      assert.equal(core.filtersAt(record, 0), null);
      continue;
    }
    record.frames.forEach((_, index) => {
      const { values, largest, frame } = core.filtersAt(record, index);
      const kept = record.filters.frames.filter((one) => one <= index);
      assert.equal(frame, kept.length ? kept.at(-1) : record.filters.frames[0]);
      if (frame === index) exact += 1;
      const expected = filters[frame];
      assert.equal(values.length, expected.length);
      const flat = expected.flat(Infinity);
      near(largest, Math.max(...flat.map(Math.abs)), 1e-6 * largest, "largest");
      const ours = values.flatMap((each) => [...each]);
      ours.forEach((value, at) => near(value, flat[at], largest / 127 / 1.99, `frame ${index} [${at}]`));
    });
  }
  assert.ok(exact >= 30, `${exact}`);
});

test("wrong examples are those that torch says wrong", () => {
  let wrong = 0;
  for (const { record, said } of golden.runs) {
    record.frames.forEach((_, index) => {
      const expected = said ? record.watch.labels.flatMap((label, image) => (
        label === said[index][image] ? [] : [[image, label, said[index][image]]])) : [];
      assert.deepEqual(core.wrongAt(record, index).map(({ image, label, said: one }) => [image, label, one]), expected);
      wrong += expected.length;
    });
  }
  assert.ok(wrong >= 200, `${wrong}`);
});

test("the curve at a step is the mean loss of the steps that its point stands for", () => {
  for (const { record, losses } of golden.runs) {
    assert.equal(core.curveAt(record, 0), null);
    assert.equal(core.curveAt(record, record.steps + 1), null);
    losses.forEach((_, index) => {
      const point = core.curveAt(record, index + 1);
      const last = record.curve.step.find((step) => step > index);
      const first = record.curve.step[record.curve.step.indexOf(last) - 1] ?? 0;
      const own = losses.slice(first, last);
      assert.ok(index + 1 > first && index + 1 <= last);
      const images = own.reduce((sum, [, , count]) => sum + count, 0);
      near(point.loss, own.reduce((sum, [loss, , count]) => sum + loss * count, 0) / images, 1e-5 * point.loss, "loss");
      near(point.accuracy, own.reduce((sum, [, right]) => sum + right, 0) / images, 1e-5, "accuracy");
    });
  }
});

test("the epoch told at a step is the last that had ended", () => {
  for (const { record } of golden.runs) {
    assert.equal(core.epochAt(record, 0), null);
    record.epochs.forEach((epoch, index) => {
      assert.equal(core.epochAt(record, epoch.step).number, index + 1);
      assert.equal(core.epochAt(record, epoch.step - 1)?.number ?? 0, index);
      assert.equal(core.epochAt(record, epoch.step).train_loss, epoch.train_loss);
    });
  }
});

test("null stands for the newest frame, and a frame that is gone for the last", () => {
  const record = { frames: [{}, {}, {}] };
  assert.deepEqual([null, 1, 9].map((index) => core.frameIndex(record, index)), [2, 1, 2]);
  assert.equal(core.frameIndex({ frames: [] }, null), -1);
});

test("paths go through every number and break where there is none", () => {
  const [x, y] = [(step) => 10 * step, (value) => 40 - 10 * value];
  assert.equal(core.path([0, 5, 10], [0, 4, 2], x, y), "M0.0 40.0L50.0 0.0L100.0 20.0");
  assert.equal(core.path([0, 5, 6, 10], [1, null, 2, 4], x, y), "M0.0 30.0M60.0 20.0L100.0 0.0");
  assert.equal(core.path([0, 5], [NaN, null], x, y), "");
});

test("ranges hold what they are given", () => {
  assert.deepEqual(core.range([3, null, 1, 2]), [1, 3]);
  assert.deepEqual(core.range([2, 2]), [1.5, 2.5]);
  assert.deepEqual(core.range([0, Infinity, 4]), [0, 4]);
  assert.equal(core.range([null, null]), null);
});

test("a record has dead ReLUs where a frame has the share of some layer", () => {
  const has = (...dead) => core.hasDead({ frames: dead.map((each) => (each ? { dead: each } : {})) });
  assert.deepEqual([has([null, null], [null, 0]), has([null], [null]), has(null, null), has()],
    [true, false, false, false]);
  const seen = golden.runs.map(({ record }) => core.hasDead(record));
  assert.deepEqual(seen, golden.runs.map(({ hasRelu }) => hasRelu));
});
