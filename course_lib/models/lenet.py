"""LeNet-5: two rounds of convolution and subsampling, then fully connected layers, trained as one.

LeCun, Bottou, Bengio and Haffner, *Gradient-Based Learning Applied to Document Recognition*, Proceedings of the
IEEE 86(11), 1998, section II.B.

                  trainable parameters   C1    S2     C3   S4      C5      F6  output
    lenet5_1998                 60,000  156    12  1,516   32  48,120  10,164   fixed
    lenet5                      61,706  156     –  2,416    –  48,120  10,164     850
"""

from collections import OrderedDict
from itertools import groupby

import torch
import torch.nn.functional as F
from torch import nn

from course_lib.models.network import Network, last_size

# Table I of the paper: the maps of S2 that each of the 16 maps of C3 reads. The gaps break the symmetry between
# the maps and keep the number of connections down.
C3_READS = [
    (0, 1, 2), (1, 2, 3), (2, 3, 4), (3, 4, 5), (4, 5, 0), (5, 0, 1),
    (0, 1, 2, 3), (1, 2, 3, 4), (2, 3, 4, 5), (3, 4, 5, 0), (4, 5, 0, 1), (5, 0, 1, 2),
    (0, 1, 3, 4), (1, 2, 4, 5), (0, 2, 3, 5),
    (0, 1, 2, 3, 4, 5),
]  # fmt: skip

# The code of each digit is a picture of it, 7 wide and 12 high, so that look-alike characters get codes that are
# near. NOTE: drawn by us; the paper's own ASCII set (its figure 3) has the same size and another hand.
DIGIT_CODES = """
..###.. ...##.. .#####. .#####. ....##. ####### ..####. ####### .#####. .#####.
.##.##. ..###.. ##...## ##...## ...###. ##..... .##.... .....## ##...## ##...##
##...## .####.. .....## .....## ..####. ##..... ##..... .....## ##...## ##...##
##...## ...##.. .....## .....## .##.##. ##..... ##..... ....##. ##...## ##...##
##...## ...##.. ....##. ....##. ##..##. ######. ##.###. ....##. .##.##. ##...##
##...## ...##.. ....##. ..###.. ##..##. ##...## ###..## ...##.. ..###.. ##..###
##...## ...##.. ...##.. ....##. ####### .....## ##...## ...##.. .##.##. .###.##
##...## ...##.. ..##... .....## ....##. .....## ##...## ...##.. ##...## .....##
##...## ...##.. .##.... .....## ....##. .....## ##...## ..##... ##...## .....##
##...## ...##.. ##..... .....## ....##. ##...## ##...## ..##... ##...## .....##
.##.##. ...##.. ##..... ##...## ....##. ##...## .##.##. ..##... ##...## ....##.
..###.. .###### ####### .#####. ....##. .#####. ..###.. ..##... .#####. .####..
"""


def digit_codes():
    """The ten 7×12 pictures that F6 is compared with, as a 10×84 tensor of +1 (ink) and −1 (paper)."""
    rows = [line.split() for line in DIGIT_CODES.split("\n") if line]
    return torch.tensor([[1.0 if c == "#" else -1.0 for row in rows for c in row[d]] for d in range(10)])


class ScaledTanh(nn.Module):
    """The squashing function 1.7159 tanh(2x/3), which maps ±1 to ±1 (appendix A)."""

    def forward(self, x):
        return 1.7159 * torch.tanh(x * (2 / 3))


class Subsampling(nn.Module):
    """Sum of each 2×2 window, times a trained coefficient, plus a trained bias, one pair a map: halves H and W."""

    def __init__(self, channels):
        super().__init__()
        # NOTE: begins as the average; the paper draws these numbers at random too (appendix A).
        self.coefficient = nn.Parameter(torch.full((channels, 1, 1), 0.25))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x):
        return 4 * F.avg_pool2d(x, 2) * self.coefficient + self.bias


