// The view of a network at work: a picture, the maps of each layer, the scores, and where each number comes from.
// State: network, images, labels, classes (given); input (bytes of the picture as base64), target (class asked
// about, or null for the one predicted), at ([layer, channel, row, column] of the number told).
import { decode, encode } from "./core/base64.mjs";
import { backward, forward, load, softmax, standardise } from "./core/explainer.mjs";
import { createDetail } from "./explainer/detail.mjs";
import { createLayers } from "./explainer/layers.mjs";
import { createPicture } from "./explainer/picture.mjs";
import { createCam, createOcclusion, createSaliency, createSoftmax } from "./explainer/why.mjs";
import css from "./styles/explainer.css";
import { createChoice } from "./ui/choice.mjs";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { format } from "./ui/numbers.mjs";
import { colours } from "./ui/pictures.mjs";
import { createTabs } from "./ui/tabs.mjs";
import words from "./words/explainer.mjs";

const GIVEN = ["network", "images", "labels", "classes"];
const OWN = ["input", "target", "at"];
const MOST_BARS = 20;

function render({ model, el }) {
  const buildFromModel = () => build(model, el, Object.fromEntries(OWN.map((name) => [name, model.get(name)])));
  let stop = buildFromModel();
  // Another network or other pictures: everything is built anew.
  const rebuild = () => {
    stop();
    el.replaceChildren();
    stop = buildFromModel();
  };
  for (const name of GIVEN) model.on(`change:${name}`, rebuild);
  return () => {
    for (const name of GIVEN) model.off(`change:${name}`, rebuild);
    stop();
  };
}

export default { render };

function build(model, el, initial) {
  const network = load(model.get("network"));
  const classes = model.get("classes");
  const view = { model, network, classes, tab: "numbers", isPublishing: false };
  const body = h("div", {});
  const frame = createFrame(el, { name: "explainer", label: words.explainer, style: css }, body);
  view.say = frame.say;
  view.picture = createPicture({
    shape: network.input, images: model.get("images"), labels: model.get("labels"), classes, say: frame.say,
    onPixels: (pixels, isDone) => see(view, pixels, isDone),
  });
  view.layers = createLayers({ network, onChoose: (layer, channel) => choose(view, layer, channel) });
  view.scores = createScores(classes);
  view.parts = {
    numbers: createDetail({ network, onPlace: (at) => goTo(view, at) }),
    softmax: createSoftmax(), occlusion: createOcclusion({ network, say: frame.say }),
    saliency: createSaliency({ network }), cam: createCam({ network }),
  };
  view.asked = createChoice({
    label: words.asked,
    options: { predicted: words.predicted, ...Object.fromEntries(classes.map((name, i) => [`c${i}`, name])) },
    onChoose: (value) => {
      publish(view, { target: value === "predicted" ? null : Number(value.slice(1)) });
      drawWhy(view);
    },
  });
  const tabs = createTabs({
    label: words.explain, tabs: words.tabs,
    onChoose: (name) => {
      view.tab = name;
      drawTab(view);
    },
  });
  for (const [name, panel] of Object.entries(tabs.panels)) panel.append(view.parts[name].element);
  view.askedBox = h("div", { class: "cw-asked" }, view.asked.element);
  const reset = h("button", { class: "cw-button", type: "button", onclick: () => {
    publish(view, initial);
    adopt(view);
  } }, words.reset);
  body.append(
    h("div", { class: "cw-top" }, view.picture.element, view.scores.element), view.layers.element,
    h("div", { class: "cw-tools" }, view.askedBox, reset), tabs.element);

  const fromModel = () => {
    if (!view.isPublishing) adopt(view);
  };
  for (const name of OWN) model.on(`change:${name}`, fromModel);
  const recolour = () => {
    view.colours = colours(frame.root);
    if (view.outputs) draw(view);
  };
  const observer = new MutationObserver(recolour);
  observer.observe(frame.root, { attributeFilter: ["data-cw-theme"] });
  const printing = matchMedia("print");
  printing.addEventListener("change", recolour);
  recolour();
  adopt(view);
  // The theme's colours can be read once the widget stands on the page.
  requestAnimationFrame(() => frame.root.isConnected && recolour());
  return () => {
    for (const name of OWN) model.off(`change:${name}`, fromModel);
    observer.disconnect();
    printing.removeEventListener("change", recolour);
    view.parts.occlusion.stop();
    cancelAnimationFrame(view.pending);
    frame.stop();
  };
}

// ---- state --------------------------------------------------------------------------------------

