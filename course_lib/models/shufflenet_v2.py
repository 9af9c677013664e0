"""ShuffleNetV2: half of the channels pass untouched, half are convolved, and a shuffle mixes them; no groups, no sums.

Ma, Zhang, Zheng and Sun, *ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design*,
arXiv 1807.11164, table 5. Its guidelines come from measured time, not from counted work.

                        stage 2  stage 3  stage 4  conv5   parameters          MACs
    shufflenet_v2_x0_5       48       96      192   1024    1,366,792    40,476,448
    shufflenet_v2_x1_0      116      232      464   1024    2,278,604   144,907,992
    shufflenet_v2_x1_5      176      352      704   1024    3,503,624   295,759,392
    shufflenet_v2_x2_0      244      488      976   2048    7,393,996   583,253,464
"""

from collections import OrderedDict
from functools import partial

import torch
from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.layers.shuffle import ChannelShuffle
from course_lib.models.network import Network, classifier

DEPTHS = (4, 8, 4)


class Halves(Branches):
    """Two branches, each of which reads one half of the channels: N×C×H×W to N×ΣO×H×W ("channel split")."""

    def forward(self, x):
        return torch.cat([branch(half) for branch, half in zip(self.values(), x.chunk(2, dim=1))], 1)


def path(in_channels, channels, stride=1):
    """1×1, depthwise 3×3, 1×1: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ (figure 3c, d, right paths)."""
    layers = OrderedDict(
        conv1=ConvNormAct(in_channels, channels, 1),
        conv2=ConvNormAct(channels, channels, 3, stride, groups=channels, act=None),
        conv3=ConvNormAct(channels, channels, 1),
    )
    return nn.Sequential(layers)


def unit(channels):
    """Half of the channels pass: keeps N×C×H×W (figure 3c)."""
    halves = Halves(OrderedDict(shortcut=nn.Identity(), path=path(channels // 2, channels // 2)))
    return nn.Sequential(OrderedDict(halves=halves, shuffle=ChannelShuffle(2)))


def halving_unit(in_channels, out_channels):
    """All channels go both ways: N×C×H×W to N×O×⌈H/2⌉×⌈W/2⌉ (figure 3d).

    NOTE: each way gives half of the channels, as in torchvision. In the authors' code the left one keeps its C
    channels, which differs only in the first unit of the networks wider than 0.5×.
    """
    shortcut = OrderedDict(
        conv1=ConvNormAct(in_channels, in_channels, 3, 2, groups=in_channels, act=None),
        conv2=ConvNormAct(in_channels, out_channels // 2, 1),
    )
    branches = OrderedDict(shortcut=nn.Sequential(shortcut), path=path(in_channels, out_channels // 2, 2))
    return nn.Sequential(OrderedDict(branches=Branches(branches), shuffle=ChannelShuffle(2)))


def shufflenet_v2(channels, last_channels, num_classes=1000, in_channels=3, small_images=False):
    """A ShuffleNetV2 with these channels in stages 2 to 4, and `last_channels` in conv5.

    NOTE: the paper does not say what the first weights are. `small_images` is ours, for 32×32: a 3×3 stem that keeps
    the resolution.
    """
    if small_images:
        stem = OrderedDict(conv=ConvNormAct(in_channels, 24, 3))  # 24×32×32
    else:
        stem = OrderedDict(
            conv=ConvNormAct(in_channels, 24, 3, 2),  # 24×112×112
            pool=nn.MaxPool2d(3, 2, padding=1),  #      24×56×56
        )
    stages = OrderedDict()
    for i, (before, after, depth) in enumerate(zip((24, *channels), channels, DEPTHS)):
        others = [unit(after) for _ in range(depth - 1)]
        stages[f"stage{i + 2}"] = nn.Sequential(halving_unit(before, after), *others)
    stages["conv5"] = ConvNormAct(channels[-1], last_channels, 1)
    head = classifier(last_channels, num_classes)
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), head))


# fmt: off
shufflenet_v2_x0_5 = partial(shufflenet_v2, ( 48,  96, 192), 1024)
shufflenet_v2_x1_0 = partial(shufflenet_v2, (116, 232, 464), 1024)
shufflenet_v2_x1_5 = partial(shufflenet_v2, (176, 352, 704), 1024)
shufflenet_v2_x2_0 = partial(shufflenet_v2, (244, 488, 976), 2048)
# fmt: on
