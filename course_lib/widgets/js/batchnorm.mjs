// The view of batch norm: one small batch normalised number by number, training against eval, the gradient, and one
// block cut into the slices of four norms. State: see core/batchnorm.mjs.
import * as core from "./core/batchnorm.mjs";
import { createBlock } from "./batchnorm/block.mjs";
import { createCompare } from "./batchnorm/compare.mjs";
import { createControls } from "./batchnorm/controls.mjs";
import { tell } from "./batchnorm/stories.mjs";
import { cellOf, short } from "./batchnorm/text.mjs";
import { button, h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { NumberGrid } from "./ui/grid.mjs";
import { bindModel } from "./ui/model.mjs";
import { createPin } from "./ui/pin.mjs";
import { createPlayer } from "./ui/player.mjs";
import { createTabs } from "./ui/tabs.mjs";
import style from "./styles/batchnorm.css";
import words from "./words/batchnorm.mjs";

const PER_CHANNEL = { weight: 1, bias: 0, running_mean: 0, running_var: 1 }; // and what a new channel starts with
const BATCH = ["input", ...Object.keys(PER_CHANNEL), "momentum", "training", "num_batches_tracked", "grad_output"];
const BLOCK = ["block", "norm", "num_groups"];
const FIELDS = [...BATCH, ...BLOCK, "eps", "view"];
const ROWS = ["mean", "variance", "unbiased", "running_mean", "running_var", "weight", "bias"];
const GRIDS = { // of each view, and the one whose first number is told at the start
  values: ["input", ...ROWS, "normalised", "output"],
  eval: ["trained", "evaluated", "difference"],
  gradient: ["grad_output", "own", "shared", "projected", "grad_input", "grad_weight", "grad_bias"],
  slices: ["block"],
};
const FIRST = { values: "output", eval: "difference", gradient: "grad_input", slices: "block" };
const EDITABLE = ["input", "grad_output", ...Object.keys(PER_CHANNEL)];
const LAST_STEP = 100;
const FRESH = { running_mean: [0, 0, 0, 0], running_var: [1, 1, 1, 1], num_batches_tracked: 0 };

function render({ model, el }) {
  const view = { say: (text) => view.frame?.say(text), grids: {}, panels: {}, batch: 0 };
  view.model = bindModel(model, FIELDS, (state) => adopt(view, state));
  const initial = view.model.read();
  layOut(view, () => adopt(view, initial));
  view.frame = createFrame(el, { name: "batchnorm", label: words.batchnorm, style }, view.controls.element,
    view.tabs.element, view.refusal, view.story, view.count, view.compare.lines, view.help);
  adopt(view, initial);
  return () => {
    for (const part of [view.model, view.player, view.compare, view.frame]) part.stop();
  };
}

export default { render };

// ---- layout -------------------------------------------------------------------------------------

function layOut(view, onReset) {
  view.pin = createPin({
    say: view.say, gridOf: ({ grid }) => view.grids[grid],
    tell: (selection, isPinned) => select(view, selection, isPinned),
  });
  view.controls = createControls({ onReset, onChange: (changes) => change(view, changes), legal: () => view.legal });
  view.tabs = createTabs({ label: words.views, tabs: words.view, onChoose: (name) => change(view, { view: name }) });
  for (const name of Object.values(GRIDS).flat()) {
    view.grids[name] = new NumberGrid({
      ...view.pin.handlers({ grid: name }), onEdit: (cell, value) => edit(view, name, cell, value),
    });
  }
  view.block = createBlock(view.grids.block);
  view.compare = createCompare();
  view.refusal = h("p", { class: "cw-refusal" });
  view.sentence = h("p", { class: "cw-sentence" });
  view.story = h("div", { class: "cw-story" }, view.sentence, view.pin.button);
  view.count = h("p", { class: "cw-note" });
  view.help = h("p", { class: "cw-help" });
  const { values, eval: compare, gradient, slices } = view.tabs.panels;
  const figure = (...children) => h("div", { class: "cw-figure" }, ...children);
  const panels = (...names) => names.map((name) => panel(view, name));
  const rows = (...names) => h("div", { class: "cw-rows" }, ...panels(...names));
  const sign = (text) => h("span", { class: "cw-sign", "aria-hidden": "true" }, text);
  view.signs = [sign("−"), sign("=")];
  const switches = (...buttons) => h("div", { class: "cw-switches" }, ...buttons);
  const shift = () => button(words.shift, () => change(
    view, { rows: view.draft.rows.map((row) => row.map((value) => value + 3)) }));
  values.append(trainingRow(view), switches(button(words.another, () => another(view)), shift()),
    figure(...panels("input"), rows(...ROWS), ...panels("normalised", "output")));
  view.arrive = button(words.arrive, () => setRunning(view, core.afterSteps(view.state, LAST_STEP)));
  compare.append(switches(button(words.fresh, () => change(view, FRESH)), view.arrive, shift()), view.compare.gap,
    figure(...panels("trained"), view.signs[0], ...panels("evaluated"), view.signs[1], ...panels("difference")));
  gradient.append(figure(...panels("grad_output"), sign("→"), ...panels("own"), sign("+"), ...panels("shared"),
    sign("+"), ...panels("projected"), sign("="), ...panels("grad_input"), rows("grad_weight", "grad_bias")));
  slices.append(view.block.element);
}

const isRow = (name) => ROWS.includes(name) || name === "grad_weight" || name === "grad_bias";

function panel(view, name) {
  const caption = h("p", { class: "cw-caption" });
  const element = h("div", { class: `cw-panel ${isRow(name) ? "is-row" : ""}` }, caption, view.grids[name].element);
  view.panels[name] = { caption, element };
  return element;
}

function trainingRow(view) {
  view.player = createPlayer({ label: words.steps, onStep: (step) => goTo(view, view.base, step) });
  view.tracked = h("span", { class: "cw-note" });
  view.still = h("p", { class: "cw-note" }, words.evalKeeps);
  view.training = h("div", { class: "cw-training" },
    button(words.train, () => goTo(view, ...(view.step < LAST_STEP ? [view.base, view.step + 1] : [view.state, 1]))),
    view.player.element, view.tracked);
  return h("div", {}, view.training, view.still);
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside; values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  const [block_N, block_C, block_H, block_W] = core.shapeOf(state.block);
  view.player.stop();
  view.pin.forget();
  view.legal = state;
  change(view, {
    ...state, N: state.input.length, C: state.input[0].length, block_N, block_C, block_H, block_W, shows: "input",
    rows: core.extend(state.input), largest: core.reshape(state.block, [4, 8, 4, 4]),
    ...Object.fromEntries(Object.entries(PER_CHANNEL).map(([name, start]) => [
      name, Array.from({ length: core.LIMITS.C[1] }, (_, c) => state[name][c] ?? start)])),
  });
}

/**
 * Shows the draft with `changes`. `base`: the state that the running statistics took `step` training steps from, by
 * default the new one itself.
 */
function change(view, changes, { base = null, step = 0 } = {}) {
  if (changes.view && changes.view !== view.draft?.view) view.pin.forget();
  view.draft = { ...view.draft, ...changes };
  const { draft } = view;
  const shape = [draft.block_N, draft.block_C, draft.block_H, draft.block_W];
  const [batch, block] = [core.batchProblems(draft, draft), core.blockProblems(draft, shape)];
  const isBlock = draft.view === "slices";
  view.problems = isBlock ? block : batch;
  const count = (name) => (batch.some(({ parameter, reason }) => parameter === name && reason === "range")
    ? 1 : draft[name]);
  const cut = (values) => values.slice(0, count("C"));
  view.state = {
    ...pick(draft, FIELDS), input: draft.rows.slice(0, count("N")).map(cut),
    ...Object.fromEntries(Object.keys(PER_CHANNEL).map((name) => [name, cut(draft[name])])),
  };
  view.state.grad_output = draft.grad_output && core.gradOutput(view.state);
  view.hasShape = block.every(({ parameter, reason }) => reason !== "range" || !parameter.startsWith("block"));
  view.state.block = view.hasShape ? core.reshape(draft.largest, shape) : view.legal.block;
  Object.assign(view, { base: base ?? view.state, step, shape });
  // Each view answers for itself: if torch takes what is shown, it goes to the model, and with it all of the rest that
  // is legal number by number; batch or block with a number that is not stays in the model as it was.
  if (!view.problems.length) {
    const [others, kept] = isBlock ? [batch, BATCH] : [block, BLOCK];
    view.legal = { ...view.state, ...(others.some(core.isOwn) ? pick(view.legal, kept) : {}) };
    view.model.write(view.legal);
  }
  draw(view);
}

const pick = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));

