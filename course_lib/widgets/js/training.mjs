// The view of a training run: a player over the steps kept, curves, norms, first filters, wrong examples.
// State: record (the run), frame (which step is shown, null for the last); live, paused and lr_factor, which a run that
// is going on in a kernel listens to.
import { decode } from "./core/base64.mjs";
import * as core from "./core/training.mjs";
import { colours, paintFilter, paintPixels } from "./training/paint.mjs";
import { createChart, createSpark, legend } from "./training/charts.mjs";
import css from "./styles/training.css";
import { createChoice } from "./ui/choice.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { format } from "./ui/numbers.mjs";
import { createPlayer } from "./ui/player.mjs";
import { table } from "./ui/table.mjs";
import words from "./words/training.mjs";

const FIELDS = ["record", "frame", "live", "paused", "lr_factor"];
const FACTORS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const MOST_EXAMPLES = 24;
const short = (value) => (value === null || value === undefined ? words.notANumber : format(value, 4));
const share = (value) => (value === null ? words.notANumber : `${format(100 * value, 4)} %`);

function render({ model, el }) {
  const view = { model, initial: model.get("frame") };
  view.now = h("p", { class: "cw-now" });
  view.player = createPlayer({ label: words.player, onStep: (step) => goTo(view, step) });
  view.run = createRun(view);
  view.charts = { loss: createChart("loss"), accuracy: createChart("accuracy") };
  view.body = {
    layers: h("div", { class: "cw-section" }), filters: h("div", { class: "cw-section" }),
    wrong: h("div", { class: "cw-section" }), numbers: createNumbers(view),
  };
  const reset = h("button", { class: "cw-button", type: "button", onclick: () => {
    view.player.stop();
    publish(view, { frame: view.initial, ...(model.get("live") ? { paused: false, lr_factor: 1 } : {}) });
    draw(view);
  } }, words.reset);
  view.frame = createFrame(el, { name: "training", label: words.training, style: css },
    view.run.element, h("div", { class: "cw-run" }, view.player.element, reset), view.now,
    h("div", { class: "cw-charts" }, ...Object.values(view.charts).map(({ element }) => element)), legend(),
    view.body.layers, view.body.filters, view.body.wrong, view.body.numbers.element);
  const fromModel = () => {
    if (!view.isPublishing) draw(view);
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  const observer = new MutationObserver(fromModel);
  observer.observe(view.frame.root, { attributeFilter: ["data-cw-theme"] });
  const printing = matchMedia("print");
  printing.addEventListener("change", fromModel);
  draw(view);
  requestAnimationFrame(() => view.frame.root.isConnected && draw(view)); // the theme's colours count from now on
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    observer.disconnect();
    printing.removeEventListener("change", fromModel);
    view.player.stop();
    view.frame.stop();
  };
}

export default { render };

function publish(view, changes) {
  const { model } = view;
  const changed = Object.entries(changes).filter(([name, value]) => model.get(name) !== value);
  view.isPublishing = true; // `set` calls our own listeners
  for (const [name, value] of changed) model.set(name, value);
  view.isPublishing = false;
  if (changed.length) model.save_changes();
}

/** Shows a frame; in a run that is going on the last one stands for the newest, whichever that will be. */
function goTo(view, step) {
  const { model } = view;
  const isNewest = model.get("live") && step >= model.get("record").frames.length - 1;
  publish(view, { frame: isNewest ? null : step });
  draw(view);
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  const record = view.model.get("record");
  const index = core.frameIndex(record, view.model.get("frame"));
  view.colours = colours(view.frame.root);
  view.run.show();
  view.player.element.hidden = record.frames.length < 2;
  if (record.frames.length) view.player.show(index, record.frames.length);
  const sentence = tell(view, record, index);
  view.now.textContent = sentence;
  view.frame.say(sentence);
  const step = record.frames[index]?.step ?? 0;
  for (const chart of Object.values(view.charts)) chart.show(record, step);
  drawLayers(view, record, index);
  drawFilters(view, record, index);
  drawWrong(view, record, index);
  view.body.numbers.show(record);
}

function tell(view, record, index) {
  if (index < 0) return view.model.get("live") ? words.noneLive : words.none;
  const { step, lr } = record.frames[index];
  if (step === 0) return words.before(record.steps);
  const batch = core.curveAt(record, step);
  const batchNow = { loss: short(batch?.loss), accuracy: share(batch?.accuracy ?? null) };
  const now = words.now({ step, steps: record.steps, ...batchNow, lr: short(lr) });
  const epoch = core.epochAt(record, step);
  if (!epoch) return now;
  const rounded = {
    number: epoch.number, train_loss: short(epoch.train_loss), train_accuracy: share(epoch.train_accuracy),
  };
  const test = epoch.test_loss === null ? null : { loss: short(epoch.test_loss), accuracy: share(epoch.test_accuracy) };
  return `${now} ${words.epoch(rounded, test)}`;
}

