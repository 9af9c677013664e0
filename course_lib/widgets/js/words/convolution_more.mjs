// The words of js/convolution/more.mjs: questions and the matrix.
import { capital } from "./shared.mjs";
import words from "./convolution.mjs";

const SIZE_MISTAKES = {
  padding_once: "the padding counts on both sides.",
  floor: "the division is rounded down.",
  padding_added: "a transposed convolution takes the padding away.",
  input_less_one: "between n inputs there are n − 1 strides.",
  exchanged: "stride and dilation have changed places.",
  input: "that is the size of the input.",
  not_transposed: "a transposed convolution runs the rule backwards.",
  adaptive: "an adaptive pool has the size that it is given.",
  other: "see the rule below.",
};
const VALUE_MISTAKES = {
  flip: "the kernel is turned: only a true convolution flips it.",
  channels: "only one channel is counted, not all that the filter reads.",
  max_for_mean: "an average pool takes the mean.",
  sum_for_mean: "the mean divides the sum by their number.",
  mean_for_max: "a max pool takes the largest.",
  count: "mind whether the padding counts.",
  sign: "the sign is turned.",
  stride: "windows are a stride apart.",
  dilation: "taps are a dilation apart.",
  padding_mode: "the padding is not zeros in this mode.",
  turned: "row and column have changed places.",
  other: "add up each input × its weight.",
};
const MISSING = { plus_one: "+ 1", minus_one: "− 1", output_padding: "output padding" };
const missing = (what) => `the ${MISSING[what] ?? what} is missing.`;

export default {
  askNumber: "Type a number in each field.",
  check: words.check,
  showIt: "Show me",
  right: "Right.",
  askSizes: "How large is the output?",
  askSize: (axis) => `output ${words.axes[axis]}`,
  askCell: (name) => `What is ${name}?`,
  askValue: "its value",
  mistake: {
    size: (mistake, reply, axis) => `${capital(words.axes[axis])} ${reply} is not right: ${
      SIZE_MISTAKES[mistake] ?? missing(mistake)}`,
    value: (mistake, reply) => `${reply} is not right: ${VALUE_MISTAKES[mistake] ?? missing(mistake)}`,
  },

  matrixForm: "Form",
  matrixForms: { toeplitz: "output = matrix · input", transposed: "transposed: ∂L/∂input",
    im2col: "im2col: kernel · windows" },
  matrixSummary: {
    toeplitz: ["output", "input"], transposed: ["input", "output"], im2col: ["weight", "window"],
  },
  zero: "0, padding",
};
