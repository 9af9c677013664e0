import assert from "node:assert/strict";
import { test } from "node:test";
import { factor, format, parse } from "../../course_lib/widgets/js/ui/numbers.mjs";

test("numbers are written short, with a real minus sign", () => {
  const cases = [
    [5, "5"], [-5, "−5"], [0, "0"], [-0, "0"], [0.1 + 0.2, "0.3"], [1234567, "1234570"], [1e21, "1e21"],
    [-1.5e-9, "−1.5e−9"], [Infinity, "∞"],
  ];
  for (const [value, text] of cases) assert.equal(format(value), text);
  assert.equal(format(3.14159, 3), "3.14");
  assert.equal(factor(-2), "(−2)");
  assert.equal(factor(2), "2");
});

test("what is written is read back, and nothing else is a number", () => {
  for (const value of [5, -0.25, 1e21, -1.5e-9]) assert.equal(parse(format(value, 15)), value);
  assert.equal(parse(" −.5 "), -0.5);
  const wrong = ["", " ", "abc", "1,5", "--1", "Infinity", "1e999", "NaN"];
  for (const text of wrong) assert.equal(parse(text), null);
});
