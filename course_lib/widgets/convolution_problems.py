"""Why torch, or the convolution widget, refuses a `conv`, and the nearest value that both take.

`js/core/convolution/problems.mjs` has the same rules for the page; tests hold both to torch.
"""

import math

from course_lib.widgets import convolution_rules as rules
from course_lib.widgets.arguments import is_number, is_whole, nearest_whole
from course_lib.widgets.convolution_rules import BOTH, LIMITS, MAX_CELLS, MOST_CHANNELS
from course_lib.widgets.convolution_words import AXES, LINES, PARAMETERS, WORDS


def problem(conv, changed="kernel"):
    """Why torch or the widget refuses `conv`, as one sentence with the nearest legal value; None where legal.

    A problem of several parameters is laid to `changed`, the last one set, where it can be mended there.
    """
    conv = rules.layer(conv)
    found = _count_problem(conv)
    if found:
        return found
    used = rules.PARAMETERS[conv["operation"]]
    square = all(conv[name] == "same" or conv[name][0] == conv[name][1] for name in used)
    for axis in BOTH:
        for name in used:
            if not _in_range(conv, name, axis):
                low, high = LIMITS[name]
                reason = "range" if high < rules.LARGEST else "range_open"
                sizes = {"value": conv[name][axis], "min": low, "max": high}
                return _sentence(conv, reason, axis, [name], sizes, [BOTH if square else (axis,)])
    for axis in BOTH:
        found = _fault(conv, axis)
        if found:
            reason, mend, sizes = found
            keeps = (reason, changed) == ("fit", "stride") or (
                reason == "same_stride" and changed != "padding"
            )
            candidates = mend if keeps else [changed, *mend]
            return _sentence(conv, reason, axis, candidates, sizes, [BOTH if square else (axis,)])
    if rules.cell_count(conv) <= MAX_CELLS:
        return None
    longest = max(BOTH, key=lambda axis: rules.padded_size(conv, axis))
    sizes = {
        "input": rules.size_text(conv["input"]),
        "padding": rules.setting_text(conv["padding"]),
        "cells": rules.cell_count(conv),
        "most": MAX_CELLS,
    }
    axes_to_try = [BOTH] if square else [(longest,), BOTH]
    return _sentence(conv, "cells", longest, [changed, "padding", "input"], sizes, axes_to_try)


def _count_problem(conv):
    for name in ("channels", "filters"):
        if not 1 <= conv[name] <= MOST_CHANNELS:
            nearest = min(max(conv[name], 1), MOST_CHANNELS)
            return WORDS["count"].format(name=PARAMETERS[name], value=conv[name], max=MOST_CHANNELS) + WORDS[
                "nearest"
            ].format(label=f"number of {PARAMETERS[name]}", nearest=nearest)
    groups = conv["groups"]
    shared = [
        count
        for count in range(1, MOST_CHANNELS + 1)
        if conv["channels"] % count == 0 and conv["filters"] % count == 0
    ]
    if groups in shared:
        return None
    nearest = min(shared, key=lambda count: abs(count - groups))
    sizes = {name: conv[name] for name in ("groups", "channels", "filters")}
    return WORDS["groups"].format(**sizes) + WORDS["nearest"].format(label="groups", nearest=nearest)


