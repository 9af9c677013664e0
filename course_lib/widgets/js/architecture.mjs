// The view of one network or two: settings, a tree of blocks for each, the story of one line, the totals.
// State: networks (profiles), share, order, width, resolution (a height or null for each network), batch, opened.
import * as core from "./core/architecture.mjs";
import { sizeFor, wholeStep } from "./core/architecture_shapes.mjs";
import { blocks, lines, tree } from "./core/architecture_tree.mjs";
import { byName } from "./core/arrays.mjs";
import { storyOf } from "./architecture/story.mjs";
import { createSettings } from "./architecture/settings.mjs";
import { totalsTable } from "./architecture/totals.mjs";
import { TreeGrid } from "./architecture/tree_grid.mjs";
import css from "./styles/architecture.css";
import { button, h } from "./ui/dom.mjs";
import { createFrame } from "./ui/frame.mjs";
import { bindModel } from "./ui/model.mjs";
import { createPin } from "./ui/pin.mjs";
import words from "./words/architecture.mjs";

const FIELDS = ["networks", "share", "order", "width", "resolution", "batch", "opened"];
const MOST_LINES = 340; // of all networks together: 8 cells each

function render({ model, el }) {
  const view = { nets: [], say: (text) => view.frame?.say(text) };
  view.model = bindModel(model, FIELDS, (state) => adopt(view, state));
  view.initial = view.model.read();
  // What is pointed at or pinned is a line of a tree: { index of the network, cell: key of the line }.
  view.pin = createPin({
    gridOf: ({ index }) => view.nets[index].grid, tell: (line) => tell(view, line), say: view.say,
  });
  view.controls = h("div");
  view.panels = h("div", { class: "cw-nets" });
  view.totals = h("div", { class: "cw-totals" });
  view.frame = createFrame(el, { name: "architecture", label: words.architecture, style: css },
    view.controls, view.panels, view.pin.story, view.totals, h("p", { class: "cw-help" }, words.help));
  adopt(view, view.initial);
  return () => {
    view.model.stop();
    view.frame.stop();
  };
}

export default { render };

// ---- state --------------------------------------------------------------------------------------

/** Takes over a state from outside; trees are built anew only for other networks. */
function adopt(view, state) {
  const { networks, resolution, ...settings } = state;
  if (networks !== view.networks) {
    view.networks = networks;
    view.nets = networks.map((network, index) => makeNet(view, network, index));
    view.panels.replaceChildren(...view.nets.map((net) => net.element));
    view.settings = createSettings(view.nets, {
      onChange: (name, value, index) => set(view, name, value, index),
      onReset: () => {
        forget(view);
        adopt(view, { ...view.initial, networks });
      },
    });
    view.controls.replaceChildren(view.settings.element);
    forget(view);
  }
  change(view, {
    ...settings,
    resolution: view.nets.map(({ network: { size }, index }) => (size ? resolution[index] ?? size[0] : null)),
    opened: view.nets.map(({ index }) => settings.opened[index] ?? [""]),
  });
}

function makeNet(view, network, index) {
  const layers = core.rows(network);
  const net = { index, network, layers, root: tree(layers), step: wholeStep(layers) };
  const { onPoint, onPress, onEscape } = view.pin.handlers({ index });
  net.grid = new TreeGrid({
    columns: words.columns, onToggle: (key) => toggle(view, net, key), onPoint, onKeep: onPress, onEscape,
  });
  net.facts = h("p", { class: "cw-note" });
  net.alarm = h("p", { class: "cw-problem", hidden: true });
  net.notes = h("div");
  const opens = (text, keys) => {
    const made = button(text, () => open(view, net, keys()));
    made.setAttribute("aria-label", `${text}, ${network.name}`);
    return made;
  };
  net.element = h("div", { class: "cw-net" },
    h("div", { class: "cw-switches" }, h("p", { class: "cw-caption" }, network.name),
      opens(words.openAll, () => blocks(net.root)), opens(words.closeAll, () => [""])),
    net.facts, net.alarm, net.grid.element, net.notes);
  return net;
}

const replaced = (list, at, value) => list.map((old, index) => (index === at ? value : old));

function set(view, name, value, index) {
  const { draft } = view;
  change(view, { ...draft, [name]: name === "resolution" ? replaced(draft.resolution, index, value) : value });
}

/** Shows `draft`; where it is legal, it becomes the model's state. */
function change(view, draft) {
  view.draft = draft;
  const { width, batch } = draft;
  const shared = { width: core.settingProblem("width", width), batch: core.settingProblem("batch", batch) };
  for (const net of view.nets) {
    const { network, layers } = net;
    const height = draft.resolution[net.index];
    net.height = height;
    net.isResized = network.size !== null && height !== network.size[0];
    net.misfit = net.isResized ? core.settingProblem("resolution", height, network, layers) : null;
    if (net.misfit && "row" in net.misfit) net.misfit.path = layers[net.misfit.row].path;
    const isOff = shared.width || shared.batch || net.misfit?.reason === "range";
    net.scaled = isOff ? { rows: [], totals: null, problem: null }
      : core.scale(network, layers, { width, batch, height });
  }
  if (!shared.width && !shared.batch && view.nets.every(({ misfit }) => !misfit)) {
    view.model.write({ ...draft, resolution: view.nets.map(({ isResized, height }) => (isResized ? height : null)) });
  }
  view.settings.show(draft, shared);
  for (const net of view.nets) drawNet(view, net);
  view.totals.replaceChildren(totalsTable(view.nets));
  if (lineOf(view, view.pin.selection())) view.pin.select(view.pin.selection(), false);
  else forget(view); // its block is closed
  view.say(view.nets.map((net) => words.drawn(net.network.name, net.scaled.totals)).join(" "));
}

