"""Inception-ResNet: each Inception module adds a small part of its output to its input.

Szegedy, Ioffe, Vanhoucke and Alemi, *Inception-v4, Inception-ResNet and the Impact of Residual Connections on
Learning*, arXiv 1602.07261, figures 10 to 20.

                                 A   B   C   parameters             MACs
    inception_resnet_v1          5  10   5   22,756,328    6,206,361,696
    inception_resnet_v2_paper    5  10   5   32,433,928    9,257,953,632
    inception_resnet_v2         10  20  10   55,843,464   13,155,794,016

The network that the authors trained and released as Inception-ResNet-v2 is not the one that the paper draws: it has
another stem, twice the modules, the last of which adds all of its output and has no ReLU, and a last 1×1 convolution.
Both are here, the released one under the plain name. What the paper is silent on is as in `inception_v4`.
"""

from collections import OrderedDict
from functools import partial
from typing import NamedTuple

import torch
from torch import nn

from course_lib.layers.blocks import Branches
from course_lib.layers.initialization import he_normal
from course_lib.models import inception_v4
from course_lib.models.inception_v4 import chain, conv, max_pool, pooled, reduction_a, repeat
from course_lib.models.network import Network, classifier


class ScaledResidual(nn.Module):
    """act(x + scale·body(x)), both of one shape: without the scale, wide networks die in training (section 3.3)."""

    def __init__(self, body, scale, act=nn.ReLU):
        super().__init__()
        self.body = body
        self.scale = scale
        self.act = nn.Identity() if act is None else act(inplace=True)

    def forward(self, x):
        return self.act(torch.add(x, self.body(x), alpha=self.scale))

    def extra_repr(self):
        return f"scale={self.scale}"


def residual(in_channels, paths, width, scale, act=nn.ReLU):
    """Paths of `width` channels in all and a 1×1 convolution back to C, as a scaled sum: keeps N×C×H×W (figure 20).

    NOTE: the paper has scales "between 0.1 and 0.3"; which of them stands where is from the authors' code.
    """
    linear = nn.Conv2d(width, in_channels, 1)  # neither norm nor ReLU, so that it can also take away
    return ScaledResidual(nn.Sequential(OrderedDict(paths=Branches(paths), linear=linear)), scale, act)


def inception_a(in_channels, middle, last):
    """Keeps N×C×H×W (figures 10 and 16)."""
    paths = OrderedDict(
        conv1=conv(in_channels, 32, 1),
        conv3=chain(in_channels, (32, 1), (32, 3)),
        conv5=chain(in_channels, (32, 1), (middle, 3), (last, 3)),
    )
    return residual(in_channels, paths, 32 + 32 + last, scale=0.17)


def inception_b(in_channels, alone, first, middle, last):
    """Keeps N×C×H×W (figures 11 and 17)."""
    paths = OrderedDict(
        conv1=conv(in_channels, alone, 1),
        conv7=chain(in_channels, (first, 1), (middle, (1, 7)), (last, (7, 1))),
    )
    return residual(in_channels, paths, alone + last, scale=0.10)


def reduction_b(in_channels, middle, first, last):
    """N×C×H×W to N×(C + 384 + middle + last)×H/2×W/2 (figures 12 and 18)."""
    paths = OrderedDict(
        left=chain(in_channels, (256, 1), (384, 3, 2, 0)),
        middle=chain(in_channels, (256, 1), (middle, 3, 2, 0)),
        right=chain(in_channels, (256, 1), (first, 3), (last, 3, 2, 0)),
        pool=max_pool(),
    )
    return Branches(paths)


def inception_c(in_channels, middle, last, scale=0.20, act=nn.ReLU):
    """Keeps N×C×H×W (figures 13 and 19)."""
    paths = OrderedDict(
        conv1=conv(in_channels, 192, 1),
        conv3=chain(in_channels, (192, 1), (middle, (1, 3)), (last, (3, 1))),
    )
    return residual(in_channels, paths, 192 + last, scale, act)


