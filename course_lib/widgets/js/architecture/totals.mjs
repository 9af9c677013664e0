// The table of totals: as profiled beside as set, or one network beside the other and by how much they differ.
import { TOTALS, scale } from "../core/architecture.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/architecture.mjs";

/** The <table> of one or two networks, `nets`. */
export function totalsTable(nets) {
  const isPair = nets.length === 2;
  const [one, other] = isPair ? nets.map(({ scaled }) => scaled.totals)
    : [scale(nets[0].network, nets[0].layers).totals, nets[0].scaled.totals];
  const { total, first, now, difference, ratio } = words.totalsHead;
  const heads = isPair ? nets.map(({ network }) => network.name) : [first, now];
  const names = TOTALS.filter((name) => one?.[name] || other?.[name]);
  const exact = (name, found) => (found ? words.exact(name, found.value, found.sure) : words.none);
  return table(words.totals, [total, ...heads, difference, ratio], names.map((name) => {
    const [left, right] = [one?.[name], other?.[name]];
    return [words.totalNames[name], exact(name, left), exact(name, right), ...compared(left, right, name)];
  }));
}

function compared(one, other, name) {
  if (!one || !other) return [words.none, words.none];
  const sure = one.sure && other.sure;
  const ratio = one.value ? words.ratio(other.value / one.value) : words.none;
  return [words.difference(name, other.value - one.value, sure), ratio];
}
