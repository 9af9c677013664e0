// Parameters and multiply-accumulates of the kinds of layer, as numbers and bars.
import * as core from "../core/shuffle.mjs";
import { bar, h } from "../ui/dom.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/shuffle.mjs";

/** { element, show(net) }. */
export function costView() {
  const element = h("div", { class: "cw-cost" });
  const show = (net) => {
    const rows = core.costs(net);
    const [dense] = rows;
    const lines = rows.map(({ name, parameters, macs }) => [
      words.cost.rows[name](net), words.whole(parameters), words.whole(macs), share(macs / dense.macs),
    ]);
    element.replaceChildren(
      table(words.cost.caption(net), words.cost.head, lines),
      h("p", { class: "cw-total" }, words.cost.total(core.total(net))), h("p", { class: "cw-note" }, words.cost.note));
  };
  return { element, show };
}

/** The bar is above the number, so that all bars are of one length. */
const share = (part) => h("span", {}, bar(Math.min(part, 1)), words.cost.share(part));
