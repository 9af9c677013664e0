"""What deformable and snake convolutions accept, where their taps read, and the values that follow.

`sizes` hold operation, morph, and input, kernel, padding, stride and dilation as (height, width). A kernel of `morph` 0
lies along x, of 1 along y. `js/core/deformable.mjs` has the same rules for the page; tests hold both to torchvision.
"""

import math

from course_lib.widgets import sliding
from course_lib.widgets.arguments import is_number, is_whole
from course_lib.widgets.sliding import extent
from course_lib.widgets.sliding import padded_size as padded

OPERATIONS = ("deform_conv2d", "snake")
LIMITS = {"input": (1, 12), "kernel": (1, 5), "padding": (0, 6), "stride": (1, 6), "dilation": (1, 4)}
SNAKE_TAPS = (1, 9)
VALUES = {"offset": (-12, 12), "mask": (0, 2), "steps": (-1, 1)}  # beyond ±12 every tap is outside
AXES = ("height", "width")
LINES = (("row", "rows"), ("column", "columns"))
WORDS = {
    "range": "{label} is {got}; it must be a whole number from {low} to {high}.",
    "odd": "A snake has a tap in the middle, so {label} must be odd; it is {got}.",
    "across": "A snake of morph {morph} lies along {along}, so {label} must be 1; it is {got}.",
    "fit": "A kernel of {kernel} {lines} with dilation {dilation} covers {extent} {lines}; the input of {input} with "
    "padding {padding} has {padded}.",
    "nearest": " The nearest legal {label} is {nearest}.",
}


