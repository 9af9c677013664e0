// A labelled number with a slider. Both report every number, legal or not: one validator judges them.
import { button, h, uniqueId } from "./dom.mjs";
import words from "../words/shared.mjs";

/**
 * { element, show(value, problem) }. `onInput(value)` gets NaN for a text that is no number;
 * `problem` is null or { text, use: {label, apply} or null }. With `stops()`, a rising list of numbers, the slider
 * goes from one of these to the next. `step` is that of the typed number, "any" for one that need not be whole.
 */
export function createField({ label, caption, sliderLabel, min, sliderMax, onInput, stops = null, step = 1 }) {
  const messageId = uniqueId();
  const number = h("input", {
    class: `cw-number ${step === "any" ? "is-wide" : ""}`, type: "number", step, min, "aria-label": label,
    inputmode: step === 1 ? "numeric" : null, autocomplete: "off",
    oninput: () => onInput(number.valueAsNumber),
  });
  const slider = h("input", {
    class: "cw-slider", type: "range", step: 1, min, "aria-label": sliderLabel,
    oninput: () => onInput(stops ? stops()[slider.valueAsNumber] : slider.valueAsNumber),
  });
  const message = h("p", { class: "cw-problem", id: messageId, hidden: true });
  const element = h("div", { class: "cw-field" },
    h("span", { class: "cw-axis" }, caption), number, slider, message);
  const show = (value, problem) => {
    // Written only when it differs: a field must not lose "2." or "-" while it is being typed.
    if (Number.isFinite(value) && number.valueAsNumber !== value) number.value = Number(value.toPrecision(12));
    if (stops) showStop(slider, stops(), value);
    else if (Number.isFinite(value)) {
      slider.max = Math.max(sliderMax, value);
      slider.value = value;
    }
    showProblem(number, message, problem);
  };
  return { element, show };
}

/** A field under its name, for a panel of controls: { element, show(value, problem, label) }. */
export function createNamedField({ label, ...options }) {
  const { element, show } = createField({ label, caption: "", sliderLabel: words.slider(label), ...options });
  const title = h("span", { class: "cw-name" }, label);
  const [number, slider] = element.querySelectorAll("input");
  const rename = (name) => {
    title.textContent = name;
    number.setAttribute("aria-label", name);
    slider.setAttribute("aria-label", words.slider(name));
  };
  return {
    element: h("div", { class: "cw-group" }, title, element),
    show: (value, problem, name = label) => {
      rename(name);
      show(value, problem);
    },
  };
}

/** The slider counts the stops; what is spoken is the number that it stands at. */
function showStop(slider, stops, value) {
  if (!Number.isFinite(value)) return;
  const past = stops.findIndex((stop) => stop >= value);
  const index = past < 0 ? stops.length - 1 : past;
  Object.assign(slider, { min: 0, max: stops.length - 1 });
  slider.value = index;
  slider.setAttribute("aria-valuetext", stops[index]);
}

function showProblem(number, message, problem) {
  message.hidden = problem === null;
  if (problem === null) {
    number.removeAttribute("aria-invalid");
    number.removeAttribute("aria-describedby");
    message.replaceChildren();
    return;
  }
  number.setAttribute("aria-invalid", "true");
  number.setAttribute("aria-describedby", message.id);
  message.replaceChildren(problem.text);
  if (!problem.use) return;
  const use = () => {
    problem.use.apply();
    number.focus(); // the button is gone
  };
  message.append(" ", button(problem.use.label, use));
}
