// The page's receptive fields against torch. tests/test_widget_receptive_field.py writes the golden file and runs this.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as core from "../../course_lib/widgets/js/core/receptive_field.mjs";
import { margins, overhang, tintOf, trace, ways } from "../../course_lib/widgets/js/receptive_field/trace.mjs";
import words from "../../course_lib/widgets/js/words/receptive_field.mjs";

assert.ok(process.env.GOLDEN, "GOLDEN names torch's answers: run pytest tests/test_widget_receptive_field.py");
const golden = JSON.parse(readFileSync(process.env.GOLDEN, "utf8"));
const legal = golden.cases.filter(({ refusal }) => refusal === null);
const illegal = golden.cases.filter(({ refusal }) => refusal !== null);
const say = ({ chain }) => JSON.stringify(chain);
const AXES = [0, 1];

function near(found, expected, message) {
  const tolerance = 1e-5 * Math.max(1, Math.abs(expected));
  assert.ok(Math.abs(found - expected) <= tolerance, `${message}: ${found}, not ${expected}`);
}

function nearRows([rows, columns], expected, message) {
  assert.deepEqual([rows.length, columns.length], [expected.length, expected[0].length], message);
  expected.forEach((row, i) => row.forEach((value, j) => near(rows[i] * columns[j], value, `${message} [${i}, ${j}]`)));
}

test("the golden file holds a few hundred chains of both kinds", () => {
  assert.ok(legal.length >= 250, `${legal.length} legal`);
  assert.ok(illegal.length >= 150, `${illegal.length} illegal`);
});

test("torch's refusals are ours, and nothing else is", () => {
  for (const each of golden.cases) {
    const found = core.problems(each.chain);
    assert.equal(found.length > 0, each.refusal !== null, `${say(each)}: ${each.refusal}`);
  }
});

test("map sizes, windows, steps and centres are torch's and measure's", () => {
  for (const each of legal) {
    const levels = AXES.map((axis) => core.levels(each.chain, axis));
    each.rows.forEach((row, index) => {
      const at = levels.map((along) => along[index + 1]);
      const found = {
        size: at.map(({ size }) => size), sees: at.map(core.sees), step: at.map(({ step }) => step),
        centre: at.map((level) => core.centre(level)),
      };
      assert.deepEqual(found, row, `${say(each)} layer ${index}`);
    });
  }
});

test("what a unit sees, and in how many ways, is torch's gradient with weights of 1", () => {
  for (const each of legal) {
    const last = each.chain.layers.length - 1;
    const down = AXES.map((axis) => core.paths(each.chain, axis, last, "map", each.unit[axis])[0]);
    nearRows(down, each.gradient, say(each));
  }
});

test("what a pixel reaches, and in how many ways, is torch's answer to that pixel alone", () => {
  for (const each of legal) {
    const last = each.chain.layers.length - 1;
    const up = AXES.map((axis) => core.paths(each.chain, axis, last, "input", each.pixel[axis]).at(-1));
    nearRows(up, each.reached, say(each));
  }
});

const places = ([rows, columns]) => rows.flatMap(
  (down, i) => columns.flatMap((across, j) => (down && across ? [`${i},${j}`] : [])));

test("both directions are the support of torch's Jacobian, from every pixel and every unit", () => {
  const whole = legal.filter(({ support }) => support);
  assert.ok(whole.length >= 60, `${whole.length}`);
  for (const { chain, support, rows } of whole) { // support[pixel row][column]: units "row,column"
    const last = chain.layers.length - 1;
    const seen = {};
    support.forEach((line, y) => line.forEach((units, x) => {
      const levels = AXES.map((axis) => core.levels(chain, axis)[last + 1]);
      const found = trace({ chain, layer: last, levels }, { end: "input", cell: [y, x] }).map((axis) => axis.map);
      const cells = places(found);
      assert.deepEqual(new Set(cells), new Set(units), JSON.stringify(chain));
      for (const unit of units) (seen[unit] ??= []).push(`${y},${x}`);
    }));
    for (let i = 0; i < rows.at(-1).size[0]; i++) {
      for (let j = 0; j < rows.at(-1).size[1]; j++) {
        const down = [i, j].map((unit, axis) => core.paths(chain, axis, last, "map", unit)[0]);
        const cells = places(down);
        assert.deepEqual(new Set(cells), new Set(seen[`${i},${j}`] ?? []), `${JSON.stringify(chain)} ${i},${j}`);
      }
    }
  }
});

