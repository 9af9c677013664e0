// The page's arithmetic against torch and fresh profiles. tests/test_widget_architecture.py writes the golden file.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as core from "../../course_lib/widgets/js/core/architecture.mjs";
import * as sizes from "../../course_lib/widgets/js/core/architecture_shapes.mjs";
import { product } from "../../course_lib/widgets/js/core/arrays.mjs";
import { blocks, lines, tree } from "../../course_lib/widgets/js/core/architecture_tree.mjs";
import { storyOf } from "../../course_lib/widgets/js/architecture/story.mjs";
import words from "../../course_lib/widgets/js/words/architecture.mjs";

assert.ok(process.env.GOLDEN, "GOLDEN names the file of torch's answers: run pytest tests/test_widget_architecture.py");
const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const networks = golden.networks;
const layers = Object.fromEntries(Object.entries(networks).map(([name, network]) => [name, core.rows(network)]));
const numbers = (row) => [row.shape, row.parameters, row.macs, row.activation_bytes];
const say = ({ network, height }) => `${network} at ${height}`;

function everyNode(node) {
  return [node, ...node.children.flatMap(everyNode)];
}

test("the golden file holds several hundred cases of both kinds", () => {
  assert.ok(golden.cases.length >= 400);
  assert.ok(golden.cases.filter(({ problem }) => problem).length >= 50);
  assert.ok(golden.cases.filter(({ problem, refusal }) => !problem && refusal === null).length >= 250);
});

test("what is called exact is what a fresh profile says", () => {
  let exact = 0;
  for (const each of golden.cases.filter(({ refusal }) => refusal === null)) {
    const { rows, totals, problem } = core.scale(networks[each.network], layers[each.network], { height: each.height });
    assert.equal(problem, null, say(each));
    assert.equal(rows.length, each.rows.length);
    rows.forEach((row, index) => {
      const [shape, parameters, macs, bytes] = each.rows[index];
      const where = `${say(each)}, layer ${index}`;
      assert.equal(row.parameters, parameters, where);
      if (row.sure.macs) assert.equal(row.macs, macs, where);
      if (row.sure.activation_bytes) assert.deepEqual([row.shape, row.activation_bytes], [shape, bytes], where);
      exact += Object.values(row.sure).filter(Boolean).length;
    });
    for (const [name, value] of Object.entries(each.totals)) {
      if (totals[name].sure) assert.equal(totals[name].value, value, `${say(each)}, ${name}`);
    }
  }
  assert.ok(exact > 12000, `${exact} exact numbers`);
});

test("page and Python call the same numbers exact", () => {
  for (const each of golden.cases) {
    const { rows } = core.scale(networks[each.network], layers[each.network], { height: each.height });
    assert.deepEqual(rows.map(({ sure }) => Object.values(sure)), each.sure, say(each));
  }
});

test("a network is refused only at sizes that torch refuses, with a sentence and the nearest legal height", () => {
  for (const each of golden.cases) {
    const [network, own] = [networks[each.network], layers[each.network]];
    const found = core.settingProblem("resolution", each.height, network, own);
    assert.equal(found?.reason ?? null, each.problem, say(each));
    assert.equal(sizes.nearestHeight(own, network, each.height), each.nearest, say(each));
    if (!found) continue;
    assert.notEqual(each.refusal, null, say(each));
    assert.equal(found.nearest, each.nearest);
    assert.equal(core.settingProblem("resolution", found.nearest, network, own), null);
    const sentence = words.problem[found.reason]({ ...found, path: own[found.row].path });
    assert.match(sentence, /^At \d+ × \d+, .+ cannot run: .+ The nearest legal height is \d+\.$/);
    assert.doesNotMatch(sentence, /undefined|NaN|null/);
  }
});

test("every block holds the parameters that torch counts", () => {
  let compared = 0;
  for (const [name, network] of Object.entries(networks)) {
    const { rows } = core.scale(network, layers[name]);
    const beside = core.outside(network, layers[name]).parameters;
    for (const node of everyNode(tree(layers[name]))) {
      if (!(node.key in network.blocks) || (node.key === "" && beside)) continue;
      const held = node.all.reduce((sum, index) => sum + rows[index].parameters, 0);
      assert.equal(held, network.blocks[node.key], `${name} ${node.key}`);
      compared += 1;
    }
  }
  assert.ok(compared > 1000);
});

test("totals as profiled are those of the profile, and grow with the batch", () => {
  for (const [name, network] of Object.entries(networks)) {
    const { totals } = core.scale(network, layers[name]);
    for (const total of core.TOTALS) {
      if (total !== "activation_bytes") assert.deepEqual(totals[total], { value: network[total], sure: true }, name);
    }
    const many = core.scale(network, layers[name], { batch: 8 }).totals;
    assert.deepEqual(many.macs, { value: 8 * network.macs, sure: true });
    assert.deepEqual(many.parameters, { value: network.parameters, sure: true });
    assert.deepEqual(many.activation_bytes, { value: 8 * totals.activation_bytes.value, sure: true });
    assert.deepEqual([many.training_bytes.sure, many.inference_bytes.sure], [false, false]);
  }
});

