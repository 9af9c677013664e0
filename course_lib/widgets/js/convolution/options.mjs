// What stands over the grids: which filter is shown, symbols, ask mode, brush, a photograph, the link.
import { range } from "../core/arrays.mjs";
import * as core from "../core/convolution.mjs";
import { createCheckbox } from "../ui/checkbox.mjs";
import { createChoice } from "../ui/choice.mjs";
import { button, h } from "../ui/dom.mjs";
import { createPhotograph } from "../ui/photograph.mjs";
import words from "../words/convolution.mjs";
import { photograph } from "./photograph.mjs";

/** { element, show() }. `redraw()`; `onPicture(draft, maps)` as `photograph` gives them. */
export function createOptions(view, { redraw, onPicture }) {
  const map = (name, label) => createChoice({ label, onChoose: (value) => {
    view[name] = Number(value);
    view.pin.forget();
    redraw();
  } });
  const filter = map("filter", words.filter);
  const channel = map("channel", words.channelShown);
  const symbols = createCheckbox({ label: words.symbols, onChange: (isOn) => {
    view.symbols = isOn;
    view.pin.select(view.pin.selection());
  } });
  const ask = createCheckbox({ label: words.ask, onChange: (isOn) => {
    Object.assign(view, { ask: isOn, asked: null });
    redraw();
  } });
  const value = h("input", {
    class: "cw-number", type: "number", step: "any", value: 9, "aria-label": words.brushValue, hidden: true,
    oninput: () => brushWith(true),
  });
  const brushWith = (isOn) => {
    view.brush = isOn ? { value: value.valueAsNumber || 0 } : null;
    value.hidden = !isOn;
  };
  const brush = createCheckbox({ label: words.brush, onChange: brushWith });
  const picture = createPhotograph((image) => onPicture(...photograph(image, view.draft)));
  const link = button(words.link, () => view.address.link());
  const element = h("div", { class: "cw-switches" }, filter.element, channel.element, symbols.element, ask.element,
    brush.element, value, picture.element, link);

  const show = () => {
    const { layer: conv, tab } = view;
    const isLegal = view.problems.length === 0;
    const numbered = (count) => range(isLegal ? count : 1).map((at) => [at, words.numbered(at, count)]);
    const isByChannel = tab === "input_grad" && !core.isPool(conv);
    filter.element.hidden = !isLegal || conv.filters === 1 || (isByChannel && conv.channels > 1);
    channel.element.hidden = !isLegal || conv.channels === 1 || !isByChannel;
    filter.show(view.filter, numbered(conv.filters));
    channel.show(view.channel, numbered(conv.channels));
    symbols.show(view.symbols);
    ask.show(view.ask);
    brush.show(view.brush);
    value.hidden = !view.brush;
    link.hidden = !view.address?.isUsable();
  };
  return { element, show, cancelPicture: picture.cancel };
}
