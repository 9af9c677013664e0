"""What the networks of `course_lib/models/vgg.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm, torchvision
from torch import nn

from families.alexnet import FULLY_CONNECTED, PaperLRN, last_map

# Table 1: five times, the maps are halved and, but for the last time, the channels doubled.
HALVED = {
    "stem": (64, 224, 224), "block1": (64, 112, 112), "block2": (128, 56, 56), "block3": (256, 28, 28),
    "block4": (512, 14, 14), "block5": (512, 7, 7),
}  # fmt: skip
PLAIN = ("vgg11", "vgg13", "vgg16", "vgg19")
NORMALISED = ("vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn")
STAGES = dict.fromkeys([*PLAIN, *NORMALISED, "vgg11_lrn", "vgg16_c"], HALVED)


def small(pixels):
    """Images with which the fully connected layers read this many pixels a side instead of 7: less to wait for."""
    return {"side": 32 * pixels, "options": {"image_size": 32 * pixels, "num_classes": 10}}


def of_torchvision(name, pixels=1, change=lambda features: None):
    model = torchvision(name, num_classes=10, init_weights=False)
    change(model.features)
    return last_map(model, "classifier.0", (7, pixels))


def of_timm(name):
    """A network of timm, which convolves with 7×7 where the others have a fully connected layer."""
    model = timm(name, num_classes=10)
    model.pre_logits.fc1 = nn.Conv2d(512, 4096, 1)
    model.pre_logits.input_kernel_size = 1
    return model


def of_pytorchcv(name):
    return last_map(pytorchcv(name, num_classes=10), "output.fc1.fc", (7, 1))


def with_1x1(features):
    """Configuration C: the last convolution of blocks 3, 4 and 5 of D sees no neighbours."""
    for place in (14, 21, 28):
        conv = features[place]
        features[place] = nn.Conv2d(conv.in_channels, conv.out_channels, 1)


def with_lrn(features):
    features[1] = nn.Sequential(features[1], PaperLRN())


def references(name, pytorchcvs):
    return [
        Reference(f"torchvision {name}", partial(of_torchvision, name), **small(1)),
        Reference(f"timm {name}", partial(of_timm, name), **small(1)),
        Reference(f"pytorchcv {pytorchcvs}", partial(of_pytorchcv, pytorchcvs), **small(1)),
    ]


DROPOUT = dict.fromkeys(STAGES, FULLY_CONNECTED)  # section 3.1

REFERENCES = {name: references(name, name) for name in PLAIN}
REFERENCES |= {name: references(name, f"bn_{name.removesuffix('_bn')}b") for name in NORMALISED}
REFERENCES["vgg16_c"] = [
    Reference("torchvision vgg16, some 1×1", partial(of_torchvision, "vgg16", 2, with_1x1), **small(2))
]
REFERENCES["vgg11_lrn"] = [
    Reference("torchvision vgg11, normalised once", partial(of_torchvision, "vgg11", 2, with_lrn), **small(2))
]


def padded_1x1(model):
    model.stages.block3.conv3.conv.padding = (1, 1)


def pooled_first(model):
    *convs, pool = model.stages.block2
    model.stages.block2 = nn.Sequential(pool, *convs)


def without_bias(model):
    model.stages.block1.conv1.conv.bias = None


FAULTS = {
    "1×1 convolutions padded as if they were 3×3": ("vgg16_c", padded_1x1),
    "a block that pools before its convolutions, with the same weights and output": ("vgg16", pooled_first),
    "no bias before a BatchNorm": ("vgg13_bn", without_bias),
}
