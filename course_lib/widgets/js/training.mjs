// The view of a training run: a player over the steps kept, curves, norms, first filters, wrong examples.
// State: record (the run), frame (which step is shown, null for the last); live, paused and lr_factor, which a run that
// is going on in a kernel listens to.
import { decode } from "./core/base64.mjs";
import * as core from "./core/training.mjs";
import css from "./styles/training.css";
import { createCurve, createSpark, legend } from "./training/charts.mjs";
import { paintFilter } from "./training/paint.mjs";
import { createChoice } from "./ui/choice.mjs";
import { button, h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { format } from "./ui/numbers.mjs";
import { colours, followColours, paintPixels } from "./ui/pictures.mjs";
import { createPlayer } from "./ui/player.mjs";
import { table } from "./ui/table.mjs";
import words from "./words/training.mjs";

const FIELDS = ["record", "frame", "live", "paused", "lr_factor"];
const FACTORS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const MOST_EXAMPLES = 24;
const EPOCH = ["step", "train_loss", "train_accuracy", "test_loss", "test_accuracy"];
const isKnown = (value) => value !== null && value !== undefined;
const short = (value) => (isKnown(value) ? format(value, 4) : words.notANumber);
const share = (value) => (isKnown(value) ? `${format(100 * value, 4)} %` : words.notANumber);
const caption = (text) => h("p", { class: "cw-caption" }, text);

function render({ model, el }) {
  const view = {};
  const redraw = () => draw(view);
  view.model = bindModel(model, FIELDS, redraw);
  const { record, ...initial } = view.model.read();
  view.now = h("p", { class: "cw-sentence cw-now" });
  view.player = createPlayer({ label: words.player, onStep: (step) => goTo(view, step) });
  view.run = createRun((changes) => change(view, changes));
  view.curves = ["loss", "accuracy"].map(createCurve);
  view.sections = Object.keys(SECTIONS).map((name) => [name, h("div", { class: "cw-section" })]);
  view.numbers = createNumbers();
  const reset = button(words.reset, () => {
    view.player.stop();
    change(view, initial);
  });
  view.frame = createFrame(el, { name: "training", label: words.training, style: css },
    view.run.element, h("div", { class: "cw-switches cw-run" }, view.player.element, reset), view.now,
    h("div", { class: "cw-figure" }, ...view.curves.map(({ element }) => element)), legend(),
    ...view.sections.map(([, section]) => section), view.numbers.element);
  redraw();
  const stopColours = followColours(view.frame.root, redraw);
  return () => {
    view.model.stop();
    stopColours();
    view.player.stop();
    for (const curve of view.curves) curve.stop();
    view.frame.stop();
  };
}

export default { render };

function change(view, changes) {
  view.model.write(changes);
  draw(view);
}

/** Shows a frame; in a run that is going on the last one stands for the newest, whichever that will be. */
function goTo(view, step) {
  const { live, record } = view.model.read();
  change(view, { frame: live && step >= record.frames.length - 1 ? null : step });
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  const state = view.model.read();
  const { record } = state;
  const index = core.frameIndex(record, state.frame);
  view.run.show(state);
  view.player.element.hidden = record.frames.length < 2;
  if (record.frames.length) view.player.show(index, record.frames.length);
  const sentence = tell(state, index);
  view.now.textContent = sentence;
  view.frame.say(sentence);
  const step = record.frames[index]?.step ?? 0;
  for (const curve of view.curves) curve.show(record, step);
  for (const [name, section] of view.sections) {
    const content = index < 0 ? null : SECTIONS[name](record, index, view.frame.root);
    section.hidden = !content;
    section.replaceChildren(...content ?? []);
  }
  view.numbers.show(record);
}

function tell({ record, live }, index) {
  if (index < 0) return live ? words.noneLive : words.none;
  const { step, lr } = record.frames[index];
  if (step === 0) return words.before(record.steps);
  const batch = core.curveAt(record, step);
  const now = words.now(step, record.steps, short(batch?.loss), share(batch?.accuracy), short(lr));
  const epoch = core.epochAt(record, step);
  if (!epoch) return now;
  const means = (kind) => ({ loss: short(epoch[`${kind}_loss`]), accuracy: share(epoch[`${kind}_accuracy`]) });
  return `${now} ${words.epoch(epoch.number, means("train"), epoch.test_loss === null ? null : means("test"))}`;
}

/** What a run that is going on listens to: { element, show(state) }. */
function createRun(onChange) {
  let state = null;
  const pause = button("", () => onChange({ paused: !state.paused }));
  const factor = createChoice({
    label: words.factor, onChoose: (value) => onChange({ lr_factor: Number(value) }) });
  const follow = button(words.follow, () => {
    pause.focus(); // this button goes
    onChange({ frame: null });
  });
  const note = h("span", { class: "cw-note" });
  const element = h("div", { class: "cw-switches cw-run", role: "group", "aria-label": words.live },
    pause, factor.element, follow, note);
  const show = (given) => {
    state = given;
    element.hidden = !state.live;
    pause.textContent = state.paused ? words.goOn : words.pauseRun;
    note.textContent = state.paused ? words.isPaused : "";
    follow.hidden = state.frame === null;
    const factors = [...new Set([...FACTORS, state.lr_factor])].sort((a, b) => a - b);
    factor.show(String(state.lr_factor), factors.map((value) => [String(value), format(value)]));
  };
  return { element, show };
}

/** Each section: what it shows at a frame, or null where the record has nothing for it. */
const SECTIONS = {
  layers: (record, index) => {
    const { frames, layers } = record;
    if (!layers.length) return null;
    const steps = frames.map(({ step }) => step);
    const hasDead = core.hasDead(record);
    const kinds = ["gradient", "weight", ...(hasDead ? ["dead"] : [])];
    const cell = (name, kind, layer) => {
      const values = frames.map((frame) => frame[kind]?.[layer] ?? null);
      const isShare = kind === "dead";
      if (isShare && !values.some(Number.isFinite)) return words.noNumber;
      const now = values[index] === null ? words.noneYet : (isShare ? share : short)(values[index]);
      return h("div", { class: "cw-norm" },
        createSpark(words.spark(words.columns[kind], name), steps, values, index, isShare), h("span", {}, now));
    };
    return [
      table(words.layers, ["layer", ...kinds].map((kind) => words.columns[kind]),
        layers.map((name, layer) => [name, ...kinds.map((kind) => cell(name, kind, layer))])),
      h("p", { class: "cw-help" }, `${words.normsHelp} ${hasDead ? words.deadHelp : words.noDead}`),
    ];
  },
  filters: (record, index, root) => {
    const found = core.filtersAt(record, index);
    if (!found) return null;
    const { layer, shape } = record.filters;
    const theme = colours(root);
    const items = found.values.map((values, filter) => {
      const canvas = h("canvas", { role: "img", "aria-label": words.filter(filter) });
      paintFilter(canvas, values, shape.slice(1), found.largest, theme);
      return h("li", {}, canvas);
    });
    const help = shape[1] === 1 ? words.filtersHelp : words.filtersColour;
    return [caption(words.filters(layer, record.frames[found.frame].step)),
      h("ul", { class: "cw-filters" }, ...items), h("p", { class: "cw-help" }, help(format(found.largest, 3)))];
  },
  wrong: (record, index) => {
    if (!record.watch) return null;
    const wrong = core.wrongAt(record, index);
    const { images, labels, shape } = record.watch;
    const name = (label) => record.classes?.[label] ?? String(label);
    const items = wrong.slice(0, MOST_EXAMPLES).map(({ image, label, said, share: sure }) => {
      const canvas = h("canvas", { "aria-hidden": "true" });
      paintPixels(canvas, decode(images[image], Uint8Array), shape);
      return h("li", {}, canvas, words.example(name(label), name(said), share(sure)));
    });
    if (wrong.length > MOST_EXAMPLES) items.push(h("li", {}, words.more(wrong.length - MOST_EXAMPLES)));
    return [caption(wrong.length ? words.wrong(wrong.length, labels.length) : words.allRight(labels.length)),
      h("ul", { class: "cw-wrong" }, ...items)];
  },
};

/** Tables of all numbers, filled when they are opened. */
function createNumbers() {
  const body = h("div", { class: "cw-scroll", tabindex: 0, role: "group", "aria-label": words.numbers });
  const state = {};
  const element = h("details", { ontoggle: () => fill() }, h("summary", {}, words.numbers), body);
  const fill = () => {
    if (!element.open || state.shown === state.record) return;
    state.shown = state.record;
    const { epochs, frames } = state.record;
    const number = (value) => (isKnown(value) ? format(value) : words.noNumber);
    const all = ({ gradient }) => (gradient.includes(null) ? null : Math.hypot(...gradient));
    body.replaceChildren(
      table(words.epochsTable, words.epochColumns,
        epochs.map((epoch, index) => [String(index + 1), ...EPOCH.map((name) => number(epoch[name]))])),
      table(words.framesTable, words.frameColumns, frames.map((frame) => {
        const batch = core.curveAt(state.record, frame.step);
        return [number(frame.step), ...[batch?.loss, batch?.accuracy, frame.lr, all(frame)].map(number)];
      })));
  };
  const show = (record) => {
    state.record = record;
    element.hidden = record.frames.length === 0;
    fill();
  };
  return { element, show };
}
