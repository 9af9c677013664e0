"""What the networks of `course_lib/models/alexnet.py` are held to."""

from functools import partial

import torch
from claims import Reference, pytorchcv, torchvision
from torch import nn

PAPER = {  # figure 2, both GPUs together, after the pooling of section 3.5: 55, 27 and 13 pixels halve
    "stem": (96, 27, 27), "conv2": (256, 13, 13), "conv3": (384, 13, 13), "conv4": (384, 13, 13), "conv5": (256, 6, 6),
}  # fmt: skip
OWT = {
    "stem": (64, 27, 27), "conv2": (192, 13, 13), "conv3": (384, 13, 13), "conv4": (256, 13, 13), "conv5": (256, 6, 6),
}  # fmt: skip
STAGES = {"alexnet": PAPER, "alexnet_one_tower": PAPER, "alexnet_owt": OWT}


def small(side):
    """Images with which the fully connected layers read 2×2 pixels instead of 6×6: less to wait for."""
    return {"side": side, "options": {"image_size": side, "num_classes": 10}}


class PaperLRN(nn.Module):
    """Section 3.3 written down: each value divided by (2 + 1e-4 · Σ of 5 neighbours' squares) to the power ¾."""

    def forward(self, x):
        squares = nn.functional.pad(x.square(), (0, 0, 0, 0, 2, 2))
        return x / (2 + 1e-4 * sum(squares[:, i : i + x.shape[1]] for i in range(5))) ** 0.75


def last_map(model, fully_connected, pixels):
    """`model` with a first fully connected layer, of that name, for a last map of (before, after) pixels in height."""
    before, after = pixels
    layer = model.get_submodule(fully_connected)
    model.set_submodule(
        fully_connected, nn.Linear(layer.in_features // before**2 * after**2, layer.out_features)
    )
    if hasattr(model, "avgpool"):
        model.avgpool = nn.Identity()  # torchvision's, which makes any map as large as in the paper
    return model


def with_paper_lrn(name, groups=1, after_pool=False, pixels=(6, 6), **options):
    """An AlexNet of pytorchcv, whose own normalisation has another constant; conv2, 4 and 5 in `groups`."""
    model = last_map(pytorchcv(name, **options), "output.fc1.fc", pixels)
    stage1, stage2, stage3 = model.features
    for unit in (stage2.unit1, stage3.unit2, stage3.unit3):
        conv = unit.conv
        size = (conv.in_channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding)
        unit.conv = nn.Conv2d(*size, groups=groups)
    for stage, pool in (stage1, "pool1"), (stage2, "pool2"):
        stage.unit1.use_lrn = False
        place = pool if after_pool else "unit1"
        setattr(stage, place, nn.Sequential(stage.get_submodule(place), PaperLRN()))
    return model


def with_small_map(build, name, fully_connected):
    return last_map(build(name, num_classes=10), fully_connected, (6, 2))


FULLY_CONNECTED = {"head.dropout6": 0.5, "head.dropout7": 0.5}
DROPOUT = dict.fromkeys(STAGES, FULLY_CONNECTED)  # section 4.2

REFERENCES = {
    "alexnet": [
        Reference("pytorchcv alexnet in two groups", partial(with_paper_lrn, "alexnet", groups=2), 227)
    ],
    "alexnet_one_tower": [
        Reference(
            "pytorchcv alexnet",
            partial(with_paper_lrn, "alexnet", pixels=(6, 2), num_classes=10),
            **small(99),
        )
    ],
    "alexnet_owt": [
        Reference(
            "torchvision alexnet",
            partial(with_small_map, torchvision, "alexnet", "classifier.1"),
            **small(95),
        ),
        Reference(
            "pytorchcv alexnetb", partial(with_small_map, pytorchcv, "alexnetb", "output.fc1.fc"), **small(95)
        ),
    ],
}


def alpha_of_the_paper(model):
    model.stem.norm.alpha = 1e-4


def norm_after_pool(model):
    conv, norm, pool = model.stages.conv2
    model.stages.conv2 = nn.Sequential(conv, pool, norm)


def another_layer_in_groups(model):
    grouped = nn.Conv2d(256, 384, 3, padding=1, groups=2, dtype=torch.double)
    whole = nn.Conv2d(384, 384, 3, padding=1, dtype=torch.double)
    model.stages.conv3.conv.conv, model.stages.conv4.conv.conv = grouped, whole


FAULTS = {
    "alpha 1e-4 as in the paper, though torch divides it by 5": ("alexnet", alpha_of_the_paper),
    "normalisation after the pooling, as in CaffeNet": ("alexnet", norm_after_pool),
    "the GPUs meet before conv4 instead of conv3": ("alexnet", another_layer_in_groups),
}