def stem_v1(in_channels, small_images=False, last=((256, 3, 2, 0),)):
    """N×3×299×299 to N×256×35×35 (figure 14).

    NOTE: `small_images` is ours, for 32×32: the resolution is halved once, to 15×15.
    """
    if small_images:
        return chain(in_channels, (32, 3), (32, 3), (64, 3), (80, 1), (192, 3), *last)
    layers = OrderedDict(
        convs=chain(in_channels, (32, 3, 2, 0), (32, 3, 1, 0), (64, 3)),  # 64×147×147
        pool=max_pool(),  #                                                 64×73×73
        more=chain(64, (80, 1), (192, 3, 1, 0), *last),
    )
    return nn.Sequential(layers)


def stem_released(in_channels, small_images=False):
    """N×3×299×299 to N×320×35×35: as in `stem_v1`, but for pooling instead of the last convolution, and a module."""
    paths = OrderedDict(
        conv1=conv(192, 96, 1),
        conv5=chain(192, (48, 1), (64, 5)),
        conv3=chain(192, (64, 1), (96, 3), (96, 3)),
        pool=pooled(192, 64),
    )
    convs = stem_v1(in_channels, small_images, last=())  # 192×71×71
    return nn.Sequential(OrderedDict(convs=convs, pool=max_pool(), mixed=Branches(paths)))


class Widths(NamedTuple):
    """Channels that tell one version from another."""

    a: tuple  # of the 3×3 convolutions of the longest path
    reduction_a: tuple  # k, l, m, n of table 1
    b: tuple  # of the 1×1 alone, then of 1×1, 1×7, 7×1
    reduction_b: tuple  # at the end of the middle path, then of the 3×3 convolutions of the right one
    c: tuple  # of 1×3, 3×1


# fmt: off
#                 a        reduction A           b                     reduction B      c
V1 = Widths((32, 32), (192, 192, 256, 384), (128, 128, 128, 128), (256, 256, 256), (192, 192))
V2 = Widths((48, 64), (256, 256, 384, 384), (192, 128, 160, 192), (288, 288, 320), (224, 256))
# fmt: on


def inception_resnet(
    stem, channels, depths, widths, released=False, num_classes=1000, in_channels=3, small_images=False
):
    """An Inception-ResNet (figure 15) with `depths` modules A, B, C; `channels` are those that its stem gives."""
    a = channels
    b = a + sum(widths.reduction_a[2:])  # NOTE: 1152 in version 2, where figure 17 prints 1154
    c = b + 384 + widths.reduction_b[0] + widths.reduction_b[2]  # NOTE: 2144, where figure 19 prints 2048
    stages = OrderedDict(
        inception_a=repeat(depths[0], partial(inception_a, a, *widths.a)),  # 35×35
        reduction_a=reduction_a(a, *widths.reduction_a),
        inception_b=repeat(depths[1], partial(inception_b, b, *widths.b)),  # 17×17
        reduction_b=reduction_b(b, *widths.reduction_b),
        inception_c=repeat(depths[2], partial(inception_c, c, *widths.c)),  # 8×8
    )
    head = classifier(c, num_classes, dropout=0.2)
    if released:
        stages["inception_c"][-1] = inception_c(c, *widths.c, scale=1.0, act=None)
        last = OrderedDict(conv=conv(c, 1536, 1))
        head = nn.Sequential(last | dict(classifier(1536, num_classes, dropout=0.2).named_children()))
    return he_normal(Network(stem(in_channels, small_images), nn.Sequential(stages), head))


# fmt: off
inception_resnet_v1       = partial(inception_resnet, stem_v1,           256, ( 5, 10,  5), V1)
inception_resnet_v2_paper = partial(inception_resnet, inception_v4.stem, 384, ( 5, 10,  5), V2)
inception_resnet_v2       = partial(inception_resnet, stem_released,     320, (10, 20, 10), V2, released=True)
# fmt: on
