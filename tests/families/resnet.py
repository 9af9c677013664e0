"""What the residual networks of `course_lib/models/resnet.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm, torchvision
from torch import nn

from course_lib.models.resnet import PaddedShortcut

STEM = (64, 56, 56)  # 112×112 after the convolution, halved by the pooling (table 1)
BASIC = {
    "stem": STEM,
    "conv2": (64, 56, 56),
    "conv3": (128, 28, 28),
    "conv4": (256, 14, 14),
    "conv5": (512, 7, 7),
}
BOTTLENECK = {
    "stem": STEM, "conv2": (256, 56, 56), "conv3": (512, 28, 28), "conv4": (1024, 14, 14), "conv5": (2048, 7, 7),
}  # fmt: skip
CIFAR = {
    "stem": (16, 32, 32),
    "stage1": (16, 32, 32),
    "stage2": (32, 16, 16),
    "stage3": (64, 8, 8),
}  # section 4.2
CIFAR_DEPTHS = (20, 32, 44, 56, 110, 1202)

STAGES = {
    "resnet18": BASIC,
    "resnet34": BASIC,
    **dict.fromkeys(["resnet50", "resnet101", "resnet152"], BOTTLENECK),
    **dict.fromkeys(["resnet50_v1", "resnet101_v1", "resnet152_v1"], BOTTLENECK),
    **{f"resnet{depth}_cifar{option}": CIFAR for depth in CIFAR_DEPTHS for option in ("", "_b")},
}


def pytorchcv_cifar(depth):
    """A CIFAR network of pytorchcv of any depth, as it names some of them only."""
    from pytorchcv.models.resnet_cifar import get_resnet_cifar

    model = get_resnet_cifar(num_classes=10, blocks=depth, bottleneck=False)
    model.features.final_pool = nn.AdaptiveAvgPool2d(1)
    return model


def with_padded_shortcuts(depth):
    """The same, whose projections are replaced by torch's own slicing and zeros."""

    class Padded(nn.Module):
        def forward(self, x):
            new = nn.functional.pad(x.permute(0, 2, 3, 1)[:, ::2, ::2], (0, x.shape[1]))
            return new.permute(0, 3, 1, 2)

    model = pytorchcv_cifar(depth)
    for unit in model.modules():
        if getattr(unit, "resize_identity", False):
            unit.identity_conv = Padded()
    return model


REFERENCES = {
    name: [
        Reference(f"torchvision {name}", partial(torchvision, name)),
        Reference(f"timm {name}", partial(timm, name)),
        Reference(f"pytorchcv {theirs}", partial(pytorchcv, theirs)),
    ]
    for name, theirs in [
        ("resnet18", "resnet18"),
        ("resnet34", "resnet34"),
        ("resnet50", "resnet50b"),
        ("resnet101", "resnet101b"),
        ("resnet152", "resnet152b"),
    ]
}
REFERENCES |= {
    f"resnet{depth}_v1": [Reference(f"pytorchcv resnet{depth}", partial(pytorchcv, f"resnet{depth}"))]
    for depth in (50, 101, 152)
}
for depth in CIFAR_DEPTHS:
    side = 8 if depth > 110 else 32
    REFERENCES[f"resnet{depth}_cifar"] = [
        Reference(f"pytorchcv ResNet-{depth}, shortcuts padded", partial(with_padded_shortcuts, depth), side)
    ]
    REFERENCES[f"resnet{depth}_cifar_b"] = [
        Reference(f"pytorchcv ResNet-{depth}", partial(pytorchcv_cifar, depth), side)
    ]


def without_relu(model):
    model.stages.conv3[1].act = nn.Identity()


def stride_on_the_other_convolution(model):
    for block in (model.stages.conv3[0], model.stages.conv4[0], model.stages.conv5[0]):
        block.body.conv1.conv.stride, block.body.conv2.conv.stride = (2, 2), (1, 1)


def eps(model):
    model.stages.conv4[0].body.conv1.norm.eps = 1e-3


def zeros_first(model):
    shortcut = model.stages.stage2[0].shortcut
    shortcut.forward = lambda x: PaddedShortcut.forward(shortcut, x).flip(1)


def projection_in_evaluation_mode(model):
    shortcut = model.stages.stage3[0].shortcut
    shortcut.norm.eval()
    shortcut.norm.train = lambda mode=True: shortcut.norm


FAULTS = {
    "a ReLU after the sum is missing": ("resnet50", without_relu),
    "stride on the 1×1 instead of the 3×3": ("resnet50", stride_on_the_other_convolution),
    "eps 1e-3 in one BatchNorm": ("resnet18", eps),
    "zeros before the channels instead of after them": ("resnet20_cifar", zeros_first),
    "a projection normalised by running statistics in training": (
        "resnet20_cifar_b",
        projection_in_evaluation_mode,
    ),
}
