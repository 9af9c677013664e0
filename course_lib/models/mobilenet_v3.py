"""MobileNetV3: MobileNetV2's blocks, chosen by a search, with attention to channels and cheap activations.

Howard et al., *Searching for MobileNetV3*, arXiv 1905.02244, tables 1 and 2.

                          parameters          MACs
    mobilenet_v3_large     5,483,032   216,589,760
    mobilenet_v3_small     2,542,856    56,510,400
"""

from collections import OrderedDict
from functools import partial

from torch import nn

from course_lib.layers.attention import SqueezeExcitation
from course_lib.layers.blocks import ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.mobilenet_v2 import inverted_residual, make_divisible
from course_lib.models.network import Network

RE, HS = nn.ReLU, nn.Hardswish  # the paper's letters
# the average decays by 0.99 (section 6.1.1), which torch calls a momentum of 0.01; eps is from the authors' code
BatchNorm = partial(nn.BatchNorm2d, eps=1e-3, momentum=0.01)

# fmt: off
LARGE = [  # table 1, rows "bneck", one block each; a stage begins where the resolution changes
    # kernel  hidden  channels  squeeze  act  stride
    (      3,     16,       16,   False,  RE,      1),  # 112×112
    (      3,     64,       24,   False,  RE,      2),  #  56×56
    (      3,     72,       24,   False,  RE,      1),
    (      5,     72,       40,    True,  RE,      2),  #  28×28
    (      5,    120,       40,    True,  RE,      1),
    (      5,    120,       40,    True,  RE,      1),
    (      3,    240,       80,   False,  HS,      2),  #  14×14
    (      3,    200,       80,   False,  HS,      1),
    (      3,    184,       80,   False,  HS,      1),
    (      3,    184,       80,   False,  HS,      1),
    (      3,    480,      112,    True,  HS,      1),
    (      3,    672,      112,    True,  HS,      1),
    (      5,    672,      160,    True,  HS,      2),  #   7×7
    (      5,    960,      160,    True,  HS,      1),
    (      5,    960,      160,    True,  HS,      1),
]
SMALL = [  # table 2
    # kernel  hidden  channels  squeeze  act  stride
    (      3,     16,       16,    True,  RE,      2),  #  56×56
    (      3,     72,       24,   False,  RE,      2),  #  28×28
    (      3,     88,       24,   False,  RE,      1),
    (      5,     96,       40,    True,  HS,      2),  #  14×14
    (      5,    240,       40,    True,  HS,      1),
    (      5,    240,       40,    True,  HS,      1),
    (      5,    120,       48,    True,  HS,      1),
    (      5,    144,       48,    True,  HS,      1),
    (      5,    288,       96,    True,  HS,      2),  #   7×7
    (      5,    576,       96,    True,  HS,      1),
    (      5,    576,       96,    True,  HS,      1),
]
# fmt: on


def squeeze_excitation(channels):
    """Attention squeezed to a quarter of the channels, with a gate of straight lines: keeps N×C×H×W (section 5.3)."""
    return SqueezeExcitation(channels, make_divisible(channels // 4), gate=nn.Hardsigmoid)


def mobilenet_v3(rows, last_channels, num_classes=1000, in_channels=3, small_images=False):
    """A MobileNetV3 of the blocks in `rows`, with `last_channels` between the pooling and the scores.

    NOTE: table 2 marks squeeze-and-excitation for the last convolution of the small network too; the authors' code
    has none there, and so neither have we. Squeeze-and-excitation follows the activation, as in the authors' code and
    torchvision. The paper does not say what the first weights are. `small_images` is ours, for 32×32: a stem that keeps
    the resolution.
    """
    stem = OrderedDict(conv=ConvNormAct(in_channels, 16, 3, 1 if small_images else 2, norm=BatchNorm, act=HS))
    stages, channels = [], 16
    for kernel_size, hidden, out_channels, squeeze, act, stride in rows:
        block = inverted_residual(
            channels, hidden, out_channels, kernel_size, stride,
            act=act, norm=BatchNorm, attention=squeeze_excitation if squeeze else None,
        )  # fmt: skip
        if stride == 2 or not stages:
            stages.append(nn.Sequential())
        stages[-1].append(block)
        channels = out_channels
    head = OrderedDict(
        conv=ConvNormAct(channels, hidden, 1, norm=BatchNorm, act=HS),  # as wide as the last block is inside
        pool=nn.AdaptiveAvgPool2d(1),
        flatten=nn.Flatten(),
        fc=nn.Linear(hidden, last_channels),  # after the pooling, where it costs a 49th (section 5.1)
        act=HS(inplace=True),
        dropout=nn.Dropout(0.2),
        output=nn.Linear(last_channels, num_classes),
    )
    stages = OrderedDict((f"stage{number}", stage) for number, stage in enumerate(stages, 1))
    return he_normal(Network(nn.Sequential(stem), nn.Sequential(stages), nn.Sequential(head)))


mobilenet_v3_large = partial(mobilenet_v3, LARGE, 1280)
mobilenet_v3_small = partial(mobilenet_v3, SMALL, 1024)
