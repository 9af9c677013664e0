// The picture: input and map as planes, or one axis as a pyramid; what is told of it; the numbers that move the place.
import * as core from "../core/receptive_field.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { createPin } from "../ui/pin.mjs";
import { messageOf } from "../ui/problem.mjs";
import { createTabs } from "../ui/tabs.mjs";
import words from "../words/receptive_field.mjs";
import { createPlane } from "./plane.mjs";
import { createStrips } from "./strips.mjs";
import { margins, overhang, tintOf, trace, ways } from "./trace.mjs";

const AXES = [0, 1];
const ENDS = ["map", "input"];
const isOn = (count) => count > 0;

/**
 * { element, show(scene, unit), start() }. A scene: { chain, layer, levels: of both axes, or chain null where the field
 * is not known; name, names, input, mapSize, isGraph, isBound, shade, effective, measuredAt, isMeasured(unit),
 * isStale }. Looks from `unit`, unless that is null: then from where it did. `onPin(selection)`, `onShade(name)`,
 * `onGoThere()`; `start` is the first tab.
 */
export function createPicture({ say, onPin, onShade, onGoThere }) {
  const view = { scene: null, tab: "plane" };
  const sizeOf = (end) => (end === "map" ? view.scene.mapSize : view.scene.input);
  const nameOf = ({ end, cell }) => words.cell(end === "map" ? view.scene.name : words.pixel, cell);
  const gridOf = (selection) => ({
    at: () => ({ name: nameOf(selection), text: words.pathCount(countAt(selection), view.scene.isGraph) }),
    isLinked: () => countAt(selection) > 0,
    focus: () => (view.tab === "plane" ? planes[selection.end].element
      : places[0].element.querySelector("input")).focus(),
  });
  const countAt = ({ end, cell }) => AXES.reduce(
    (all, axis) => all * (view.seen?.[axis][end][cell[axis]] ?? 0), 1);
  const pin = createPin({ gridOf, say, onPin, tell: () => draw() });
  const handlers = core.tableOf(ENDS, (end) => pin.handlers({ end }));
  const planes = core.tableOf(ENDS, (end) => createPlane(handlers[end]));
  const captions = core.tableOf(ENDS, () => h("p", { class: "cw-caption" }));
  const strips = AXES.map(createStrips);
  const tabs = createTabs({ label: words.view, tabs: words.tabs, onChoose: (tab) => {
    view.tab = tab;
    draw();
  } });
  tabs.panels.plane.append(h("div", { class: "cw-figure" }, ...ENDS.map((end) => h("div", { class: "cw-panel" },
    captions[end], planes[end].element))));
  AXES.forEach((axis) => Object.values(tabs.panels)[axis + 1].append(strips[axis].element));

  const places = AXES.map((axis) => createNamedField({
    label: words.place.map[axis], min: 0, onInput: (value) => moveTo(axis, value),
    stops: () => Array.from({ length: sizeOf(pin.selection().end)[axis] }, (_, at) => at),
  }));
  const moveTo = (axis, value) => {
    const { end, cell } = pin.selection();
    const last = sizeOf(end)[axis] - 1;
    if (Number.isInteger(value) && value >= 0 && value <= last) {
      pin.restore({ end, cell: cell.map((old, each) => (each === axis ? value : old)) });
      onPin(pin.selection());
      pin.select(pin.selection());
      return;
    }
    const nearest = Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 0), last) : cell[axis];
    const problem = { reason: "place", last, nearest };
    places[axis].show(value, messageOf(problem, words, () => moveTo(axis, nearest)), words.place[end][axis]);
  };
  const shade = createChoice({ label: words.shade, onChoose: onShade });
  const text = (kind) => h("p", { class: kind });
  const [sentence, told, measured] = ["cw-sentence", "cw-note rf-ways", "cw-note rf-measured"].map(text);
  const goThere = button("", () => {
    onGoThere();
    gridOf(pin.selection()).focus(); // the button is gone
  });
  const element = h("div", { class: "rf-picture" },
    h("div", { class: "cw-controls rf-look" }, ...places.map((each) => each.element), shade.element),
    h("div", { class: "rf-stage" }, tabs.element,
      h("div", { class: "rf-aside" }, sentence, pin.button, told, measured, goThere)));

  const show = (scene, unit) => {
    view.scene = scene;
    if (unit) pin.forget();
    const { end, cell } = unit ? { end: "map", cell: unit } : pin.selection();
    pin.select({ end, cell: cell.map((at, axis) => Math.min(at, sizeOf(end)[axis] - 1)) }, false);
  };

  /** Draws what is selected, and returns it as a sentence. */
  const draw = () => {
    const { scene } = view;
    const selection = pin.selection();
    const { end, cell } = selection;
    const seen = trace(scene, selection);
    view.seen = seen;
    places.forEach((field, axis) => {
      field.element.hidden = !seen;
      field.show(cell[axis], null, words.place[end][axis]);
    });
    const { effective, isGraph, isStale } = scene;
    const isMeasured = end === "map" && scene.isMeasured(cell);
    const { none, paths, measured: gradient } = words.shades;
    shade.show(scene.shade, { none, ...(isGraph ? {} : { paths }), ...(effective ? { measured: gradient } : {}) });
    const sees = scene.levels?.map(core.sees);
    measured.textContent = !effective ? "" : isMeasured ? words.measured(effective, sees)
      : isStale ? words.stale : "";
    goThere.hidden = !effective || isMeasured || isStale;
    goThere.textContent = words.goThere(scene.measuredAt);
    const counted = !isGraph && end === "map" ? ways(scene, cell, seen.map((axis) => axis.input)) : null;
    told.textContent = counted ? words.ways(counted, sees) : "";
    for (const strip of strips) strip.element.hidden = !seen;
    if (view.tab === "plane") drawPlanes(selection, seen, isMeasured);
    else if (seen) drawStrip(selection, seen, view.tab === "height" ? 0 : 1, counted);
    sentence.textContent = tell(scene, end, nameOf(selection), cell, seen);
    return sentence.textContent;
  };

  const drawPlanes = ({ end, cell }, seen, isMeasured) => {
    const { scene } = view;
    const far = end === "map" ? "input" : "map"; // where what takes part is shown
    const { shade: kind, effective } = scene;
    const tint = seen && kind === "paths" ? tintOf(seen.map((axis) => axis[far]))
      : isMeasured && kind === "measured" ? { rows: effective.values, block: effective.block } : null;
    const [rows, columns] = seen ? seen.map((axis) => core.runs(axis[far])) : [[], []];
    const window = end === "map" && seen && AXES.flatMap((side) => seen.map((axis) => axis.window[side]));
    for (const each of ENDS) {
      const size = words.size(sizeOf(each));
      captions[each].textContent = words.planes[each](size, scene.name);
      const own = each === far ? { rows, columns, window, tint, current: null } : { rows: [], columns, current: cell };
      planes[each].show({
        ...own, size: sizeOf(each), label: captions[each].textContent, isPinned: pin.isPinned(),
        margin: each === "input" && seen ? margins(scene.levels, scene.input) : [0, 0, 0, 0],
      });
    }
  };

  const drawStrip = ({ end }, seen, axis, counted) => {
    const { chain, layer, levels, input, names, isGraph } = view.scene;
    const all = core.levels(chain, axis).slice(0, layer + 2).map((level, index, below) => ({
      ...level, name: index ? names[index - 1] : words.levelInput, step: level.step || input[axis],
      middle: core.centre(level), lit: seen[axis].between[index],
      isSame: index > 0 && index <= layer && JSON.stringify(level) === JSON.stringify(below[index - 1]),
    }));
    const shown = all.filter(({ isSame }) => !isSame);
    const isCurve = !isGraph && end === "map";
    const past = margins(levels, input);
    const edges = shown.flatMap(({ middle: first, size, step }) => [first - step / 2, first + (size - 0.5) * step]);
    strips[axis].show({
      levels: shown, window: seen[axis].window, counts: isCurve ? seen[axis].input : null,
      domain: [Math.min(-0.5 - past[axis], ...edges), Math.max(input[axis] - 0.5 + past[axis + 2], ...edges)],
      gaussian: counted && { mean: counted.middle[axis], deviation: counted.deviation[axis] },
      text: [isCurve && words.curve, shown.length < all.length && words.folded].filter(Boolean).join(" "),
    });
  };
  const start = () => {
    view.tab = "plane";
    tabs.show("plane");
  };
  return { element, show, start };
}

/** What a unit sees or a pixel reaches, as one sentence. */
function tell({ name, levels, input, isGraph, isBound }, end, place, cell, seen) {
  if (!seen) return words.unknownSentence(name);
  if (end === "map" && levels.some(({ step }) => step === 0)) return words.seesAll(place);
  const many = (far) => seen.reduce((all, axis) => all * axis[far].filter(isOn).length, 1);
  if (end === "input") {
    const spans = seen.map(({ map }) => [map.findIndex(isOn), map.findLastIndex(isOn)]);
    return words.reachesSentence({ name, place, spans, reached: many("map"), isBound });
  }
  const windows = seen.map(({ window }) => window);
  return words.seesSentence({
    place, isBound, spans: windows, sees: levels.map(core.sees), over: overhang(windows, windows, input),
    centre: AXES.map((axis) => core.centre(levels[axis], cell[axis])), seen: isGraph ? null : many("input"),
  });
}
