// What a cell does, told: a result is a sum of partial sums, an input feeds outputs, a weight multiplies inputs.
import * as core from "../core/volume.mjs";
import { h } from "../ui/dom.mjs";
import { factor, format } from "../ui/numbers.mjs";
import words from "../words/volume.mjs";
import { inVolume, partOf, placeOf } from "./slices.mjs";

const MOST_PRODUCTS = 25; // written out for one slice
const MOST_TOLD = 9;

/** { parts: items of a list, sentence, spoken } for the chosen cell and the products it takes part in. */
export function tell(view, selection, terms) {
  const { role } = selection;
  const place = placeOf(view, selection);
  const { name, value } = view.grids.get(`${role}:${selection.slice}`).grid.at(selection.cell);
  const told = { name, text: format(value), value, place, terms, selection };
  return (TELLERS[role] ?? tellResult)(view, told);
}

const TELLERS = {
  input: tellInput, kernel: tellWeight, grad_output: tellGradient,
  bias: (view, { name, text, terms }) => plain(words.biasAdds(name, text, terms.length)),
  grad_bias: (view, { text, terms }) => plain(words.gradBias(text, terms.length)),
};

const plain = (sentence) => ({ parts: [], sentence, spoken: sentence });

// ---- results -------------------------------------------------------------------------------------

function tellResult(view, { selection: { role }, name, text, place }) {
  const { sizes, values } = view;
  const [sliding, other] = { output: ["kernel", "input"], grad_input: ["kernel", "grad_output"],
    grad_kernel: ["grad_output", "input"] }[role];
  const sums = core.partialSums(sizes, values, role, place);
  if (!sums.length) return plain(words.nothing(name));
  const where = (part) => words.partial([sliding, part.slice], [other, inVolume(view, other, part.terms[0])]);
  const parts = sums.map((part) => h("li", {}, h("b", {}, where(part)), `: ${written(view, role, part)}`,
    h("b", { class: "cw-partial" }, format(part.sum))));
  const hasBias = role === "output" && values.bias !== null;
  const added = [...sums.map(({ sum }) => factor(sum)), ...(hasBias ? [words.biasTerm(factor(values.bias))] : [])];
  const sum = words.sum(name, added.length > 1 ? added : [], text);
  const spoken = sums.slice(0, MOST_TOLD).map((part) => words.makes(where(part), format(part.sum)));
  return { parts, sentence: sum, spoken: `${sum} ${spoken.join(", ")}.` };
}

/** The products of one slice, ready for their sum. */
function written({ values }, role, { terms }) {
  if (terms.length > MOST_PRODUCTS) return `${words.products(terms.length)} = `;
  const one = (term) => core.FACTORS[role].map((each) => factor(core.factorOf(values, each, term))).join(" × ");
  return `${terms.map(one).join(" + ")} = `;
}

// ---- where a cell goes ---------------------------------------------------------------------------

function listed(sentence, role, terms, weight, number) {
  const ends = terms.slice(0, MOST_TOLD).map((term) => weight(words.place(term[partOf(role)]), number(term)));
  const rest = terms.length > MOST_TOLD ? ", …" : ".";
  return plain(`${sentence}${ends.length ? ": " : ""}${ends.join(", ")}${ends.length ? rest : "."}`);
}

const weightOf = ({ values }) => (term) => format(core.factorOf(values, "kernel", term), 4);
const inputOf = ({ values }) => (term) => format(core.factorOf(values, "input", term), 4);

function tellInput(view, { name, text, place, terms }) {
  if (!terms.length) {
    const { input, padding } = view.sizes;
    const isCut = core.AXES.some((axis) => place[axis] >= input[axis] + padding[axis] - core.dropped(view.sizes, axis));
    return plain(words.feedsNone[isCut ? "dropped" : "skipped"](name, text));
  }
  if (view.tab !== "kernel_grad") {
    const fed = words.feeds(name, text, terms.length);
    return listed(fed, "output", [...terms].reverse(), words.withWeight, weightOf(view));
  }
  return plain(words.meetsGrads(name, text, terms.length));
}

function tellWeight(view, { name, text, terms }) {
  const outputs = core.product(core.outputShape(view.sizes));
  if (view.tab === "input_grad") return plain(words.weighsGrad(name, text, terms.length, outputs));
  const padding = terms.filter(({ input }) => !core.isInside(view.sizes, input)).length;
  return plain(words.weighs(name, text, terms.length, padding));
}

function tellGradient(view, { name, text, terms }) {
  if (view.tab === "kernel_grad") {
    return listed(words.reachesWeights(name, text, terms.length), "kernel", terms, words.withInput, inputOf(view));
  }
  return listed(words.reachesInputs(name, text, terms.length), "input", terms, words.withWeight, weightOf(view));
}
