// The page's arithmetic against torch. tests/test_widget_convolution.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { range } from "../../course_lib/widgets/js/core/arrays.mjs";
import { matrixOf } from "../../course_lib/widgets/js/convolution/matrix_cells.mjs";
import * as state from "../../course_lib/widgets/js/convolution/state.mjs";
import { sizeMistake, valueMistake } from "../../course_lib/widgets/js/core/convolution/answers.mjs";
import { GUIDE_NAMES, PRESETS } from "../../course_lib/widgets/js/core/convolution/presets.mjs";
import * as core from "../../course_lib/widgets/js/core/convolution.mjs";
import { packed, unpacked } from "../../course_lib/widgets/js/ui/address.mjs";
import words from "../../course_lib/widgets/js/words/convolution.mjs";
import more from "../../course_lib/widgets/js/words/convolution_more.mjs";

assert.ok(process.env.GOLDEN, "GOLDEN names the file of torch's answers: run pytest tests/test_widget_convolution.py");
const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const legal = golden.cases.filter(({ refusal }) => refusal === null);
const finite = legal.filter(({ output }) => output.flat(2).every(Number.isFinite)); // -∞ is a text
const illegal = golden.cases.filter(({ refusal }) => refusal !== null);
for (const each of golden.cases) each.layer = core.layerOf(each.conv);
const key = (cell) => cell.join();
const say = ({ conv }) => JSON.stringify(conv);

function close(found, expected, where) {
  if (!Array.isArray(expected)) {
    assert.ok(found === Number(expected) || Math.abs(found - expected) <= 1e-5 * Math.max(1, Math.abs(expected)),
      `${where}: ${found}, not ${expected}`);
    return;
  }
  assert.equal(found.length, expected.length, where);
  expected.forEach((each, index) => close(found[index], each, where));
}

test("the golden file holds a few hundred cases of both kinds", () => {
  assert.ok(legal.length >= 400, `${legal.length} legal`);
  assert.ok(illegal.length >= 150, `${illegal.length} illegal`);
  const isUneven = ([before, after]) => before !== after;
  assert.ok(legal.some(({ conv, layer }) => conv.padding === "same" && isUneven(layer.sides[0].pads)));
  assert.ok(legal.filter(({ conv }) => conv.activation === "relu").length >= 50);
  for (const operation of Object.keys(golden.parameters)) {
    assert.ok(legal.filter(({ conv }) => conv.operation === operation).length >= 15, operation);
  }
  for (const mode of core.PADDING_MODES) {
    assert.ok(legal.filter(({ conv }) => conv.padding_mode === mode && conv.groups > 1).length >= 5, mode);
  }
});

test("a max pool of nothing but padding is -∞, without a gradient, and its matrix has a row", () => {
  const [plain, relu] = legal.filter((each) => !finite.includes(each));
  for (const each of [plain, relu]) {
    const { output, activated } = core.forward(each.layer, each);
    assert.deepEqual([output, activated], [[[[-Infinity]]], [[[each === relu ? 0 : -Infinity]]]]);
    assert.deepEqual(core.gradients(each.layer, each, each.grad_output).input, [[[0]]]);
    const { names, cells } = matrixOf({ layer: each.layer, filter: 0, shaped: each }, "im2col");
    assert.deepEqual([names.map(({ length }) => length), cells.length], [[1, 1], 0]);
  }
});

test("torch's refusals are ours, and nothing else is", () => {
  for (const each of golden.cases) {
    assert.equal(core.problems(each.conv).length > 0, each.refusal !== null, `${say(each)}: ${each.refusal}`);
    assert.equal(core.isAccepted(each.conv), each.refusal === null, say(each));
  }
});

test("output values and sizes are torch's, and the channels' parts add up to them", () => {
  for (const each of legal) {
    const { output, parts, activated } = core.forward(each.layer, each);
    const size = [each.output[0].length, each.output[0][0].length];
    assert.deepEqual(each.layer.sides.map((side) => side.output), size, say(each));
    close(output, each.output, say(each));
    close(activated, each.activated, say(each));
    output.forEach((map, filter) => {
      const own = core.channelsOf(each.layer, filter).map((channel) => parts[[filter, channel]]);
      const sum = own.reduce((total, part) => total + part[0][0], each.bias?.[filter] ?? 0);
      close(sum, map[0][0], say(each));
    });
  }
});

/** ∂L/∂output, behind the activation. */
const arriving = (each) => core.letThrough(each.layer, each.output, each.grad_output);

