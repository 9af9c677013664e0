"""What the arguments of the convolution widget may be, each brought into its one form."""

import operator
import reprlib

from course_lib.widgets import arguments, convolution_problems
from course_lib.widgets import convolution_rules as rules
from course_lib.widgets.convolution_words import WORDS

# The numbers that fill a size without values; js/core/convolution/sizes.mjs has the same rules.
START = {
    "input": lambda row, column, channel=0: (
        (2 * column**2 + 3 * row**2 + row * column + 4 * column + 3 * channel) % 10
    ),
    "kernel": lambda row, column, first=0, second=0: (2 * row + column + first + 2 * second) % 4 - 1,
    "bias": lambda filter: filter + 1,
}
DIMENSIONS = {"input": (2, 3), "kernel": (2, 4)}
VIEWS = ("output", "input_grad", "kernel_grad", "bias_grad", "matrix", "code")
ACTIVATIONS = (None, "relu")
PAIRS = ("stride", "dilation", "output_padding", "output_size")
KEPT = (bool, float)  # among numbers: their nearest legal value is told
SWITCHES = ("flip", "count_include_pad", "ask")
CHOICES = {
    "operation": tuple(rules.PARAMETERS),
    "padding_mode": rules.PADDING_MODES,
    "view": VIEWS,
    "activation": ACTIVATIONS,
}

PHOTOGRAPHS = ("china", "flower")  # those of scikit-learn
PHOTOGRAPH_PX = 16


