// Why the network says so: softmax in numbers, occlusion, saliency and Grad-CAM for one class.
import { softmax } from "../core/explainer.mjs";
import { gradCam, judge, lastMaps, occlusion, positions, saliency } from "../core/explainer_why.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import { NumberGrid } from "../ui/grid.mjs";
import { format } from "../ui/numbers.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/explainer.mjs";
import { createMap } from "./parts.mjs";

const MOST_PLACES = 1000;
const MOST_CELLS = 1024;
const BREATH_MS = 12; // of work between two looks at the page
const short = (value) => format(value, 4);

export function createSoftmax() {
  const sentence = h("p", { class: "cw-sentence" });
  const help = h("p", { class: "cw-help" });
  const holder = h("div", {});
  const show = ({ outputs, classes, target }) => {
    const scores = outputs.at(-1);
    const { largest, powers, total, shares } = softmax(scores);
    sentence.textContent = words.softmax(classes[target], short(powers[target]), short(total), short(shares[target]));
    const rows = classes.map((name, index) => [name, ...[
      scores[index], scores[index] - largest, powers[index], shares[index]].map(short)]);
    help.textContent = words.softmaxHelp(short(largest));
    holder.replaceChildren(table(words.tabs.softmax, words.softmaxColumns,
      [...rows, [words.total, "", "", short(total), short(shares.reduce((sum, share) => sum + share, 0))]]));
  };
  return { element: h("div", {}, help, sentence, holder), show };
}

/** A picture of rows of numbers, a sentence below it, and the numbers themselves on demand. */
function createPlot(label) {
  const map = createMap({});
  const grid = new NumberGrid({
    onPoint: () => {}, onPress: () => {}, onEdit: () => {}, onEscape: () => {}, mayEdit: () => false });
  const state = { rows: null };
  const draw = () => {
    if (!element.open || !state.rows) return;
    grid.draw(state.rows.map((row, i) => row.map((value, j) => ({
      name: words.cell([i, j], [0, 0]), value, text: format(value, 2), kind: "", label: null, editable: false,
    }))), { label: words.table(label), density: "high" });
  };
  const element = h("details", { class: "cw-details", ontoggle: draw },
    h("summary", {}, words.table(label)), grid.element);
  const sentence = h("p", { class: "cw-sentence" });
  const show = (rows, text, colours, { mark = null, picture = rows } = {}) => {
    state.rows = rows;
    sentence.textContent = text;
    const shape = [1, rows.length, rows[0].length];
    map.show(shape, Float64Array.from(picture.flat()), 0, mark && { cell: mark, size: [1, 1] }, label, colours);
    element.hidden = rows.length * rows[0].length > MOST_CELLS;
    draw();
  };
  const clear = (text) => {
    state.rows = null;
    sentence.textContent = text;
    map.element.hidden = element.hidden = true;
  };
  return { parts: [sentence, map.element, element], show, clear };
}

const argmax = (rows, of = (value) => value) => {
  let best = [0, 0];
  rows.forEach((row, i) => row.forEach((value, j) => {
    if (of(value) > of(rows[best[0]][best[1]])) best = [i, j];
  }));
  return best;
};

