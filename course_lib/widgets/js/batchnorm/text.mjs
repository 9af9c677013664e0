// Numbers in sentences, shorter than what a cell can be given.
import { factor } from "../ui/numbers.mjs";

/** A number after a sign of arithmetic: a negative one stands in brackets. */
export const signed = (value) => factor(value, 4);
