"""What the arguments of the deformable widget may be, each brought into its one form."""

import reprlib

from course_lib.widgets import arguments
from course_lib.widgets import deformable_rules as rules

VIEWS = ("output", "offset", "input", "code")
PAIRS = ("padding", "stride", "dilation")
# The numbers that fill a size without values; js/core/deformable.mjs has the same rules.
START = {
    "input": lambda row, column: (2 * row * row + 3 * column + row * column + 5) % 10,
    "kernel": lambda row, column: (2 * row + column) % 4 - 1,
}
WORDS = {
    "rows": "{name} must be a 2-D array of finite numbers or a size such as {example}; got {got}.",
    "pair": "{name} must be one whole number or a (height, width) pair of them; got {got}.",
    "shape": "{name} must be None or an array of finite numbers of shape {shape}, or {everywhere}; got {got}.",
    "values": "{name} has the value {got}; its numbers must be from {low} to {high}. The nearest legal value is "
    "{nearest}.",
    "grad_output": "grad_output must be None or an array of finite numbers of the output's shape {shape}; got {got}.",
    "follows": "The offset of a snake follows from its steps: give steps, not offset.",
    "only": "{name} belongs to {legal}, not to {operation}. The nearest legal {name} is None.",
}


def check(state, changed=None):
    """The state with values for sizes and each array in its full shape; ValueError if torch refuses it.

    Arrays follow a change of another field: zeros for a new kernel size, cut off or filled up for a new output size.
    """
    found = {**state, "operation": arguments.choice(state["operation"], "operation", rules.OPERATIONS)}
    found["view"] = arguments.choice(state["view"], "view", VIEWS)
    found["morph"] = arguments.whole(state["morph"], "morph", 0, 1)
    given, shape = {}, {}
    for name, example in (("input", "(7, 7)"), ("kernel", "3")):
        text = WORDS["rows"].format(name=name, example=example, got=arguments.shown(state[name]))
        given[name], shape[name] = arguments.values_or_size(state[name], 2, ValueError(text))
    if given["kernel"] is None or changed in ("operation", "morph", "sizes"):
        given["kernel"], shape["kernel"] = _fitting_kernel(given["kernel"], shape["kernel"], found)
    found |= {name: _pair(state[name], name) for name in PAIRS}
    size = sizes(found | {name: shape[name] for name in shape}, shape)
    problem = rules.problem(size, "input" if changed == "input" else changed or "kernel")
    if problem:
        raise ValueError(problem)
    for name in ("input", "kernel"):
        found[name] = arguments.filled(START[name], shape[name], given[name])
    found |= _arrays(state, size, changed)
    return {name: found[name] for name in state}


def sizes(state, shape=None):
    """What `deformable_rules` take, of a checked state or of one whose shapes are known."""
    shape = shape or {name: (len(state[name]), len(state[name][0])) for name in ("input", "kernel")}
    found = {name: tuple(state[name]) for name in PAIRS} | {
        "operation": state["operation"],
        "morph": state["morph"],
    }
    return found | {name: tuple(shape[name]) for name in ("input", "kernel")}


def _arrays(state, size, changed):
    """offset, mask, steps and grad_output, each of its full shape or None."""
    import numpy as np

    output = tuple(rules.output_size(size, axis) for axis in (0, 1))
    taps = size["kernel"][0] * size["kernel"][1]
    is_snake = size["operation"] == "snake"
    for name, legal in (("steps", "snake"), ("mask", "deform_conv2d")):
        if state[name] is not None and legal != size["operation"]:
            if changed in (None, name):
                raise ValueError(WORDS["only"].format(name=name, legal=legal, operation=size["operation"]))
            state = state | {name: None}
    made = {"steps": None, "mask": None}
    if is_snake:
        steps = _array(state["steps"], "steps", taps, output, changed)
        made["steps"] = np.zeros((taps, *output)) if steps is None else steps
        made["offset"] = rules.snake_offset(made["steps"], size["morph"])
        if changed in (None, "offset") and state["offset"] is not None:
            if not _is_close(state["offset"], made["offset"]):
                raise ValueError(WORDS["follows"])
    else:
        made["mask"] = _array(state["mask"], "mask", taps, output, changed)
        offset = _array(state["offset"], "offset", 2 * taps, output, changed)
        made["offset"] = np.zeros((2 * taps, *output)) if offset is None else offset
    made["grad_output"] = _grad_output(state["grad_output"], output, changed)
    return {name: None if array is None else array.tolist() for name, array in made.items()}