def layer(sizes):
    """The same sizes as those of a `deform_conv2d`: a snake has stride 1 and an output as large as its input."""
    if sizes["operation"] != "snake":
        return sizes
    half = tuple(taps // 2 for taps in sizes["kernel"])
    return sizes | {"padding": half, "stride": (1, 1), "dilation": (1, 1)}


def output_size(sizes, axis):
    """Rows (axis 0) or columns (axis 1) of the output."""
    return sliding.output_size(layer(sizes), axis)


def limits(sizes, name, axis):
    """The smallest and the largest legal number."""
    if name != "kernel" or sizes["operation"] != "snake":
        return LIMITS[name]
    return SNAKE_TAPS if axis != sizes["morph"] else (1, 1)


def used(sizes):
    """The numbers that the operation reads."""
    return ("input", "kernel") if sizes["operation"] == "snake" else tuple(LIMITS)


def reason(sizes, name, axis):
    """Why one number cannot be, as a key of `WORDS`, or None."""
    value, (low, high) = sizes[name][axis], limits(sizes, name, axis)
    if is_whole(value, low, high):
        is_even = name == "kernel" and sizes["operation"] == "snake" and value % 2 == 0
        return "odd" if is_even else None
    return "across" if is_whole(value) and high == 1 else "range"


def fits(sizes, axis):
    """Whether the regular kernel fits into the padded input: torch.nn.functional.conv2d's rule.

    NOTE: torchvision divides towards zero, and so takes kernels up to a stride too large; every tap of theirs that
    lies in the input is one of a smaller kernel.
    """
    return sizes["operation"] == "snake" or extent(sizes, axis) <= padded(sizes, axis)


def problem(sizes, changed="kernel"):
    """Why torch or the widget refuses `sizes`, with the nearest legal value; None where it is legal.

    A kernel that does not fit is laid to `changed`, if that can mend it, else to the kernel.
    """
    for name in used(sizes):
        for axis in (0, 1):
            why = reason(sizes, name, axis)
            if why:
                return _told(why, sizes, name, axis, _mended(sizes, name, axis))
    for axis in (0, 1):
        if fits(sizes, axis):
            continue
        for name in (changed, "kernel"):
            nearest = _nearest(sizes, name, axis, _is_right_and_fits) if name in LIMITS else None
            if nearest is not None:
                return _told("fit", sizes, name, axis, nearest)
    return None


def _mended(sizes, name, axis):
    """The nearest number that also lets the kernel fit, where one does and the rest is right."""
    others = [other for other in used(sizes) if other != name]
    if all(_is_right(sizes, other, axis) for other in others):
        nearest = _nearest(sizes, name, axis, _is_right_and_fits)
        if nearest is not None:
            return nearest
    return _nearest(sizes, name, axis, _is_right)


def _told(why, sizes, name, axis, nearest):
    label = f"{name} {AXES[axis]}"
    low, high = limits(sizes, name, axis)
    text = WORDS[why].format(
        label=label, got=sizes[name][axis], low=low, high=high, morph=sizes["morph"], along="xy"[sizes["morph"]],
        lines=LINES[axis][1], **({} if why != "fit" else _numbers(sizes, axis)),
    )  # fmt: skip
    return text + WORDS["nearest"].format(label=label, nearest=nearest)


def _numbers(sizes, axis):
    numbers = {name: sizes[name][axis] for name in ("input", "kernel", "padding", "dilation")}
    return numbers | {"extent": extent(sizes, axis), "padded": padded(sizes, axis)}


def _is_right(sizes, name, axis):
    return reason(sizes, name, axis) is None


def _is_right_and_fits(sizes, name, axis):
    return _is_right(sizes, name, axis) and fits(sizes, axis)


def _nearest(sizes, name, axis, judge):
    """The number closest to the present one that `judge` takes, the smaller of two; None where there is none."""
    low, high = limits(sizes, name, axis)
    value = sizes[name][axis]
    value = min(max(value, low - 1), high + 1) if is_number(value) else low
    others = {number: _with(sizes, name, axis, number) for number in range(low, high + 1)}
    right = [number for number, other in others.items() if judge(other, name, axis)]
    return min(right, key=lambda number: abs(number - value), default=None)


def _with(sizes, name, axis, number):
    pair = list(sizes[name])
    pair[axis] = number
    return sizes | {name: tuple(pair)}


# ---- values -------------------------------------------------------------------------------------


def snake_path(steps):
    """How far each tap stands across from the straight kernel, (K, ...) -> (K, ...): steps added up from the middle."""
    import numpy as np

    middle = len(steps) // 2
    path = np.zeros_like(steps)
    path[middle + 1 :] = np.cumsum(steps[middle + 1 :], axis=0)
    path[:middle] = np.cumsum(steps[:middle][::-1], axis=0)[::-1]
    return path


def snake_offset(steps, morph):
    """A snake's steps (K, H, W) as the offset (2·K, H, W) of a deformable convolution, dy before dx."""
    import numpy as np

    path = snake_path(np.asarray(steps, float))
    pairs = [path, np.zeros_like(path)] if morph == 0 else [np.zeros_like(path), path]
    return np.stack(pairs, 1).reshape(-1, *path.shape[1:])


def places(sizes, offset):
    """(rows, columns), each (taps, output_h, output_w): where each tap reads, counted from the first input cell."""
    import numpy as np

    sizes = layer(sizes)
    height, width = (output_size(sizes, axis) for axis in (0, 1))
    taps, row, column = np.indices((math.prod(sizes["kernel"]), height, width))
    tap = taps // sizes["kernel"][1], taps % sizes["kernel"][1]
    moved = np.asarray(offset, float).reshape(-1, 2, height, width)
    return [
        at * sizes["stride"][axis]
        - sizes["padding"][axis]
        + tap[axis] * sizes["dilation"][axis]
        + moved[:, axis]
        for axis, at in enumerate((row, column))
    ]


def bilinear(x, rows, columns):
    """Values of `x` (H, W) between its cells, zero outside: the four cells around a point, weighed by nearness."""
    import numpy as np

    # One zero around stands for all that is outside; a point further off reads zeros alone.
    framed = np.pad(np.asarray(x, float), 1)
    value = 0
    for rounded in ((row, column) for row in (0, 1) for column in (0, 1)):
        weight, index = 1, []
        for place, one, length in zip((rows, columns), rounded, framed.shape):
            low = np.floor(place)
            weight = weight * (place - low if one else 1 - (place - low))
            index.append(np.clip(low + one + 1, 0, length - 1).astype(int))
        value = value + weight * framed[tuple(index)]
    return value


def forward(sizes, input, kernel, offset, mask=None):
    """Output values, rows of numbers -> (output_h, output_w)."""
    import numpy as np

    values = bilinear(input, *places(sizes, offset))
    values = values if mask is None else values * np.asarray(mask, float)
    return np.tensordot(np.ravel(kernel), values, 1)
