"""What the networks of `course_lib/models/bn_inception.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv
from torch import nn

MAPS = {  # the authors' appendix, but for 4c, 4d (608 channels, there 576) and 4e, which passes them on
    "stem": (192, 28, 28),
    "inception3a": (256, 28, 28), "inception3b": (320, 28, 28), "inception3c": (576, 14, 14),
    "inception4a": (576, 14, 14), "inception4b": (576, 14, 14), "inception4c": (608, 14, 14),
    "inception4d": (608, 14, 14), "inception4e": (1056, 7, 7),
    "inception5a": (1024, 7, 7), "inception5b": (1024, 7, 7),
}  # fmt: skip
STAGES = {"bn_inception": MAPS, "se_bn_inception": MAPS}


class Excited(nn.Module):
    """A module of pytorchcv whose concatenated channels are weighed (arXiv 1709.01507, equations 2 to 4)."""

    def __init__(self, unit, channels):
        super().__init__()
        self.unit = unit
        self.squeeze = nn.Linear(channels, channels // 16)
        self.excite = nn.Linear(channels // 16, channels)

    def forward(self, x):
        u = self.unit(x)
        s = self.excite(self.squeeze(u.mean((2, 3))).relu()).sigmoid()
        return u * s[:, :, None, None]


def excited():
    """pytorchcv's network without biases before the norms, as in the prototxt of the authors of SENet."""
    model = pytorchcv("bninception")
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            module.bias = None
    widths = {"stage1": (256, 320), "stage2": (576, 576, 576, 608, 608), "stage3": (1056, 1024, 1024)}
    for stage, channels in widths.items():
        stage = getattr(model.features, stage)
        for i, (unit, width) in enumerate(zip(stage.children(), channels, strict=True)):
            stage[i] = Excited(unit, width)
    return model


REFERENCES = {  # a side of 64 leaves 8×8, 4×4 and 2×2
    "bn_inception": [Reference("pytorchcv bninception", partial(pytorchcv, "bninception"), 64)],
    "se_bn_inception": [Reference("pytorchcv bninception, excited", excited, 64)],
}


def average_in_5b(model):
    model.stages.inception5b["pool"].pool = nn.AvgPool2d(3, 1, padding=1)


def border_not_counted(model):
    model.stages.inception4b["pool"].pool.count_include_pad = False


def no_bias(model):
    model.stages.inception3a["1x1"].conv.bias = None


def relu_before_the_sigmoid(model):
    attention = model.stages.inception4e.attention
    attention.gate = nn.Sequential(nn.ReLU(), nn.Sigmoid())


FAULTS = {
    "average instead of maximum in 5b": ("bn_inception", average_in_5b),
    "BN-Inception's means leave the border out": ("bn_inception", border_not_counted),
    "a convolution without its bias": ("bn_inception", no_bias),
    "ReLU before the sigmoid that weighs the channels": ("se_bn_inception", relu_before_the_sigmoid),
}
