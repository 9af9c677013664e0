"""ZFNet: AlexNet after a look at its filters, whose first layer sees more finely: 7×7 with stride 2, not 11×11 with 4.

Zeiler and Fergus, *Visualizing and Understanding Convolutional Networks*, arXiv 1311.2901, figure 3; table 2
has the wider one.

                  conv1  conv2  conv3  conv4  conv5   parameters           MACs
    zfnet            96    256    384    384    256   62,357,608  1,168,032,896
    zfnet_wide       96    256    512   1024    512  107,627,624  2,476,704,896
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import ConvNormAct
from course_lib.models.alexnet import fully_connected, he_weights, response_norm, small_normal
from course_lib.models.network import Network, last_size

# NOTE: for 224 pixels to become 110, as in figure 3, conv1 needs a padding of 1, and for 110 to become 55, and 26 to
# become 13, the pooling must round up; the paper does not say how. Its windows overlap, as in AlexNet.
pool = partial(nn.MaxPool2d, 3, 2, ceil_mode=True)


def normalised(conv):
    """A convolution with ReLU, pooling, contrast normalisation across channels: halves the map of the convolution.

    NOTE: the paper gives no constants for the normalisation; these are AlexNet's, which has it before the pooling.
    """
    return nn.Sequential(OrderedDict(conv=conv, pool=pool(), norm=response_norm()))


def zfnet_of(channels, num_classes=1000, in_channels=3, image_size=None, small_images=False):
    """ZFNet for square images of `image_size` pixels, with `channels` in conv1 to conv5.

    NOTE: `small_images` is ours, for 32×32: conv1 is 3×3 with stride 1, nothing is pooled after it, and the first
    weights are He's, as in our small AlexNet. Raises `ValueError` for an image of which nothing is left before the
    head.
    """
    image_size = image_size or (32 if small_images else 224)
    conv = partial(ConvNormAct, norm=None)
    c1, c2, c3, c4, c5 = channels
    if small_images:
        stem = nn.Sequential(OrderedDict(conv=conv(in_channels, c1, 3), norm=response_norm()))  # 96×32×32
    else:
        stem = normalised(conv(in_channels, c1, 7, 2, padding=1))  # 96×55×55
    stages = nn.Sequential(
        OrderedDict(
            conv2=normalised(conv(c1, c2, 5, 2, padding=0)),  # 256×13×13
            conv3=conv(c2, c3, 3),  #                       384×13×13
            conv4=conv(c3, c4, 3),  #                       384×13×13
            conv5=nn.Sequential(OrderedDict(conv=conv(c4, c5, 3), pool=pool())),  # 256×6×6
        )
    )
    in_features = c5 * last_size(stem, stages, image_size) ** 2
    network = Network(stem, stages, fully_connected(in_features, num_classes))
    # Section 3 sets all weights to 10⁻² and biases to 0. NOTE: read as AlexNet's N(0, 0.01²).
    return he_weights(network) if small_images else small_normal(network)


zfnet = partial(zfnet_of, (96, 256, 384, 384, 256))
zfnet_wide = partial(zfnet_of, (96, 256, 512, 1024, 512))
