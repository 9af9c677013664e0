// The view of receptive fields: a chain of layers that is edited, or the rows of a profile; the input and the map of
// the chosen layer; what a unit sees and what a pixel reaches. State: see course_lib/widgets/receptive_field.py.
import { clamp, isSame } from "./core/arrays.mjs";
import * as core from "./core/receptive_field.mjs";
import { isWhole } from "./core/window.mjs";
import { createEditor } from "./receptive_field/editor.mjs";
import { createPicture } from "./receptive_field/picture.mjs";
import { chainRows, notes, profileRows } from "./receptive_field/rows.mjs";
import { rules } from "./receptive_field/rule.mjs";
import { createTable } from "./receptive_field/table.mjs";
import { createTask, verdictOf } from "./receptive_field/task.mjs";
import { corners } from "./receptive_field/trace.mjs";
import { button, h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { createRefusal } from "./ui/problem.mjs";
import css from "./styles/receptive_field.css";
import words from "./words/receptive_field.mjs";

const GIVEN = ["layers", "input", "profile", "effective"];
const FIELDS = [...GIVEN, "chain", "layer", "unit", "goal"];

function render({ model, el }) {
  const view = { say: (text) => view.frame?.say(text) };
  view.model = bindModel(model, FIELDS, (state) => {
    // Another network, or another measured field, is what Reset goes back to, and what a field was measured on.
    if (GIVEN.some((field) => !isSame(state[field], view.state[field]))) view.given = state;
    adopt(view, state);
  });
  view.given = view.model.read();
  view.editor = createEditor({
    onValue: (target, axes, value) => edit(view, core.withValue(view.draft, target, axes, value), target),
    onPreset: (name) => choosePreset(view, name),
    onName: (text) => rename(view, text),
    onSquare: (isOn) => {
      view.isSquare = isOn;
      edit(view, isOn ? core.squared(view.draft) : view.draft, null);
    },
    onMove: (what) => move(view, what),
    onReset: () => {
      view.picture.start();
      adopt(view, view.given);
    },
  });
  view.table = createTable({ onChoose: (layer) => chooseLayer(view, layer) });
  view.picture = createPicture({
    say: view.say,
    onPin: (selection) => {
      if (selection?.end !== "map") return;
      view.state.unit = selection.cell;
      view.model.write(view.state);
    },
    onShade: (shade) => {
      view.shade = shade;
      drawPicture(view);
    },
    onGoThere: () => chooseLayer(view, view.state.effective.layer),
  });
  view.task = createTask({
    onGoal: (goal) => {
      Object.assign(view, { goal, isChecked: false });
      change(view, view.draft, null);
    },
    onCheck: () => {
      view.isChecked = true;
      view.say(verdictOf(view.draft, view.goal));
      draw(view);
    },
  });
  view.refusal = createRefusal(words, view.say);
  view.note = h("p", { class: "cw-note" });
  view.sizes = h("div", { class: "cw-sizes" });
  view.frame = createFrame(el, { name: "receptive_field", label: words.receptiveField, style: css },
    view.editor.element, view.task.element, view.table.element, view.note, view.editor.layerPanel, view.refusal.element,
    view.picture.element, view.sizes, h("p", { class: "cw-help" }, words.help));
  adopt(view, view.given);
  return () => {
    for (const part of [view.model, view.frame]) part.stop();
  };
}

export default { render };

const chainOf = ({ input, layers }) => ({ input, layers });

/** The name of the preset that the network is, "given" or else "own". */
function presetOf({ state, draft, given }) {
  const found = !state.profile && core.PRESET_NAMES.find((name) => isSame(core.preset(name), draft));
  const now = { ...state, ...draft };
  return found || (GIVEN.every((field) => isSame(now[field], given[field])) ? "given" : "own");
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside: of the model, of a preset, or as it was given. */
function adopt(view, state) {
  const chain = chainOf(state);
  Object.assign(view, {
    state: { ...state }, goal: state.goal, isChecked: false,
    shade: state.effective ? "measured" : state.profile ? "none" : "paths",
    isSquare: isSame(core.squared(chain), chain),
  });
  change(view, chain, null, state.unit);
}

/** Shows `draft`, from `unit` or the "middle" if there is one; where it is legal, it becomes the model's state. */
function change(view, draft, changed, unit = null) {
  Object.assign(view, { draft, changed });
  const { state } = view;
  state.layer = clamp(state.layer, 0, namesOf(view).length - 1);
  view.problems = state.profile ? [] : core.problems(draft, changed, view.isSquare).map((problem) => ({
    ...problem, layerName: draft.layers[problem.at]?.name, nearest: problem.nearest ?? lastLegal(state, problem),
  }));
  if (!view.problems.length) {
    Object.assign(state, draft);
    const most = Math.min(...draft.input);
    if (view.goal === null || isWhole(view.goal, [1, most])) state.goal = view.goal;
    else if (state.goal !== null) state.goal = Math.min(state.goal, most);
    const from = unit === "middle" ? middleOf(view) : unit ?? state.unit;
    state.unit = from.map((at, axis) => clamp(at, 0, fieldOf(view).mapSize[axis] - 1));
    view.model.write(state);
  }
  draw(view, unit && state.unit);
}

/** A text that is no number has no nearest one: the last legal value is offered. */
const lastLegal = (state, problem) => (
  problem.reason === "range" ? core.valueOf(state, problem)?.[problem.axis] ?? core.LIMITS[problem.part][0] : null);

/** An edit of the reader's: the numbers of a task hide again. */
function edit(view, draft, target, unit = null) {
  view.isChecked = false;
  change(view, draft, target, unit);
  sayLayer(view);
}

function sayLayer({ problems, rows, state, say }) {
  if (!problems.length) say(words.changed(rows[state.layer])); // or the refusal has spoken
}

function choosePreset(view, name) {
  if (name === "given") return adopt(view, view.given);
  if (name === "own") return draw(view);
  const fresh = { profile: null, chain: false, layer: Infinity, unit: "middle", effective: null };
  return adopt(view, { ...view.state, ...core.preset(name), ...fresh });
}

function rename(view, text) {
  if (!text.trim()) return;
  const name = (each, index) => (index === view.state.layer ? { ...each, name: text.trim() } : each);
  change(view, { ...view.draft, layers: view.draft.layers.map(name) }, null);
}

function move(view, what) {
  const layers = [...view.draft.layers];
  const at = view.state.layer;
  const to = { add: at + 1, remove: Math.max(at - 1, 0), up: at - 1, down: at + 1 }[what];
  if (what === "add") {
    layers.splice(to, 0, core.layerOf(`layer${layers.length + 1} 3 1 1`));
  } else {
    const [taken] = layers.splice(at, 1);
    if (what !== "remove") layers.splice(to, 0, taken);
  }
  view.state.layer = to;
  edit(view, { ...view.draft, layers }, null, "middle");
}

// ---- layers -------------------------------------------------------------------------------------

const namesOf = ({ state, draft }) => (state.profile ? state.profile.rows.map(([path]) => path)
  : draft.layers.map(({ name }) => name));

/**
 * What is behind the chosen layer: { chain, layer, levels, mapSize }, the first null where it is not known. One layer
 * stands for all of a profile up to the chosen one.
 */
function fieldOf({ state, draft }) {
  const row = state.profile?.rows[state.layer];
  const chain = row ? core.chainOfRow(row, state.input) : draft;
  const layer = row ? 0 : state.layer;
  const levels = chain && core.AXES.map((axis) => core.levels(chain, axis)[layer + 1]);
  return { chain, layer, levels, mapSize: levels?.map(({ size }) => size) ?? row[2] ?? [1, 1] };
}

function chooseLayer(view, layer) {
  view.state.layer = layer;
  change(view, view.draft, view.changed, "middle");
  sayLayer(view);
}

/** The unit in the middle of the chosen map, or that of which a field was measured. */
function middleOf(view) {
  const { effective, layer } = view.state;
  return effective?.layer === layer && isMeasured(view, effective.unit) ? effective.unit
    : fieldOf(view).mapSize.map((side) => side >> 1);
}

/** Whether the measured field belongs to `unit` of the chosen layer as the network now is. */
function isMeasured(view, unit) {
  const { effective, layer } = view.state;
  if (effective?.layer !== layer || !isSame(effective.unit, unit)) return false;
  const { levels } = fieldOf(view);
  return isSame(effective.window, levels && corners(levels.map((level, axis) => core.windowOf(level, unit[axis]))));
}

// ---- drawing ------------------------------------------------------------------------------------

/** Draws everything; the picture from `unit`, or null: from where it looked. */
function draw(view, unit = null) {
  const { state, draft, problems } = view;
  const isGraph = Boolean(state.profile);
  const isLegal = !problems.length;
  const preset = presetOf(view);
  view.editor.show(view, isGraph, preset);
  view.task.element.hidden = isGraph;
  view.task.show(view, isLegal);
  const isHidden = view.goal !== null && !view.isChecked;
  view.rows = isGraph ? profileRows(state) : chainRows(view, isHidden);
  view.table.show(view.rows, state.layer);
  drawRefusal(view);
  const isShown = isLegal && !isHidden;
  view.picture.element.hidden = !isShown;
  view.sizes.hidden = !isShown || isGraph;
  view.note.textContent = isShown ? notes(view, preset).join(" ") : isLegal ? words.asked : "";
  if (isLegal) drawPicture(view, unit);
  if (view.sizes.hidden) return;
  view.sizes.replaceChildren(h("p", { class: "cw-caption" }, words.ruleTitle(draft.layers[state.layer].name)),
    ...rules(draft, state.layer, core.AXES.map((axis) => core.levels(draft, axis))));
}

function drawRefusal(view) {
  const [problem] = view.problems;
  if (!view.refusal.show(problem)) return;
  const { layer, part, axes, nearest } = problem;
  const use = () => {
    edit(view, core.withValue(view.draft, problem, axes, nearest), problem);
    view.table.focus(); // the button is gone
  };
  const name = view.draft.layers[layer]?.name;
  view.refusal.element.append(" ", nearest === null ? words.noneMends : button(words.useFor(nearest, part, name), use));
}

function drawPicture(view, unit = null) {
  const { state, draft, given, shade } = view;
  const names = namesOf(view);
  const isGraph = Boolean(state.profile);
  const name = names[state.layer];
  view.picture.show({
    ...state, ...fieldOf(view), name, names: isGraph ? [name] : names, isGraph, shade, isBound: isGraph && !state.chain,
    measuredAt: state.effective && words.cell(names[state.effective.layer], state.effective.unit),
    isMeasured: (cell) => isMeasured(view, cell), isStale: !isSame(draft, chainOf(given)),
  }, unit);
}
