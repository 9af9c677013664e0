"""What the networks of `course_lib/models/resnext.py` are held to. Figure 3: `tests/test_resnext_forms.py`."""

from functools import partial

from claims import Reference, pytorchcv, timm, torchvision
from torch import nn

from course_lib.layers.shuffle import ChannelShuffle
from families.resnet import BOTTLENECK

CIFAR = {
    "stem": (64, 32, 32),
    "stage1": (256, 32, 32),
    "stage2": (512, 16, 16),
    "stage3": (1024, 8, 8),
}  # 5.3

STAGES = {
    **dict.fromkeys(
        ["resnext50_32x4d", "resnext101_32x4d", "resnext101_32x8d", "resnext101_64x4d"], BOTTLENECK
    ),
    **dict.fromkeys(["resnext29_8x64d_cifar", "resnext29_16x64d_cifar"], CIFAR),
}


def pytorchcv_29(cardinality, width):
    """The 29-layer network of any cardinality, as pytorchcv names two of them only."""
    from pytorchcv.models.resnext_cifar import get_resnext_cifar

    model = get_resnext_cifar(num_classes=10, blocks=29, cardinality=cardinality, bottleneck_width=width)
    model.features.final_pool = nn.AdaptiveAvgPool2d(1)
    return model


SIDE = 33  # the smallest of which conv5 keeps 2×2 pixels
HELD_BY = {
    "resnext50_32x4d": (torchvision, timm, pytorchcv),
    "resnext101_32x4d": (timm, pytorchcv),
    "resnext101_32x8d": (torchvision, timm),
    "resnext101_64x4d": (torchvision, timm, pytorchcv),
}
REFERENCES = {
    name: [Reference(f"{library.__name__} {name}", partial(library, name), SIDE) for library in libraries]
    for name, libraries in HELD_BY.items()
}
REFERENCES |= {
    f"resnext29_{cardinality}x64d_cifar": [
        Reference(f"pytorchcv ResNeXt-29 {cardinality}x64d", partial(pytorchcv_29, cardinality, 64), 8)
    ]
    for cardinality in (8, 16)
}


def shuffled(model):
    """The channels dealt out after a grouped convolution, as ShuffleNet does."""
    body = model.stages.conv3[1].body
    body.conv2.append(ChannelShuffle(32))


def stride_on_the_1x1(model):
    body = model.stages.conv4[0].body
    body.conv1.conv.stride, body.conv2.conv.stride = (2, 2), (1, 1)


def fewer_and_wider_paths(model):
    """Paths twice as wide, half as many."""
    for stage in model.stages:
        for block in stage:
            old = block.body.conv2.conv
            width, groups = old.out_channels, old.groups // 2
            new = nn.Conv2d(width, width, 3, old.stride, 1, groups=groups, bias=False, dtype=old.weight.dtype)
            block.body.conv2.conv = new


def activation_before_the_sum(model):
    # A ReLU that keeps its input: nn.ReLU keeps its output, over which the sum is written.
    model.stages.conv5[1].body.conv3.append(nn.Threshold(0, 0))


FAULTS = {
    "channels shuffled after a grouped convolution": ("resnext50_32x4d", shuffled),
    "stride on the 1×1 instead of the grouped 3×3": ("resnext50_32x4d", stride_on_the_1x1),
    "half as many paths, twice as wide": ("resnext50_32x4d", fewer_and_wider_paths),
    "a ReLU before the sum": ("resnext50_32x4d", activation_before_the_sum),
}
