// What a cell does, told: a result is a sum of products, an input feeds outputs, a weight multiplies inputs.
import * as core from "../core/convolution.mjs";
import { h } from "../ui/dom.mjs";
import { factor, format } from "../ui/numbers.mjs";
import words from "../words/convolution.mjs";
import { nameOf, paddingName } from "./panels.mjs";

const MOST_SPOKEN = 9;
const MOST_SHOWN = 150; // products written out

/** { spoken: a sentence, shown: nodes } for `cell` of `selection`; `terms` are the products that it takes part in. */
export function tell(view, selection, terms, cell) {
  const about = [cell.name, format(cell.value)];
  return TELLERS[selection.role]({ ...view, ...selection, about, name: cell.name, kind: cell.kind, terms });
}

const TELLERS = {
  output: tellOutput,
  part: (view) => sumOf(view.about, products(view, "output")),
  activated: (view) => plain(words.activated(...view.about, ...before(view))),
  input: tellInput,
  kernel: ({ about, tab, terms }) => plain(tab === "input_grad"
    ? `${words.does(...about, "multiplies", terms.length)}.`
    : words.multiplies(...about, terms.length, terms.filter(({ source }) => !source).length)),
  bias: ({ about, layer }) => plain(words.isAdded(...about, words.outputs(layer.outputs))),
  gradActivated: (view) => plain(words.letThrough(...view.about, ...before(view))),
  gradOutput: tellGradient,
  gradInput: (view) => sumOf(view.about, products(view, "gradInput")),
  gradKernel: (view) => sumOf(view.about, products(view, "gradKernel")),
  gradBias: (view) => sumOf(view.about, products({ ...view, terms: view.gradOutput[view.slice[0]].flatMap(
    (row, i) => row.map((_, j) => ({ filter: view.slice[0], i, j }))) }, "gradBias")),
};

/** Name and number of the output before its activation. */
const before = ({ slice: [filter], cell: [i, j], ...view }) => [
  nameOf(view, "output", [filter], [i, j]), format(view.output[filter][i][j])];

// ---- sums of products ----------------------------------------------------------------------------

/** Name and number of what a term is made of. */
const FACTORS = {
  input: (view, term) => [
    term.source ? nameOf(view, "input", [term.channel], term.source) : paddingName(view, term.row, term.column),
    core.valueAt(view.shaped.input, term)],
  kernel: (view, term) => [core.isPool(view.layer) ? format(term.factor, 4)
    : nameOf(view, "kernel", [term.filter, term.channel], [term.u, term.v]), term.factor],
  gradOutput: (view, { filter, i, j }) => [
    nameOf(view, "gradOutput", [filter], [i, j]), view.gradOutput[filter][i][j]],
};
const PRODUCTS = {
  output: ["input", "kernel"], pool: ["input"], gradInput: ["gradOutput", "kernel"],
  gradKernel: ["gradOutput", "input"], gradBias: ["gradOutput"],
};

/** The terms of `view` as nodes, in symbols or in numbers. */
function products(view, role) {
  const write = PRODUCTS[role].length > 1 ? factor : format;
  return view.terms.map((term) => span(term, PRODUCTS[role].map((part) => FACTORS[part](view, term)).map(
    ([name, number]) => (view.symbols ? name : write(number))).join(" × ")));
}

/** A product in the sentence; `term` on the element ties it to its cells. */
function span(term, text) {
  const element = h("span", { class: `cw-term${term?.source === null ? " is-padding" : ""}` }, text);
  return Object.assign(element, { term });
}

