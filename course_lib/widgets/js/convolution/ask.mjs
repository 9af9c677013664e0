// Ask, then show: the output size first, then the value of one output; a wrong reply is traced to the term it missed.
import { sizeMistake, valueMistake } from "../core/convolution/answers.mjs";
import * as core from "../core/convolution.mjs";
import { h } from "../ui/dom.mjs";
import { format, parse } from "../ui/numbers.mjs";
import words from "../words/convolution.mjs";

/** { element, show() }. `onReveal(stage)`: what may be seen now, "value" or null. */
export function createAsk(view, { onReveal }) {
  const field = (label) => h("input", {
    class: "cw-number", type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": label,
  });
  const sizes = core.AXES.map((axis) => field(words.askSize(axis)));
  const value = field(words.askValue);
  const labelled = (input) => h("label", { class: "cw-choice" }, input.ariaLabel, input);
  const question = h("p", {});
  const reply = h("div", {});
  const fields = h("span", { class: "cw-choice" });
  const button = (text, type, onclick) => h("button", { class: "cw-button", type, ...(onclick ? { onclick } : {}) },
    text);
  const form = h("form", {
    onsubmit: (event) => {
      event.preventDefault();
      check();
    },
  }, fields, button(words.check, "submit"), button(words.showIt, "button", () => reveal([])));
  const element = h("div", { class: "cw-ask" }, question, form, reply);

  const reveal = (lines) => {
    onReveal(view.hidden === "size" ? "value" : null);
    reply.replaceChildren(...lines);
    const next = element.hidden ? null : fields.querySelector("input");
    next?.focus();
  };
  const say = (lines) => {
    reply.replaceChildren(...lines.map((text) => h("p", {}, text)));
    view.say(lines.join(" "));
  };
  const check = () => {
    const isSize = view.hidden === "size";
    const given = (isSize ? sizes : [value]).map((input) => parse(input.value));
    if (given.includes(null)) return say([words.askNumber]);
    const mistakes = isSize ? given.map((each, axis) => sizeMistake(view.layer, axis, each))
      : [valueMistake(view.layer, view.shaped, askedCell(view), given[0])];
    const told = mistakes.map((mistake, axis) => (mistake === null ? null
      : isSize ? words.sizeMistake(mistake, axis, given[axis]) : words.valueMistake(mistake, format(given[0]))));
    const wrong = told.filter(Boolean);
    return wrong.length ? say(wrong) : reveal([h("p", {}, words.right)]);
  };
  const show = () => {
    element.hidden = !view.ask || view.problems.length > 0 || !view.hidden;
    if (element.hidden) return;
    const isSize = view.hidden === "size";
    question.textContent = isSize ? words.askSizes : words.askCell(
      words.name("output", view.layer.filters > 1 ? askedCell(view) : askedCell(view).slice(1)));
    const wanted = isSize ? sizes : [value];
    if (fields.dataset.stage !== view.hidden) {
      fields.replaceChildren(...wanted.map(labelled));
      for (const input of wanted) input.value = "";
    }
    fields.dataset.stage = view.hidden;
  };
  return { element, show, clear: () => reply.replaceChildren() };
}

/** The output that is asked for: the one selected, or the first. */
export function askedCell(view) {
  const { selection } = view;
  return selection?.role === "output" ? [selection.slice[0], ...selection.cell] : [view.filter, 0, 0];
}