test("gradients of input, kernel and bias are torch's, through the activation", () => {
  for (const each of legal) {
    const { input, kernel, bias } = core.gradients(each.layer, each, arriving(each));
    close(input, each.grads.input, `∂L/∂x ${say(each)}`);
    if (each.grads.kernel) close(kernel, each.grads.kernel, `∂L/∂w ${say(each)}`);
    if (each.grads.bias) close(bias, each.grads.bias, `∂L/∂b ${say(each)}`);
  }
});

/** Cells of `other` that are tied to `cell` of `role`, as "row,column". */
function tied(each, role, cell, other) {
  const slice = { input: [0], output: [0], kernel: [0, 0] };
  const found = core.connections(each.layer, each, { role, slice: slice[role], cell });
  return new Set(found.map((term) => key(core.cellOf(term, { role: other, slice: slice[other] }))));
}

test("what reads what is the support of torch's gradient, in all three directions", () => {
  const withSupport = legal.filter(({ support }) => support);
  assert.ok(withSupport.length >= 50);
  for (const each of withSupport) {
    const { layer: conv, support } = each; // {padded input cell: [output cells]}, cells as "row,column"
    const reads = {};
    for (let row = 0; row < conv.sides[0].padded; row++) {
      for (let column = 0; column < conv.sides[1].padded; column++) {
        const outputs = support[key([row, column])] ?? [];
        assert.deepEqual(tied(each, "input", [row, column], "output"), new Set(outputs), say(each));
        for (const output of outputs) (reads[output] ??= []).push(key([row, column]));
      }
    }
    for (const [output, inputs] of Object.entries(reads)) {
      assert.deepEqual(tied(each, "output", output.split(",").map(Number), "input"), new Set(inputs), say(each));
    }
    assert.deepEqual(tied(each, "kernel", each.weight.cell, "input"), new Set(each.weight.inputs), say(each));
    const read = Object.keys(support).map((cell) => cell.split(","));
    const lastRead = [0, 1].map((axis) => 1 + Math.max(...read.map((cell) => cell[axis])));
    const dropped = conv.sides.map((side) => side.padded - side.dropped);
    assert.deepEqual(dropped, lastRead, say(each));
  }
});

test("the terms of a cell add up to its value, forward and backward", () => {
  for (const each of legal.filter(({ conv }) => !core.isPool(conv) && conv.channels * conv.filters > 1)) {
    const { layer: conv } = each;
    const filter = conv.filters - 1;
    const cell = conv.sides.map(({ output }) => output - 1);
    const forward = core.connections(conv, each, { role: "output", slice: [filter], cell });
    const sum = forward.reduce((total, term) => total + term.factor * core.valueAt(each.input, term), 0);
    close(sum + (each.bias?.[filter] ?? 0), each.output[filter][cell[0]][cell[1]], say(each));
    const gradient = ({ filter: o, i, j }) => arriving(each)[o][i][j];
    const back = core.connections(conv, each, { role: "gradInput", slice: [0], cell: [0, 0] });
    close(back.reduce((total, term) => total + term.factor * gradient(term), 0), each.grads.input[0][0][0], say(each));
  }
});

/** `conv` with nothing wrong along the other axis. */
function onOneAxis(conv, axis) {
  const plain = { input: 32, kernel: 1, padding: 0, stride: 1, dilation: 1, output_padding: 0, output_size: 1 };
  const other = (name, pair) => pair.map((value, index) => (index === axis ? value : plain[name]));
  const isPair = ([name, value]) => name in core.LIMITS && value !== "same";
  return Object.fromEntries(Object.entries(conv).map(
    ([name, value]) => [name, isPair([name, value]) ? other(name, value) : value]));
}

