"""Arguments brought into their one form, or refused in one sentence that names the nearest legal value.

`name` is what the argument is called in that sentence.
"""

import difflib
import math
import operator
import reprlib
from collections.abc import Iterable

LARGEST = 2**53 - 1  # of the whole numbers that a page can hold
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
    if is_whole(found, low, high):
        return found
    raise ValueError(_out_of_range(value, name, low, high, "whole "))


def is_whole(value, low=-math.inf, high=math.inf):
    """Whether `value` is an int, which True and False are not, from `low` to `high`."""
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def is_number(value):
    """Whether `value` is an int or a finite float, which True and False are not."""
    return is_whole(value) or (isinstance(value, float) and math.isfinite(value))


def nearest_whole(value, low, high):
    """The whole number from `low` to `high` that is nearest to a number; a half goes up."""
    is_ready = isinstance(value, int) or math.isinf(value)
    return min(max(value if is_ready else math.floor(value + 0.5), low), high)


def wholes(value, counts, refusal, kept=float):
    """A list of ints from a number, or from as many as `counts` allow; raises `refusal` for anything else.

    Finite numbers of the types `kept` stay as they are, for their judge to name the nearest legal value.
    """
    try:
        value = _plain(value)
        items = list(value) if isinstance(value, Iterable) and not isinstance(value, str | dict) else [value]
        items = [as_whole(_plain(item)) for item in items]
    except (TypeError, ValueError, RuntimeError):  # of a tensor without plain numbers
        raise refusal from None
    right = [is_whole(item) or (isinstance(item, kept) and math.isfinite(item)) for item in items]
    if len(items) not in counts or not all(right):
        raise refusal
    return items


def pair(value, refusal, kept=float):
    """[height, width] from a whole number or two; raises `refusal` for anything else, as `wholes` does."""
    items = wholes(value, (1, 2), refusal, kept)
    return items * (3 - len(items))


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


def shaped(value, shapes, refusal):
    """An array of finite floats that has one of the `shapes`; raises `refusal` for anything else."""
    array = numbers(value)
    if array is None or array.shape not in shapes:
        raise refusal
    return array.astype(float)


def values_or_size(value, axes, refusal, counts=None):
    """(values along `axes` axes or None, their shape or the size that was given); raises `refusal` for neither.

    A size is one number, for all axes alike, or one for each, or as many as `counts` allow.
    """
    array = numbers(value)
    if array is not None and array.ndim == axes and array.size:
        return array.astype(float), list(array.shape)
    size = wholes(value, counts or (1, axes), refusal)
    return None, size * (axes // len(size))


def filled(rule, shape, values=None):
    """`values` as nested lists; where they are None, lists of `shape`, each number rule(*place)."""
    import numpy as np

    if values is not None:
        return values.tolist()
    return np.array([rule(*place) for place in np.ndindex(*shape)], float).reshape(shape).tolist()


def shown(value):
    """What was given, on one line: the shape of an array, or a short repr."""
    shape = getattr(value, "shape", None)
    return f"an array of shape {tuple(shape)}" if shape else " ".join(reprlib.repr(value).split())


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


def _plain(value):
    return value.tolist() if hasattr(value, "tolist") else value


def _detached(value):
    return value.detach().cpu() if hasattr(value, "detach") else value


def _out_of_range(value, name, low, high, kind):
    text = WORDS["number"].format(name=name, got=reprlib.repr(value), kind=kind, low=low, high=high)
    found = _float(value)
    if math.isnan(found):
        return text
    nearest = min(max(found, low), high)
    return text + nearest_text(name, round(nearest) if kind or nearest == round(nearest) else nearest)
