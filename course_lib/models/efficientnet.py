"""EfficientNet: one small network found by a search, then made deeper, wider and finer all together.

Tan and Le, *EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks*, arXiv 1905.11946, table 1.

                       width  depth  image   parameters            MACs
    efficientnet_b0      1.0    1.0    224    5,288,548     385,814,752
    efficientnet_b1      1.0    1.1    240    7,794,184     686,802,832
    efficientnet_b2      1.1    1.2    260    9,109,994     993,561,872
"""

import math
from collections import OrderedDict
from functools import partial

import torch.nn.functional as F
from torch import nn

from course_lib.layers.attention import SqueezeExcitation
from course_lib.layers.blocks import ConvNormAct, Residual
from course_lib.layers.initialization import he_normal
from course_lib.models.mobilenet_v2 import inverted_residual, make_divisible, wide_classifier
from course_lib.models.network import Network

# fmt: off
STAGES = [  # table 1, stages 2 to 8; stage 1 is the stem, stage 9 the head
    # expand  kernel  channels  depth  stride
    (      1,      3,       16,     1,      1),  # 112×112
    (      6,      3,       24,     2,      2),  #  56×56
    (      6,      5,       40,     2,      2),  #  28×28
    (      6,      3,       80,     3,      2),  #  14×14
    (      6,      5,      112,     3,      1),  #  14×14
    (      6,      5,      192,     4,      2),  #   7×7
    (      6,      3,      320,     1,      1),  #   7×7
]
# fmt: on


class StochasticDepth(nn.Module):
    """In training, drop what a block adds for a share `p` of the images: keeps N×C×H×W. Source: arXiv 1603.09382.

    What is kept is scaled by 1/(1 − p), as in dropout, so that evaluation needs no change.
    """

    def __init__(self, p):
        super().__init__()
        self.p = p

    def forward(self, x):
        if not self.training or self.p == 0:
            return x
        return x * F.dropout(x.new_ones(len(x), 1, 1, 1), self.p)

    def extra_repr(self):
        return f"p={self.p:g}"


def mbconv(in_channels, out_channels, expand, kernel_size, stride, drop):
    """MobileNetV2's block with squeeze-and-excitation: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ (section 4)."""
    block = inverted_residual(
        in_channels, expand * in_channels, out_channels, kernel_size, stride, act=nn.SiLU,
        # squeezed to a quarter of the channels before they were expanded
        attention=lambda channels: SqueezeExcitation(channels, in_channels // 4, act=nn.SiLU),
    )  # fmt: skip
    if isinstance(block, Residual):
        block.body.add_module("drop", StochasticDepth(drop))
    return block


def efficientnet(width, depth, dropout, num_classes=1000, in_channels=3, small_images=False):
    """An EfficientNet with `width` times the channels and `depth` times the blocks of table 1.

    Channels are rounded to multiples of 8, blocks up.

    NOTE: normalisation is torch's (eps 1e-5, momentum 0.1), as in torchvision; the authors' code has 1e-3 and 0.01.
    The paper does not say what the first weights are. `small_images` is ours, for 32×32: a stem that keeps the
    resolution.
    """
    channels = make_divisible(32 * width)
    stem = OrderedDict(conv=ConvNormAct(in_channels, channels, 3, 1 if small_images else 2, act=nn.SiLU))
    depths = [math.ceil(blocks * depth) for *_, blocks, _ in STAGES]
    # the further up a block, the more often it is dropped: from never to 0.2
    drops = iter(0.2 * i / sum(depths) for i in range(sum(depths)))
    stages = OrderedDict()
    for number, (expand, kernel_size, out_channels, _, stride) in enumerate(STAGES, 2):
        out_channels = make_divisible(out_channels * width)
        stages[f"stage{number}"] = stage = nn.Sequential()
        for i in range(depths[number - 2]):
            stage.append(
                mbconv(channels, out_channels, expand, kernel_size, stride if i == 0 else 1, next(drops))
            )
            channels = out_channels
    head = wide_classifier(channels, make_divisible(1280 * width), num_classes, dropout, act=nn.SiLU)
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), head))


# fmt: off
efficientnet_b0 = partial(efficientnet, width=1.0, depth=1.0, dropout=0.2)  # for images of 224×224 pixels
efficientnet_b1 = partial(efficientnet, width=1.0, depth=1.1, dropout=0.2)  #               240×240
efficientnet_b2 = partial(efficientnet, width=1.1, depth=1.2, dropout=0.3)  #               260×260
# fmt: on
