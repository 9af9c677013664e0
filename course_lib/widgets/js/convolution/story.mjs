// What a cell does, told: a result is a sum of products, an input feeds outputs, a weight multiplies inputs.
import * as core from "../core/convolution.mjs";
import { h } from "../ui/dom.mjs";
import { factor, format } from "../ui/numbers.mjs";
import words from "../words/convolution.mjs";
import { index } from "./panels.mjs";

const MOST_SPOKEN = 9;
const MOST_SHOWN = 150; // products written out

/** { spoken: a sentence, shown: nodes } for the cell of `selection`; `terms` are the products it takes part in. */
export function tell(view, selection, terms) {
  return TELLERS[selection.role](view, selection, terms, cellAt(view, selection));
}

const cellAt = (view, { role, slice, cell: [row, column] }) => view.panels.get(`${role}:${slice}`).cells[row][column];

const TELLERS = {
  output: tellOutput,
  part: (view, selection, terms, cell) => tellSum(view, cell, [{ terms: terms.map(forwardTerm(view)) }]),
  input: tellInput,
  kernel: tellWeight,
  bias: (view, { slice }, terms, { name, value }) => plain(words.biasAdds(name, format(value), outputs(view))),
  upstream: tellUpstream,
  gradInput: (view, selection, terms, cell) => tellSum(view, cell, [{ terms: terms.map(inputTerm(view)) }]),
  gradKernel: (view, selection, terms, cell) => tellSum(view, cell, [{ terms: terms.map(kernelTerm(view)) }]),
  gradBias: (view, { slice: [filter] }, terms, cell) => tellSum(view, cell, [{
    terms: view.shaped.upstream[filter].flatMap((row, i) => row.map((slope, j) => ({
      text: view.symbols ? upstreamName(view, { filter, i, j }) : format(slope), kind: "" }))),
  }]),
};

const outputs = ({ layer: conv }) => core.area(conv, core.outputSize);

// ---- sums ----------------------------------------------------------------------------------------

const nameOf = (view, role, slice, cell) => words.name(role, [...index(view, role, slice), ...cell]);
const inputName = (view, { channel, row, column, source }) => (source ? nameOf(view, "input", [channel], source)
  : words.paddingName([row, column].map((place, axis) => place - core.framePads(view.layer, axis)[0])));
const kernelName = (view, { filter, channel, u, v }) => nameOf(view, "kernel", [filter, channel], [u, v]);
const upstreamName = (view, { filter, i, j }) => nameOf(view, "upstream", [filter], [i, j]);

const product = (view, term, names, numbers) => ({
  term, kind: term.source ? "" : "is-padding", text: (view.symbols ? names : numbers.map(factor)).join(" × "),
});
const slopeOf = (view, { filter, i, j }) => view.shaped.upstream[filter][i][j];
const forwardTerm = (view) => (term) => product(view, term, [inputName(view, term), kernelName(view, term)],
  [core.valueAt(view.shaped.input, term), term.factor]);
const inputTerm = (view) => (term) => product(view, term,
  [upstreamName(view, term), core.isPool(view.layer) ? format(term.factor, 4) : kernelName(view, term)],
  [slopeOf(view, term), term.factor]);
const kernelTerm = (view) => (term) => product(view, term, [upstreamName(view, term), inputName(view, term)],
  [slopeOf(view, term), core.valueAt(view.shaped.input, term)]);

/** `groups`: { label, terms, sum } each; several groups stand on lines of their own. */
function tellSum(view, { name, value }, groups, rest = []) {
  const sum = format(value);
  const all = groups.flatMap(({ terms }) => terms);
  const spoken = all.length > MOST_SPOKEN ? words.longSum(name, all.length, sum)
    : words.sum(name, [...all.map(({ text }) => text), ...rest].join(" + ") || "0", sum);
  if (groups.length === 1) {
    const nodes = [...spans(groups[0].terms), ...rest.map((text) => span({ text }))];
    const shown = nodes.length > MOST_SHOWN ? [words.longSum(name, nodes.length, "")] : separate(nodes, " + ");
    return { spoken, shown: [h("b", {}, name), " = ", ...(nodes.length ? shown : ["0"]), " = ", h("b", {}, sum)] };
  }
  const lines = groups.map(({ label, terms, sum: part }) => h("p", { class: "cw-line" }, `${label}: `,
    ...separate(spans(terms), " + "), " = ", h("b", {}, format(part))));
  const parts = [...groups.map(({ sum: part }) => factor(part)), ...rest].join(" + ");
  return { spoken, shown: [...lines,
    h("p", { class: "cw-line" }, h("b", {}, name), ` = ${parts} = `, h("b", {}, sum))] };
}

