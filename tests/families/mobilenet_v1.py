"""What the MobileNets of `course_lib/models/mobilenet_v1.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm
from torch import nn

# table 1: channels after the stem and after each resolution
CHANNELS = {
    "mobilenet_v1": (32, 64, 128, 256, 512, 1024),
    "mobilenet_v1_x0_75": (24, 48, 96, 192, 384, 768),
    "mobilenet_v1_x0_5": (16, 32, 64, 128, 256, 512),
    "mobilenet_v1_x0_25": (8, 16, 32, 64, 128, 256),
}
PARTS = ("stem", "stage1", "stage2", "stage3", "stage4", "stage5")
SIDES = (112, 112, 56, 28, 14, 7)

STAGES = {
    name: {part: (c, side, side) for part, c, side in zip(PARTS, channels, SIDES)}
    for name, channels in CHANNELS.items()
}


def timm_with_relu(name):
    """A network of timm, which has ReLU6 throughout, with ReLU instead."""
    return timm(name, act_layer=nn.ReLU)


THEIRS = {
    "mobilenet_v1": "mobilenet_w1",
    "mobilenet_v1_x0_75": "mobilenet_w3d4",
    "mobilenet_v1_x0_5": "mobilenet_wd2",
    "mobilenet_v1_x0_25": "mobilenet_wd4",
}
REFERENCES = {
    name: [Reference(f"pytorchcv {theirs}", partial(pytorchcv, theirs))] for name, theirs in THEIRS.items()
}
REFERENCES["mobilenet_v1"] += [
    Reference("timm mobilenetv1_100 with ReLU", partial(timm_with_relu, "mobilenetv1_100")),
    Reference("timm mobilenetv1_100", partial(timm, "mobilenetv1_100"), options={"act": nn.ReLU6}),
]


def last_stride(model):
    model.stages.stage5[1].depthwise.conv.stride = (2, 2)


def without_activation_between(model):
    for block in model.stages.stage4:
        block.depthwise.act = nn.Identity()


def relu6(model):
    model.stages.stage1[0].pointwise.act = nn.ReLU6()


def norm_missing(model):
    model.stages.stage3[1].depthwise.norm = nn.Identity()


FAULTS = {
    "a stride of 2 in the last block, as table 1 prints": ("mobilenet_v1", last_stride),
    "no activation between depthwise and pointwise": ("mobilenet_v1_x0_5", without_activation_between),
    "one ReLU6 in place of a ReLU": ("mobilenet_v1_x0_25", relu6),
    "no normalisation after one depthwise convolution": ("mobilenet_v1_x0_75", norm_missing),
}
