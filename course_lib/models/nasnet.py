"""NASNet-A: two cells that a search on 32×32 images found, stacked into networks for images of any size.

Zoph, Vasudevan, Shlens and Le, *Learning Transferable Architectures for Scalable Image Recognition*, arXiv 1707.07012,
figures 2 and 4; the paper names the networks "N @ channels of the last map".

                                 parameters             MACs
    nasnet_a_mobile   4 @ 1056    5,289,978      563,638,816
    nasnet_a_large    6 @ 4032   88,753,150   23,783,414,658

NOTE: what the figures leave open is as in the authors' code: ε = 0.001 in the norms, TensorFlow's padding, how the maps
of two cells are brought to one shape, which maps a cell after a reduction reads, and the first weights. The auxiliary
head and the dropping of paths, both used in training alone, are left out.
"""

from collections import OrderedDict
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier

norm = partial(nn.BatchNorm2d, eps=1e-3)


class SameConv2d(nn.Conv2d):
    """A convolution of stride S padded as in TensorFlow: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉, for an odd kernel and S of 1 or 2.

    At stride 2 its windows stand one pixel further down and to the right on even maps than with torch's equal padding.
    """

    def forward(self, x):
        shift = [(s - 1) * (1 - size % 2) for s, size in zip(self.stride, x.shape[2:])]
        if any(shift):
            x = F.pad(x, (0, shift[1], 0, shift[0]))
        padding = [k // 2 - more for k, more in zip(self.kernel_size, shift)]
        return F.conv2d(x, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)


class Pool(nn.Module):
    """3×3 pooling padded as in TensorFlow, by pixels that do not count: N×C×H×W to N×C×⌈H/S⌉×⌈W/S⌉."""

    def __init__(self, kind, in_channels, out_channels, stride):
        super().__init__()
        self.kind, self.stride = kind, stride

    def forward(self, x):
        padding = [1 if self.stride == 1 else size % 2 for size in x.shape[2:]]
        pool = F.max_pool2d if self.kind == "max" else partial(F.avg_pool2d, count_include_pad=False)
        return pool(x, 3, self.stride, padding, ceil_mode=True)


def separable(kernel_size, in_channels, out_channels, stride):
    """Twice ReLU, depthwise convolution, 1×1 convolution, norm; the first depthwise one has the stride."""
    depthwise = partial(SameConv2d, kernel_size=kernel_size, bias=False)
    layers = OrderedDict(
        act=nn.ReLU(),  # not in place: other operations read the same map
        depthwise1=depthwise(in_channels, in_channels, stride=stride, groups=in_channels),
        pointwise1=ConvNormAct(in_channels, out_channels, 1, norm=norm),
        depthwise2=depthwise(out_channels, out_channels, groups=out_channels),
        pointwise2=ConvNormAct(out_channels, out_channels, 1, norm=norm, act=None),
    )
    return nn.Sequential(layers)


def fit(in_channels, out_channels, halve=False):
    """ReLU, 1×1 convolution, norm: N×C×H×W to N×O×H×W, or to N×O×⌈H/2⌉×⌈W/2⌉.

    Halved, the first half of the new channels sees pixels 0, 2, 4, … and the other half pixels 1, 3, 5, …
    """
    if not halve:
        conv = ConvNormAct(in_channels, out_channels, 1, norm=norm, act=None)
        return nn.Sequential(OrderedDict(act=nn.ReLU(), conv=conv))
    conv = partial(nn.Conv2d, in_channels, out_channels // 2, 1, 2, bias=False)
    odd = nn.Sequential(OrderedDict(shift=nn.ZeroPad2d((-1, 1, -1, 1)), conv=conv()))
    paths = Branches(OrderedDict(even=conv(), odd=odd))
    return nn.Sequential(OrderedDict(act=nn.ReLU(), paths=paths, norm=norm(out_channels)))


class Cell(nn.Module):
    """A cell of `channels` a state, O: N×C×H×W and the map before it to N×6O×H×W, or N×4O×⌈H/2⌉×⌈W/2⌉ in a reduction.

    State 0 is its map and state 1 the one before it, fitted; each row of `sums` adds two operations on earlier states.
    Without `previous_channels` it is the first of all cells, and its map stands, as it is, for the one before it too.
    """

    def __init__(self, in_channels, previous_channels, channels, halve):
        super().__init__()
        self.fit = fit(in_channels, channels)
        self.fit_previous = fit(previous_channels, channels, halve) if previous_channels else nn.Identity()
        self.terms = nn.ModuleList()
        for operation, state in (term for row in self.sums for term in row):
            width = channels if previous_channels or state != 1 else in_channels
            self.terms.append(operation(width, channels, self.stride if state < 2 else 1))

    def forward(self, x, previous=None):
        states = [self.fit(x), self.fit_previous(x if previous is None else previous)]
        for i, ((_, left), (_, right)) in enumerate(self.sums):
            states.append(self.terms[2 * i](states[left]))
            states[-1] += self.terms[2 * i + 1](states[right])  # in place, as nobody else has it yet
        return torch.cat([states[i] for i in self.outputs], 1)


# fmt: off
separable3, separable5, separable7 = (partial(separable, kernel_size) for kernel_size in (3, 5, 7))
average, maximum = partial(Pool, "average"), partial(Pool, "max")

class Normal(Cell):
    """Figure 4 left. NOTE: state 1 is an output though sums read it; only with it are the channels 1056 = 6 · 176."""
    stride, outputs = 1, (1, 2, 3, 4, 5, 6)
    sums = [
        # operation, on state   operation, on state
        ((separable5,  0),      (separable3,  1)),  # state 2
        ((separable5,  1),      (separable3,  1)),  #       3
        ((average,     0),      (nn.Identity, 1)),  #       4
        ((average,     1),      (average,     1)),  #       5
        ((separable3,  0),      (nn.Identity, 0)),  #       6
    ]


class Reduction(Cell):
    """Figure 4 right; operations on states 0 and 1 have the stride."""
    stride, outputs = 2, (3, 4, 5, 6)
    sums = [
        ((separable5,  0),      (separable7,  1)),  # state 2
        ((maximum,     0),      (separable7,  1)),  #       3
        ((average,     0),      (separable5,  1)),  #       4
        ((average,     2),      (nn.Identity, 3)),  #       5
        ((separable3,  2),      (maximum,     0)),  #       6
    ]
# fmt: on


class Cells(nn.Sequential):
    """Cells in a row; each reads the last two outputs, not counting those that cells named in `skips` were given."""

    def forward(self, x):
        previous = None
        for name, cell in self.named_children():
            previous, x = previous if name in self.skips else x, cell(x, previous)
        return x


def nasnet_a(depth, channels, stem_channels, skips=(), num_classes=1000, in_channels=3, small_images=False):
    """NASNet-A (figure 2): three times `depth` normal cells, the last of which gives `channels`.

    NOTE: `small_images`, for 32×32, is the paper's order of cells for CIFAR, with the channels for large images.
    """
    plan = [("reduction1", Reduction, channels // 96), ("reduction2", Reduction, channels // 48)]
    for i, width in enumerate((channels // 24, channels // 12, channels // 6)):
        plan += [(f"reduction{i + 2}", Reduction, width)] if i else []
        plan += [(f"normal{i * depth + j}", Normal, width) for j in range(1, depth + 1)]
    stride, padding, previous_channels = (1, 1, stem_channels) if small_images else (2, 0, None)
    stem = ConvNormAct(in_channels, stem_channels, 3, stride, padding=padding, norm=norm, act=None)
    cells, channels, halve = Cells(), stem_channels, False
    for name, cell, width in plan[2:] if small_images else plan:
        cells.add_module(name, cell(channels, previous_channels, width, halve))
        previous_channels = previous_channels if name in skips else channels
        channels, halve = len(cell.outputs) * width, cell is Reduction
    cells.skips = skips
    head = OrderedDict(act=nn.ReLU(), **dict(classifier(channels, num_classes, dropout=0.5).named_children()))
    return he_normal(Network(nn.Sequential(OrderedDict(conv=stem)), cells, nn.Sequential(head)))


nasnet_a_mobile = partial(nasnet_a, 4, channels=1056, stem_channels=32)
nasnet_a_large = partial(nasnet_a, 6, channels=4032, stem_channels=96, skips=("reduction3", "reduction4"))
