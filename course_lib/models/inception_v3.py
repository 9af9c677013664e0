"""Inception-v3: large kernels taken apart, into small ones in turn and into 1×n and n×1, in modules of three kinds.

Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, *Rethinking the Inception Architecture for Computer Vision*,
arXiv 1512.00567, sections 3 to 6.

                     parameters  with the auxiliary head           MACs
    inception_v3     23,834,568               27,161,264  5,713,216,096

NOTE: the paper's table 1, "Inception-v2" there, is a sketch. This is the network of which the authors released trained
weights, with the names of its modules; it leaves one 5×5 whole and has a pooling layer in the stem where the table has
a stride.
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.googlenet import renormalise
from course_lib.models.network import Network, classifier

conv = partial(ConvNormAct, norm=partial(nn.BatchNorm2d, eps=1e-3))  # eps of the authors' code
halve = partial(conv, kernel_size=3, stride=2, padding=0)
halving_pool = partial(nn.MaxPool2d, 3, 2)


def chain(in_channels, *convs, then=None):
    """Convolutions in turn, each (channels, kernel size) at stride 1, and what comes `then`."""
    layers = OrderedDict()
    for i, (out_channels, kernel_size) in enumerate(convs, start=1):
        layers[f"conv{i}"] = conv(in_channels, out_channels, kernel_size)
        in_channels = out_channels
    if then is not None:
        layers["then"] = then
    return nn.Sequential(layers)


def pooled(in_channels, out_channels):
    """The mean of each 3×3 window, projected: N×C×H×W to N×O×H×W.

    NOTE: divides by nine at the border too, where the authors' code leaves the padding out; torchvision, timm and
    pytorchcv do so with the authors' weights.
    """
    pool = nn.AvgPool2d(3, 1, padding=1)
    return nn.Sequential(OrderedDict(pool=pool, project=conv(in_channels, out_channels, 1)))


def inception_a(in_channels, project):
    """A 5×5 as two 3×3 in turn, beside one left whole: N×C×H×W to N×(224 + project)×H×W (figure 5)."""
    paths = {
        "1x1": conv(in_channels, 64, 1),
        "5x5": chain(in_channels, (48, 1), (64, 5)),
        "double3x3": chain(in_channels, (64, 1), (96, 3), (96, 3)),
        "pool": pooled(in_channels, project),
    }
    return Branches(paths)


def reduction_a(in_channels):
    """Strided paths beside a pool, lest a map become narrow at once: N×C×H×W to N×(480 + C)×H/2×W/2 (figure 10)."""
    paths = {
        "3x3": halve(in_channels, 384),
        "double3x3": chain(in_channels, (64, 1), (96, 3), then=halve(96, 96)),
        "pool": halving_pool(),
    }
    return Branches(paths)


def inception_b(in_channels, width):
    """A 7×7 as 1×7 and 7×1, once and twice: N×C×H×W to N×768×H×W (figure 6)."""
    row, column = (1, 7), (7, 1)
    paths = {
        "1x1": conv(in_channels, 192, 1),
        "7x7": chain(in_channels, (width, 1), (width, row), (192, column)),
        "double7x7": chain(
            in_channels, (width, 1), (width, column), (width, row), (width, column), (192, row)
        ),
        "pool": pooled(in_channels, 192),
    }
    return Branches(paths)


def reduction_b(in_channels):
    """As `reduction_a`, with a 7×7 in one path: N×C×H×W to N×(512 + C)×H/2×W/2."""
    paths = {
        "3x3": chain(in_channels, (192, 1), then=halve(192, 320)),
        "7x7": chain(in_channels, (192, 1), (192, (1, 7)), (192, (7, 1)), then=halve(192, 192)),
        "pool": halving_pool(),
    }
    return Branches(paths)


def inception_c(in_channels):
    """A 3×3 as 1×3 and 3×1 side by side, for many channels on a small map: N×C×H×W to N×2048×H×W (figure 7)."""

    def both():
        return Branches({"1x3": conv(384, 384, (1, 3)), "3x1": conv(384, 384, (3, 1))})

    paths = {
        "1x1": conv(in_channels, 320, 1),
        "3x3": chain(in_channels, (384, 1), then=both()),
        "double3x3": chain(in_channels, (448, 1), (384, 3), then=both()),
        "pool": pooled(in_channels, 192),
    }
    return Branches(paths)


def auxiliary_head(in_channels, num_classes, small_images):
    """Scores from the 17×17 map, N×C×H×W to N×classes (figure 8)."""
    layers = OrderedDict(
        pool=nn.AvgPool2d(5, 3),  #              768×5×5
        project=conv(in_channels, 128, 1),  #    128×5×5
        conv=conv(128, 768, 5, padding=0),  #    768×1×1
        mean=nn.AdaptiveAvgPool2d(1),  # for larger images
        flatten=nn.Flatten(),
        output=nn.Linear(768, num_classes),
    )
    if small_images:
        del layers["pool"]  # the map has 5×5 pixels as it is
    return nn.Sequential(layers)


def inception_v3(
    num_classes=1000, in_channels=3, small_images=False, *, auxiliary=False, transform_input=False
):
    """Inception-v3; `auxiliary` adds the head whose loss counts 0.4 in training in the authors' code.

    NOTE: `small_images` is ours, for 32×32: the first convolution keeps the resolution, and the stem pools once.
    `transform_input` takes images that are normalised as for torchvision's other networks, as its weights expect.
    """
    stem = OrderedDict(renormalise=renormalise(in_channels)) if transform_input else OrderedDict()
    stem |= OrderedDict(
        conv1=conv(in_channels, 32, 3, 1 if small_images else 2, padding=0),  # 32×149×149
        conv2=conv(32, 32, 3, padding=0),  #                                   32×147×147
        conv3=conv(32, 64, 3),  #                                              64×147×147
        pool3=halving_pool(),  #                                               64×73×73
        conv4=conv(64, 80, 1),  #                                              80×73×73
        conv5=conv(80, 192, 3, padding=0),  #                                 192×71×71
        pool5=halving_pool(),  #                                              192×35×35
    )
    if small_images:
        del stem["pool3"]
    stages = OrderedDict(
        mixed5b=inception_a(192, 32),  #   256×35×35
        mixed5c=inception_a(256, 64),  #   288×35×35
        mixed5d=inception_a(288, 64),  #   288×35×35
        mixed6a=reduction_a(288),  #       768×17×17
        mixed6b=inception_b(768, 128),  #  768×17×17
        mixed6c=inception_b(768, 160),  #  768×17×17
        mixed6d=inception_b(768, 160),  #  768×17×17
        mixed6e=inception_b(768, 192),  #  768×17×17
        mixed7a=reduction_b(768),  #      1280×8×8
        mixed7b=inception_c(1280),  #     2048×8×8
        mixed7c=inception_c(2048),  #     2048×8×8
    )
    heads = {"mixed6e": auxiliary_head(768, num_classes, small_images)} if auxiliary else None
    head = classifier(2048, num_classes, dropout=0.5)  # NOTE: torchvision's rate, the paper gives none
    # NOTE: the authors' code draws from a truncated normal distribution, which is slow to draw.
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), head, heads))
