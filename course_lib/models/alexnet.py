"""AlexNet: five convolutions and three fully connected layers, with rectifiers, dropout, and filters on two GPUs.

Krizhevsky, Sutskever and Hinton, *ImageNet Classification with Deep Convolutional Neural Networks*, NIPS 2012,
sections 3 to 5; "owt": Krizhevsky, *One Weird Trick for Parallelizing Convolutional Neural Networks*, arXiv 1404.5997.

                       conv1  conv2  conv3  conv4  conv5  groups   parameters           MACs
    alexnet               96    256    384    384    256       2   60,965,224    724,406,816
    alexnet_one_tower     96    256    384    384    256       1   62,378,344  1,135,256,096
    alexnet_owt           64    192    384    256    256       1   61,100,840    714,188,480
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, last_size

# Local response normalisation (section 3.3) divides each value by (2 + α Σ a²)^¾, summed over 5 neighbouring channels
# at the same pixel. The paper has α = 1e-4; torch divides its alpha by the number of channels, hence five times that.
response_norm = partial(nn.LocalResponseNorm, 5, alpha=5e-4, beta=0.75, k=2)


def layer(in_channels, out_channels, kernel_size, stride=1, *, padding=None, groups=1, norm=None, pool=False):
    """Convolution, ReLU, `norm` and pooling, in the paper's order: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉, which `pool` halves.

    The windows of the pooling overlap: they are 3×3, two pixels apart (section 3.4).
    """
    shape = (in_channels, out_channels, kernel_size, stride)
    layers = OrderedDict(conv=ConvNormAct(*shape, padding=padding, groups=groups, norm=None))
    if norm is not None:
        layers["norm"] = norm()
    if pool:
        layers["pool"] = nn.MaxPool2d(3, 2)
    return nn.Sequential(layers)


def fully_connected(in_features, num_classes, dropout_first=False):
    """Two layers of 4096 units, half of which are dropped in training, and the scores: N×C×H×W to N×classes.

    `dropout_first` drops the inputs of the two layers, rather than their outputs.
    """
    layers = OrderedDict(flatten=nn.Flatten())
    for number, features in (6, in_features), (7, 4096):
        if dropout_first:
            layers[f"dropout{number}"] = nn.Dropout(0.5)
        layers[f"fc{number}"] = nn.Linear(features, 4096)
        layers[f"relu{number}"] = nn.ReLU(inplace=True)
        if not dropout_first:
            layers[f"dropout{number}"] = nn.Dropout(0.5)
    layers["output"] = nn.Linear(4096, num_classes)
    return nn.Sequential(layers)


def small_normal(network, ones=()):
    """Draw all weights from N(0, 0.01²) and return `network`; biases are 1 in the parts that `ones` names, else 0.

    A bias of 1 starts a rectifier with positive inputs, so that it learns from the first step (section 5).
    """
    for name, module in network.named_modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.normal_(module.weight, std=0.01)
            nn.init.constant_(module.bias, 1.0 if name.split(".")[1] in ones else 0.0)
    return network


def he_weights(network):
    """Draw the weights of all layers as He et al. do, by the fan-in of fully connected ones, and return `network`."""
    for module in network.modules():
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight)
            nn.init.zeros_(module.bias)
    return he_normal(network)


def build(
    channels, *, groups=1, padding=0, norm=response_norm, dropout_first=False, num_classes=1000, in_channels=3,
    image_size=None, small_images=False,
):  # fmt: skip
    """AlexNet for square images of `image_size` pixels; `channels` of conv1 to conv5, `padding` of conv1.

    NOTE: the paper says 224 pixels, of which a kernel of 11 with a stride of 4 leaves no whole number; 227, or 224 with
    a padding of 2, give the 55×55 that it counts on. `small_images` is ours, for 32×32: conv1 is 3×3 with stride 1,
    and the first weights are He's, as layers with so few inputs learn nothing for hundreds of steps from the paper's.
    Raises `ValueError` for an image of which nothing is left before the head.
    """
    if image_size is None:
        image_size = 32 if small_images else 224 if padding else 227
    c1, c2, c3, c4, c5 = channels
    if small_images:
        stem = layer(in_channels, c1, 3, norm=norm, pool=True)  # 96×15×15
    else:
        stem = layer(in_channels, c1, 11, 4, padding=padding, norm=norm, pool=True)  # 96×27×27
    stages = nn.Sequential(
        OrderedDict(
            conv2=layer(c1, c2, 5, groups=groups, norm=norm, pool=True),  # 256×13×13
            conv3=layer(c2, c3, 3),  #                         384×13×13, reads the channels of both GPUs
            conv4=layer(c3, c4, 3, groups=groups),  #             384×13×13
            conv5=layer(c4, c5, 3, groups=groups, pool=True),  #  256×6×6
        )
    )
    in_features = c5 * last_size(stem, stages, image_size) ** 2
    network = Network(stem, stages, fully_connected(in_features, num_classes, dropout_first))
    if small_images:
        return he_weights(network)
    return small_normal(network, ones=("conv2", "conv4", "conv5", "fc6", "fc7"))


# NOTE: alexnet_owt is torchvision's network, whose weights fit: the paper's footnote 1 has 384 channels in conv4, and
# the missing normalisation and the place of dropout are torchvision's too.
# fmt: off
alexnet           = partial(build, (96, 256, 384, 384, 256), groups=2)
alexnet_one_tower = partial(build, (96, 256, 384, 384, 256))
alexnet_owt       = partial(build, (64, 192, 384, 256, 256), padding=2, norm=None, dropout_first=True)
# fmt: on
