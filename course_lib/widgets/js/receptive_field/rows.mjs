// What the table and the note under it say of each layer, and how sure that is.
import * as core from "../core/receptive_field.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/receptive_field.mjs";

const AXES = [0, 1];
const sureOf = (chain, layer) => (AXES.some((axis) => core.hasGaps(chain, axis, layer)) ? "gaps" : "exact");
const sizeOf = (pair) => (pair === null ? words.nothing : pair === "all" ? words.all : words.cellSize(pair));
const centreOf = (pair) => pair?.map((each) => format(each)).join(", ") ?? words.nothing;

/** A row of texts for each layer of a chain: nothing from the first faulty one on, and no fields while hidden. */
export function chainRows({ draft, problems }, isHidden) {
  const levels = AXES.map((axis) => core.levels(draft, axis));
  const faults = problems.map(({ at }) => at ?? 0);
  const known = Math.min(...faults, draft.layers.length);
  return draft.layers.map((layer, index) => {
    const pair = (measure) => (index < known ? AXES.map((axis) => measure(levels[axis][index + 1])) : null);
    const told = (text) => (isHidden && index < known ? words.hidden : text);
    return {
      name: layer.name, window: words.windowText(layer), isFaulty: faults.includes(index),
      size: sizeOf(pair(({ size }) => size)), sees: told(sizeOf(pair(core.sees))),
      step: told(sizeOf(pair(({ step }) => step))), centre: told(centreOf(pair((level) => core.centre(level)))),
      sure: told(index < known ? words.sure[sureOf(draft, index)] : words.nothing),
    };
  });
}

const sureOfRow = (isChain, sees) => (sees === null ? "unknown" : sees === "all" ? "all" : isChain ? "exact" : "bound");

/** The same for the rows of a profile. */
export const profileRows = ({ profile, chain }) => profile.rows.map(([name, window, size, sees, step, centre]) => ({
  name, window, size: sizeOf(size), sees: sizeOf(sees), step: sizeOf(step), centre: centreOf(centre),
  sure: words.sure[sureOfRow(chain, sees)],
}));

/** How sure the numbers of the chosen layer are, and why; what belongs to the preset. */
export function notes({ state: { layer, profile, chain }, draft }, preset) {
  if (!profile) return [words.why[sureOf(draft, layer)](draft.layers[layer].name), words.presetNotes[preset] ?? ""];
  const [name, , , sees] = profile.rows[layer];
  const from = profile.rows.slice(0, layer + 1).findLast((row) => row[6])?.[0];
  return [words.why[sureOfRow(chain, sees)](name, from), words.folded, profile.more ? words.more(profile.more) : ""];
}