function edit(view, name, cell, value) {
  const { draft } = view;
  if (name === "block") return change(view, { largest: view.block.edit(draft.largest, cell, value) });
  const set = (rows) => rows.map((row, n) => row.map((old, c) => (n === cell[0] && c === cell[1] ? value : old)));
  if (name === "input") return change(view, { rows: set(draft.rows) });
  return change(view, name === "grad_output" ? { grad_output: set(core.gradOutput(view.state)) }
    : { [name]: set([draft[name]])[0] });
}

/** Goes to `step` training steps on the present batch after the running statistics of `base`. */
function goTo(view, base, step) {
  if (view.problems.length) return;
  const after = core.afterSteps({ ...view.state, ...pick(base, Object.keys(FRESH)) }, step);
  setRunning(view, after, { base, step });
  view.say(words.stepped(step, after.running_mean.map((value) => short(value, 3)).join(", ")));
}

function setRunning(view, { running_mean, running_var, num_batches_tracked }, steps) {
  const all = (name, values) => view.draft[name].map((old, c) => values[c] ?? old);
  change(view, {
    num_batches_tracked, running_mean: all("running_mean", running_mean), running_var: all("running_var", running_var),
  }, steps);
}

/** Draws a batch like the one that stands; those drawn in a row are all like the first. */
function another(view) {
  const { rows } = view.draft;
  const like = view.drawn?.rows === rows ? view.drawn.like : core.statistics(rows.slice(0, view.state.input.length));
  view.batch += 1;
  // One sample, or equal ones, have no deviation to draw with.
  const value = (n, c) => like.mean[c] + (Math.sqrt(like.variance[c]) || 1) * core.noise(view.batch, n, c);
  view.drawn = { like, rows: rows.map((row, n) => row.map((_, c) => Number(value(n, c).toFixed(1)))) };
  change(view, { rows: view.drawn.rows });
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  const { state, draft, problems } = view;
  const isBlock = state.view === "slices";
  view.tabs.show(state.view);
  view.controls.show(draft, problems);
  view.help.textContent = isBlock ? words.help : `${words.rows} ${words.help}`;
  drawRefusal(view);
  view.count.hidden = !isBlock || problems.length > 0;
  if (isBlock) {
    const isLegal = !problems.length;
    view.shown = { block: view.block.draw(state, view.shape, draft.shows, { hasShape: view.hasShape, isLegal }) };
    view.count.textContent = view.block.about();
  } else {
    Object.assign(view, core.results(state, problems));
    for (const name of GRIDS[state.view]) drawGrid(view, name);
    view.training.hidden = !state.training;
    view.still.hidden = state.training;
    view.tracked.textContent = words.tracked(state.num_batches_tracked);
    view.player.show(view.step, LAST_STEP + 1);
    view.arrive.disabled = view.show.refused !== null;
    for (const sign of view.signs) sign.hidden = !view.shown.difference;
  }
  const selection = view.pin.selection();
  const stands = selection && view.shown[selection.grid]?.[selection.cell[0]]?.[selection.cell[1]] !== undefined;
  if (!stands) view.pin.forget();
  if (isBlock || problems.length) view.compare.draw(null);
  const first = state.view === "eval" && !view.shown.difference ? "evaluated" : FIRST[state.view];
  view.pin.select(stands ? selection : { grid: first, cell: [0, 0] }, isBlock);
  if (problems.length) view.say(words.none(words.problem[problems[0].reason](problems[0])));
  else if (!isBlock) view.say(words.newOutput(state.input.length, state.input[0].length, state.training));
}