test("each refusal has a sentence and a nearest legal value, and none is nearer", () => {
  for (const each of illegal) {
    for (const changed of Object.keys(core.LIMITS)) {
      for (const problem of core.problems(each.conv, changed)) {
        const { parameter, axes, nearest, axis } = problem;
        assert.match(words.problem[problem.reason](problem), /^[A-Z\d][^$]+\.$/);
        assert.doesNotMatch(words.problem[problem.reason](problem), /undefined|null|NaN/);
        if (axis === null) {
          assert.deepEqual(core.problems({ ...each.conv, [parameter]: nearest }).filter((one) => one.axis === null),
            []);
          continue;
        }
        const alone = onOneAxis(each.conv, axis);
        const isMended = (value) => core.isAccepted(core.withValue(alone, parameter, axes, value));
        const [min, max] = core.LIMITS[parameter];
        assert.ok(Number.isInteger(nearest) && nearest >= min && nearest <= max, JSON.stringify(problem));
        const values = Array.from({ length: 40 }, (_, index) => min + index).filter((value) => value <= max);
        // There may be a second fault beside this one: then no single value mends both, and this one must be gone.
        const isHopeless = !values.some(isMended);
        if (isHopeless) {
          const left = core.problems(core.withValue(alone, parameter, axes, nearest)).map(({ reason }) => reason);
          assert.ok(!left.includes(problem.reason), `${say(each)} ${JSON.stringify(problem)}`);
        }
        assert.ok(isMended(nearest) || isHopeless, `${say(each)} ${JSON.stringify(problem)}`);
        const before = parameter === "padding" ? each.layer.sides[axis].pads[0] : each.conv[parameter][axis];
        const nearer = values.filter((value) => Math.abs(value - before) < Math.abs(nearest - before));
        if (!isHopeless) assert.ok(!nearer.some(isMended), `${say(each)} ${JSON.stringify(problem)}`);
      }
    }
  }
});

test("page and Python have the same limits, nearest values and starting numbers", () => {
  assert.deepEqual({ ...core.LIMITS, cells: core.MAX_CELLS, channels: core.MOST_CHANNELS }, golden.limits);
  assert.deepEqual(core.PARAMETERS, golden.parameters);
  for (const each of illegal) {
    const used = core.PARAMETERS[each.conv.operation];
    const isSquare = used.every((name) => each.conv[name] === "same"
      || String(each.conv[name][0]) === String(each.conv[name][1]));
    for (const [changed, nearest] of Object.entries(each.nearest)) {
      const [problem] = core.problems(each.conv, changed, isSquare);
      assert.equal(problem.nearest, nearest, `${say(each)} ${changed}`);
    }
  }
  const grown = (name, size) => range(size).map((i) => range(size).map((j) => core.START[name](i, j)));
  assert.deepEqual([grown("input", 32), grown("kernel", 11)], [golden.start.input, golden.start.kernel]);
  assert.deepEqual([core.START.input(2, 3, 5), core.START.kernel(1, 2, 3, 1), core.START.bias(4)], golden.start.others);
});

const START = {
  input: [[7.5, -2], [1, 0]], kernel: [[1, 0], [0, 1]], padding: [0, 0], stride: [1, 1], dilation: [1, 1], groups: 1,
  bias: null, padding_mode: "zeros", operation: "conv2d", output_padding: [0, 0], output_size: [1, 1],
  count_include_pad: true, flip: false, activation: null, grad_output: null, view: "output", ask: false,
};

test("a state opened and closed again is the same, and values beyond the edges are kept apart", () => {
  assert.deepEqual(state.closed(state.opened(START)), START);
  const { values } = state.opened(START);
  assert.deepEqual(values.input[0].slice(0, 2).map((row) => row.slice(0, 2)), START.input);
  assert.equal(values.input[0].length, 32);
  assert.equal(values.input[0][5][6], core.START.input(5, 6));
});

test("an address brings back its state, and nothing that is no state", () => {
  const changed = { ...START, stride: [2, 1], padding: [[1, 0], [2, 2]], activation: "relu", view: "input_grad",
    grad_output: [range(1).map(() => range(5).map((j) => j))] };
  for (const each of [START, changed, { ...START, padding: "same" }, { ...START, padding: [[1, 1], [2, 2]] }]) {
    assert.deepEqual(unpacked(packed(each, state.DEFAULTS), state.DEFAULTS, state.isSound), each);
  }
  const text = decodeURIComponent(packed(START, state.DEFAULTS)); // what torch takes anyway is left out
  assert.deepEqual(Object.keys(JSON.parse(text)), ["input", "kernel"]);
  const wrong = [
    { stride: 0 }, { stride: [0, 1] }, { stride: [1, 1, 1] }, { stride: [[1], [1]] }, { stride: ["1", "1"] },
    { input: [[1, "a"]] }, { input: [[1], [1, 2]] }, { input: [[1, [2]]] }, { input: [[[[1]]], [[[1]]]] }, { input: 3 },
    { operation: "constructor" }, { groups: 2 }, { groups: "1" }, { kernel: [[1, 2, 3], [1, 2, 3], [1, 2, 3]] },
    { kernel: [[[[1]], [[1]]]] }, { padding: [[1]] }, { padding: [[1], [1]] }, { padding: [1, 1, 1] },
    { padding: "valid" }, { padding: [[1, 1, 1], [0, 0]] }, { bias: [1, 2] }, { view: "x" }, { view: "toString" },
    { grad_output: [[["<img>"]]] }, { grad_output: [[[1, 2]]] }, { padding_mode: "toString" }, { flip: "no" },
    { activation: "gelu" }, { ask: 1 },
  ];
  const texts = wrong.map((each) => JSON.stringify({ input: START.input, kernel: START.kernel, ...each }));
  for (const each of [...texts, "", "%", "{", "[]", "null", "{}", '{"input":[[1e999]],"kernel":[[1]]}']) {
    assert.equal(unpacked(encodeURIComponent(each), state.DEFAULTS, state.isSound), null, each);
  }
});

