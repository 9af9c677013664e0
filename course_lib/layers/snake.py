"""Dynamic snake convolution from scratch: a kernel of one row whose taps move up and down, each from the one before.

It is a deformable convolution with two ties: the taps move across the row only, and by at most one pixel more than
their neighbour nearer to the centre, so that the kernel stays a connected curve along a vessel or a road.
Source: Qi, He, Qi, Zhang and Yang, *Dynamic Snake Convolution*, arXiv 2307.08388, section 3.1.

Shapes: input N×C×H×W, steps N×K×H×W, weight O×C×1×K (`morph` 0, the kernel lies along x) or O×C×K×1 (`morph` 1, along
y), output N×O×H×W. K is odd.

NOTE: the authors write the K samples of each pixel below each other into a map of K·H rows, so their kernel of `morph`
0 is K×1 and ours its transpose. They hold points outside the image at its border; here zeros stand outside, as in
ordinary and deformable convolutions.
"""

import torch
from torch import nn

from course_lib.layers.deformable import bilinear


def snake_path(steps):
    """Distance of each tap from the straight kernel: sums of the steps outward from the centre, N×K×H×W → N×K×H×W.

    The centre stays. Steps and distances are in pixels. Raises `ValueError` if K is even.
    """
    if steps.dim() != 4 or steps.shape[1] % 2 == 0:
        raise ValueError(f"the steps must be N×K×H×W with an odd K, got shape {tuple(steps.shape)}")
    centre = steps.shape[1] // 2
    before = steps[:, :centre].flip(1).cumsum(1).flip(1)
    after = steps[:, centre + 1 :].cumsum(1)
    return torch.cat([before, torch.zeros_like(steps[:, :1]), after], 1)


def snake_sample(x, steps, morph=0):
    """What the K taps of the kernel read at each pixel: N×C×H×W → N×C×K×H×W.

    Raises `ValueError` if `morph` is neither 0 nor 1 or the steps do not belong to the images.
    """
    if morph not in (0, 1):
        raise ValueError(f"morph must be 0 (kernel along x) or 1 (along y), got {morph!r}")
    if steps.dim() != 4 or steps[:, 0].shape != x[:, 0].shape:
        raise ValueError(
            f"images N×C×H×W and steps N×K×H×W do not fit: {tuple(x.shape)} and {tuple(steps.shape)}"
        )
    across = snake_path(steps)
    _, k, h, w = steps.shape
    along = torch.arange(k, device=x.device)[:, None, None] - k // 2
    rows, columns = torch.arange(h, device=x.device)[:, None], torch.arange(w, device=x.device)
    if morph == 0:
        rows, columns = rows + across, columns + along
    else:
        rows, columns = rows + along, columns + across
    return bilinear(x, rows.expand_as(across), columns.expand_as(across))


def snake_conv2d(x, steps, weight, bias=None, morph=0):
    """Convolution along a bent line, of stride 1 and as large as its input: N×C×H×W → N×O×H×W.

    With steps of zero it is the ordinary convolution of padding K//2 along the kernel. Raises `ValueError` if the
    weight or the bias does not fit.
    """
    (c, k), kernel = (x.shape[1], steps.shape[1]), (1, steps.shape[1])
    expected = (len(weight), c, *(kernel if morph == 0 else kernel[::-1]))
    if weight.shape != expected:
        raise ValueError(
            f"for {c} channels, {k} taps and morph {morph} the weight must have shape {expected}, "
            f"got {tuple(weight.shape)}"
        )
    if bias is not None and bias.shape != (len(weight),):
        raise ValueError(
            f"the bias must have shape ({len(weight)},), one number a filter, got {tuple(bias.shape)}"
        )
    y = torch.einsum("ock,nckhw->nohw", weight.flatten(2), snake_sample(x, steps, morph))
    return y if bias is None else y + bias[:, None, None]


class DynamicSnakeConv2d(nn.Conv2d):
    """Snake convolution that computes its own steps, with GroupNorm and ReLU: N×C×H×W → N×O×H×W.

    `kernel_size` is the number K of taps, odd; `out_channels` are normalised in groups of four, so 4 must divide them:
    `ValueError` otherwise. A layer bends along one axis; networks use both morphs beside a plain convolution.
    """

    def __init__(self, in_channels, out_channels, kernel_size=9, morph=0):
        if morph not in (0, 1) or kernel_size % 2 == 0 or out_channels % 4:
            raise ValueError(
                f"morph {morph!r} must be 0 or 1, kernel size {kernel_size} odd, and {out_channels} output channels a "
                "multiple of 4"
            )
        kernel = (1, kernel_size) if morph == 0 else (kernel_size, 1)
        super().__init__(in_channels, out_channels, kernel, padding=tuple(k // 2 for k in kernel))
        self.morph = morph
        # NOTE: the authors compute steps along both axes, first y, then x, and normalise them in pairs of channels; a
        # layer uses one half. Both halves are kept, so that their weights fit.
        self.steps = nn.Conv2d(in_channels, 2 * kernel_size, 3, padding=1)
        self.steps_norm = nn.GroupNorm(kernel_size, 2 * kernel_size)
        self.norm = nn.GroupNorm(out_channels // 4, out_channels)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        steps = self.steps_norm(self.steps(x)).tanh().chunk(2, 1)[self.morph]
        return self.act(self.norm(snake_conv2d(x, steps, self.weight, self.bias, self.morph)))
