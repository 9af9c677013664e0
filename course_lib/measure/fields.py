"""What part of the image each value of a tensor depends on, followed through one operation at a time.

The arithmetic is that of Araujo, Norris and Sim, *Computing Receptive Fields of Convolutional Neural Networks*, Distill
2019, for every axis apart. It holds exactly for chains; where branches meet, it is the smallest interval around both.
"""

from typing import NamedTuple

import torch

aten = torch.ops.aten
ALL = "all"  # depends on the whole image


class Field(NamedTuple):
    """Along one axis: output 0 sees input pixels `low` to `high`, and each next output `step` further on."""

    low: int
    high: int
    step: int


VIEWS = {aten.view, aten._unsafe_view, aten.unsqueeze, aten.squeeze, aten.split, aten.cat}
# Each value of the result comes from the value at its place. Most such operations say so themselves, by a tag.
ONE_TO_ONE = {
    aten.clone, aten.detach, aten.alias, aten._to_copy, aten.copy_, aten.hardswish, aten.hardswish_,
    aten._prelu_kernel, aten.native_dropout, aten.log_sigmoid_forward,
}  # fmt: skip
PADS = {aten.constant_pad_nd, aten.reflection_pad2d, aten.replication_pad2d}
REDUCTIONS = {aten.mean, aten.sum, aten.amax, aten._adaptive_avg_pool2d, aten.adaptive_max_pool2d}
PRODUCTS = {aten.mm, aten.bmm, aten.addmm, aten.baddbmm}


def follow(op, args, sources, result):
    """The fields of `result` along both axes of the image: a pair, `ALL`, or `None` where we cannot tell.

    `op` is the operation, `args` are its arguments, `sources` those tensors among them that depend on the image.
    """
    packet, known = op.overloadpacket, [tensor.fields for tensor in sources]
    if ALL in known:
        return ALL
    if None in known:
        return None
    merged = tuple(
        Field(min(f.low for f in axis), max(f.high for f in axis), max(f.step for f in axis))
        for axis in zip(*known)
    )
    keeps_size = result.dim() >= 4 and all(source.shape[-2:] == result.shape[-2:] for source in sources)
    if window := _window(packet, args):
        return tuple(
            Field(f.low - p * f.step, f.high + (d * (k - 1) - p) * f.step, f.step * s)
            for f, k, s, p, d in zip(merged, *window)
        )
    if packet in PADS:
        left, _, top, *_ = (*args[1], 0, 0, 0)
        return tuple(_moved(f, -p) for f, p in zip(merged, (top, left)))
    if packet is aten.slice:
        axis, start, step = _slice(args)
        return tuple(
            _moved(f, start, step) if axis == i - 2 else f for i, f in enumerate(merged)
        )  # -2 is the height, -1 the width
    if packet in PRODUCTS or (packet in REDUCTIONS and (result.dim() < 4 or result.shape[-2:] == (1, 1))):
        return ALL
    if _reads_statistics(packet, args):
        return ALL
    if packet in VIEWS and result.dim() < 4:
        return ALL  # flattened: the vector as a whole
    if packet in (aten.transpose, aten.permute, aten.index, aten.index_select):
        return merged if _leaves_image_axes(packet, args) else None
    return merged if keeps_size and _is_one_to_one(op, args) else None


def follow_step(op, args, sources, result):
    """Pixels of the image from one place of `result` to the next, along both axes, or `None` where it is no such map.

    Only sizes count here, so that this goes on where every value depends on the whole image.
    """
    packet, step = op.overloadpacket, sources[0].step
    if result.dim() < 4:
        return None
    if window := _window(packet, args):
        return step and tuple(size * stride for size, stride in zip(step, window[1]))
    if packet in PADS:
        return step
    if packet is aten.slice and step:
        axis, _, by = _slice(args)
        return tuple(s * by if axis == i - 2 else s for i, s in enumerate(step)) if _keeps_end(args) else None
    if packet in (aten.transpose, aten.permute, aten.index, aten.index_select):
        return step if _leaves_image_axes(packet, args) else None
    known = [one.step for one in sources if one.step and one.shape[-2:] == result.shape[-2:]]
    if not known or not (_is_one_to_one(op, args) or _reads_statistics(packet, args)):
        return None
    return tuple(max(sizes) for sizes in zip(*known))


def _is_one_to_one(op, args):
    packet = op.overloadpacket
    return (
        packet in VIEWS | ONE_TO_ONE
        or torch.Tag.pointwise in op.tags
        or "batch_norm" in str(packet)
        or (packet is aten.avg_pool3d and list(args[1])[1:] == [1, 1])  # LRN: over channels alone
    )


def _moved(field, by, step=1):
    return Field(field.low + by * field.step, field.high + by * field.step, field.step * step)


def _slice(args):
    """Axis counted from the end, first position and step of a slice."""
    x, axis, start, _, step = (*args, *(0, None, None, 1)[len(args) - 1 :])
    size = x.shape[axis]
    return axis % x.dim() - x.dim(), range(size)[slice(start, None)].start, step


def _keeps_end(args):
    """Whether a slice ends where the map does, or so far before it: then it grows as the map does."""
    x, axis, _, end = (*args, *(0, None, None)[len(args) - 1 :])[:4]
    return end is None or end < 0 or end >= x.shape[axis]


def _reads_statistics(packet, args):
    """Whether a normalisation takes mean and variance over the image itself."""
    name = str(packet)
    return "layer_norm" in name or "group_norm" in name or ("batch_norm" in name and True in _flags(args))


def _flags(args):
    return [arg for arg in args if isinstance(arg, bool)]


def _leaves_image_axes(packet, args):
    x, *axes = args
    if packet is aten.index:
        return len(axes[0]) <= x.dim() - 2
    if packet is aten.index_select:
        axes = axes[:1]
    if packet is aten.permute:
        return [axis % x.dim() for axis in axes[0]][-2:] == [x.dim() - 2, x.dim() - 1]
    return all(axis % x.dim() < x.dim() - 2 for axis in axes)


def _window(packet, args):
    """Kernel size, stride, padding and dilation, two numbers each, of an operation that slides a window."""
    if packet is aten.convolution:
        _, weight, _, stride, padding, dilation, transposed, *_ = args
        return None if transposed else (weight.shape[2:], stride, padding, dilation)
    if packet in (aten.max_pool2d_with_indices, aten.avg_pool2d):
        kernel, stride, padding, dilation = (*args[1:], *([], 0, 1)[len(args) - 2 :])[:4]
        dilation = dilation if packet is aten.max_pool2d_with_indices else 1  # avg_pool2d has ceil_mode there
        return tuple(
            v if isinstance(v, list | tuple) else (v, v)
            for v in (kernel, stride or kernel, padding, dilation)
        )
    return None