function open(view, net, keys) {
  change(view, { ...view.draft, opened: replaced(view.draft.opened, net.index, keys) });
}

function toggle(view, net, key) {
  const keys = view.draft.opened[net.index];
  const isOpen = keys.includes(key);
  open(view, net, isOpen ? keys.filter((one) => one !== key) : [...keys, key]);
  view.say(words.opened(nameOf(lineOf(view, { index: net.index, cell: key })), !isOpen));
}

// ---- drawing ------------------------------------------------------------------------------------

const nameOf = ({ node, level }) => (level === 1 ? words.whole : node.key);

function drawNet(view, net) {
  const { share, order, opened } = view.draft;
  const { network, layers, scaled } = net;
  const all = lines(net.root, layers, scaled.rows, new Set(opened[net.index]), order, share);
  for (const name of scaled.totals ? core.MEASURES : []) { // the profile's own totals may count what no layer does
    all[0].values[name] = scaled.totals[name].value;
    all[0].sure[name] = scaled.totals[name].sure;
  }
  const most = Math.floor(MOST_LINES / view.nets.length);
  net.lines = all.slice(0, most);
  net.whole = Math.max(all[0].values[share], 1);
  net.grid.draw(net.lines.map((line) => content(net, line, share)), {
    label: words.tree(network.name), share: `${words.share} ${words.shares[share]}`,
  });
  const size = network.size && sizeFor(network.size, Number.isFinite(net.height) ? net.height : network.size[0]);
  net.facts.textContent = size ? words.input(network.input_shape, size, layers.length) : words.noInput;
  drawAlarm(net);
  const notes = [...words.outside(core.outside(network, layers)), ...reasons(view, net)];
  if (all.length > most) notes.unshift(words.more(all.length - most));
  net.notes.replaceChildren(...notes.map((text) => h("p", { class: "cw-note" }, text)));
}

/** Why the drawing ends before the network does. */
function drawAlarm({ alarm, network, layers, misfit }) {
  alarm.textContent = misfit ? words.problem[misfit.reason](misfit)
    : network.error ? words.stopped(layers.at(-1)?.path ?? null, network.error) : "";
  alarm.hidden = alarm.textContent === "";
}

function content(net, line, share) {
  const { node, level, values, sure, isDrawn } = line;
  const isFailed = net.scaled.problem && node.all.includes(net.scaled.problem.row);
  const number = (name) => (isDrawn ? words.number(name, values[name], sure[name]) : words.none);
  const part = isDrawn ? values[share] / net.whole : null;
  const whole = net.network.error ? words.ran : words.whole;
  const title = level === 1 ? whole : node.times > 1 ? `${node.name} ${words.times(node.times)}` : node.name;
  return {
    ...line, key: node.key, part, name: `${nameOf(line)}, ${words.shares[share]}`, text: number(share),
    kind: isFailed ? "is-failed" : isDrawn ? "" : "is-missing",
    texts: {
      name: isFailed ? `⚠ ${title} ${words.failed}` : title,
      type: line.type || words.layers(line.layers),
      output: isDrawn && line.shape ? words.size(line.shape) : words.none,
      ...byName(core.MEASURES, number),
      sees: isDrawn ? words.sees(line.sees) : words.none,
      share: isDrawn ? words.percent(part) : words.none,
    },
  };
}

/** Why some numbers are estimates, or exact although a width is set, a sentence each. */
function reasons({ draft }, { height, scaled, step, isResized, network: { size, input_shape: known } }) {
  if (!scaled.totals) return [];
  const found = [];
  if (draft.width !== 1) found.push(scaled.isTold ? words.why.told : words.why.width);
  if (isResized && known === null) found.push(words.why.deduced(size));
  else if (isResized && scaled.isTold && scaled.rows.some(({ sure }) => !sure.macs || !sure.activation_bytes)) {
    const steps = (height - size[0]) / step;
    const whole = Math.max(Math.round(steps) || Math.sign(steps), Math.ceil((1 - size[0]) / step));
    found.push(Number.isInteger(steps) ? words.why.unfollowed
      : words.why.between(size[0], step, size[0] + step * whole));
  }
  if (scaled.totals.training_bytes?.sure === false && !found.length) found.push(words.why.training);
  return found;
}

// ---- the story of one line ----------------------------------------------------------------------

const lineOf = ({ nets }, chosen) => chosen && nets[chosen.index].lines?.find(({ node }) => node.key === chosen.cell);

function forget(view) {
  view.pin.forget();
  view.pin.select(null, false);
}

/** Marks the line and tells what it is; without one, what to do. */
function tell(view, chosen) {
  const line = lineOf(view, chosen);
  for (const { index, grid } of view.nets) grid.mark(chosen?.index === index ? chosen.cell : null, view.pin.isPinned());
  const { sentence } = view.pin;
  sentence.textContent = words.idle;
  if (!line) return "";
  const net = view.nets[chosen.index];
  const text = line.isDrawn ? words.tell(storyOf(net, line, nameOf(line), view.draft))
    : words.tellFailed(nameOf(line));
  sentence.textContent = view.nets.length > 1 ? `${net.network.name}, ${text}` : text;
  return sentence.textContent;
}