class PartialConv2d(nn.Module):
    """Convolution in which each output map reads only the input maps named in its row of `reads`."""

    def __init__(self, reads, kernel_size):
        super().__init__()
        # Maps that read equally many are one grouped convolution: one group for each of them.
        same_fan_in = [list(rows) for _, rows in groupby(reads, len)]
        self.reads = [[channel for row in rows for channel in row] for rows in same_fan_in]
        self.convs = nn.ModuleList(
            nn.Conv2d(len(channels), len(rows), kernel_size, groups=len(rows))
            for channels, rows in zip(self.reads, same_fan_in)
        )

    def forward(self, x):
        return torch.cat([conv(x[:, reads]) for conv, reads in zip(self.convs, self.reads)], 1)


class RBFOutput(nn.Module):
    """Minus the squared distance from an N×84 vector to each of the fixed codes: N×10 (section II.B, equation 7).

    NOTE: the paper's RBF units give the distance itself, a penalty. With its sign turned the largest score wins as
    elsewhere, and cross-entropy is the paper's criterion (9) without the constant class j.
    """

    def __init__(self, codes):
        super().__init__()
        self.register_buffer("codes", codes)

    def forward(self, x):
        return -(x[:, None] - self.codes).square().sum(2)


def lenet5_1998(num_classes=10, in_channels=1):
    """LeNet-5 as published, on N×1×32×32 images whose paper is −0.1 and whose ink is 1.175.

    Raises `ValueError` for another number of classes than ten: the output compares with pictures of the digits.
    """
    if num_classes != 10:
        raise ValueError(
            f"lenet5_1998 compares with pictures of the ten digits, so it has no {num_classes} classes"
        )
    network = Network(
        stem=nn.Sequential(OrderedDict(c1=nn.Conv2d(in_channels, 6, 5), squash=ScaledTanh())),  # 6×28×28
        stages=nn.Sequential(
            OrderedDict(
                s2=nn.Sequential(Subsampling(6), ScaledTanh()),  #                 6×14×14
                c3=nn.Sequential(PartialConv2d(C3_READS, 5), ScaledTanh()),  #    16×10×10
                s4=nn.Sequential(Subsampling(16), ScaledTanh()),  #               16×5×5
                c5=nn.Sequential(nn.Conv2d(16, 120, 5), ScaledTanh()),  #        120×1×1
            )
        ),
        head=nn.Sequential(
            OrderedDict(
                flatten=nn.Flatten(),
                f6=nn.Linear(120, 84),
                squash=ScaledTanh(),
                output=RBFOutput(digit_codes()),
            )
        ),
    )
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            bound = 2.4 / module.weight[0].numel()  # appendix A: 2.4 over the fan-in
            nn.init.uniform_(module.weight, -bound, bound)
            nn.init.uniform_(module.bias, -bound, bound)
    return network


def lenet5(num_classes=10, in_channels=1, image_size=28):
    """LeNet-5 as it is built today: full C3, max pooling, ReLU, linear output, square images of `image_size` pixels.

    Raises `ValueError` for images of which nothing is left before the head.
    """
    stem = OrderedDict(c1=nn.Conv2d(in_channels, 6, 5, padding=2), relu=nn.ReLU())  # 6×28×28
    stages = OrderedDict(
        s2=nn.MaxPool2d(2),  #                               6×14×14
        c3=nn.Sequential(nn.Conv2d(6, 16, 5), nn.ReLU()),  # 16×10×10
        s4=nn.MaxPool2d(2),  #                               16×5×5
    )
    stem, stages = nn.Sequential(stem), nn.Sequential(stages)
    head = OrderedDict(
        flatten=nn.Flatten(),
        c5=nn.Linear(16 * last_size(stem, stages, image_size) ** 2, 120),
        relu5=nn.ReLU(),
        f6=nn.Linear(120, 84),
        relu6=nn.ReLU(),
        output=nn.Linear(84, num_classes),
    )
    return Network(stem, stages, nn.Sequential(head))
