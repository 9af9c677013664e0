"""A trained network as JSON for the explainer: int8 weights, one scale for each output channel."""

import json
from collections.abc import Iterable

from course_lib.widgets import explainer_network

# torch is not imported here: a model brings its own classes, which are known by their names.
SKIPPED = ("Dropout", "Dropout1d", "Dropout2d", "Identity")
PARTS = ("stem", "stages", "head")  # of course_lib.models.network.Network


def export(model, input_shape, *, mean=0.0, std=1.0):
    """The network of `explainer`, as a dict for JSON, from an nn.Module that is a chain of layers.

    model: nested nn.Sequential, or a network of course_lib.models with stem, stages and head; it runs as in evaluation
    mode. input_shape: (C, H, W) of one image. mean and std: the numbers, or one for each channel, by which pixels from
    0 to 1 become what the model takes: (pixel − mean) / std. ValueError for a module that the page cannot run, with its
    path and those that it can, and for a network of more than 100 KB.
    """
    channels, height, width = input_shape
    layers = [
        _layer(path, module) for path, module in _chain(model, "") if type(module).__name__ not in SKIPPED
    ]
    network = {
        "input": [int(channels), int(height), int(width)],
        "mean": _each(mean, channels, "mean"),
        "std": _each(std, channels, "std"),
        "layers": layers,
    }
    explainer_network.shapes(network)
    size = len(json.dumps(network, separators=(",", ":")))
    if size > explainer_network.MOST_BYTES:
        raise ValueError(
            f"the network takes {size:,} bytes as JSON; at most {explainer_network.MOST_BYTES:,} go into a page, "
            "which is about 74,000 weights: take fewer channels or a smaller linear layer."
        )
    return network


def _chain(module, path):
    """(path, module) of each layer, in the order in which they run."""
    forward = getattr(type(module).forward, "__qualname__", "")
    children = dict(module.named_children())
    if forward == "Sequential.forward":
        names = list(children)
    elif forward == "Network.forward" and set(children) == set(PARTS):
        names = PARTS
    else:
        yield path, module
        return
    for name in names:
        yield from _chain(children[name], f"{path}.{name}" if path else name)


def _layer(path, module):
    kind = type(module)
    write = WRITERS.get(kind.__name__)
    if write is None or not kind.__module__.startswith("torch.nn."):
        raise ValueError(
            f"{path or 'the model'} is a {kind.__name__}, which the page cannot run; it runs chains of "
            f"{', '.join([*WRITERS, *SKIPPED])} in nn.Sequential."
        )
    return {"path": path or kind.__name__, **write(path, module)}


