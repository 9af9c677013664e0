// Parameters and multiply-accumulates of the kinds of layer, as numbers and bars.
import * as core from "../core/shuffle.mjs";
import { h } from "../ui/dom.mjs";
import words from "../words/shuffle.mjs";

/** { element, show(net) }. */
export function costView() {
  const caption = h("caption");
  const body = h("tbody");
  const total = h("p", { class: "cw-total" });
  const element = h("div", {},
    h("table", { class: "cw-table cw-cost" }, caption,
      h("thead", {}, h("tr", {}, ...words.cost.head.map((text) => h("th", { scope: "col" }, text)))), body),
    total, h("p", { class: "cw-note" }, words.cost.note));
  const show = (net) => {
    caption.textContent = words.cost.caption(net.channels, net.kernel_size, net.size);
    const rows = core.costs(net);
    body.replaceChildren(...rows.map((row) => line(row, rows[0], net)));
    total.textContent = words.cost.total(core.total(net));
  };
  return { element, show };
}

function line({ name, parameters, macs }, dense, net) {
  const share = macs / dense.macs;
  const bar = h("span", { class: "cw-bar", "aria-hidden": "true" });
  bar.style.width = `${Math.min(100 * share, 100)}%`;
  return h("tr", {}, h("th", { scope: "row" }, words.cost.rows[name](net)),
    ...[parameters, macs].map((value) => h("td", {}, words.whole(value))),
    h("td", { class: "cw-share" }, h("span", { class: "cw-bar-box" }, bar), words.cost.share(share)));
}
