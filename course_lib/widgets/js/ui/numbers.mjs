// Numbers as text and back.

/** At most `digits` significant digits, with a real minus sign. */
export function format(value, digits = 6) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "?";
  return String(Number(value.toPrecision(digits))).replace("e+", "e").replaceAll("-", "−");
}

/** A factor in a product: a negative number stands in brackets. */
export const factor = (value) => (value < 0 ? `(${format(value)})` : format(value));

/** The number that `text` stands for, null where it is none. */
export function parse(text) {
  const plain = text.trim().replaceAll("−", "-");
  const value = Number(plain);
  return plain === "" || !Number.isFinite(value) ? null : value;
}
