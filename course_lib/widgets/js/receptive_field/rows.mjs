// What the table and the note under it say of each layer, and how sure that is.
import * as core from "../core/receptive_field.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/receptive_field.mjs";

const AXES = [0, 1];
const holes = (chain, layer) => AXES.some((axis) => core.hasGaps(chain, axis, layer));

/** A row of texts for each layer of a chain: nothing from the first faulty one on, and no fields while hidden. */
export function chainRows({ draft, problems }, hidden) {
  const levels = AXES.map((axis) => core.levels(draft, axis));
  const faults = problems.map(({ at }) => at ?? 0);
  const known = Math.min(...faults, draft.layers.length);
  return draft.layers.map((layer, index) => {
    const both = (measure) => AXES.map((axis) => measure(levels[axis][index + 1]));
    const isKnown = index < known;
    const told = (text) => (!isKnown ? words.nothing : hidden ? words.hidden : text());
    return {
      name: layer.name, window: words.windowText(layer), isFaulty: faults.includes(index),
      size: isKnown ? words.cellSize(both(({ size }) => size)) : words.nothing,
      sees: told(() => words.cellSize(both(core.sees))), step: told(() => words.cellSize(both(({ step }) => step))),
      centre: told(() => both((level) => format(core.centre(level))).join(", ")),
      sure: told(() => words.sure[holes(draft, index) ? "gaps" : "exact"]),
    };
  });
}

const sureOf = (state, sees) => (sees === null ? "unknown" : sees === "all" ? "all" : state.chain ? "exact" : "bound");

/** The same for the rows of a profile. */
export function profileRows({ state }) {
  return state.profile.rows.map(([path, type, size, sees, step, centre]) => ({
    name: path, window: type, isFaulty: false, size: size ? words.cellSize(size) : words.nothing,
    sees: sees === null ? words.nothing : sees === "all" ? words.all : words.cellSize(sees),
    step: step ? words.cellSize(step) : words.nothing,
    centre: centre ? centre.map((each) => format(each)).join(", ") : words.nothing,
    sure: words.sure[sureOf(state, sees)],
  }));
}

/** How sure the numbers of the chosen layer are, and why; what belongs to the preset. */
export function notes({ state, draft }, preset) {
  const { layer, profile } = state;
  if (!profile) {
    const sure = holes(draft, layer) ? "gaps" : "exact";
    return [words.why[sure](draft.layers[layer].name), words.presetNotes[preset] ?? ""];
  }
  const [name, , , sees] = profile.rows[layer];
  const from = profile.rows.slice(0, layer + 1).findLast((row) => row[6])?.[0];
  return [words.why[sureOf(state, sees)](name, from), words.folded, profile.more ? words.more(profile.more) : ""];
}
