// The picture: input and map as planes, or one axis as a pyramid; what is told of it; the numbers that move the place.
import * as core from "../core/receptive_field.mjs";
import { createChoice } from "../ui/choice.mjs";
import { h } from "../ui/dom.mjs";
import { createField } from "../ui/field.mjs";
import { createTabs } from "../ui/tabs.mjs";
import words from "../words/receptive_field.mjs";
import { createPlane } from "./plane.mjs";
import { createStrips } from "./strips.mjs";
import { margins, overhang, tintOf, trace, ways } from "./trace.mjs";

const AXES = [0, 1];
const MOST_BARS = 24;

/**
 * { element, show(scene) → sentence }. `onSelect({ end, cell }, isPinned)`, `onLetGo()`, `onShade(name)`,
 * `onGoThere()`.
 */
export function createPicture({ onSelect, onLetGo, onShade, onGoThere }) {
  const view = { scene: null, tab: "plane" };
  const planes = Object.fromEntries(["input", "map"].map((end) => [end, createPlane({
    onPoint: (cell) => onSelect({ end, cell }, false), onPress: (cell) => onSelect({ end, cell }, true),
    onEscape: onLetGo,
  })]));
  const captions = Object.fromEntries(["input", "map"].map((end) => [end, h("p", { class: "cw-caption" })]));
  const strips = AXES.map((axis) => createStrips({
    onPoint: (isInput, at) => onSelect(along(view.scene, isInput, axis, at), false),
    onPress: (isInput, at) => onSelect(along(view.scene, isInput, axis, at), true),
  }));
  const tabs = createTabs({ label: words.view, tabs: words.tabs, onChoose: (tab) => {
    view.tab = tab;
    show(view.scene);
  } });
  const figure = (end) => h("div", { class: "cw-panel" }, captions[end], planes[end].element,
    h("p", { class: "cw-note" }, words.planeHelp[end]));
  tabs.panels.plane.append(h("div", { class: "cw-figure" }, figure("map"), figure("input")));
  tabs.panels.height.append(strips[0].element);
  tabs.panels.width.append(strips[1].element);

  const look = createChoice({ label: words.look, options: words.ends, onChoose: (end) => {
    const { scene } = view;
    const size = end === "map" ? scene.mapSize : scene.input;
    onSelect({ end, cell: end === scene.selection.end ? scene.selection.cell : size.map((side) => side >> 1) }, false);
  } });
  const place = Object.fromEntries(["map", "input"].map((end) => [end, AXES.map((axis) => createField({
    label: words.place[end][axis], caption: words.placeShort[axis], sliderLabel: words.slider(words.place[end][axis]),
    min: 0, sliderMax: 0, onInput: (value) => moveTo(end, axis, value),
  }))]));
  const moveTo = (end, axis, value) => {
    const { selection } = view.scene;
    const last = (end === "map" ? view.scene.mapSize : view.scene.input)[axis] - 1;
    const isLegal = Number.isInteger(value) && value >= 0 && value <= last;
    const nearest = Number.isFinite(value) ? Math.min(Math.max(Math.round(value), 0), last) : selection.cell[axis];
    if (isLegal) {
      onSelect({ end, cell: selection.cell.map((at, each) => (each === axis ? value : at)) }, true);
    } else {
      place[end][axis].show(value, {
        text: words.placeRange(last),
        use: { label: words.use(nearest), apply: () => moveTo(end, axis, nearest) },
      });
    }
  };
  const shade = createChoice({ label: words.shade, options: words.shades, onChoose: onShade });
  const sentence = h("p", { class: "cw-sentence" });
  const unpin = h("button", { class: "cw-button", type: "button", onclick: onLetGo }, words.unpin);
  const told = h("p", { class: "cw-note rf-ways" });
  const legend = h("p", { class: "cw-note" });
  const goThere = h("button", { class: "cw-button", type: "button", onclick: onGoThere }, words.goThere);
  const measured = h("p", { class: "cw-note rf-measured" });
  const places = h("div", { class: "rf-places" }, ...Object.values(place).flat().map((field) => field.element));
  const element = h("div", { class: "rf-picture" },
    h("div", { class: "cw-controls rf-look" }, look.element, places, shade.element),
    h("div", { class: "rf-stage" }, tabs.element,
      h("div", { class: "rf-aside" }, sentence, unpin, legend, told, measured, goThere)));

  const show = (scene) => {
    view.scene = scene;
    const { selection, pinned } = scene;
    const seen = trace(scene);
    const isUnit = selection.end === "map";
    look.show(selection.end);
    for (const end of ["map", "input"]) {
      place[end].forEach((field, axis) => {
        const isOther = end !== selection.end;
        field.element.hidden = isOther || !seen;
        if (!isOther) showPlace(field, selection.cell[axis], (end === "map" ? scene.mapSize : scene.input)[axis]);
      });
    }
    const { effective } = scene;
    showOptions(shade.element, { paths: Boolean(scene.chain), measured: Boolean(effective) });
    shade.show(scene.shade);
    legend.textContent = seen ? words.legend[scene.isBound ? "bound" : scene.shade] : "";
    measured.textContent = !effective ? "" : scene.measured ? measuredText(scene)
      : scene.isStale ? words.stale : words.elsewhere(scene.effectiveName, effective.unit);
    goThere.hidden = !effective || scene.measured || scene.isStale;
    unpin.hidden = !pinned;
    const counted = scene.chain && isUnit ? ways(scene.chain, scene.layer, scene.levels, selection.cell,
      seen.map(({ pixels }) => pixels)) : null;
    told.textContent = counted ? words.ways(waysTold(counted, scene)) : "";
    if (view.tab === "plane") showPlanes(scene, seen);
    else showStrip(scene, seen, view.tab === "height" ? 0 : 1, counted);
    const text = tell(scene, seen);
    sentence.textContent = text;
    return text;
  };

  const showPlanes = (scene, seen) => {
    const { selection, pinned } = scene;
    const isUnit = selection.end === "map";
    const runs = (name) => (seen ? seen.map((axis) => core.runs(axis[name])) : [[], []]);
    const window = isUnit && seen ? [0, 1].flatMap((end) => AXES.map((axis) => seen[axis].window[end])) : null;
    captions.input.textContent = words.planes.input(words.sizeText(scene.input));
    captions.map.textContent = words.planes.map(scene.name, words.sizeText(scene.mapSize));
    const [pixelRows, pixelColumns] = runs("pixels");
    const [unitRows, unitColumns] = runs("units");
    planes.input.show({
      size: scene.input, margin: margins(scene.levels, scene.input), label: captions.input.textContent,
      rows: isUnit ? pixelRows : [], columns: pixelColumns, window, tint: tint(scene, seen),
      current: isUnit ? null : selection.cell, pinned,
    });
    planes.map.show({
      size: scene.mapSize, margin: [0, 0, 0, 0], label: captions.map.textContent, window: null,
      rows: isUnit ? [] : unitRows, columns: unitColumns,
      tint: !isUnit && seen && scene.chain && scene.shade === "paths" ? tintOf(seen.map(({ units }) => units)) : null,
      current: isUnit ? selection.cell : null, pinned,
    });
  };

  const showStrip = (scene, seen, axis, counted) => {
    const { chain, input, selection, levels } = scene;
    if (!seen) return strips[axis].show({ levels: [], counts: null, domain: [0, 1], text: "" });
    const own = seen[axis];
    const all = chain ? core.levels(chain, axis).slice(0, scene.layer + 2)
      : [{ size: input[axis], low: 0, high: 0, step: 1 }, levels[axis]];
    const named = all.map((level, index) => ({
      name: index === 0 ? words.levelInput : chain ? scene.names[index - 1] : scene.name,
      size: level.size, middle: core.centre(level), step: level.step || input[axis],
      lit: chain ? own.between[index] : index === 0 ? own.pixels : own.units, isChange: isChange(all, index),
    }));
    const shown = named.length <= MOST_BARS ? named
      : named.filter((level, index) => level.isChange || index === named.length - 1);
    const past = margins(levels, input);
    const ends = shown.flatMap(({ middle, size, step }) => [middle - step / 2, middle + (size - 0.5) * step]);
    const isUnit = selection.end === "map";
    return strips[axis].show({
      levels: shown, window: own.window,
      domain: [Math.min(-0.5 - past[axis], ...ends), Math.max(input[axis] - 0.5 + past[axis + 2], ...ends)],
      counts: chain && isUnit ? own.pixels : null,
      gaussian: counted && { mean: counted.middle[axis], deviation: counted.deviation[axis] },
      text: `${chain && isUnit ? words.curve : ""} ${shown.length < named.length ? words.stripHelp : ""}`.trim(),
    });
  };
  return { element, show };
}

