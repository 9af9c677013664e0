"""What LeNet-5 is held to: straight-line code from the paper, as no library has it. See also `tests/test_lenet.py`."""

import torch
import torch.nn.functional as F
from claims import Reference
from torch import nn

# Section II.B and figure 2; in the modern net C5 is a fully connected layer of the head.
STAGES = {
    "lenet5_1998": {
        "stem": (6, 28, 28), "s2": (6, 14, 14), "c3": (16, 10, 10), "s4": (16, 5, 5), "c5": (120, 1, 1),
    },
    "lenet5": {"stem": (6, 28, 28), "s2": (6, 14, 14), "c3": (16, 10, 10), "s4": (16, 5, 5)},
}  # fmt: skip

# Table I of the paper, a row of crosses for each map of S2: the maps of C3 that read it.
CROSSES = [
    (0, 4, 5, 6, 9, 10, 11, 12, 14, 15),
    (0, 1, 5, 6, 7, 10, 11, 12, 13, 15),
    (0, 1, 2, 6, 7, 8, 11, 13, 14, 15),
    (1, 2, 3, 6, 7, 8, 9, 12, 14, 15),
    (2, 3, 4, 7, 8, 9, 10, 12, 13, 15),
    (3, 4, 5, 8, 9, 10, 11, 13, 14, 15),
]


class Straight1998(nn.Module):
    """The net of 1998 with a dense C3 whose weights are 0 where table I has no cross."""

    def __init__(self):
        super().__init__()
        weights = [
            (6, 1, 5, 5),
            (6, 1, 1),
            (6, 3, 5, 5),
            (9, 4, 5, 5),
            (1, 6, 5, 5),
            (16, 1, 1),
            (120, 16, 5, 5),
            (84, 120),
        ]
        names = ["weight", "coefficient", "weight", "weight", "weight", "coefficient", "weight", "weight"]
        self.numbers = nn.ModuleList()
        for name, shape in zip(names, weights):
            self.numbers.append(Numbers(name, shape))
            self.numbers.append(Numbers("bias", (shape[0], 1, 1) if name == "coefficient" else shape[:1]))
        self.codes = Numbers("codes", (10, 84))

    def forward(self, x):
        c1, b1, a2, b2, *c3, a4, b4, c5, b5, f6, b6 = (number.value for number in self.numbers)

        def squash(y):
            return 1.7159 * torch.tanh(2 * y / 3)

        def subsample(y, a, b):
            return squash(
                (y[..., ::2, ::2] + y[..., 1::2, ::2] + y[..., ::2, 1::2] + y[..., 1::2, 1::2]) * a + b
            )

        rows = [row for weight in c3[::2] for row in weight]
        dense = torch.zeros(16, 6, 5, 5, dtype=x.dtype)
        for m, row in enumerate(rows):
            read = [s2 for s2, crosses in enumerate(CROSSES) if m in crosses]
            # Ours holds the weights of the first twelve maps going round: map 4 of C3 reads 4, 5, 0 in this order.
            order = sorted(read, key=lambda s2: (s2 - m) % 6) if m < 12 else read
            dense = dense.index_put((torch.tensor(m), torch.tensor(order)), row)
        y = subsample(squash(F.conv2d(x, c1, b1)), a2, b2)
        y = subsample(squash(F.conv2d(y, dense, torch.cat(c3[1::2]))), a4, b4)
        y = squash(F.linear(squash(F.conv2d(y, c5, b5)).flatten(1), f6, b6))
        return -((y[:, None] - self.codes.value) ** 2).sum(2)


class Numbers(nn.Module):
    """One tensor of weights under the name that it has in our network."""

    def __init__(self, name, shape):
        super().__init__()
        self.name = name
        self.register_parameter(name, nn.Parameter(torch.empty(shape)))

    @property
    def value(self):
        return getattr(self, self.name)


def modern():
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10),
    )  # fmt: skip


REFERENCES = {
    "lenet5_1998": [Reference("straight-line code from section II.B", Straight1998, 32)],
    "lenet5": [Reference("nn.Sequential of torch's layers", modern, 28)],
}


def another_map(model):
    model.stages.c3[0].reads[0][0] = 3


def without_squashing(model):
    model.stages.s2[1] = nn.Identity()


def old_activation(model):
    model.stages.c3[1] = nn.Tanh()


def average_pooling(model):
    model.stages.s4 = nn.AvgPool2d(2)


FAULTS = {
    "the first map of C3 reads S2's map 3 instead of 0": ("lenet5_1998", another_map),
    "no squashing after S2": ("lenet5_1998", without_squashing),
    "tanh instead of ReLU after C3": ("lenet5", old_activation),
    "average instead of max pooling in S4": ("lenet5", average_pooling),
}
