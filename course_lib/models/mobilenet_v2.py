"""MobileNetV2: the sum joins narrow layers, each block is wide inside, and what it adds passes no activation.

Sandler, Howard, Zhu, Zhmoginov and Chen, *MobileNetV2: Inverted Residuals and Linear Bottlenecks*, arXiv 1801.04381,
tables 1 and 2.

                       width   parameters          MACs
    mobilenet_v2         1.0    3,504,872   300,774,272
    mobilenet_v2_x1_4    1.4    6,108,776   582,195,824   (the paper prints 6.9 million parameters)
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import ConvNormAct, Residual
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier

# fmt: off
STAGES = [  # table 2, rows "bottleneck"; the stride is that of the first block
    # expand  channels  depth  stride
    (      1,       16,     1,      1),  # 112×112
    (      6,       24,     2,      2),  #  56×56
    (      6,       32,     3,      2),  #  28×28
    (      6,       64,     4,      2),  #  14×14
    (      6,       96,     3,      1),  #  14×14
    (      6,      160,     3,      2),  #   7×7
    (      6,      320,     1,      1),  #   7×7
]
# fmt: on


def make_divisible(channels, divisor=8):
    """The multiple of `divisor` nearest to `channels`; the one above it, where that is less than 90 % of `channels`."""
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest if nearest >= 0.9 * channels else nearest + divisor


def inverted_residual(
    in_channels, hidden, out_channels, kernel_size=3, stride=1, *,
    act=nn.ReLU6, norm=nn.BatchNorm2d, attention=None,
):  # fmt: skip
    """1×1 up to `hidden` channels, depthwise convolution, 1×1 down: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ (table 1, figure 4d).

    A sum only where the shape stays; no first 1×1 where `hidden` is C. `attention(channels)` builds a layer that
    follows the depthwise convolution.
    """
    layers = OrderedDict()
    if hidden != in_channels:
        layers["expand"] = ConvNormAct(in_channels, hidden, 1, norm=norm, act=act)
    layers["depthwise"] = ConvNormAct(hidden, hidden, kernel_size, stride, groups=hidden, norm=norm, act=act)
    if attention is not None:
        layers["attention"] = attention(hidden)
    layers["project"] = ConvNormAct(hidden, out_channels, 1, norm=norm, act=None)
    body = nn.Sequential(layers)
    return Residual(body, act=None) if (in_channels, stride) == (out_channels, 1) else body


def wide_classifier(in_channels, channels, num_classes, dropout, act=nn.ReLU6):
    """A 1×1 convolution to `channels`, then a `classifier`: N×C×H×W to N×classes."""
    layers = OrderedDict(conv=ConvNormAct(in_channels, channels, 1, act=act))
    layers.update(classifier(channels, num_classes, dropout).named_children())
    return nn.Sequential(layers)


def mobilenet_v2(width=1.0, num_classes=1000, in_channels=3, small_images=False):
    """A MobileNetV2 with `width` times the channels of table 2; the last convolution never has fewer than 1280.

    NOTE: the paper gives no dropout and no first weights; 0.2 is from the authors' code. `small_images` is ours, for
    32×32: a stem that keeps the resolution.
    """
    channels = make_divisible(32 * width)
    stem = OrderedDict(conv=ConvNormAct(in_channels, channels, 3, 1 if small_images else 2, act=nn.ReLU6))
    stages = OrderedDict()
    for number, (expand, out_channels, depth, stride) in enumerate(STAGES, 1):
        out_channels = make_divisible(out_channels * width)
        stages[f"bottleneck{number}"] = stage = nn.Sequential()
        for i in range(depth):
            stage.append(
                inverted_residual(channels, expand * channels, out_channels, stride=stride if i == 0 else 1)
            )
            channels = out_channels
    head = wide_classifier(channels, make_divisible(1280 * max(1.0, width)), num_classes, dropout=0.2)
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), head))


mobilenet_v2_x1_4 = partial(mobilenet_v2, 1.4)
