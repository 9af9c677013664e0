"""What the networks of `course_lib/models/zfnet.py` are held to."""

from functools import partial

from claims import Reference
from torch import nn

from families.alexnet import FULLY_CONNECTED, small, with_paper_lrn

STAGES = {  # figure 3: 110 pixels pooled to 55, 26 to 13, 13 to 6
    "zfnet": {
        "stem": (96, 55, 55), "conv2": (256, 13, 13), "conv3": (384, 13, 13), "conv4": (384, 13, 13),
        "conv5": (256, 6, 6),
    },
    "zfnet_wide": {
        "stem": (96, 55, 55), "conv2": (256, 13, 13), "conv3": (512, 13, 13), "conv4": (1024, 13, 13),
        "conv5": (512, 6, 6),
    },
}  # fmt: skip

# pytorchcv normalises before it pools, figure 3 after it.
DROPOUT = dict.fromkeys(STAGES, FULLY_CONNECTED)  # section 3

REFERENCES = {
    "zfnet": [Reference("pytorchcv zfnet", partial(with_paper_lrn, "zfnet", after_pool=True), 224)],
    "zfnet_wide": [
        Reference(
            "pytorchcv zfnetb",
            partial(with_paper_lrn, "zfnetb", after_pool=True, pixels=(6, 2), num_classes=10),
            **small(96),
        )
    ],
}


def valid_stem(model):
    model.stem.conv.conv.padding = (0, 0)


def norm_before_pool(model):
    conv, pool, norm = model.stages.conv2
    model.stages.conv2 = nn.Sequential(conv, norm, pool)


def padded_pool(model):
    model.stem.pool = nn.MaxPool2d(3, 2, padding=1)


FAULTS = {
    "no padding in conv1": ("zfnet", valid_stem),
    "normalisation before the pooling, as in AlexNet": ("zfnet", norm_before_pool),
    "pooling windows that overlap the upper and left border, not the lower and right": ("zfnet", padded_pool),
}
