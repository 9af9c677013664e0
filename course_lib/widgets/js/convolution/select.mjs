// Pointing, pinning and letting go: everything that takes part in the products of one cell is outlined and told.
import * as core from "../core/convolution.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/convolution.mjs";
import { tell } from "./story.mjs";

// Where the terms of a cell end, on which they show their weight in a corner.
const FAR_END = { input: "output", output: "input", upstream: "gradInput", gradInput: "upstream" };

const keyOf = ({ role, slice }) => `${role}:${slice}`;
const isSame = (one, other) => one && keyOf(one) === keyOf(other) && String(one.cell) === String(other.cell);

/** What NumberGrid wants to know for the panel `place`, { role, slice }; `onEdit(place, cell, value)`. */
export function gridHandlers(view, place, onEdit) {
  const here = (cell) => ({ ...place, cell });
  const canPaint = ([row, column]) => view.brush && view.panels.get(keyOf(place)).cells[row][column].editable;
  return {
    onPoint: (cell) => {
      if (view.isDown && canPaint(cell)) onEdit(place, cell, view.brush.value);
      point(view, here(cell));
    },
    onPress: (cell) => {
      if (canPaint(cell)) return onEdit(place, cell, view.brush.value);
      view.pinned = !(view.pinned && isSame(view.selection, here(cell)));
      return select(view, here(cell));
    },
    onEscape: () => (view.pinned ? letGo(view) : select(view, null)),
    onEdit: (cell, value) => onEdit(place, cell, value),
    // A finger has no hover: its first tap looks, its second changes.
    mayEdit: (cell, pointerType) => !view.brush
      && (pointerType !== "touch" || (view.pinned && isSame(view.selection, here(cell)))),
  };
}

/** The pointer or the focus came to a cell; a pinned selection stays, and the cell is only named. */
function point(view, selection) {
  if (!view.pinned) return select(view, selection);
  const { name, text } = view.panels.get(keyOf(selection)).cells[selection.cell[0]][selection.cell[1]];
  nameTerms(view, selection);
  return view.say(words.outlined(name, text, view.grids.get(keyOf(selection)).grid.isLinked(selection.cell)));
}

/** Underlines the products in the sentence in which a cell takes part. */
function nameTerms(view, selection) {
  for (const element of view.sentence.querySelectorAll(".cw-term")) {
    const isMeant = element.term && String(core.cellOf(element.term, selection)) === String(selection.cell);
    element.classList.toggle("is-named", Boolean(isMeant));
  }
}

export function letGo(view) {
  view.pinned = false;
  select(view, view.selection);
}

export function select(view, selection) {
  const panel = selection && view.panels.get(keyOf(selection));
  const isThere = panel?.cells?.[selection.cell[0]]?.[selection.cell[1]];
  view.selection = isThere ? selection : null;
  view.pinned &&= Boolean(view.selection && view.output);
  view.unpin.hidden = !view.pinned;
  view.terms = view.selection && view.output ? core.connections(view.layer, view.shaped, view.selection) : [];
  mark(view, view.terms);
  if (!view.output || view.hidden === "size") return;
  const { spoken, shown } = view.selection ? tell(view, view.selection, view.terms) : { shown: [words.idle] };
  view.sentence.replaceChildren(...shown);
  if (spoken) view.say(view.pinned ? words.pinned(spoken) : spoken);
  view.onSelect();
}

/** Outlines the cells of `terms` in every grid, with the weights at the far end. */
export function mark(view, terms) {
  const { selection } = view;
  const isHiddenBy = (term) => core.isMax(view.layer) && term.factor === 0;
  for (const [key, panel] of view.panels) {
    if (!panel.cells) continue;
    const linked = new Map();
    for (const term of terms) {
      const cell = core.cellOf(term, panel);
      if (cell) linked.set(String(cell), { cell, factor: (linked.get(String(cell))?.factor ?? 0) + term.factor, term });
    }
    const found = [...linked.values()];
    const hasTags = selection && panel.role === FAR_END[selection.role] && view.tab !== "kernel_grad"
      && view.hidden !== "value"
      && !(core.isPool(view.layer) && found.every(({ term }) => isHiddenBy(term)));
    view.grids.get(key).grid.mark({
      current: selection && keyOf(selection) === key && view.output ? selection.cell : null,
      linked: found.map(({ cell }) => cell),
      tags: hasTags ? found.map(({ factor }) => format(factor, core.isPool(view.layer) ? 2 : 3)) : null,
      pinned: view.pinned,
    });
  }
}
