"""MobileNet: a 3×3 convolution of each channel by itself, then a 1×1 that mixes them, costs an eighth of a full 3×3.

Howard et al., *MobileNets: Efficient Convolutional Neural Networks for Mobile Vision Applications*, arXiv 1704.04861,
tables 1 and 6. Its width multiplier α is `width`; its resolution multiplier ρ is the size of the image and nothing
else: the network takes any size.

                          α   parameters         MACs at 224×224
    mobilenet_v1        1.00   4,231,976             568,740,352
    mobilenet_v1_x0_75  0.75   2,585,560             325,400,448
    mobilenet_v1_x0_5   0.50   1,331,592             149,497,088
    mobilenet_v1_x0_25  0.25     470,072              41,030,272
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.blocks import ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier

# fmt: off
STAGES = [  # table 1, the blocks of one resolution in a row; the stride is that of the first block
    # channels  depth  stride
    (       64,     1,      1),  # 112×112
    (      128,     2,      2),  #  56×56
    (      256,     2,      2),  #  28×28
    (      512,     6,      2),  #  14×14
    (     1024,     2,      2),  #   7×7
]
# fmt: on


def depthwise_separable(in_channels, out_channels, stride=1, act=nn.ReLU):
    """3×3 within each channel, 1×1 across channels: N×C×H×W to N×O×⌈H/S⌉×⌈W/S⌉ (figure 3 right)."""
    layers = OrderedDict(
        depthwise=ConvNormAct(in_channels, in_channels, 3, stride, groups=in_channels, act=act),
        pointwise=ConvNormAct(in_channels, out_channels, 1, act=act),
    )
    return nn.Sequential(layers)


def mobilenet_v1(width=1.0, num_classes=1000, in_channels=3, act=nn.ReLU, small_images=False):
    """A MobileNet with `width` times the channels of table 1.

    NOTE: `act` is the paper's ReLU; the authors' TensorFlow code has `nn.ReLU6`. Table 1 prints a stride of 2 for the
    last block too, which would give 4×4 and not the 7×7 that it also prints: here as in that code, the stride is 1.
    The paper does not say what the first weights are. `small_images` is ours, for 32×32: a stem that keeps the
    resolution.
    """
    channels = int(32 * width)
    stem = OrderedDict(conv=ConvNormAct(in_channels, channels, 3, 1 if small_images else 2, act=act))
    stages = OrderedDict()
    for number, (out_channels, depth, stride) in enumerate(STAGES, 1):
        stages[f"stage{number}"] = stage = nn.Sequential()
        for i in range(depth):
            stage.append(
                depthwise_separable(channels, int(out_channels * width), stride if i == 0 else 1, act)
            )
            channels = int(out_channels * width)
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), classifier(channels, num_classes)))


mobilenet_v1_x0_75 = partial(mobilenet_v1, 0.75)
mobilenet_v1_x0_5 = partial(mobilenet_v1, 0.5)
mobilenet_v1_x0_25 = partial(mobilenet_v1, 0.25)
