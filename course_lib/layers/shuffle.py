"""Channel shuffle: lets the groups of one grouped convolution see those of the one before.

Zhang, Zhou, Lin and Sun, *ShuffleNet*, arXiv 1707.01083, section 3.1.
"""

from torch import nn


def channel_shuffle(x, groups):
    """Deal the channels of N×C×H×W out in turn, as cards: channel j of group i goes to place i of pile j.

    With C = groups·size, output channel j·groups + i is input channel i·size + j: `channel_shuffle(x, size)` undoes it.
    Raises `ValueError` if the groups do not divide the channels.
    """
    n, c, h, w = x.shape
    if groups < 1 or c % groups:
        raise ValueError(f"{c} channels cannot be divided into {groups} groups")
    return x.view(n, groups, c // groups, h, w).transpose(1, 2).reshape(n, c, h, w)


class ChannelShuffle(nn.Module):
    """`channel_shuffle` as a layer."""

    def __init__(self, groups):
        super().__init__()
        self.groups = groups

    def forward(self, x):
        return channel_shuffle(x, self.groups)

    def extra_repr(self):
        return f"groups={self.groups}"
