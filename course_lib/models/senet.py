"""Squeeze-and-excitation networks: residual networks whose blocks weigh their channels before they add them.

Hu, Shen, Albanie, Sun and Wu, *Squeeze-and-Excitation Networks*, arXiv 1709.01507, tables 1 and 2, section 3.
A block of C channels has 2·C²/16 + C/16 + C more parameters than the plain network's, the biases included.

                         conv2 conv3 conv4 conv5   parameters                         MACs
    seresnet50               3     4     6     3   28,088,024   4,091,699,200 (paper 3,860,488,192)
    seresnet101              3     4    23     3   49,326,872   7,806,148,608 (paper 7,574,937,600)
    seresnet152              3     8    36     3   66,821,848  11,520,204,800 (paper 11,288,993,792)
    seresnext50_32x4d        3     4     6     3   27,559,896   4,232,994,816
    senet154                 3     8    36     3  115,088,984  20,688,363,520
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.attention import SqueezeExcitation
from course_lib.layers.blocks import ConvNormAct, Residual
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier
from course_lib.models.resnet import bottleneck, resnet, stage


def squeeze_excitation(channels):
    """The layer at the paper's reduction ratio of 16: keeps N×C×H×W."""
    return SqueezeExcitation(channels, channels // 16)


def senet_block(in_channels, out_channels, stride=1):
    """1×1 to O/2 channels, 3×3 in 64 groups, 1×1: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ (of SENet-154, in the appendix).

    A projection that halves the resolution is a 3×3, so that it skips no pixels.
    """
    layers = OrderedDict(
        conv1=ConvNormAct(in_channels, out_channels // 2, 1),
        conv2=ConvNormAct(out_channels // 2, out_channels, 3, stride, groups=64),
        conv3=ConvNormAct(out_channels, out_channels, 1, act=None),
        attention=squeeze_excitation(out_channels),
    )
    shortcut = None
    if in_channels != out_channels:
        shortcut = ConvNormAct(in_channels, out_channels, 1 if stride == 1 else 3, stride, act=None)
    return Residual(nn.Sequential(layers), shortcut)


def senet154(num_classes=1000, in_channels=3, small_images=False):
    """Of the ensemble that won ILSVRC 2017: a wider ResNeXt-152 with three 3×3 for the 7×7 of its stem (appendix).

    NOTE: the pooling is padded by a pixel, as in timm; in the authors' code it rounds its size up instead.
    `small_images` is ours, for 32×32: a stem that keeps the resolution.
    """
    stem = OrderedDict(
        conv1=ConvNormAct(in_channels, 64, 3, 1 if small_images else 2),  # 64×112×112
        conv2=ConvNormAct(64, 64, 3),  #                                    64×112×112
        conv3=ConvNormAct(64, 128, 3),  #                                  128×112×112
    )
    if not small_images:
        stem["pool"] = nn.MaxPool2d(3, 2, padding=1)  #                    128×56×56
    stages = OrderedDict(
        conv2=stage(senet_block, 3, 128, 256, stride=1),  #                256×56×56
        conv3=stage(senet_block, 8, 256, 512, stride=2),  #                512×28×28
        conv4=stage(senet_block, 36, 512, 1024, stride=2),  #             1024×14×14
        conv5=stage(senet_block, 3, 1024, 2048, stride=2),  #             2048×7×7
    )
    head = classifier(2048, num_classes, dropout=0.2)
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), head))


# NOTE: the stride is on the 3×3, as in resnet.py; the authors' ResNets have it on the first 1×1, their ResNeXts here.
# fmt: off
se_bottleneck = partial(bottleneck, attention=squeeze_excitation)
seresnet50  = partial(resnet, se_bottleneck, (3, 4,  6, 3), 256)
seresnet101 = partial(resnet, se_bottleneck, (3, 4, 23, 3), 256)
seresnet152 = partial(resnet, se_bottleneck, (3, 8, 36, 3), 256)

paper_bottleneck = partial(se_bottleneck, stride_on_1x1=True)
seresnet50_v1  = partial(resnet, paper_bottleneck, (3, 4,  6, 3), 256)
seresnet101_v1 = partial(resnet, paper_bottleneck, (3, 4, 23, 3), 256)
seresnet152_v1 = partial(resnet, paper_bottleneck, (3, 8, 36, 3), 256)

seresnext50_32x4d = partial(resnet, partial(se_bottleneck, reduction=2, groups=32), (3, 4, 6, 3), 256)
# fmt: on
