// What stands around the grids: which filter is shown, symbols, ask mode, the link, the player, and the other tabs.
import * as core from "../core/convolution.mjs";
import { pytorch } from "../core/convolution/code.mjs";
import { h } from "../ui/dom.mjs";
import { createPlayer } from "../ui/player.mjs";
import words from "../words/convolution.mjs";
import { createAsk } from "./ask.mjs";
import { createMatrix } from "./matrix.mjs";
import { checkbox, chooser } from "./more.mjs";
import { select } from "./select.mjs";

export function createExtras(view, { redraw }) {
  const filter = chooser(words.filter, (value) => {
    Object.assign(view, { filter: Number(value), selection: null, pinned: false });
    redraw();
  });
  const channel = chooser(words.channelShown, (value) => {
    Object.assign(view, { channel: Number(value), selection: null, pinned: false });
    redraw();
  });
  const symbols = checkbox(words.symbols, (isOn) => {
    view.symbols = isOn;
    select(view, view.selection);
  });
  const ask = createAsk(view, {
    onReveal: (hidden) => {
      view.hidden = hidden;
      redraw();
    },
  });
  const asks = checkbox(words.ask, (isOn) => {
    view.ask = isOn;
    view.asked = null;
    redraw();
  });
  // A brush changes each value that it passes over or that is pressed, with the mouse, a finger or Enter.
  const value = h("input", {
    class: "cw-number", type: "number", step: "any", value: 9, "aria-label": words.brushValue,
    oninput: () => { view.brush &&= { value: value.valueAsNumber || 0 }; },
  });
  const brush = checkbox(words.brush, (isOn) => {
    view.brush = isOn ? { value: value.valueAsNumber || 0 } : null;
    value.hidden = !isOn;
  });
  value.hidden = true;
  const link = h("button", { class: "cw-button", type: "button", onclick: () => view.address.link() }, words.link);
  const options = h("div", { class: "cw-options" }, filter.element, channel.element, symbols.element, asks.element,
    brush.element, value, link);
  const note = h("p", { class: "cw-note", hidden: true });
  const player = createPlayer({
    label: words.player,
    onStep: (step) => {
      const { role, slice, cells } = view.result;
      view.pinned = false;
      select(view, { role, slice, cell: [Math.floor(step / cells[0].length), step % cells[0].length] });
    },
  });
  const matrix = createMatrix(view);
  const code = createCode(view);

  const numbered = (count,
    name) => Object.fromEntries(core.range(count).map((index) => [index, words.numbered(name, index, count)]));
  const show = () => {
    const { layer: conv, tab } = view;
    const isLegal = view.problems.length === 0;
    // A new question for every new layer; the question stays while the reader looks at other tabs.
    const layer = JSON.stringify([conv, view.shaped?.bias]);
    if (!view.ask) view.hidden = null;
    else if (layer !== view.asked) {
      view.hidden = "size";
      ask.clear();
    }
    view.asked = view.ask ? layer : null;
    if (tab !== "output") view.hidden = view.ask && view.hidden === "size" ? "size" : view.hidden;
    filter.element.hidden = !isLegal || conv.filters === 1 || (tab === "input_grad" && conv.channels > 1);
    channel.element.hidden = !isLegal || conv.channels === 1 || tab !== "input_grad" || core.isPool(conv);
    if (core.isPool(conv)) {
      filter.element.hidden = !isLegal || conv.filters === 1;
      view.channel = view.filter;
    }
    filter.fill(numbered(isLegal ? conv.filters : 1, "filter"), view.filter);
    channel.fill(numbered(isLegal ? conv.channels : 1, "channel"), view.channel);
    symbols.input.checked = view.symbols;
    asks.input.checked = view.ask;
    ask.show();
    link.hidden = !view.address?.isUsable();
    player.element.hidden = !isLegal || !view.result?.cells;
  };
  const showPlace = () => {
    const { selection, result } = view;
    player.element.hidden = !result?.cells || result.cells.length * result.cells[0].length === 1;
    ask.show();
    if (player.element.hidden) return;
    const columns = result.cells[0].length;
    const isHere = selection?.role === result.role && String(selection.slice) === String(result.slice);
    player.show(isHere ? selection.cell[0] * columns + selection.cell[1] : 0, result.cells.length * columns);
  };
  const showNote = (text) => {
    const isGradient = view.tab.endsWith("_grad") && view.result !== null;
    note.hidden = !text && !isGradient;
    note.textContent = [isGradient ? words.gradientHelp : null, text].filter(Boolean).join(" ");
  };
  return {
    options, note, ask: ask.element, player: player.element, show, showPlace, showNote,
    content: () => {
      if (view.hidden) return h("p", { class: "cw-note" }, words.workOut); // both tabs tell the answer
      return view.tab === "matrix" ? matrix.draw() : code.draw();
    },
    stop: player.stop,
  };
}

function createCode(view) {
  const text = h("textarea",
    { class: "cw-code", readonly: true, spellcheck: "false", "aria-label": words.tabNames.code });
  const copy = h("button", {
    class: "cw-button", type: "button",
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text.value);
        view.say(words.codeCopied);
      } catch {
        text.select();
        view.say(words.codeSelected);
      }
    },
  }, words.copyCode);
  const element = h("div", {}, text, copy);
  const draw = () => {
    text.value = pytorch(view.layer, view.shaped, view.output, view.grads);
    return element;
  };
  return { draw };
}