test("the 15 examples of the guide have its output sizes", () => {
  const sizes = [2, 6, 5, 7, 2, 3, 3, 4, 5, 5, 5, 5, 5, 6, 3];
  assert.equal(GUIDE_NAMES.length, 15);
  GUIDE_NAMES.forEach((name, index) => {
    assert.deepEqual(core.layerOf(PRESETS[name]).sides.map(({ output }) => output), [sizes[index], sizes[index]], name);
  });
  for (const [name, conv] of Object.entries(PRESETS)) assert.deepEqual(core.problems(conv), [], name);
});

test("a wrong reply is traced to the term that it missed", () => {
  const conv = core.layerOf({ input: [8, 8], kernel: [3, 3], padding: [1, 1], stride: [2, 2], dilation: [2, 2] });
  assert.equal(conv.sides[0].output, 3); // ⌊(8 + 2 − 4 − 1)/2⌋ + 1
  const replies = { 3: null, 4: "dilation", 2: "padding", 6: "stride", 99: "other" };
  for (const [reply, mistake] of Object.entries(replies)) assert.equal(sizeMistake(conv, 0, Number(reply)), mistake,
    reply);
  for (const each of finite.slice(-200)) {
    assert.equal(sizeMistake(each.layer, 0, each.layer.sides[0].output), null);
    assert.equal(valueMistake(each.layer, each, [0, 0, 0], each.output[0][0][0]), null);
    for (const reply of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const mistake = sizeMistake(each.layer, 1, reply);
      if (mistake) assert.doesNotMatch(more.mistake.size(mistake, reply, 1), /undefined/);
    }
    const mistake = valueMistake(each.layer, each, [0, 0, 0], each.output[0][0][0] + 12345);
    assert.equal(mistake, "other");
  }
  const values = { input: [[[1, 2], [3, 4]]], kernel: [[[[1, 0], [2, -1]]]], bias: [5] };
  const small = core.layerOf({ input: [2, 2], kernel: [2, 2], padding: [0, 0], stride: [1, 1], dilation: [1, 1] });
  const mistakes = { 8: null, 3: "bias", [-1 + 4 + 4 + 5]: "flip" };
  for (const [reply, mistake] of Object.entries(mistakes)) {
    assert.equal(valueMistake(small, values, [0, 0, 0], Number(reply)), mistake, reply);
  }
});

test("each mistake in a size is told apart", () => {
  const square = (sizes) => Object.fromEntries(Object.entries(sizes).map(([name, value]) => [name, [value, value]]));
  const conv = square({ input: 32, kernel: 2, padding: 4, stride: 2, dilation: 4 });
  const spread = square({ input: 4, kernel: 2, padding: 1, stride: 5, dilation: 3, output_padding: 3 });
  const told = (given, replies) => {
    for (const [mistake, reply] of Object.entries(replies)) {
      assert.equal(sizeMistake(core.layerOf(given), 1, reply), mistake === "right" ? null : mistake, reply);
    }
  };
  const { floor, ceil } = Math; // ⌊(32 + 2·4 − 4·1 − 1)/2⌋ + 1 = 18
  told(conv, {
    right: floor(35 / 2) + 1, padding_once: floor(31 / 2) + 1, padding: floor(27 / 2) + 1, dilation: floor(38 / 2) + 1,
    stride: 36, plus_one: floor(35 / 2), floor: ceil(35 / 2) + 1, exchanged: floor(37 / 4) + 1, input: 32, other: 99,
  });
  told({ ...conv, stride: [1, 1] }, { right: 36, minus_one: 37 }); // where nothing is rounded
  told({ ...spread, operation: "conv_transpose2d" }, { // (4 − 1)·5 − 2·1 + 3·(2 − 1) + 3 + 1 = 20
    right: 20, padding_once: 21, padding: 22, dilation: 18, stride: 8, plus_one: 19, output_padding: 17,
    padding_added: 24, input_less_one: 25, exchanged: 3 * 3 - 2 + 5 + 3 + 1, input: 4,
    not_transposed: floor(2 / 5) + 1, other: 99,
  });
});

