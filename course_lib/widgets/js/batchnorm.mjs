// The view of batch norm: one small batch normalised number by number, training against eval, the gradient, and one
// block cut into the slices of four norms. State: see core/batchnorm.mjs.
import * as core from "./core/batchnorm.mjs";
import { createCompare } from "./batchnorm/compare.mjs";
import { createBatchControls } from "./batchnorm/controls.mjs";
import { createSlices } from "./batchnorm/slices.mjs";
import { tell } from "./batchnorm/stories.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { NumberGrid } from "./ui/grid.mjs";
import { format } from "./ui/numbers.mjs";
import { createPlayer } from "./ui/player.mjs";
import { createTabs } from "./ui/tabs.mjs";
import style from "./styles/batchnorm.css";
import words from "./words/batchnorm.mjs";

const FIELDS = [
  "x", "weight", "bias", "running_mean", "running_var", "momentum", "eps", "training", "num_batches_tracked",
  "grad_output", "block", "norm", "num_groups", "view",
];
const PER_CHANNEL = { weight: 1, bias: 0, running_mean: 0, running_var: 1 }; // and what a new channel starts with
const ROWS = ["mean", "variance", "unbiased", "running_mean", "running_var", "weight", "bias"];
const GRIDS = { // of each view, and the one whose first number is told at the start
  values: ["x", ...ROWS, "normalised", "output"],
  eval: ["trained", "evaluated", "difference"],
  gradient: ["grad_output", "own", "shared", "projected", "grad_x", "grad_weight", "grad_bias"],
};
const FIRST = { values: "output", eval: "difference", gradient: "grad_x" };
const EDITABLE = ["x", "grad_output", ...Object.keys(PER_CHANNEL)];
const LAST_STEP = 100;
const FRESH = { running_mean: [0, 0, 0, 0], running_var: [1, 1, 1, 1], num_batches_tracked: 0 };

function render({ model, el }) {
  const initial = read(model);
  const view = { model, pinned: false, selection: null, grids: {}, panels: {}, batch: 0 };
  layOut(view, initial);
  const frame = createFrame(el, { name: "batchnorm", label: words.batchnorm, style },
    view.tabs.element, view.help);
  view.say = frame.say;
  adopt(view, initial);
  const fromModel = () => {
    if (!view.isPublishing) adopt(view, read(model));
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    view.player.stop();
    view.compare.stop();
    frame.stop();
  };
}

export default { render };

const read = (model) => Object.fromEntries(FIELDS.map((field) => [field, model.get(field)]));
const button = (text, onclick) => h("button", { class: "cw-button", type: "button", onclick }, text);

// ---- layout -------------------------------------------------------------------------------------

function layOut(view, initial) {
  view.help = h("p", { class: "cw-help" });
  view.tabs = createTabs({ label: words.views, tabs: words.view, onChoose: (name) => change(view, { view: name }) });
  const onReset = () => adopt(view, initial);
  const onValue = (name, value) => change(view, { [name]: value });
  view.controls = createBatchControls({ onValue, onReset });
  view.slices = createSlices({
    onValue, onReset, onBlock: (block) => change(view, { largest: block }), say: (text) => view.say(text),
  });
  for (const name of Object.values(GRIDS).flat()) makePanel(view, name);
  view.refusal = h("div", { class: "cw-refusal" });
  view.sentence = h("p", { class: "cw-sentence" });
  view.unpin = button(words.unpin, () => letGo(view));
  view.story = h("div", { class: "cw-story" }, view.sentence, view.unpin);
  view.compare = createCompare();
  view.slots = Object.fromEntries(Object.keys(GRIDS).map((name) => [name, h("div")]));
  const { values, eval: compare, gradient, slices } = view.tabs.panels;
  const figure = (...children) => h("div", { class: "cw-figure" }, ...children);
  const panels = (...names) => names.map((name) => view.panels[name].element);
  const sign = (text) => h("span", { class: "cw-sign", "aria-hidden": "true" }, text);
  values.append(trainingRow(view), figure(...panels("x"), h("div", { class: "cw-rows" }, ...panels(...ROWS)),
    ...panels("normalised", "output")), view.slots.values);
  compare.append(h("div", { class: "cw-switches" },
    button(words.fresh, () => change(view, FRESH)),
    button(words.arrive, () => setRunning(view, core.afterSteps(view.state, LAST_STEP))),
    button(words.shift, () => shift(view))), view.compare.gap,
  figure(...panels("trained"), sign("−"), ...panels("evaluated"), sign("="), ...panels("difference")), view.slots.eval);
  gradient.append(figure(...panels("grad_output"), sign("→"), ...panels("own"), sign("+"), ...panels("shared"),
    sign("+"), ...panels("projected"), sign("="), ...panels("grad_x"),
    h("div", { class: "cw-rows" }, ...panels("grad_weight", "grad_bias"))), view.slots.gradient);
  slices.append(view.slices.element);
}