/** Takes over the model's state. */
function adopt(view) {
  const { model } = view;
  view.pixels = decode(model.get("input"), Uint8Array);
  view.at = model.get("at");
  compute(view);
  draw(view);
}

function publish(view, changes) {
  const { model } = view;
  const changed = Object.entries(changes)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(model.get(name)));
  view.isPublishing = true; // `set` calls our own listeners
  for (const [name, value] of changed) model.set(name, value);
  view.isPublishing = false;
  if (changed.length) model.save_changes();
}

/** The reader has changed the picture; what follows from it is drawn with the next frame. */
function see(view, pixels, isDone) {
  view.pixels = pixels;
  view.picture.show(pixels);
  view.pending ??= requestAnimationFrame(() => {
    view.pending = null;
    compute(view);
    draw(view);
  });
  if (isDone) publish(view, { input: encode(pixels) });
}

/** A map was chosen: its number at the same place is told, or the middle one; of a vector the strongest. */
function choose(view, layer, channel) {
  const { out } = view.network.layers[layer];
  if (channel === null) {
    const values = [...view.outputs[layer + 1]].map(Math.abs);
    return goTo(view, [layer, values.indexOf(Math.max(...values)), 0, 0]);
  }
  const isLike = view.network.layers[view.at[0]].out.slice(1).join() === out.slice(1).join();
  const cell = isLike ? view.at.slice(2) : out.slice(1).map((size) => Math.floor(size / 2));
  return goTo(view, [layer, channel, ...cell]);
}

function goTo(view, at) {
  view.at = at;
  publish(view, { at });
  view.layers.mark(at);
  if (view.tab !== "numbers") return;
  view.say(view.parts.numbers.show(view));
}

function compute(view) {
  const { network } = view;
  view.outputs = forward(network, standardise(network, view.pixels));
  view.shares = softmax(view.outputs.at(-1)).shares;
  view.said = view.shares.indexOf(Math.max(...view.shares));
}

// ---- drawing ------------------------------------------------------------------------------------

function draw(view) {
  const { classes, said, shares } = view;
  view.picture.show(view.pixels);
  view.layers.show(view.outputs, view.colours);
  view.layers.mark(view.at);
  view.scores.show(view);
  view.say(words.says(classes[said], format(shares[said], 3)));
  drawWhy(view);
}

/** What depends on the class asked about. */
function drawWhy(view) {
  const asked = view.model.get("target");
  view.target = asked ?? view.said;
  view.asked.show(asked === null ? "predicted" : `c${asked}`);
  let found = null;
  view.gradients = () => (found ??= backward(view.network, view.outputs, view.target));
  drawTab(view);
}

function drawTab(view) {
  view.askedBox.hidden = view.tab === "numbers";
  view.parts.occlusion.show({ ...view }); // even when hidden: it must forget what is no longer true
  if (view.tab !== "occlusion") view.parts[view.tab].show(view);
}

function createScores(classes) {
  const said = h("p", { class: "cw-said" });
  const rows = classes.map((name) => {
    const bar = h("span", { class: "cw-bar-fill" });
    const [share, score] = [h("td", {}), h("td", {})];
    const row = h("tr", {}, h("th", { scope: "row" }, name),
      h("td", { class: "cw-bar-cell" }, h("span", { class: "cw-bar" }, bar)), share, score);
    return { row, bar, share, score };
  });
  const more = h("p", { class: "cw-note", hidden: classes.length <= MOST_BARS });
  const element = h("div", { class: "cw-scores" }, said, h("table", { class: "cw-table" },
    h("caption", { class: "cw-caption" }, words.scores),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, words.columns.name),
      h("th", { scope: "col", colspan: 2 }, words.columns.share), h("th", { scope: "col" }, words.columns.score))),
    h("tbody", {}, ...rows.map(({ row }) => row))), more);
  const show = ({ shares, outputs, said: best }) => {
    said.textContent = words.says(classes[best], format(shares[best], 3));
    const order = shares.map((_, index) => index).sort((a, b) => shares[b] - shares[a]);
    more.textContent = words.others(classes.length - MOST_BARS);
    rows.forEach(({ row, bar, share, score }, index) => {
      row.hidden = order.indexOf(index) >= MOST_BARS;
      row.classList.toggle("is-best", index === best);
      bar.style.width = `${100 * shares[index]}%`;
      share.textContent = shares[index].toFixed(3);
      score.textContent = format(outputs.at(-1)[index], 4);
    });
  };
  return { element, show };
}
