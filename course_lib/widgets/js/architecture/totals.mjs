// The table of totals: as profiled beside as set, or one network beside the other and by how much they differ.
import { TOTALS, scale } from "../core/architecture.mjs";
import { h } from "../ui/dom.mjs";
import words from "../words/architecture.mjs";

export function totalsTable(nets) {
  const [one, other] = nets.length === 2 ? nets.map(({ scaled }) => scaled.totals)
    : [scale(nets[0].network, nets[0].layers).totals, nets[0].scaled.totals];
  const { first, now, difference, ratio } = words.totalsHead;
  const heads = nets.length === 2 ? nets.map(({ network }) => network.name) : [first, now];
  const names = TOTALS.filter((name) => one?.[name] || other?.[name]);
  const number = (name, total) => (total ? words.exact(name, total.value, total.sure) : words.none);
  const labels = [...heads, difference, ratio];
  const row = (name) => {
    const [left, right] = [one?.[name], other?.[name]];
    const texts = [number(name, left), number(name, right), ...compared(left, right, name)];
    return h("tr", {}, h("th", { scope: "row" }, words.totalNames[name]),
      ...texts.map((text, index) => h("td", { "data-label": labels[index] }, text)));
  };
  return h("table", { class: "cw-total-table" },
    h("caption", {}, words.totals),
    h("thead", {}, h("tr", {}, h("td", {}), ...labels.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...names.map(row)));
}

function compared(one, other, name) {
  if (!one || !other) return [words.none, words.none];
  const sure = one.sure && other.sure;
  const ratio = one.value ? words.ratio(other.value / one.value) : words.none;
  return [words.difference(name, other.value - one.value, sure), ratio];
}
