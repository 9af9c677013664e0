"""What the networks of `course_lib/models/shufflenet_v1.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv
from torch import nn

CHANNELS = {  # table 1: after the stem and after stages 2, 3, 4
    "shufflenet_v1_g1": (24, 144, 288, 576),
    "shufflenet_v1_g2": (24, 200, 400, 800),
    "shufflenet_v1_g3": (24, 240, 480, 960),
    "shufflenet_v1_g4": (24, 272, 544, 1088),
    "shufflenet_v1_g8": (24, 384, 768, 1536),
    "shufflenet_v1_x0_5_g1": (12, 72, 144, 288),
    "shufflenet_v1_x0_5_g3": (12, 120, 240, 480),
    "shufflenet_v1_x0_5_g8": (16, 192, 384, 768),  # the stem as in the authors' code
    "shufflenet_v1_x0_25_g1": (6, 36, 72, 144),
    "shufflenet_v1_x0_25_g3": (6, 60, 120, 240),
    "shufflenet_v1_x0_25_g8": (8, 96, 192, 384),  # the stem is ours
}
PARTS, SIDES = ("stem", "stage2", "stage3", "stage4"), (56, 28, 14, 7)

STAGES = {
    name: {part: (c, side, side) for part, c, side in zip(PARTS, channels, SIDES)}
    for name, channels in CHANNELS.items()
}


def shortcut_first(name):
    """A network of pytorchcv, which sets the shortcut behind the path, with the shortcut before it."""
    return with_shortcut_first(pytorchcv(name))


def eight_groups(widths):
    """pytorchcv's ShuffleNet of any widths, stem first, of which it names those only that are scaled evenly."""
    from pytorchcv.models.shufflenet import ShuffleNet

    depths = (4, 8, 4)
    stages = [[width] * depth for width, depth in zip(widths[1:], depths)]
    model = ShuffleNet(stages, init_block_channels=widths[0], groups=8)
    model.features.final_pool = nn.AdaptiveAvgPool2d(1)
    return with_shortcut_first(model)


def with_shortcut_first(model):
    for unit in model.modules():
        if getattr(unit, "downsample", False):
            unit.register_forward_hook(lambda unit, inputs, output: output.roll(inputs[0].shape[1], 1))
    return model


THEIRS = {
    **{f"shufflenet_v1_g{groups}": f"shufflenet_g{groups}_w1" for groups in (1, 2, 3, 4, 8)},
    **{f"shufflenet_v1_x0_5_g{groups}": f"shufflenet_g{groups}_wd2" for groups in (1, 3)},
    **{f"shufflenet_v1_x0_25_g{groups}": f"shufflenet_g{groups}_wd4" for groups in (1, 3)},
}
REFERENCES = {
    name: [Reference(f"pytorchcv {theirs}, shortcut first", partial(shortcut_first, theirs))]
    for name, theirs in THEIRS.items()
}
REFERENCES |= {
    name: [Reference("pytorchcv ShuffleNet, 8 groups, shortcut first", partial(eight_groups, CHANNELS[name]))]
    for name in ("shufflenet_v1_x0_5_g8", "shufflenet_v1_x0_25_g8")
}


def without_shuffle(model):
    model.stages.stage3[2].body.shuffle = nn.Identity()


def shuffled_back(model):
    shuffle = model.stages.stage3[2].body.shuffle
    shuffle.groups = 480 // 4 // shuffle.groups


def path_first(model):
    branches = model.stages.stage4[0].branches
    branches["shortcut"] = branches.pop("shortcut")


def activation_after_the_depthwise(model):
    model.stages.stage2[1].body.conv2.append(nn.ReLU())


def max_pooling(model):
    model.stages.stage3[0].branches["shortcut"] = nn.MaxPool2d(3, 2, padding=1)


FAULTS = {
    "a shuffle is missing": ("shufflenet_v1_g8", without_shuffle),
    "the inverse of a shuffle in ShuffleNet": ("shufflenet_v1_g3", shuffled_back),
    "the shortcut stands behind the path": ("shufflenet_v1_g2", path_first),
    "an activation after a depthwise convolution of ShuffleNet": (
        "shufflenet_v1_g1",
        activation_after_the_depthwise,
    ),
    "max pooling in a shortcut": ("shufflenet_v1_x0_5_g3", max_pooling),
}
