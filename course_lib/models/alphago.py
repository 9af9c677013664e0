"""AlphaGo's policy network: plain convolutions at the full resolution of the board say where an expert would play next.

Silver, Huang et al., *Mastering the Game of Go with Deep Neural Networks and Tree Search*, Nature 529, 2016, methods,
"Neural network architecture". The paper plays with `k` = 192 and reports 128, 256 and 384 as well.

                            k   parameters           MACs
    alphago_policy        192    3,882,793  1,400,726,208
    alphago_policy_k128   128    1,777,641    641,043,584
    alphago_policy_k256   256    6,798,953  2,453,182,720
    alphago_policy_k384   384   15,064,297  5,436,417,408
"""

from collections import OrderedDict
from functools import partial

import torch
from torch import nn

from course_lib.layers.blocks import ConvNormAct
from course_lib.layers.initialization import he_normal
from course_lib.models.network import Network


class PositionBias(nn.Module):
    """Add to each score a learned number of its own: keeps N×positions.

    The convolution before it treats all points alike; these numbers know a corner from the centre.
    """

    def __init__(self, positions):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(positions))

    def forward(self, x):
        return x + self.bias


def policy(k, num_classes=None, in_channels=48, image_size=19):
    """The policy network with `k` maps in each hidden layer: N×48×19×19 to N×361, a score of each move, row by row.

    `in_channels` are the features of a position, 48 planes in the paper (extended data table 2). The softmax over the
    scores is left to the loss. Raises `ValueError` for another number of classes than the board has points.
    """
    positions = image_size**2
    if num_classes not in (None, positions):
        raise ValueError(
            f"the scores are those of the {positions} points of a {image_size}×{image_size} board, so there are no "
            f"{num_classes} classes"
        )
    stem = nn.Sequential(OrderedDict(layer1=ConvNormAct(in_channels, k, 5, norm=None)))  # k×19×19
    stages = nn.Sequential(
        OrderedDict((f"layer{i}", ConvNormAct(k, k, 3, norm=None)) for i in range(2, 13))  # k×19×19
    )
    head = nn.Sequential(
        OrderedDict(
            layer13=nn.Conv2d(k, 1, 1, bias=False),  # 1×19×19
            flatten=nn.Flatten(),
            output=PositionBias(positions),
        )
    )
    # NOTE: ours, as the paper does not say. The head keeps torch's: by its fan-out, 1, it would begin far too large.
    return Network(he_normal(stem), he_normal(stages), head)


alphago_policy = partial(policy, 192)
alphago_policy_k128 = partial(policy, 128)
alphago_policy_k256 = partial(policy, 256)
alphago_policy_k384 = partial(policy, 384)
