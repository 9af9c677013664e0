// The shuffle as three steps on the list of channels, and its way back.
import { mapRows, sizeOf } from "../core/arrays.mjs";
import * as core from "../core/shuffle.mjs";
import { h } from "../ui/dom.mjs";
import { createPanel } from "../ui/panel.mjs";
import { createPlayer } from "../ui/player.mjs";
import words from "../words/shuffle.mjs";

/** { element, show(net), stop() }. */
export function orderView({ say }) {
  const view = { step: 0, followed: 1, say };
  view.player = createPlayer({ label: words.tabs.order, onStep: (step) => goTo(view, step) });
  view.line = h("code", { class: "cw-line" });
  const onPoint = (cell) => follow(view, cell);
  view.panel = createPanel({ onPoint, onPress: onPoint });
  view.sentence = h("p", { class: "cw-sentence" });
  view.lists = [0, 1].map(() => h("p", { class: "cw-sentence cw-list" }));
  const element = h("div", { class: "cw-order" },
    view.player.element, h("p", {}, view.line), view.panel.element, view.sentence, ...view.lists);
  return { element, show: (net) => show(view, net), stop: view.player.stop };
}

function show(view, net) {
  const isNew = view.net?.channels !== net.channels || view.net?.groups !== net.groups;
  view.net = net;
  if (!isNew) return;
  const { channels, groups } = net;
  view.player.stop();
  view.steps = core.shuffleSteps(channels, groups);
  view.followed = Math.min(view.followed, channels - 1);
  view.lists[0].textContent = words.permutation(core.order(channels, groups));
  view.lists[1].textContent = words.inverse(core.order(channels, channels / groups), channels / groups);
  draw(view);
}

function goTo(view, step) {
  view.step = step;
  draw(view);
  view.say(`${view.panel.caption.textContent}. ${view.line.textContent}`);
}

function draw(view) {
  const { channels, groups } = view.net;
  const { name, rows } = view.steps[view.step];
  const [caption, line] = words.steps[name];
  const each = channels / groups;
  view.line.textContent = line({ channels, groups, each });
  const cells = mapRows(rows, (number) => {
    const group = Math.floor(number / each);
    const label = words.stepCell(number, group);
    return { name: label, value: group + 1, text: String(number), kind: "", label, editable: false };
  });
  view.panel.show(cells, words.caption(words.step(view.step, caption), sizeOf(rows)));
  view.player.show(view.step, view.steps.length);
  mark(view);
}

function follow(view, [row, column]) {
  view.followed = view.steps[view.step].rows[row][column];
  mark(view);
  view.say(view.sentence.textContent);
}

/** Fills the followed channel, wherever this step has it. */
function mark(view) {
  const { rows } = view.steps[view.step];
  const row = rows.findIndex((numbers) => numbers.includes(view.followed));
  const column = rows[row].indexOf(view.followed);
  view.panel.grid.mark({ current: [row, column] });
  const index = rows.length === 1 ? [column] : [row, column];
  view.sentence.textContent = words.follow(view.followed, index, row * rows[0].length + column);
}
