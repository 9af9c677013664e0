// Values as PyTorch code has them: text that runs as it stands.

const DIGITS = 12;
const number = (value) => (Number.isFinite(value) ? String(Number(value.toPrecision(DIGITS)))
  : `${value < 0 ? "-" : ""}torch.inf`);
const line = (value) => (Array.isArray(value) ? `[${value.map(line).join(", ")}]` : number(value));

/** A list on one line, lists of lists with a line for each. */
export const list = (values) => (Array.isArray(values[0])
  ? `[\n${values.map((each) => `    ${line(each)},`).join("\n")}\n]` : line(values));
export const tuple = (values) => `(${values.join(", ")})`;
export const truth = (value) => (value ? "True" : "False");
export const tensor = (values) => `torch.tensor(${list(values)}, dtype=torch.float64)`;
/** An assert that the tensor `name` is `values`. */
export const holds = (name, values) => (
  `torch.testing.assert_close(${name}, ${tensor(values)}, rtol=1e-5, atol=1e-5)`);
