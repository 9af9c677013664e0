// Numbers as this widget shows them: it has some that are none, as torch has.
import { format } from "../ui/numbers.mjs";

export const short = (value, digits = 4) => (Number.isNaN(value) ? "nan" : format(value, digits));
/** A number after a sign of arithmetic: a negative one stands in brackets. */
export const signed = (value) => (value < 0 ? `(${short(value)})` : short(value));

/** What a NumberGrid draws of one number. */
export const cellOf = ({ value, ...rest }) => (
  { kind: "", label: null, ...rest, value: Number.isFinite(value) ? value : 0 });
