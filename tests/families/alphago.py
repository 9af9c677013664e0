"""What the policy networks of `course_lib/models/alphago.py` are held to."""

from functools import partial

import torch
import torch.nn.functional as F
from claims import Reference
from torch import nn

WIDTHS = {
    "alphago_policy": 192,
    "alphago_policy_k128": 128,
    "alphago_policy_k256": 256,
    "alphago_policy_k384": 384,
}

# The board keeps its 19×19 points in all of the hidden layers (methods, "Neural network architecture").
STAGES = {
    name: {"stem": (k, 19, 19)} | {f"layer{i}": (k, 19, 19) for i in range(2, 13)}
    for name, k in WIDTHS.items()
}


class StraightLine(nn.Module):
    """The paper's paragraph on the architecture, sentence by sentence; its modules do nothing but hold the weights."""

    def __init__(self, k, size):
        super().__init__()
        self.size = size
        self.first = nn.Conv2d(48, k, 5)
        self.hidden = nn.ModuleList(nn.Conv2d(k, k, 3) for _ in range(11))
        self.last = nn.Linear(k, 1, bias=False)
        self.positions = nn.Module()
        self.positions.bias = nn.Parameter(torch.zeros(size**2))

    def forward(self, x):
        x = F.pad(x, (2, 2, 2, 2))  # "zero pads the input into a 23×23 image"
        x = F.conv2d(x, self.first.weight) + self.first.bias[:, None, None]
        x = x.clamp(min=0)
        for layer in self.hidden:
            x = F.pad(x, (1, 1, 1, 1))  # "into a 21×21 image"
            x = F.conv2d(x, layer.weight) + layer.bias[:, None, None]
            x = x.clamp(min=0)
        board = torch.einsum("nkyx,k->nyx", x, self.last.weight[0])
        board = board + self.positions.bias.view(
            self.size, self.size
        )  # "with a different bias for each position"
        return torch.stack([board[:, y, x] for y in range(self.size) for x in range(self.size)], 1)


def reference(k, size):
    """Compare on a board of `size`×`size` points."""
    options = {} if size == 19 else {"image_size": size}
    return Reference(f"straight-line code, k = {k}", partial(StraightLine, k, size), size, options)


# The widest on a smaller board, for the time it takes
REFERENCES = {name: [reference(k, 19 if k < 256 else 9)] for name, k in WIDTHS.items()}


def biases_by_column(model):
    output = model.head.output
    output.forward = lambda x: x + output.bias.view(19, 19).T.flatten()


def repeated_edges(model):
    model.stem.layer1.conv.padding_mode = "replicate"


def linear_layer(model):
    model.stages.layer12.act = nn.Identity()


FAULTS = {
    "the biases of the positions lie by columns": ("alphago_policy", biases_by_column),
    "the edge of the board is repeated, not padded with zeros": ("alphago_policy_k128", repeated_edges),
    "the last hidden layer has no ReLU": ("alphago_policy_k128", linear_layer),
}
