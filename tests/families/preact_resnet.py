"""What the pre-activation residual networks of `course_lib/models/preact_resnet.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm
from torch import nn

# Section 3.1 and appendix: the maps of the 2015 paper; bottlenecks have four times as many channels.
BASIC = {"stem": (16, 32, 32), "stage1": (16, 32, 32), "stage2": (32, 16, 16), "stage3": (64, 8, 8)}
BOTTLENECK = {"stem": (16, 32, 32), "stage1": (64, 32, 32), "stage2": (128, 16, 16), "stage3": (256, 8, 8)}
IMAGENET = {
    "stem": (64, 56, 56), "conv2": (256, 56, 56), "conv3": (512, 28, 28), "conv4": (1024, 14, 14), "conv5": (2048, 7, 7)
}  # fmt: skip

STAGES = {
    "preact_resnet110_cifar": BASIC,
    **dict.fromkeys(["preact_resnet164_cifar", "preact_resnet1001_cifar"], BOTTLENECK),
    **dict.fromkeys(["preact_resnet50", "resnetv2_50"], IMAGENET),
}


def activated_first(name):
    """A network of pytorchcv whose first unit hands what is activated to both paths, as the paper's appendix has it."""
    model = pytorchcv(name)
    first = model.features.stage1.unit1
    assert not first.resize_identity
    first.resize_identity, first.identity_conv = True, nn.Identity()
    return model


def with_stride_on_first_convolution(name):
    """A network of pytorchcv with the strides on the first 1×1 of a unit, as in the authors' code, not on the 3×3."""
    model = pytorchcv(name)
    for stage in (model.features.stage2, model.features.stage3):
        body = stage.unit1.body
        assert body.conv2.conv.stride == (2, 2)
        body.conv1.conv.stride, body.conv2.conv.stride = (2, 2), (1, 1)
    return model


def in_our_order(model):
    """The parts of a network of timm, whose projections are defined before the body."""
    parts = [model.stem]
    for stage in model.stages:
        for block in stage.blocks:
            parts += [block.norm1, block.conv1, block.norm2, block.conv2, block.norm3, block.conv3]
            parts += [] if block.downsample is None else [block.downsample]
    return [*parts, model.norm, model.head]


REFERENCES = {
    "preact_resnet110_cifar": [
        Reference(
            "pytorchcv preresnet110_cifar10, first unit activated",
            partial(activated_first, "preresnet110_cifar10"),
            16,
        )
    ],
    "preact_resnet164_cifar": [
        Reference(
            "pytorchcv preresnet164bn_cifar10, stride moved",
            partial(with_stride_on_first_convolution, "preresnet164bn_cifar10"),
            16,
        )
    ],
    "preact_resnet1001_cifar": [
        Reference(
            "pytorchcv preresnet1001_cifar10, stride moved",
            partial(with_stride_on_first_convolution, "preresnet1001_cifar10"),
            8,
        )
    ],
    "preact_resnet50": [
        Reference("pytorchcv preresnet50b", partial(pytorchcv, "preresnet50b")),
        Reference(
            "pytorchcv preresnet50", partial(pytorchcv, "preresnet50"), options={"stride_on_1x1": True}
        ),
    ],
    "resnetv2_50": [Reference("timm resnetv2_50", partial(timm, "resnetv2_50"), arrange=in_our_order)],
}


def shortcut_before_the_activation(model):
    """One BatchNorm and ReLU less on the projection, as if the unit were x + body(a(x)) with another shape."""
    unit = model.stages.conv3[0]
    unit.forward = lambda x: unit.sum.body(unit.act(unit.norm(x))) + unit.sum.shortcut(x)


def relu_spoils_the_shortcut(model):
    """A ReLU that stands before the normalisation writes over what the shortcut still needs."""
    block = model.stages.conv4[1]
    block.forward = lambda x: block.body(x.relu_()) + x


def first_unit_like_all_others(model):
    unit = model.stages.stage1[0]
    unit.forward = lambda x: unit.sum.body(unit.act(unit.norm(x))) + x


def relu_after_the_sum(model):
    model.stages.stage2[3].act = nn.ReLU()


def last_sum_not_activated(model):
    model.head.act = nn.Identity()


def stride_on_the_3x3(model):
    for unit in (model.stages.stage2[0], model.stages.stage3[0]):
        body = unit.sum.body
        body.conv1.conv.stride, body.conv2.conv.stride = (1, 1), (2, 2)


FAULTS = {
    "a projection reads what is not activated": ("preact_resnet50", shortcut_before_the_activation),
    "an in-place ReLU writes over the shortcut": ("resnetv2_50", relu_spoils_the_shortcut),
    "the first unit activates its body alone": ("preact_resnet110_cifar", first_unit_like_all_others),
    "a ReLU after one sum": ("preact_resnet164_cifar", relu_after_the_sum),
    "no ReLU before the average": ("resnetv2_50", last_sum_not_activated),
    "stride on the 3×3 instead of the first 1×1": ("preact_resnet164_cifar", stride_on_the_3x3),
}
