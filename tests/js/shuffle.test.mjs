// The page's arithmetic against torch. tests/test_widget_shuffle.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { range } from "../../course_lib/widgets/js/core/arrays.mjs";
import * as core from "../../course_lib/widgets/js/core/shuffle.mjs";
import words from "../../course_lib/widgets/js/words/shuffle.mjs";

const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const legal = golden.pairs.filter(({ refusal }) => refusal === null);
const illegal = golden.pairs.filter(({ refusal }) => refusal !== null);
const rest = { layers: 2, between: "shuffle", kernel_size: 3, size: 4 };
const say = (net) => JSON.stringify(net);

test("the golden file holds every pair and nets of every kind", () => {
  assert.ok(legal.length >= 80 && illegal.length >= 400);
  for (const between of Object.keys(words.betweens)) {
    assert.ok(golden.nets.filter(({ net }) => net.between === between && net.layers > 1).length >= 15, between);
  }
  assert.ok(golden.nets.some(({ reach }) => reach.flat().includes(core.GATE)));
});

test("torch's refusals are ours, each with a sentence and Python's nearest value", () => {
  for (const { channels, groups, refusal, sentences } of golden.pairs) {
    const net = { channels, groups, ...rest };
    for (const changed of ["channels", "groups"]) {
      const found = core.problems(net, changed);
      assert.equal(found.length > 0, refusal !== null, `${say(net)} ${refusal}`);
      if (!found.length) continue;
      const [, name, nearest] = sentences[changed].match(/The nearest legal (\w+) is (\d+)\.$/);
      assert.deepEqual([found[0].parameter, found[0].nearest], [name, Number(nearest)], say(net));
      assert.match(words.problem[found[0].reason](found[0]), /^[A-Z\d][^$]+\.$/);
      const mended = { ...net, [name]: Number(nearest) };
      assert.deepEqual(core.problems(mended), []);
    }
  }
});

test("numbers out of range, and no numbers, are refused", () => {
  for (const [name, [min, max]] of Object.entries(core.LIMITS)) {
    for (const value of [min - 1, max + 1, min + 0.5, NaN]) {
      const [problem] = core.problems({ channels: 12, groups: 3, ...rest, [name]: value }, name);
      assert.equal(problem.parameter, name);
      assert.equal(problem.nearest === null, Number.isNaN(value));
    }
  }
  assert.deepEqual(core.LIMITS, golden.limits);
});

test("the sliders stop at all legal values and no others", () => {
  for (const { channels, groups } of legal) {
    const allowed = (name, value) => legal.some((each) => each[name] === value
      && (name === "groups" ? each.channels === channels : each.groups === groups));
    for (const name of ["groups", "channels"]) {
      const every = range(24).map((index) => index + 1).filter((value) => allowed(name, value));
      assert.deepEqual(core.stops({ channels, groups }, name), every);
    }
  }
});

test("the order is torch.nn.ChannelShuffle's, by formula and by steps, and the steps lead back", () => {
  for (const { channels, groups, order } of legal) {
    assert.deepEqual(core.order(channels, groups), order);
    const steps = core.shuffleSteps(channels, groups);
    assert.deepEqual(steps[3].rows, [order]);
    assert.deepEqual(steps[5].rows.flat(), range(channels));
    const inverse = core.order(channels, channels / groups);
    assert.deepEqual(inverse.map((place) => order[place]), range(channels));
  }
});

test("links are the support of torch's jacobian, through gates and by values", () => {
  for (const { net, reach, before, after, middle } of golden.nets) {
    const last = core.operations(net).length;
    assert.deepEqual(core.reach(net, 0, last), reach, say(net));
    for (const channel of [0, net.channels - 1]) {
      const tree = core.tree(net, [middle, channel]);
      assert.deepEqual(tree[0], before[channel], say(net));
      assert.deepEqual(tree[last], after.map((row) => row[channel]), say(net));
    }
  }
});

test("components are the connected components of torch's slopes", () => {
  for (const { net, components } of golden.nets) assert.equal(core.components(net), components, say(net));
});

test("parameters and MACs are torch's", () => {
  for (const { net, costs, total } of golden.nets) {
    const found = Object.fromEntries(core.costs(net).map(({ name, parameters, macs }) => [name, [parameters, macs]]));
    assert.deepEqual(found, costs, say(net));
    assert.deepEqual(Object.values(core.total(net)), total, say(net));
  }
});
