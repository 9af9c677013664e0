"""ResNeXt: a block sums many small paths of one shape, and a grouped convolution computes them all at once.

Xie, Girshick, Dollár, Tu and He, *Aggregated Residual Transformations for Deep Neural Networks*, arXiv 1611.05431,
table 1, figure 3 and section 5.3.

                            blocks of a stage  parameters            MACs
    resnext50_32x4d               3  4  6   3  25,028,904   4,230,479,872
    resnext101_32x4d              3  4 23   3  44,177,704   7,969,996,800
    resnext101_32x8d              3  4 23   3  88,791,336  16,414,015,488
    resnext101_64x4d              3  4 23   3  83,455,272  15,460,270,080
    resnext29_8x64d_cifar            3  3   3  34,426,698   5,387,266,048
    resnext29_16x64d_cifar           3  3   3  68,155,210  10,688,866,304
"""

from collections import OrderedDict
from fractions import Fraction
from functools import partial

from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct, Residual
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier
from course_lib.models.resnet import bottleneck, projection, resnet, stage


class Sum(nn.ModuleDict):
    """Named parallel paths whose outputs are added: N×C×H×W to N×O×H'×W'."""

    def forward(self, x):
        return sum(path(x) for path in self.values())


# Figure 3 draws one block in three forms: equal weights give equal outputs. `cardinality` is the number of paths,
# `width` the channels of one path where the block has 256 outputs; 32 paths of 4 are the paper's 32×4d.


def summed(in_channels, out_channels, stride=1, *, cardinality, width):
    """Figure 3(a): each path ends in a 1×1 convolution of its own, and the paths are added."""
    width = width * out_channels // 256

    def path():
        layers = OrderedDict(
            conv1=ConvNormAct(in_channels, width, 1),
            conv2=ConvNormAct(width, width, 3, stride),
            conv3=nn.Conv2d(width, out_channels, 1, bias=False),
        )
        return nn.Sequential(layers)

    paths = Sum({f"path{i}": path() for i in range(cardinality)})
    # The last normalisation acts on the sum, as the variance of a sum is not the sum of the variances.
    body = nn.Sequential(OrderedDict(paths=paths, norm=nn.BatchNorm2d(out_channels)))
    return Residual(body, projection(in_channels, out_channels, stride))


def concatenated(in_channels, out_channels, stride=1, *, cardinality, width):
    """Figure 3(b): the paths are concatenated before one common 1×1 convolution, which adds them up."""
    width = width * out_channels // 256

    def path():
        layers = OrderedDict(
            conv1=ConvNormAct(in_channels, width, 1), conv2=ConvNormAct(width, width, 3, stride)
        )
        return nn.Sequential(layers)

    layers = OrderedDict(
        paths=Branches({f"path{i}": path() for i in range(cardinality)}),
        conv3=ConvNormAct(cardinality * width, out_channels, 1, act=None),
    )
    return Residual(nn.Sequential(layers), projection(in_channels, out_channels, stride))


def grouped(in_channels, out_channels, stride=1, *, cardinality, width):
    """Figure 3(c): the first 1×1 convolutions side by side are one, and the 3×3 are one in `cardinality` groups."""
    # A fraction, as 16 paths of 64 are four times as wide as the output.
    reduction = Fraction(256, cardinality * width)
    return bottleneck(in_channels, out_channels, stride, reduction=reduction, groups=cardinality)


def resnext(cardinality, width, depths, **options):
    """ResNet with the block above; `depths` blocks in conv2 to conv5. NOTE: `small_images` is that of `resnet`."""
    return resnet(partial(grouped, cardinality=cardinality, width=width), depths, 256, **options)


def resnext_cifar(cardinality, width, num_classes=10, in_channels=3):
    """29 layers for 32×32 images: three stages of three blocks (section 5.3)."""
    block = partial(grouped, cardinality=cardinality, width=width)
    stages = OrderedDict(
        stage1=stage(block, 3, 64, 256, stride=1),  #   256×32×32
        stage2=stage(block, 3, 256, 512, stride=2),  #  512×16×16
        stage3=stage(block, 3, 512, 1024, stride=2),  # 1024×8×8
    )
    stem = nn.Sequential(OrderedDict(conv=ConvNormAct(in_channels, 64, 3)))
    return he_normal(Network(stem, nn.Sequential(stages), classifier(1024, num_classes)))


# fmt: off
#                               cardinality  width  depths
resnext50_32x4d      = partial(resnext,  32,     4, (3, 4,  6, 3))
resnext101_32x4d     = partial(resnext,  32,     4, (3, 4, 23, 3))
resnext101_32x8d     = partial(resnext,  32,     8, (3, 4, 23, 3))
resnext101_64x4d     = partial(resnext,  64,     4, (3, 4, 23, 3))

resnext29_8x64d_cifar  = partial(resnext_cifar,  8, 64)
resnext29_16x64d_cifar = partial(resnext_cifar, 16, 64)
# fmt: on
