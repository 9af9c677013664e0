"""Pooling from scratch: each window of a channel becomes its largest or its mean value. Nothing is learned.

The functions equal those of the same name in `torch.nn.functional`, in values and gradients. Shapes: input N×C×H×W,
output N×C×OH×OW. `kernel_size`, `stride` (left out: the kernel size), `padding` and `dilation` are one number for both
axes or a pair (vertical, horizontal), counted in pixels. Overlapping windows: Krizhevsky, Sutskever and Hinton,
*ImageNet Classification with Deep Convolutional Neural Networks*, 2012, section 3.4.
"""

import torch

from course_lib.layers.convolution import output_size, pair, unfold


def pool_size(input_size, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Number of windows along one axis: ⌊(M + 2P − D(K − 1) − 1) / S⌋ + 1, or with `ceil_mode` rounded up.

    Rounded up, the last window may hang over the end, but must begin on the image or the padding before it. Raises
    `ValueError` where `output_size` does, or if the padding exceeds half the kernel.
    """
    stride = kernel_size if stride is None else stride
    extent = dilation * (kernel_size - 1) + 1
    steps = input_size + 2 * padding - extent
    if not ceil_mode or stride < 1 or steps + stride <= 0:
        windows = output_size(input_size, kernel_size, stride, padding, dilation)
    else:
        # Only the image may be too small, by less than a stride; the other sizes must be legal.
        output_size(max(input_size, extent), kernel_size, stride, padding, dilation)
        windows = -(-steps // stride) + 1
        if (windows - 1) * stride >= input_size + padding:
            windows -= 1
    if padding > kernel_size // 2:  # a window must not lie in the padding alone
        raise ValueError(
            f"padding {padding} must be at most {kernel_size // 2}, half of the kernel size {kernel_size}"
        )
    return windows


def _windows(x, kernel_size, stride, padding, dilation, ceil_mode, outside):
    """All windows of images that are surrounded by the number `outside`: N×C×(KH·KW)×OH×OW."""
    kernel, step, gap = pair(kernel_size), pair(kernel_size if stride is None else stride), pair(dilation)
    (n, c, *image_size), (top, left) = x.shape, pair(padding)
    out_size = tuple(
        pool_size(*sizes, ceil_mode) for sizes in zip(image_size, kernel, step, pair(padding), gap)
    )
    # As far as the last window reaches, and no shorter than the image, whose last pixels no window may reach.
    h, w = (
        max(s * (o - 1) + d * (k - 1) + 1, p + m)
        for s, o, d, k, p, m in zip(step, out_size, gap, kernel, pair(padding), image_size)
    )
    canvas = x.new_full((n, c, h, w), outside)
    canvas[..., top : top + image_size[0], left : left + image_size[1]] = x
    return unfold(canvas, kernel, step, 0, gap).view(n, c, kernel[0] * kernel[1], *out_size)


def max_pool2d(
    x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False
):  # fmt: skip
    """The largest value of each window; with `return_indices` also its place in the image, row · W + column.

    Padding counts as −∞, so it is never the largest. Of equal values the first one counts, row by row.
    """
    options = kernel_size, stride, padding, dilation, ceil_mode
    values, tap = _windows(x, *options, -torch.inf).max(2)  # N×C×OH×OW, both
    if not return_indices:
        return values
    h, w = x.shape[2:]
    place = torch.arange(h * w, device=x.device).view(1, 1, h, w)
    places = _windows(place, *options, -1).expand(*x.shape[:2], -1, -1, -1)
    return values, places.gather(2, tap[:, :, None])[:, :, 0]


def max_pool2d_backward(grad_output, indices, image_size):
    """Gradient by the input, N×C×H×W: each number of `grad_output` goes to the pixel that was the largest.

    A pixel that was the largest of several windows gets their sum, one that never was gets 0.
    """
    if grad_output.shape != indices.shape:
        raise ValueError(
            f"a gradient {tuple(grad_output.shape)} and indices {tuple(indices.shape)} must have one shape"
        )
    h, w = pair(image_size)
    grad = grad_output.new_zeros(*grad_output.shape[:2], h * w)
    return grad.scatter_add(2, indices.flatten(2), grad_output.flatten(2)).unflatten(2, (h, w))


def avg_pool2d(x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """The mean of each window; pixels of the padding count as zeros, or not at all without `count_include_pad`.

    What hangs over the end of the padding, with `ceil_mode`, never counts.
    """
    sums = _windows(x, kernel_size, stride, padding, 1, ceil_mode, 0).sum(2)  # N×C×OH×OW
    kernel, step = pair(kernel_size), pair(kernel_size if stride is None else stride)
    rows, columns = (
        _counted(*axis, count_include_pad, x.device)
        for axis in zip(sums.shape[2:], x.shape[2:], kernel, step, pair(padding))
    )
    return sums / (rows[:, None] * columns)


def _counted(windows, size, kernel, stride, padding, count_include_pad, device):
    """How many positions of each window along one axis belong to the image, or to the image and its padding."""
    margin = padding if count_include_pad else 0
    begin = torch.arange(windows, device=device) * stride - padding
    return (begin + kernel).clamp(max=size + margin) - begin.clamp(min=-margin)


def adaptive_avg_pool2d(x, output_size):
    """Divide each image into OH×OW cells as equal as whole pixels allow, and take their means.

    Cell i of an axis reaches from pixel ⌊iM/O⌋ to before ⌈(i + 1)M/O⌉, so neighbours may share a pixel.
    """
    (h, w), (out_h, out_w) = x.shape[2:], pair(output_size)
    if min(h, w, out_h, out_w) < 1:
        raise ValueError(f"image {h}×{w} and output {out_h}×{out_w} must be at least 1×1")
    # The mean of a rectangle is the mean over rows of means over columns: two matrix products.
    return _cells(h, out_h, x) @ x @ _cells(w, out_w, x).mT


def _cells(size, cells, like):
    """Row i has the mean over cell i: its entries are 1/length there and 0 elsewhere, O×M."""
    i, position = torch.arange(cells, device=like.device)[:, None], torch.arange(size, device=like.device)
    inside = (position >= i * size // cells) & (position < -(-(i + 1) * size // cells))
    return inside.to(like.dtype) / inside.sum(1, keepdim=True)


def global_avg_pool2d(x):
    """The mean of every channel: N×C×H×W → N×C×1×1. Source: Lin, Chen and Yan, arXiv 1312.4400, section 3.2."""
    return x.mean((2, 3), keepdim=True)
