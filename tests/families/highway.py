"""What the networks of `course_lib/models/highway.py` are held to."""

import torch
import torch.nn.functional as F
from claims import Reference
from torch import nn

STAGES = {
    # 28 − 5 + 1 = 24 pixels; poolings 3/2, 3/2 and 2/2 that round up, as Caffe does
    "highway10": {"stem": (32, 24, 24), "stage1": (32, 12, 12), "stage2": (32, 6, 6), "stage3": (32, 3, 3)},
    "highway19": {"stem": (32, 32, 32), "stage1": (32, 16, 16), "stage2": (80, 8, 8), "stage3": (100, 8, 8)},
}


class Written(nn.Module):
    """A network as a list of layers in the order of the authors' prototxt file, with equation 3 written out.

    A layer is ("conv", in, out, kernel size, padding), ("highway", channels), or a function.
    """

    def __init__(self, layers, output):
        super().__init__()
        self.layers, self.convs = layers, nn.ModuleList()
        for layer in layers:
            if layer[0] == "conv":
                self.convs.append(nn.Conv2d(*layer[1:4]))
            elif layer[0] == "highway":
                self.convs.extend(nn.Conv2d(layer[1], layer[1], 3) for _ in range(2))
        self.output = nn.Linear(*output)

    def forward(self, x):
        convs = iter(self.convs)
        for what, *numbers in self.layers:
            if what == "conv":
                conv = next(convs)
                x = F.relu(F.conv2d(x, conv.weight, conv.bias, padding=numbers[-1]))
            elif what == "highway":
                h, t = next(convs), next(convs)
                transform = torch.sigmoid(F.conv2d(x, t.weight, t.bias, padding=1))
                x = F.relu(F.conv2d(x, h.weight, h.bias, padding=1)) * transform + x * (1 - transform)
            else:
                x = what(x)
        return x.flatten(1) @ self.output.weight.T + self.output.bias


def pool(kernel_size):
    return (lambda x: F.max_pool2d(x, kernel_size, 2, ceil_mode=True),)


def mnist_10layers():
    layers = [("conv", 1, 32, 5, 0), *[("highway", 32)] * 2, pool(3), *[("highway", 32)] * 3, pool(3)]
    return Written([*layers, *[("highway", 32)] * 3, pool(2)], (288, 10))


def cifar10_19layers():
    layers = [("conv", 3, 32, 3, 1), *[("highway", 32)] * 4, pool(2)]
    layers += [("conv", 32, 80, 3, 1), *[("highway", 80)] * 5, pool(2)]
    layers += [("conv", 80, 128, 3, 1), *[("highway", 128)] * 5, ("conv", 128, 100, 1, 0)]
    return Written([*layers, (lambda x: F.avg_pool2d(x, 8),)], (100, 10))


DROPOUT = {  # the authors' prototxt files
    "highway10": {
        "stem.dropout": 0.2, "stages.stage1.dropout": 0.3, "stages.stage2.dropout": 0.4, "stages.stage3.dropout": 0.5,
    },
    "highway19": {
        "stem.dropout": 0.2, "stages.stage1.dropout": 0.2, "stages.stage2.dropout": 0.2, "head.dropout": 0.2,
    },
}  # fmt: skip

REFERENCES = {
    "highway10": [Reference("mnist-10layers written out", mnist_10layers, 28)],
    "highway19": [Reference("cifar10-19layers written out", cifar10_19layers, 32)],
}


def carry_and_transform_swapped(model):
    layer = model.stages.stage2.highway1
    layer.forward = lambda x: torch.lerp(layer.transform(x), x, torch.sigmoid(layer.gate(x)))


def linear_transform(model):
    model.stages.stage1.highway1.transform.act = nn.Identity()


def pool_rounds_down(model):
    model.stages.stage1.pool.ceil_mode = False


FAULTS = {
    "the gate says how much is carried": ("highway19", carry_and_transform_swapped),
    "no ReLU in a transform": ("highway10", linear_transform),
    "a pooling that rounds down": ("highway10", pool_rounds_down),
}