def _array(value, name, count, output, changed):
    """(count, output_h, output_w) floats, None for None; the same everywhere where only `count` are given."""
    import numpy as np

    if value is None:
        return None
    array = arguments.numbers(value)
    array = None if array is None else array.astype(float)
    shape = (count, *output)
    if array is not None and array.shape in ((count,), (count, 1, 1)):
        array = np.tile(array.reshape(count, 1, 1), (1, *output))
    if array is not None and array.ndim == 3 and array.shape != shape and changed not in (None, name):
        array = _refitted(array, shape, 1.0 if name == "mask" else 0.0)
    if array is None or array.shape != shape:
        got = reprlib.repr(value) if array is None else f"shape {array.shape}"
        everywhere = f"({count},) for the same everywhere"
        raise ValueError(WORDS["shape"].format(name=name, shape=shape, everywhere=everywhere, got=got))
    low, high = rules.VALUES[name]
    wrong = array[(array < low) | (array > high)]
    if wrong.size:
        nearest = low if wrong[0] < low else high
        raise ValueError(
            WORDS["values"].format(name=name, got=f"{wrong[0]:g}", low=low, high=high, nearest=nearest)
        )
    return array


def _refitted(array, shape, fill):
    """`array` cut off or filled up to `shape`; what is the same everywhere stays so, of other taps nothing stays."""
    import numpy as np

    if len(array) != shape[0]:
        return np.full(shape, fill)
    if (array == array[:, :1, :1]).all():
        return np.tile(array[:, :1, :1], (1, *shape[1:]))
    new = np.full(shape, fill)
    rows, columns = (min(old, now) for old, now in zip(array.shape[1:], shape[1:]))
    new[:, :rows, :columns] = array[:, :rows, :columns]
    return new


def _grad_output(value, output, changed):
    if value is None:
        return None
    array = arguments.numbers(value)
    if (
        array is not None
        and array.ndim == 2
        and array.shape != output
        and changed not in (None, "grad_output")
    ):
        array = _refitted(array[None], (1, *output), 1.0)[0]
    if array is None or array.shape != output:
        got = reprlib.repr(value) if array is None else f"shape {array.shape}"
        raise ValueError(WORDS["grad_output"].format(shape=output, got=got))
    return array


def _fitting_kernel(values, shape, state):
    """A kernel of the operation's form: a snake's lies along its axis, the other's has at most 5 a side."""
    import numpy as np

    is_snake, morph = state["operation"] == "snake", state["morph"]
    if values is None and is_snake and len(set(shape)) == 1:
        shape = (1, shape[0]) if morph == 0 else (shape[0], 1)
    if values is None:
        return None, shape
    most = rules.LIMITS["kernel"][1]
    if not is_snake:
        values = values[:most, :most]
    elif min(values.shape) > 1 or values.shape[morph] > 1:
        middle = values[len(values) // 2] if min(values.shape) > 1 else values.ravel()
        middle = middle[: len(middle) - 1 + len(middle) % 2]
        values = middle[None] if morph == 0 else middle[:, None]
    return np.ascontiguousarray(values), values.shape


def _is_close(value, expected):
    import numpy as np

    array = arguments.numbers(value)
    return array is not None and array.shape == expected.shape and np.allclose(array, expected, atol=1e-9)


def _pair(value, name):
    refusal = ValueError(WORDS["pair"].format(name=name, got=arguments.shown(value)))
    return arguments.pair(value, refusal, kept=(bool, float))