export function createOcclusion({ network, say }) {
  const [, height, width] = network.input;
  const least = Math.min(height, width);
  const quarter = Math.max(1, Math.round(least / 4));
  const settings = { patch: quarter, step: Math.max(1, Math.ceil(least / 24)), grey: 128 };
  const ranges = { patch: [1, least], step: [1, least], grey: [0, 255] };
  const titles = { patch: words.patch, step: words.stepBy, grey: words.grey };
  const state = { run: 0, draft: { ...settings } };
  const plot = createPlot(words.occlusionMap);
  const fields = Object.fromEntries(Object.keys(settings).map((name) => [name, createField({
    label: titles[name], caption: "", sliderLabel: words.slider(titles[name]), min: ranges[name][0],
    sliderMax: ranges[name][1],
    onInput: (value) => {
      state.draft[name] = value;
      showFields();
      forget(words.stale);
    },
  })]));
  const problem = (name) => {
    const [low, high] = ranges[name];
    const value = state.draft[name];
    const use = (nearest) => ({ label: words.use(nearest), apply: () => {
      state.draft[name] = nearest;
      showFields();
    } });
    if (!Number.isInteger(value) || value < low || value > high) {
      const nearest = Number.isFinite(value) ? Math.min(Math.max(Math.round(value), low), high) : settings[name];
      return { text: words.patchRange(titles[name], low, high), use: use(nearest) };
    }
    const count = (size, step) => positions(size, state.draft.patch, step).length;
    const places = (step) => count(height, step) * count(width, step);
    if (name !== "step" || !Number.isInteger(state.draft.patch) || places(value) <= MOST_PLACES) return null;
    let nearest = value;
    while (places(nearest) > MOST_PLACES) nearest++;
    return { text: words.tooMany(places(value), MOST_PLACES), use: use(nearest) };
  };
  const run = h("button", { class: "cw-button", type: "button", onclick: () => start() }, words.run);
  const cancel = h("button", { class: "cw-button", type: "button", hidden: true, onclick: () => stop() }, words.cancel);
  const progress = h("progress", { class: "cw-progress", "aria-label": words.progress, hidden: true });
  const showFields = () => {
    const problems = Object.keys(fields).map((name) => {
      const found = problem(name);
      fields[name].show(state.draft[name], found);
      return found;
    });
    run.disabled = problems.some(Boolean);
  };
  showFields();

  const isRunning = (on) => {
    run.hidden = on;
    cancel.hidden = progress.hidden = !on;
  };
  const forget = (text) => {
    state.run += 1;
    isRunning(false);
    plot.clear(text);
  };
  const stop = () => {
    const { value, max } = progress;
    forget(words.stopped(value, max));
    say(words.stopped(value, max));
    run.focus();
  };

  function start() {
    const own = state.run += 1;
    const { view, draft: { patch, step, grey } } = state;
    const [rows, columns] = [positions(height, patch, step), positions(width, patch, step)];
    const whole = judge(network, view.pixels, view.target).share;
    const found = [];
    const places = occlusion(network, view.pixels, { target: view.target, patch, step, grey });
    progress.max = rows.length * columns.length;
    plot.clear("");
    isRunning(true);
    cancel.focus();
    const work = () => {
      if (state.run !== own) return;
      const began = performance.now();
      while (found.length < progress.max && performance.now() - began < BREATH_MS) found.push(places.next().value);
      progress.value = found.length;
      if (found.length < progress.max) setTimeout(work);
      else finish();
    };
    const finish = () => {
      const hadFocus = document.activeElement === cancel;
      isRunning(false);
      if (hadFocus) run.focus();
      const shares = rows.map((_, i) => (
        found.slice(i * columns.length, (i + 1) * columns.length).map(({ share }) => share)));
      const [row, column] = argmax(shares, (share) => -share);
      const least = short(shares[row][column]);
      const text = words.occluded(view.classes[view.target], short(whole), rows[row], columns[column], least);
      const picture = shares.map((line) => line.map((share) => whole - share));
      plot.show(shares, text, view.colours, { mark: [row, column], picture });
      say(text);
    };
    work();
  }

  const element = h("div", {}, h("p", { class: "cw-help" }, words.occlusionHelp),
    h("div", { class: "cw-places" }, ...Object.entries(fields).map(([name, field]) => (
      h("div", { class: "cw-place-field" }, h("span", { class: "cw-name" }, titles[name]), field.element)))),
    h("div", { class: "cw-tools" }, run, cancel, progress), ...plot.parts, h("p", { class: "cw-help" }, words.drop));
  const show = (view) => {
    const { view: old } = state;
    state.view = view;
    if (!old || old.pixels !== view.pixels || old.target !== view.target) forget(old ? words.stale : "");
  };
  return { element, show, stop: () => { state.run += 1; } };
}

export function createSaliency({ network }) {
  const plot = createPlot(words.tabs.saliency);
  const isSigned = network.input[0] === 1;
  const show = ({ gradients, classes, target, colours }) => {
    const rows = saliency(network, gradients()[0]);
    const at = argmax(rows, Math.abs);
    plot.show(rows, words.strongest(classes[target], ...at, short(rows[at[0]][at[1]])), colours, { mark: at });
  };
  const help = `${words.saliencyHelp}${isSigned ? `, ${words.saliencyOne}` : `: ${words.saliencyMany}`}`;
  return { element: h("div", {}, h("p", { class: "cw-help" }, help), ...plot.parts), show };
}

export function createCam({ network }) {
  const plot = createPlot(words.tabs.cam);
  const state = { layer: lastMaps(network) };
  const last = network.layers.findLastIndex(({ kind }) => kind === "conv2d");
  const options = Object.fromEntries(network.layers.flatMap((layer, index) => (
    last >= 0 && layer.out.length === 3 && layer.out[1] * layer.out[2] > 1
      ? [[index, `${words.card(index, layer)}`]] : [])));
  const choice = createChoice({ label: words.camLayer, options, onChoose: (value) => {
    state.layer = Number(value);
    show(state.view);
  } });
  choice.show(String(state.layer));
  const show = (view) => {
    state.view = view;
    if (!(state.layer in options)) return plot.clear(words.camNone);
    const name = view.classes[view.target];
    const rows = gradCam(network, view.outputs, view.gradients(), state.layer);
    const at = argmax(rows);
    const isFlat = rows[at[0]][at[1]] <= 0;
    return plot.show(rows, isFlat ? words.camFlat(name) : words.camStrongest(name, ...at), view.colours,
      { mark: isFlat ? null : at });
  };
  return { element: h("div", {}, h("p", { class: "cw-help" }, words.camHelp), choice.element, ...plot.parts), show };
}