/** Whether a map differs in what it sees, its step or its size from the one below. */
const isChange = (all, index) => index === 0
  || ["size", "low", "high", "step"].some((part) => all[index][part] !== all[index - 1][part]);

const along = ({ selection, input, mapSize }, isInput, axis, at) => {
  const end = isInput ? "input" : "map";
  const other = selection.end === end ? selection.cell : (isInput ? input : mapSize).map((side) => side >> 1);
  return { end, cell: other.map((old, each) => (each === axis ? at : old)) };
};

function showPlace(field, at, size) {
  field.element.querySelector("input[type=range]").disabled = size < 2;
  field.show(at, null);
  field.element.querySelector("input[type=range]").max = Math.max(size - 1, 1);
}

function showOptions(choice, isOffered) {
  for (const option of choice.querySelectorAll("option")) {
    option.hidden = isOffered[option.value] === false;
    option.disabled = option.hidden;
  }
}

/** What the input is tinted with, as `createPlane` takes it; null for nothing. */
function tint({ shade, selection, chain, effective, measured }, seen) {
  if (selection.end !== "map" || !seen) return null;
  if (shade === "paths" && chain) return tintOf(seen.map(({ pixels }) => pixels));
  if (shade === "measured" && measured) return { rows: effective.values, block: effective.block };
  return null;
}

