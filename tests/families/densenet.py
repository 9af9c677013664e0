"""What the densely connected networks of `course_lib/models/densenet.py` are held to."""

from functools import partial

import torch
from claims import Reference, pytorchcv, timm, torchvision
from torch import nn


def imagenet(stem, *blocks):
    """Table 1: each block's transition halves the resolution of 56×56 that the stem leaves."""
    return {"stem": (stem, 56, 56)} | {
        f"block{i}": (c, size, size) for i, (c, size) in enumerate(zip(blocks, (28, 14, 7, 7)), start=1)
    }


def cifar(stem, *blocks):
    """Section 3: blocks at 32×32, 16×16 and 8×8, each but the last with a transition."""
    return {"stem": (stem, 32, 32)} | {
        f"block{i}": (c, size, size) for i, (c, size) in enumerate(zip(blocks, (16, 8, 8)), start=1)
    }


# The channels after each block by hand: what comes in and k for each layer, halved by a transition that compresses.
STAGES = {
    "densenet121": imagenet(64, 128, 256, 512, 1024),  # (64 + 6·32) / 2, (128 + 12·32) / 2, …
    "densenet169": imagenet(64, 128, 256, 640, 1664),
    "densenet201": imagenet(64, 128, 256, 896, 1920),
    "densenet161": imagenet(96, 192, 384, 1056, 2208),
    "densenet40_k12": cifar(16, 160, 304, 448),  # 16 + 12·12, 160 + 12·12, …
    "densenet100_k12": cifar(16, 400, 784, 1168),
    "densenet100_k24": cifar(16, 784, 1552, 2320),
    "densenet_c40_k12": cifar(16, 80, 112, 256),
    "densenet_bc100_k12": cifar(24, 108, 150, 342),
    "densenet_bc250_k24": cifar(48, 516, 750, 1734),
    "densenet_bc190_k40": cifar(80, 660, 950, 2190),
}


def from_parts_of_pytorchcv(depth, growth_rate, compression):
    """Units and transitions of pytorchcv at the paper's widths.

    Its own CIFAR networks without bottlenecks are others: they begin with 2k maps, not 16, and all compress by half.
    """
    from pytorchcv.models import densenet_cifar as theirs

    channels = 16
    parts = [theirs.conv3x3(in_channels=3, out_channels=channels)]
    for block in range(3):
        if block > 0:
            parts.append(theirs.TransitionBlock(channels, int(channels * compression)))
            channels = int(channels * compression)
        for _ in range((depth - 4) // 3):
            parts.append(theirs.DenseSimpleUnit(channels, channels + growth_rate, dropout_rate=0.0))
            channels += growth_rate
    parts += [theirs.PreResActivation(channels), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*parts, nn.Linear(channels, 10))


REFERENCES = {
    name: [
        Reference(f"torchvision {name}", partial(torchvision, name), 64),
        Reference(f"timm {name}", partial(timm, name), 64),
        Reference(f"pytorchcv {name}", partial(pytorchcv, name), 64),
    ]
    for name in ["densenet121", "densenet169", "densenet201", "densenet161"]
}
REFERENCES |= {
    name: [
        Reference(
            f"pytorchcv's parts, {depth} layers, k = {growth_rate}, compression {compression}",
            partial(from_parts_of_pytorchcv, depth, growth_rate, compression),
            12,
        )
    ]
    for name, depth, growth_rate, compression in [
        ("densenet40_k12", 40, 12, 1),
        ("densenet100_k12", 100, 12, 1),
        ("densenet100_k24", 100, 24, 1),
        ("densenet_c40_k12", 40, 12, 0.5),
    ]
}
REFERENCES |= {
    f"densenet_bc{depth}_k{growth_rate}": [Reference(f"pytorchcv {theirs}", partial(pytorchcv, theirs), 12)]
    for depth, growth_rate in [(100, 12), (250, 24), (190, 40)]
    for theirs in [f"densenet{depth}_k{growth_rate}_bc_cifar10"]
}


def new_maps_first(model):
    for layer in model.stages.block2.layers:
        layer.forward = lambda x, layer=layer: torch.cat([layer["new"](x), x], 1)


def largest_value(model):
    model.stages.block1.transition.pool = nn.MaxPool2d(2)


def means_first(model):
    transition = model.stages.block1.transition
    transition.conv, transition.pool = transition.pool, transition.conv


def on_all_maps(model):
    """The ReLU of one layer reads the maps in place, before the norm has copied them."""
    layer = model.stages.block1.layers[3]["new"]
    layer.norm, layer.act = nn.Sequential(nn.ReLU(inplace=True), layer.norm), nn.Identity()


FAULTS = {
    "the new maps stand before the old ones": ("densenet121", new_maps_first),
    "a transition takes the largest value, not the mean": ("densenet121", largest_value),
    "a transition takes the means first: the same scores, for fewer MACs": ("densenet121", means_first),
    "a ReLU in place on maps that later layers read": ("densenet40_k12", on_all_maps),
}
