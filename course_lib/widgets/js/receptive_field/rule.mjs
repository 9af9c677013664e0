// How a layer comes by its numbers: what it sees, its step and its first centre from the layer before, in MathML.
import { PARTS, centre, sees } from "../core/receptive_field.mjs";
import { h, math } from "../ui/dom.mjs";
import { sizeFormula } from "../ui/formula.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/receptive_field.mjs";

const name = (letter, index) => math("msub", math("mi", letter), math("mtext", index));
const sign = (text) => math("mo", text);
const number = (value) => math("mn", format(value));
const bracket = (...inside) => math("mrow", sign("("), ...inside, sign(")"));
const half = (value) => math("mfrac", math("mrow", ...value), math("mn", "2"));
const step = (...parts) => h("span", { class: "cw-step" }, math("math", math("mrow", ...parts)));

/** Elements for `layer` along both axes, one where they are equal. `levels`: a list of levels for each axis. */
export function rules(chain, layer, levels) {
  const each = chain.layers[layer];
  const before = layer === 0 ? words.levelInput : chain.layers[layer - 1].name;
  const told = levels.map((along, axis) => [
    ...PARTS.map((part) => each[part][axis]), JSON.stringify(along[layer])]);
  const axes = String(told[0]) === String(told[1]) ? [0] : [0, 1];
  return axes.flatMap((axis) => {
    const label = axes.length > 1 ? `${words.axes[axis]}: ` : "";
    const [old, now] = [levels[axis][layer], levels[axis][layer + 1]];
    const [kernel, stride, padding, dilation] = PARTS.map((part) => each[part][axis]);
    const line = (title, ...steps) => h("div", { class: "cw-formula" },
      h("span", { class: "rf-rule-name" }, `${label}${title}`), ...steps);
    return [
      line(words.rule.sees,
        step(name("r", each.name), sign("="), name("r", before), sign("+"),
          bracket(math("mi", "k"), sign("−"), number(1)), sign("·"), math("mi", "d"), sign("·"), name("j", before)),
        step(sign("="), number(sees(old)), sign("+"), bracket(number(kernel), sign("−"), number(1)), sign("·"),
          number(dilation), sign("·"), number(old.step)),
        step(sign("="), number(sees(now)))),
      line(words.rule.step,
        step(name("j", each.name), sign("="), name("j", before), sign("·"), math("mi", "s")),
        step(sign("="), number(old.step), sign("·"), number(stride)), step(sign("="), number(now.step))),
      line(words.rule.centre,
        step(name("c", each.name), sign("="), name("c", before), sign("+"),
          bracket(half([math("mi", "d"), bracket(math("mi", "k"), sign("−"), number(1))]), sign("−"),
            math("mi", "p")), sign("·"), name("j", before)),
        step(sign("="), number(centre(old)), sign("+"),
          bracket(half([number(dilation), sign("·"), bracket(number(kernel), sign("−"), number(1))]), sign("−"),
            number(padding)), sign("·"), number(old.step)),
        step(sign("="), number(centre(now)))),
      sizeFormula(`${label}${words.rule.size}`, {
        input: old.size, pads: [padding, padding], dilation, kernel, stride,
      }),
    ];
  });
}
