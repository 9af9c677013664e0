// How a layer comes by its numbers: what it sees, its step and its first centre from the layer before.
import { isSame } from "../core/arrays.mjs";
import { PARTS, centre, sees } from "../core/receptive_field.mjs";
import { h } from "../ui/dom.mjs";
import { sizeFormula } from "../ui/formula.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/receptive_field.mjs";

// r₀, j₀ and c₀ are what the layer before sees, its step and its first centre.
const RULES = { sees: "r = r₀ + (k − 1)·d·j₀", step: "j = j₀·s", centre: "c = c₀ + (d·(k − 1)/2 − p)·j₀" };

/** Elements for `layer` along both axes, one where they are equal. `levels`: a list of levels for each axis. */
export function rules(chain, layer, levels) {
  const along = levels.map((each, axis) => {
    const [old, now] = [each[layer], each[layer + 1]];
    const [k, s, p, d] = PARTS.map((part) => chain.layers[layer][part][axis]);
    return {
      k, s, p, d, size: old.size, "r₀": sees(old), "j₀": old.step, "c₀": centre(old), r: sees(now), j: now.step,
      c: centre(now),
    };
  });
  const isOne = isSame(along[0], along[1]);
  return along.slice(0, isOne ? 1 : 2).flatMap((values, axis) => {
    const label = (name) => `${isOne ? "" : `${words.axes[axis]}: `}${words.columns[name]}`;
    const { k, s, p, d, size } = values;
    const line = ([name, rule]) => {
      const [result, terms] = rule.split(" = ");
      const numbers = terms.replace(/[a-z]₀?/g, (letter) => format(values[letter]));
      return h("div", { class: "cw-formula" }, h("span", {}, label(name)),
        ...[rule, `= ${numbers}`, `= ${format(values[result])}`].map((text) => h("span", { class: "cw-step" }, text)));
    };
    return [
      ...Object.entries(RULES).map(line),
      sizeFormula(label("size"), { input: size, pads: [p, p], dilation: d, kernel: k, stride: s }),
    ];
  });
}