function measuredText({ effective, levels }) {
  return words.measured(effective, levels.includes(null) ? null : levels.map(core.sees));
}

const waysTold = (counted, { levels }) => {
  const isSame = counted.deviation[0] === counted.deviation[1] && counted.within[0] === counted.within[1];
  const one = (pair) => (isSame ? pair.slice(0, 1) : pair);
  return { ...counted, deviation: one(counted.deviation), within: one(counted.within), sees: levels.map(core.sees) };
};

/** What a unit sees or a pixel reaches, as one sentence. */
function tell({ name, selection, levels, input, chain, isBound }, seen) {
  const { end, cell } = selection;
  if (!seen) return words.unknownSentence(name);
  if (end === "map" && levels.some(({ step }) => step === 0)) return words.seesAll(name, cell);
  const isOn = (count) => count > 0;
  const many = (part) => seen.map((axis) => axis[part].filter(isOn).length);
  if (end === "input") {
    const [rows, columns] = many("units");
    const spans = seen.map(({ units }) => [units.findIndex(isOn), units.findLastIndex(isOn)]);
    return words.reachesSentence({ name, pixel: cell, spans, reached: rows * columns, isBound });
  }
  const windows = seen.map(({ window }) => window);
  const [rows, columns] = many("pixels");
  return words.seesSentence({
    name, unit: cell, isBound, spans: windows, sees: levels.map(core.sees), over: overhang(windows, input),
    centre: AXES.map((axis) => core.centre(levels[axis], cell[axis])), seen: chain ? rows * columns : null,
  });
}
