"""What the network of `course_lib/models/xception.py` is held to."""

from functools import partial

from claims import Reference, pytorchcv, timm
from torch import nn

STAGES = {
    "xception": {  # figure 5: two 3×3 convolutions without padding, then each pooling layer halves, rounding up
        "stem": (64, 147, 147),
        "entry1": (128, 74, 74),
        "entry2": (256, 37, 37),
        "entry3": (728, 19, 19),
        "middle": (728, 19, 19),
        "exit": (2048, 10, 10),
    }
}


def pooling_all():
    """pytorchcv's network, whose last pooling layer is made for one image size, pooling all of the map."""
    model = pytorchcv("xception")
    model.features.final_block.pool = nn.AdaptiveAvgPool2d(1)
    return model


def shortcut_last(model):
    """The modules of either reference, those of a block's shortcut after those of its body."""
    for module in model.children():
        parts = dict(module.named_children())
        if hasattr(module, "rep"):  # timm
            yield from (parts.pop(name) for name in ("rep", "skip", "skipbn") if name in parts)
        elif hasattr(module, "body"):  # pytorchcv
            yield from (parts.pop(name) for name in ("body", "identity_conv") if name in parts)
        elif any(True for _ in module.children()):
            yield from shortcut_last(module)
        else:
            yield module


DROPOUT = {"xception": {"head.dropout": 0.5}}  # section 4.4

REFERENCES = {
    "xception": [
        Reference("timm legacy_xception", partial(timm, "legacy_xception"), arrange=shortcut_last),
        Reference("pytorchcv xception", pooling_all, arrange=shortcut_last),
    ]
}


def relu_between(model):
    model.stages.middle[0].body.conv2.depthwise.append(nn.ReLU())


def no_first_relu(model):
    model.stages.entry3.body.act1 = nn.Identity()


def in_place(model):
    """The first ReLU of a block also changes what its shortcut reads."""
    model.stages.middle[3].body.act1.inplace = True


def widens_first(model):
    """The exit block widens in its first separable convolution, as the blocks of the entry flow do."""
    convs = model.stages.exit.block.body
    first, second = convs.conv1, convs.conv2
    first.pointwise = nn.Sequential(nn.Conv2d(728, 1024, 1, bias=False), nn.BatchNorm2d(1024)).double()
    second.depthwise = nn.Sequential(nn.Conv2d(1024, 1024, 3, padding=1, groups=1024, bias=False)).double()
    second.pointwise = nn.Sequential(nn.Conv2d(1024, 1024, 1, bias=False), nn.BatchNorm2d(1024)).double()


FAULTS = {
    "a ReLU between depthwise and 1×1 convolution": ("xception", relu_between),
    "no ReLU before the first convolution of a block": ("xception", no_first_relu),
    "a ReLU in place before the shortcut": ("xception", in_place),
    "the exit block widens in its first convolution": ("xception", widens_first),
}
