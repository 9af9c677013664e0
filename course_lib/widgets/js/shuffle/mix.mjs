// Columns of channels with their links: who reaches whom.
import { makeRows, mapRows, range } from "../core/arrays.mjs";
import * as core from "../core/shuffle.mjs";
import { h, svg } from "../ui/dom.mjs";
import { NumberGrid } from "../ui/grid.mjs";
import { createPin } from "../ui/pin.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/shuffle.mjs";

const LINES = ["plain", "plain-gate", "gate", "value"]; // drawn in this order

/** { element, show(net) }. `onPin(channel)` is told the pinned [stage, channel], or null. */
export function mixView({ say, onPin }) {
  const view = { say };
  view.pin = createPin({
    say, gridOf: () => view.grid, tell: ({ cell }) => select(view, flip(cell)),
    onPin: (selection) => onPin(selection && flip(selection.cell)),
  });
  view.grid = new NumberGrid(view.pin.handlers({}));
  view.heads = h("div", { class: "cw-heads", "aria-hidden": "true" });
  view.lines = svg("svg", { class: "cw-lines", "aria-hidden": "true", preserveAspectRatio: "none" });
  view.matrix = svg("svg", { class: "cw-matrix", "aria-hidden": "true" });
  view.notes = h("div", { class: "cw-notes" });
  view.table = h("div", {});
  const element = h("div", {},
    h("div", { class: "cw-mix" },
      h("div", { class: "cw-net" }, view.heads, view.grid.element),
      h("div", { class: "cw-side" }, h("p", { class: "cw-caption" }, words.matrix), view.matrix, view.notes)),
    view.pin.story,
    h("p", { class: "cw-help" }, words.help),
    h("details", {}, h("summary", {}, words.table), view.table));
  return { element, show: (net) => show(view, net) };
}

const flip = ([row, column]) => [column, row]; // a row of the grid is a place, a column a stage

function show(view, net) {
  view.net = net;
  view.all = core.operations(net);
  view.reach = core.reach(net, 0, view.all.length);
  const content = cells(view);
  view.grid.draw(content, { label: words.net(net.channels, content[0].length), density: "high" });
  view.grid.grid.append(view.lines); // drawing anew may have thrown it out
  const heads = ["input", ...view.all];
  view.heads.replaceChildren(...heads.map(
    (name, stage) => h("span", {}, words.column(name, convolution(view, stage)))));
  view.matrix.setAttribute("viewBox", `-0.1 -0.1 ${net.channels + 0.2} ${net.channels + 0.2}`);
  const squares = (kind) => mapRows(view.reach, (link, to, of) => (
    link === kind ? `M${of + 0.06} ${to + 0.06}h.88v.88h-.88z` : "")).flat().join("");
  view.matrix.replaceChildren(
    svg("path", { class: "is-frame", d: `M0 0h${net.channels}v${net.channels}h${-net.channels}z` }),
    svg("path", { class: "is-value", d: squares(core.VALUE) }),
    svg("path", { class: "is-gate", d: squares(core.GATE) }));
  view.table.replaceChildren(table(words.tableCaption, words.tableHead,
    view.reach.map((links, output) => [output, ...words.tableRow(links)])));
  drawNotes(view);
  if (net.channel) view.pin.restore(net.channel);
  else view.pin.forget();
  view.pin.select({ cell: flip(net.channel ?? [view.all.length, 0]) }, false);
}

/** Which convolution a stage comes after, counted from 1. */
const convolution = (view, stage) => view.all.slice(0, stage).filter((name) => name === "conv").length;

function cells(view) {
  const { net, all } = view;
  const moved = core.order(net.channels, net.groups);
  const mixed = range(all.length + 1).map((stage) => counts(core.reach(net, 0, stage)));
  return makeRows(net.channels, all.length + 1, (place, stage) => {
    const operation = all[stage - 1];
    const text = String(operation === "shuffle" ? moved[place] : place);
    const name = words.cell(operation, convolution(view, stage), place, text);
    return { name, value: mixed[stage][place], text, kind: "", label: name, editable: false };
  });
}

/** How many channels reach each one. */
const counts = (links) => links.map((row) => row.filter(Boolean).length);

function drawNotes({ notes: box, net, reach, all }) {
  const reached = counts(reach);
  const notes = [
    words.reachedBy(Math.min(...reached), Math.max(...reached), net.channels), words.components(core.components(net)),
    net.layers === 1 && words.alone,
    all.includes("shuffle") && core.order(net.channels, net.groups).every((of, to) => of === to) && words.sameOrder,
    all.includes("squeeze_excitation") && words.gate,
  ];
  box.replaceChildren(...notes.filter(Boolean).map((text) => h("p", {}, text)));
}

// ---- selection ----------------------------------------------------------------------------------

/** Outlines what reaches the chosen channel and what it reaches, and tells both. */
function select(view, chosen) {
  view.chosen = chosen;
  view.tree = core.tree(view.net, chosen);
  const { net, tree } = view;
  const linked = tree.flatMap((links, stage) => links.flatMap((link, place) => (link ? [[place, stage]] : [])));
  view.grid.mark({ current: flip(chosen), linked, pinned: view.pin.isPinned() });
  view.grid.cells.forEach((row, place) => row.forEach((cell, stage) => {
    cell.classList.toggle("is-gate", tree[stage][place] === core.GATE);
  }));
  drawLines(view);
  const { name } = view.grid.at(flip(chosen));
  const sentence = words.chosen(name, tree[0], tree.at(-1), net.channels);
  view.pin.sentence.textContent = sentence + (chosen[0] > 0 ? words.inputs(tree[0]) : "");
  return sentence;
}

function drawLines({ lines, net, all, tree, chosen }) {
  const paths = Object.fromEntries(LINES.map((name) => [name, ""]));
  all.forEach((operation, stage) => core.links(net, operation).forEach((row, to) => row.forEach((link, of) => {
    if (!link) return;
    const near = stage < chosen[0] ? tree[stage + 1][to] : tree[stage][of];
    const strength = Math.min(near, link);
    const name = strength ? { [core.GATE]: "gate", [core.VALUE]: "value" }[strength]
      : link === core.GATE ? "plain-gate" : "plain";
    paths[name] += `M${stage} ${of}L${stage + 1} ${to}`;
  })));
  const each = net.channels / net.groups;
  const rules = range(net.groups - 1).map((group) => `M0 ${(group + 1) * each - 0.5}H${all.length}`).join("");
  lines.setAttribute("viewBox", `0 -0.5 ${all.length} ${net.channels}`);
  lines.style.setProperty("--cw-channels", net.channels);
  lines.replaceChildren(svg("path", { class: "is-rule", d: rules }),
    ...LINES.map((name) => svg("path", { class: `is-${name}`, d: paths[name] })));
}
