"""What the networks of `course_lib/models/efficientnet.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm, torchvision
from torch import nn

PARTS = ("stem", *(f"stage{i}" for i in range(2, 9)))
SIDES = {  # table 1 for 224 pixels; each stride of 2 halves and rounds up
    "efficientnet_b0": (112, 112, 56, 28, 14, 14, 7, 7),
    "efficientnet_b1": (120, 120, 60, 30, 15, 15, 8, 8),
    "efficientnet_b2": (130, 130, 65, 33, 17, 17, 9, 9),
}
CHANNELS = {
    "efficientnet_b0": (32, 16, 24, 40, 80, 112, 192, 320),  # table 1
    "efficientnet_b1": (32, 16, 24, 40, 80, 112, 192, 320),
    # times 1.1: 35.2 17.6 26.4 44 88 123.2 211.2 352, each to the nearest multiple of 8
    "efficientnet_b2": (32, 16, 24, 48, 88, 120, 208, 352),
}

STAGES = {
    name: {part: (c, side, side) for part, c, side in zip(PARTS, CHANNELS[name], sides)}
    for name, sides in SIDES.items()
}


def dropped(last, depths):
    """Dropout before the scores, and blocks that are dropped the more often the later they come (section 5.2)."""
    paths = [
        f"stages.stage{stage}.{i}.body.drop" for stage, depth in enumerate(depths, 2) for i in range(depth)
    ]
    drops = {
        path: round(0.2 * number / len(paths), 9)
        for number, path in enumerate(paths)
        if ".0.body" not in path
    }
    return {"head.dropout": last} | drops


DROPOUT = {
    "efficientnet_b0": dropped(0.2, (1, 2, 2, 3, 3, 4, 1)),  # table 1
    "efficientnet_b1": dropped(0.2, (2, 3, 3, 4, 4, 5, 2)),  # times 1.1, rounded up
    "efficientnet_b2": dropped(0.3, (2, 3, 3, 4, 4, 5, 2)),  # times 1.2
}

REFERENCES = {
    name: [
        Reference(f"{library.__name__} {name}", partial(library, name), 48)
        for library in (torchvision, timm, pytorchcv)
    ]
    for name in STAGES
}


def squeezed_by_relu(model):
    model.stages.stage4[1].body.attention.act = nn.ReLU()


def sum_missing(model):
    stage = model.stages.stage6
    stage[1] = stage[1].body


def swish_after_the_projection(model):
    model.stages.stage7[0].project.append(nn.SiLU())


def always_dropped(model):
    for module in model.modules():
        if type(module).__name__ == "StochasticDepth":
            module.p = 0.5


FAULTS = {
    "ReLU instead of swish in one attention": ("efficientnet_b0", squeezed_by_relu),
    "a sum of EfficientNet is missing": ("efficientnet_b0", sum_missing),
    "an activation after a projection of EfficientNet": ("efficientnet_b0", swish_after_the_projection),
    "blocks are dropped where none should be": ("efficientnet_b0", always_dropped),
}
