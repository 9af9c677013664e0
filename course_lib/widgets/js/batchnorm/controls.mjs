// The settings of the batch and of the block: numbers, choices, and what is wrong with each.
import { LIMITS, divisors } from "../core/batchnorm.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createFields } from "../ui/fields.mjs";
import words from "../words/batchnorm.mjs";

const BATCH = ["N", "C", "momentum"];
const BLOCK = ["num_groups", "block_N", "block_C", "block_H", "block_W"];

/** { element, show(draft, problems) }. `onChange(changes)`, `onReset()`; `legal()` is the state that the model has. */
export function createControls({ onChange, onReset, legal }) {
  let draft = null;
  const fields = createFields(LIMITS, words, (name, value) => onChange({ [name]: value }), {
    eps: { step: "any", stops: () => [0, 1e-5, 1e-3, 0.01, 0.1, 1, 10, 100] },
    momentum: { step: "any", stops: () => [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1] },
    num_groups: { stops: () => divisors(draft.block_C) },
  });
  const choice = (label, options, onChoose) => createChoice({ label, options, onChoose });
  const mode = choice(words.mode, words.modes, (value) => onChange({ training: value === "train" }));
  // What was wrong with a number that the new norm hides is forgotten.
  const norm = choice(words.norm, words.norms, (value) => onChange({ norm: value, num_groups: legal().num_groups }));
  const shows = choice(words.shows, words.showing, (value) => onChange({ shows: value }));
  const cumulative = createCheckbox({
    label: words.cumulative, help: words.cumulativeHelp, onChange: (isOn) => onChange({ momentum: isOn ? null : 0.1 }),
  });
  const element = h("div", { class: "cw-controls" }, mode.element, norm.element, ...fields.elements,
    shows.element, h("div", { class: "cw-switches" }, cumulative.element, button(words.reset, onReset)));
  const show = (given, problems) => {
    draft = given;
    const isBlock = draft.view === "slices";
    const hidden = [
      ...(isBlock ? BATCH : BLOCK), draft.norm !== "group" && "num_groups", draft.momentum === null && "momentum",
    ];
    fields.show(draft, problems, Object.keys(LIMITS).filter((name) => !hidden.includes(name)));
    mode.element.hidden = isBlock || draft.view === "eval"; // that view shows both modes
    norm.element.hidden = shows.element.hidden = !isBlock;
    cumulative.element.hidden = isBlock;
    mode.show(draft.training ? "train" : "eval");
    norm.show(draft.norm);
    shows.show(draft.shows);
    cumulative.show(draft.momentum === null);
  };
  return { element, show };
}
