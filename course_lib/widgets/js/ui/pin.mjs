// Pointing, pinning and letting go: the same manners in every grid of numbers.
import { isSame } from "../core/arrays.mjs";
import { button, h } from "./dom.mjs";
import words from "../words/shared.mjs";

/**
 * { handlers(place), button, sentence, story, select(selection, isSpoken), keep(first, isThere, isSpoken), letGo(),
 * forget(), restore(selection), selection(), isPinned() }. A selection is { ...place, cell }; `forget` and `restore`
 * tell nobody: `select` comes after them. `keep` selects again what was selected, where isThere(selection), or else
 * lets it go and selects `first`. `tell(selection, isPinned)` outlines what belongs to it and returns what is spoken;
 * `gridOf(selection)` is the NumberGrid that it lies in. `onPin(selection or null)` is told of what the reader pins.
 * `story` is the empty `sentence` with the button beside it.
 */
export function createPin({ gridOf, tell, say, onPin = () => {} }) {
  const state = { selection: null, isPinned: false };
  const unpin = button(words.unpin, () => {
    letGo();
    gridOf(state.selection).focus(state.selection.cell); // the button is gone
  });
  unpin.hidden = true;
  const sentence = h("p", { class: "cw-sentence" });
  const story = h("div", { class: "cw-story" }, sentence, unpin);
  const isSelected = (selection) => isSame(selection, state.selection);
  const select = (selection, isSpoken = true) => {
    state.selection = selection;
    unpin.hidden = !state.isPinned;
    const text = tell(selection, state.isPinned);
    if (isSpoken && text) say(state.isPinned ? words.pinned(text) : text);
  };
  /** The pointer or the focus came to a cell; a pinned selection stays, and the cell is only named. */
  const point = (selection) => {
    if (!state.isPinned) return select(selection);
    const grid = gridOf(selection);
    const { name, text } = grid.at(selection.cell);
    return say(words.outlined(name, text, grid.isLinked(selection.cell)));
  };
  const pin = (selection) => {
    state.isPinned = selection !== null;
    onPin(selection);
  };
  const press = (selection) => {
    pin(state.isPinned && isSelected(selection) ? null : selection);
    select(selection);
  };
  const letGo = () => {
    if (state.isPinned) pin(null);
    select(state.selection);
  };
  const handlers = (place) => ({
    onPoint: (cell) => point({ ...place, cell }),
    onPress: (cell) => press({ ...place, cell }),
    onEscape: letGo,
    // A finger has no hover: its first tap looks, its second changes.
    mayEdit: (cell, pointerType) => pointerType !== "touch" || (state.isPinned && isSelected({ ...place, cell })),
  });
  const forget = () => Object.assign(state, { selection: null, isPinned: false });
  const keep = (first, isThere, isSpoken) => {
    if (!state.selection || !isThere(state.selection)) forget();
    select(state.selection ?? first, isSpoken);
  };
  const restore = (selection) => Object.assign(state, { selection, isPinned: true });
  return {
    handlers, button: unpin, sentence, story, select, keep, letGo, forget, restore,
    selection: () => state.selection, isPinned: () => state.isPinned,
  };
}