test("parameters that do not run count in the whole, a layer that runs twice counts once", () => {
  const network = networks.lenet5;
  const more = { ...network, parameters: network.parameters + 16, layers: [...network.layers, network.layers.at(-1)] };
  const own = core.rows(more);
  assert.equal(core.scale(more, own).totals.parameters.value, network.parameters + 16);
  assert.deepEqual(core.outside(more, own).parameters, 16);
  const head = tree(own).children.at(-1).children.map(({ name }) => name);
  assert.deepEqual(head.slice(-2), ["output", "output (2)"]);
});

test("trees, folds, order and sums of the lines are Python's", () => {
  for (const [name, network] of Object.entries(networks)) {
    const { rows } = core.scale(network, layers[name], { width: 0.5, batch: 3 });
    const root = tree(layers[name]);
    const opened = new Set(blocks(root));
    for (const [order, expected] of Object.entries(network.lines)) {
      const found = lines(root, layers[name], rows, opened, order, "macs")
        .map(({ node, level, shape, values }) => [node.key, node.name, node.times, level, shape, values]);
      assert.deepEqual(found, expected, `${name}, ${order}`);
    }
  }
});

test("another width is computed as Python does, which calls the same numbers exact", () => {
  for (const { network, width, rows, sure, totals } of golden.wide) {
    const found = core.scale(networks[network], layers[network], { width });
    assert.deepEqual(found.rows.map(numbers), rows, `${network} × ${width}`);
    assert.deepEqual(found.rows.map((row) => Object.values(row.sure)), sure, `${network} × ${width}`);
    for (const [name, [value, isSure]] of Object.entries(totals)) {
      assert.deepEqual(found.totals[name], { value, sure: isSure }, `${network} × ${width}, ${name}`);
    }
  }
  assert.ok(golden.wide.filter(({ totals }) => totals.macs[1]).length >= 6);
});

test("for an input that the profile does not name, nothing at another size is called exact", () => {
  for (const [name, size] of Object.entries(golden.deduced)) {
    const network = { ...networks[name], input_shape: null, size };
    const { rows } = core.scale(network, layers[name], { height: size[0] + 64 });
    assert.ok(rows.every(({ sure, macs }) => (!sure.macs || macs === 0) && !sure.activation_bytes));
  }
  assert.deepEqual(golden.deduced.resnet50, [224, 224]);
});

test("the story of a layer gives its weights as a product where the profile tells the factors", () => {
  const network = networks.mobilenet_v2;
  const [own, root] = [layers.mobilenet_v2, tree(layers.mobilenet_v2)];
  for (const width of [1, 2, 0.3]) {
    const { rows } = core.scale(network, own, { width });
    const told = lines(root, own, rows, new Set(blocks(root)), "run", "macs").filter(({ row }) => row !== null)
      .map((line) => [own[line.row], storyOf({ layers: own, whole: 1 }, line, "c", { share: "macs", batch: 1 })]);
    for (const [layer, { factors, weights }] of told) {
      if (width === 1) assert.equal(factors !== null, layer.kernel !== null, layer.path);
      if (factors) assert.equal(product(factors), weights);
    }
    if (width === 1) assert.deepEqual(told[0][1].factors, [32, 3, 3, 3]);
  }
});

test("sliders take what Python takes, and say the nearest legal value of anything else", () => {
  assert.deepEqual(core.LIMITS, golden.limits);
  const wrong = [["width", 0, 0.1], ["width", 9, 4], ["width", NaN, 1], ["batch", 0, 1], ["batch", 2.6, 3],
    ["batch", 1e9, 4096], ["batch", NaN, 1], ["batch", -Infinity, 1], ["resolution", 5000, 4096],
    ["resolution", NaN, 224], ["resolution", 22.5, 23], ["resolution", -Infinity, 1]];
  for (const [name, value, nearest] of wrong) {
    const found = name === "resolution"
      ? core.settingProblem(name, value, networks.resnet50, layers.resnet50) : core.settingProblem(name, value);
    assert.equal(found.nearest, nearest, `${name} ${value}`);
    assert.match(words.problem.range(found), /^The .+ is .+; it must be .+ The nearest legal value is \d+\.$/);
  }
  for (const [value, nearest] of [[NaN, 28], [0, 28], [-Infinity, 28], [5000, 28], [Infinity, 28], [30.5, 31]]) {
    const found = core.settingProblem("resolution", value, networks.lenet5, layers.lenet5);
    assert.deepEqual([found.reason, found.nearest], ["range", nearest], `${value}`);
    assert.equal(core.settingProblem("resolution", found.nearest, networks.lenet5, layers.lenet5), null);
  }
  for (const [name, value] of [["width", 0.1], ["width", 4], ["batch", 1], ["batch", 4096]]) {
    assert.equal(core.settingProblem(name, value), null);
  }
});

test("numbers are written short in three digits and in full", () => {
  const cases = [["macs", 0, "0"], ["macs", 999, "999"], ["macs", 1000, "1.00 k"], ["macs", 4089184256, "4.09 G"],
    ["parameters", 61706, "61.7 k"], ["activation_bytes", 60008, "58.6 KiB"], ["training_bytes", 78277760, "74.7 MiB"]];
  for (const [name, value, text] of cases) assert.equal(words.number(name, value, true), text);
  assert.equal(words.number("macs", 1500, false), "≈ 1.50 k");
  assert.equal(words.exact("activation_bytes", 60008, true), "60,008 bytes");
});
