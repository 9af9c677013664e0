// Ask, then show: the output size first, then the value of one output; a wrong reply is traced to the term it missed.
import { isSame } from "../core/arrays.mjs";
import { sizeMistake, valueMistake } from "../core/convolution/answers.mjs";
import * as core from "../core/convolution.mjs";
import { format } from "../ui/numbers.mjs";
import convolution from "../words/convolution.mjs";
import words from "../words/convolution_more.mjs";
import { createQuestion } from "./question.mjs";

/** { element, show() }. `onReveal()`: more may be seen now, `view.hidden` is "value" or null. */
export function createAsk(view, { onReveal }) {
  const mistakeIn = (reply, axis) => (view.hidden === "size" ? sizeMistake(view.layer, axis, reply)
    : valueMistake(view.layer, view.shaped, askedCell(view), reply));
  const question = createQuestion({
    say: view.say,
    check: (replies) => replies.flatMap((reply, axis) => {
      const mistake = mistakeIn(reply, axis);
      return mistake ? words.mistake[view.hidden](mistake, format(reply), axis) : [];
    }),
    onAnswer: (lines) => {
      view.hidden = view.hidden === "size" ? "value" : null;
      onReveal();
      question.tell(lines);
      if (view.hidden) question.focus();
    },
  });
  /** Puts a new question for every new layer; it stays while the reader looks at other tabs. */
  const show = () => {
    const layer = [view.layer, view.shaped?.bias];
    if (!view.ask) view.hidden = null;
    else if (!isSame(layer, view.asked)) {
      view.hidden = "size";
      question.tell([]);
    }
    view.asked = view.ask && layer;
    question.element.hidden = view.problems.length > 0 || !view.hidden;
    if (view.hidden === "size") question.put(words.askSizes, core.AXES.map((axis) => words.askSize(axis)));
    else if (view.hidden) {
      const cell = askedCell(view).slice(view.layer.filters > 1 ? 0 : 1);
      question.put(words.askCell(convolution.name("output", cell)), [words.askValue]);
    }
  };
  return { element: question.element, show };
}

/** The output that is asked for: the one selected, or the first. */
function askedCell(view) {
  const selection = view.pin.selection();
  return selection?.role === "output" ? [selection.slice[0], ...selection.cell] : [view.filter, 0, 0];
}
