"""Densely connected networks: each layer reads the maps of all layers before it, so it needs to add only a few.

Huang, Liu, van der Maaten and Weinberger, *Densely Connected Convolutional Networks*, arXiv 1608.06993, table 1 and
section 3. `k` is the growth rate, the number of maps that each layer adds. A B stands for 1×1 convolutions before the
3×3 ones, which all networks for ImageNet have; a C for transitions that compress, which they have too.

                        layers in block 1, 2, …   k   parameters           MACs
    densenet121                6   12   24   16  32    7,978,856  2,834,161,664
    densenet169                6   12   32   32  32   14,149,480  3,359,843,328
    densenet201                6   12   48   32  32   20,013,928  4,291,365,888
    densenet161                6   12   36   24  48   28,681,000  7,727,907,072
    densenet40_k12            12   12   12       12    1,019,722    264,812,928
    densenet100_k12           32   32   32       12    6,979,642  1,769,516,448
    densenet100_k24           32   32   32       24   27,249,082  6,889,347,744
    densenet_c40_k12          12   12   12       12      578,090    192,000,512
    densenet_bc100_k12        16   16   16       12      769,162    287,929,692
    densenet_bc250_k24        41   41   41       24   15,324,406  5,418,785,724
    densenet_bc190_k40        31   31   31       40   25,624,430  9,301,945,740
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier


def norm_act_conv(in_channels, out_channels, kernel_size, number=""):
    """The layers of a composite function, named and in its order: N×C×H×W to N×O×H×W (section 3).

    The ReLU works in place on what the norm has just made, never on maps that later layers read.
    """
    conv = nn.Conv2d(in_channels, out_channels, kernel_size, padding=kernel_size // 2, bias=False)
    return {
        f"norm{number}": nn.BatchNorm2d(in_channels),
        f"act{number}": nn.ReLU(inplace=True),
        f"conv{number}": conv,
    }


def dense_layer(in_channels, growth_rate, bottleneck):
    """[x, H(x)], where H is a 3×3, or a 1×1 to 4k channels and a 3×3: N×C×H×W to N×(C+k)×H×W (equation 2).

    What comes in already is all earlier maps side by side, so one concatenation a layer is enough.
    """
    if bottleneck:
        width = 4 * growth_rate
        new = norm_act_conv(in_channels, width, 1, 1) | norm_act_conv(width, growth_rate, 3, 2)
    else:
        new = norm_act_conv(in_channels, growth_rate, 3)
    return Branches(OrderedDict(old=nn.Identity(), new=nn.Sequential(OrderedDict(new))))


def transition(in_channels, out_channels):
    """1×1 convolution, mean of each 2×2 window: N×C×H×W to N×O×⌊H/2⌋×⌊W/2⌋ (section 3, "Pooling layers")."""
    return nn.Sequential(OrderedDict(norm_act_conv(in_channels, out_channels, 1), pool=nn.AvgPool2d(2)))


def densenet(
    depths, growth_rate, num_classes=1000, in_channels=3, small_images=False,
    *, stem_channels=None, bottleneck=True, compression=0.5,
):  # fmt: skip
    """A densely connected network of `depths` layers in its blocks; `stem_channels` are 2k if left out.

    Each block ends in a transition, which keeps the share `compression` of the channels, the last in a norm and ReLU.
    NOTE: `small_images` gives the networks for ImageNet the stem that the paper has for CIFAR: a mere 3×3.
    """
    channels = 2 * growth_rate if stem_channels is None else stem_channels
    if small_images:
        stem = OrderedDict(conv=nn.Conv2d(in_channels, channels, 3, padding=1, bias=False))  # C×32×32
    else:
        stem = OrderedDict(
            conv=ConvNormAct(in_channels, channels, 7, 2),  # C×112×112
            pool=nn.MaxPool2d(3, 2, padding=1),  #            C×56×56
        )
    stages = OrderedDict()
    for i, depth in enumerate(depths, start=1):
        layers = [dense_layer(channels + j * growth_rate, growth_rate, bottleneck) for j in range(depth)]
        stage = OrderedDict(layers=nn.Sequential(*layers))
        channels += depth * growth_rate
        if i < len(depths):
            stage["transition"] = transition(channels, int(compression * channels))
            channels = int(compression * channels)
        else:
            stage |= OrderedDict(norm=nn.BatchNorm2d(channels), act=nn.ReLU(inplace=True))
        stages[f"block{i}"] = nn.Sequential(stage)
    # As in the authors' code, from fan-out; the paper refers to He et al. alone.
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), classifier(channels, num_classes)))


def densenet_cifar(depth, growth_rate, num_classes=10, in_channels=3, *, bottleneck=False, compression=1.0):
    """A network for 32×32 images of `depth` weighted layers, in three equal blocks: 3n + 4, with bottlenecks 6n + 4.

    NOTE: without the dropout of 0.2 after each convolution that the paper has where images are not augmented.
    """
    step = 6 if bottleneck else 3
    if depth < step + 4 or depth % step != 4 % step:
        raise ValueError(f"a depth of {depth} is not {step}n + 4, such as 40 or 100")
    n = (depth - 4) // step
    stem_channels = 2 * growth_rate if bottleneck and compression < 1 else 16
    options = {"stem_channels": stem_channels, "bottleneck": bottleneck, "compression": compression}
    return densenet((n, n, n), growth_rate, num_classes, in_channels, small_images=True, **options)


# fmt: off
densenet121 = partial(densenet, (6, 12, 24, 16), 32)
densenet169 = partial(densenet, (6, 12, 32, 32), 32)
densenet201 = partial(densenet, (6, 12, 48, 32), 32)
densenet161 = partial(densenet, (6, 12, 36, 24), 48)

densenet40_k12     = partial(densenet_cifar,  40, 12)
densenet100_k12    = partial(densenet_cifar, 100, 12)
densenet100_k24    = partial(densenet_cifar, 100, 24)
densenet_c40_k12   = partial(densenet_cifar,  40, 12, compression=0.5)
densenet_bc100_k12 = partial(densenet_cifar, 100, 12, bottleneck=True, compression=0.5)
densenet_bc250_k24 = partial(densenet_cifar, 250, 24, bottleneck=True, compression=0.5)
densenet_bc190_k40 = partial(densenet_cifar, 190, 40, bottleneck=True, compression=0.5)
# fmt: on