def _conv2d(path, module):
    if module.padding_mode != "zeros":
        raise ValueError(
            f'{path} has padding_mode "{module.padding_mode}"; the page pads with "zeros" alone.'
        )
    if module.padding == "same":
        total = [d * (k - 1) for d, k in zip(module.dilation, module.kernel_size)]
        padding = [[each // 2, each - each // 2] for each in total]
    else:
        padding = [[each, each] for each in ((0, 0) if module.padding == "valid" else module.padding)]
    settings = {name: list(getattr(module, name)) for name in ("stride", "dilation")}
    return {
        "kind": "conv2d",
        "padding": padding,
        "groups": module.groups,
        **settings,
        **_weights(path, module),
    }


def _linear(path, module):
    return {"kind": "linear", **_weights(path, module)}


def _batch_norm(path, module):
    if module.running_mean is None:
        raise ValueError(f"{path} keeps no running statistics, and one image on a page is no batch.")
    arrays = {
        "mean": module.running_mean,
        "variance": module.running_var,
        "weight": module.weight,
        "bias": module.bias,
    }
    texts = {name: _floats(path, one) if one is not None else None for name, one in arrays.items()}
    if texts["weight"] is None:
        texts["weight"] = _floats(path, module.running_var * 0 + 1)
    return {"kind": "batch_norm", "eps": module.eps, **texts}


def _max_pool(path, module):
    if module.return_indices:
        raise ValueError(f"{path} returns indices as well; the page runs it without.")
    return {"kind": "max_pool", "dilation": _pair(module.dilation), **_window(module)}


def _avg_pool(path, module):
    if module.divisor_override is not None:
        raise ValueError(f"{path} has a divisor_override; the page divides by the size of the window.")
    return {"kind": "avg_pool", "count_padding": module.count_include_pad, **_window(module)}


def _window(module):
    padding = [[each, each] for each in _pair(module.padding)]
    sizes = {"kernel": _pair(module.kernel_size), "stride": _pair(module.stride)}
    return {**sizes, "padding": padding, "ceil": module.ceil_mode}


def _adaptive_avg_pool(path, module):
    size = _pair(module.output_size)
    if None in size:
        raise ValueError(f"{path} keeps the size of one axis (None); give both in numbers.")
    return {"kind": "adaptive_avg_pool", "size": size}


def _flatten(path, module):
    if (module.start_dim, module.end_dim) != (1, -1):
        raise ValueError(
            f"{path} flattens axes {module.start_dim} to {module.end_dim}; the page flattens 1 to -1."
        )
    return {"kind": "flatten"}


def _activation(kind, *settings):
    return lambda path, module: {"kind": kind, **{name: getattr(module, name) for name in settings}}


def _gelu(path, module):
    return {"kind": "gelu_tanh" if module.approximate == "tanh" else "gelu"}


WRITERS = {
    "Conv2d": _conv2d, "Linear": _linear, "BatchNorm2d": _batch_norm, "BatchNorm1d": _batch_norm,
    "MaxPool2d": _max_pool, "AvgPool2d": _avg_pool, "AdaptiveAvgPool2d": _adaptive_avg_pool, "Flatten": _flatten,
    "ReLU": _activation("relu"), "ReLU6": _activation("relu6"), "Tanh": _activation("tanh"),
    "LeakyReLU": _activation("leaky_relu", "negative_slope"), "ELU": _activation("elu", "alpha"),
    "Sigmoid": _activation("sigmoid"), "GELU": _gelu,
    "SiLU": _activation("silu"), "Hardswish": _activation("hardswish"), "Hardsigmoid": _activation("hardsigmoid"),
}  # fmt: skip


def _weights(path, module):
    import numpy as np

    weight = _array(path, module.weight)
    largest = np.abs(weight).reshape(len(weight), -1).max(1)
    scale = (np.where(largest > 0, largest, 1) / 127).astype("f4")
    whole = np.rint(weight / scale.reshape([-1] + [1] * (weight.ndim - 1))).clip(-127, 127)
    texts = {"int8": explainer_network.encode(whole, "i1"), "scale": explainer_network.encode(scale, "f4")}
    bias = None if module.bias is None else _floats(path, module.bias)
    return {"weight": {"shape": list(weight.shape), **texts}, "bias": bias}


def _floats(path, tensor):
    return explainer_network.encode(_array(path, tensor), "f4")


def _array(path, tensor):
    import numpy as np

    array = tensor.detach().double().cpu().numpy()
    if not np.isfinite(array).all():
        raise ValueError(f"{path} has weights that are not finite numbers.")
    return array


def _pair(value):
    return list(value) if isinstance(value, Iterable) else [value, value]


def _each(value, channels, name):
    """One number for each channel, from a number, a sequence or a tensor such as C × 1 × 1."""
    import numpy as np

    numbers = np.asarray(value.cpu() if hasattr(value, "cpu") else value, float).reshape(-1)
    if (
        len(numbers) not in (1, channels)
        or not np.isfinite(numbers).all()
        or (name == "std" and numbers.min() <= 0)
    ):
        above = " above 0" if name == "std" else ""
        raise ValueError(f"{name} must be one finite number{above}, or {channels} of them; got {value!r}.")
    return numbers.repeat(channels // len(numbers)).tolist()