def photograph(name):
    """A photograph of scikit-learn's as (3, 16, 16) whole numbers from 0 to 9: red, green, blue."""
    from sklearn.datasets import load_sample_image

    picture = load_sample_image(f"{name}.jpg")
    side = min(picture.shape[:2]) // PHOTOGRAPH_PX
    top, left = ((size - side * PHOTOGRAPH_PX) // 2 for size in picture.shape[:2])
    square = picture[top : top + side * PHOTOGRAPH_PX, left : left + side * PHOTOGRAPH_PX] / 255 * 9
    cells = square.reshape(PHOTOGRAPH_PX, side, PHOTOGRAPH_PX, side, 3).mean((1, 3))
    return cells.round().transpose(2, 0, 1)


def check(state, changed=None):
    """The state with values for sizes and pairs for numbers; ValueError if torch refuses it."""
    if isinstance(state["input"], str) and state["input"] in PHOTOGRAPHS:
        state = {**state, "input": photograph(state["input"])}
    new = {name: _choice(state[name], name) for name in CHOICES}
    new |= {name: arguments.flag(state[name], name) for name in SWITCHES}
    new |= {name: _pair(state[name], name) for name in PAIRS}
    new["padding"] = _padding(state["padding"])
    new["groups"] = _groups(state["groups"])
    given = {name: _values(state[name], name) for name in DIMENSIONS}
    shape = {name: _shape(given[name], state[name], name) for name in DIMENSIONS}
    conv = sizes(new, shape)
    problem = convolution_problems.problem(conv, changed or "kernel")
    if problem:
        raise ValueError(problem)
    weight = rules.weight_shape(conv)
    if shape["kernel"][0] is not None and not rules.is_pool(conv) and shape["kernel"][:2] != weight:
        expected, got = (*weight, *conv["kernel"]), tuple(shape["kernel"])
        text = WORDS["channels"].format(
            channels=conv["channels"], groups=conv["groups"], expected=expected, got=got
        )
        raise ValueError(text)
    new["input"] = _filled("input", given["input"], [conv["channels"], *conv["input"]])
    new["kernel"] = _filled("kernel", given["kernel"], [*weight, *conv["kernel"]])
    new["bias"] = _bias(state["bias"], conv)
    new["grad_output"] = _grad_output(state["grad_output"], conv)
    return {name: new[name] for name in state}


def sizes(state, shape):
    """The `conv` of convolution_rules for a state and the shapes (C, H, W) and (first, second, KH, KW)."""
    names = ("padding", "padding_mode", "operation", "flip", "count_include_pad", "groups", "activation")
    conv = {name: state[name] for name in (*PAIRS, *names)}
    first, second = shape["kernel"][:2]
    filters = (second or 1) * conv["groups"] if rules.is_transposed(conv) else first or conv["groups"]
    conv |= {"input": shape["input"][1:], "kernel": shape["kernel"][2:]}
    return rules.layer(conv | {"channels": shape["input"][0], "filters": filters})


def _shape(values, size, name):
    """[1, ..., height, width] of values or of a size; a kernel's size without channels starts with None."""
    length = DIMENSIONS[name][1]
    if values is not None:
        return [1] * (length - values.ndim) + list(values.shape)
    refusal = _refusal("not_2d", name, size)
    items = arguments.wholes(size, (1, 2, length), refusal, KEPT)
    if len(items) == length:
        if not all(arguments.is_whole(item, 1) for item in items[:-2]):
            raise refusal
        return items
    return [1 if name == "input" else None] * (length - 2) + items * (3 - len(items))


def _filled(name, values, shape):
    """`values`, or the start values, of `shape` as lists; rows alone where there is one channel and one filter."""
    import numpy as np

    if values is None:
        every = np.indices(shape)
        values = START[name](every[-2], every[-1], *every[:-2]).astype(float)
    if all(count == 1 for count in shape[:-2]):
        return values.reshape(-1, *shape[-2:])[0].tolist()  # the first of many where a pool has no weights
    return values.tolist()


def _bias(value, conv):
    if value is None or value is False or rules.is_pool(conv):
        return None
    if value is True:
        return [float(START["bias"](filter)) for filter in range(conv["filters"])]
    filters = conv["filters"]
    refusal = ValueError(WORDS["not_bias"].format(filters=filters, got=reprlib.repr(value)))
    return arguments.shaped(value, [(filters,)], refusal).tolist()


def _grad_output(value, conv):
    if value is None:
        return None
    shape = (conv["filters"], *(rules.output_size(conv, axis) for axis in rules.BOTH))
    legal = [shape, shape[1:]] if conv["filters"] == 1 else [shape]
    refusal = ValueError(WORDS["not_grad_output"].format(shape=shape, got=reprlib.repr(value)))
    return arguments.shaped(value, legal, refusal).reshape(shape).tolist()


def _values(value, name):
    """An array of the values, None if `value` is a size; ValueError if it is neither."""
    import numpy as np

    try:
        dimensions = np.ndim(value)
    except (ValueError, TypeError, RuntimeError):  # ragged, or of tensors that numpy cannot take
        raise _refusal("not_2d", name, value) from None
    if dimensions < 2:
        return None
    array = arguments.numbers(value)
    if array is None or array.ndim not in DIMENSIONS[name] or array.size == 0:
        raise _refusal("not_2d", name, value if array is None else f"an array of shape {array.shape}")
    return array.astype(float)


def _choice(value, name):
    if (value is None or isinstance(value, str)) and value in CHOICES[name]:
        return value
    names = ", ".join("None" if choice is None else f'"{choice}"' for choice in CHOICES[name])
    raise ValueError(WORDS["not_choice"].format(name=name, names=names, got=reprlib.repr(value)))


def _groups(value):
    try:
        return operator.index(value)
    except TypeError:
        raise ValueError(WORDS["not_groups"].format(got=reprlib.repr(value))) from None


def _padding(value):
    if isinstance(value, str) and value in ("same", "valid"):
        return value if value == "same" else [0, 0]
    if (
        isinstance(value, (list, tuple))
        and len(value) == 2
        and any(isinstance(side, (list, tuple)) for side in value)
    ):
        return [_pair(side, "padding", "not_padding") for side in value]
    return _pair(value, "padding", "not_padding")


def _pair(value, name, complaint="not_a_pair"):
    return arguments.pair(value, _refusal(complaint, name, value), KEPT)


def _refusal(complaint, name, got):
    return ValueError(
        WORDS[complaint].format(name=name, got=got if isinstance(got, str) else reprlib.repr(got))
    )
