// What the table and the note under it say of each layer, and how sure that is.
import { byName } from "../core/arrays.mjs";
import * as core from "../core/receptive_field.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/receptive_field.mjs";

const ASKED = ["sees", "step", "centre", "sure"]; // by a task
const sizeOf = (pair) => (pair === "all" ? words.all : pair ? words.cellSize(pair) : words.nothing);

/** A row of texts; what is null is not known. */
const rowOf = ({ size, sees, step, centre, sure, ...rest }) => ({
  ...rest, size: sizeOf(size), sees: sizeOf(sees), step: sizeOf(step),
  centre: centre?.map((each) => format(each)).join(", ") ?? words.nothing, sure: words.sure[sure] ?? words.nothing,
});

const sureOf = (chain, layer) => (core.AXES.some((axis) => core.hasGaps(chain, axis, layer)) ? "gaps" : "exact");

/** A row of texts for each layer of a chain: nothing from the first faulty one on, and no fields while hidden. */
export function chainRows({ draft, problems }, isHidden) {
  const levels = core.AXES.map((axis) => core.levels(draft, axis));
  const faults = problems.map(({ at }) => at ?? 0);
  const known = Math.min(...faults, draft.layers.length);
  return draft.layers.map((layer, index) => {
    const row = { name: layer.name, window: words.windowText(layer), isFaulty: faults.includes(index) };
    if (index >= known) return rowOf(row);
    const pair = (measure) => levels.map((along) => measure(along[index + 1]));
    const told = rowOf({
      ...row, size: pair(({ size }) => size), sees: pair(core.sees), step: pair(({ step }) => step),
      centre: pair((level) => core.centre(level)), sure: sureOf(draft, index),
    });
    return isHidden ? { ...told, ...byName(ASKED, () => words.hidden) } : told;
  });
}

const sureOfRow = (isChain, sees) => (sees === null ? "unknown" : sees === "all" ? "all" : isChain ? "exact" : "bound");

/** The same for the rows of a profile. */
export const profileRows = ({ profile, chain }) => profile.rows.map(([name, window, size, sees, step, centre]) => (
  rowOf({ name, window, size, sees, step, centre, sure: sureOfRow(chain, sees) })));

/** How sure the numbers of the chosen layer are, and why; what belongs to the preset. */
export function notes({ state: { layer, profile, chain }, draft }, preset) {
  if (!profile) return [words.why[sureOf(draft, layer)](draft.layers[layer].name), words.presetNote(preset)];
  const [name, , , sees] = profile.rows[layer];
  const from = profile.rows.slice(0, layer + 1).findLast((row) => row[6])?.[0];
  return [words.why[sureOfRow(chain, sees)](name, from), words.folded, profile.more ? words.more(profile.more) : ""];
}