function drawGrid(view, name) {
  const rows = view.shown[name];
  const { caption, element } = view.panels[name];
  element.hidden = !rows;
  if (!rows) return;
  const { training, input } = view.state;
  const title = typeof words.grids[name] === "function" ? words.grids[name](input.length) : words.grids[name];
  const isUsed = (training ? ["mean", "variance"] : ["running_mean", "running_var"]).includes(name);
  const editable = EDITABLE.includes(name);
  caption.replaceChildren(title, ...(isUsed ? [" ", h("span", { class: "cw-badge" }, words.used)] : []));
  const cells = rows.map((row, n) => row.map((value, c) => cellOf({
    name: words.name(name, isRow(name) ? [c] : [n, c]), value, editable, text: short(value, editable ? 4 : 3),
  })));
  view.grids[name].draw(cells, { label: `${title} ${words.size([rows.length, rows[0].length])}`, density: "low" });
}

/** Why there is no output; what mends it stands beside its number, or here where none is. */
function drawRefusal(view) {
  const { problems: [problem], draft, refusal, tabs } = view;
  refusal.hidden = !problem;
  view.story.hidden = Boolean(problem);
  if (!problem) return;
  const use = (label, changes) => button(label, () => {
    change(view, changes);
    tabs.element.querySelector("[aria-selected=true]").focus(); // the button is gone
  });
  refusal.replaceChildren(words.none(words.problem[problem.reason](problem)), " ", {
    negative: () => use(words.use("running_var = 0"), {
      running_var: draft.running_var.map((value) => Math.max(value, 0)),
    }),
    one: () => use(words.useEval, { training: false }),
  }[problem.reason]?.() ?? "");
}

// ---- selection ----------------------------------------------------------------------------------

/** Outlines all that one number is made of, or goes into, and tells the rule in symbols and in numbers. */
function select(view, { grid, cell }, isPinned) {
  const isTold = !view.problems.length && view.shown[grid];
  const { links, symbols, numbers, note, spoken } = !isTold ? { links: {} }
    : grid === "block" ? view.block.tell(cell) : tell({ grid, cell }, view.show);
  for (const name of GRIDS[view.state.view]) {
    if (!view.shown[name]) continue;
    const current = isTold && grid === name ? cell : null;
    view.grids[name].mark({ current, linked: links[name] ?? [], tags: null, pinned: isPinned });
  }
  const line = (kind, text) => (text ? [h("span", { class: kind }, text)] : []);
  view.sentence.replaceChildren(
    ...line("cw-symbols", symbols), ...line("cw-numbers", numbers), ...line("cw-note", note));
  if (isTold && grid !== "block") view.compare.draw(view.show, { grid, cell });
  return spoken ?? [numbers, note].filter(Boolean).join(". ");
}
