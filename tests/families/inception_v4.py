"""What the network of `course_lib/models/inception_v4.py` is held to."""

from functools import partial

from claims import Reference, pytorchcv, timm
from torch import nn

STAGES = {
    "inception_v4": {  # figures 3 and 9
        "stem": (384, 35, 35),
        "inception_a": (384, 35, 35),
        "reduction_a": (1024, 17, 17),
        "inception_b": (1024, 17, 17),
        "reduction_b": (1536, 8, 8),
        "inception_c": (1536, 8, 8),
    }
}

SIDE = 107  # → 53, 51, 25, 23 → 11 → 5 → 2
DROPOUT = {"inception_v4": {"head.dropout": 0.2}}  # figure 9: keep 0.8

REFERENCES = {
    "inception_v4": [
        Reference("timm inception_v4", partial(timm, "inception_v4"), SIDE),
        Reference("pytorchcv inceptionv4", partial(pytorchcv, "inceptionv4"), SIDE),
    ]
}


def zeros_at_the_border_count(model):
    model.stages.inception_a[3]["pool"].pool.count_include_pad = True


def lying_down(model):
    """A 7×1 becomes a 1×7, with as many weights and MACs."""
    convs = model.stages.inception_b[0]["conv13"]
    convs.conv2.conv.weight = nn.Parameter(convs.conv2.conv.weight.transpose(2, 3).contiguous())
    convs.conv2.conv.padding = (0, 3)


def max_in_a_mean_path(model):
    model.stages.inception_c[0]["pool"].pool = nn.MaxPool2d(3, 1, padding=1)


def chained(model):
    """The 3×1 of a split reads what the 1×3 gives, not what the 1×3 reads."""
    split = model.stages.inception_c[0]["conv5"].split
    tall = split["tall"].conv
    tall.weight = nn.Parameter(tall.weight[:, :256].clone())
    split["tall"] = nn.Sequential(split["wide"], split["tall"])


FAULTS = {
    "Inception-v4: zeros at the border count in a mean": ("inception_v4", zeros_at_the_border_count),
    "a 1×7 in the place of a 7×1": ("inception_v4", lying_down),
    "the largest instead of the mean in a path": ("inception_v4", max_in_a_mean_path),
    "a 3×1 after a 1×3 instead of beside it": ("inception_v4", chained),
}
