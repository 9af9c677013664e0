"""All networks of the course, by name, with their published numbers: one row each."""

import difflib
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from course_lib.models import (
    alexnet,
    alphago,
    bn_inception,
    densenet,
    efficientnet,
    googlenet,
    highway,
    inception_resnet,
    inception_v3,
    inception_v4,
    lenet,
    mobilenet_v1,
    mobilenet_v2,
    mobilenet_v3,
    nasnet,
    nin,
    preact_resnet,
    resnet,
    resnext,
    senet,
    shufflenet_v1,
    shufflenet_v2,
    vgg,
    wide_resnet,
    xception,
    zfnet,
)
from course_lib.models.weights import TORCHVISION, transplant

__all__ = ["REGISTRY", "Info", "create", "info", "load_torchvision", "names", "transplant"]


class Info(NamedTuple):
    """What is known of a network; input C×H×W in pixels, MACs (multiply-accumulates) of one image, errors in %."""

    build: Callable  # (**options) → nn.Module
    input_shape: tuple
    parameters: int  # trainable
    macs: int  # convolutions and linear layers, without biases
    top1_error: float | None
    top5_error: float | None
    paper: str  # key in references.bib
    source: str  # where the counts and the errors come from

    @property
    def year(self):
        """Of the paper."""
        return int(self.paper[-4:])


MNIST, CIFAR = (1, 28, 28), (3, 32, 32)
RGB_224, RGB_227, RGB_299 = (3, 224, 224), (3, 227, 227), (3, 299, 299)

# fmt: off
REGISTRY = {
    # name                 build                    input        parameters            MACs  top-1  top-5  paper and source

    "lenet5_1998":    Info(lenet.lenet5_1998,       (1, 32, 32),     60_000,        325_680,  0.95, None, "lecun1998", "section II.B: 340,908 connections less biases, S2, S4, output; section III.B"),
    "lenet5":         Info(lenet.lenet5,            MNIST,           61_706,        416_520,  None, None, "lecun1998", "counted layer by layer"),

    # AlexNet

    # ZFNet

    # VGG

    # Network in Network

    # Highway

    # GoogLeNet

    # BN-Inception

    # Inception-v3

    # Residual networks
    "resnet18":       Info(resnet.resnet18,         RGB_224,     11_689_512,  1_814_073_344, 30.24, 10.92, "he2016", "table 1; errors of torchvision's weights"),
    "resnet34":       Info(resnet.resnet34,         RGB_224,     21_797_672,  3_663_761_408, 26.69,  8.58, "he2016", "table 1; errors of torchvision's weights"),
    "resnet50":       Info(resnet.resnet50,         RGB_224,     25_557_032,  4_089_184_256, 23.87,  7.14, "he2016", "table 1, stride on the 3×3; errors of torchvision's weights"),
    "resnet101":      Info(resnet.resnet101,        RGB_224,     44_549_160,  7_801_405_440, 22.63,  6.45, "he2016", "table 1, stride on the 3×3; errors of torchvision's weights"),
    "resnet152":      Info(resnet.resnet152,        RGB_224,     60_192_808, 11_513_626_624, 21.69,  5.95, "he2016", "table 1, stride on the 3×3; errors of torchvision's weights"),
    "resnet50_v1":    Info(resnet.resnet50_v1,      RGB_224,     25_557_032,  3_857_973_248, 24.70,  7.80, "he2016", "table 1; errors of the authors' released weights"),
    "resnet101_v1":   Info(resnet.resnet101_v1,     RGB_224,     44_549_160,  7_570_194_432, 23.60,  7.10, "he2016", "table 1; errors of the authors' released weights"),
    "resnet152_v1":   Info(resnet.resnet152_v1,     RGB_224,     60_192_808, 11_282_415_616, 23.00,  6.70, "he2016", "table 1; errors of the authors' released weights"),
    "resnet20_cifar": Info(partial(resnet.resnet_cifar, 20), CIFAR, 269_722,     40_551_040,  8.75, None, "he2016", "table 6, option A"),

    # Pre-activation residual networks

    # Wide residual networks

    # ResNeXt

    # Inception-v4

    # Inception-ResNet

    # DenseNet

    # Squeeze-and-excitation

    # Xception

    # NASNet

    # MobileNet v1

    # MobileNet v2

    # MobileNet v3

    # EfficientNet

    # ShuffleNet v1

    # ShuffleNet v2

    # AlphaGo

}
# fmt: on


def names():
    """All names that `create` knows, in the order of the registry."""
    return list(REGISTRY)


def info(name):
    """The row of the registry for `name`; raises `ValueError` with the nearest names if there is none."""
    if name not in REGISTRY:
        near = difflib.get_close_matches(name, REGISTRY, n=3) or names()
        raise ValueError(f"no network is called {name!r}; the nearest names are {', '.join(near)}")
    return REGISTRY[name]


def create(name, **options):
    """Build the network `name` with fresh weights.

    `num_classes`, `in_channels` and the options of its family go to its constructor; `small_images=True`, where a
    family has it, is our stem for images of about 32×32 pixels.
    """
    return info(name).build(**options)


def load_torchvision(name, weights="DEFAULT", **options):
    """Build the network `name` with torchvision's trained weights, which torchvision downloads once, or with `weights`.

    Raises `ValueError` if torchvision has no such network, or no such weights.
    """
    info(name)
    from torchvision import models as theirs

    their_name = TORCHVISION.get(name, name)
    if their_name not in theirs.list_models(module=theirs):
        raise ValueError(f"torchvision has no {name}: it has {', '.join(_in_torchvision(theirs))}")
    return transplant(theirs.get_model(their_name, weights=weights), create(name, **options))


def _in_torchvision(theirs):
    held = theirs.list_models(module=theirs)
    return [name for name in REGISTRY if TORCHVISION.get(name, name) in held]
