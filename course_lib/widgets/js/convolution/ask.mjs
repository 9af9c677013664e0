// Ask, then show: the output size first, then the value of one output; a wrong reply is traced to the term it missed.
import { sizeMistake, valueMistake } from "../core/convolution/answers.mjs";
import * as core from "../core/convolution.mjs";
import { button, h } from "../ui/dom.mjs";
import { format, parse } from "../ui/numbers.mjs";
import words from "../words/convolution.mjs";
import { isSame } from "./state.mjs";

/** { element, show() }. `onReveal()`: more may be seen now, `view.hidden` is "value" or null. */
export function createAsk(view, { onReveal }) {
  const field = (label) => {
    const input = h("input", { class: "cw-number", type: "text", inputmode: "decimal", autocomplete: "off" });
    return { input, element: h("label", { class: "cw-choice" }, label, input) };
  };
  const fields = { size: core.AXES.map((axis) => field(words.askSize(axis))), value: [field(words.askValue)] };
  const question = h("p");
  const reply = h("div");
  const wanted = h("span", { class: "cw-switches" });
  const form = h("form", {
    class: "cw-switches",
    onsubmit: (event) => {
      event.preventDefault();
      check();
    },
  }, wanted, Object.assign(button(words.check), { type: "submit" }), button(words.showIt, () => reveal([])));
  const element = h("div", { class: "cw-ask" }, question, form, reply);

  const say = (lines) => reply.replaceChildren(...lines.map((text) => h("p", {}, text)));
  const reveal = (lines) => {
    view.hidden = view.hidden === "size" ? "value" : null;
    onReveal();
    say(lines);
    if (view.hidden) fields[view.hidden][0].input.focus();
  };
  const check = () => {
    const given = fields[view.hidden].map(({ input }) => parse(input.value));
    const mistakeOf = (each, axis) => (view.hidden === "size" ? sizeMistake(view.layer, axis, each)
      : valueMistake(view.layer, view.shaped, askedCell(view), each));
    const told = given.includes(null) ? [words.askNumber] : given.flatMap((each, axis) => {
      const mistake = mistakeOf(each, axis);
      return mistake ? words.mistake[view.hidden](mistake, format(each), axis) : [];
    });
    if (!told.length) return reveal([words.right]);
    view.say(told.join(" "));
    return say(told);
  };
  /** Puts a new question for every new layer; it stays while the reader looks at other tabs. */
  const show = () => {
    const layer = [view.layer, view.shaped?.bias];
    if (!view.ask) view.hidden = null;
    else if (!isSame(layer, view.asked)) {
      view.hidden = "size";
      say([]);
    }
    view.asked = view.ask && layer;
    element.hidden = view.problems.length > 0 || !view.hidden;
    if (element.hidden) return;
    question.textContent = view.hidden === "size" ? words.askSizes
      : words.askCell(words.name("output", askedCell(view).slice(view.layer.filters > 1 ? 0 : 1)));
    if (wanted.dataset.stage === view.hidden) return;
    wanted.dataset.stage = view.hidden;
    wanted.replaceChildren(...fields[view.hidden].map((each) => each.element));
    for (const { input } of fields[view.hidden]) input.value = "";
  };
  return { element, show };
}

/** The output that is asked for: the one selected, or the first. */
function askedCell(view) {
  const selection = view.pin.selection();
  return selection?.role === "output" ? [selection.slice[0], ...selection.cell] : [view.filter, 0, 0];
}
