// A question that is answered in numbers, before the answer is shown.
import { button, h } from "../ui/dom.mjs";
import { parse } from "../ui/numbers.mjs";
import words from "../words/convolution_more.mjs";

/**
 * { element, put(text, labels), tell(lines), focus() }: `put` asks `text`, with a field under each of `labels`; where
 * these are as before, what was typed stays. `check(numbers)` returns what is wrong with a reply, in sentences;
 * `onAnswer(lines)` is called after a right one, and where the reader asks to be told.
 */
export function createQuestion({ check, onAnswer, say }) {
  let inputs = [];
  let asked = null;
  const question = h("p");
  const reply = h("div");
  const fields = h("span", { class: "cw-switches" });
  const tell = (lines) => reply.replaceChildren(...lines.map((line) => h("p", {}, line)));
  const form = h("form", {
    class: "cw-switches",
    onsubmit: (event) => {
      event.preventDefault();
      const given = inputs.map(({ value }) => (/^[-−](∞|inf)/.test(value.trim()) ? -Infinity : parse(value)));
      const wrong = given.includes(null) ? [words.askNumber] : check(given);
      if (wrong.length) {
        tell(wrong);
        say(wrong.join(" "));
      } else onAnswer([words.right]);
    },
  }, fields, Object.assign(button(words.check), { type: "submit" }), button(words.showIt, () => onAnswer([])));
  const put = (text, labels) => {
    question.textContent = text;
    if (String(labels) === asked) return;
    asked = String(labels);
    inputs = labels.map(() => h("input", {
      class: "cw-number", type: "text", inputmode: "decimal", autocomplete: "off",
    }));
    fields.replaceChildren(...labels.map((label, at) => h("label", { class: "cw-choice" }, label, inputs[at])));
  };
  return { element: h("div", { class: "cw-ask" }, question, form, reply), put, tell, focus: () => inputs[0].focus() };
}