function tellOutput(view) {
  const { layer: conv, shaped, about, slice: [filter], cell: [i, j] } = view;
  if (view.hidden) return plain(words.asked(view.name));
  if (core.isPool(conv)) return tellPool(view);
  const bias = shaped.bias ? [span(null, view.symbols ? words.name("bias", [filter])
    : words.biasTerm(factor(shaped.bias[filter])))] : [];
  const all = products(view, "output");
  const whole = sumOf(about, [...all, ...bias]);
  const channels = core.channelsOf(conv, filter);
  if (channels.length === 1) return whole;
  const sums = channels.map((channel) => view.parts[[filter, channel]][i][j]);
  const line = (...sum) => h("span", { class: "cw-sum" }, ...sum);
  return { spoken: whole.spoken, shown: [
    ...channels.map((channel, at) => line(...sumOf([words.channel(channel), format(sums[at])],
      all.filter(({ term }) => term.channel === channel)).shown)),
    line(...sumOf(about, [...sums.map((sum) => factor(sum)), ...bias]).shown),
  ] };
}

function tellPool(view) {
  const { layer: conv, about: [name, value], terms } = view;
  if (!terms.length) return plain(words.allPadding(name));
  const texts = products(view, "pool");
  const written = (start, sign, end) => [strong(name), start, ...separate(texts, sign), end, strong(value)];
  if (!core.isMax(conv)) {
    const count = Math.round(1 / terms[0].factor);
    return { spoken: words.mean(name, value, count), shown: written(" = (", " + ", `) / ${count} = `) };
  }
  const [best] = FACTORS.input(view, terms.find(({ factor: share }) => share));
  return {
    spoken: words.max(name, value, best), shown: [...written(" = max(", ", ", ") = "), words.standsAt(best)],
  };
}

/** `all`: nodes or texts. */
function sumOf([name, sum], all) {
  const text = all.map((one) => one.textContent ?? one).join(" + ") || "0";
  const spoken = all.length > MOST_SPOKEN ? words.longSum(name, sum, words.products(all.length))
    : words.sum(name, text, sum);
  const nodes = all.length > MOST_SHOWN ? [words.products(all.length)] : separate(all, " + ");
  return { spoken, shown: [strong(name), " = ", ...(all.length ? nodes : ["0"]), " = ", strong(sum)] };
}

// ---- where a cell goes ---------------------------------------------------------------------------

function tellInput({ about, tab, kind, terms, ...view }) {
  const fed = core.isMax(view.layer) ? terms.filter(({ factor: share }) => share) : terms;
  if (!fed.length) {
    const why = kind.includes("is-dropped") ? "dropped" : terms.length ? "smaller" : "skipped";
    return plain(words.feedsNone(...about, why));
  }
  const [does, ends] = tab === "kernel_grad" ? ["meets", "gradOutput"] : ["feeds", "output"];
  return listed(words.does(...about, does, fed.length), view, fed, ends,
    ({ filter, i, j }) => [[filter], [i, j]]);
}

function tellGradient({ about, tab, terms, ...view }) {
  if (tab === "bias_grad") return plain(words.isAdded(...about, words.name("gradBias", [])));
  if (tab === "kernel_grad") {
    return listed(words.does(...about, "weights", terms.length), view, terms, "gradKernel",
      ({ filter, channel, u, v }) => [[filter, channel], [u, v]], (term) => core.valueAt(view.shaped.input, term));
  }
  const reached = terms.filter(({ source, factor: share }) => source && (share || !core.isPool(view.layer)));
  return listed(words.does(...about, "inputs", reached.length), view, reached, "gradInput",
    ({ channel, source }) => [[channel], source]);
}

/** The sentence, and the cells of `role` that it is about, each with the number that it is multiplied by. */
function listed(sentence, view, terms, role, placeOf, timesOf = (term) => term.factor) {
  if (!terms.length) return plain(`${sentence}.`);
  const ends = terms.slice(0, MOST_SHOWN).map((term) => span(term,
    words.times(nameOf(view, role, ...placeOf(term)), format(timesOf(term), 4))));
  return {
    spoken: `${sentence}: ${ends.slice(0, MOST_SPOKEN).map(({ textContent }) => textContent).join(", ")}`,
    shown: [`${sentence}: `, ...separate(ends, ", ")],
  };
}

const plain = (sentence) => ({ spoken: sentence, shown: [sentence] });
const strong = (text) => h("b", {}, text);
const separate = (nodes, text) => nodes.flatMap((node, at) => (at ? [text, node] : [node]));
