// Why the network says so: softmax in numbers, occlusion, saliency and Grad-CAM for one class.
import { softmax } from "../core/explainer.mjs";
import { gradCam, judge, lastMaps, occlusion, positions, saliency } from "../core/explainer_why.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { createMap, createMapTable } from "../ui/maps.mjs";
import { messageOf } from "../ui/problem.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/explainer.mjs";
import { rangeProblem, short } from "./parts.mjs";

const MOST_PLACES = 1000;
const MOST_ROWS = 20; // of the classes
const BREATH_MS = 12; // of work between two looks at the page

/** The indices of the classes that are shown, in their order: those with the largest probability. */
export function largest(shares) {
  const best = shares.map((_, index) => index).sort((a, b) => shares[b] - shares[a]).slice(0, MOST_ROWS);
  return best.sort((a, b) => a - b);
}

/** A table of the largest classes; `rowOf(index)` is what follows the name. */
export function classTable(caption, columns, { classes, shares }, rowOf, more = []) {
  return table(caption, columns, [...largest(shares).map((index) => [classes[index], ...rowOf(index)]), ...more]);
}

export function createSoftmax() {
  const [help, sentence] = ["cw-help", "cw-sentence"].map((kind) => h("p", { class: kind }));
  const holder = h("div", {});
  const show = (view) => {
    const { outputs, classes, target } = view;
    const scores = outputs.at(-1);
    const { largest: top, powers, total, shares } = softmax(scores);
    sentence.textContent = words.softmax(classes[target], short(powers[target]), short(total), short(shares[target]));
    help.textContent = words.softmaxHelp(short(top));
    const others = classes.length - MOST_ROWS;
    const more = others > 0 ? [[words.rest(others), "", "", "", ""]] : [];
    const sum = shares.reduce((all, share) => all + share, 0);
    holder.replaceChildren(classTable(words.tabs.softmax, words.softmaxColumns, view, (index) => (
      [scores[index], scores[index] - top, powers[index], shares[index]].map(short)),
    [...more, [words.sum, "", "", short(total), short(sum)]]));
  };
  return { element: h("div", {}, help, sentence, holder), show };
}

/** An answer as a sentence, a picture, and numbers on demand: { element, show(answer, label, colours) }. */
export function createPlot({ say }) {
  const sentence = h("p", { class: "cw-sentence" });
  const map = createMap({ onCell: (cell) => choose(cell, true) });
  const numbers = createMapTable({ say, part: words.part, onPress: (cell) => choose(cell, true) });
  const body = h("div", {}, map.element, numbers.element);
  let shown = null;
  const choose = (at, isSpoken) => {
    const { rows, picture = rows, label, colours } = shown;
    const size = [rows.length, rows[0].length];
    map.show([1, ...size], picture.flat(), 0, { cell: at, size: [1, 1] }, label, colours);
    numbers.show(words.table(label), size, at, ([row, column]) => ({ value: rows[row][column] }));
    if (isSpoken) say(words.read(at, short(rows[at[0]][at[1]])));
  };
  /** `answer`: { text } and, with a picture, { rows, mark, picture }; while it `isAwaited`, its place is kept free. */
  const show = (answer, label, colours) => {
    sentence.textContent = answer.text;
    body.classList.toggle("is-awaited", Boolean(answer.isAwaited));
    if (answer.isAwaited) return;
    body.hidden = !answer.rows;
    shown = { ...answer, label, colours };
    if (answer.rows) choose(answer.mark);
  };
  return { element: h("div", {}, sentence, body), show };
}

const argmax = (rows, of = (value) => value) => {
  let best = [0, 0];
  rows.forEach((row, i) => row.forEach((value, j) => {
    if (of(value) > of(rows[best[0]][best[1]])) best = [i, j];
  }));
  return best;
};