function makePanel(view, name) {
  const isSelected = (cell) => view.selection?.grid === name && String(view.selection.cell) === String(cell);
  const grid = new NumberGrid({
    onPoint: (cell) => point(view, { grid: name, cell }),
    onPress: (cell) => {
      view.pinned = !(view.pinned && isSelected(cell));
      select(view, { grid: name, cell });
    },
    onEscape: () => letGo(view),
    onEdit: (cell, value) => edit(view, name, cell, value),
    // A finger has no hover: its first tap looks, its second changes.
    mayEdit: (cell, pointerType) => pointerType !== "touch" || (view.pinned && isSelected(cell)),
  });
  const caption = h("p", { class: "cw-caption" });
  const isRow = ROWS.includes(name) || name === "grad_weight" || name === "grad_bias";
  view.grids[name] = grid;
  const element = h("div", { class: `cw-panel ${isRow ? "is-row" : ""}` }, caption, grid.element);
  view.panels[name] = { caption, element };
}

function trainingRow(view) {
  view.player = createPlayer({ label: words.steps, onStep: (step) => goTo(view, view.base, step) });
  view.tracked = h("span", { class: "cw-note" });
  view.still = h("p", { class: "cw-note" }, words.evalKeeps);
  view.training = h("div", { class: "cw-training" },
    button(words.train, () => goTo(view, ...(view.step < LAST_STEP ? [view.base, view.step + 1] : [view.state, 1]))),
    view.player.element, view.tracked);
  return h("div", {}, view.training, view.still,
    h("div", { class: "cw-switches" },
      button(words.another, () => another(view)), button(words.shift, () => shift(view))));
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside; values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  const C = state.x[0].length;
  const [block_N, block_C, block_H, block_W] = core.shapeOf(state.block);
  view.player.stop();
  view.pinned = false;
  view.selection = null;
  change(view, {
    ...state, N: state.x.length, C, block_N, block_C, block_H, block_W,
    rows: core.extend(state.x), largest: core.reshape(state.block, [4, 8, 4, 4]),
    ...Object.fromEntries(Object.entries(PER_CHANNEL).map(([name, start]) => [
      name, Array.from({ length: core.LIMITS.C[1] }, (_, c) => state[name][c] ?? start)])),
  });
}

/**
 * Shows the draft with `changes`; where it is legal, it becomes the model's state. `base`: the state that the running
 * statistics took `step` training steps from, by default the new one itself.
 */
