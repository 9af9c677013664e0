// Pointing, pinning and painting: everything that takes part in the products of one cell is outlined and told.
import * as core from "../core/convolution.mjs";
import { format } from "../ui/numbers.mjs";
import { createPin } from "../ui/pin.mjs";
import words from "../words/convolution.mjs";
import { tell } from "./story.mjs";

// Where the terms of a cell end, on which they show their weight in a corner.
const FAR_END = {
  input: "output", output: "input", activated: "input", gradOutput: "gradInput", gradActivated: "gradInput",
  gradInput: "gradOutput",
};

export const keyOf = ({ role, slice }) => `${role}:${slice}`;

/** { pin, handlers(place), has(selection) }. `onEdit(place, cell, value)`; `onSelect()` after each choice. */
export function createPointing(view, { onEdit, onSelect }) {
  const has = (selection) => selection
    && view.panels.get(keyOf(selection))?.cells?.[selection.cell[0]]?.[selection.cell[1]];
  const pin = createPin({
    say: (text) => view.say(text), gridOf: (selection) => view.grids.get(keyOf(selection)).grid,
    tell: (selection) => {
      const cell = view.output && has(selection);
      view.terms = cell ? core.connections(view.layer, view.shaped, selection) : [];
      mark(view, view.terms);
      onSelect();
      if (!view.output || view.hidden === "size") return null;
      const { spoken, shown } = cell ? tell(view, selection, view.terms, cell) : { shown: [] };
      pin.sentence.replaceChildren(...shown);
      return spoken;
    },
  });
  Object.assign(pin.sentence, {
    onpointerover: ({ target }) => target.term && mark(view, [target.term]),
    onpointerout: ({ target }) => target.term && mark(view, view.terms),
  });
  /** Underlines the products in the sentence in which a cell takes part. */
  const nameTerms = (selection) => {
    for (const { term, classList } of pin.sentence.querySelectorAll(".cw-term")) {
      const own = pin.isPinned() && term && core.cellOf(term, selection);
      classList.toggle("is-named", String(own) === String(selection.cell));
    }
  };
  const handlers = (place) => {
    const usual = pin.handlers(place);
    // A brush changes each value that it passes over or that is pressed, with the mouse, a finger or Enter.
    const canPaint = ([row, column]) => view.brush && view.panels.get(keyOf(place)).cells[row][column].editable;
    const paint = (cell) => onEdit(place, cell, view.brush.value);
    return {
      ...usual,
      onPoint: (cell) => {
        if (view.isDown && canPaint(cell)) paint(cell);
        usual.onPoint(cell);
        nameTerms({ ...place, cell });
      },
      onPress: (cell) => (canPaint(cell) ? paint(cell) : usual.onPress(cell)),
      onEdit: (cell, value) => onEdit(place, cell, value),
      mayEdit: (...asked) => !view.brush && usual.mayEdit(...asked),
    };
  };
  return { pin, handlers, has };
}

/** Outlines the cells of `terms` in every grid, with the weights at the far end. */
function mark(view, terms) {
  const selection = view.output && view.pin.selection();
  const isPool = core.isPool(view.layer);
  for (const [key, panel] of view.panels) {
    if (!panel.cells) continue;
    const linked = new Map();
    for (const term of terms) {
      const cell = core.cellOf(term, panel);
      if (cell) linked.set(String(cell), [cell, (linked.get(String(cell))?.[1] ?? 0) + term.factor]);
    }
    const found = [...linked.values()];
    const hasTags = selection && panel.role === FAR_END[selection.role] && view.tab !== "kernel_grad" && !view.hidden
      && !(isPool && found.every(([, weight]) => weight === 0));
    view.grids.get(key).grid.mark({
      current: selection && keyOf(selection) === key ? selection.cell : null,
      linked: found.map(([cell]) => cell), pinned: view.pin.isPinned(),
      tags: hasTags ? found.map(([, weight]) => format(weight, isPool ? 2 : 3)) : null,
    });
  }
}
