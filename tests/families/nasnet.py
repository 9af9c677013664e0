"""What the networks of `course_lib/models/nasnet.py` are held to."""

from functools import partial

from claims import Reference, pytorchcv, timm
from torch import nn


def maps(depth, sides, width, stem):
    """Outputs of all cells (figure 2): 4 states of a quarter and a half of the width, then 6 of 1, 2 and 4 times it."""
    shapes = {"stem": (stem, sides[0], sides[0])}
    shapes["reduction1"] = (width, sides[1], sides[1])
    shapes["reduction2"] = (2 * width, sides[2], sides[2])
    for i, side in enumerate(sides[2:]):
        if i:
            shapes[f"reduction{i + 2}"] = (4 * width * 2**i, side, side)
        for j in range(depth):
            shapes[f"normal{i * depth + j + 1}"] = (6 * width * 2**i, side, side)
    return shapes


STAGES = {
    "nasnet_a_mobile": maps(4, (111, 56, 28, 14, 7), 44, stem=32),
    "nasnet_a_large": maps(6, (165, 83, 42, 21, 11), 168, stem=96),
}


def arranged(model):
    """The modules of either reference, those that fit a cell's own map before those that fit the map before it."""
    for module in model.children():
        parts = dict(module.named_children())
        own = [parts.pop(name) for name in ("conv1x1", "conv_1x1") if name in parts]
        if own:
            yield from own
            yield from parts.values()
        elif isinstance(module, nn.Sequential) and parts:
            yield from arranged(module)
        else:
            yield module


class Mean(nn.Module):
    """The sum that an average pooling layer takes, divided by the number of pixels that are no padding."""

    def __init__(self, pool):
        super().__init__()
        self.pool = pool

    def forward(self, x):
        return self.pool(x) / self.pool(x.new_ones(1, 1, *x.shape[2:]))


NARROW = {"channels": 960, "stem_channels": 24}


def timm_narrow():
    """timm's network, whose strided average pooling layers count the padding, which TensorFlow's do not."""
    model = timm("nasnetalarge", num_features=960, stem_size=24)
    for name, module in list(model.named_modules()):
        if type(module).__name__ == "AvgPool2dSame":
            cell, _, place = name.rpartition(".")
            setattr(model.get_submodule(cell), place, Mean(module))
    return model


DROPOUT = dict.fromkeys(STAGES, {"head.dropout": 0.5})  # the authors' code

REFERENCES = {
    "nasnet_a_mobile": [
        # pytorchcv pads as TensorFlow does where maps are odd and even as those of 224 pixels are: 47, 24, 12, 6, 3
        Reference("pytorchcv nasnet_4a1056", partial(pytorchcv, "nasnet_4a1056"), 96, arrange=arranged)
    ],
    "nasnet_a_large": [
        # odd and even as those of 331 pixels are: 21, 11, 6, 3, 2
        Reference("pytorchcv nasnet_6a4032", partial(pytorchcv, "nasnet_6a4032"), 44, arrange=arranged),
        # and otherwise, in networks of fewer channels: 31, 16, 8, 4, 2
        Reference("timm nasnetalarge, means without padding", timm_narrow, 64, NARROW, arrange=arranged),
    ],
}


def equal_padding(model):
    """torch's padding in a reduction of an even map."""
    conv = model.stages.reduction3.terms[1].depthwise1
    half = [size // 2 for size in conv.kernel_size]
    conv.forward = lambda x: nn.functional.conv2d(x, conv.weight, None, conv.stride, half, groups=conv.groups)


def wrong_state(model):
    """One of the two means in the fourth sum is of the cell's own map."""
    cell = model.stages.normal2
    (mean, _), right = cell.sums[3]
    cell.sums = [*cell.sums[:3], ((mean, 0), right), cell.sums[4]]


def skips_as_the_large_one(model):
    model.stages.skips = ("reduction3", "reduction4")


def padding_counts(model):
    pool = model.stages.normal1.terms[4]
    pool.forward = lambda x: nn.functional.avg_pool2d(x, 3, 1, 1)


def not_shifted(model):
    model.stages.normal1.fit_previous.paths["odd"].shift = nn.Identity()


FAULTS = {
    "torch's padding of an even map": ("nasnet_a_mobile", equal_padding),
    "a mean of the wrong state": ("nasnet_a_mobile", wrong_state),
    "the cell after a reduction reads what the large network's reads": (
        "nasnet_a_mobile",
        skips_as_the_large_one,
    ),
    "NASNet: zeros at the border count in a mean": ("nasnet_a_mobile", padding_counts),
    "both halves see the same pixels": ("nasnet_a_mobile", not_shifted),
}