function change(view, changes, { base = null, step = 0 } = {}) {
  if (changes.view && changes.view !== view.draft?.view) {
    view.pinned = false;
    view.selection = null;
  }
  view.draft = { ...view.draft, ...changes };
  const { draft } = view;
  const { N, C, norm, num_groups: groups, block_C } = draft;
  // The other norms have no groups, and nothing would tell of a number of them that is not legal.
  if (norm !== "group" && !(Number.isInteger(groups) && groups >= 1 && groups <= block_C)) draft.num_groups = 1;
  const shape = [draft.block_N, draft.block_C, draft.block_H, draft.block_W];
  const isSize = (value, name) => Number.isInteger(value) && value >= 1 && value <= core.LIMITS[name][1];
  view.problems = core.batchProblems(draft, { N, C });
  view.blockProblems = core.blockProblems(draft, shape);
  view.state = {
    ...Object.fromEntries(FIELDS.map((field) => [field, draft[field]])),
    x: draft.rows.slice(0, isSize(N, "N") ? N : 1).map((row) => row.slice(0, isSize(C, "C") ? C : 1)),
    ...Object.fromEntries(Object.keys(PER_CHANNEL).map((name) => [name, draft[name].slice(0, isSize(C, "C") ? C : 1)])),
  };
  view.state.grad_output = draft.grad_output && core.gradOutput(view.state);
  const hasNoShape = ({ reason, parameter }) => reason === "range" && parameter !== "num_groups";
  if (!view.blockProblems.some(hasNoShape)) view.state.block = core.reshape(draft.largest, shape);
  Object.assign(view, { base: base ?? view.state, step });
  if (!view.problems.length && !view.blockProblems.length) publish(view);
  draw(view);
}

function publish(view) {
  const { state, model } = view;
  const changed = FIELDS.filter((field) => JSON.stringify(state[field]) !== JSON.stringify(model.get(field)));
  if (!changed.length) return;
  view.isPublishing = true; // `set` calls our own listeners
  for (const field of changed) model.set(field, state[field]);
  view.isPublishing = false;
  model.save_changes();
}

function edit(view, name, [n, c], value) {
  if (name in PER_CHANNEL) return change(view, { [name]: view.draft[name].map((old, at) => (at === c ? value : old)) });
  const old = name === "x" ? view.draft.rows : core.gradOutput(view.state);
  const rows = old.map((row, i) => row.map((each, j) => (i === n && j === c ? value : each)));
  return change(view, name === "x" ? { rows } : { grad_output: rows });
}

/** Goes to `step` training steps on the present batch after the running statistics of `base`. */
function goTo(view, base, step) {
  if (view.problems.length) return;
  const { running_mean, running_var, num_batches_tracked } = base;
  const after = core.afterSteps({ ...view.state, running_mean, running_var, num_batches_tracked }, step);
  setRunning(view, after, { base, step });
  view.say(words.stepped(step, after.running_mean.map((value) => format(value, 3)).join(", ")));
}

function setRunning(view, { running_mean, running_var, num_batches_tracked }, steps) {
  const all = (name, values) => view.draft[name].map((old, c) => values[c] ?? old);
  change(view, {
    num_batches_tracked, running_mean: all("running_mean", running_mean), running_var: all("running_var", running_var),
  }, steps);
}

const shift = (view) => change(view, { rows: view.draft.rows.map((row) => row.map((value) => value + 3)) });

/** A batch with about the mean and the deviation of the first one; each press draws another. */
function another(view) {
  view.source ??= core.statistics(view.state.x);
  view.batch += 1;
  const drawn = (n, c) => view.source.mean[c] + Math.sqrt(view.source.variance[c]) * core.noise(view.batch, n, c);
  change(view, {
    rows: view.draft.rows.map((row, n) => row.map(
      (old, c) => (c in view.source.mean ? Number(drawn(n, c).toFixed(1)) : old))),
  });
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  const { state, draft, problems } = view;
  view.tabs.show(state.view);
  view.help.textContent = state.view === "slices" ? words.helpSlices : words.help;
  if (state.view === "slices") {
    view.slices.draw(view.state, draft, view.blockProblems);
    return;
  }
  view.tabs.panels[state.view].prepend(view.controls.element);
  view.slots[state.view].append(view.refusal, view.story, view.compare.lines);
  view.controls.show(draft, problems);
  view.training.hidden = !state.training;
  view.still.hidden = state.training;
  view.tracked.textContent = words.tracked(state.num_batches_tracked);
  view.player.show(view.step, LAST_STEP + 1);
  Object.assign(view, core.results(state, problems));
  drawRefusal(view);
  for (const name of GRIDS[state.view]) drawGrid(view, name);
  const { selection } = view;
  const rows = selection && view.shown[selection.grid];
  const stands = rows && rows[selection.cell[0]]?.[selection.cell[1]] !== undefined;
  select(view, stands ? selection : { grid: FIRST[state.view], cell: [0, 0] });
  view.compare.draw(view.show, view.selection);
  view.say(problems.length ? words.none(words.problem[problems[0].reason](problems[0]))
    : words.newOutput(state.x.length, state.x[0].length, words.modes[state.training ? "train" : "eval"]));
}

