"""Inception-v4: the modules of its predecessors made uniform, and more of them; no residual sums.

Szegedy, Ioffe, Vanhoucke and Alemi, *Inception-v4, Inception-ResNet and the Impact of Residual Connections on
Learning*, arXiv 1602.07261, figures 3 to 9.

                     A  B  C   parameters             MACs
    inception_v4     4  7  3   42,679,816   12,253,974,624

NOTE: where the paper is silent, the choice is that of the authors' code: ε = 0.001 in the norms, means that leave out
what lies outside the map, the order in which paths are concatenated. First weights are He's by the fan-out, theirs by
the fan-in.
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier

norm = partial(nn.BatchNorm2d, eps=1e-3)
max_pool = partial(nn.MaxPool2d, 3, 2)


def conv(in_channels, out_channels, kernel_size, stride=1, padding=None):
    """Convolution, norm, ReLU; `padding` 0 is the paper's mark V, left out it keeps the size at stride 1."""
    return ConvNormAct(in_channels, out_channels, kernel_size, stride, padding=padding, norm=norm)


def chain(in_channels, *convs):
    """Convolutions one after the other, each given as (out_channels, kernel_size[, stride, padding])."""
    layers = OrderedDict()
    for i, (out_channels, *window) in enumerate(convs, start=1):
        layers[f"conv{i}"] = conv(in_channels, out_channels, *window)
        in_channels = out_channels
    return nn.Sequential(layers)


def pooled(in_channels, out_channels):
    """Each pixel's mean with its neighbours, then a 1×1 convolution: N×C×H×W to N×O×H×W."""
    pool = nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return nn.Sequential(OrderedDict(pool=pool, conv=conv(in_channels, out_channels, 1)))


def stem(in_channels, small_images=False):
    """N×3×299×299 to N×384×35×35 (figure 3); the resolution is halved three times, twice by two paths side by side.

    NOTE: `small_images` is ours, for 32×32: the resolution is halved once, to 15×15.
    """
    halve = Branches(OrderedDict(conv=conv(192, 192, 3, 2, 0), pool=max_pool()))
    if small_images:
        convs = chain(in_channels, (32, 3), (32, 3), (64, 3), (192, 3))  # 192×32×32
        return nn.Sequential(OrderedDict(convs=convs, mixed3=halve))  #    384×15×15
    mixed1 = OrderedDict(pool=max_pool(), conv=conv(64, 96, 3, 2, 0))
    mixed2 = OrderedDict(
        conv3=chain(160, (64, 1), (96, 3, 1, 0)),
        conv7=chain(160, (64, 1), (64, (1, 7)), (64, (7, 1)), (96, 3, 1, 0)),
    )
    layers = OrderedDict(
        convs=chain(in_channels, (32, 3, 2, 0), (32, 3, 1, 0), (64, 3)),  # 64×147×147
        mixed1=Branches(mixed1),  #                                         160×73×73
        mixed2=Branches(mixed2),  #                                         192×71×71
        mixed3=halve,  #                                                    384×35×35
    )
    return nn.Sequential(layers)


def inception_a():
    """Keeps N×384×H×W (figure 4)."""
    paths = OrderedDict(
        conv1=conv(384, 96, 1),
        conv3=chain(384, (64, 1), (96, 3)),
        conv5=chain(384, (64, 1), (96, 3), (96, 3)),  # two 3×3 see as far as one 5×5
        pool=pooled(384, 96),
    )
    return Branches(paths)


def reduction_a(in_channels, k, l, m, n):  # noqa: E741, the paper's letters
    """N×C×H×W to N×(C+M+N)×H/2×W/2 (figure 7; table 1 has the letters)."""
    paths = OrderedDict(
        conv3=conv(in_channels, n, 3, 2, 0),
        conv5=chain(in_channels, (k, 1), (l, 3), (m, 3, 2, 0)),
        pool=max_pool(),
    )
    return Branches(paths)


def inception_b():
    """Keeps N×1024×H×W (figure 5); a 7×7 is a 1×7 and a 7×1."""
    paths = OrderedDict(
        conv1=conv(1024, 384, 1),
        conv7=chain(1024, (192, 1), (224, (1, 7)), (256, (7, 1))),
        conv13=chain(1024, (192, 1), (192, (7, 1)), (224, (1, 7)), (224, (7, 1)), (256, (1, 7))),
        pool=pooled(1024, 128),
    )
    return Branches(paths)


def reduction_b():
    """N×1024×H×W to N×1536×H/2×W/2 (figure 8)."""
    paths = OrderedDict(
        conv3=chain(1024, (192, 1), (192, 3, 2, 0)),
        conv9=chain(1024, (256, 1), (256, (1, 7)), (320, (7, 1)), (320, 3, 2, 0)),
        pool=max_pool(),
    )
    return Branches(paths)


def inception_c():
    """Keeps N×1536×H×W (figure 6); here 1×3 and 3×1 end two paths side by side."""

    def split(*convs):
        channels = convs[-1][0]
        ends = OrderedDict(wide=conv(channels, 256, (1, 3)), tall=conv(channels, 256, (3, 1)))
        return nn.Sequential(OrderedDict(convs=chain(1536, *convs), split=Branches(ends)))

    paths = OrderedDict(
        conv1=conv(1536, 256, 1),
        conv3=split((384, 1)),
        conv5=split((384, 1), (448, (3, 1)), (512, (1, 3))),
        pool=pooled(1536, 256),
    )
    return Branches(paths)


def repeat(depth, block):
    """`depth` modules that `block()` builds, one after the other."""
    return nn.Sequential(*(block() for _ in range(depth)))


def inception_v4(num_classes=1000, in_channels=3, small_images=False):
    """Inception-v4 (figure 9)."""
    stages = OrderedDict(
        inception_a=repeat(4, inception_a),  #                384×35×35
        reduction_a=reduction_a(384, 192, 224, 256, 384),  # 1024×17×17
        inception_b=repeat(7, inception_b),
        reduction_b=reduction_b(),  #                        1536×8×8
        inception_c=repeat(3, inception_c),
    )
    head = classifier(1536, num_classes, dropout=0.2)
    return he_normal(Network(stem(in_channels, small_images), nn.Sequential(stages), head))
