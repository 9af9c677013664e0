"""The forward pass of an explainer's network in numpy: what its figure and its sentence are drawn from."""

import math

from course_lib.widgets import explainer_network
from course_lib.widgets.explainer_layers import ACTIVATIONS


def forward(network, pixels):
    """The standardised input and the output of each layer, in float64, for `pixels` C × H × W from 0 to 1."""
    import numpy as np

    mean, std = (np.reshape(network[name], (-1, 1, 1)) for name in ("mean", "std"))
    outputs = [(np.asarray(pixels, float) - mean) / std]
    for layer, shape in zip(network["layers"], explainer_network.shapes(network), strict=True):
        outputs.append(_run(layer, outputs[-1], shape))
    return outputs


def _run(layer, x, shape):
    import numpy as np

    kind = layer["kind"]
    if kind in ACTIVATIONS:
        return _activate(layer, x)
    if kind == "flatten":
        return x.reshape(-1)
    if kind == "linear":
        return explainer_network.weight(layer) @ x + explainer_network.vector(layer, "bias", shape[0])
    if kind == "batch_norm":
        mean, variance, scale, bias = (
            explainer_network.vector(layer, name, len(x)).reshape([-1] + [1] * (x.ndim - 1))
            for name in ("mean", "variance", "weight", "bias")
        )
        return (x - mean) / np.sqrt(variance + layer["eps"]) * scale + bias
    if kind == "adaptive_avg_pool":
        spans = [[(i * size // n, -(-(i + 1) * size // n)) for i in range(n)]
                 for n, size in zip(shape[1:], x.shape[1:])]  # fmt: skip
        return np.stack([[x[:, a:b, c:d].mean((1, 2)) for c, d in spans[1]] for a, b in spans[0]]).transpose(
            2, 0, 1
        )
    if kind == "conv2d":
        w = explainer_network.weight(layer)
        windows = _windows(layer, x, w.shape[2:], shape, 0.0)
        groups = layer["groups"]
        parts = zip(np.split(windows, groups), np.split(w, groups))
        summed = np.concatenate([np.einsum("chwuv,ocuv->ohw", part, filters) for part, filters in parts])
        return summed + explainer_network.vector(layer, "bias", shape[0])[:, None, None]
    if kind == "max_pool":
        return _windows(layer, x, layer["kernel"], shape, -np.inf).max((3, 4))
    total = _windows(layer, x, layer["kernel"], shape, 0.0).sum((3, 4))
    # Beyond the padding, where `ceil` reaches, nothing is counted.
    ones = np.ones_like(x[:1])
    if layer["count_padding"]:
        ones = np.pad(ones, [(0, 0), *layer["padding"]], constant_values=1)
        layer = {**layer, "padding": [[0, 0], [0, 0]]}
    return total / _windows(layer, ones, layer["kernel"], shape, 0.0).sum((3, 4))


def _windows(layer, x, kernel, shape, fill):
    """C × H × W × kernel: what each place of the window reads."""
    import numpy as np

    dilation = layer.get("dilation", [1, 1])
    reach = [
        (n - 1) * s + d * (k - 1) + 1 for n, s, d, k in zip(shape[1:], layer["stride"], dilation, kernel)
    ]
    around = [(before, max(after, far - size - before))
              for (before, after), far, size in zip(layer["padding"], reach, x.shape[1:])]  # fmt: skip
    padded = np.pad(x, [(0, 0), *around], constant_values=fill)
    extents = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    windows = np.lib.stride_tricks.sliding_window_view(padded, extents, (1, 2))
    (a, b), (c, d) = layer["stride"], dilation
    return windows[:, ::a, ::b, ::c, ::d][:, : shape[1], : shape[2]]


def _activate(layer, x):
    import numpy as np

    kind = layer["kind"]
    sigmoid = 1 / (1 + np.exp(-np.clip(x, -700, 700)))
    if kind in ("gelu", "gelu_tanh"):
        cubic = np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
        exact = np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))
        return x * (1 + (cubic if kind == "gelu_tanh" else exact)) / 2
    return {
        "relu": lambda: np.maximum(x, 0), "relu6": lambda: np.clip(x, 0, 6), "tanh": lambda: np.tanh(x),
        "leaky_relu": lambda: np.where(x > 0, x, layer["negative_slope"] * x), "sigmoid": lambda: sigmoid,
        "elu": lambda: np.where(x > 0, x, layer["alpha"] * np.expm1(np.minimum(x, 0))), "silu": lambda: x * sigmoid,
        "hardswish": lambda: x * np.clip(x + 3, 0, 6) / 6, "hardsigmoid": lambda: np.clip(x + 3, 0, 6) / 6,
    }[kind]()  # fmt: skip


def softmax(scores):
    """Probabilities of a vector of scores."""
    import numpy as np

    powers = np.exp(scores - np.max(scores))
    return powers / powers.sum()
