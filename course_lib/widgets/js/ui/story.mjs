// What a cell of a convolution does, told: an output is a sum, an input feeds outputs, a weight multiplies
// inputs.
import { h } from "./dom.mjs";
import { factor, format } from "./numbers.mjs";
import words from "../words/convolution.mjs";

const MOST_SPOKEN = 9;

/**
 * { spoken: a sentence, shown: nodes } for `cell` of the grid named `grid`. `products` are its connections;
 * `grids` are the three NumberGrids.
 */
export function tell({ grid, cell }, products, grids) {
  const tellCell = { input: tellInput, kernel: tellWeight, output: tellOutput }[grid];
  return tellCell(grids[grid].at(cell), products, grids);
}

function tellOutput({ name, value }, products, grids) {
  const terms = products.map(({ input, kernel }) => {
    const from = grids.input.at(input);
    return { text: `${factor(from.value)} × ${factor(grids.kernel.at(kernel).value)}`, kind: from.kind };
  });
  const sum = format(value);
  const nodes = terms.map(({ text, kind }) => term(text, kind));
  const spoken = terms.length > MOST_SPOKEN ? words.longSum(name, terms.length, sum)
    : words.sum(name, terms.map(({ text }) => text).join(" + "), sum);
  return { spoken, shown: [h("b", {}, name), " = ", ...separate(nodes, " + "), " = ", h("b", {}, sum)] };
}

function tellInput({ name, value, kind }, products, grids) {
  if (products.length === 0) {
    const why = kind.includes("is-dropped") ? "dropped" : "skipped";
    return plain(words.feedsNone[why](name, format(value)));
  }
  const sentence = words.feeds(name, format(value), products.length);
  const outputs = products.map(
    ({ output, kernel }) => words.feedsOne(output, format(grids.kernel.at(kernel).value)));
  return {
    spoken: `${sentence} ${outputs.slice(0, MOST_SPOKEN).join(", ")}`,
    shown: [`${sentence} `, ...separate(outputs.map((text) => term(text)), ", ")],
  };
}

function tellWeight({ name, value }, products, grids) {
  const padding = products.filter(({ input }) => grids.input.at(input).kind.includes("is-padding")).length;
  return plain(words.multiplies(name, format(value), products.length, padding));
}

const plain = (sentence) => ({ spoken: sentence, shown: [sentence] });
const term = (text, kind = "") => h("span", { class: `cw-term ${kind}` }, text);
const separate = (nodes, text) => nodes.flatMap((node, index) => (index ? [text, node] : [node]));
