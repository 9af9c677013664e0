// What a reader does to the taps: numbers, arrows, dragging, presets, one step down the gradient. Each changes
// `view.arrays` and calls `view.show`.
import { clamp, isSame, mapRows, sum } from "../core/arrays.mjs";
import * as core from "../core/deformable.mjs";
import { PRESETS, curve, curveRow, presetOffset } from "../core/deformable_presets.mjs";
import { format } from "../ui/numbers.mjs";
import words from "../words/deformable.mjs";

/** For each number of a tap: the array that holds it, its planes for each tap, and its place among these. */
const NUMBERS = { dy: ["offset", 2, 0], dx: ["offset", 2, 1], mask: ["mask", 1, 0], step: ["steps", 1, 0] };
export const rangeOf = (name) => core.VALUES[NUMBERS[name][0]];
const AXES = ["dy", "dx"];
const MOVE = 0.1; // of a tap by one key, in cells
const RATE = 0.1; // of a step down the gradient

const rounded = (value) => Math.round(value * 1e4) / 1e4 + 0; // no −0

/** A number of the chosen tap of a state; undefined where the operation has none such. */
export function valueOf(state, { cell: [o, p], tap }, name) {
  const [array, count, at] = NUMBERS[name];
  return state[array]?.[count * tap + at][o][p];
}

/** A number of the chosen tap, as it was typed; one that is out of range is kept as `view.wrong`. */
export function setValue(view, name, value) {
  const { state, figure: { chosen: { cell, tap } } } = view;
  const [low, high] = rangeOf(name);
  const isRight = value >= low && value <= high;
  view.wrong = isRight ? null : {
    parameter: name, value, tap, low, high, reason: "value", nearest: clamp(value || 0, low, high),
  };
  if (isRight) {
    const [array, count, at] = NUMBERS[name];
    view.arrays[array] = core.withNumber(state[array], count * tap + at, cell, rounded(value), view.isEverywhere);
    view.widget.parts.offset.tell("");
  }
  view.show();
}

const setClamped = (view, name, value) => setValue(view, name, clamp(value, ...rangeOf(name)));

/** Moves the chosen tap by `direction`, [rows, columns], in tenths of a cell. */
export function move(view, direction) {
  const { state, figure: { chosen } } = view;
  const by = (name, sign) => {
    if (sign) setClamped(view, name, valueOf(state, chosen, name) + MOVE * sign);
  };
  if (core.isSnake(state)) by("step", direction[state.morph]);
  else direction.forEach((sign, axis) => by(AXES[axis], sign));
  view.say(words.moved(chosen.tap, core.taps(view.state, chosen.cell)[chosen.tap].place.map((at) => format(at, 4))));
}

/** Moves a tap to `place`, to tenths of a cell. */
export function drag(view, tap, place) {
  const { state, figure } = view;
  if (tap !== figure.chosen.tap) figure.chooseTap(tap);
  const terms = core.taps(state, figure.chosen.cell);
  const moved = place.map((at, axis) => Math.round(10 * (at - terms[tap].regular[axis])) / 10);
  if (!core.isSnake(state)) moved.forEach((value, axis) => setClamped(view, AXES[axis], value));
  else {
    const inward = Math.sign((terms.length >> 1) - tap);
    if (inward) setClamped(view, "step", moved[state.morph] - terms[tap + inward].offset[state.morph]);
  }
}

/** One set of offsets for all outputs, that of the chosen one, or a set for each. */
export function everywhere(view, isOn) {
  const { state, figure: { chosen: { cell } } } = view;
  view.isEverywhere = isOn;
  for (const name of isOn ? ["offset", "mask", "steps"] : []) {
    if (state[name]) view.arrays[name] = core.spread(state[name], cell);
  }
  view.show();
  if (isOn) view.say(words.spreadSaid(cell));
}

/** The preset that the offsets are those of. */
export function presetOf(state) {
  const { steps } = state;
  if (!steps) return PRESETS.find((name) => isSame(presetOffset(name, state), state.offset)) ?? "own";
  return isSame(steps, core.zeros(steps)) ? "none" : isSame(steps, curve().steps) ? "curve" : "own";
}

/** Takes a preset's offsets, and for the curve its whole state, by `adopt`. */
export function preset(view, name, adopt) {
  const { state, arrays } = view;
  if (name === "curve") {
    adopt({ ...state, ...curve() });
    return view.figure.chooseCell([curveRow(5), 5]);
  }
  if (name !== "own") {
    view.isEverywhere = true;
    if (core.isSnake(view.state)) arrays.steps = core.zeros(state.steps);
    else arrays.offset = presetOffset(name, state);
  }
  return view.show();
}

const loss = (state) => {
  const given = core.gradOutput(state);
  return sum(mapRows(core.forward(state), (value, o, p) => value * given[o][p]).flat());
};

/** One step down the gradient of L: of each offset, or of the one that all outputs share. */
export function learn(view) {
  const { state, gradient } = view;
  const name = core.isSnake(view.state) ? "steps" : "offset";
  view.arrays[name] = state[name].map((rows, plane) => {
    const slopes = gradient[name][plane];
    const all = sum(slopes.flat());
    return mapRows(rows, (value, o, p) => (
      clamp(rounded(value - RATE * (view.isEverywhere ? all : slopes[o][p])), ...core.VALUES[name])));
  });
  view.show();
  const text = words.lossFell(...[state, view.state].map((each) => format(loss(each), 5)));
  view.widget.parts.offset.tell(text);
  view.say(text);
}
