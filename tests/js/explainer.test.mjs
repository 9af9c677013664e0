// The explainer's arithmetic against torch. tests/test_widget_explainer.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { decode, encode } from "../../course_lib/widgets/js/core/base64.mjs";
import * as core from "../../course_lib/widgets/js/core/explainer.mjs";
import { erfc } from "../../course_lib/widgets/js/core/activation.mjs";
import * as why from "../../course_lib/widgets/js/core/explainer_why.mjs";

assert.ok(process.env.GOLDEN, "GOLDEN names the file of torch's answers: run pytest tests/test_widget_explainer.py");
const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const cases = golden.cases.map((each) => {
  const network = core.load(each.network);
  const ours = core.forward(network, core.standardise(network, each.pixels));
  return { ...each, network, ours, kinds: each.network.layers.map(({ kind }) => kind).join(" ") };
});

function close(found, expected, message) {
  assert.equal(found.length, expected.length, message);
  const largest = Math.max(...expected.map(Math.abs), 1e-6);
  expected.forEach((value, at) => {
    // Relative to the value, or to a thousandth of the largest one where sums cancel.
    const allowed = 1e-5 * Math.max(Math.abs(value), largest * 1e-3);
    assert.ok(Math.abs(found[at] - value) <= allowed, `${message} [${at}]: ${found[at]} is not ${value}`);
  });
}

test("the golden file holds a few hundred networks with every kind of layer", () => {
  assert.ok(cases.length >= 250, `${cases.length}`);
  for (const kind of golden.kinds) assert.ok(cases.some(({ kinds }) => kinds.split(" ").includes(kind)), kind);
});

test("every layer of every network gives torch's numbers and shapes", () => {
  for (const { network, ours, kinds, ...expected } of cases) {
    assert.deepEqual([network.input, ...network.layers.map(({ out }) => out)], expected.shapes, kinds);
    ours.forEach((values, index) => close(values, expected.outputs[index], `${kinds}: output ${index}`));
  }
});

test("probabilities are torch's softmax, and their sum is 1", () => {
  for (const { ours, shares, kinds } of cases) close(core.softmax(ours.at(-1)).shares, shares, kinds);
  const { shares } = core.softmax([1000, 999, -1000]);
  assert.ok(Math.abs(shares[0] - 1 / (1 + Math.exp(-1))) < 1e-12 && shares[2] === 0);
});

test("the gradient of a score by the input and by every layer is autograd's", () => {
  for (const { network, ours, gradients, target, kinds } of cases) {
    const found = core.backward(network, ours, target);
    gradients.forEach((expected, index) => close(found[index], expected, `${kinds}: gradient ${index}`));
  }
});

test("occlusion is torch's loop over the same patches", () => {
  for (const { network, pixels, target, occlusion: { places, ...settings }, kinds } of cases) {
    const found = [...why.occlusion(network, Uint8Array.from(pixels), { target, ...settings })];
    assert.deepEqual(found.map(({ row, column }) => [row, column]), places.map((place) => place.slice(0, 2)), kinds);
    close(found.map(({ share }) => share), places.map((place) => place[2]), kinds);
  }
});

test("what is told of a number gives that number again", () => {
  for (const { network, ours, kinds } of cases) {
    network.layers.forEach((layer, index) => {
      const [x, y] = [ours[index], ours[index + 1]];
      for (const at of [0, Math.floor(y.length / 2), y.length - 1]) {
        const told = core.explain(layer, x, at);
        close([retold(layer, told, x)], [y[at]], `${kinds}: ${layer.kind} [${core.place(layer.out, at)}]`);
        assert.equal(core.flat(layer.out, core.place(layer.out, at)), at);
      }
    });
  }
});

function retold(layer, told, x) {
  const sum = (values) => values.reduce((total, value) => total + value, 0);
  const terms = ({ input, weight }) => input * weight;
  switch (layer.kind) {
    case "conv2d": return sum(told.channels.map((each) => sum(each.terms.map(terms)))) + told.bias;
    case "linear": return sum(told.terms.map(terms)) + told.bias;
    case "batch_norm":
      return ((told.input - told.mean) / Math.sqrt(told.variance + told.eps)) * told.weight + told.bias;
    case "flatten": return x[core.flat(layer.in, told.from)];
    case "max_pool": return x[told.argmax];
    case "avg_pool": case "adaptive_avg_pool":
      return sum(told.places.map(({ at }) => (at === null ? 0 : x[at]))) / told.divisor;
    default: return told.value;
  }
}

test("largest products come first, and a saliency of three channels is the largest of them", () => {
  for (const { network, ours, gradients } of cases) {
    const { terms } = core.explain(network.layers.at(-1), ours.at(-2), 0);
    const sizes = terms.map(({ input, weight }) => Math.abs(input * weight));
    assert.deepEqual(sizes, [...sizes].sort((a, b) => b - a));
    const [channels, height, width] = network.input;
    const rows = why.saliency(network, Float64Array.from(gradients[0]));
    assert.deepEqual([rows.length, rows[0].length], [height, width]);
    const here = Array.from({ length: channels }, (_, c) => gradients[0][c * height * width + 1]);
    assert.equal(rows[0][1], channels === 1 ? here[0] : Math.max(...here.map(Math.abs)));
  }
});

test("Grad-CAM is torch's weighed sum of maps", () => {
  let tried = 0;
  for (const { network, ours, gradients, cam, kinds } of cases) {
    if (!cam) continue;
    tried += 1;
    const all = gradients.map((values) => Float64Array.from(values));
    close(why.gradCam(network, ours, all, cam.layer).flat(), cam.values, kinds);
    assert.equal(why.lastMaps(network) >= cam.layer, true);
  }
  assert.ok(tried >= 100, `${tried}`);
});

test("activations and their derivatives are torch's at every place, kinks apart", () => {
  for (const { layer, x, value, derivative } of golden.activations) {
    x.forEach((each, index) => {
      close([core.activate(layer, each)], [value[index]], `${layer.kind}(${each})`);
      close([core.derivative(layer, each)], [derivative[index]], `derivative of ${layer.kind} at ${each}`);
    });
  }
  golden.erf.forEach(([x, value]) => assert.ok(Math.abs(1 - erfc(x) - value) < 1e-12, `erf(${x})`));
});

test("bytes survive base64", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  assert.deepEqual(decode(encode(bytes), Uint8Array), bytes);
});

test("LeNet-5 runs forward in 50 ms and back in 100 ms", () => {
  const network = core.load(golden.lenet5);
  const input = new Float64Array(784).fill(0.5);
  const times = { forward: [], backward: [] };
  for (let run = 0; run < 9; run++) {
    let began = performance.now();
    const outputs = core.forward(network, input);
    times.forward.push(performance.now() - began);
    began = performance.now();
    core.backward(network, outputs, 3);
    times.backward.push(performance.now() - began);
  }
  assert.ok(Math.min(...times.forward) <= 50, `${times.forward}`);
  assert.ok(Math.min(...times.backward) <= 100, `${times.backward}`);
});