function createRun(view) {
  const { model } = view;
  const pause = h("button", { class: "cw-button", type: "button", onclick: () => {
    publish(view, { paused: !model.get("paused") });
    draw(view);
  } });
  const factors = [...new Set([...FACTORS, model.get("lr_factor")])].sort((a, b) => a - b);
  const factor = createChoice({
    label: words.factor, options: {}, onChoose: (value) => publish(view, { lr_factor: Number(value) }) });
  const select = factor.element.querySelector("select");
  // Not from `options`: an object would put whole numbers first.
  select.append(...factors.map((value) => h("option", { value }, format(value))));
  const follow = h("button", { class: "cw-button", type: "button", onclick: () => {
    publish(view, { frame: null });
    draw(view);
  } }, words.follow);
  const note = h("span", { class: "cw-note" });
  const element = h("div", { class: "cw-run", role: "group", "aria-label": words.live },
    pause, factor.element, follow, note);
  const show = () => {
    const isPaused = model.get("paused");
    element.hidden = !model.get("live");
    pause.textContent = isPaused ? words.goOn : words.pauseRun;
    note.textContent = isPaused ? words.isPaused : "";
    follow.hidden = model.get("frame") === null;
    const value = model.get("lr_factor");
    const isKnown = [...select.options].some((option) => Number(option.value) === value);
    if (!isKnown) select.append(h("option", { value }, format(value)));
    factor.show(String(value));
  };
  return { element, show };
}

function drawLayers(view, record, index) {
  const box = view.body.layers;
  box.hidden = index < 0 || record.layers.length === 0;
  if (box.hidden) return;
  const steps = record.frames.map(({ step }) => step);
  const norm = (name, kind, layer) => {
    const values = record.frames.map((frame) => frame[kind][layer]);
    const now = values[index];
    return h("td", {}, h("div", { class: "cw-norm" },
      createSpark(words.columns[kind === "gradient" ? 1 : 2], name, steps, values, index),
      h("span", {}, now === null ? words.noGradient : format(now, 4))));
  };
  box.replaceChildren(h("table", { class: "cw-table" }, h("caption", { class: "cw-caption" }, words.layers),
    h("thead", {}, h("tr", {}, ...words.columns.map((text) => h("th", { scope: "col" }, text)))),
    h("tbody", {}, ...record.layers.map((name, layer) => h("tr", {},
      h("th", { scope: "row" }, name), norm(name, "gradient", layer), norm(name, "weight", layer))))),
  h("p", { class: "cw-help" }, words.normsHelp));
}

function drawFilters(view, record, index) {
  const box = view.body.filters;
  const found = index < 0 ? null : core.filtersAt(record, index);
  box.hidden = !found;
  if (!found) return;
  const { layer, shape } = record.filters;
  const items = found.values.map((values, filter) => {
    const canvas = h("canvas", { role: "img", "aria-label": words.filter(filter) });
    paintFilter(canvas, values, shape.slice(1), found.largest, view.colours);
    return h("li", {}, canvas);
  });
  const help = shape[1] === 1 ? words.filtersHelp : words.filtersColour;
  box.replaceChildren(h("p", { class: "cw-caption" }, words.filters(layer, record.frames[found.frame].step)),
    h("ul", { class: "cw-filters" }, ...items), h("p", { class: "cw-help" }, help(format(found.largest, 3))));
}

function drawWrong(view, record, index) {
  const box = view.body.wrong;
  box.hidden = index < 0 || !record.watch;
  if (box.hidden) return;
  const wrong = core.wrongAt(record, index);
  const { images, labels, shape } = record.watch;
  const name = (label) => record.classes?.[label] ?? String(label);
  const items = wrong.slice(0, MOST_EXAMPLES).map(({ image, label, said, share: sure }) => {
    const canvas = h("canvas", { "aria-hidden": "true" });
    paintPixels(canvas, decode(images[image], Uint8Array), shape);
    const certainty = sure === null ? words.notANumber : `${format(100 * sure, 3)} %`;
    return h("li", {}, canvas, words.example(name(label), name(said), certainty));
  });
  if (wrong.length > MOST_EXAMPLES) items.push(h("li", {}, words.more(wrong.length - MOST_EXAMPLES)));
  const caption = wrong.length ? words.wrong(wrong.length, labels.length) : words.allRight(labels.length);
  box.replaceChildren(h("p", { class: "cw-caption" }, caption), h("ul", { class: "cw-wrong" }, ...items));
}

/** Tables of all numbers, filled when they are opened. */
function createNumbers() {
  const body = h("div", { class: "cw-scroll", tabindex: 0, role: "group", "aria-label": words.numbers });
  const state = {};
  const element = h("details", { class: "cw-details", ontoggle: () => fill() }, h("summary", {}, words.numbers), body);
  const fill = () => {
    if (!element.open || state.shown === state.record) return;
    state.shown = state.record;
    const { epochs, frames } = state.record;
    const number = (value) => (value === null || value === undefined ? "–" : format(value, 6));
    const all = ({ gradient }) => (gradient.some((norm) => norm === null) ? null
      : Math.sqrt(gradient.reduce((sum, norm) => sum + norm * norm, 0)));
    body.replaceChildren(
      table(words.epochsTable, words.epochColumns, epochs.map((epoch, index) => [String(index + 1), ...[
        epoch.step, epoch.train_loss, epoch.train_accuracy, epoch.test_loss, epoch.test_accuracy].map(number)])),
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
