"""What each kind of layer of an explainer's network must hold: checked before any of its numbers is used."""

import reprlib

from course_lib.widgets import arguments

MOST = 100_000  # of any size in a layer
WORDS = {
    "layer": "{name} is {got}; it must be a dict with the path and the kind of a layer.",
    "lacks": "{path}, a {kind}, lacks {name}.",
    "pair": "{name} is {got}; it must be two whole numbers, for height and width.",
    "weight": "{name} is {got}; it must be a dict with int8, scale, and a shape of {axes} whole numbers.",
    "array": "{name} is {got}; it must be base64 text{none}.",
}


def _sizes(value, name, count, low):
    if not isinstance(value, list | tuple) or len(value) != count:
        raise ValueError(WORDS["pair"].format(name=name, got=reprlib.repr(value)))
    for each in value:
        arguments.whole(each, name, low, MOST)


def _pair(low):
    return lambda value, name: _sizes(value, name, 2, low)


def _pads(value, name):
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise ValueError(WORDS["pair"].format(name=name, got=reprlib.repr(value)))
    for axis in value:
        _sizes(axis, name, 2, 0)


def _weight(axes):
    def check(value, name):
        shape = value.get("shape") if isinstance(value, dict) else None
        if not isinstance(shape, list | tuple) or len(shape) != axes or not {"int8", "scale"} <= set(value):
            raise ValueError(WORDS["weight"].format(name=name, got=reprlib.repr(value), axes=axes))
        for size in shape:
            arguments.whole(size, f"{name} shape", 1, MOST)

    return check


def _array(value, name):
    if not isinstance(value, str):
        raise ValueError(WORDS["array"].format(name=name, got=reprlib.repr(value), none=""))


def _array_or_none(value, name):
    if value is not None and not isinstance(value, str):
        raise ValueError(WORDS["array"].format(name=name, got=reprlib.repr(value), none=" or None"))


def _whole(value, name):
    arguments.whole(value, name, 1, MOST)


def _number(value, name):
    arguments.number(value, name, -1000, 1000)


def _above_zero(value, name):
    arguments.number(value, name, 0, 1000)


WINDOW = {"kernel": _pair(1), "stride": _pair(1), "padding": _pads, "ceil": arguments.flag}
SETTINGS = {
    "conv2d": {"weight": _weight(4), "bias": _array_or_none, "stride": _pair(1), "dilation": _pair(1), "padding": _pads,
               "groups": _whole},
    "linear": {"weight": _weight(2), "bias": _array_or_none},
    "batch_norm": {"mean": _array, "variance": _array, "weight": _array, "bias": _array_or_none, "eps": _above_zero},
    "max_pool": {**WINDOW, "dilation": _pair(1)},
    "avg_pool": {**WINDOW, "count_padding": arguments.flag},
    "adaptive_avg_pool": {"size": _pair(1)},
    "flatten": {},
    "relu": {}, "relu6": {}, "leaky_relu": {"negative_slope": _number}, "elu": {"alpha": _number}, "tanh": {},
    "sigmoid": {}, "gelu": {}, "gelu_tanh": {}, "silu": {}, "hardswish": {}, "hardsigmoid": {},
}  # fmt: skip
NAMES = {
    "conv2d": "Conv2d", "linear": "Linear", "batch_norm": "BatchNorm", "max_pool": "MaxPool2d", "avg_pool": "AvgPool2d",
    "adaptive_avg_pool": "AdaptiveAvgPool2d", "flatten": "Flatten", "relu": "ReLU", "relu6": "ReLU6",
    "leaky_relu": "LeakyReLU", "elu": "ELU", "tanh": "Tanh", "sigmoid": "Sigmoid", "gelu": "GELU",
    "gelu_tanh": "GELU tanh", "silu": "SiLU", "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid",
}  # fmt: skip
KINDS = tuple(SETTINGS)
ACTIVATIONS = KINDS[KINDS.index("flatten") + 1 :]


def check(layer, number):
    """ValueError, in one sentence, for a layer whose path, kind or settings are not what its kind needs."""
    if not isinstance(layer, dict) or not isinstance(layer.get("path"), str):
        raise ValueError(WORDS["layer"].format(name=f"layers[{number}]", got=reprlib.repr(layer)))
    path = layer["path"]
    kind = arguments.choice(layer.get("kind"), f"{path}'s kind", KINDS)
    for name, read in SETTINGS[kind].items():
        if name not in layer:
            raise ValueError(WORDS["lacks"].format(path=path, kind=kind, name=name))
        read(layer[name], f"{path}'s {name}")
