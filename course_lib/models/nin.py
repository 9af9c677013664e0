"""Network in Network: a small perceptron instead of a filter, slid over the image, and one map per class at the end.

Lin, Chen and Yan, *Network In Network*, arXiv 1312.4400, section 3; `nin` is its first author's network for ImageNet,
https://gist.github.com/mavenlin/d802a5849de39225bcc6.

                 mlpconv1     mlpconv2     mlpconv3       mlpconv4         parameters           MACs
    nin_cifar    192 160 96   192 192 192  192 192 10     –                   966,986    222,486,528
    nin          96 96 96     256 256 256  384 384 384    1024 1024 1000    7,595,176  1,100,188,800
"""

from collections import OrderedDict
from functools import partial
from itertools import pairwise

from torch import nn

from course_lib.layers.blocks import ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network

conv_relu = partial(ConvNormAct, norm=None)
# Windows of 3×3 overlap. At the border the last one may be cut, as in the authors' code, so that 32 pixels become 16.
max_pool = partial(nn.MaxPool2d, 3, 2, ceil_mode=True)
avg_pool = partial(nn.AvgPool2d, 3, 2, ceil_mode=True)


def mlpconv(in_channels, channels, kernel_size, stride=1, *, padding=None, pool=None, dropout=0.0):
    """A convolution, and 1×1 convolutions as the further layers of the perceptron: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉.

    `channels` of each of them; `pool` then halves H and W.
    """
    layers = OrderedDict(conv=conv_relu(in_channels, channels[0], kernel_size, stride, padding=padding))
    for number, (inputs, outputs) in enumerate(pairwise(channels), 1):
        layers[f"mlp{number}"] = conv_relu(inputs, outputs, 1)
    if pool is not None:
        layers["pool"] = pool()
    if dropout:
        layers["dropout"] = nn.Dropout(dropout)
    return nn.Sequential(layers)


def class_maps(channels, num_classes):
    """One map per class, the mean of which is the score: N×C×H×W to N×classes (section 3.2).

    The maps are the last layer of the last perceptron, which has a ReLU as all others: no score is negative, and a map
    that too large a step has made 0 for all images learns no more.
    """
    layers = OrderedDict(output=conv_relu(channels, num_classes, 1))
    return nn.Sequential(layers | OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten()))


def nin_cifar(num_classes=10, in_channels=3):
    """Network in Network for 32×32 images (figure 2).

    NOTE: the paper does not say what the first weights are; from He's, networks of so few layers learn at once.
    """
    stem = mlpconv(in_channels, (192, 160, 96), 5, pool=max_pool, dropout=0.5)  # 96×16×16
    stages = OrderedDict(
        mlpconv2=mlpconv(96, (192, 192, 192), 5, pool=avg_pool, dropout=0.5),  # 192×8×8
        mlpconv3=mlpconv(192, (192, 192), 3),  #                                 192×8×8
    )
    return he_normal(Network(stem, nn.Sequential(stages), class_maps(192, num_classes)))


def nin(num_classes=1000, in_channels=3, small_images=False):
    """Network in Network with four modules.

    NOTE: first weights as in `nin_cifar`. `small_images` is ours, for 32×32: the first convolution is 5×5 with stride
    1, and the last map 4×4.
    """
    if small_images:
        stem = mlpconv(in_channels, (96, 96, 96), 5, pool=max_pool)  # 96×16×16
    else:
        stem = mlpconv(in_channels, (96, 96, 96), 11, 4, padding=0, pool=max_pool)  # 96×27×27
    stages = OrderedDict(
        mlpconv2=mlpconv(96, (256, 256, 256), 5, pool=max_pool),  #               256×13×13
        mlpconv3=mlpconv(256, (384, 384, 384), 3, pool=max_pool, dropout=0.5),  # 384×6×6
        mlpconv4=mlpconv(384, (1024, 1024), 3),  #                               1024×6×6
    )
    return he_normal(Network(stem, nn.Sequential(stages), class_maps(1024, num_classes)))