function spans(terms) {
  return terms.map(span);
}

/** A product in the sentence; `term` on the element ties it to its cells. */
function span({ text, kind = "", term }) {
  const element = h("span", { class: `cw-term ${kind}` }, text);
  element.term = term;
  return element;
}

function tellOutput(view, { slice: [filter], cell: [i, j] }, terms, cell) {
  const { layer: conv, hidden } = view;
  if (hidden) return plain(words.hiddenOutput(cell.name));
  if (core.isPool(conv)) return tellPool(view, terms, cell);
  const groups = core.channelsOf(conv, filter).map((channel) => ({
    label: words.channel(channel), terms: terms.filter((term) => term.channel === channel).map(forwardTerm(view)),
    sum: view.parts[[filter, channel]]?.[i][j] ?? 0,
  }));
  const bias = view.shaped.bias
    ? [view.symbols ? words.name("bias", [filter]) : words.biasTerm(factor(view.shaped.bias[filter]))] : [];
  return tellSum(view, cell, groups, bias);
}

function tellPool(view, terms, { name, value }) {
  const { layer: conv } = view;
  const texts = terms.map((term) => span({
    term, kind: term.source ? "" : "is-padding",
    text: view.symbols ? inputName(view, term) : format(core.valueAt(view.shaped.input, term)),
  }));
  if (core.isMax(conv)) {
    const best = terms.find(({ factor: share }) => share === 1);
    return {
      spoken: words.max(name, format(value), inputName(view, best)),
      shown: [h("b", {}, name), " = max(", ...separate(texts, ", "), ") = ", h("b", {}, format(value)),
        words.from(inputName(view, best))],
    };
  }
  const count = Math.round(1 / terms[0].factor);
  return {
    spoken: words.mean(name, format(value), count),
    shown: [h("b", {}, name), " = (", ...separate(texts, " + "), `) / ${count} = `, h("b", {}, format(value))],
  };
}

// ---- where a cell goes ---------------------------------------------------------------------------

function tellInput(view, selection, terms, { name, value, kind }) {
  const told = view.tab === "kernel_grad" ? words.meets : words.feeds;
  const fed = core.isMax(view.layer) ? terms.filter(({ factor: share }) => share) : terms;
  if (fed.length === 0) {
    const why = kind.includes("is-dropped") ? "dropped" : core.isMax(view.layer) && terms.length ? "smaller"
      : "skipped";
    return plain(words.feedsNone[why](name, format(value)));
  }
  const ends = fed.map((term) => span({ term, text: words.feedsOne(
    [...index(view, "output", [term.filter]), term.i, term.j], format(term.factor, 4)) }));
  return listed(told(name, format(value), fed.length), ends);
}

function tellWeight(view, { slice }, terms, { name, value }) {
  if (view.tab === "input_grad") return plain(words.multipliesSlopes(name, format(value), terms.length));
  const padding = terms.filter(({ source }) => !source).length;
  return plain(words.multiplies(name, format(value), terms.length, padding));
}

function tellUpstream(view, selection, terms, { name, value }) {
  if (view.tab === "bias_grad") return plain(words.reachesBias(name, format(value)));
  const toWeights = view.tab === "kernel_grad";
  const real = terms.filter(({ source, factor: share }) => (toWeights || source)
    && (share || !core.isPool(view.layer)));
  const ends = real.map((term) => span({ term, text: toWeights
    ? words.feedsOne([term.u, term.v], format(core.valueAt(view.shaped.input, term), 4), "input")
    : words.feedsOne([...index(view, "input", [term.channel]), ...term.source], format(term.factor, 4)) }));
  return listed((toWeights ? words.reachesWeights : words.reachesInputs)(name, format(value), real.length), ends);
}

const listed = (sentence, ends) => ({
  spoken: `${sentence} ${ends.slice(0, MOST_SPOKEN).map(({ textContent }) => textContent).join(", ")}`,
  shown: [`${sentence} `, ...separate(ends.slice(0, MOST_SHOWN), ", ")],
});
const plain = (sentence) => ({ spoken: sentence, shown: [sentence] });
const separate = (nodes, text) => nodes.flatMap((node, at) => (at ? [text, node] : [node]));
