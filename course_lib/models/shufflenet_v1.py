"""ShuffleNet: 1×1 convolutions are grouped too, and a shuffle of the channels lets the groups exchange what they know.

Zhang, Zhou, Lin and Sun, *ShuffleNet: An Extremely Efficient Convolutional Neural Network for Mobile Devices*,
arXiv 1707.01083, tables 1 and 2. The more groups, the more channels for the same work.

                             channels  groups  parameters         MACs
    shufflenet_v1_g1               1×       1   1,531,936  143,078,976
    shufflenet_v1_g2               1×       2   1,733,848  140,836,512
    shufflenet_v1_g3               1×       3   1,865,728  137,460,672
    shufflenet_v1_g4               1×       4   1,968,344  134,339,776
    shufflenet_v1_g8               1×       8   2,434,768  138,365,952
    shufflenet_v1_x0_5_g1          ½×       1     534,484   38,517,408
    shufflenet_v1_x0_5_g3          ½×       3     718,324   37,589,856
    shufflenet_v1_x0_5_g8          ½×       8   1,011,448   40,469,760
    shufflenet_v1_x0_25_g1         ¼×       1     209,746   11,003,184
    shufflenet_v1_x0_25_g3         ¼×       3     305,902   11,009,808
    shufflenet_v1_x0_25_g8         ¼×       8     454,504   12,426,240
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct, Residual
from course_lib.layers.initialization import he_normal
from course_lib.layers.shuffle import ChannelShuffle
from course_lib.models.network import Network, classifier

# table 1: channels of stage 2 for each number of groups; stages 3 and 4 have twice and four times as many
CHANNELS = {1: 144, 2: 200, 3: 240, 4: 272, 8: 384}
DEPTHS = (4, 8, 4)


def path(in_channels, bottleneck, out_channels, groups, stride=1, first_groups=None):
    """Grouped 1×1, shuffle, depthwise 3×3, grouped 1×1: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ (figure 2b, c, right paths)."""
    layers = OrderedDict(
        conv1=ConvNormAct(in_channels, bottleneck, 1, groups=first_groups or groups),
        shuffle=ChannelShuffle(groups),
        conv2=ConvNormAct(bottleneck, bottleneck, 3, stride, groups=bottleneck, act=None),
        conv3=ConvNormAct(bottleneck, out_channels, 1, groups=groups, act=None),
    )
    return nn.Sequential(layers)


def unit(channels, groups):
    """The path is added to its input: keeps N×C×H×W (figure 2b)."""
    return Residual(path(channels, channels // 4, channels, groups))


def halving_unit(in_channels, out_channels, groups, first_groups=None):
    """The path is set beside its averaged input: N×C×H×W to N×O×⌈H/2⌉×⌈W/2⌉ (figure 2c).

    NOTE: the paper does not say which of the two comes first; in the authors' code it is the input.
    """
    branches = OrderedDict(
        shortcut=nn.AvgPool2d(3, 2, padding=1),
        path=path(in_channels, out_channels // 4, out_channels - in_channels, groups, 2, first_groups),
    )
    return nn.Sequential(OrderedDict(branches=Branches(branches), act=nn.ReLU(inplace=True)))


def shufflenet_v1(groups, scale=1.0, num_classes=1000, in_channels=3, small_images=False):
    """A ShuffleNet with `scale` times the channels of table 1, those of the stem too.

    Raises `ValueError` where the groups do not divide the channels: the paper has ½× and ¼× with 2 and 4 groups too,
    but does not say how. NOTE: so that they do with 8 groups, the stem of ½× has 16 channels, as in the authors' code,
    and that of ¼× has 8. The paper does not say what the first weights are. `small_images` is ours, for 32×32: a 3×3
    stem that keeps the resolution.
    """
    if groups not in CHANNELS or CHANNELS[groups] * scale % (4 * groups):
        possible = [g for g, c in CHANNELS.items() if c * scale % (4 * g) == 0]
        raise ValueError(
            f"{groups} groups do not divide the channels of a ShuffleNet of scale {scale}: take {possible}"
        )
    channels = -(-int(24 * scale) // groups) * groups
    if small_images:
        stem = OrderedDict(conv=ConvNormAct(in_channels, channels, 3))  # 24×32×32
    else:
        stem = OrderedDict(
            conv=ConvNormAct(in_channels, channels, 3, 2),  # 24×112×112
            pool=nn.MaxPool2d(3, 2, padding=1),  #            24×56×56
        )
    stages = OrderedDict()
    for i, depth in enumerate(DEPTHS):
        out_channels = int(CHANNELS[groups] * scale) << i
        # the very first 1×1 is not grouped: the stem gives it too few channels (section 3.3)
        first = halving_unit(channels, out_channels, groups, first_groups=1 if i == 0 else None)
        others = [unit(out_channels, groups) for _ in range(depth - 1)]
        stages[f"stage{i + 2}"] = nn.Sequential(first, *others)
        channels = out_channels
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), classifier(channels, num_classes)))


# fmt: off
shufflenet_v1_g1 = partial(shufflenet_v1, 1)
shufflenet_v1_g2 = partial(shufflenet_v1, 2)
shufflenet_v1_g3 = partial(shufflenet_v1, 3)
shufflenet_v1_g4 = partial(shufflenet_v1, 4)
shufflenet_v1_g8 = partial(shufflenet_v1, 8)
shufflenet_v1_x0_5_g1  = partial(shufflenet_v1, 1, 0.5)
shufflenet_v1_x0_5_g3  = partial(shufflenet_v1, 3, 0.5)
shufflenet_v1_x0_5_g8  = partial(shufflenet_v1, 8, 0.5)
shufflenet_v1_x0_25_g1 = partial(shufflenet_v1, 1, 0.25)
shufflenet_v1_x0_25_g3 = partial(shufflenet_v1, 3, 0.25)
shufflenet_v1_x0_25_g8 = partial(shufflenet_v1, 8, 0.25)
# fmt: on
