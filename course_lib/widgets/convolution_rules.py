"""What torch.nn.Conv2d accepts for one channel and one filter, and the sizes and values that follow.

A `conv` holds sizes only, each a [height, width] pair: input, kernel, padding (or "same"), stride, dilation.
`js/core/convolution.mjs` has the same rules for the page; tests hold both to torch.
"""

import math

from course_lib.widgets.words import AXES, LINES, PARAMETERS, WORDS

BOTH = (0, 1)
LARGEST = 2**53 - 1  # of the whole numbers that a page can hold
MAX_CELLS = 3000
LIMITS = {
    "input": (1, 32),
    "kernel": (1, 11),
    "padding": (0, LARGEST),
    "stride": (1, LARGEST),
    "dilation": (1, LARGEST),
}


def pads(conv, axis):
    """Zeros before and after the input; "same" puts the odd one after, as torch does."""
    if conv["padding"] != "same":
        return conv["padding"][axis], conv["padding"][axis]
    total = conv["dilation"][axis] * (conv["kernel"][axis] - 1)
    return total // 2, total - total // 2


def padded_size(conv, axis):
    """Rows (axis 0) or columns (axis 1) of the padded input."""
    return conv["input"][axis] + sum(pads(conv, axis))


def extent(conv, axis):
    """Rows or columns from the first tap of the kernel to its last."""
    return conv["dilation"][axis] * (conv["kernel"][axis] - 1) + 1


def output_size(conv, axis):
    """Rows or columns of the output."""
    return (padded_size(conv, axis) - extent(conv, axis)) // conv["stride"][axis] + 1


def dropped(conv, axis):
    """Rows or columns at the end of the padded input that the floor leaves out."""
    return (padded_size(conv, axis) - extent(conv, axis)) % conv["stride"][axis]


def forward(input, kernel, conv):
    """Output values, (H, W) and (kernel_h, kernel_w) -> (output_h, output_w)."""
    import numpy as np

    padded = np.pad(np.asarray(input, float), [pads(conv, axis) for axis in BOTH])
    span = tuple(extent(conv, axis) for axis in BOTH)
    windows = np.lib.stride_tricks.sliding_window_view(padded, span)
    windows = windows[
        :: conv["stride"][0], :: conv["stride"][1], :: conv["dilation"][0], :: conv["dilation"][1]
    ]
    return np.einsum("ijuv,uv->ij", windows, np.asarray(kernel, float))


def cell_count(conv):
    """Numbers to draw: padded input, kernel and output."""
    area = [size(conv, 0) * size(conv, 1) for size in (padded_size, output_size)]
    return sum(area) + conv["kernel"][0] * conv["kernel"][1]


def problem(conv, changed="kernel"):
    """Why torch or the widget refuses `conv`, as one sentence with the nearest legal value; None where legal.

    A problem of several parameters is laid to `changed`, the last one set, where it can be mended there.
    """
    square = all(value == "same" or value[0] == value[1] for value in conv.values())
    for axis in BOTH:
        for name, (low, high) in LIMITS.items():
            if not _in_range(conv, name, axis):
                reason = "range" if high < LARGEST else "range_open"
                sizes = {"value": conv[name][axis], "min": low, "max": high}
                return _sentence(conv, reason, axis, [name], sizes, [BOTH if square else (axis,)])
    for axis in BOTH:
        found = _misfit(conv, axis, changed, [BOTH if square else (axis,)])
        if found:
            return found
    if cell_count(conv) <= MAX_CELLS:
        return None
    longest = max(BOTH, key=lambda axis: padded_size(conv, axis))
    sizes = {
        "input": size_text(conv["input"]),
        "padding": setting_text(conv["padding"]),
        "cells": cell_count(conv),
        "most": MAX_CELLS,
    }
    axes_to_try = [BOTH] if square else [(longest,), BOTH]
    return _sentence(conv, "cells", longest, [changed, "padding"], sizes, axes_to_try)


def _misfit(conv, axis, changed, axes_to_try):
    if conv["padding"] == "same" and conv["stride"][axis] != 1:
        candidates = ["padding", "stride"] if changed == "padding" else ["stride"]
        return _sentence(conv, "same_stride", axis, candidates, {"stride": conv["stride"][axis]}, axes_to_try)
    if extent(conv, axis) <= padded_size(conv, axis):
        return None
    sizes = {name: conv[name][axis] for name in ("kernel", "dilation", "input", "padding")}
    sizes |= {"extent": extent(conv, axis), "padded": padded_size(conv, axis), "lines": LINES[axis][1]}
    return _sentence(
        conv, "fit", axis, ["kernel"] if changed == "stride" else [changed, "kernel"], sizes, axes_to_try
    )


def _sentence(conv, reason, axis, candidates, sizes, axes_to_try):
    mends = [(name, axes, nearest_legal(conv, name, axes)) for name in candidates for axes in axes_to_try]
    name, axes, nearest = next((mend for mend in mends if mend[2] is not None), mends[0])
    label = PARAMETERS[name] if axes == BOTH else WORDS["axis"].format(parameter=name, axis=AXES[axis])
    text = WORDS[reason].format(label=label, **sizes)
    return text if nearest is None else text + WORDS["nearest"].format(label=label, nearest=nearest)


def nearest_legal(conv, name, axes):
    """The value of `name` closest to the present one that makes `conv` legal along `axes`, or None."""
    low, high = LIMITS[name]
    value = pads(conv, axes[0])[0] if conv[name] == "same" else conv[name][axes[0]]
    if not isinstance(value, int) and not math.isfinite(value):
        return None
    inside = min(max(value if isinstance(value, int) else math.floor(value + 0.5), low), high)
    start = min(inside, MAX_CELLS)  # a larger padding, kernel or dilation that `inside` rules out is out too
    near = (start + sign * distance for distance in range(MAX_CELLS + 1) for sign in (-1, 1))
    for candidate in (inside, *near):
        if low <= candidate <= high and _is_legal(with_value(conv, name, axes, candidate), axes):
            return candidate
    return None if all(_in_range(conv, name, axis) for axis in axes) else inside


def with_value(conv, name, axes, value):
    """`conv` with one parameter set along `axes`; a padding of "same" becomes numbers."""
    old = [pads(conv, axis)[0] for axis in BOTH] if conv[name] == "same" else conv[name]
    return {**conv, name: [value if axis in axes else old[axis] for axis in BOTH]}


def _is_legal(conv, axes):
    if not all(_is_legal_along(conv, axis) for axis in axes):
        return False
    return not all(_is_legal_along(conv, axis) for axis in BOTH) or cell_count(conv) <= MAX_CELLS


def _is_legal_along(conv, axis):
    return (
        all(_in_range(conv, name, axis) for name in LIMITS)
        and extent(conv, axis) <= padded_size(conv, axis)
        and (conv["padding"] != "same" or conv["stride"][axis] == 1)
    )


def _in_range(conv, name, axis):
    value = 0 if conv[name] == "same" else conv[name][axis]
    low, high = LIMITS[name]
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def size_text(pair):
    """A (height, width) size as words."""
    return WORDS["size"].format(*pair)


def setting_text(value):
    """A padding, stride or dilation as it is written in a call: one number where both are equal."""
    if value == "same":
        return '"same"'
    return str(value[0]) if value[0] == value[1] else str(tuple(value))
