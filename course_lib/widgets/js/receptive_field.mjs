// The view of receptive fields: a chain of layers that is edited, or the rows of a profile; the input and the map of
// the chosen layer; what a unit sees and what a pixel reaches. State: see course_lib/widgets/receptive_field.py.
import * as core from "./core/receptive_field.mjs";
import { createEditor } from "./receptive_field/editor.mjs";
import { createPicture } from "./receptive_field/picture.mjs";
import { chainRows, notes, profileRows } from "./receptive_field/rows.mjs";
import { rules } from "./receptive_field/rule.mjs";
import { createTable } from "./receptive_field/table.mjs";
import { createTask, verdictOf } from "./receptive_field/task.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import style from "./styles/receptive_field.css";
import words from "./words/receptive_field.mjs";

const FIELDS = ["layers", "input", "profile", "chain", "layer", "unit", "effective", "goal"];
const AXES = [0, 1];

function render({ model, el }) {
  const view = { model, say: () => {} };
  const initial = read(model);
  view.given = initial;
  view.editor = createEditor({
    hasGiven: presetOf(initial) === "given",
    onValue: (target, axes, value) => edit(view, core.withValue(view.draft, target, axes, value), target),
    onPreset: (name) => choosePreset(view, name),
    onName: (text) => rename(view, text),
    onSquare: (isOn) => makeSquare(view, isOn),
    onMove: (what) => move(view, what),
    onReset: () => adopt(view, initial),
  });
  view.table = createTable({ onChoose: (layer) => chooseLayer(view, layer) });
  view.picture = createPicture({
    onSelect: (selection, isPinned) => select(view, selection, isPinned),
    onLetGo: () => {
      view.pinned = false;
      drawPicture(view);
    },
    onShade: (shade) => {
      view.shade = shade;
      drawPicture(view);
    },
    onGoThere: () => {
      view.state.unit = view.state.effective.unit;
      chooseLayer(view, view.state.effective.layer);
    },
  });
  view.task = createTask({
    onGoal: (goal) => setGoal(view, goal),
    onCheck: () => {
      view.isChecked = true;
      view.say(verdictOf(view.draft, view.goal));
      draw(view);
    },
  });
  view.refusal = h("div", { class: "rf-refusal", hidden: true });
  view.note = h("p", { class: "cw-note" });
  view.asked = h("p", { class: "cw-note rf-asked" }, words.asked);
  view.ruleTitle = h("p", { class: "cw-caption" });
  view.rule = h("div", {});
  view.sizes = h("div", { class: "cw-sizes" }, view.ruleTitle, view.rule);
  const frame = createFrame(el, { name: "receptive_field", label: words.receptiveField, style },
    view.editor.element, view.task.element, view.table.element, view.note, view.editor.layerPanel, view.refusal,
    view.asked, view.picture.element, view.sizes, h("p", { class: "cw-help" }, words.help));
  adopt(view, initial);
  view.say = frame.say;
  const fromModel = () => {
    if (!view.isPublishing) adopt(view, read(model));
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    frame.stop();
  };
}

export default { render };

const read = (model) => Object.fromEntries(FIELDS.map((field) => [field, model.get(field)]));
const clamp = (index, last) => Math.min(Math.max(index, 0), last);
const chainOf = ({ input, layers }) => ({ input, layers });

