// The settings of the batch and of the block: numbers, choices, and what is wrong with each.
import { LIMITS, divisors } from "../core/batchnorm.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { messageOf } from "../ui/problem.mjs";
import words from "../words/batchnorm.mjs";

const BATCH = ["N", "C", "momentum"];
const BLOCK = ["num_groups", "block_N", "block_C", "block_H", "block_W"];
const STOPS = {
  eps: () => [0, 1e-5, 1e-3, 0.01, 0.1, 1, 10, 100],
  momentum: () => [0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1],
  num_groups: ({ block_C }) => divisors(block_C),
};

/** { element, show(draft, problems) }. `onChange(changes)`, `onReset()`; `legal()` is the state that the model has. */
export function createControls({ onChange, onReset, legal }) {
  let draft = null;
  const field = (name) => {
    const [min, sliderMax] = LIMITS[name];
    const stops = STOPS[name];
    const made = createNamedField({
      label: words.parameters[name] ?? name, min, sliderMax, onInput: (value) => onChange({ [name]: value }),
      stops: stops ? () => stops(draft) : null, step: BATCH.slice(2).concat("eps").includes(name) ? "any" : 1,
    });
    made.element.dataset.name = name;
    return [name, made];
  };
  const fields = Object.fromEntries([...BATCH, ...BLOCK, "eps"].map(field));
  const choice = (label, options, onChoose) => createChoice({ label, options, onChoose });
  const mode = choice(words.mode, words.modes, (value) => onChange({ training: value === "train" }));
  // What was wrong with a number that the new norm hides is forgotten.
  const norm = choice(words.norm, words.norms, (value) => onChange({ norm: value, num_groups: legal().num_groups }));
  const shows = choice(words.shows, words.showing, (value) => onChange({ shows: value }));
  const cumulative = createCheckbox({
    label: words.cumulative, help: words.cumulativeHelp, onChange: (isOn) => onChange({ momentum: isOn ? null : 0.1 }),
  });
  const element = h("div", { class: "cw-controls" }, mode.element, norm.element,
    ...Object.values(fields).map((each) => each.element), shows.element,
    h("div", { class: "cw-switches" }, cumulative.element, button(words.reset, onReset)));
  const show = (given, problems) => {
    draft = given;
    const isBlock = draft.view === "slices";
    const use = ({ parameter, nearest }) => onChange({ [parameter]: nearest });
    for (const [name, { element: group, show: paint }] of Object.entries(fields)) {
      group.hidden = (isBlock ? BATCH : BLOCK).includes(name);
      paint(draft[name], messageOf(problems.find(({ parameter }) => parameter === name), words, use));
    }
    if (draft.norm !== "group") fields.num_groups.element.hidden = true;
    if (draft.momentum === null) fields.momentum.element.hidden = true;
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
