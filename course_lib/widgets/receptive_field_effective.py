"""A measured effective field as the receptive-field widget keeps it: small, in shares of the largest gradient."""

import reprlib

from course_lib.widgets import arguments
from course_lib.widgets import receptive_field_rules as rules

MOST_SIDE = 64  # larger fields are averaged over blocks of pixels: the page need not carry them whole
MOST_BLOCK = rules.LIMITS["input"][1] // MOST_SIDE
SHARE = 1 - 0.9545  # of the largest gradient: what lies above it counts as effective (Luo et al., section 3)
WORDS = {
    "kind": "effective must be a measure.Sensitivity or an H×W array of finite numbers; got {got}.",
    "values": "effective must be {wanted} finite numbers, as the input, and not all 0; got {got}.",
    "unit": "effective was measured at unit {unit}, but the chosen layer has {size} units: give the layer at which it "
    "was measured as layer.",
    "part": "{part} of effective is {got}; it must be {kind}.",
}


def effective_field(given, state, window, size):
    """{values, block, layer, unit, window, side, support} of a `measure.Sensitivity` or an H×W array, or None.

    `values` are shares of the largest gradient, averaged over blocks of `block` pixels; `side` is that of a square
    of as many pixels as are effective; `support` the rows and columns that are not 0. ValueError for other arrays.
    """
    import numpy as np

    if given is None or (isinstance(given, dict) and set(given) == set(PARTS)):
        return given and _checked(given)
    values = arguments.numbers(getattr(given, "gradient", given))
    if values is None:
        raise ValueError(WORDS["kind"].format(got=reprlib.repr(given)))
    values = np.abs(values.astype(float))
    is_input = list(values.shape) == state["input"]
    if not is_input or values.max() == 0:
        wanted = " × ".join(map(str, state["input"]))
        got = f"an array of shape {values.shape}{' with other values' if is_input else ''}"
        raise ValueError(WORDS["values"].format(wanted=wanted, got=got))
    unit = [int(at) for at in getattr(given, "position", state["unit"])]
    if len(unit) != 2 or not all(0 <= at < side for at, side in zip(unit, size)):
        raise ValueError(WORDS["unit"].format(unit=tuple(unit), size=" × ".join(map(str, size))))
    shift = [unit[axis] - state["unit"][axis] for axis in (0, 1)]
    if window is not None and any(shift):
        window = _moved(state, window, shift)
    block = -(-max(values.shape) // MOST_SIDE)
    rows, columns = (np.flatnonzero(values.any(axis)) for axis in (1, 0))
    padded = np.pad(values, [(0, -side % block) for side in values.shape])
    blocks = padded.reshape(padded.shape[0] // block, block, padded.shape[1] // block, block).mean((1, 3))
    return {
        "values": np.round(blocks / blocks.max(), 4).tolist(),
        "block": block,
        "layer": state["layer"],
        "unit": unit,
        "window": window,
        "side": round(float(np.sqrt((values > SHARE * values.max()).sum())), 2),
        "support": [int(seen[-1] - seen[0] + 1) for seen in (rows, columns)],
    }


def _moved(state, window, shift):
    if state["profile"]:
        step = state["profile"]["rows"][state["layer"]][4] or [0, 0]
    else:
        step = [rules.levels(state, axis)[state["layer"] + 1].step for axis in (0, 1)]
    return [edge + shift[index % 2] * step[index % 2] for index, edge in enumerate(window)]


# ---- what came back from a page --------------------------------------------------------------------


def _checked(kept):
    for part, (is_legal, kind) in PARTS.items():
        if not is_legal(kept[part]):
            raise ValueError(WORDS["part"].format(part=part, got=reprlib.repr(kept[part]), kind=kind))
    return kept


def _is_whole(value, low, high):
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _are_whole(count, low, high):
    return lambda value: (
        isinstance(value, list) and len(value) == count and all(_is_whole(one, low, high) for one in value)
    )


def _are_shares(value):
    array = arguments.numbers(value) if isinstance(value, list) else None
    if array is None or array.ndim != 2 or not array.size or max(array.shape) > MOST_SIDE:
        return False
    return array.dtype.kind != "b" and array.min() >= 0 and array.max() <= 1


_LARGEST, _FAR = rules.LIMITS["input"][1], 2**31
_is_window = _are_whole(4, -_FAR, _FAR)
PARTS = {
    "values": (_are_shares, f"equally long rows of numbers from 0 to 1, at most {MOST_SIDE} × {MOST_SIDE}"),
    "block": (lambda value: _is_whole(value, 1, MOST_BLOCK), f"a whole number from 1 to {MOST_BLOCK}"),
    "layer": (lambda value: _is_whole(value, 0, _FAR), "the index of a layer, 0 or more"),
    "unit": (_are_whole(2, 0, _FAR), "a (row, column) pair of whole numbers, 0 or more"),
    "window": (lambda value: value is None or _is_window(value), "[top, left, bottom, right] or None"),
    "side": (
        lambda value: (
            isinstance(value, int | float) and 0 <= value <= _LARGEST and not isinstance(value, bool)
        ),
        f"a number from 0 to {_LARGEST}",
    ),
    "support": (_are_whole(2, 1, _LARGEST), f"a (rows, columns) pair of whole numbers from 1 to {_LARGEST}"),
}
