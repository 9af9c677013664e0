"""Deformable convolution from scratch: every tap of the kernel is read beside its place, at a learned offset.

Version 1: Dai et al., *Deformable Convolutional Networks*, arXiv 1703.06211, section 2.1. Version 2 also weighs every
tap by a learned number: Zhu et al., *Deformable ConvNets v2*, arXiv 1811.11168, section 3.2.

Shapes: input N×C×H×W, weight O×(C/G)×KH×KW, offset N×(2·D·KH·KW)×OH×OW, mask N×(D·KH·KW)×OH×OW, output N×O×OH×OW.
The channels are divided into G groups of filters and D groups of offsets, both numbers read off the shapes.
"""

import torch
from torch import nn

from course_lib.layers.convolution import output_shape, pair


def bilinear(x, rows, columns):
    """Values of images between their pixels, zero outside: N×C×H×W at points `rows`, `columns` (N×…) → N×C×….

    Rows and columns are in pixels from the centre of the first; the value of a point is the mean of the four pixels
    around it, each weighed by its nearness. Raises `ValueError` if the points do not belong to the images.
    """
    if x.dim() != 4 or rows.dim() < 2 or rows.shape != columns.shape or len(rows) != len(x):
        raise ValueError(
            f"images N×C×H×W and their points N×… do not fit: {tuple(x.shape)}, {tuple(rows.shape)}, "
            f"{tuple(columns.shape)}"
        )
    (c, h, w), shape = x.shape[1:], rows.shape[1:]
    rows, columns, pixels = rows.flatten(1), columns.flatten(1), x.flatten(2)
    top, left = rows.floor(), columns.floor()
    # Not 1 − |distance|: at a pixel itself, where layers begin, |·| has no slope, and offsets would learn from
    # one neighbour only.
    below, right = rows - top, columns - left
    y = 0
    for down, weight_h in (0, 1 - below), (1, below):
        for across, weight_w in (0, 1 - right), (1, right):
            i, j = top.long() + down, left.long() + across
            inside = (i >= 0) & (i < h) & (j >= 0) & (j < w)
            place = i.clamp(0, h - 1) * w + j.clamp(0, w - 1)
            values = pixels.gather(2, place[:, None].expand(-1, c, -1))  # N×C×points
            y = y + values * (weight_h * weight_w * inside)[:, None]
    return y.unflatten(2, shape)


def deform_conv2d(x, offset, weight, bias=None, stride=1, padding=0, dilation=1, mask=None):
    """Convolution of what stands at offset taps: at output p, tap k reads x(p·S − P + k·D + offset) and weighs by mask.

    Offsets are pairs (down, right) in pixels, one for each tap in turn, for one offset group after the other. Equals
    `torchvision.ops.deform_conv2d`, in values and gradients. Raises `ValueError` if the sizes do not fit.
    """
    # A filter takes C/G channels, so its weight tells G; channels that do not divide are refused by `output_shape`.
    groups = max(1, x.shape[1] // max(1, weight.shape[1]))
    n, o, out_h, out_w = output_shape(x, weight, bias, stride, padding, dilation, groups)
    (kernel_h, kernel_w), taps = weight.shape[2:], weight[0, 0].numel()
    offset_groups = _offset_groups(x.shape[1], offset, mask, n, taps, out_h, out_w)

    # bfloat16 has no fractions of a pixel beyond 256 pixels.
    offset = offset.to(torch.promote_types(offset.dtype, torch.float32))
    (step_h, step_w), (pad_h, pad_w), (gap_h, gap_w) = pair(stride), pair(padding), pair(dilation)
    count = torch.arange(max(kernel_h, kernel_w, out_h, out_w), device=x.device)
    # Where an ordinary convolution reads: KH×1×OH×1 rows, 1×KW×1×OW columns.
    rows = count[:kernel_h, None, None, None] * gap_h + count[:out_h, None] * step_h - pad_h
    columns = count[:kernel_w, None, None] * gap_w + count[:out_w] * step_w - pad_w
    # Every offset group counts as an image of its own: N·D of them.
    images = x.unflatten(1, (offset_groups, -1)).flatten(0, 1)  # (N·D)×(C/D)×H×W
    moved = offset.unflatten(1, (offset_groups, kernel_h, kernel_w, 2)).flatten(0, 1)
    values = bilinear(images, rows + moved[:, :, :, 0], columns + moved[:, :, :, 1])
    if mask is not None:
        values = values * mask.unflatten(1, (offset_groups, 1, kernel_h, kernel_w)).flatten(0, 1)
    windows = values.reshape(n, groups, weight[0].numel(), out_h * out_w)  # N×G×(C/G·KH·KW)×(OH·OW)
    filters = weight.flatten(1).unflatten(0, (groups, -1))  # G×(O/G)×(C/G·KH·KW)
    y = (filters @ windows).reshape(n, o, out_h, out_w)
    return y if bias is None else y + bias[:, None, None]


def _offset_groups(channels, offset, mask, n, taps, out_h, out_w):
    """The number D of groups that share their offsets; `ValueError` if offset or mask have another shape."""
    groups = offset.shape[1] // (2 * taps) if offset.dim() == 4 else 0
    if groups < 1 or offset.shape != (n, 2 * groups * taps, out_h, out_w):
        raise ValueError(
            f"the offset must have shape ({n}, {2 * taps}·D, {out_h}, {out_w}) for D groups, two numbers a tap, "
            f"got {tuple(offset.shape)}"
        )
    if channels % groups:
        raise ValueError(
            f"{channels} input channels cannot be divided into the {groups} groups of the offset"
        )
    if mask is not None and mask.shape != (n, groups * taps, out_h, out_w):
        raise ValueError(
            f"the mask must have shape ({n}, {groups * taps}, {out_h}, {out_w}), one number a tap, "
            f"got {tuple(mask.shape)}"
        )
    return groups


class DeformableConv2d(nn.Conv2d):
    """Convolution that computes its own offsets, and with `modulated` its mask (version 2): N×C×H×W → N×O×OH×OW.

    It begins as the ordinary convolution by its `weight` and `bias`, since the layer `offset` is zero at first.
    """

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
        *, offset_groups=1, modulated=True,
    ):  # fmt: skip
        super().__init__(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)
        if offset_groups < 1 or in_channels % offset_groups:
            raise ValueError(
                f"{in_channels} input channels cannot be divided into {offset_groups} offset groups"
            )
        self.taps = offset_groups * self.kernel_size[0] * self.kernel_size[1]
        numbers = 3 if modulated else 2  # a tap: down, right, and how much it counts
        self.offset = nn.Conv2d(in_channels, numbers * self.taps, kernel_size, stride, padding, dilation)
        nn.init.zeros_(self.offset.weight)
        nn.init.zeros_(self.offset.bias)

    def forward(self, x):
        offset, mask = self.offset(x).tensor_split([2 * self.taps], 1)
        # NOTE: the paper's mask is the sigmoid alone and begins at 1/2; twice the sigmoid begins at 1, in [0, 2]. The
        # paper also trains `offset` at 0.1 times the learning rate, which is left to the optimizer.
        mask = 2 * mask.sigmoid() if mask.shape[1] else None
        return deform_conv2d(
            x, offset, self.weight, self.bias, self.stride, self.padding, self.dilation, mask
        )