test("spread, shares, effective side and holes are those of torch's gradient far from every border", () => {
  for (const each of legal) {
    const last = each.chain.layers.length - 1;
    const { open } = each; // the same chain without padding, on an input of just what one unit sees
    AXES.forEach((axis) => {
      near(core.deviation(each.chain, axis, last), open.deviation[axis], `${say(each)} spread`);
      assert.equal(core.hasGaps(each.chain, axis, last), open.gaps[axis], `${say(each)} holes`);
    });
    const levels = AXES.map((axis) => core.levels(open.chain, axis)[last + 1]);
    assert.deepEqual(levels.map(({ size }) => size), [1, 1]);
    const counts = AXES.map((axis) => core.paths(open.chain, axis, last, "map", 0)[0]);
    const found = ways({ chain: open.chain, layer: last, levels }, [0, 0], counts);
    near(found.side, open.side, `${say(each)} side`);
    near(found.half, open.half, `${say(each)} half`);
    AXES.forEach((axis) => near(found.within[axis], open.within[axis], `${say(each)} within`));
  }
});

test("the tint is torch's gradient in shares of its largest value", () => {
  for (const each of legal.slice(0, 60)) {
    const last = each.chain.layers.length - 1;
    const { rows, block } = tintOf(AXES.map((axis) => core.paths(each.chain, axis, last, "map", each.unit[axis])[0]));
    const largest = Math.max(...each.gradient.flat());
    assert.equal(block, 1);
    if (!largest) continue;
    each.gradient.forEach((row, i) => row.forEach((value, j) => near(rows[i][j], value / largest, say(each))));
  }
  const wide = tintOf([new Array(300).fill(1), new Array(200).fill(2)]);
  assert.deepEqual([wide.block, wide.rows.length, wide.rows[0].length, wide.rows[0][0]], [3, 100, 67, 1]);
});

test("a goal is met exactly where some unit of torch's sees each of its pixels, else the reason is right", () => {
  const seen = { short: 0, aside: 0, gaps: 0, met: 0 };
  for (const each of legal.filter(({ met }) => met !== undefined)) {
    const last = each.chain.layers.length - 1;
    const found = AXES.map((axis) => core.judge(each.chain, axis, last, each.goal));
    assert.equal(found.every(({ isMet }) => isMet), each.met, `${say(each)} goal ${each.goal}`);
    found.forEach(({ isMet, reason, sees, by }, axis) => {
      seen[isMet ? "met" : reason] += 1;
      if (reason === "short") assert.equal(sees + by, each.goal);
      else assert.ok(sees >= each.goal);
      const told = isMet ? "met" : reason;
      const text = told === "met" ? "" : words.verdict[told]("c", found[axis], axis);
      assert.doesNotMatch(text, /undefined|NaN|null/);
    });
  }
  for (const [reason, times] of Object.entries(seen)) assert.ok(times >= 10, `${reason}: ${times}`);
});

test("windows hang over the border by what the margin allows", () => {
  for (const each of legal) {
    const { chain, unit } = each;
    const levels = AXES.map((axis) => core.levels(chain, axis).at(-1));
    const most = margins(levels, chain.input);
    const overOf = (unitOf) => {
      const windows = levels.map((level, axis) => core.windowOf(level, unitOf(level, axis)));
      return overhang(windows, windows, chain.input);
    };
    overOf((_, axis) => unit[axis]).forEach((many, side) => assert.ok(many >= 0 && many <= most[side], say(each)));
    const [first, last] = [overOf(() => 0), overOf(({ size }) => size - 1)];
    assert.deepEqual([first[0], first[1], last[2], last[3]], most);
  }
});

const isSquare = ({ input, layers }) => [input, ...layers.flatMap((layer) => core.PARTS.map((part) => layer[part]))]
  .every(([rows, columns]) => rows === columns);

test("each refusal names its layer and the nearest legal value: it mends the chain, and none nearer does", () => {
  let mended = 0;
  for (const each of illegal.filter(({ chain }) => isSquare(chain))) {
    const { chain } = each;
    for (const changed of [null, each.changed]) {
      const found = core.problems(chain, changed, true);
      const problem = found[0];
      const text = words.problem[problem.reason]({ ...problem, layerName: chain.layers[problem.at]?.name });
      assert.match(text, /^(Input|Kernel|Stride|Padding|Dilation|Layer layer\d).+\.$/);
      assert.doesNotMatch(text, /undefined|NaN|null/);
      const isMended = (value) => core.problems(
        core.withValue(chain, problem, problem.axes, value), null, true).length === 0;
      if (!isMended(problem.nearest)) {
        assert.ok(found.length > 1 || problem.reason === "range", say(each)); // another fault besides
        continue;
      }
      mended += 1;
      const [min, max] = core.LIMITS[problem.part];
      const value = (problem.layer === null ? chain.input : chain.layers[problem.layer][problem.part])[0];
      for (let other = min; other <= max; other++) {
        const isNearer = Math.abs(other - value) < Math.abs(problem.nearest - value);
        assert.ok(!isNearer || !isMended(other), `${say(each)} ${other}`);
      }
    }
  }
  assert.ok(mended >= 100, `${mended}`);
});

