// A whole widget of controls above and tabs below.
import { byName } from "../core/arrays.mjs";
import { createAddress } from "./address.mjs";
import { button, h } from "./dom.mjs";
import { createFrame } from "./frame.mjs";
import { bindModel } from "./model.mjs";
import { createRefusal } from "./problem.mjs";
import { createTabs } from "./tabs.mjs";

/**
 * { initial, write(state), say(text), refuses(problem), parts, tabs, stop() } of the widget `name`, called words[name].
 * `state` names the fields of its model; `adopt(state)` takes over one from outside, or the `initial` one on Reset.
 * `controls`, `switches`, and what stands `above` the results, as `results` of all tabs, and `below`, are elements;
 * `parts(say)` makes { tab: { element, and perhaps stop() } }. `refuses` shows why there is no result, in place of all
 * but what is `above`, and returns whether there is none. With `isSound`, which judges a state from outside, the state
 * stands in the page's address.
 */
export function createTabbedWidget({ model, el }, {
  name, words, style, state, adopt, controls, switches = [], above = [], results = [], below = [], parts,
  onTab = () => {}, isSound = null,
}) {
  const bound = bindModel(model, state, adopt);
  const initial = bound.read();
  const say = (text) => frame.say(text);
  const made = parts(say);
  const tabs = createTabs({ label: words.tabsLabel, tabs: words.tabs, onChoose: onTab });
  for (const [tab, { element }] of Object.entries(made)) tabs.panels[tab].append(element);
  const refusal = createRefusal(words, say);
  const link = button(words.link, () => address.link());
  link.hidden = true; // until the widget stands on a page whose address is its own
  const box = h("div", { class: "cw-controls" }, ...controls,
    h("div", { class: "cw-switches" }, ...switches, button(words.reset, () => adopt(initial)), link));
  const frame = createFrame(el, { name, label: words[name], style },
    box, ...above, refusal.element, ...results, tabs.element, ...below);
  let address = null;
  const write = (written) => {
    bound.write(written);
    if (!isSound) return;
    address ??= createAddress(frame.root, name, written, {
      defaults: byName(state, () => undefined), isSound, adopt, say, ready: () => { link.hidden = false; },
    });
    address.write(written);
  };
  const stop = () => {
    for (const part of [bound, address, ...Object.values(made), frame]) part?.stop?.();
  };
  const refuses = (problem) => refusal.show(problem, ...results, tabs.element, ...below);
  return { initial, write, say, refuses, parts: made, tabs, stop };
}
