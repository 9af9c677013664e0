"""Residual networks: each block adds to its input what is still missing, so that a thousand layers can be trained.

He, Zhang, Ren and Sun, *Deep Residual Learning for Image Recognition*, arXiv 1512.03385, table 1 and section 4.2.

                   conv2 conv3 conv4 conv5   parameters                         MACs
    resnet18         2     2     2     2     11,689,512                1,814,073,344
    resnet34         3     4     6     3     21,797,672                3,663,761,408
    resnet50         3     4     6     3     25,557,032   4,089,184,256 (paper 3,857,973,248)
    resnet101        3     4    23     3     44,549,160   7,801,405,440 (paper 7,570,194,432)
    resnet152        3     8    36     3     60,192,808  11,513,626,624 (paper 11,282,415,616)
"""

from collections import OrderedDict
from functools import partial

import torch.nn.functional as F
from torch import nn

from course_lib.layers.blocks import ConvNormAct, Residual
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier


class PaddedShortcut(nn.Module):
    """Option A: each `stride`-th pixel, and zeros in the new channels; N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉, no parameters.

    NOTE: the paper does not say where among the channels the zeros stand; here they come last.
    """

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.new_channels = out_channels - in_channels
        self.stride = stride

    def forward(self, x):
        return F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.new_channels))


def projection(in_channels, out_channels, stride):
    """Option B: a 1×1 convolution where the shape changes, else nothing."""
    if (in_channels, stride) == (out_channels, 1):
        return None
    return ConvNormAct(in_channels, out_channels, 1, stride, act=None)


def zero_padding(in_channels, out_channels, stride):
    """Option A: nothing is learned by any shortcut."""
    if (in_channels, stride) == (out_channels, 1):
        return None
    return PaddedShortcut(in_channels, out_channels, stride)


def basic(in_channels, out_channels, stride=1, shortcut=projection):
    """Two 3×3 convolutions: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ (figure 5 left)."""
    layers = OrderedDict(
        conv1=ConvNormAct(in_channels, out_channels, 3, stride),
        conv2=ConvNormAct(out_channels, out_channels, 3, act=None),
    )
    return Residual(nn.Sequential(layers), shortcut(in_channels, out_channels, stride))


def bottleneck(
    in_channels, out_channels, stride=1, *, reduction=4, groups=1, stride_on_1x1=False, attention=None
):
    """1×1 down to O/reduction channels, 3×3, 1×1 up: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ (figure 5 right).

    NOTE: the paper has the stride on the first 1×1, which skips three of four pixels; by default it is on the 3×3, as
    in most code since ("v1.5"), for 0.23 billion more MACs. `attention(channels)` builds a layer that follows the last
    norm.
    """
    width = out_channels // reduction
    first, second = (stride, 1) if stride_on_1x1 else (1, stride)
    layers = OrderedDict(
        conv1=ConvNormAct(in_channels, width, 1, first),
        conv2=ConvNormAct(width, width, 3, second, groups=groups),
        conv3=ConvNormAct(width, out_channels, 1, act=None),
    )
    if attention is not None:
        layers["attention"] = attention(out_channels)
    return Residual(nn.Sequential(layers), projection(in_channels, out_channels, stride))


def stage(block, depth, in_channels, out_channels, stride):
    """`depth` blocks; the first one changes the number of channels and the resolution."""
    blocks = [block(in_channels, out_channels, stride)]
    blocks += [block(out_channels, out_channels) for _ in range(depth - 1)]
    return nn.Sequential(*blocks)


def resnet(block, depths, channels, num_classes=1000, in_channels=3, small_images=False):
    """A residual network; `depths` blocks in conv2 to conv5, whose `channels` double from stage to stage.

    NOTE: the pooling is padded by a pixel, as in torchvision; in the authors' code it rounds its size up instead.
    `small_images` is ours, for 32×32: a 3×3 stem that keeps the resolution.
    """
    if small_images:
        stem = OrderedDict(conv=ConvNormAct(in_channels, 64, 3))  # 64×32×32
    else:
        stem = OrderedDict(
            conv=ConvNormAct(in_channels, 64, 7, 2),  # 64×112×112
            pool=nn.MaxPool2d(3, 2, padding=1),  #      64×56×56
        )
    widths = [64, *(channels << i for i in range(4))]
    stages = OrderedDict(
        (f"conv{i + 2}", stage(block, depth, widths[i], widths[i + 1], stride=1 if i == 0 else 2))
        for i, depth in enumerate(depths)
    )
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), classifier(widths[-1], num_classes)))


def resnet_cifar(depth, num_classes=10, in_channels=3, shortcut=zero_padding):
    """A residual network for 32×32 images with `depth` = 6n + 2 weighted layers (section 4.2), else `ValueError`."""
    if depth < 8 or depth % 6 != 2:
        raise ValueError(f"a depth of {depth} is not 6n + 2, such as 20, 32, 44 or 56")
    block, n = partial(basic, shortcut=shortcut), (depth - 2) // 6
    stages = OrderedDict(
        stage1=stage(block, n, 16, 16, stride=1),  # 16×32×32
        stage2=stage(block, n, 16, 32, stride=2),  # 32×16×16
        stage3=stage(block, n, 32, 64, stride=2),  # 64×8×8
    )
    stem = nn.Sequential(OrderedDict(conv=ConvNormAct(in_channels, 16, 3)))
    return he_normal(Network(stem, nn.Sequential(stages), classifier(64, num_classes)))


# fmt: off
resnet18  = partial(resnet, basic,      (2, 2,  2, 2),  64)
resnet34  = partial(resnet, basic,      (3, 4,  6, 3),  64)
resnet50  = partial(resnet, bottleneck, (3, 4,  6, 3), 256)
resnet101 = partial(resnet, bottleneck, (3, 4, 23, 3), 256)
resnet152 = partial(resnet, bottleneck, (3, 8, 36, 3), 256)

paper_bottleneck = partial(bottleneck, stride_on_1x1=True)
resnet50_v1  = partial(resnet, paper_bottleneck, (3, 4,  6, 3), 256)
resnet101_v1 = partial(resnet, paper_bottleneck, (3, 4, 23, 3), 256)
resnet152_v1 = partial(resnet, paper_bottleneck, (3, 8, 36, 3), 256)

resnet20_cifar   = partial(resnet_cifar,   20)  # option A
resnet32_cifar   = partial(resnet_cifar,   32)
resnet44_cifar   = partial(resnet_cifar,   44)
resnet56_cifar   = partial(resnet_cifar,   56)
resnet110_cifar  = partial(resnet_cifar,  110)
resnet1202_cifar = partial(resnet_cifar, 1202)
resnet20_cifar_b   = partial(resnet_cifar,   20, shortcut=projection)  # option B
resnet32_cifar_b   = partial(resnet_cifar,   32, shortcut=projection)
resnet44_cifar_b   = partial(resnet_cifar,   44, shortcut=projection)
resnet56_cifar_b   = partial(resnet_cifar,   56, shortcut=projection)
resnet110_cifar_b  = partial(resnet_cifar,  110, shortcut=projection)
resnet1202_cifar_b = partial(resnet_cifar, 1202, shortcut=projection)
# fmt: on
