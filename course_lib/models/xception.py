"""Xception: Inception modules taken to the extreme, one path a channel, so depthwise separable convolutions.

Chollet, *Xception: Deep Learning with Depthwise Separable Convolutions*, arXiv 1610.02357, figure 5.

                 parameters            MACs
    xception     22,855,952   8,357,403,496

NOTE: the paper is silent on the first weights, here He's, and on ε in the norms, here torch's 0.00001. The author's
code has ε = 0.001, and pads an even map for pooling below and to the right only.
"""

from collections import OrderedDict

from torch import nn

from course_lib.layers.blocks import ConvNormAct, Residual
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier


def separable(in_channels, out_channels):
    """A 3×3 convolution of each channel by itself, a 1×1 across them, a norm: N×C×H×W to N×O×H×W.

    There is no ReLU between the two, which the paper found to learn faster and better (section 4.7).
    """
    layers = OrderedDict(
        depthwise=ConvNormAct(
            in_channels, in_channels, 3, groups=in_channels, norm=None, bias=False, act=None
        ),
        pointwise=ConvNormAct(in_channels, out_channels, 1, act=None),
    )
    return nn.Sequential(layers)


def block(in_channels, *widths, stride=2, first_act=True):
    """ReLU and separable convolution for each of `widths`, pooling, and a sum: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉."""
    layers, channels = OrderedDict(), in_channels
    for i, width in enumerate(widths, start=1):
        if i > 1 or first_act:
            layers[f"act{i}"] = nn.ReLU(inplace=i > 1)  # the shortcut still needs what the first one reads
        layers[f"conv{i}"] = separable(channels, width)
        channels = width
    shortcut = None
    if stride > 1:
        layers["pool"] = nn.MaxPool2d(3, stride, padding=1)
        shortcut = ConvNormAct(in_channels, channels, 1, stride, act=None)
    return Residual(nn.Sequential(layers), shortcut, act=None)


def xception(num_classes=1000, in_channels=3, small_images=False):
    """Xception, for images of 299×299 pixels.

    NOTE: `small_images` is ours, for 32×32: a stem that keeps the resolution, so that the last map has 2×2 values.
    """
    stride, padding = (1, None) if small_images else (2, 0)
    stem = OrderedDict(
        conv1=ConvNormAct(in_channels, 32, 3, stride, padding=padding),  # 32×149×149
        conv2=ConvNormAct(32, 64, 3, padding=padding),  #                  64×147×147
    )
    exit_flow = OrderedDict(
        block=block(728, 728, 1024),  # 1024×10×10
        conv3=separable(1024, 1536),
        act3=nn.ReLU(inplace=True),
        conv4=separable(1536, 2048),
        act4=nn.ReLU(inplace=True),
    )
    stages = OrderedDict(
        entry1=block(64, 128, 128, first_act=False),  # 128×74×74
        entry2=block(128, 256, 256),  #                 256×37×37
        entry3=block(256, 728, 728),  #                 728×19×19
        middle=nn.Sequential(*(block(728, 728, 728, 728, stride=1) for _ in range(8))),
        exit=nn.Sequential(exit_flow),  #              2048×10×10
    )
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), classifier(2048, num_classes, 0.5)))
