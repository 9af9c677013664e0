"""The skeleton that all networks share, and what it says of an image that does not fit."""

from bisect import bisect_left
from collections import OrderedDict

import torch
from torch import nn

from course_lib.layers.convolution import output_size, pair
from course_lib.layers.pooling import pool_size

# torch's words on the meta device for a map that is smaller than the kernel or the pooling window that is to slide over
# it, for paths whose maps cannot be concatenated, and for a head that was built for another map
REASONS = {
    "greater than actual input size": "vanishes",
    "Output size is too small": "vanishes",
    "negative dimension": "vanishes",  # torch 2.6
    "Sizes of tensors must match": "unequal",
    "must have same reduction dim": "other size",
    "Attempting to broadcast": "other size",
}


class Network(nn.Module):
    """A network as stem → stages → head: N×C×H×W images to N×classes scores.

    `stages` holds one entry per resolution or named stage, so measuring, drawing and reading out feature maps need
    nothing that is particular to a model. `auxiliary` holds further heads, used in training alone: each reads the
    output of the stage whose name it bears, and the network then returns (scores, [scores of each further head]).
    Raises `ValueError` for an image of which nothing is left at some stage, and names the stage and the least size.
    """

    def __init__(self, stem, stages, head, auxiliary=None):
        super().__init__()
        self.stem = stem
        self.stages = stages
        if auxiliary is not None:
            self.auxiliary = nn.ModuleDict(auxiliary)
        self.head = head

    def forward(self, x):
        try:
            if not (self.training and hasattr(self, "auxiliary")):
                return self.head(self.stages(self.stem(x)))
            features, further = self.stem(x), []
            for name, stage in self.stages.named_children():
                features = stage(features)
                if name in self.auxiliary:
                    further.append(self.auxiliary[name](features))
            return self.head(features), further
        except RuntimeError as error:
            if reason := why_not(self, x):
                raise ValueError(reason) from error
            raise


def classifier(channels, num_classes, dropout=0.0):
    """Global average pooling, dropout of a share of the values, a fully connected layer: N×C×H×W to N×classes."""
    layers = OrderedDict(pool=nn.AdaptiveAvgPool2d(1), flatten=nn.Flatten())
    if dropout:
        layers["dropout"] = nn.Dropout(dropout)
    layers["output"] = nn.Linear(channels, num_classes)
    return nn.Sequential(layers)


def why_not(network, images):
    """The sentence that says why `network` cannot take N×C×H×W images of this size, or `None` if the size is right."""
    if images.dim() != 4:
        return f"a network takes images as N×C×H×W, these have the shape {tuple(images.shape)}"
    channels, h, w = images.shape[1:]
    dtype = next(network.parameters()).dtype

    def misfit(h, w):
        images = torch.empty(2, channels, h, w, dtype=dtype, device="meta")
        return _misfit(network, images) or (None, None)

    part, reason = misfit(h, w)
    if reason is None:
        return None
    if reason == "other size":
        return (
            f"an image of {h}×{w} pixels gives a map that {part} of this network was not built for: resize the image "
            "to the size that it was built for, or build it for this one by `image_size`, where it has that argument"
        )
    larger = range(min(h, w) + 1, min(h, w) + 1024)
    first = bisect_left(larger, True, key=lambda size: misfit(size, size)[1] != "vanishes")
    fits = next((size for size in larger[first:] if misfit(size, size)[1] != "unequal"), None)
    if reason == "unequal":
        return (
            f"an image of {h}×{w} pixels gives paths of {part} maps of unequal sizes: this network takes "
            f"{fits}×{fits}, for example"
        )
    return f"an image of {h}×{w} pixels vanishes in {part}: this network needs at least {fits}×{fits}"


def _misfit(network, x):
    """The part that images on the meta device do not fit, and why: "vanishes", "unequal", "other size"; or `None`."""
    parts = [("the stem", network.stem, False)]  # name, module, whether it ends in scores
    for name, stage in network.stages.named_children():
        parts.append((f"stage {name}", stage, False))
        if network.training and name in getattr(network, "auxiliary", {}):
            parts.append((f"the auxiliary head of stage {name}", network.auxiliary[name], True))
    for name, part, gives_scores in [*parts, ("the head", network.head, True)]:
        state = {key: t.detach().to("meta") for key, t in (*part.named_parameters(), *part.named_buffers())}
        try:
            with torch.no_grad():
                y = torch.func.functional_call(part, state, x)
        except RuntimeError as error:
            # None is for another fault, such as a wrong number of channels.
            return next(((name, reason) for words, reason in REASONS.items() if words in str(error)), None)
        if 0 in y.shape:
            return name, "vanishes"
        x = x if gives_scores else y
    return None


def last_size(stem, stages, image_size):
    """Side in pixels of the last map of a chain of convolutions and pooling layers, for images of `image_size` pixels.

    For heads that flatten the map. Raises `ValueError` that names the stage where the map vanishes and the least size.
    """
    parts = [("the stem", stem), *((f"stage {name}", stage) for name, stage in stages.named_children())]

    def side(size):
        for name, part in parts:
            for module in part.modules():
                if isinstance(module, nn.Conv2d | nn.MaxPool2d):
                    window = (module.kernel_size, module.stride, module.padding, module.dilation)
                    kernel_size, stride, *others = (pair(value)[0] for value in window)
                    try:
                        if isinstance(module, nn.MaxPool2d):
                            size = pool_size(size, kernel_size, stride, *others, module.ceil_mode)
                        else:
                            size = output_size(size, kernel_size, stride, *others)
                    except ValueError:
                        return None, name
        return size, None

    size, part = side(image_size)
    if part is not None:
        least = next(size for size in range(image_size + 1, 1024) if side(size)[1] is None)
        raise ValueError(
            f"an image of {image_size}×{image_size} pixels vanishes in {part}: this network needs at least "
            f"{least}×{least}"
        )
    return size
