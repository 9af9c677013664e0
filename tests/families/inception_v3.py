"""What the network of `course_lib/models/inception_v3.py` is held to."""

from functools import partial

from claims import Reference, pytorchcv, timm, torchvision
from torch import nn

STAGES = {
    "inception_v3": {  # table 1 for the sizes, figures 5 to 7 and the authors' code for the channels
        "stem": (192, 35, 35),
        "mixed5b": (256, 35, 35), "mixed5c": (288, 35, 35), "mixed5d": (288, 35, 35),
        "mixed6a": (768, 17, 17), "mixed6b": (768, 17, 17), "mixed6c": (768, 17, 17),
        "mixed6d": (768, 17, 17), "mixed6e": (768, 17, 17),
        "mixed7a": (1280, 8, 8), "mixed7b": (2048, 8, 8), "mixed7c": (2048, 8, 8),
    }
}  # fmt: skip


def auxiliary_later(model):
    """The parts of torchvision's or timm's network in our order, which has the auxiliary head after all stages."""
    parts = dict(model.named_children())
    return [
        *(part for name, part in parts.items() if name not in ("AuxLogits", "fc")),
        model.AuxLogits,
        model.fc,
    ]


def small():
    """timm's network with our stem and auxiliary head for small images; its auxiliary scores only in training."""
    model = timm("inception_v3", aux_logits=True)
    model.Conv2d_1a_3x3.conv.stride = (1, 1)
    model.Pool1 = nn.Identity()
    head = model.AuxLogits
    model.AuxLogits = nn.Sequential(head.conv0, head.conv1, nn.AdaptiveAvgPool2d(1), nn.Flatten(), head.fc)
    model.register_forward_hook(lambda module, _, outputs: outputs if module.training else outputs[0])
    return model


theirs = partial(torchvision, "inception_v3", init_weights=False)
DROPOUT = {"inception_v3": {"head.dropout": 0.5}}  # torchvision; the paper gives none

REFERENCES = {
    "inception_v3": [  # a side of 107 leaves 11×11, 5×5 and 2×2
        Reference("torchvision inception_v3", partial(theirs, aux_logits=False), 107),
        Reference("timm inception_v3", partial(timm, "inception_v3"), 107),
        Reference("pytorchcv inceptionv3", partial(pytorchcv, "inceptionv3"), 107),
        Reference(
            "torchvision inception_v3, auxiliary head, input transformed",
            partial(theirs, aux_logits=True, transform_input=True),
            299,  # the least that leaves something of the auxiliary head's map
            options={"auxiliary": True, "transform_input": True},
            arrange=auxiliary_later,
        ),
        Reference(
            "timm inception_v3, auxiliary head, changed for small images",
            small,
            48,
            options={"auxiliary": True, "small_images": True},
            arrange=auxiliary_later,
        ),
    ]
}


def border_not_counted(model):
    model.stages.mixed5c["pool"].pool.count_include_pad = False


def maximum(model):
    model.stages.mixed7c["pool"].pool = nn.MaxPool2d(3, 1, padding=1)


def eps(model):
    for module in model.stages.mixed6b.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-5


def padded(model):
    for path in ("3x3", "7x7"):
        model.stages.mixed7a[path].then.conv.padding = (1, 1)
    model.stages.mixed7a["pool"].padding = 1


FAULTS = {
    "means that leave the border out": ("inception_v3", border_not_counted),
    "maximum instead of average in the last module": ("inception_v3", maximum),
    "eps 1e-5 in one module": ("inception_v3", eps),
    "padding where the map is halved": ("inception_v3", padded),
}
