"""BN-Inception: GoogLeNet with batch normalisation after each convolution, and two 3×3 in the place of each 5×5.

Ioffe and Szegedy, *Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift*,
arXiv 1502.03167, appendix. With squeeze and excitation: Hu et al., arXiv 1709.01507, table 2 and figure 2.

                      parameters           MACs
    bn_inception      11,295,240  2,032,600,064  (10,016 of them biases that the norms make idle)
    se_bn_inception   11,931,622  2,033,239,424

NOTE: this is the network of which trained weights are public, in Caffe and MXNet. The paper's first convolution is
separable and the pool of its 4c and 4d is projected to 96 channels; it prints 13.6 million parameters.
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier
from course_lib.models.senet import squeeze_excitation

AVERAGE = partial(nn.AvgPool2d, 3, 1, padding=1)  # divides by nine at the border too, as Caffe
MAXIMUM = partial(nn.MaxPool2d, 3, 1, padding=1)
HALVE = partial(nn.MaxPool2d, 3, 2, ceil_mode=True)  # Caffe rounds sizes up

# fmt: off
MODULES = {  # red: the 1×1 that reduces the channels; 3×3²: two 3×3 in turn; proj: the 1×1 after the pool
    #               1×1  red  3×3  red  3×3²    pool  proj
    "inception3a": ( 64,  64,  64,  64,  96, AVERAGE,  32),  #  256×28×28
    "inception3b": ( 64,  64,  96,  64,  96, AVERAGE,  64),  #  320×28×28
    "inception3c": (  0, 128, 160,  64,  96, HALVE,     0),  #  576×14×14
    "inception4a": (224,  64,  96,  96, 128, AVERAGE, 128),  #  576×14×14
    "inception4b": (192,  96, 128,  96, 128, AVERAGE, 128),  #  576×14×14
    "inception4c": (160, 128, 160, 128, 160, AVERAGE, 128),  #  608×14×14
    "inception4d": ( 96, 128, 192, 160, 192, AVERAGE, 128),  #  608×14×14
    "inception4e": (  0, 128, 192, 192, 256, HALVE,     0),  # 1056×7×7
    "inception5a": (352, 192, 320, 160, 224, AVERAGE, 128),  # 1024×7×7
    "inception5b": (352, 192, 320, 192, 224, MAXIMUM, 128),  # 1024×7×7
}
# fmt: on


def inception(in_channels, row, conv):
    """Paths side by side, with the channels of a row of the table: N×C×H×W to N×O×H×W, or N×O×H/2×W/2.

    Modules that halve the map have no 1×1 path, and the pool passes its input on as it is.
    """
    conv1x1, reduce3x3, conv3x3, reduce_double, double3x3, pool, project = row
    stride = 2 if pool is HALVE else 1
    single = OrderedDict(
        reduce=conv(in_channels, reduce3x3, 1),
        conv=conv(reduce3x3, conv3x3, 3, stride),
    )
    double = OrderedDict(
        reduce=conv(in_channels, reduce_double, 1),
        conv1=conv(reduce_double, double3x3, 3),
        conv2=conv(double3x3, double3x3, 3, stride),
    )
    pooling = OrderedDict(pool=pool())
    if project:
        pooling["project"] = conv(in_channels, project, 1)
    paths = {"1x1": conv(in_channels, conv1x1, 1)} if conv1x1 else {}
    paths |= {
        "3x3": nn.Sequential(single),
        "double3x3": nn.Sequential(double),
        "pool": nn.Sequential(pooling),
    }
    return Branches(paths)


def bn_inception(num_classes=1000, in_channels=3, small_images=False, *, bias=True, attention=None):
    """BN-Inception for images whose sides are multiples of 32 pixels, or of 8 with `small_images`.

    Other maps cannot always be halved: of odd sides the strided convolutions round up and the pool beside them down.
    NOTE: `small_images` is ours, for 32×32: a 3×3 convolution that keeps the resolution replaces conv1 and pool1.
    `attention(channels)` builds a layer that follows each module's concatenation.
    """
    conv = partial(ConvNormAct, bias=bias)
    if small_images:
        stem = OrderedDict(conv1=conv(in_channels, 64, 3))  # 64×32×32
    else:
        stem = OrderedDict(
            conv1=conv(in_channels, 64, 7, 2),  # 64×112×112
            pool1=HALVE(),  #                     64×56×56
        )
    stem |= OrderedDict(
        reduce2=conv(64, 64, 1),
        conv2=conv(64, 192, 3),  # 192×56×56
        pool2=HALVE(),  #          192×28×28
    )
    stages, channels = OrderedDict(), 192
    for name, row in MODULES.items():
        module = inception(channels, row, conv)
        channels = row[0] + row[2] + row[4] + (row[6] or channels)
        if attention is not None:
            module = nn.Sequential(OrderedDict(paths=module, attention=attention(channels)))
        stages[name] = module
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), classifier(channels, num_classes)))


se_bn_inception = partial(bn_inception, bias=False, attention=squeeze_excitation)