def _fault(conv, axis):
    """(reason, parameters that may mend it, sizes) of what torch refuses along one axis, or None."""
    if rules.is_adaptive(conv):
        return None
    kernel, stride, dilation = (conv[name][axis] for name in ("kernel", "stride", "dilation"))
    size, (before, after) = conv["input"][axis], rules.pads(conv, axis)
    if conv["operation"] != "conv2d" and (conv["padding"] == "same" or before != after):
        return "sides", ["padding"], {"operation": conv["operation"]}
    if conv["padding"] == "same" and stride != 1:
        return "same_stride", ["stride"], {"stride": stride}
    sizes = {"input": size, "kernel": kernel, "dilation": dilation, "lines": LINES[axis][1]}
    sizes |= {"padding": before if before == after else f"{before} and {after}"}
    most = {"reflect": size - 1, "circular": size}.get(conv["padding_mode"], math.inf)
    if max(rules.frame_pads(conv, axis)) > most:
        return "mode", ["padding"], sizes | {"mode": conv["padding_mode"], "most": most}
    if rules.is_transposed(conv):
        extra = conv["output_padding"][axis]
        if extra >= max(stride, dilation):
            return (
                "output_padding",
                ["output_padding"],
                {"extra": extra, "stride": stride, "dilation": dilation},
            )
        output = rules.output_size(conv, axis)
        return None if output >= 1 else ("small", ["padding"], sizes | {"output": output})
    half = kernel // 2
    if rules.is_pool(conv) and before > half:
        return "half", ["padding"], sizes | {"half": half}
    if rules.extent(conv, axis) <= rules.padded_size(conv, axis):
        return None
    sizes |= {"extent": rules.extent(conv, axis), "padded": rules.padded_size(conv, axis)}
    return "fit", ["kernel"], sizes


def _sentence(conv, reason, axis, candidates, sizes, axes_to_try):
    usable = [name for name in (*candidates, "padding") if name in rules.PARAMETERS[conv["operation"]]]
    passes = (None,) if reason in ("range", "range_open", "cells") else (None, reason)
    mends = [
        (name, axes, nearest_legal(conv, name, axes, only))
        for only in passes
        for name in usable
        for axes in axes_to_try
    ]
    name, axes, nearest = next((mend for mend in mends if mend[2] is not None), mends[0])
    label = (
        PARAMETERS[name]
        if axes == BOTH
        else WORDS["axis"].format(parameter=PARAMETERS[name], axis=AXES[axis])
    )
    text = WORDS[reason].format(label=label, **sizes)
    return text if nearest is None else text + WORDS["nearest"].format(label=label, nearest=nearest)


def nearest_legal(conv, name, axes, only=None):
    """The value of `name` closest to the present one that makes `conv` legal along `axes`, or None.

    only: a reason; all others may remain.
    """
    low, high = LIMITS[name]
    value = rules.pads(conv, axes[0])[0] if name == "padding" else conv[name][axes[0]]
    if not is_number(value):
        return None
    inside = nearest_whole(value, low, high)
    start = min(inside, MAX_CELLS)  # a larger padding, kernel or dilation that `inside` rules out is out too
    others = [other for other in rules.PARAMETERS[conv["operation"]] if other != name]
    hopeless = not all(_in_range(conv, other, axis) for other in others for axis in axes)
    farthest = 0 if hopeless else min(high - low, MAX_CELLS)
    near = (start + sign * distance for distance in range(1, farthest + 1) for sign in (-1, 1))
    for candidate in (inside, *near):
        if low <= candidate <= high and _is_legal(with_value(conv, name, axes, candidate), axes, only):
            return candidate
    return None if all(_in_range(conv, name, axis) for axis in axes) else inside


def with_value(conv, name, axes, value):
    """`conv` with one parameter set along `axes`; a padding of "same" becomes numbers."""
    old = [rules.pads(conv, axis)[0] for axis in BOTH] if conv[name] == "same" else conv[name]
    return {**conv, name: [value if axis in axes else old[axis] for axis in BOTH]}


def _is_legal(conv, axes, only):
    if not all(_is_legal_along(conv, axis, only) for axis in axes):
        return False
    return not all(_is_legal_along(conv, axis) for axis in BOTH) or rules.cell_count(conv) <= MAX_CELLS


def _is_legal_along(conv, axis, only=None):
    if not all(_in_range(conv, name, axis) for name in rules.PARAMETERS[conv["operation"]]):
        return False
    found = _fault(conv, axis)
    return found is None or (only is not None and found[0] != only)


def _in_range(conv, name, axis):
    values = (0, 0) if conv[name] == "same" else conv[name][axis]
    values = values if isinstance(values, (list, tuple)) else [values]
    return all(is_whole(value, *LIMITS[name]) for value in values)
