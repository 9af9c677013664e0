"""The skeleton that all networks share, and what it says of an image that does not fit."""

from bisect import bisect_left
from collections import OrderedDict

import torch
from torch import nn

from course_lib.layers.convolution import output_size, pair

# torch's words for a map that is smaller than the kernel or the pooling window that is to slide over it, and for paths
# whose maps cannot be concatenated
REASONS = {
    "greater than actual input size": "vanishes",
    "Output size is too small": "vanishes",
    "Sizes of tensors must match": "unequal",
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
    _, channels, h, w = images.shape

    def misfit(h, w):
        return _misfit(network, images.new_empty(2, channels, h, w, device="meta")) or (None, None)

    part, reason = misfit(h, w)
    if reason is None:
        return None
    if reason == "other size":
        return (
            f"an image of {h}×{w} pixels gives a map that {part} of this network was not built for: "
            f"resize the image, or build the network with image_size={h}"
        )
    larger = range(min(h, w) + 1, 1024)
    first = bisect_left(larger, True, key=lambda size: misfit(size, size)[1] != "vanishes")
    fits = next(size for size in larger[first:] if misfit(size, size)[1] != "unequal")
    if reason == "unequal":
        return (
            f"an image of {h}×{w} pixels gives paths of {part} maps of unequal sizes: this network takes "
            f"{fits}×{fits}, for example"
        )
    return f"an image of {h}×{w} pixels vanishes in {part}: this network needs at least {fits}×{fits}"


def _misfit(network, x):
    """The part that images on the meta device do not fit, and why: "vanishes", "unequal", "other size"; or `None`."""
    parts = [("the stem", network.stem)]
    for name, stage in network.stages.named_children():
        parts.append((f"stage {name}", stage))
        if network.training and name in getattr(network, "auxiliary", {}):
            parts.append((f"the auxiliary head of stage {name}", network.auxiliary[name]))
    for name, part in [*parts, ("the head", network.head)]:
        state = {key: t.detach().to("meta") for key, t in (*part.named_parameters(), *part.named_buffers())}
        try:
            with torch.no_grad():
                y = torch.func.functional_call(part, state, x)
        except RuntimeError as error:
            known = [reason for words, reason in REASONS.items() if words in str(error)]
            if known or "head" in name:
                return name, *(known or ["other size"])
            return None  # another fault, such as a wrong number of channels
        x = x if "head" in name else y
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
                    if getattr(module, "ceil_mode", False):
                        size += stride - 1  # rounds up what is divided by the stride
                    try:
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
