// What a cell does, told: a result is a sum of partial sums, an input feeds outputs, a weight multiplies inputs.
import { product } from "../core/arrays.mjs";
import * as core from "../core/volume.mjs";
import { outputShape } from "../core/window.mjs";
import { h } from "../ui/dom.mjs";
import { factor, format } from "../ui/numbers.mjs";
import words from "../words/volume.mjs";
import { gridOf, inVolume, placeOf } from "./slices.mjs";

const MOST_PRODUCTS = 25; // written out for one slice
const MOST_TOLD = 9;

/** { parts: items of a list, sentence, spoken } for the chosen cell and the products it takes part in. */
export function tell(view, selection, terms) {
  const { role } = selection;
  const { name, value } = gridOf(view, selection).at(selection.cell);
  const told = { role, name, text: format(value), place: placeOf(view, selection), terms };
  return (TELLERS[role] ?? tellResult)(view, told);
}

const TELLERS = {
  input: tellInput, kernel: tellWeight, grad_output: tellGradient,
  bias: (view, { name, text, terms }) => plain(words.biasAdds(name, text, terms.length)),
  grad_bias: (view, { text, terms }) => plain(words.gradBias(text, terms.length)),
};

const plain = (sentence) => ({ parts: [], sentence, spoken: sentence });

// ---- results -------------------------------------------------------------------------------------

function tellResult(view, { role, name, text, place }) {
  const { sizes, values } = view;
  const [other, sliding] = core.FACTORS[role];
  const sums = core.partialSums(sizes, values, role, place);
  if (!sums.length) return plain(words.nothing(name));
  const where = (part) => words.partial([sliding, part.slice], [other, inVolume(view, other, part.terms[0])]);
  const parts = sums.map((part) => h("li", {}, h("b", {}, where(part)), `: ${written(view, role, part)} = `,
    h("b", {}, format(part.sum))));
  const hasBias = role === "output" && values.bias !== null;
  const added = [...sums.map(({ sum }) => factor(sum)), ...(hasBias ? [words.biasTerm(factor(values.bias))] : [])];
  const sum = words.sum(name, added.length > 1 ? added : [], text);
  const spoken = sums.slice(0, MOST_TOLD).map((part) => words.makes(where(part), format(part.sum)));
  return { parts, sentence: sum, spoken: `${sum} ${spoken.join(", ")}.` };
}

/** The products of one slice. */
function written({ values }, role, { terms }) {
  if (terms.length > MOST_PRODUCTS) return words.products(terms.length);
  const one = (term) => core.FACTORS[role].map((each) => factor(core.factorOf(values, each, term))).join(" × ");
  return terms.map(one).join(" + ");
}

// ---- where a cell goes ---------------------------------------------------------------------------

/** A sentence about all `terms`, and the places of the first in `part`, each with its number of `by`. */
function listed({ values }, sentence, terms, part, by) {
  return plain(words.listed(sentence, terms.map((term) => (
    words.with[by](words.place(term[part]), format(core.factorOf(values, by, term), 4))))));
}

function tellInput(view, { name, text, place, terms }) {
  const why = core.isDropped(view.sizes, place) ? "dropped" : "skipped";
  if (!terms.length) return plain(words.feedsNone(name, text, why));
  if (view.tab === "kernel_grad") return plain(words.meetsGrads(name, text, terms.length));
  return listed(view, words.does(name, text, "feeds", terms.length), [...terms].reverse(), "output", "kernel");
}

function tellWeight({ sizes, tab }, { name, text, terms }) {
  const outputs = product(outputShape(sizes));
  if (tab === "input_grad") return plain(words.weighsGrad(name, text, terms.length, outputs));
  const padding = terms.filter(({ input }) => !core.isInside(sizes, input)).length;
  return plain(words.multiplies(name, text, terms.length, padding));
}

function tellGradient(view, { name, text, terms }) {
  const [part, by, what] = view.tab === "kernel_grad" ? ["kernel", "input", "weights"] : ["input", "kernel", "inputs"];
  return listed(view, words.does(name, text, what, terms.length), terms, part, by);
}
