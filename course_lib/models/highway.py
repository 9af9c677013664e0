"""Highway networks: a gate decides for every value how much of it is transformed and how much passes unchanged.

Srivastava, Greff and Schmidhuber, *Training Very Deep Networks*, arXiv 1507.06228 (and *Highway Networks*, arXiv
1505.00387); layers as in their code, https://github.com/flukeskywalker/highway-networks.

                stage1     stage2     stage3              parameters         MACs
    highway10    2 × 32     3 × 32     3 × 32                151,690   31,650,624   MNIST
    highway19    4 × 32     5 × 80     5 × 128, 1×1-100    2,256,838  330,826,728   CIFAR-10
"""

from collections import OrderedDict
from functools import partial

import torch
from torch import nn

from course_lib.layers.blocks import ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network, classifier, last_size

conv_relu = partial(ConvNormAct, norm=None)


class Highway(nn.Module):
    """y = H(x)·T(x) + x·(1 − T(x)), H with ReLU and the gate T with a sigmoid: keeps N×C×H×W (equation 3)."""

    def __init__(self, channels):
        super().__init__()
        self.transform = conv_relu(channels, channels, 3)
        self.gate = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        # lerp(x, h, t) = x + t·(h − x): the equation in one pass over memory
        return torch.lerp(x, self.transform(x), torch.sigmoid(self.gate(x)))


def stage(in_channels, out_channels, depth, **layers_after):
    """`depth` highway layers, after a plain convolution where the channels change, as a highway layer keeps them."""
    layers = OrderedDict()
    if in_channels != out_channels:
        layers["conv"] = conv_relu(in_channels, out_channels, 3)
    layers |= {f"highway{i}": Highway(out_channels) for i in range(1, depth + 1)}
    return nn.Sequential(layers | layers_after)


def first_weights(network, gate_bias):
    """He's weights, and gates that are mostly closed, so that at first the signal passes all layers (section 2.2)."""
    he_normal(network)
    for module in network.modules():
        if isinstance(module, Highway):
            nn.init.constant_(module.gate.bias, gate_bias)
    return network


def highway10(num_classes=10, in_channels=1, image_size=28):
    """Ten layers for square images of `image_size` pixels, such as MNIST's; `ValueError` if nothing is left of them."""
    stem = nn.Sequential(OrderedDict(dropout=nn.Dropout(0.2), conv=conv_relu(in_channels, 32, 5, padding=0)))
    pool = partial(nn.MaxPool2d, ceil_mode=True)
    stages = nn.Sequential(
        OrderedDict(
            stage1=stage(32, 32, 2, pool=pool(3, 2), dropout=nn.Dropout(0.3)),  # 32×12×12
            stage2=stage(32, 32, 3, pool=pool(3, 2), dropout=nn.Dropout(0.4)),  # 32×6×6
            stage3=stage(32, 32, 3, pool=pool(2, 2), dropout=nn.Dropout(0.5)),  # 32×3×3
        )
    )
    output = nn.Linear(32 * last_size(stem, stages, image_size) ** 2, num_classes)
    head = nn.Sequential(OrderedDict(flatten=nn.Flatten(), output=output))
    return first_weights(Network(stem, stages, head), gate_bias=-1)


def highway19(num_classes=10, in_channels=3):
    """Nineteen layers for 32×32 images (section 3.3)."""
    stem = nn.Sequential(OrderedDict(dropout=nn.Dropout(0.2), conv=conv_relu(in_channels, 32, 3)))  # 32×32×32
    stages = OrderedDict(
        stage1=stage(32, 32, 4, pool=nn.MaxPool2d(2), dropout=nn.Dropout(0.2)),  # 32×16×16
        stage2=stage(32, 80, 5, pool=nn.MaxPool2d(2), dropout=nn.Dropout(0.2)),  # 80×8×8
        stage3=stage(80, 128, 5, conv1x1=conv_relu(128, 100, 1)),  #               100×8×8
    )
    network = Network(stem, nn.Sequential(stages), classifier(100, num_classes, dropout=0.2))
    return first_weights(network, gate_bias=-2)
