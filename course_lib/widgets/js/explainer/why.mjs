// Why the network says so: softmax in numbers, occlusion, saliency and Grad-CAM for one class.
import { makeRows, mapRows, sizeOf, sum } from "../core/arrays.mjs";
import { softmax } from "../core/explainer.mjs";
import { gradCam, lastMaps, occlusion, positions, saliency, shareOf } from "../core/explainer_why.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createFields } from "../ui/fields.mjs";
import { createMap, createMapTable } from "../ui/maps.mjs";
import { short } from "../ui/numbers.mjs";
import { rangeProblem } from "../ui/problem.mjs";
import { table } from "../ui/table.mjs";
import words from "../words/explainer.mjs";

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

/** { element, show(view) }: from scores to probabilities, class by class. */
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
    holder.replaceChildren(classTable(words.tabs.softmax, words.softmaxColumns, view, (index) => (
      [scores[index], scores[index] - top, powers[index], shares[index]].map(short)),
    [...more, [words.sum, "", "", short(total), short(sum(shares))]]));
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
    const size = sizeOf(rows);
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

/** [row, column] of what is largest by `of`. */
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
  const usual = { patch: Math.max(1, Math.round(least / 4)), step: Math.max(1, Math.ceil(least / 24)), grey: 128 };
  const ranges = { patch: [1, least], step: [1, least], grey: [0, 255] };
  const own = { run: 0, draft: { ...usual }, found: { text: "" } };
  const change = (name, value) => {
    own.draft[name] = value;
    showFields();
    forget(words.stale);
    onAnswer();
  };
  const fields = createFields(ranges, words, change);
  /** The smallest step that makes few enough places. */
  const leastStep = () => {
    const count = (size, step) => positions(size, Math.round(own.draft.patch) || 1, step).length;
    let step = 1;
    while (count(height, step) * count(width, step) > MOST_PLACES) step++;
    return step;
  };
  const run = button(words.run, () => start());
  const cancel = button(words.cancel, () => {
    forget(words.stopped(progress.value, progress.max));
    say(own.found.text);
    onAnswer();
  });
  const progress = h("progress", { "aria-label": words.progress });
  const showFields = () => {
    const problems = Object.entries(ranges).map(([name, [low, high]]) => (
      rangeProblem(name, own.draft[name], [name === "step" ? leastStep() : low, high], usual[name]))).filter(Boolean);
    fields.show(own.draft, problems);
    run.disabled = problems.length > 0;
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
    const { view: { pixels, target, classes }, draft } = own;
    const [rows, columns] = [height, width].map((size) => positions(size, draft.patch, draft.step).length);
    const places = occlusion(network, pixels, { target, ...draft });
    const found = [];
    forget("");
    const id = own.run;
    progress.max = rows * columns;
    isRunning(true);
    onAnswer();
    const finish = () => {
      isRunning(false);
      const whole = shareOf(network, pixels, target);
      const shares = makeRows(rows, columns, (i, j) => found[i * columns + j].share);
      const mark = argmax(shares, (share) => -share);
      const { row, column, share } = found[mark[0] * columns + mark[1]];
      const text = words.occluded(classes[target], short(whole), row, column, short(share));
      own.found = { text, rows: shares, mark, picture: mapRows(shares, (each) => whole - each) };
      say(text);
      onAnswer();
    };
    const work = () => {
      if (own.run !== id) return;
      const began = performance.now();
      while (found.length < progress.max && performance.now() - began < BREATH_MS) found.push(places.next().value);
      progress.value = found.length;
      if (found.length < progress.max) setTimeout(work);
      else finish();
    };
    work();
  }

  const element = h("div", {}, h("p", { class: "cw-help" }, words.occlusionHelp),
    h("div", { class: "cw-controls" }, ...fields.elements),
    h("div", { class: "cw-switches" }, run, cancel, progress));
  const answer = (view) => {
    const old = own.view;
    own.view = { ...view };
    if (old && (old.pixels !== view.pixels || old.target !== view.target)) forget(words.stale);
    return own.found;
  };
  return { element, answer, stop: () => { own.run += 1; } };
}

/** { element, answer(view) }: how the score changes with each pixel, for a plot. */
export function createSaliency({ network }) {
  const help = words.saliencyHelp + (network.input[0] === 1 ? words.saliencyOne : words.saliencyMany);
  const answer = ({ gradients, classes, target }) => {
    const rows = saliency(network, gradients()[0]);
    const mark = argmax(rows, Math.abs);
    return { rows, mark, text: words.strongest(classes[target], ...mark, short(rows[mark[0]][mark[1]])) };
  };
  return { element: h("div", {}, h("p", { class: "cw-help" }, help)), answer };
}

/** { element, answer(view) }: where a layer speaks for the class, for a plot; `onAnswer()` when another is chosen. */
export function createCam({ network, onAnswer }) {
  let layer = lastMaps(network);
  const options = Object.entries(layer < 0 ? [] : network.layers)
    .filter(([, { out }]) => out[1] * out[2] > 1).map(([index, each]) => [index, words.card(index, each)]);
  const choice = createChoice({ label: words.camLayer, options, onChoose: (value) => {
    layer = Number(value);
    onAnswer();
  } });
  choice.show(layer);
  const answer = ({ outputs, gradients, classes, target }) => {
    if (!options.some(([index]) => Number(index) === layer)) return { text: words.camNone };
    const rows = gradCam(network, outputs, gradients(), layer);
    const mark = argmax(rows);
    const isFlat = rows[mark[0]][mark[1]] <= 0;
    return { rows, mark, text: isFlat ? words.camFlat(classes[target]) : words.camStrongest(classes[target], ...mark) };
  };
  return { element: h("div", {}, h("p", { class: "cw-help" }, words.camHelp), choice.element), answer };
}
