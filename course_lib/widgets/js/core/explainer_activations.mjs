// Activation functions and their slopes, by torch's definitions.

/** { value, slope } of the activation `kind` at x. */
export function activate({ kind, slope, alpha, approximate }, x) {
  const sigmoid = 1 / (1 + Math.exp(-x));
  const between = (low, high) => x > low && x < high;
  switch (kind) {
    case "relu": return { value: Math.max(x, 0), slope: x > 0 ? 1 : 0 };
    case "relu6": return { value: Math.min(Math.max(x, 0), 6), slope: between(0, 6) ? 1 : 0 };
    case "leaky_relu": return x > 0 ? { value: x, slope: 1 } : { value: slope * x, slope };
    case "elu": return x > 0 ? { value: x, slope: 1 } : { value: alpha * Math.expm1(x), slope: alpha * Math.exp(x) };
    case "tanh": return { value: Math.tanh(x), slope: 1 - Math.tanh(x) ** 2 };
    case "sigmoid": return { value: sigmoid, slope: sigmoid * (1 - sigmoid) };
    case "silu": return { value: x * sigmoid, slope: sigmoid * (1 + x * (1 - sigmoid)) };
    case "hardsigmoid": return { value: Math.min(Math.max(x + 3, 0), 6) / 6, slope: between(-3, 3) ? 1 / 6 : 0 };
    case "hardswish": return {
      value: (x * Math.min(Math.max(x + 3, 0), 6)) / 6, slope: x <= -3 ? 0 : x < 3 ? x / 3 + 0.5 : 1,
    };
    case "gelu": return approximate === "tanh" ? geluTanh(x) : gelu(x);
    default: throw new Error(`no activation ${kind}`);
  }
}

function gelu(x) {
  const below = (1 + erf(x / Math.SQRT2)) / 2; // the share of the normal distribution below x
  return { value: x * below, slope: below + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI) };
}

function geluTanh(x) {
  const factor = Math.sqrt(2 / Math.PI);
  const bent = Math.tanh(factor * (x + 0.044715 * x ** 3));
  const inner = factor * (1 + 3 * 0.044715 * x * x);
  return { value: (x * (1 + bent)) / 2, slope: (1 + bent + x * (1 - bent * bent) * inner) / 2 };
}

/** The error function: its power series near 0, a continued fraction beyond. */
export function erf(x) {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 2.5) {
    let [term, sum] = [x, x];
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (-x * x) / n;
      sum += term / (2 * n + 1);
      if (n > 100) break;
    }
    return (2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}
