"""Wide residual networks: sixteen wide layers do what a thousand thin ones do, in less time.

Zagoruyko and Komodakis, *Wide Residual Networks*, arXiv 1605.07146, table 1.

                       blocks of a group  channels                 parameters            MACs
    wrn_16_4                   2  2   2     64  128  256            2,748,890     392,612,352
    wrn_16_8                   2  2   2    128  256  512           10,961,370   1,548,145,664
    wrn_22_8                   3  3   3    128  256  512           17,158,106   2,454,115,328
    wrn_28_2                   4  4   4     32   64  128            1,467,610     214,353,152
    wrn_28_10                  4  4   4    160  320  640           36,479,194   5,243,328,768
    wrn_40_2                   6  6   6     32   64  128            2,243,546     327,599,360
    wrn_40_4                   6  6   6     64  128  256            8,949,210   1,298,582,016
    wide_resnet50_2         3  4  6   3    256  512 1024 2048      68,883,240  11,398,021,120
    wide_resnet101_2        3  4 23   3    256  512 1024 2048     126,886,696  22,753,050,624
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network
from course_lib.models.preact_resnet import activated_classifier, basic, stage
from course_lib.models.resnet import bottleneck, resnet


def wide_resnet_cifar(depth, widen, num_classes=10, in_channels=3, dropout=0.0):
    """A pre-activation network for 32×32 images of `depth` = 6n + 4 layers, `widen` times as wide as the thin one.

    A share `dropout` of the values is dropped between the two convolutions of each unit (section 2.4).
    """
    if depth < 10 or depth % 6 != 4:
        raise ValueError(f"a depth of {depth} is not 6n + 4, such as 16, 22, 28 or 40")
    block, n, k = partial(basic, dropout=dropout), (depth - 4) // 6, widen
    stages = OrderedDict(
        conv2=stage(block, n, 16, 16 * k, stride=1),  #     16k×32×32
        conv3=stage(block, n, 16 * k, 32 * k, stride=2),  # 32k×16×16
        conv4=stage(block, n, 32 * k, 64 * k, stride=2),  # 64k×8×8
    )
    stem = nn.Sequential(OrderedDict(conv=nn.Conv2d(in_channels, 16, 3, padding=1, bias=False)))
    return he_normal(Network(stem, nn.Sequential(stages), activated_classifier(64 * k, num_classes)))


# fmt: off
wrn_28_10 = partial(wide_resnet_cifar, 28, 10)
wrn_16_8  = partial(wide_resnet_cifar, 16,  8)
wrn_40_4  = partial(wide_resnet_cifar, 40,  4)
wrn_22_8  = partial(wide_resnet_cifar, 22,  8)
wrn_40_2  = partial(wide_resnet_cifar, 40,  2)
wrn_28_2  = partial(wide_resnet_cifar, 28,  2)
wrn_16_4  = partial(wide_resnet_cifar, 16,  4)

# For ImageNet the paper widens the 3×3 of ResNet's bottleneck, with the activations where ResNet has them (section 3).
wide_bottleneck = partial(bottleneck, reduction=2)
wide_resnet50_2  = partial(resnet, wide_bottleneck, (3, 4,  6, 3), 256)
wide_resnet101_2 = partial(resnet, wide_bottleneck, (3, 4, 23, 3), 256)
# fmt: on
