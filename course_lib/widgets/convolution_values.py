"""Values and gradients of the convolution widget's operations, in numpy."""

import numpy as np

from course_lib.widgets import convolution_rules as rules
from course_lib.widgets.convolution_rules import BOTH

NUMPY_MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def padded(input, conv):
    """The input (C, H, W) with what the operation sees around it."""
    around = [(0, 0), *(rules.frame_pads(conv, axis) for axis in BOTH)]
    values = np.asarray(input, float)
    if conv["operation"] == "max_pool2d":
        return np.pad(values, around, constant_values=-np.inf)
    return np.pad(values, around, mode=NUMPY_MODES[conv["padding_mode"]])


def forward(input, kernel, bias, conv):
    """Output (O, H, W) and the part of it that each channel gives, (O, C / groups, H, W) or None for a pool."""
    if rules.is_pool(conv):
        return _pool(input, conv), None
    parts = (_transposed_parts if rules.is_transposed(conv) else _parts)(input, kernel, conv)
    output = parts.sum(1)
    return (output if bias is None else output + np.reshape(bias, (-1, 1, 1))), parts


def _weight(kernel, conv):
    """The weight as (O, C / groups, KH, KW)."""
    weight = np.asarray(kernel, float)
    weight = weight[:, :, ::-1, ::-1] if conv["flip"] else weight
    if not rules.is_transposed(conv):
        return weight
    groups = conv["groups"]
    weight = weight.reshape(groups, conv["channels"] // groups, conv["filters"] // groups, *weight.shape[2:])
    return weight.swapaxes(1, 2).reshape(conv["filters"], conv["channels"] // groups, *weight.shape[3:])


def _read(input, conv):
    """The channels that each filter reads, (O, C / groups, H, W)."""
    groups, values = conv["groups"], padded(input, conv)
    return np.repeat(values.reshape(groups, -1, *values.shape[1:]), conv["filters"] // groups, axis=0)


def _windows(values, conv):
    """(..., H, W) to (..., output_h, output_w, kernel_h, kernel_w)."""
    span = tuple(rules.extent(conv, axis) for axis in BOTH)
    windows = np.lib.stride_tricks.sliding_window_view(values, span, axis=(-2, -1))
    (down, right), (every, each) = conv["stride"], (rules.spacing(conv, axis) for axis in BOTH)
    return windows[..., ::down, ::right, ::every, ::each]


def _parts(input, kernel, conv):
    return np.einsum("ocijuv,ocuv->ocij", _windows(_read(input, conv), conv), _weight(kernel, conv))


def _transposed_parts(input, kernel, conv):
    read, weight = _read(input, conv), _weight(kernel, conv)
    (top, bottom), (left, right) = (rules.pads(conv, axis) for axis in BOTH)
    height, width = (rules.output_size(conv, axis) for axis in BOTH)
    whole = np.zeros((*read.shape[:2], height + top + bottom, width + left + right))
    for (u, v), _ in np.ndenumerate(weight[0, 0]):
        rows = u * conv["dilation"][0] + conv["stride"][0] * np.arange(read.shape[2])
        columns = v * conv["dilation"][1] + conv["stride"][1] * np.arange(read.shape[3])
        whole[:, :, rows[:, None], columns] += read * weight[:, :, u, v, None, None]
    return whole[:, :, top : top + height, left : left + width]


def _pool(input, conv):
    values = padded(input, conv)
    if rules.is_adaptive(conv):
        reduce = np.max if "max" in conv["operation"] else np.mean
        starts, ends = [], []
        for axis in BOTH:
            size, count = conv["input"][axis], conv["output_size"][axis]
            starts.append([index * size // count for index in range(count)])
            ends.append([-(-(index + 1) * size // count) for index in range(count)])
        return np.stack(
            [
                np.stack(
                    [
                        reduce(values[:, top:bottom, left:right], axis=(1, 2))
                        for left, right in zip(starts[1], ends[1], strict=True)
                    ],
                    axis=-1,
                )
                for top, bottom in zip(starts[0], ends[0], strict=True)
            ],
            axis=-2,
        )
    windows = _windows(values, conv)
    if "max" in conv["operation"]:
        return windows.max((-2, -1))
    inside = _windows(padded(np.ones_like(input, float), conv), conv).sum((-2, -1))
    return windows.sum((-2, -1)) / (np.prod(conv["kernel"]) if conv["count_include_pad"] else inside)