function presetOf({ profile, layers, input }) {
  if (profile) return "given";
  const same = (name) => JSON.stringify(core.preset(name)) === JSON.stringify({ input, layers });
  return core.PRESET_NAMES.find(same) ?? "given";
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside: of the model, of a preset, or as it was at first. */
function adopt(view, state) {
  view.state = { ...state };
  view.goal = state.goal;
  view.isChecked = false;
  view.selection = { end: "map", cell: state.unit };
  view.pinned = false;
  view.shade = state.effective ? "measured" : state.profile ? "none" : "paths";
  view.linked = JSON.stringify(core.squared(chainOf(state))) === JSON.stringify(chainOf(state));
  change(view, chainOf(state), null);
}

/** Shows `draft`; where it is legal, it becomes the model's state. */
function change(view, draft, changed) {
  view.draft = draft;
  const { state } = view;
  state.layer = clamp(state.layer, (state.profile ? state.profile.rows : draft.layers).length - 1);
  view.problems = state.profile ? [] : core.problems(draft, changed, view.linked).map((problem) => ({
    ...problem, layerName: draft.layers[problem.at]?.name,
    nearest: problem.nearest ?? (problem.reason === "range" ? lastLegal(view, problem) : null),
  }));
  if (view.problems.length === 0) {
    view.legal = draft;
    Object.assign(state, draft);
    const size = mapSize(view);
    state.unit = state.unit.map((at, axis) => clamp(at, size[axis] - 1));
    const isGoal = Number.isInteger(view.goal) && view.goal >= 1 && view.goal <= Math.min(...draft.input);
    if (view.goal === null || isGoal) state.goal = view.goal;
    else if (state.goal !== null) state.goal = Math.min(state.goal, ...draft.input);
    publish(view);
  }
  draw(view);
}

/** A text that is no number has no nearest one: the last legal value is offered. */
function lastLegal({ legal }, { layer, part, axis }) {
  return (layer === null ? legal.input : legal.layers[layer]?.[part])?.[axis] ?? core.LIMITS[part][0];
}

function publish(view) {
  const { model, state } = view;
  const changed = FIELDS.filter((field) => JSON.stringify(state[field]) !== JSON.stringify(model.get(field)));
  view.isPublishing = true; // `set` calls our own listeners
  for (const field of changed) model.set(field, state[field]);
  view.isPublishing = false;
  if (changed.length) model.save_changes();
}

/** An edit of the reader's: the numbers of a task hide again. */
function edit(view, draft, target) {
  view.isChecked = false;
  view.pinned = false;
  change(view, draft, target);
  const [problem] = view.problems;
  if (problem) view.say(words.problem[problem.reason](problem));
  else if (!isHidden(view)) view.say(words.changed(chainRows(view, false)[view.state.layer]));
}

function choosePreset(view, name) {
  if (name === "given") return adopt(view, view.given);
  if (name === "own") return draw(view);
  const chain = core.preset(name);
  const layer = chain.layers.length - 1;
  const unit = AXES.map((axis) => Math.floor(core.levels(chain, axis).at(-1).size / 2));
  return adopt(view, { ...view.state, ...chain, profile: null, chain: false, layer, unit, effective: null });
}

function rename(view, text) {
  const { layer } = view.state;
  const layers = view.draft.layers.map((each, index) => (
    index === layer && text.trim() ? { ...each, name: text.trim() } : each));
  change(view, { ...view.draft, layers }, null);
}

function makeSquare(view, isOn) {
  view.linked = isOn;
  edit(view, isOn ? core.squared(view.draft) : view.draft, null);
}

function move(view, what) {
  const layers = [...view.draft.layers];
  const at = view.state.layer;
  if (what === "add") {
    layers.splice(at + 1, 0, core.layerOf(freeName(layers), { kernel: 3, stride: 1, padding: 1, dilation: 1 }));
  } else if (what === "remove") layers.splice(at, 1);
  else layers.splice(at + (what === "up" ? -1 : 1), 0, ...layers.splice(at, 1));
  view.state.layer = { add: at + 1, remove: Math.max(at - 1, 0), up: at - 1, down: at + 1 }[what];
  edit(view, { ...view.draft, layers }, null);
  middle(view);
}

function freeName(layers) {
  const taken = new Set(layers.map(({ name }) => name));
  let number = layers.length + 1;
  while (taken.has(`layer${number}`)) number += 1;
  return `layer${number}`;
}

function setGoal(view, goal) {
  view.goal = goal;
  view.isChecked = false;
  change(view, view.draft, null);
}

// ---- layers -------------------------------------------------------------------------------------

const names = ({ state, draft }) => (state.profile ? state.profile.rows.map(([path]) => path)
  : draft.layers.map(({ name }) => name));

/** The level of a layer along one axis; null where what it sees is not known. */
function levelAt({ state, draft }, layer, axis) {
  if (state.profile) return core.levelOf(state.profile.rows[layer], state.input, axis);
  return core.levels(draft, axis)[layer + 1];
}

function mapSize(view) {
  const { layer, profile } = view.state;
  if (profile) return profile.rows[layer][2] ?? [1, 1];
  return AXES.map((axis) => levelAt(view, layer, axis).size);
}

const isHidden = (view) => view.goal !== null && !view.isChecked;

function chooseLayer(view, layer) {
  view.state.layer = layer;
  middle(view);
  view.say(words.layerHead(names(view)[layer]));
}

/** Looks from the middle of the chosen map, or from the unit where a field was measured. */
function middle(view) {
  if (view.problems.length) return draw(view);
  const { effective, layer } = view.state;
  const size = mapSize(view);
  const isThere = effective?.layer === layer && isMeasured(view, effective.unit);
  view.state.unit = isThere ? effective.unit : size.map((side) => Math.floor(side / 2));
  view.selection = { end: "map", cell: view.state.unit };
  view.pinned = false;
  publish(view);
  return draw(view);
}

/** Whether the measured field belongs to `unit` of the chosen layer as the network now is. */
function isMeasured(view, unit) {
  const { effective, layer } = view.state;
  if (!effective || effective.layer !== layer || String(effective.unit) !== String(unit)) return false;
  const levels = AXES.map((axis) => levelAt(view, layer, axis));
  if (levels.includes(null)) return effective.window === null;
  const windows = levels.map((level, axis) => core.windowOf(level, unit[axis]));
  return String(effective.window) === String([windows[0][0], windows[1][0], windows[0][1], windows[1][1]]);
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  const { state, draft, problems, linked } = view;
  const hidden = isHidden(view);
  const preset = presetOf({ ...draft, profile: state.profile });
  const isGiven = JSON.stringify({ ...draft, profile: state.profile })
    === JSON.stringify({ ...chainOf(view.given), profile: view.given.profile });
  view.editor.show({
    chain: draft, layer: state.layer, problems, linked, most: core.MAX_LAYERS, isGraph: Boolean(state.profile),
    preset: preset === "given" && !isGiven ? "own" : preset,
  });
  view.task.element.hidden = Boolean(state.profile);
  view.task.show({
    goal: view.goal, most: Math.min(...state.input), isLegal: problems.length === 0,
    verdict: view.goal !== null && view.isChecked && problems.length === 0 ? verdictOf(draft, view.goal) : "",
  });
  view.table.show(state.profile ? profileRows(view) : chainRows(view, hidden), state.layer);
  drawRefusal(view);
  const isShown = problems.length === 0 && !hidden;
  view.asked.hidden = !hidden || problems.length > 0;
  view.picture.element.hidden = !isShown;
  view.sizes.hidden = !isShown || Boolean(state.profile);
  view.note.textContent = isShown ? notes(view, preset).join(" ") : "";
  if (!isShown) return;
  view.ruleTitle.textContent = words.ruleTitle(names(view)[state.layer]);
  if (!state.profile) {
    view.rule.replaceChildren(...rules(draft, state.layer, AXES.map((axis) => core.levels(draft, axis))));
  }
  const size = mapSize(view);
  if (view.selection.end === "map") view.selection.cell = state.unit.map((at, axis) => clamp(at, size[axis] - 1));
  else view.selection.cell = view.selection.cell.map((at, axis) => clamp(at, state.input[axis] - 1));
  drawPicture(view);
}

function drawRefusal(view) {
  const [problem] = view.problems;
  view.refusal.hidden = !problem;
  view.refusal.replaceChildren();
  if (!problem) return;
  const { layer, part, axes, nearest } = problem;
  view.refusal.append(h("p", { class: "cw-refusal" }, words.none(words.problem[problem.reason](problem))));
  const layerName = layer === null ? null : view.draft.layers[layer].name;
  if (nearest !== null) {
    view.refusal.append(h("button", {
      class: "cw-button", type: "button",
      onclick: () => edit(view, core.withValue(view.draft, { layer, part }, axes, nearest), { layer, part }),
    }, words.useFor(nearest, part, layerName)));
  } else view.refusal.append(words.noneMends);
}

// ---- selection ----------------------------------------------------------------------------------

/** The pointer or the focus came to a unit or a pixel (a pinned one stays), or it was pressed. */
function select(view, selection, isPinned) {
  if (!isPinned && view.pinned) return;
  const isSame = JSON.stringify(selection) === JSON.stringify(view.selection);
  view.pinned = isPinned && !(view.pinned && isSame);
  view.selection = selection;
  if (selection.end === "map") {
    view.state.unit = selection.cell;
    if (isPinned) publish(view);
  }
  drawPicture(view, true);
}

function drawPicture(view, isSpoken = false) {
  const { state, draft, selection, pinned } = view;
  const said = view.picture.show({
    chain: state.profile ? null : draft, input: state.input, name: names(view)[state.layer], layer: state.layer,
    levels: AXES.map((axis) => levelAt(view, state.layer, axis)), mapSize: mapSize(view), selection, pinned,
    names: names(view), isBound: Boolean(state.profile) && !state.chain, shade: view.shade, effective: state.effective,
    measured: selection.end === "map" && isMeasured(view, selection.cell),
    isStale: Boolean(state.effective) && JSON.stringify(draft) !== JSON.stringify(chainOf(view.given)),
    effectiveName: state.effective && names(view)[state.effective.layer],
  });
  if (isSpoken) view.say(pinned ? words.pinned(said) : said);
}
