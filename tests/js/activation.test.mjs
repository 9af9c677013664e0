// The activations' arithmetic against torch. tests/test_widget_activation.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as core from "../../course_lib/widgets/js/core/activation.mjs";
import words from "../../course_lib/widgets/js/words/activation.mjs";

assert.ok(process.env.GOLDEN, "GOLDEN names the file of torch's answers: run pytest tests/test_widget_activation.py");
const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const TINY = 1e-12; // below it, torch's own 1 + erf has no digits left
const close = (found, expected, message) => assert.ok(
  Math.abs(found - expected) <= 1e-5 * Math.abs(expected) + TINY, `${message}: ${found} for ${expected}`);

test("values and slopes are torch's, at the kinks too", () => {
  assert.ok(golden.cases.length >= 300);
  assert.deepEqual(new Set(golden.cases.map(({ name }) => name)), new Set(Object.keys(core.FUNCTIONS)));
  for (const { name, p, x, values, slopes } of golden.cases) {
    x.forEach((each, index) => {
      close(core.value(name, each, p), values[index], `${name}(${each}) ${JSON.stringify(p)}`);
      close(core.slope(name, each, p), slopes[index], `${name}′(${each}) ${JSON.stringify(p)}`);
    });
    for (const kink of core.FUNCTIONS[name].kinks) assert.ok(x.includes(kink));
  }
});

test("erfc has full relative accuracy in both tails", () => {
  for (const [z, expected] of golden.erfc) {
    assert.ok(Math.abs(core.erfc(z) / expected - 1) < 1e-10, `erfc(${z}) = ${core.erfc(z)} for ${expected}`);
  }
});

test("the product through depth is torch's gradient, layer by layer", () => {
  assert.ok(golden.chains.length >= 200);
  for (const { name, p, x, w, layers, products } of golden.chains) {
    const found = core.chain(name, x, w, layers, p);
    assert.equal(found.length, products.length);
    found.forEach(({ product }, layer) => close(product, products[layer], `${name} x=${x} w=${w} layer ${layer}`));
  }
});

test("a curve is in one piece between kinks, and jumps only there", () => {
  const { p } = golden.cases[0];
  for (const name of Object.keys(core.FUNCTIONS)) {
    const pieces = core.curve(core.slope, name, p, [-10, 10], 400);
    assert.equal(pieces.length, core.FUNCTIONS[name].kinks.length + 1, name);
    for (const piece of pieces) {
      piece.slice(1).forEach(
        ([, y], index) => assert.ok(Math.abs(y - piece[index][1]) < 0.1, `${name} ${piece[index]}`));
    }
    const ends = pieces.slice(1).map(([[, after]], index) => Math.abs(after - pieces[index].at(-1)[1]));
    // elu with alpha 1 has a kink only for other alphas
    if (name !== "elu") assert.ok(ends.every((jump) => jump > 0.1), name);
    const values = core.curve(core.value, name, p, [-10, 10], 400);
    values.slice(1).forEach(([[, after]], index) => assert.ok(Math.abs(after - values[index].at(-1)[1]) < 1e-4, name));
  }
});

test("the share of dead inputs and of cells without gradient are counted", () => {
  const p = { negative_slope: 0.1, weight: 0, alpha: 1, beta: 1 };
  assert.deepEqual(core.deadShares("relu", 1, 3, p), [61 / 121, 61 / 121, 61 / 121]);
  assert.deepEqual(core.deadShares("relu", -1, 3, p), [61 / 121, 1, 1]);
  assert.deepEqual(core.deadShares("leaky_relu", 1, 3, p), [0, 0, 0]);
  assert.deepEqual(core.deadShares("prelu", 1, 2, p), [61 / 121, 61 / 121]);
  assert.deepEqual(core.passing("relu", [[-1, 0, 1, 2]], p), { dead: 2, mean: 0.5 });
});

test("page and Python have the same limits and starting numbers, and refuse with the nearest legal one", () => {
  assert.deepEqual(core.LIMITS, golden.limits);
  assert.deepEqual(core.extend([[golden.start[0][0]]]), golden.start);
  const legal = Object.fromEntries(Object.entries(core.LIMITS).map(([name, [, max]]) => [name, max]));
  assert.deepEqual(core.problems(legal), []);
  for (const [name, [min, max]] of Object.entries(core.LIMITS)) {
    for (const [value, nearest] of [[max + 1, max], [min - 1, min], [NaN, null]]) {
      const [problem, ...others] = core.problems({ ...legal, [name]: value });
      assert.deepEqual([problem.parameter, problem.nearest, others], [name, nearest, []]);
      assert.match(words.problem[problem.reason](problem), /^.+ must be a (whole )?number from [−\d.]+ to [\d.]+\.$/);
    }
  }
  assert.equal(core.problems({ ...legal, layers: 2.4 })[0].nearest, 2);
});

test("every function has its formula", () => {
  for (const name of Object.keys(core.FUNCTIONS)) assert.ok(words.formula[name], name);
});
