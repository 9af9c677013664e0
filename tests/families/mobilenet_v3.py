"""What the networks of `course_lib/models/mobilenet_v3.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm, torchvision
from torch import nn

STAGES = {
    "mobilenet_v3_large": {  # table 1
        "stem": (16, 112, 112),
        "stage1": (16, 112, 112),
        "stage2": (24, 56, 56),
        "stage3": (40, 28, 28),
        "stage4": (112, 14, 14),
        "stage5": (160, 7, 7),
    },
    "mobilenet_v3_small": {  # table 2
        "stem": (16, 112, 112),
        "stage1": (16, 56, 56),
        "stage2": (24, 28, 28),
        "stage3": (48, 14, 14),
        "stage4": (96, 7, 7),
    },
}


def with_norms(model):
    """`model` with the authors' eps and momentum in its normalisations, where timm and pytorchcv have torch's."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps, module.momentum = 1e-3, 0.01
    return model


def with_our_head(name, channels, last_channels):
    """pytorchcv's network, whose last layers have no bias, and 1280 channels in the small network as well.

    Its gates are torch's own: the gradient of torch's hard sigmoid holds 1/6 in float32 even where all else is float64,
    so that one written with ReLU6 differs by 3e-8.
    """
    model = with_norms(pytorchcv(name))
    model.output.conv1 = nn.Conv2d(channels, last_channels, 1)
    model.output.conv2 = nn.Conv2d(last_channels, 1000, 1)
    for module in model.modules():
        if hasattr(module, "sigmoid"):
            module.sigmoid = nn.Hardsigmoid()
    return model


DROPOUT = dict.fromkeys(STAGES, {"head.dropout": 0.2})  # section 6.1.1: keep 0.8

REFERENCES = {
    f"mobilenet_v3_{size}": [
        Reference(f"torchvision mobilenet_v3_{size}", partial(torchvision, f"mobilenet_v3_{size}")),
        Reference(
            f"timm mobilenetv3_{size}_100, authors' norms",
            lambda size=size: with_norms(timm(f"mobilenetv3_{size}_100")),
        ),
        Reference(
            f"pytorchcv mobilenetv3_{size}_w1, authors' norms, our head",
            partial(with_our_head, f"mobilenetv3_{size}_w1", channels, last_channels),
        ),
    ]
    for size, channels, last_channels in (("large", 960, 1280), ("small", 576, 1024))
}


def eps(model):
    model.stages.stage4[1].body.expand.norm.eps = 1e-5


def smooth_gate(model):
    model.stages.stage3[1].body.attention.gate = nn.Sigmoid()


def smooth_swish(model):
    model.stem.conv.act = nn.SiLU()


def attention_before_the_activation(model):
    block = model.stages.stage1[0]
    block.attention, block.depthwise.act = (
        nn.Sequential(block.attention, block.depthwise.act),
        nn.Identity(),
    )


FAULTS = {
    "eps 1e-5 in one BatchNorm of MobileNetV3": ("mobilenet_v3_large", eps),
    "a sigmoid where its straight lines should be": ("mobilenet_v3_large", smooth_gate),
    "swish instead of hard swish in the stem": ("mobilenet_v3_small", smooth_swish),
    "attention before the activation that it should follow": (
        "mobilenet_v3_small",
        attention_before_the_activation,
    ),
}
