"""What the networks of `course_lib/models/shufflenet_v2.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, torchvision
from torch import nn

CHANNELS = {  # table 5: after stages 2, 3, 4 and conv5
    "shufflenet_v2_x0_5": (48, 96, 192, 1024),
    "shufflenet_v2_x1_0": (116, 232, 464, 1024),
    "shufflenet_v2_x1_5": (176, 352, 704, 1024),
    "shufflenet_v2_x2_0": (244, 488, 976, 2048),
}
PARTS, SIDES = ("stem", "stage2", "stage3", "stage4", "conv5"), (56, 28, 14, 7, 7)

STAGES = {
    name: {part: (c, side, side) for part, c, side in zip(PARTS, (24, *channels), SIDES)}
    for name, channels in CHANNELS.items()
}


def with_padded_pool(name):
    """A network of pytorchcv, whose first pooling has no padding and rounds up, with a padding of a pixel instead."""
    model = pytorchcv(name)
    model.features.init_block.pool = nn.MaxPool2d(3, 2, padding=1)
    return model


def shortcut_first(model):
    """A network of pytorchcv, which defines the shortcut of a unit last, with all else in the unit defined again."""
    for unit in model.modules():
        if getattr(unit, "downsample", False):
            for name, layer in list(unit.named_children()):
                if not name.startswith("shortcut") and not name.endswith(("4", "5")):
                    delattr(unit, name)
                    setattr(unit, name, layer)
    return model


REFERENCES = {name: [Reference(f"torchvision {name}", partial(torchvision, name), 64)] for name in CHANNELS}
REFERENCES["shufflenet_v2_x0_5"] += [
    Reference(
        "pytorchcv shufflenetv2_wd2, padded pool",
        partial(with_padded_pool, "shufflenetv2_wd2"),
        arrange=shortcut_first,
    ),
    # the units of this one are those of the authors' code, whose first keeps the 24 channels of the stem: half of 48
    Reference("pytorchcv shufflenetv2b_wd2", partial(pytorchcv, "shufflenetv2b_wd2"), arrange=shortcut_first),
]
REFERENCES["shufflenet_v2_x1_0"] += [
    Reference(
        "pytorchcv shufflenetv2_w1, padded pool",
        partial(with_padded_pool, "shufflenetv2_w1"),
        arrange=shortcut_first,
    )
]


def shuffled_back(model):
    model.stages.stage3[2].shuffle.groups = 232 // 2


def halves_swapped(model):
    halves = model.stages.stage2[1].halves
    halves["shortcut"] = halves.pop("shortcut")


def activation_after_the_depthwise(model):
    model.stages.stage4[0].branches["path"].conv2.append(nn.ReLU())


def linear_shortcut(model):
    model.stages.stage4[0].branches["shortcut"].conv2.act = nn.Identity()


def pool_rounds_up(model):
    model.stem.pool = nn.MaxPool2d(3, 2, ceil_mode=True)


FAULTS = {
    "the inverse of a shuffle in ShuffleNetV2": ("shufflenet_v2_x1_0", shuffled_back),
    "the other half is convolved": ("shufflenet_v2_x0_5", halves_swapped),
    "an activation after a depthwise convolution of ShuffleNetV2": (
        "shufflenet_v2_x2_0",
        activation_after_the_depthwise,
    ),
    "no activation in a shortcut": ("shufflenet_v2_x1_5", linear_shortcut),
    "the first pooling rounds up instead of being padded": ("shufflenet_v2_x0_5", pool_rounds_up),
}