test("each mistake in a value is told apart", () => {
  const input = [range(6).map((i) => range(6).map((j) => 7 * i * i + 3 * i * j + j + 1))];
  const values = { input, kernel: [[[[2, 5], [11, -3]]]], bias: null };
  const base = { input: [6, 6], kernel: [2, 2], padding: [1, 1], stride: [2, 2], dilation: [2, 2] };
  const told = (changes, wrong, by = values) => {
    const layer = core.layerOf({ ...base, ...changes });
    const other = core.forward(core.layerOf({ ...layer, ...wrong }), by).output[0][1][2];
    return valueMistake(layer, by, [0, 1, 2], other);
  };
  assert.equal(told({}, { stride: [1, 1] }), "stride");
  assert.equal(told({}, { dilation: [1, 1] }), "dilation");
  const around = { padding_mode: "circular", padding: [2, 2], stride: [1, 1] };
  assert.equal(told(around, { padding_mode: "zeros" }), "padding_mode");
  const pool = { operation: "avg_pool2d", dilation: [1, 1] };
  const edge = core.layerOf({ ...base, ...pool });
  assert.equal(valueMistake(edge, values, [0, 0, 1], 2 * core.forward(edge, values).output[0][0][1]), "count");
  const layer = core.layerOf(base);
  const { output } = core.forward(layer, values);
  assert.equal(valueMistake(layer, values, [0, 1, 2], -output[0][1][2]), "sign");
  assert.equal(valueMistake(layer, values, [0, 1, 2], output[0][2][1]), "turned");
});

test("more numbers than the page can hold are refused with the nearest padding", () => {
  const conv = { input: [32, 32], kernel: [3, 3], padding: [20, 20], stride: [1, 1], dilation: [1, 1] };
  const [problem, ...others] = core.problems(conv, "padding", true);
  assert.equal(problem.reason, "cells");
  assert.deepEqual(others, []);
  const mended = (value) => core.problems({ ...conv, padding: [value, value] });
  assert.deepEqual(mended(problem.nearest), []);
  assert.equal(mended(problem.nearest + 1)[0].reason, "cells");
  const large = { ...conv, padding: [1, 1] };
  assert.deepEqual(core.problems(large), []);
  assert.equal(core.problems({ ...large, activation: "relu" })[0].reason, "cells"); // one more panel
});

test("the matrix times the input is the output, its transpose gives the gradient, im2col the windows", () => {
  const tried = finite.filter(({ conv, output }) => output.flat(2).length <= 150
    && conv.input[0] * conv.input[1] <= 60).slice(-150);
  for (const each of tried) {
    const { layer: conv } = each;
    const filter = conv.filters - 1;
    const view = { layer: conv, filter, shaped: each };
    const channels = core.channelsOf(conv, filter);
    const inputs = channels.flatMap((channel) => each.input[channel].flat());
    const multiply = ({ names, cells }, vector) => {
      const sum = new Array(names[0].length).fill(0);
      for (const { place: [row, column], value } of cells) sum[row] += value * vector[column];
      return sum;
    };
    const plain = each.output[filter].flat().map((value) => value - (each.bias?.[filter] ?? 0));
    const matrix = matrixOf(view, "toeplitz");
    assert.deepEqual(matrix.names.map(({ length }) => length), [plain.length, inputs.length]);
    close(multiply(matrix, inputs), plain, say(each));
    const back = multiply(matrixOf(view, "transposed"), each.grad_output[filter].flat());
    const alone = each.grad_output.map((map, index) => map.map((row) => row.map(
      (gradient) => (index === filter ? gradient : 0))));
    const { input } = core.gradients(conv, each, alone);
    close(back, channels.flatMap((channel) => input[channel].flat()), say(each));
    const windows = matrixOf(view, "im2col");
    if (core.isPool(conv) || core.isTransposed(conv) || conv.flip) continue;
    const kernel = channels.flatMap((channel) => {
      const [first, second] = core.weightIndex(conv, filter, channel);
      return each.kernel[first][second].flat();
    });
    const found = range(windows.names[1].length).map(() => 0);
    for (const { place: [row, column], value } of windows.cells.values()) found[column] += value * kernel[row];
    close(found, plain, say(each));
  }
});
