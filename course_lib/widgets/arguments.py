"""Arguments brought into their one form, or refused in one sentence that names the nearest legal value.

`name` is what the argument is called in that sentence.
"""

import difflib
import math
import operator
import reprlib

WORDS = {
    "number": "{name} is {got}; it must be a {kind}number from {low:,} to {high:,}.",
    "choice": "{name} is {got}; it must be one of {legal}.",
    "nearest": " The nearest legal {name} is {nearest}.",
}


def as_whole(value):
    """An int for whatever counts as one; anything else as it is, for its judge to name."""
    try:
        return value if isinstance(value, bool) else operator.index(value)
    except TypeError:
        return value


def whole(value, name, low, high):
    """An int from `low` to `high`; ValueError for anything else."""
    found = as_whole(value)
    if isinstance(found, int) and not isinstance(found, bool) and low <= found <= high:
        return found
    raise ValueError(_out_of_range(value, name, low, high, "whole "))


def number(value, name, low, high):
    """A float from `low` to `high`; ValueError for anything else."""
    found = _float(value)
    if low <= found <= high:
        return found
    raise ValueError(_out_of_range(value, name, low, high, ""))


def choice(value, name, choices):
    """One of the texts `choices`; ValueError for anything else."""
    if isinstance(value, str) and value in choices:
        return value
    nearest = (difflib.get_close_matches(str(value), choices, 1, 0) or list(choices))[0]
    legal = ", ".join(f'"{each}"' for each in choices)
    text = WORDS["choice"].format(name=name, got=reprlib.repr(value), legal=legal)
    raise ValueError(text + nearest_text(name, f'"{nearest}"'))


def flag(value, name):
    """True or False; ValueError for anything else."""
    if _is_bool(value):
        return bool(value)
    text = WORDS["choice"].format(name=name, got=reprlib.repr(value), legal="True, False")
    raise ValueError(text + nearest_text(name, _float(value) > 0))


def numbers(value):
    """`value`, also a tensor, as a numpy array of finite numbers; None if it is ragged or anything else."""
    import numpy as np

    try:
        array = np.asarray(_detached(value))
    except (ValueError, TypeError, RuntimeError):  # ragged, or a tensor that numpy has no type for
        return None
    return array if array.dtype.kind in "biuf" and np.isfinite(array).all() else None


def nearest_text(name, nearest):
    """The sentence after a refusal."""
    return WORDS["nearest"].format(name=name, nearest=nearest)


def _float(value):
    if isinstance(value, str) or _is_bool(value):
        return math.nan
    try:
        return float(_detached(value))
    except (TypeError, ValueError, RuntimeError):
        return math.nan
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _is_bool(value):
    return type(value).__name__ in ("bool", "bool_")  # Python's and numpy's


def _detached(value):
    return value.detach().cpu() if hasattr(value, "detach") else value


def _out_of_range(value, name, low, high, kind):
    text = WORDS["number"].format(name=name, got=reprlib.repr(value), kind=kind, low=low, high=high)
    found = _float(value)
    if math.isnan(found):
        return text
    nearest = min(max(found, low), high)
    return text + nearest_text(name, round(nearest) if kind or nearest == round(nearest) else nearest)
