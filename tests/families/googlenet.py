"""What the networks of `course_lib/models/googlenet.py` are held to."""

from functools import partial

from claims import Reference, torchvision
from torch import nn

MAPS = {  # table 1, column "output size"
    "stem": (192, 28, 28),
    "inception3a": (256, 28, 28), "inception3b": (480, 28, 28), "pool3": (480, 14, 14),
    "inception4a": (512, 14, 14), "inception4b": (512, 14, 14), "inception4c": (512, 14, 14),
    "inception4d": (528, 14, 14), "inception4e": (832, 14, 14), "pool4": (832, 7, 7),
    "inception5a": (832, 7, 7), "inception5b": (1024, 7, 7),
}  # fmt: skip
STAGES = {"googlenet": MAPS, "googlenet_torchvision": MAPS}


def paper(auxiliary=False, pooled=1):
    """torchvision's network, changed back to the paper's; its auxiliary heads then pool to `pooled`×`pooled`."""
    model = torchvision("googlenet", aux_logits=auxiliary, init_weights=False, dropout=0.4)
    for module in model.modules():
        if hasattr(module, "branch3"):
            conv = module.branch3[1].conv
            module.branch3[1].conv = nn.Conv2d(conv.in_channels, conv.out_channels, 5, padding=2)
    for unit in model.modules():
        if hasattr(unit, "bn"):
            unit.bn = nn.Identity()
            unit.conv.bias = nn.Parameter(unit.conv.weight.new_empty(unit.conv.out_channels))
    model.maxpool1 = nn.Sequential(model.maxpool1, nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1))
    model.conv3 = nn.Sequential(model.conv3, nn.LocalResponseNorm(5, alpha=1e-4, beta=0.75, k=1))
    model.maxpool4 = nn.MaxPool2d(3, 2, ceil_mode=True)
    if auxiliary:
        model.aux1, model.aux2 = (
            nn.Sequential(
                nn.AvgPool2d(5, 3), nn.Conv2d(channels, 128, 1), nn.ReLU(), nn.Flatten(),
                nn.Linear(128 * pooled * pooled, 1024), nn.ReLU(), nn.Dropout(0.7), nn.Linear(1024, 1000),
            )
            for channels in (512, 528)
        )  # fmt: skip
    return model


def by_depth(outputs):
    """torchvision gives the deeper of the auxiliary scores first, and in evaluation no tuple."""
    return (
        (outputs.logits, [outputs.aux_logits1, outputs.aux_logits2])
        if isinstance(outputs, tuple)
        else outputs
    )


theirs = partial(torchvision, "googlenet", init_weights=False)
DROPOUT = {
    "googlenet": {"head.dropout": 0.4},  # table 1
    "googlenet_torchvision": {"head.dropout": 0.2},  # torchvision
}

REFERENCES = {
    "googlenet": [
        Reference("torchvision googlenet, as in the paper", paper),
        Reference(
            "torchvision googlenet, as in the paper, auxiliary heads",
            partial(paper, auxiliary=True, pooled=2),  # 128 pixels → 8 at inception4a → 2
            side=128,
            options={"auxiliary": True, "image_size": 128},
            outputs=by_depth,
        ),
    ],
    "googlenet_torchvision": [
        Reference("torchvision googlenet", partial(theirs, aux_logits=False)),
        Reference(
            "torchvision googlenet, auxiliary heads, input transformed",
            partial(theirs, aux_logits=True, transform_input=True),
            side=96,
            options={"auxiliary": True, "transform_input": True},
            outputs=by_depth,
        ),
    ],
}


def smaller_kernel(model):
    conv = model.stages.inception4c["5x5"].conv.conv
    conv.weight, conv.padding = nn.Parameter(conv.weight[:, :, 1:4, 1:4].clone()), (1, 1)


def rounds_down(model):
    model.stem.pool2.ceil_mode = False


def norm_after_pool(model):
    model.stem.norm2, model.stem.pool2 = model.stem.pool2, model.stem.norm2


def average_in_a_path(model):
    model.stages.inception5a["pool"].pool = nn.AvgPool2d(3, 1, padding=1)


def wide_pool(model):
    model.stages.pool4.kernel_size = 3


FAULTS = {
    "3×3 in the place of a 5×5": ("googlenet", smaller_kernel),
    "a pooling layer rounds sizes down": ("googlenet", rounds_down),
    "LRN after the pooling instead of before it": ("googlenet", norm_after_pool),
    "average instead of maximum in a pooling path": ("googlenet", average_in_a_path),
    "the paper's 3×3 pool4 instead of torchvision's 2×2": ("googlenet_torchvision", wide_pool),
}
