"""What the networks of `course_lib/models/inception_resnet.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm
from torch import nn


def maps(stem, b, c):
    """Maps of 35×35, 17×17 and 8×8 pixels with these channels (figure 15)."""
    return {
        "stem": (stem, 35, 35), "inception_a": (stem, 35, 35),
        "reduction_a": (b, 17, 17), "inception_b": (b, 17, 17),
        "reduction_b": (c, 8, 8), "inception_c": (c, 8, 8),
    }  # fmt: skip


STAGES = {
    "inception_resnet_v1": maps(256, 896, 1792),
    # The paper prints 1154 and 2048. Its own sums are 384 + 384 + 384 and 1152 + 384 + 288 + 320.
    "inception_resnet_v2_paper": maps(384, 1152, 2144),
    "inception_resnet_v2": maps(320, 1088, 2080),
}


def drawn_v1():
    """pytorchcv's Inception-ResNet-v1 without its sixth module C, which adds all, and without its layer of 512."""
    model = pytorchcv("inceptionresnetv1")
    del model.features.stage3[-1]
    model.output = nn.Linear(1792, 1000)
    return model


def drawn_v2():
    """Version 2 as the paper draws it, of pytorchcv's stem of Inception-v4 and its parts of Inception-ResNets."""
    from pytorchcv.models import inceptionresnetv1 as parts
    from pytorchcv.models.common.norm import lambda_batchnorm2d
    from pytorchcv.models.inceptionv4 import InceptInitBlock

    norm = lambda_batchnorm2d(eps=1e-3)
    return nn.Sequential(
        InceptInitBlock(3, norm),
        *(parts.InceptionAUnit(384, [32, 32, 32, 32, 48, 64], norm) for _ in range(5)),  # figure 16
        parts.ReductionAUnit(384, [384, 256, 256, 384], norm),  # table 1: n, k, l, m
        *(parts.InceptionBUnit(1152, [192, 128, 160, 192], norm) for _ in range(10)),  # figure 17
        parts.ReductionBUnit(1152, [256, 384, 256, 288, 256, 288, 320], norm),  # figure 18
        *(parts.InceptionCUnit(2144, [192, 192, 224, 256], norm) for _ in range(5)),  # figure 19
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2144, 1000),
    )  # fmt: skip


SIDE = 107  # → 11 → 5 → 2
DROPOUT = dict.fromkeys(STAGES, {"head.dropout": 0.2})  # figure 15: keep 0.8

REFERENCES = {
    "inception_resnet_v1": [Reference("pytorchcv inceptionresnetv1, as drawn", drawn_v1, SIDE)],
    "inception_resnet_v2_paper": [Reference("parts of pytorchcv, as drawn", drawn_v2, SIDE)],
    "inception_resnet_v2": [
        Reference("timm inception_resnet_v2", partial(timm, "inception_resnet_v2"), SIDE),
        Reference("pytorchcv inceptionresnetv2", partial(pytorchcv, "inceptionresnetv2"), SIDE),
    ],
}


def scale_of_another_module(model):
    model.stages.inception_b[4].scale = 0.17


def scale_of_the_input(model):
    """Scales the sum, so the input too."""
    block = model.stages.inception_a[0]
    block.forward = lambda x: block.act(block.scale * (x + block.body(x)))


def relu_after_the_last_sum(model):
    model.stages.inception_c[-1].act = nn.ReLU()


def no_relu_after_the_last_sum(model):
    model.stages.inception_c[-1].act = nn.Identity()


def relu_before_the_sum(model):
    model.stages.inception_c[0].body.append(nn.ReLU())


def printed_width(model):
    model.head.output = nn.Linear(2048, 1000)


FAULTS = {
    "the scale of modules A in a module B": ("inception_resnet_v1", scale_of_another_module),
    "the sum is scaled, not what is added": ("inception_resnet_v1", scale_of_the_input),
    "no ReLU after the last sum of the drawn network": (
        "inception_resnet_v2_paper",
        no_relu_after_the_last_sum,
    ),
    "the width of 2048 that the paper prints": ("inception_resnet_v2_paper", printed_width),
    "a ReLU after the last sum of the released network": ("inception_resnet_v2", relu_after_the_last_sum),
    "a ReLU after the linear convolution": ("inception_resnet_v2", relu_before_the_sum),
}
