"""What a three-dimensional convolution accepts, and the sizes and values that follow, by the rules of torch.nn.Conv3d.

`sizes` hold [depth, height, width] each of input, kernel, padding, stride and dilation. `js/core/volume.mjs` has the
same rules for the page; tests hold both to torch.
"""

import itertools
import math

from course_lib.widgets.arguments import LARGEST, is_number, is_whole, nearest_whole
from course_lib.widgets.sliding import extent, output_size, padded_size

AXES = (0, 1, 2)
MAX_CELLS = 3000
LIMITS = {
    "input": ((1, 6), (1, 8), (1, 8)),
    "kernel": ((1, 3), (1, 5), (1, 5)),
    "padding": ((0, LARGEST),) * 3,
    "stride": ((1, LARGEST),) * 3,
    "dilation": ((1, LARGEST),) * 3,
}


def dropped(sizes, axis):
    """Cells at the end of the padded input that the floor leaves out."""
    return (padded_size(sizes, axis) - extent(sizes, axis)) % sizes["stride"][axis]


def cell_count(sizes):
    """Numbers to draw: the padded input, the kernel and the output."""
    padded, output = (math.prod(size(sizes, axis) for axis in AXES) for size in (padded_size, output_size))
    return padded + math.prod(sizes["kernel"]) + output


def kind(sizes):
    """What the layer amounts to: "slices", one at a time; "channels", as in two dimensions; or "depth"."""
    kernel, padding, stride = (sizes[name][0] for name in ("kernel", "padding", "stride"))
    if kernel == 1 and padding == 0 and stride == 1:
        return "slices"
    if kernel == sizes["input"][0] and padding == 0:
        return "channels"
    return "depth"


# ---- what torch refuses --------------------------------------------------------------------------


def groups_of(sizes):
    """The axes that change together: height and width where they are equal in everything."""
    equal = all(sizes[name][1] == sizes[name][2] for name in LIMITS)
    return ((0,), (1, 2)) if equal else ((0,), (1,), (2,))


def problem(sizes, changed="kernel", groups=None):
    """Why torch or the widget refuses `sizes`, None where both take them.

    A dict: reason ("range", "fit" or "cells"), parameter and axes, and their value `nearest` to the present one
    that mends it. A problem of several parameters is laid to `changed`, the last one set, if that can mend it.
    """
    groups = groups or groups_of(sizes)
    for name, group in itertools.product(LIMITS, groups):
        if not all(_in_range(sizes, name, axis) for axis in group):
            nearest = nearest_legal(sizes, name, group)
            low, high = LIMITS[name][group[0]]
            return {
                "reason": "range",
                "parameter": name,
                "axes": list(group),
                "nearest": nearest,
                "min": low,
                "max": high,
            }
    for group in groups:
        axis = next((axis for axis in group if not _fits(sizes, axis)), None)
        if axis is not None:
            names = ["kernel"] if changed == "stride" else [changed, "kernel"]
            mends = [(name, group, nearest_legal(sizes, name, group, fits_only=True)) for name in names]
            name, _, nearest = next(mend for mend in mends if mend[2] is not None)
            found = {"extent": extent(sizes, axis), "padded": padded_size(sizes, axis), "axis": axis}
            return {"reason": "fit", "parameter": name, "axes": list(group), "nearest": nearest} | found
    if cell_count(sizes) <= MAX_CELLS:
        return None
    longest = sorted(groups, key=lambda group: -padded_size(sizes, group[0]))
    for name, group in itertools.product((changed, "padding"), (*longest, AXES)):
        nearest = nearest_legal(sizes, name, group)
        if nearest is not None:
            break
    return {
        "reason": "cells",
        "parameter": name,
        "axes": list(group),
        "nearest": nearest,
        "cells": cell_count(sizes),
    }


def _fits(sizes, axis):
    return extent(sizes, axis) <= padded_size(sizes, axis)


def _in_range(sizes, name, axis):
    return is_whole(sizes[name][axis], *LIMITS[name][axis])


def _is_legal(sizes, axes, fits_only):
    """Whether torch takes `sizes` along `axes`, and, where it takes the rest too, the widget can draw them."""
    if not all(_in_range(sizes, name, axis) for name in LIMITS for axis in axes):
        return False
    if not all(_fits(sizes, axis) for axis in axes):
        return False
    rest = all(_in_range(sizes, name, axis) for name in LIMITS for axis in AXES)
    return (
        fits_only
        or not rest
        or not all(_fits(sizes, axis) for axis in AXES)
        or cell_count(sizes) <= MAX_CELLS
    )


def nearest_legal(sizes, name, axes, fits_only=False):
    """The value of `name` along `axes` closest to the present one that is legal, or None."""
    value = sizes[name][axes[0]]
    if not is_number(value):
        return None
    low, high = LIMITS[name][axes[0]]
    inside = nearest_whole(value, low, high)
    if _is_legal(with_value(sizes, name, axes, inside), axes, fits_only):
        return inside
    start = min(inside, MAX_CELLS)  # a larger one that `inside` rules out is out too
    near = (start + sign * distance for distance in range(1, min(high, MAX_CELLS) + 1) for sign in (-1, 1))
    others = (other for other in LIMITS if other != name)
    if all(_in_range(sizes, other, axis) for other in others for axis in axes):
        for candidate in (start, *near):
            if low <= candidate <= high and _is_legal(
                with_value(sizes, name, axes, candidate), axes, fits_only
            ):
                return candidate
    return None if all(_in_range(sizes, name, axis) for axis in axes) else inside


def with_value(sizes, name, axes, value):
    """`sizes` with one parameter set along `axes`."""
    return sizes | {name: [value if axis in axes else sizes[name][axis] for axis in AXES]}


# ---- values --------------------------------------------------------------------------------------


def padded(input, sizes):
    """The input with zeros around it."""
    import numpy as np

    return np.pad(np.asarray(input, float), [(each, each) for each in sizes["padding"]])


def partial_sums(input, kernel, sizes):
    """What each slice of the kernel adds to the output, (kernel_d, output_d, output_h, output_w)."""
    import numpy as np

    span = tuple(extent(sizes, axis) for axis in AXES)
    windows = np.lib.stride_tricks.sliding_window_view(padded(input, sizes), span)
    steps = (*sizes["stride"], *sizes["dilation"])
    windows = windows[tuple(slice(None, None, step) for step in steps)]
    return np.einsum("dhwuij,uij->udhw", windows, np.asarray(kernel, float))


def forward(input, kernel, bias, sizes):
    """Output values, (output_d, output_h, output_w)."""
    return partial_sums(input, kernel, sizes).sum(0) + (bias or 0)
