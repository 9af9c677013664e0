"""What the networks of `course_lib/models/nin.py` are held to."""

from claims import Reference, pytorchcv
from torch import nn

STAGES = {
    # Section 4.1 pools twice: 32 to 16 to 8 pixels.
    "nin_cifar": {"stem": (96, 16, 16), "mlpconv2": (192, 8, 8), "mlpconv3": (192, 8, 8)},
    "nin": {  # (224 − 11) / 4 + 1 = 54 pixels, pooled to 27, 13 and 6
        "stem": (96, 27, 27), "mlpconv2": (256, 13, 13), "mlpconv3": (384, 6, 6), "mlpconv4": (1024, 6, 6),
    },
}  # fmt: skip


def cut_at_the_border(model):
    """A network of pytorchcv, whose pooling pads the map, with the pooling of the authors' code."""
    for stage in model.features:
        for name, layer in stage.named_children():
            if name.startswith("pool"):
                setattr(stage, name, type(layer)(3, 2, ceil_mode=True))
    model.output.final_pool = nn.AdaptiveAvgPool2d(1)
    return model


def nin_cifar():
    return cut_at_the_border(pytorchcv("nin_cifar10"))


def nin():
    """pytorchcv's network for CIFAR with the widths, and the first and third layers, of the one for ImageNet."""
    from pytorchcv.models.nin_cifar import CIFARNIN

    widths = [[96] * 3, [256] * 3, [384] * 3, [1024] * 2]
    model = CIFARNIN(widths, first_kernel_sizes=[11, 5, 3, 3], num_classes=1000)
    model.features.stage1.unit1.conv = nn.Conv2d(3, 96, 11, 4)
    model.features.stage3.pool3 = model.features.stage4.pool4 = nn.MaxPool2d(3, 2)
    return cut_at_the_border(model)


DROPOUT = {  # the authors' configurations
    "nin_cifar": {"stem.dropout": 0.5, "stages.mlpconv2.dropout": 0.5},
    "nin": {"stages.mlpconv3.dropout": 0.5},
}

REFERENCES = {
    "nin_cifar": [Reference("pytorchcv nin_cifar10", nin_cifar, 32)],
    "nin": [Reference("pytorchcv CIFARNIN", nin)],
}


def scores_of_both_signs(model):
    del model.head.output.act


def relu_once_per_module(model):
    model.stages.mlpconv2.mlp1.act = nn.Identity()


def max_instead_of_average(model):
    model.stages.mlpconv2.pool = nn.MaxPool2d(3, 2, ceil_mode=True)


FAULTS = {
    "no ReLU after the last layer": ("nin", scores_of_both_signs),
    "a perceptron with a linear hidden layer": ("nin", relu_once_per_module),
    "the second pooling takes the maximum instead of the average": ("nin_cifar", max_instead_of_average),
}
