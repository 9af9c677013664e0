"""What the wide residual networks of `course_lib/models/wide_resnet.py` are held to."""

from functools import partial

from claims import Reference, timm, torchvision
from torch import nn

from families.resnet import BOTTLENECK

# depth and widening factor k; the groups have 16k, 32k and 64k channels (table 1)
THIN = {(28, 10), (16, 8), (40, 4), (22, 8), (40, 2), (28, 2), (16, 4)}

STAGES = {
    f"wrn_{depth}_{k}": {
        "stem": (16, 32, 32), "conv2": (16 * k, 32, 32), "conv3": (32 * k, 16, 16), "conv4": (64 * k, 8, 8),
    }
    for depth, k in THIN
}  # fmt: skip
STAGES |= dict.fromkeys(["wide_resnet50_2", "wide_resnet101_2"], BOTTLENECK)


def pytorchcv_wrn(depth, k):
    """Of any depth and width, as pytorchcv names three of them only."""
    from pytorchcv.models.wrn_cifar import get_wrn_cifar

    model = get_wrn_cifar(num_classes=10, blocks=depth, width_factor=k)
    model.features.final_pool = nn.AdaptiveAvgPool2d(1)
    return model


SIDE = 33  # the smallest of which conv5 keeps 2×2 pixels
REFERENCES = {
    f"wrn_{depth}_{k}": [
        Reference(f"pytorchcv WRN-{depth}-{k}", partial(pytorchcv_wrn, depth, k), 16 if k < 10 else 8)
    ]
    for depth, k in THIN
}
# With dropout of nothing the layer between the convolutions must change nothing.
REFERENCES["wrn_16_4"].append(
    Reference(
        "pytorchcv WRN-16-4, ours with dropout", partial(pytorchcv_wrn, 16, 4), 16, options={"dropout": 0.3}
    )
)
REFERENCES |= {
    name: [
        Reference(f"torchvision {name}", partial(torchvision, name), SIDE),
        Reference(f"timm {name}", partial(timm, name), SIDE),
    ]
    for name in ["wide_resnet50_2", "wide_resnet101_2"]
}


def stride_on_the_second_convolution(model):
    for unit in (model.stages.conv3[0], model.stages.conv4[0]):
        unit.sum.body.conv1.conv.stride, unit.sum.body.conv2.stride = (1, 1), (2, 2)


def no_second_relu(model):
    model.stages.conv3[1].body.conv1.act = nn.Identity()


def activated_shortcut(model):
    block = model.stages.conv4[1]
    block.forward = lambda x: block.body(x) + block.body.act(block.body.norm(x))


def stride_on_the_1x1(model):
    body = model.stages.conv3[0].body
    body.conv1.conv.stride, body.conv2.conv.stride = (2, 2), (1, 1)


FAULTS = {
    "stride on the second 3×3": ("wrn_16_4", stride_on_the_second_convolution),
    "no ReLU before the second 3×3": ("wrn_16_4", no_second_relu),
    "a shortcut that is activated": ("wrn_16_4", activated_shortcut),
    "stride on the 1×1 instead of the wide 3×3": ("wide_resnet50_2", stride_on_the_1x1),
}
