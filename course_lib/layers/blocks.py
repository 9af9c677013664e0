"""What networks are put together from: convolution with norm and activation, parallel branches, a residual sum."""

from collections import OrderedDict

import torch
from torch import nn

from course_lib.layers.convolution import pair


class ConvNormAct(nn.Sequential):
    """Convolution, normalisation, activation: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ if kernels are odd and `padding` is left out.

    `kernel_size`, `stride`, `padding`, `dilation` are pixels, one number or (vertical, horizontal). The padding left
    out is the one that keeps the size at stride 1. `norm` and `act` are classes, or `None` for no such layer. The
    convolution has a bias unless a normalisation follows, which has its own.
    """

    def __init__(
        self, in_channels, out_channels, kernel_size, stride=1, *, padding=None, dilation=1, groups=1, bias=None,
        norm=nn.BatchNorm2d, act=nn.ReLU,
    ):  # fmt: skip
        if padding is None:
            padding = tuple(d * (k - 1) // 2 for k, d in zip(pair(kernel_size), pair(dilation)))
        bias = norm is None if bias is None else bias
        conv = nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias)
        layers = OrderedDict(conv=conv)
        if norm is not None:
            layers["norm"] = norm(out_channels)
        if act is not None:
            layers["act"] = act(inplace=True)
        super().__init__(layers)


class Branches(nn.ModuleDict):
    """Named parallel paths, outputs concatenated: N×C×H×W to N×ΣO×H'×W'. Source: Szegedy et al., arXiv 1409.4842."""

    def forward(self, x):
        return torch.cat([branch(x) for branch in self.values()], 1)


class Residual(nn.Module):
    """act(body(x) + shortcut(x)), both of one shape. Source: He et al., arXiv 1512.03385, equation 2.

    The sum is written over what `body` returns, which must not be `x` itself; hooks on it must copy what they keep.
    """

    def __init__(self, body, shortcut=None, act=nn.ReLU):
        super().__init__()
        self.body = body
        self.shortcut = nn.Identity() if shortcut is None else shortcut
        self.act = nn.Identity() if act is None else act(inplace=True)

    def forward(self, x):
        out = self.body(x)
        out += self.shortcut(x)  # in place: no layer that ends a body needs its own output for its gradient
        return self.act(out)