test("page and Python have the same presets, limits and nearest values", () => {
  assert.deepEqual(core.LIMITS, golden.limits);
  assert.equal(core.MAX_LAYERS, golden.mostLayers);
  assert.deepEqual(Object.fromEntries(core.PRESET_NAMES.map((name) => [name, core.preset(name)])), golden.presets);
  for (const each of illegal) {
    const linked = isSquare(each.chain);
    for (const [changed, nearest] of [[null, each.nearest[0]], [each.changed, each.nearest[1]]]) {
      const [problem] = core.problems(each.chain, changed, linked);
      assert.equal(problem.nearest, nearest, `${say(each)} ${JSON.stringify(changed)}`);
    }
  }
});

test("windows too wide to draw are refused at once, with a value that mends them", () => {
  assert.ok(golden.wide.filter(({ nearest }) => nearest !== null).length >= 20);
  for (const { chain, nearest } of golden.wide) {
    const [problem] = core.problems(chain, null, true);
    assert.equal(problem.reason, "wide");
    assert.ok(problem.span > core.MAX_SPAN);
    assert.equal(problem.nearest, nearest, JSON.stringify(chain));
    const mended = nearest === null ? [] : core.problems(core.withValue(chain, problem, AXES, nearest), null, true);
    assert.deepEqual(mended, []);
    const text = words.problem.wide({ ...problem, layerName: "c" });
    assert.match(text, /^Layer c spans [\d,]+ rows, padding included; at most 4,096 are drawn\.$/);
  }
});

test("a window that does not fit is told before one that is too wide along the other axis", () => {
  const plain = { dilation: [1, 1], stride: [64, 1], padding: [64, 0] };
  const layers = [{ name: "a", ...plain, kernel: [1, 9] }, { name: "b", ...plain, kernel: [1, 1] }];
  const [problem] = core.problems({ input: [512, 4], layers });
  assert.deepEqual([problem.reason, problem.axis, problem.part, problem.nearest], ["fit", 1, "kernel", 4]);
  const [other] = core.problems({ input: [512, 9], layers });
  assert.deepEqual([other.reason, other.axis], ["wide", 0]);
});

test("published networks see what Araujo, Norris and Sim say", () => {
  for (const [name, sees] of [["alexnet", 195], ["vgg16", 212], ["resnet50", 483], ["resnet18", 435]]) {
    assert.equal(core.sees(core.levels(core.preset(name), 0).at(-1)), sees, name);
  }
});

test("a text that is no number has no nearest one", () => {
  const chain = core.withValue(core.preset("lenet5"), { layer: 1, part: "stride" }, AXES, NaN);
  assert.equal(core.problems(chain, null, true)[0].nearest, null);
});

test("a row of a profile gives the same windows as the chain it was measured on", () => {
  for (const each of legal) {
    const last = each.chain.layers.length - 1;
    const { size, sees, step, centre } = each.rows[last];
    const chain = core.chainOfRow(["path", "Conv2d", size, sees, step, centre], each.chain.input);
    AXES.forEach((axis) => {
      assert.deepEqual(core.levels(chain, axis)[1], core.levels(each.chain, axis)[last + 1], say(each));
      const seen = core.paths(chain, axis, 0, "map", each.unit[axis])[0];
      const exact = core.paths(each.chain, axis, last, "map", each.unit[axis])[0];
      const [from, to] = core.windowOf(core.levels(chain, axis)[1], each.unit[axis]);
      seen.forEach((isSeen, at) => assert.equal(Boolean(isSeen), from <= at && at <= to, say(each)));
      exact.forEach((count, at) => assert.ok(!count || seen[at], say(each)));
      core.paths(chain, axis, 0, "input", each.pixel[axis]).at(-1).forEach((isReached, unit) => {
        const [low, high] = core.windowOf(core.levels(chain, axis)[1], unit);
        assert.equal(Boolean(isReached), low <= each.pixel[axis] && each.pixel[axis] <= high);
      });
    });
  }
  const whole = core.chainOfRow(["p", "Linear", null, "all", null, null], [5, 7]);
  assert.deepEqual(core.levels(whole, 1)[1], { size: 1, low: 0, high: 6, step: 0 });
  assert.deepEqual(core.paths(whole, 1, 0, "input", 6).at(-1), [1]);
  const map = core.chainOfRow(["p", "Conv2d", [3, 4], "all", null, null], [5, 7]);
  assert.deepEqual([core.levels(map, 1)[1].size, core.paths(map, 1, 0, "map", 3)[0]], [4, [1, 1, 1, 1, 1, 1, 1]]);
  assert.equal(core.chainOfRow(["p", "Upsample", [4, 4], null, null, null], [5, 7]), null);
});
