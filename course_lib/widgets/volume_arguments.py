"""What the arguments of the volume widget may be, each brought into its one form."""

import numbers
import reprlib

from course_lib.widgets import arguments
from course_lib.widgets import volume_rules as rules
from course_lib.widgets.volume_rules import AXES

# The numbers that fill a size without values; js/core/volume.mjs has the same rules.
START = {
    "input": lambda depth, row, column: (
        (2 * column**2 + 3 * row**2 + row * column + 4 * column + 3 * depth) % 10
    ),
    "kernel": lambda depth, row, column: (2 * row + column + 3 * depth) % 4 - 1,
}
# Each view and the cells that can be chosen in it.
VIEWS = {
    "output": ("input", "kernel", "output"),
    "input_grad": ("grad_output", "kernel", "grad_input"),
    "kernel_grad": ("input", "grad_output", "grad_kernel"),
    "code": (),
}
LABELS = {"input": "input size", "kernel": "kernel size"}
NAMES = {
    (0,): " along depth",
    (1,): " along height",
    (2,): " along width",
    (1, 2): " along height and width",
    AXES: "",
}
WORDS = {
    "volume": "{name} must be a 3-D array of finite numbers, depth, height and width, or a size such as {example}; "
    "got {got}.",
    "triple": "{name} must be one whole number or three, for depth, height and width; got {got}.",
    "bias": "bias must be None or one finite number; got {got}.",
    "grad_output": "grad_output must be None or an array of finite numbers of the output's shape {shape}; got {got}.",
    "cell": 'cell must be None or a name and three indices such as ("output", 0, 1, 1), in view="{view}" one of '
    "{names}; got {got}.",
    "no_cell": 'view="code" shows no cells, so cell must be None; got {got}.',
    "outside": "There is no {name}{place}. The nearest legal cell is {nearest}.",
    "same_stride": 'padding="same" needs stride 1, but the stride is {stride}. The nearest legal stride is 1.',
    "same_even": 'padding="same" with {extent} cells from the first tap to the last{where} needs one more zero on one '
    "side; the widget pads both sides alike. The nearest legal padding is {nearest}.",
    "range": "{label} is {got}; it must be a whole number from {min} to {max}.",
    "range_open": "{label} is {got}; it must be a whole number, {min} or more.",
    "fit": "The kernel covers {extent} cells{where}, but the padded input has {padded}.",
    "cells": "This makes {cells:,} numbers to draw; the widget draws at most {most:,}.",
    "nearest": " The nearest legal {label} is {nearest}.",
}


def check(state, changed=None):
    """The state with values for sizes and triples for numbers; ValueError if torch or the widget refuses it."""
    found, sizes = dict(state), {}
    for name, example in (("input", "(4, 5, 5)"), ("kernel", "(2, 3, 3)")):
        text = WORDS["volume"].format(name=name, example=example, got=arguments.shown(state[name]))
        found[name], sizes[name] = arguments.values_or_size(_volume(state[name]), 3, ValueError(text))
    for name in ("stride", "dilation"):
        sizes[name] = _triple(state[name], name)
    sizes["padding"] = _padding(state["padding"], sizes)
    problem = rules.problem(sizes, changed if changed in rules.LIMITS else "kernel")
    if problem:
        raise ValueError(sentence(problem, sizes))
    for name in ("input", "kernel"):
        found[name] = arguments.filled(START[name], sizes[name], found[name])
    found |= {name: sizes[name] for name in ("padding", "stride", "dilation")}
    found["bias"] = _bias(state["bias"])
    shape = tuple(rules.output_size(sizes, axis) for axis in AXES)
    found["grad_output"] = _grad_output(state["grad_output"], shape)
    found["view"] = arguments.choice(state["view"], "view", VIEWS)
    found["cell"] = _cell(state["cell"], found["view"], sizes, strict=changed in (None, "cell"))
    return found


