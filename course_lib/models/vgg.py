"""VGG: nothing but 3×3 convolutions, in deep stacks: two see 5×5 pixels, three 7×7, with fewer weights than one layer.

Simonyan and Zisserman, *Very Deep Convolutional Networks for Large-Scale Image Recognition*, arXiv 1409.1556, table 1.

                 configuration   parameters            MACs            with BatchNorm   parameters
    vgg11        A              132,863,336   7,609,090,048            vgg11_bn        132,868,840
    vgg11_lrn    A-LRN          132,863,336   7,609,090,048
    vgg13        B              133,047,848  11,308,466,176            vgg13_bn        133,053,736
    vgg16_c      C              133,638,952  11,770,888,192
    vgg16        D              138,357,544  15,470,264,320            vgg16_bn        138,365,992
    vgg19        E              143,667,240  19,632,062,464            vgg19_bn        143,678,248
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import ConvNormAct
from course_lib.models.alexnet import fully_connected, he_weights, response_norm
from course_lib.models.network import Network, last_size

# Kernel sizes of the convolutions, in pixels; the 1×1 of configuration C mix channels and see no neighbours.
# fmt: off
#            block1  block2  block3        block4        block5
CHANNELS = ( 64,     128,    256,          512,          512)
A        = ((3,),   (3,),   (3, 3),       (3, 3),       (3, 3))
B        = ((3, 3), (3, 3), (3, 3),       (3, 3),       (3, 3))
C        = ((3, 3), (3, 3), (3, 3, 1),    (3, 3, 1),    (3, 3, 1))
D        = ((3, 3), (3, 3), (3, 3, 3),    (3, 3, 3),    (3, 3, 3))
E        = ((3, 3), (3, 3), (3, 3, 3, 3), (3, 3, 3, 3), (3, 3, 3, 3))
# fmt: on


def block(in_channels, out_channels, kernel_sizes, norm=None, pool=True):
    """Convolutions that keep the size, then max pooling: N×C×H×W to N×O×⌊H/2⌋×⌊W/2⌋."""
    layers = OrderedDict()
    for number, kernel_size in enumerate(kernel_sizes, 1):
        layers[f"conv{number}"] = ConvNormAct(in_channels, out_channels, kernel_size, norm=norm, bias=True)
        in_channels = out_channels
    if pool:
        layers["pool"] = nn.MaxPool2d(2)
    return nn.Sequential(layers)


def vgg(
    configuration, norm=None, lrn=False, num_classes=1000, in_channels=3, image_size=None, small_images=False
):
    """VGG for square images of `image_size` pixels; the stem is the first convolution, to which block1 adds its others.

    NOTE: BatchNorm (`norm`) came after the paper; the biases before it are kept, as in torchvision, whose weights then
    fit. `small_images` is ours, for 32×32: block5 is not pooled, which leaves 2×2 pixels rather than one.
    """
    image_size = image_size or (32 if small_images else 224)
    first, others = configuration[0][:1], configuration[0][1:]
    stem = block(in_channels, 64, first, norm, pool=False)  # 64×224×224
    if lrn:
        stem.add_module("norm", response_norm())
    stages, channels = OrderedDict(), 64
    for number, (out_channels, sizes) in enumerate(zip(CHANNELS, (others, *configuration[1:])), 1):
        pool = number < 5 or not small_images
        stages[f"block{number}"] = block(channels, out_channels, sizes, norm, pool)  # 64×112×112 to 512×7×7
        channels = out_channels
    stages = nn.Sequential(stages)
    head = fully_connected(channels * last_size(stem, stages, image_size) ** 2, num_classes)
    # NOTE: the paper starts from trained weights of configuration A, or from Glorot's; He's are made for rectifiers.
    return he_weights(Network(stem, stages, head))


# fmt: off
vgg11     = partial(vgg, A)
vgg11_lrn = partial(vgg, A, lrn=True)
vgg13     = partial(vgg, B)
vgg16_c   = partial(vgg, C)
vgg16     = partial(vgg, D)
vgg19     = partial(vgg, E)

vgg11_bn = partial(vgg, A, nn.BatchNorm2d)
vgg13_bn = partial(vgg, B, nn.BatchNorm2d)
vgg16_bn = partial(vgg, D, nn.BatchNorm2d)
vgg19_bn = partial(vgg, E, nn.BatchNorm2d)
# fmt: on
