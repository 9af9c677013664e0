// The view of one network or two: settings, a tree of blocks for each, the story of one line, the totals.
// State: networks (profiles), share, order, width, resolution (a height or null for each network), batch, open.
import * as core from "./core/architecture.mjs";
import { inputSize, sizeFor, wholeStep } from "./core/architecture_shapes.mjs";
import { blocks, lines, tree } from "./core/architecture_tree.mjs";
import { storyOf } from "./architecture/story.mjs";
import { createSettings } from "./architecture/settings.mjs";
import { totalsTable } from "./architecture/totals.mjs";
import { TreeGrid } from "./architecture/tree_grid.mjs";
import css from "./styles/architecture.css";
import { h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import words from "./words/architecture.mjs";

const FIELDS = ["networks", "share", "order", "width", "resolution", "batch", "open"];
const SETTINGS = FIELDS.slice(1);
const MOST_LINES = 340; // of all networks together: 8 cells each

function render({ model, el }) {
  const view = { model, nets: [], told: null, isKept: false };
  view.controls = h("div", {});
  view.panels = h("div", { class: "cw-nets" });
  view.sentence = h("p", { class: "cw-sentence" }, words.idle);
  view.unpin = button(words.unpin, words.unpin, () => letGo(view));
  view.unpin.hidden = true;
  view.totals = h("div", { class: "cw-totals" });
  const frame = createFrame(el, { name: "architecture", label: words.architecture, style: css },
    view.controls, view.panels, h("div", { class: "cw-story" }, view.sentence, view.unpin), view.totals,
    h("p", { class: "cw-help" }, words.help));
  view.say = frame.say;
  view.initial = read(model);
  adopt(view, view.initial);
  const fromModel = () => {
    if (!view.isPublishing) adopt(view, read(model));
  };
  for (const field of FIELDS) model.on(`change:${field}`, fromModel);
  return () => {
    for (const field of FIELDS) model.off(`change:${field}`, fromModel);
    frame.stop();
  };
}

export default { render };

const button = (text, label, onclick) => h("button", {
  class: "cw-button", type: "button", "aria-label": label, onclick,
}, text);
const read = (model) => Object.fromEntries(FIELDS.map((field) => [field, model.get(field)]));

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside; trees are built anew only for other networks. */
function adopt(view, state) {
  const { networks, resolution, ...settings } = state;
  if (networks !== view.networks) {
    view.networks = networks;
    view.nets = networks.map((network, index) => makeNet(view, network, index));
    view.panels.replaceChildren(...view.nets.map((net) => net.element));
    view.told = null;
    view.isKept = false;
    view.settings = createSettings(view.nets, {
      onChange: (name, value, index) => set(view, name, value, index),
      onReset: () => adopt(view, { ...view.initial, networks }),
    });
    view.controls.replaceChildren(view.settings.element);
  }
  change(view, {
    ...settings,
    resolution: view.nets.map(({ base, index }) => (base ? resolution[index] ?? base[0] : null)),
    open: view.nets.map(({ index }) => settings.open[index] ?? [""]),
  });
}

function makeNet(view, network, index) {
  const layers = core.rows(network);
  const net = { index, network, layers, root: tree(layers), ...inputSize(network, layers), step: wholeStep(layers) };
  net.grid = new TreeGrid({
    columns: words.columns,
    onToggle: (key) => toggle(view, net, key),
    onPoint: (key) => { if (!view.isKept) tell(view, net, key); },
    onKeep: (key) => {
      view.isKept = !(view.isKept && view.told?.net === net && view.told.key === key);
      tell(view, net, key);
    },
    onEscape: () => letGo(view),
  });
  net.facts = h("p", { class: "cw-note" });
  net.alarm = h("p", { class: "cw-problem", hidden: true });
  net.notes = h("div", {});
  const opens = (text, keys) => button(text, `${text}, ${network.name}`, () => open(view, net, keys()));
  net.element = h("div", { class: "cw-net" },
    h("div", { class: "cw-net-head" }, h("p", { class: "cw-caption" }, network.name),
      opens(words.openAll, () => blocks(net.root)), opens(words.closeAll, () => [""])),
    net.facts, net.alarm, net.grid.element, net.notes);
  return net;
}

function set(view, name, value, index) {
  const { draft } = view;
  if (name === "resolution") {
    return change(view, { ...draft, resolution: draft.resolution.map((old, at) => (at === index ? value : old)) });
  }
  return change(view, { ...draft, [name]: value });
}

/** Shows `draft`; where it is legal, it becomes the model's state. */
function change(view, draft) {
  view.draft = draft;
  const { width, batch } = draft;
  const shared = { width: core.settingProblem("width", width), batch: core.settingProblem("batch", batch) };
  for (const net of view.nets) {
    const { network, layers, base } = net;
    const height = draft.resolution[net.index];
    net.height = height;
    net.misfit = base && height !== base[0] ? core.settingProblem("resolution", height, network, layers) : null;
    if (net.misfit && "row" in net.misfit) net.misfit.path = layers[net.misfit.row].path;
    const isOff = shared.width || shared.batch || net.misfit?.reason === "range";
    net.scaled = isOff ? { rows: [], totals: null, problem: null }
      : core.scale(network, layers, { width, batch, height });
  }
  if (!shared.width && !shared.batch && view.nets.every(({ misfit }) => !misfit)) publish(view);
  view.settings.show(draft, shared);
  for (const net of view.nets) drawNet(view, net);
  view.totals.replaceChildren(totalsTable(view.nets));
  if (view.told) tell(view, view.told.net, view.told.key);
  view.say(view.nets.map((net) => words.drawn(net.network.name, net.scaled.totals)).join(" "));
}

function publish(view) {
  const { model, draft, nets } = view;
  const resolution = nets.map(({ base, height }) => (base && height !== base[0] ? height : null));
  const state = { ...draft, resolution };
  const changed = SETTINGS.filter((field) => JSON.stringify(state[field]) !== JSON.stringify(model.get(field)));
  view.isPublishing = true; // `set` calls our own listeners
  for (const field of changed) model.set(field, state[field]);
  view.isPublishing = false;
  if (changed.length) model.save_changes();
}

function open(view, net, keys) {
  change(view, { ...view.draft, open: view.draft.open.map((old, index) => (index === net.index ? keys : old)) });
}

function toggle(view, net, key) {
  const keys = view.draft.open[net.index];
  const isOpen = keys.includes(key);
  open(view, net, isOpen ? keys.filter((one) => one !== key) : [...keys, key]);
  const line = net.lines.find(({ node }) => node.key === key);
  view.say(words.opened(nameOf(line), !isOpen, line.node.children.length));
}

// ---- drawing ------------------------------------------------------------------------------------

const nameOf = ({ node, level }) => (level === 1 ? words.whole : node.key);

function drawNet(view, net) {
  const { share, order, open: opened } = view.draft;
  const { network, layers, scaled } = net;
  const all = lines(net.root, layers, scaled.rows, new Set(opened[net.index]), order, share);
  for (const name of core.MEASURES) { // the profile's own totals may count what no layer does
    if (!scaled.totals) continue;
    all[0].values[name] = scaled.totals[name].value;
    all[0].sure[name] = scaled.totals[name].sure;
  }
  const most = Math.floor(MOST_LINES / view.nets.length);
  net.lines = all.slice(0, most);
  net.whole = Math.max(all[0].values[share], 1);
  net.grid.draw(net.lines.map((line) => content(net, line, share)), {
    label: words.tree(network.name), share: `${words.share} ${words.shares[share]}`,
  });
  net.grid.mark(view.told?.net === net ? view.told.key : null, view.isKept);
  const size = net.base && sizeFor(net.base, Number.isFinite(net.height) ? net.height : net.base[0]);
  net.facts.textContent = size ? words.input(network.input_shape, size, net.isKnown, layers.length) : words.noInput;
  drawAlarm(net);
  const notes = [...words.outside(core.outside(network, layers)), ...reasons(view, net)];
  if (all.length > most) notes.unshift(words.more(all.length - most));
  net.notes.replaceChildren(...notes.map((text) => h("p", { class: "cw-note" }, text)));
}

/** Why the drawing ends before the network does. */
function drawAlarm({ alarm, network, layers, misfit }) {
  const text = misfit ? words.problem[misfit.reason](misfit)
    : network.error ? words.stopped(layers.at(-1)?.path ?? null, network.error) : "";
  alarm.hidden = text === "";
  if (alarm.textContent !== text) alarm.textContent = text;
}

function content(net, line, share) {
  const { node, level, values, sure } = line;
  const isDrawn = line.drawn === line.layers && line.layers > 0;
  const isFailed = net.scaled.problem && node.all.includes(net.scaled.problem.row);
  const number = (name) => (isDrawn ? words.number(name, values[name], sure[name]) : words.none);
  const part = isDrawn ? values[share] / net.whole : null;
  const whole = net.network.error ? words.ran : words.whole;
  const name = level === 1 ? whole : node.times > 1 ? `${node.name} ${words.times(node.times)}` : node.name;
  return {
    key: node.key, level, isOpen: line.isOpen, parent: line.parent, place: line.place, count: line.count, part,
    kind: isFailed ? "is-failed" : isDrawn ? "" : "is-missing",
    texts: {
      name: isFailed ? `⚠ ${name} ${words.failed}` : name,
      type: line.type || words.layers(line.layers),
      output: isDrawn && line.shape ? words.sizes(line.shape) : words.none,
      ...Object.fromEntries(core.MEASURES.map((measure) => [measure, number(measure)])),
      sees: isDrawn ? words.sees(line.sees) : words.none,
      share: isDrawn ? words.percent(part) : words.none,
    },
  };
}

/** Why some numbers are estimates, a sentence each. */
function reasons({ draft }, net) {
  const { base, height, scaled, step, isKnown } = net;
  if (!scaled.totals) return [];
  const isResized = base && height !== base[0];
  const found = [];
  if (draft.width !== 1) found.push(words.why.width);
  if (isResized && !isKnown) found.push(words.why.deduced(base));
  else if (isResized && draft.width === 1 && scaled.rows.some(({ sure }) => !sure.macs || !sure.activation_bytes)) {
    const steps = (height - base[0]) / step;
    const whole = Math.max(Math.round(steps) || Math.sign(steps), Math.ceil((1 - base[0]) / step));
    const nearest = base[0] + step * whole;
    found.push(Number.isInteger(steps) ? words.why.unfollowed : words.why.between(base[0], step, nearest));
  }
  if (scaled.totals.training_bytes?.sure === false && !found.length) found.push(words.why.training);
  return found;
}

// ---- the story of one line ----------------------------------------------------------------------

function tell(view, net, key) {
  const line = net.lines.find(({ node }) => node.key === key);
  if (!line) return letGo(view);
  view.told = { net, key };
  const text = line.drawn === line.layers && line.layers > 0
    ? words.tell(storyOf(net, line, nameOf(line), view.draft)) : words.tellFailed(nameOf(line));
  view.sentence.textContent = view.nets.length > 1 ? `${net.network.name}, ${text}` : text;
  view.unpin.hidden = !view.isKept;
  for (const one of view.nets) one.grid.mark(one === net ? key : null, view.isKept);
  return undefined;
}

function letGo(view) {
  view.isKept = false;
  view.told = null;
  view.unpin.hidden = true;
  view.sentence.textContent = words.idle;
  for (const net of view.nets) net.grid.mark(null, false);
}
