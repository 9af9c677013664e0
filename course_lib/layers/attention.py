"""Squeeze-and-excitation: a network weighs its own channels.

Hu, Shen, Albanie, Sun and Wu, *Squeeze-and-Excitation Networks*, arXiv 1709.01507, section 3.
"""

from torch import nn


class SqueezeExcitation(nn.Module):
    """Scale each channel by a number in [0, 1] that is computed from the means of all channels: keeps N×C×H×W.

    `channels` are squeezed to `squeezed` by a first fully connected layer and excited by a second one. `act` follows
    the first, `gate` the second.
    """

    def __init__(self, channels, squeezed, act=nn.ReLU, gate=nn.Sigmoid):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        # The fully connected layers are 1×1 convolutions, so that nothing needs to be reshaped.
        self.squeeze = nn.Conv2d(channels, squeezed, 1)
        self.act = act()
        self.excite = nn.Conv2d(squeezed, channels, 1)
        self.gate = gate()

    def forward(self, x):
        scale = self.gate(self.excite(self.act(self.squeeze(self.pool(x)))))  # N×C×1×1
        return x * scale
