// The picture: input and map as planes, or one axis as a pyramid; what is told of it; the numbers that move the place.
import { byName, isSame, product, range } from "../core/arrays.mjs";
import * as core from "../core/receptive_field.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createNamedField } from "../ui/field.mjs";
import { createPin } from "../ui/pin.mjs";
import { messageOf, rangeProblem } from "../ui/problem.mjs";
import { createTabs } from "../ui/tabs.mjs";
import words from "../words/receptive_field.mjs";
import { createPlane } from "./plane.mjs";
import { createStrip } from "./strip.mjs";
import { corners, margins, overhang, tintOf, trace, ways } from "./trace.mjs";

const ENDS = ["map", "input"];
const axisOf = (tab) => (tab === "height" ? 0 : 1);

/**
 * { element, show(scene, unit), start() }. A scene: { chain, layer, levels: of both axes, or chain null where the field
 * is not known; name, names, input, mapSize, isGraph, isBound, shade, effective, measuredAt, isMeasured(unit),
 * isStale }. Looks from `unit`, unless that is null: then from where it did. `onPin(selection)`, `onShade(name)`,
 * `onGoThere()`; `start` is the first tab.
 */
export function createPicture({ say, onPin, onShade, onGoThere }) {
  let scene = null;
  let seen = null;
  let tab = "plane";
  const sizeOf = (end) => (end === "map" ? scene.mapSize : scene.input);
  const nameOf = ({ end, cell }) => words.cell(end === "map" ? scene.name : words.pixel, cell);
  const countAt = ({ end, cell }) => product(core.AXES.map((axis) => seen?.[axis][end][cell[axis]] ?? 0));
  const gridOf = (selection) => ({
    at: () => ({ name: nameOf(selection), text: words.pathCount(countAt(selection), scene.isGraph) }),
    isLinked: () => countAt(selection) > 0,
    focus: () => (tab === "plane" ? planes[selection.end] : places[0].element.querySelector("input")).focus(),
  });
  const pin = createPin({ gridOf, say, onPin, tell: () => draw() });
  const planes = byName(ENDS, (end) => createPlane(pin.handlers({ end })));
  const along = (act) => (end, unit) => {
    const { end: before, cell } = pin.selection();
    const from = end === before ? cell : sizeOf(end).map((size) => size >> 1);
    const to = from.map((old, axis) => (axis === axisOf(tab) ? unit : old));
    if (act === "onPress" || end !== before || !isSame(to, cell)) pin.handlers({ end })[act](to);
  };
  const strip = createStrip({ onPoint: along("onPoint"), onPress: along("onPress") });
  const tabs = createTabs({ label: words.tabsLabel, tabs: words.tabs, onChoose: (name) => {
    tab = name;
    draw();
  } });
  tabs.panels.plane.append(h("div", { class: "cw-figure" }, ...ENDS.map((end) => planes[end].element)));

  const places = core.AXES.map((axis) => createNamedField({
    label: words.place("map", axis), min: 0, onInput: (value) => moveTo(axis, value),
    stops: () => range(sizeOf(pin.selection().end)[axis]),
  }));
  const moveTo = (axis, value) => {
    const { end, cell } = pin.selection();
    const problem = rangeProblem("place", value, [0, sizeOf(end)[axis] - 1], cell[axis]);
    if (problem) {
      const message = messageOf(problem, words, () => moveTo(axis, problem.nearest));
      return places[axis].show(value, message, words.place(end, axis));
    }
    pin.forget();
    return pin.handlers({ end }).onPress(cell.map((old, each) => (each === axis ? value : old)));
  };
  const shade = createChoice({ label: words.shade, onChoose: onShade });
  const [told, measured] = ["rf-ways", "rf-measured"].map((name) => h("p", { class: `cw-note ${name}` }));
  const goThere = button("", () => {
    onGoThere();
    gridOf(pin.selection()).focus(); // the button is gone
  });
  const element = h("div", { class: "rf-picture" },
    h("div", { class: "cw-controls rf-look" }, ...places.map((each) => each.element), shade.element),
    h("div", { class: "cw-figure rf-stage" }, tabs.element,
      h("div", { class: "rf-aside" }, pin.story, told, measured, goThere)));

  const show = (given, unit) => {
    scene = given;
    if (unit) pin.forget();
    const { end, cell } = unit ? { end: "map", cell: unit } : pin.selection();
    pin.select({ end, cell: cell.map((at, axis) => Math.min(at, sizeOf(end)[axis] - 1)) }, false);
  };

  /** Draws what is selected, and returns it as a sentence. */
  const draw = () => {
    const selection = pin.selection();
    const { end, cell } = selection;
    seen = trace(scene, selection);
    places.forEach((field, axis) => {
      field.element.hidden = !seen;
      field.show(cell[axis], null, words.place(end, axis));
    });
    const { effective, isGraph, isStale, levels } = scene;
    const isMeasured = end === "map" && scene.isMeasured(cell);
    const { none, paths, measured: gradient } = words.shades;
    shade.show(scene.shade, { none, ...(!isGraph && { paths }), ...(effective && { measured: gradient }) });
    const sees = levels?.map(core.sees);
    measured.textContent = isMeasured ? words.measured(effective, sees) : effective && isStale ? words.stale : "";
    goThere.hidden = !effective || isMeasured || isStale;
    goThere.textContent = words.goThere(scene.measuredAt);
    const counted = !isGraph && end === "map" ? ways(scene, cell, seen.map((axis) => axis.input)) : null;
    told.textContent = counted ? words.ways(counted, sees) : "";
    strip.element.hidden = !seen;
    if (tab === "plane") drawPlanes(selection, isMeasured);
    else if (seen) drawStrip(end, axisOf(tab), counted);
    pin.sentence.textContent = tell(scene, end, nameOf(selection), cell, seen);
    return pin.sentence.textContent;
  };

  const drawPlanes = ({ end, cell }, isMeasured) => {
    const far = end === "map" ? "input" : "map"; // where what takes part is shown
    const { shade: kind, effective } = scene;
    const tint = seen && kind === "paths" ? tintOf(seen.map((axis) => axis[far]))
      : isMeasured && kind === "measured" ? { rows: effective.values, block: effective.block } : null;
    const [rows, columns] = seen ? seen.map((axis) => core.runs(axis[far])) : [[], []];
    const window = end === "map" && seen && corners(seen.map((axis) => axis.window));
    for (const each of ENDS) {
      planes[each].show({
        ...(each === far ? { rows, columns, window, tint } : { rows: [], columns, current: cell }),
        label: words.caption(each === "map" ? scene.name : words.input, sizeOf(each)), size: sizeOf(each),
        isPinned: pin.isPinned(),
        margin: each === "input" && seen ? margins(scene.levels, scene.input) : [0, 0, 0, 0],
      });
    }
  };

  const drawStrip = (end, axis, counted) => {
    const { chain, layer, levels, input, names, isGraph } = scene;
    const all = core.levels(chain, axis).slice(0, layer + 2).map((level, index, below) => ({
      ...level, name: index ? names[index - 1] : words.input, step: level.step || input[axis],
      middle: core.centre(level), lit: seen[axis].between[index],
      isFolded: index > 0 && index <= layer && isSame(level, below[index - 1]),
    }));
    const shown = all.filter(({ isFolded }) => !isFolded);
    const isCurve = !isGraph && end === "map";
    const past = margins(levels, input);
    const edges = shown.flatMap(({ middle: first, size, step }) => [first - step / 2, first + (size - 0.5) * step]);
    tabs.panels[tab].append(strip.element);
    strip.show({
      levels: shown, window: seen[axis].window, counts: isCurve ? seen[axis].input : null,
      domain: [Math.min(-0.5 - past[axis], ...edges), Math.max(input[axis] - 0.5 + past[axis + 2], ...edges)],
      gaussian: counted && { mean: counted.middle[axis], deviation: counted.deviation[axis] },
      text: [isCurve && words.curve, shown.length < all.length && words.folded].filter(Boolean).join(" "),
    });
  };
  const start = () => {
    tab = "plane";
    tabs.show(tab);
  };
  return { element, show, start };
}

/** What a unit sees or a pixel reaches, as one sentence. */
function tell({ name, levels, input, isGraph, isBound }, end, place, cell, seen) {
  if (!seen) return words.unknownSentence(name);
  if (end === "map" && levels.some(({ step }) => step === 0)) return words.seesAll(place);
  const many = (far) => product(seen.map((axis) => axis[far].filter(Boolean).length));
  if (end === "input") {
    const spans = seen.map(({ map }) => [map.findIndex(Boolean), map.findLastIndex(Boolean)]);
    return words.reachesSentence({ name, place, spans, reached: many("map"), isBound });
  }
  const windows = seen.map(({ window }) => window);
  return words.seesSentence({
    place, isBound, spans: windows, sees: levels.map(core.sees), over: overhang(windows, windows, input),
    centre: levels.map((level, axis) => core.centre(level, cell[axis])), seen: isGraph ? null : many("input"),
  });
}
