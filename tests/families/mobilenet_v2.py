"""What the networks of `course_lib/models/mobilenet_v2.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm, torchvision
from torch import nn

PARTS = ("stem", *(f"bottleneck{i}" for i in range(1, 8)))
SIDES = (112, 112, 56, 28, 14, 14, 7, 7)  # table 2
CHANNELS = {
    "mobilenet_v2": (32, 16, 24, 32, 64, 96, 160, 320),
    # times 1.4: 44.8 22.4 33.6 44.8 89.6 134.4 224 448, each to the nearest multiple of 8
    "mobilenet_v2_x1_4": (48, 24, 32, 48, 88, 136, 224, 448),
}

STAGES = {
    name: {part: (c, side, side) for part, c, side in zip(PARTS, channels, SIDES)}
    for name, channels in CHANNELS.items()
}


def with_bias():
    """pytorchcv's network with a bias in its last layer, a 1×1 convolution that has none there."""
    model = pytorchcv("mobilenetv2b_w1")
    model.output = nn.Conv2d(1280, 1000, 1)
    return model


DROPOUT = dict.fromkeys(STAGES, {"head.dropout": 0.2})  # the authors' code

REFERENCES = {
    "mobilenet_v2": [
        Reference("torchvision mobilenet_v2", partial(torchvision, "mobilenet_v2")),
        Reference("timm mobilenetv2_100", partial(timm, "mobilenetv2_100")),
        Reference("pytorchcv mobilenetv2b_w1 with a bias", with_bias),
    ],
    "mobilenet_v2_x1_4": [
        Reference(
            "torchvision mobilenet_v2, width 1.4", partial(torchvision, "mobilenet_v2", width_mult=1.4), 64
        ),
        Reference("timm mobilenetv2_140", partial(timm, "mobilenetv2_140"), 64),
    ],
}


def activation_after_the_projection(model):
    model.stages.bottleneck4[0].project.append(nn.ReLU6())


def sum_missing(model):
    stage = model.stages.bottleneck3
    stage[1] = stage[1].body


def relu(model):
    model.stages.bottleneck5[1].body.depthwise.act = nn.ReLU()


def stride_on_the_expansion(model):
    block = model.stages.bottleneck6[0]
    block.expand.conv.stride, block.depthwise.conv.stride = (2, 2), (1, 1)


FAULTS = {
    "an activation after a linear bottleneck": ("mobilenet_v2", activation_after_the_projection),
    "a sum of MobileNetV2 is missing": ("mobilenet_v2", sum_missing),
    "ReLU instead of one ReLU6": ("mobilenet_v2", relu),
    "stride on the 1×1 instead of the depthwise convolution": ("mobilenet_v2", stride_on_the_expansion),
}
