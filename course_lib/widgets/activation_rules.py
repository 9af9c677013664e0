"""The activations of torch.nn.functional with autograd's slopes, for the figure and for checking, in numpy.

`js/core/activation.mjs` has the same functions for the page; tests hold both to torch.
"""

import math

import numpy as np

LIMITS = {
    "x": (-10, 10),
    "negative_slope": (-2, 2),
    "weight": (-2, 2),
    "alpha": (0, 5),
    "beta": (0.1, 10),
    "layers": (1, 50),
    "w": (-5, 5),
    "rows": (1, 8),
    "columns": (1, 8),
}
SELU_ALPHA, SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
ROOT, CUBIC = math.sqrt(2 / math.pi), 0.044715
normal = np.vectorize(lambda x: math.erfc(-x / math.sqrt(2)) / 2, otypes=[float])


def start(row, column):
    """The number that fills a cell of a feature map without values; the page has the same rule."""
    return ((7 * row + 5 * column + row * column) % 13 - 6) / 2


def sigmoid(x):
    """1 / (1 + exp(-x)) without overflow."""
    return np.exp(-np.logaddexp(0, -x))


def softplus(x, beta):
    """log(1 + exp(beta x)) / beta, and x itself beyond torch's threshold of 20."""
    return np.where(beta * x > 20, x, np.logaddexp(0, beta * x) / beta)


def _gelu_tanh(x):
    return np.tanh(ROOT * (x + CUBIC * x**3))


def _gelu_tanh_slope(x):
    bend = _gelu_tanh(x)
    return (1 + bend) / 2 + x / 2 * (1 - bend**2) * ROOT * (1 + 3 * CUBIC * x**2)


def _mish_slope(x):
    bend = np.tanh(softplus(x, 1))
    return bend + x * sigmoid(x) * (1 - bend**2)


# f(x, p) and its slope(x, p), where p holds negative_slope, weight, alpha and beta
FUNCTIONS = {
    "relu": (lambda x, p: np.maximum(x, 0), lambda x, p: np.where(x > 0, 1, 0)),
    "leaky_relu": (
        lambda x, p: np.where(x > 0, x, p["negative_slope"] * x),
        lambda x, p: np.where(x > 0, 1, p["negative_slope"]),
    ),
    "prelu": (lambda x, p: np.where(x > 0, x, p["weight"] * x), lambda x, p: np.where(x > 0, 1, p["weight"])),
    "relu6": (lambda x, p: np.clip(x, 0, 6), lambda x, p: np.where((x > 0) & (x < 6), 1, 0)),
    "elu": (
        lambda x, p: np.where(x > 0, x, p["alpha"] * np.expm1(np.minimum(x, 0))),
        lambda x, p: np.where(x > 0, 1, p["alpha"] * np.exp(np.minimum(x, 0))),
    ),
    "selu": (
        lambda x, p: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
        lambda x, p: SELU_SCALE * np.where(x > 0, 1, SELU_ALPHA * np.exp(np.minimum(x, 0))),
    ),
    "gelu": (
        lambda x, p: x * normal(x),
        lambda x, p: normal(x) + x * np.exp(-(x**2) / 2) / math.sqrt(2 * math.pi),
    ),
    "gelu_tanh": (lambda x, p: x / 2 * (1 + _gelu_tanh(x)), lambda x, p: _gelu_tanh_slope(x)),
    "silu": (lambda x, p: x * sigmoid(x), lambda x, p: sigmoid(x) * (1 + x * sigmoid(-x))),
    "mish": (lambda x, p: x * np.tanh(softplus(x, 1)), lambda x, p: _mish_slope(x)),
    "softplus": (
        lambda x, p: softplus(x, p["beta"]),
        lambda x, p: np.where(p["beta"] * x > 20, 1, sigmoid(p["beta"] * x)),
    ),
    "sigmoid": (lambda x, p: sigmoid(x), lambda x, p: sigmoid(x) * sigmoid(-x)),
    "tanh": (lambda x, p: np.tanh(x), lambda x, p: 1 - np.tanh(x) ** 2),
    "hardsigmoid": (
        lambda x, p: np.clip(x + 3, 0, 6) / 6,
        lambda x, p: np.where((x > -3) & (x < 3), 1 / 6, 0),
    ),
    "hardswish": (
        lambda x, p: x * np.clip(x + 3, 0, 6) / 6,
        lambda x, p: np.where(x <= -3, 0, np.where(x < 3, x / 3 + 0.5, 1)),
    ),
}


def value(name, x, p):
    """f(x), an array of the shape of x."""
    return FUNCTIONS[name][0](np.asarray(x, float), p)


def slope(name, x, p):
    """The slope that autograd takes at x, an array of the shape of x."""
    return FUNCTIONS[name][1](np.asarray(x, float), p).astype(float)


def chain_slopes(name, x, w, layers, p):
    """The derivative by x after each of `layers` layers y = f(w y), (layers,)."""
    products, product = [], 1.0
    for _ in range(layers):
        product *= w * float(slope(name, w * x, p))
        x = float(value(name, w * x, p))
        products.append(product)
    return products
