// Steps through a sequence: play, pause, step, back, scrub, speed. Nothing plays by itself.
import { clamp } from "../core/arrays.mjs";
import { h } from "./dom.mjs";
import words from "../words/shared.mjs";

const SPEEDS = [0.5, 1, 2, 4, 8]; // steps a second

/** { element, show(step, count), stop() }. `onStep(step)` is told where to go, from 0 to count − 1. */
export function createPlayer({ label, onStep }) {
  const state = { step: 0, count: 1, timer: null, perSecond: 1 };
  const button = (icon, name, onclick) => h("button", {
    class: "cw-button", type: "button", "aria-label": name, "data-icon": icon, onclick,
  });
  const play = button("▶", words.play, () => (state.timer ? stop() : start()));
  const scrub = h("input", {
    class: "cw-slider", type: "range", min: 0, step: 1, "aria-label": words.scrub(label),
    oninput: () => go(scrub.valueAsNumber),
  });
  const speed = h("select", {
    class: "cw-select", "aria-label": words.speed,
    onchange: () => {
      state.perSecond = Number(speed.value);
      if (state.timer) start();
    },
  }, ...SPEEDS.map((each) => h("option", { value: each }, words.perSecond(each))));
  speed.value = state.perSecond;
  const place = h("span", { class: "cw-place" });
  const element = h("div", { class: "cw-player", role: "group", "aria-label": label },
    button("|◀", words.first, () => go(0)), button("◀", words.back, () => go(state.step - 1)), play,
    button("▶|", words.step, () => go(state.step + 1)), scrub, place, speed);

  const go = (step) => {
    stop();
    onStep(clamp(step, 0, state.count - 1));
  };
  const tick = () => {
    if (!element.checkVisibility()) return stop(); // another tab, or nothing to step over any more
    if (state.step >= state.count - 1) return stop();
    return onStep(state.step + 1);
  };
  const showButton = () => {
    play.dataset.icon = state.timer ? "❚❚" : "▶";
    play.setAttribute("aria-label", state.timer ? words.pause : words.play);
  };
  function start() {
    clearInterval(state.timer);
    if (state.step >= state.count - 1) onStep(0);
    state.timer = setInterval(tick, 1000 / state.perSecond);
    showButton();
  }
  function stop() {
    clearInterval(state.timer);
    state.timer = null;
    showButton();
  }
  const show = (step, count) => {
    Object.assign(state, { step, count });
    scrub.max = count - 1;
    scrub.value = step;
    place.textContent = words.place(step, count);
  };
  return { element, show, stop };
}
