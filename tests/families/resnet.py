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

STAGES = {
    "resnet18": BASIC,
    "resnet34": BASIC,
    **dict.fromkeys(["resnet50", "resnet101", "resnet152"], BOTTLENECK),
    **dict.fromkeys(["resnet50_v1", "resnet101_v1", "resnet152_v1"], BOTTLENECK),
    "resnet20_cifar": CIFAR,
}


def with_padded_shortcuts(name):
    """A CIFAR network of pytorchcv, whose projections are replaced by torch's own slicing and zeros."""

    class Padded(nn.Module):
        def forward(self, x):
            new = nn.functional.pad(x.permute(0, 2, 3, 1)[:, ::2, ::2], (0, x.shape[1]))
            return new.permute(0, 3, 1, 2)

    model = pytorchcv(name)
    for unit in model.modules():
        if getattr(unit, "resize_identity", False):
            unit.identity_conv = Padded()
    return model


REFERENCES = {
    name: [
        Reference(f"torchvision {name}", partial(torchvision, name)),
        Reference(f"timm {name}", partial(timm, name)),
    ]
    for name in ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
}
REFERENCES |= {
    f"resnet{depth}_v1": [Reference(f"pytorchcv resnet{depth}", partial(pytorchcv, f"resnet{depth}"))]
    for depth in (50, 101, 152)
}
REFERENCES["resnet20_cifar"] = [
    Reference(
        "pytorchcv resnet20_cifar10, shortcuts padded", partial(with_padded_shortcuts, "resnet20_cifar10"), 32
    )
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


FAULTS = {
    "a ReLU after the sum is missing": ("resnet50", without_relu),
    "stride on the 1×1 instead of the 3×3": ("resnet50", stride_on_the_other_convolution),
    "eps 1e-3 in one BatchNorm": ("resnet18", eps),
    "zeros before the channels instead of after them": ("resnet20_cifar", zeros_first),
}
