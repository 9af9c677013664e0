// The view of batch norm: one small batch normalised number by number, training against eval, the gradient, and one
// block cut into the slices of four norms. State: see core/batchnorm.mjs.
import { byName, mapRows, range, sizeOf } from "./core/arrays.mjs";
import * as core from "./core/batchnorm.mjs";
import { isWhole } from "./core/window.mjs";
import { createBlock } from "./batchnorm/block.mjs";
import { createCompare } from "./batchnorm/compare.mjs";
import { createControls } from "./batchnorm/controls.mjs";
import { tell } from "./batchnorm/stories.mjs";
import { button, h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { format } from "./ui/numbers.mjs";
import { cellsOf, createPanel } from "./ui/panel.mjs";
import { createPin } from "./ui/pin.mjs";
import { createPlayer } from "./ui/player.mjs";
import { createRefusal } from "./ui/problem.mjs";
import { createTabs } from "./ui/tabs.mjs";
import style from "./styles/batchnorm.css";
import words from "./words/batchnorm.mjs";

const PER_CHANNEL = { weight: 1, bias: 0, running_mean: 0, running_var: 1 }; // and what a new channel starts with
const CHANNEL_FIELDS = Object.keys(PER_CHANNEL);
const BATCH = ["input", ...CHANNEL_FIELDS, "momentum", "training", "num_batches_tracked", "grad_output"];
const BLOCK = ["block", "norm", "num_groups"];
const BLOCK_SIZES = ["block_N", "block_C", "block_H", "block_W"]; // of the draft
const FIELDS = [...BATCH, ...BLOCK, "eps", "view"];
const ROWS = ["mean", "variance", "unbiased", "running_mean", "running_var", "weight", "bias"];
const GRADIENT_ROWS = ["grad_weight", "grad_bias"];
const GRIDS = { // of each view; what is told at the start is the first number of the first that is shown
  values: ["output", "input", ...ROWS, "normalised"],
  eval: ["difference", "trained", "evaluated"],
  gradient: ["grad_input", "grad_output", "own", "shared", "projected", ...GRADIENT_ROWS],
  slices: ["block"],
};
const EDITABLE = ["input", "grad_output", ...CHANNEL_FIELDS];
const LAST_STEP = 100;
const FRESH = { running_mean: [0, 0, 0, 0], running_var: [1, 1, 1, 1], num_batches_tracked: 0 };

function render({ model, el }) {
  const view = { say: (text) => view.frame?.say(text), batch: 0 };
  view.model = bindModel(model, FIELDS, (state) => adopt(view, state));
  const initial = view.model.read();
  layOut(view, () => adopt(view, initial));
  view.frame = createFrame(el, { name: "batchnorm", label: words.batchnorm, style }, view.controls.element,
    view.tabs.element, view.refusal.element, view.pin.story, view.count, view.compare.lines, view.help);
  adopt(view, initial);
  return () => {
    for (const part of [view.model, view.player, view.compare, view.frame]) part.stop();
  };
}

export default { render };

// ---- layout -------------------------------------------------------------------------------------

function layOut(view, onReset) {
  view.pin = createPin({
    say: view.say, gridOf: ({ grid }) => view.panels[grid].grid,
    tell: (selection, isPinned) => select(view, selection, isPinned),
  });
  view.controls = createControls({ onReset, onChange: (changes) => change(view, changes), legal: () => view.legal });
  view.tabs = createTabs({
    label: words.tabsLabel, tabs: words.view, onChoose: (name) => change(view, { view: name }),
  });
  view.panels = byName(Object.values(GRIDS).flat(), (name) => createPanel({
    ...view.pin.handlers({ grid: name }), onEdit: (cell, value) => edit(view, name, cell, value),
  }));
  view.block = createBlock(view.panels.block);
  view.compare = createCompare();
  view.refusal = createRefusal(words, view.say);
  view.count = h("p", { class: "cw-note" });
  view.help = h("p", { class: "cw-help" });
  const { values, eval: compare, gradient, slices } = view.tabs.panels;
  const sign = (text) => h("span", { class: "cw-sign", "aria-hidden": "true" }, text);
  // Names of grids and signs between them, and elements.
  const place = (part) => view.panels[part]?.element ?? (typeof part === "string" ? sign(part) : part);
  const figure = (...parts) => h("div", { class: "cw-figure" }, ...parts.map(place));
  const rows = (...names) => h("div", { class: "cw-rows" }, ...names.map(place));
  const switches = (...buttons) => h("div", { class: "cw-switches" }, ...buttons);
  const shift = () => button(words.shift, () => change(view, { rows: mapRows(view.draft.rows, (value) => value + 3) }));
  values.append(...trainingRows(view), switches(button(words.another, () => another(view)), shift()),
    figure("input", rows(...ROWS), "normalised", "output"));
  view.arrive = button(words.arrive, () => setRunning(view, core.afterSteps(view.state, LAST_STEP)));
  compare.append(switches(button(words.fresh, () => change(view, FRESH)), view.arrive, shift()), view.compare.gap,
    figure("trained", "−", "evaluated", "=", "difference"));
  gradient.append(figure("grad_output", "→", "own", "+", "shared", "+", "projected", "=", "grad_input",
    rows(...GRADIENT_ROWS)));
  slices.append(place("block"));
}

const isRow = (name) => [...ROWS, ...GRADIENT_ROWS].includes(name);

function trainingRows(view) {
  view.player = createPlayer({ label: words.steps, onStep: (step) => goTo(view, view.base, step) });
  view.tracked = h("span", { class: "cw-note" });
  view.still = h("p", { class: "cw-note" }, words.evalKeeps);
  view.training = h("div", { class: "cw-switches" },
    button(words.train, () => goTo(view, ...(view.step < LAST_STEP ? [view.base, view.step + 1] : [view.state, 1]))),
    view.player.element, view.tracked);
  return [view.training, view.still];
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside; values beyond its edges stand ready for when it grows. */
function adopt(view, state) {
  view.player.stop();
  view.pin.forget();
  view.legal = state;
  change(view, {
    ...state, N: state.input.length, C: state.input[0].length, shows: "input",
    ...byName(BLOCK_SIZES, (_, axis) => core.shapeOf(state.block)[axis]),
    rows: core.extend(state.input), largest: core.reshape(state.block, [4, 8, 4, 4]),
    ...byName(CHANNEL_FIELDS, (name) => range(core.LIMITS.C[1]).map((c) => state[name][c] ?? PER_CHANNEL[name])),
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
  const shape = BLOCK_SIZES.map((name) => draft[name]);
  const [batch, block] = [core.batchProblems(draft, draft), core.blockProblems(draft, shape)];
  const isBlock = draft.view === "slices";
  view.problems = isBlock ? block : batch;
  const isLegal = (name) => isWhole(draft[name], core.LIMITS[name]);
  const count = (name) => (isLegal(name) ? draft[name] : 1);
  const cut = (values) => values.slice(0, count("C"));
  view.state = {
    ...pick(draft, FIELDS), input: draft.rows.slice(0, count("N")).map(cut),
    ...byName(CHANNEL_FIELDS, (name) => cut(draft[name])),
  };
  view.state.grad_output = draft.grad_output && core.gradOutput(view.state);
  view.hasShape = BLOCK_SIZES.every(isLegal);
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

const pick = (from, names) => byName(names, (name) => from[name]);

function edit(view, name, cell, value) {
  const { draft } = view;
  if (name === "block") return change(view, { largest: view.block.edit(draft.largest, cell, value) });
  const set = (rows) => mapRows(rows, (old, n, c) => (n === cell[0] && c === cell[1] ? value : old));
  if (name === "input") return change(view, { rows: set(draft.rows) });
  return change(view, name === "grad_output" ? { grad_output: set(core.gradOutput(view.state)) }
    : { [name]: set([draft[name]])[0] });
}

/** Goes to `step` training steps on the present batch after the running statistics of `base`. */
function goTo(view, base, step) {
  if (view.problems.length) return;
  const after = core.afterSteps({ ...view.state, ...pick(base, Object.keys(FRESH)) }, step);
  setRunning(view, after, { base, step });
  view.say(words.stepped(step, after.running_mean.map((value) => format(value, 3)).join(", ")));
}

function setRunning(view, after, steps) {
  const all = (name) => view.draft[name].map((old, c) => after[name][c] ?? old);
  change(view, { ...after, running_mean: all("running_mean"), running_var: all("running_var") }, steps);
}

/** Draws a batch like the one that stands; those drawn in a row are all like the first. */
function another(view) {
  const { rows } = view.draft;
  const like = view.drawn?.rows === rows ? view.drawn.like : core.statistics(rows.slice(0, view.state.input.length));
  view.batch += 1;
  // One sample, or equal ones, have no deviation to draw with.
  const value = (n, c) => like.mean[c] + (Math.sqrt(like.variance[c]) || 1) * core.noise(view.batch, n, c);
  view.drawn = { like, rows: mapRows(rows, (_, n, c) => Number(value(n, c).toFixed(1))) };
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
  }
  const first = GRIDS[state.view].find((name) => view.shown[name] || problems.length);
  const isThere = ({ grid, cell: [row, column] }) => view.shown[grid]?.[row]?.[column] !== undefined;
  view.pin.keep({ grid: first, cell: [0, 0] }, isThere, isBlock);
  if (!problems.length && !isBlock) view.say(words.newOutput(sizeOf(state.input), state.training));
}

function drawGrid(view, name) {
  const rows = view.shown[name];
  const { caption, element, show } = view.panels[name];
  element.hidden = !rows;
  if (!rows) return;
  const { training, input } = view.state;
  const title = words.grid(name, input.length);
  const isUsed = (training ? ["mean", "variance"] : ["running_mean", "running_var"]).includes(name);
  const editable = EDITABLE.includes(name);
  const nameOf = (n, c) => words.name(name, isRow(name) ? [c] : [n, c]);
  show(cellsOf(rows, nameOf, editable, editable ? 4 : 3), words.caption(title, sizeOf(rows)), "low");
  caption.replaceChildren(title, ...(isUsed ? [" ", h("span", { class: "cw-badge" }, words.used)] : []));
}

/** Why there is no output; what mends it stands beside its number, or here where none is. */
function drawRefusal(view) {
  const { problems: [problem], draft, refusal, tabs } = view;
  if (!refusal.show(problem, view.pin.story)) return;
  const use = (label, changes) => button(label, () => {
    change(view, changes);
    tabs.element.querySelector("[aria-selected=true]").focus(); // the button is gone
  });
  refusal.element.append(" ", {
    negative: () => use(words.useZero, {
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
    view.panels[name].grid.mark({ current, linked: links[name], pinned: isPinned });
  }
  const line = (kind, text) => (text ? [h("span", { class: kind }, text)] : []);
  view.pin.sentence.replaceChildren(
    ...line("cw-note", symbols), ...line("cw-name", numbers), ...line("cw-note", note));
  view.compare.draw(isTold && grid !== "block" ? view.show : null, { grid, cell });
  return spoken ?? [numbers, note].filter(Boolean).join(". ");
}
