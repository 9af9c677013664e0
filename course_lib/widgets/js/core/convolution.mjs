// The arithmetic of the convolution widget, without DOM and words: sizes, what is refused, values and gradients.
export * from "./convolution/problems.mjs";
export * from "./convolution/sizes.mjs";
export * from "./convolution/terms.mjs";
