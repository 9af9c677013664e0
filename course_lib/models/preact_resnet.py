"""Pre-activation residual networks: nothing but sums lies between a unit and all units after it.

He, Zhang, Ren and Sun, *Identity Mappings in Deep Residual Networks*, arXiv 1603.05027, figure 4(e) and appendix.

                             units of a stage  channels                parameters           MACs
    preact_resnet110_cifar         18  18  18   16   32    64           1,730,522    253,149,824
    preact_resnet164_cifar         18  18  18   64  128   256           1,703,258    244,500,992
    preact_resnet1001_cifar       111 111 111   64  128   256          10,327,706  1,487,849,984
    preact_resnet50              3   4   6   3  256  512  1024  2048   25,549,480  4,089,184,256
    resnetv2_50                  3   4   6   3  256  512  1024  2048   25,549,352  4,089,184,256
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import ConvNormAct, Residual
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier


def activation(channels):
    """Normalisation and ReLU, which come before a convolution. The ReLU overwrites what the norm gives, never a sum."""
    return OrderedDict(norm=nn.BatchNorm2d(channels), act=nn.ReLU(inplace=True))


def unit(body, in_channels, out_channels, stride, first):
    """x + body(a(x)), where a is the activation; the `first` unit of a stage is h(a(x)) + body(a(x)) (appendix).

    h is a 1×1 convolution where the shape changes, else nothing. N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉.
    """
    if not first:
        return Residual(nn.Sequential(activation(in_channels) | body), act=None)
    same = (in_channels, stride) == (out_channels, 1)
    shortcut = None if same else nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)
    both = OrderedDict(sum=Residual(nn.Sequential(body), shortcut, act=None))
    return nn.Sequential(activation(in_channels) | both)


def basic(in_channels, out_channels, stride=1, *, first=False, dropout=0.0):
    """Two 3×3 convolutions; dropout between them is that of *Wide Residual Networks* (figure 1d)."""
    body = OrderedDict(conv1=ConvNormAct(in_channels, out_channels, 3, stride))
    if dropout:
        body["dropout"] = nn.Dropout(dropout)
    body["conv2"] = nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False)
    return unit(body, in_channels, out_channels, stride, first)


def bottleneck(in_channels, out_channels, stride=1, *, first=False, stride_on_1x1=False):
    """1×1 down to O/4 channels, 3×3, 1×1 up. The authors' code for CIFAR has the stride on the first 1×1."""
    width = out_channels // 4
    one, two = (stride, 1) if stride_on_1x1 else (1, stride)
    body = OrderedDict(
        conv1=ConvNormAct(in_channels, width, 1, one),
        conv2=ConvNormAct(width, width, 3, two),
        conv3=nn.Conv2d(width, out_channels, 1, bias=False),
    )
    return unit(body, in_channels, out_channels, stride, first)


def stage(block, depth, in_channels, out_channels, stride):
    """`depth` units; the first one changes the number of channels and the resolution."""
    units = [block(in_channels, out_channels, stride, first=True)]
    units += [block(out_channels, out_channels) for _ in range(depth - 1)]
    return nn.Sequential(*units)


def activated_classifier(channels, num_classes):
    """The last sum is activated too, then averaged and classified: N×C×H×W to N×classes."""
    layers = OrderedDict(classifier(channels, num_classes).named_children())
    return nn.Sequential(activation(channels) | layers)


def preact_resnet_cifar(block, depth, channels, num_classes=10, in_channels=3):
    """A network for 32×32 images: three stages of `depth` units, whose `channels` double from stage to stage.

    NOTE: the paper's 110-layer network widens its shortcuts with zeros, and does not say whether before or after the
    activation. Here it has projections, as the deeper ones have.
    """
    stages = OrderedDict(
        stage1=stage(block, depth, 16, channels, stride=1),  #               C×32×32
        stage2=stage(block, depth, channels, 2 * channels, stride=2),  #     2C×16×16
        stage3=stage(block, depth, 2 * channels, 4 * channels, stride=2),  # 4C×8×8
    )
    stem = nn.Sequential(OrderedDict(conv=nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)))
    return he_normal(Network(stem, nn.Sequential(stages), activated_classifier(4 * channels, num_classes)))


def preact_resnet(
    depths, channels=256, num_classes=1000, in_channels=3, stem_norm=True, stride_on_1x1=False, small_images=False
):  # fmt: skip
    """A network of bottlenecks; `depths` units in conv2 to conv5, whose `channels` double from stage to stage.

    NOTE: the paper activates after the first convolution and not again in the first unit. With `stem_norm` both are
    activated, as in pytorchcv; without it the first unit alone is, as in timm.
    NOTE: `small_images` is ours, for 32×32: a 3×3 stem that keeps the resolution.
    """
    kernel_size, stride = (3, 1) if small_images else (7, 2)
    stem = OrderedDict(
        conv=nn.Conv2d(in_channels, 64, kernel_size, stride, padding=kernel_size // 2, bias=False)
    )
    if stem_norm:
        stem |= activation(64)
    if not small_images:
        stem["pool"] = nn.MaxPool2d(3, 2, padding=1)  # 64×56×56
    block = partial(bottleneck, stride_on_1x1=stride_on_1x1)
    widths = [64, *(channels << i for i in range(4))]
    stages = OrderedDict(
        (f"conv{i + 2}", stage(block, depth, widths[i], widths[i + 1], stride=1 if i == 0 else 2))
        for i, depth in enumerate(depths)
    )
    head = activated_classifier(widths[-1], num_classes)
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), head))


# fmt: off
paper_bottleneck = partial(bottleneck, stride_on_1x1=True)
preact_resnet110_cifar  = partial(preact_resnet_cifar, basic,             18, 16)  # 6·18 + 2 layers
preact_resnet164_cifar  = partial(preact_resnet_cifar, paper_bottleneck,  18, 64)  # 9·18 + 2
preact_resnet1001_cifar = partial(preact_resnet_cifar, paper_bottleneck, 111, 64)  # 9·111 + 2

preact_resnet50 = partial(preact_resnet, (3, 4, 6, 3))
resnetv2_50     = partial(preact_resnet, (3, 4, 6, 3), stem_norm=False)
# fmt: on
