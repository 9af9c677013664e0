// The view of a network at work: a picture, the maps of each layer, the scores, and where each number comes from.
// State: network, images, labels, classes (given); input (bytes of the picture as base64), target (class asked
// about, or null for the one predicted), at ([layer, channel, row, column] of the number told).
import { isSame } from "./core/arrays.mjs";
import { decode, encode } from "./core/base64.mjs";
import { backward, forward, load, softmax, standardise } from "./core/explainer.mjs";
import { createDetail } from "./explainer/detail.mjs";
import { createLayers } from "./explainer/layers.mjs";
import { createPicture } from "./explainer/picture.mjs";
import { classTable, createCam, createOcclusion, createPlot, createSaliency, createSoftmax, largest }
  from "./explainer/why.mjs";
import css from "./styles/explainer.css";
import { createChoice } from "./ui/choice.mjs";
import { bar, button, h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { format, short } from "./ui/numbers.mjs";
import { colours, followColours } from "./ui/pictures.mjs";
import { createTabs } from "./ui/tabs.mjs";
import words from "./words/explainer.mjs";

const GIVEN = ["network", "images", "labels", "classes"];
const PREDICTED = "predicted";

function render({ model, el }) {
  let view = null;
  const bound = bindModel(model, [...GIVEN, "input", "target", "at"], (state) => {
    const isOther = GIVEN.some((name) => state[name] !== view.state[name]);
    if (isOther) rebuild(state, state); // another network or other pictures
    else adopt(view, state);
  });
  const rebuild = (state, initial) => {
    view?.stop();
    el.replaceChildren();
    view = build(el, { state, write: bound.write, reset: () => {
      const { input, target, at } = initial;
      bound.write({ input, target, at });
      rebuild(bound.read(), initial);
      view.reset.focus();
    } });
  };
  rebuild(bound.read(), bound.read());
  return () => {
    bound.stop();
    view.stop();
  };
}

export default { render };

function build(el, { state, write, reset }) {
  const network = load(state.network);
  const { classes } = state;
  const view = { network, classes, write, tab: "numbers", say: (text) => view.frame?.say(text) };
  const onAnswer = () => drawTab(view);
  view.picture = createPicture({
    ...state, shape: network.input, say: view.say, onPixels: (pixels, isDone) => see(view, pixels, isDone),
  });
  view.layers = createLayers({ network, onChoose: (layer, channel) => choose(view, layer, channel) });
  view.scores = createScores();
  view.plot = createPlot(view);
  view.parts = {
    numbers: createDetail({ onPlace: (at) => goTo(view, at), say: view.say }), softmax: createSoftmax(),
    occlusion: createOcclusion({ network, onAnswer, say: view.say }), saliency: createSaliency(view),
    cam: createCam({ network, onAnswer }),
  };
  view.asked = createChoice({
    label: words.asked, options: [[PREDICTED, words.predicted], ...Object.entries(classes)],
    onChoose: (value) => {
      publish(view, { target: value === PREDICTED ? null : Number(value) });
      drawWhy(view);
    },
  });
  const tabs = createTabs({
    label: words.tabsLabel, tabs: words.tabs,
    onChoose: (name) => {
      view.tab = name;
      drawTab(view);
    },
  });
  for (const [name, panel] of Object.entries(tabs.panels)) panel.append(view.parts[name].element);
  view.reset = button(words.reset, reset);
  view.frame = createFrame(el, { name: "explainer", label: words.explainer, style: css },
    h("div", { class: "cw-top" }, view.picture.element, view.scores.element), view.layers.element,
    h("div", { class: "cw-switches" }, view.asked.element, view.reset), tabs.element);
  adopt(view, state);
  const stopColours = followColours(view.frame.root, () => draw(view));
  view.stop = () => {
    stopColours();
    view.picture.forget();
    view.parts.occlusion.stop();
    cancelAnimationFrame(view.pending);
    view.frame.stop();
  };
  return view;
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over the model's state; a file that is still being read comes too late. */
function adopt(view, state) {
  view.picture.forget();
  Object.assign(view, { state, pixels: decode(state.input, Uint8Array), at: state.at, isDrawing: false });
  look(view);
}

function publish(view, changes) {
  view.state = { ...view.state, ...changes };
  view.write(changes);
}

/** The reader has changed the picture; what follows from it is drawn with the next frame. */
function see(view, pixels, isDone) {
  Object.assign(view, { pixels, isDrawing: !isDone });
  view.picture.show(pixels);
  view.pending ??= requestAnimationFrame(() => {
    view.pending = null;
    look(view);
  });
  if (isDone) publish(view, { input: encode(pixels) });
}

/** A map was chosen: its number at the same place is told, or the middle one; of a vector the strongest. */
function choose(view, layer, channel) {
  const { layers } = view.network;
  const { out } = layers[layer];
  if (channel === null) {
    const values = [...view.outputs[layer + 1]].map(Math.abs);
    return goTo(view, [layer, values.indexOf(Math.max(...values)), 0, 0]);
  }
  const isLike = isSame(layers[view.at[0]].out.slice(1), out.slice(1));
  const cell = isLike ? view.at.slice(2) : out.slice(1).map((size) => size >> 1);
  return goTo(view, [layer, channel, ...cell]);
}

function goTo(view, at) {
  view.at = at;
  publish(view, { at });
  view.layers.mark(at);
  if (view.tab === "numbers") view.say(view.parts.numbers.show(view));
}

/** The network looks at the picture. */
function look(view) {
  view.outputs = forward(view.network, standardise(view.network, view.pixels));
  view.shares = softmax(view.outputs.at(-1)).shares;
  view.said = view.shares.indexOf(Math.max(...view.shares));
  draw(view);
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  view.colours = colours(view.frame.root);
  view.picture.show(view.pixels);
  view.picture.mark(view.isDrawing ? null : view.state.input);
  view.layers.show(view.outputs, view.colours);
  view.layers.mark(view.at);
  view.say(view.scores.show(view));
  drawWhy(view);
}

/** What depends on the class asked about. */
function drawWhy(view) {
  const { target } = view.state;
  view.target = target ?? view.said;
  view.asked.show(target === null ? PREDICTED : String(target));
  let found = null;
  view.gradients = () => (found ??= backward(view.network, view.outputs, view.target));
  drawTab(view);
}

function drawTab(view) {
  const { tab, parts, plot } = view;
  view.asked.element.hidden = tab === "numbers";
  const occluded = parts.occlusion.answer(view); // even when hidden: it must forget what is no longer true
  if (parts[tab].show) return parts[tab].show(view);
  parts[tab].element.append(plot.element);
  // A gradient for each point of a stroke would make it stutter.
  const answer = tab === "occlusion" ? occluded
    : view.isDrawing ? { text: words.awaited, isAwaited: true } : parts[tab].answer(view);
  return plot.show(answer, words.plots[tab], view.colours);
}

/** { element, show(view) }, which returns what the network says. */
function createScores() {
  const said = h("p", { class: "cw-caption cw-said" });
  const holder = h("div", {});
  const more = h("p", { class: "cw-note" });
  const show = (view) => {
    const { classes, shares, outputs, said: best } = view;
    const shown = largest(shares);
    const found = classTable(words.scores, words.columns, view, (index) => {
      const share = h("div", { class: "cw-share" }, bar(shares[index]), shares[index].toFixed(3));
      return [share, short(outputs.at(-1)[index])];
    });
    found.tBodies[0].rows[shown.indexOf(best)].classList.add("is-best");
    holder.replaceChildren(found);
    more.hidden = shown.length === classes.length;
    more.textContent = words.others(classes.length - shown.length);
    said.textContent = words.says(classes[best], format(shares[best], 3));
    return said.textContent;
  };
  return { element: h("div", { class: "cw-scores" }, said, holder, more), show };
}
