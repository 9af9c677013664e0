"""The skeleton that all networks share."""

from torch import nn


class Network(nn.Module):
    """A network as stem → stages → head: N×C×H×W images to N×classes scores.

    `stages` holds one entry per resolution or named stage, so measuring, drawing and reading out feature maps need
    nothing that is particular to a model.
    """

    def __init__(self, stem, stages, head):
        super().__init__()
        self.stem = stem
        self.stages = stages
        self.head = head

    def forward(self, x):
        return self.head(self.stages(self.stem(x)))