/** { element, answer(view), stop() }; `onAnswer()` is told when there is another answer. */
export function createOcclusion({ network, onAnswer, say }) {
  const [, height, width] = network.input;
  const least = Math.min(height, width);
  const settings = { patch: Math.max(1, Math.round(least / 4)), step: Math.max(1, Math.ceil(least / 24)), grey: 128 };
  const ranges = { patch: [1, least], step: [1, least], grey: [0, 255] };
  const own = { run: 0, draft: { ...settings }, found: { text: "" } };
  const change = (name, value) => {
    own.draft[name] = value;
    showFields();
    forget(words.stale);
    onAnswer();
  };
  const fields = Object.entries(ranges).map(([name, [min, sliderMax]]) => [name, createNamedField({
    label: words.patch[name], min, sliderMax, onInput: (value) => change(name, value),
  })]);
  /** The smallest step that makes few enough places. */
  const leastStep = () => {
    const count = (size, step) => positions(size, Math.round(own.draft.patch) || 1, step).length;
    let step = 1;
    while (count(height, step) * count(width, step) > MOST_PLACES) step++;
    return step;
  };
  const problemOf = (name) => {
    const [low, high] = ranges[name];
    return rangeProblem(words.patch[name], own.draft[name], name === "step" ? leastStep() : low, high, settings[name]);
  };
  const run = button(words.run, () => start());
  const cancel = button(words.cancel, () => {
    forget(words.stopped(progress.value, progress.max));
    say(own.found.text);
    onAnswer();
  });
  const progress = h("progress", { class: "cw-progress", "aria-label": words.progress });
  const showFields = () => {
    const problems = fields.map(([name, field]) => {
      const problem = problemOf(name);
      field.show(own.draft[name], messageOf(problem, words, ({ nearest }) => change(name, nearest)));
      return problem;
    });
    run.disabled = problems.some(Boolean);
  };
  const isRunning = (on) => {
    const hadFocus = [run, cancel].includes(document.activeElement);
    run.hidden = on;
    cancel.hidden = progress.hidden = !on;
    if (hadFocus) (on ? cancel : run).focus(); // the other one is gone
  };
  const forget = (text) => {
    own.run += 1;
    own.found = { text };
    isRunning(false);
  };
  showFields();
  isRunning(false);

  function start() {
    const { view, draft: { patch, step, grey } } = own;
    const [rows, columns] = [positions(height, patch, step), positions(width, patch, step)];
    const whole = judge(network, view.pixels, view.target).share;
    const shares = [];
    const places = occlusion(network, view.pixels, { target: view.target, patch, step, grey });
    forget("");
    const id = own.run;
    progress.max = rows.length * columns.length;
    isRunning(true);
    onAnswer();
    const finish = () => {
      isRunning(false);
      const table = rows.map((_, i) => shares.slice(i * columns.length, (i + 1) * columns.length));
      const mark = argmax(table, (share) => -share);
      const [row, column] = mark;
      const text = words.occluded(
        view.classes[view.target], short(whole), rows[row], columns[column], short(table[row][column]));
      own.found = { text, rows: table, mark, picture: table.map((line) => line.map((share) => whole - share)) };
      say(text);
      onAnswer();
    };
    const work = () => {
      if (own.run !== id) return;
      const began = performance.now();
      while (shares.length < progress.max && performance.now() - began < BREATH_MS) {
        shares.push(places.next().value.share);
      }
      progress.value = shares.length;
      if (shares.length < progress.max) setTimeout(work);
      else finish();
    };
    work();
  }

  const element = h("div", {}, h("p", { class: "cw-help" }, words.occlusionHelp),
    h("div", { class: "cw-places" }, ...fields.map(([, field]) => field.element)),
    h("div", { class: "cw-tools" }, run, cancel, progress));
  const answer = (view) => {
    const old = own.view;
    own.view = { ...view };
    if (old && (old.pixels !== view.pixels || old.target !== view.target)) forget(words.stale);
    return own.found;
  };
  return { element, answer, stop: () => { own.run += 1; } };
}

export function createSaliency({ network }) {
  const help = words.saliencyHelp + (network.input[0] === 1 ? words.saliencyOne : words.saliencyMany);
  const answer = ({ gradients, classes, target }) => {
    const rows = saliency(network, gradients()[0]);
    const mark = argmax(rows, Math.abs);
    return { rows, mark, text: words.strongest(classes[target], ...mark, short(rows[mark[0]][mark[1]])) };
  };
  return { element: h("div", {}, h("p", { class: "cw-help" }, help)), answer };
}

export function createCam({ network, onAnswer }) {
  const last = lastMaps(network);
  let layer = last;
  const options = network.layers.map((each, index) => [String(index), words.card(index, each)])
    .filter(([index]) => last >= 0 && network.layers[index].out[1] * network.layers[index].out[2] > 1);
  const choice = createChoice({ label: words.camLayer, options, onChoose: (value) => {
    layer = Number(value);
    onAnswer();
  } });
  choice.show(String(layer));
  const answer = ({ outputs, gradients, classes, target }) => {
    if (!options.some(([index]) => Number(index) === layer)) return { text: words.camNone };
    const rows = gradCam(network, outputs, gradients(), layer);
    const mark = argmax(rows);
    const isFlat = rows[mark[0]][mark[1]] <= 0;
    return { rows, mark, text: isFlat ? words.camFlat(classes[target]) : words.camStrongest(classes[target], ...mark) };
  };
  return { element: h("div", {}, h("p", { class: "cw-help" }, words.camHelp), choice.element), answer };
}