function drawGrid(view, name) {
  const rows = view.shown[name];
  const panel = view.panels[name];
  panel.element.hidden = !rows;
  if (!rows) return;
  const { training, x } = view.state;
  const title = typeof words.grids[name] === "function" ? words.grids[name](x.length) : words.grids[name];
  const isUsed = (training ? ["mean", "variance"] : ["running_mean", "running_var"]).includes(name);
  const isRow = panel.element.classList.contains("is-row");
  panel.caption.replaceChildren(title, ...(isUsed ? [" ", h("span", { class: "cw-badge" }, words.used)] : []));
  const cells = rows.map((row, n) => row.map((value, c) => ({
    name: words.name(name, isRow ? [c] : [n, c]), value: Number.isFinite(value) ? value : 0,
    text: Number.isNaN(value) ? "nan" : format(value, EDITABLE.includes(name) ? 4 : 3), kind: "", label: null,
    editable: EDITABLE.includes(name),
  })));
  view.grids[name].draw(cells, { label: words.caption(title, rows.length, rows[0].length), density: "low" });
}

/** Why there is no output, and what mends it. */
function drawRefusal(view) {
  const { problems, state } = view;
  const isTold = problems.length && !(state.view === "eval" && problems[0].reason === "one");
  view.refusal.hidden = !isTold;
  view.story.hidden = problems.length > 0 && Boolean(isTold);
  if (!isTold) return;
  const [{ parameter, nearest, reason }] = problems;
  const name = words.parameter(parameter) ?? parameter;
  const mend = parameter === "running_var"
    ? () => change(view, { running_var: view.draft.running_var.map((value) => Math.max(value, 0)) })
    : () => change(view, { [parameter]: nearest });
  view.refusal.replaceChildren(h("span", {}, words.none(words.problem[reason](problems[0]))), " ",
    ...(nearest === null ? [] : [button(words.mend(name, nearest), mend)]), " ",
    ...(reason === "one" ? [button(words.useEval, () => change(view, { training: false }))] : []));
}

// ---- selection ----------------------------------------------------------------------------------

/** The pointer or the focus came to a cell; a pinned selection stays, and the cell is only named. */
function point(view, selection) {
  if (!view.pinned) return select(view, selection);
  const grid = view.grids[selection.grid];
  const { name, text } = grid.at(selection.cell);
  return view.say(words.outlined(name, text, grid.isLinked(selection.cell)));
}

function letGo(view) {
  view.pinned = false;
  select(view, view.selection);
}

/** Outlines all that one number is made of, or goes into, and tells the rule in symbols and in numbers. */
function select(view, selection) {
  const stands = view.problems.length === 0 || view.state.view === "eval";
  if (!stands || !view.shown[selection.grid]) {
    for (const name of GRIDS[view.state.view]) if (view.shown[name]) view.grids[name].mark({ linked: [] });
    view.sentence.replaceChildren(words.idle);
    return;
  }
  view.selection = selection;
  view.unpin.hidden = !view.pinned;
  const { links, symbols, numbers, note } = tell(selection, view.show);
  for (const name of GRIDS[view.state.view]) {
    if (!view.shown[name]) continue;
    const current = selection.grid === name ? selection.cell : null;
    view.grids[name].mark({ current, linked: links[name] ?? [], tags: null, pinned: view.pinned });
  }
  const line = (kind, text) => (text ? [h("span", { class: kind }, text)] : []);
  view.sentence.replaceChildren(
    ...line("cw-symbols", symbols), ...line("cw-numbers", numbers), ...line("cw-note", note));
  view.compare.draw(view.show, view.selection);
  const spoken = [numbers, note].filter(Boolean).join(". ");
  view.say(view.pinned ? words.pinned(spoken) : spoken);
}