def sentence(problem, sizes):
    """A problem of `volume_rules` as a sentence with the nearest legal value."""
    name, axes, reason = problem["parameter"], tuple(problem["axes"]), problem["reason"]
    if reason == "range" and name not in LABELS and len(set(sizes[name])) == 1:  # one number for all three
        axes, problem = AXES, problem | {"nearest": rules.nearest_legal(sizes, name, AXES)}
    label = LABELS.get(name, name) + NAMES[axes]
    reason = "range_open" if problem.get("max") == rules.LARGEST else reason
    where = NAMES[(problem["axis"],)] if "axis" in problem else ""
    got = next((sizes[name][axis] for axis in axes if not _is_right(problem, sizes[name][axis])), None)
    words = problem | {"label": label, "got": got, "where": where, "most": rules.MAX_CELLS}
    text = WORDS[reason].format(**words)
    return text if problem["nearest"] is None else text + WORDS["nearest"].format(**words)


def _is_right(problem, value):
    return arguments.is_whole(value, problem.get("min", value), problem.get("max", value))


def _volume(value):
    """A volume that comes in torch's (1, D, H, W) or (1, 1, D, H, W) as (D, H, W); anything else as it is."""
    array = arguments.numbers(value)
    is_framed = array is not None and 3 < array.ndim <= 5 and not set(array.shape[:-3]) - {1}
    return array.reshape(array.shape[-3:]) if is_framed else value


def _triple(value, name):
    refusal = ValueError(WORDS["triple"].format(name=name, got=arguments.shown(value)))
    items = arguments.wholes(value, (1, 3), refusal)
    return items * (3 // len(items))


def _padding(value, sizes):
    """[depth, height, width]; "same" as torch takes it, where it is the same on both sides."""
    if not isinstance(value, str) or value not in ("same", "valid"):
        return _triple(value, "padding")
    problem = rules.problem(sizes | {"padding": [0, 0, 0]})
    if value == "valid" or (problem and problem["reason"] == "range"):
        return [0, 0, 0]
    if sizes["stride"] != [1, 1, 1]:
        raise ValueError(WORDS["same_stride"].format(stride=tuple(sizes["stride"])))
    nearest = [(rules.extent(sizes, axis) - 1) // 2 for axis in AXES]
    for axis in AXES:
        extent = rules.extent(sizes, axis)
        if extent % 2 == 0:
            raise ValueError(
                WORDS["same_even"].format(extent=extent, where=NAMES[(axis,)], nearest=tuple(nearest))
            )
    return nearest


def _bias(value):
    if value is None:
        return None
    array = None if isinstance(value, bool) else arguments.numbers(value)
    if array is None or array.size != 1:
        raise ValueError(WORDS["bias"].format(got=reprlib.repr(value)))
    return float(array.ravel()[0])


def _grad_output(value, shape):
    if value is None:
        return None
    refusal = ValueError(WORDS["grad_output"].format(shape=shape, got=arguments.shown(value)))
    return arguments.shaped(_volume(value), [shape], refusal).tolist()


def _cell(value, view, sizes, strict):
    """[name, depth, row, column] or None; a cell that a smaller size has lost is let go unless `strict`."""
    if value is None:
        return None
    names = VIEWS[view]
    if strict and not names:
        raise ValueError(WORDS["no_cell"].format(got=reprlib.repr(value)))
    try:
        name, *place = value
        whole = len(place) == 3 and all(isinstance(index, numbers.Integral) for index in place)
    except (TypeError, ValueError):
        name, whole = None, False
    if not whole or (strict and name not in names):
        raise ValueError(WORDS["cell"].format(view=view, names=", ".join(names), got=reprlib.repr(value)))
    if name not in names:
        return None
    part = name.removeprefix("grad_")
    around = sizes["padding"] if name == "input" else [0, 0, 0]
    counts = [rules.output_size(sizes, axis) if part == "output" else sizes[part][axis] for axis in AXES]
    place = [int(index) for index in place]
    nearest = [
        min(max(index, -pad), count + pad - 1)
        for index, pad, count in zip(place, around, counts, strict=True)
    ]
    if nearest == place:
        return [name, *place]
    if not strict:
        return None
    raise ValueError(WORDS["outside"].format(name=name, place=place, nearest=(name, *nearest)))
