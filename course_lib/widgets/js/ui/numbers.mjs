// Numbers as text and back.

/** At most `digits` significant digits, with a real minus sign; what is no number as torch writes it. */
export function format(value, digits = 6) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "nan";
  return String(Number(value.toPrecision(digits))).replace("e+", "e").replaceAll("-", "−");
}

/** As numbers stand in a sentence. */
export const short = (value) => format(value, 4);

/** A factor in a product: a negative number stands in brackets. */
export const factor = (value, digits) => (value < 0 ? `(${format(value, digits)})` : format(value, digits));

/** The number that `text` stands for, null where it is none. */
export function parse(text) {
  const plain = text.trim().replaceAll("−", "-");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) ? null : value;
}
