"""GoogLeNet: each module looks at its input with several kernel sizes at once, most of them behind a cheap 1×1.

Szegedy, Liu, Jia, Sermanet, Reed, Anguelov, Erhan, Vanhoucke and Rabinovich, *Going Deeper with Convolutions*,
arXiv 1409.4842, table 1 and section 5.

                           parameters  with both auxiliary heads           MACs
    googlenet               6,998,552                 13,378,280  1,582,671,872
    googlenet_torchvision   6,624,904                 13,004,888  1,498,376,192
"""

from collections import OrderedDict
from functools import partial

import torch
from torch import nn

from course_lib.layers.blocks import Branches, ConvNormAct
from course_lib.models.network import Network, classifier, last_size

# fmt: off
TABLE_1 = {  # red: the 1×1 that reduces the channels; pool: the 1×1 after it; None: 3×3 max pooling, stride 2
    #               1×1  red  3×3  red  5×5  pool
    "inception3a": ( 64,  96, 128,  16,  32,  32),  #  256×28×28
    "inception3b": (128, 128, 192,  32,  96,  64),  #  480×28×28
    "pool3":       None,                            #  480×14×14
    "inception4a": (192,  96, 208,  16,  48,  64),  #  512×14×14
    "inception4b": (160, 112, 224,  24,  64,  64),  #  512×14×14
    "inception4c": (128, 128, 256,  24,  64,  64),  #  512×14×14
    "inception4d": (112, 144, 288,  32,  64,  64),  #  528×14×14
    "inception4e": (256, 160, 320,  32, 128, 128),  #  832×14×14
    "pool4":       None,                            #  832×7×7
    "inception5a": (256, 160, 320,  32, 128, 128),  #  832×7×7
    "inception5b": (384, 192, 384,  48, 128, 128),  # 1024×7×7
}
# fmt: on


class Renormalise(nn.Module):
    """From colours with ImageNet's mean taken off and divided by its deviation to colours in [−1, 1]: keeps N×3×H×W.

    torchvision prepares images for all its networks alike, but the Inceptions were trained elsewhere, on [−1, 1].
    """

    def forward(self, x):
        mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
        colours = [x[:, i] * (deviation[i] / 0.5) + (mean[i] - 0.5) / 0.5 for i in range(3)]
        return torch.stack(colours, 1)


def renormalise(in_channels):
    """The layer `Renormalise`; raises `ValueError` if the images do not have three colours."""
    if in_channels != 3:
        raise ValueError(f"transform_input is for images of three colours, not of {in_channels} channels")
    return Renormalise()


def inception(in_channels, row, conv, kernel_size=5):
    """Four paths with a row of table 1 as channels: N×C×H×W to N×O×H×W, O the sum over the paths (figure 2b)."""
    conv1x1, reduce3x3, conv3x3, reduce5x5, conv5x5, project = row
    path3x3 = OrderedDict(reduce=conv(in_channels, reduce3x3, 1), conv=conv(reduce3x3, conv3x3, 3))
    path5x5 = OrderedDict(reduce=conv(in_channels, reduce5x5, 1), conv=conv(reduce5x5, conv5x5, kernel_size))
    pooling = OrderedDict(pool=nn.MaxPool2d(3, 1, padding=1), project=conv(in_channels, project, 1))
    paths = {
        "1x1": conv(in_channels, conv1x1, 1),
        "3x3": nn.Sequential(path3x3),
        "5x5": nn.Sequential(path5x5),
        "pool": nn.Sequential(pooling),
    }
    return Branches(paths)


def auxiliary_head(in_channels, num_classes, conv, side):
    """Scores from half way, N×C×H×W to N×classes (section 5).

    Pooling leaves `side`×`side` pixels, or 4×4 of any map if `side` is `None`.
    """
    pool = nn.AvgPool2d(5, 3)
    if side is None:
        pool, side = nn.AdaptiveAvgPool2d(4), 4
    layers = OrderedDict(
        pool=pool,
        conv=conv(in_channels, 128, 1),
        flatten=nn.Flatten(),
        fc=nn.Linear(128 * side * side, 1024),
        act=nn.ReLU(inplace=True),
        dropout=nn.Dropout(0.7),
        output=nn.Linear(1024, num_classes),
    )
    return nn.Sequential(layers)


def googlenet(
    num_classes=1000, in_channels=3, small_images=False, *,
    auxiliary=False, image_size=None, torchvision=False, transform_input=False,
):  # fmt: skip
    """GoogLeNet; `auxiliary` adds the two heads whose losses count 0.3 each in training (section 5).

    The paper's auxiliary heads flatten the map, so they are built for one `image_size`, which nothing else depends on:
    224, or 32 for `small_images`. Raises `ValueError` for an image of which nothing is left there.
    NOTE: `small_images` is ours: a 3×3 convolution that keeps the resolution replaces conv1 and pool1.
    NOTE: `torchvision` is the network to which torchvision's weights belong: batch normalisation and no LRN, 3×3 for
    5×5 kernels, a 2×2 pool4, auxiliary heads that pool to 4×4, half the dropout. With `transform_input` it takes
    images that are normalised as for torchvision's other networks, as those weights expect.
    """
    conv = partial(ConvNormAct, norm=partial(nn.BatchNorm2d, eps=1e-3) if torchvision else None)
    # Caffe and torchvision round sizes up here; only so are the maps those of table 1.
    pool = partial(nn.MaxPool2d, stride=2, ceil_mode=True)
    stem = OrderedDict(renormalise=renormalise(in_channels)) if transform_input else OrderedDict()
    if small_images:
        stem["conv1"] = conv(in_channels, 64, 3)  # 64×32×32
    else:
        stem["conv1"] = conv(in_channels, 64, 7, 2)  # 64×112×112
        stem["pool1"] = pool(3)  #                      64×56×56
    stem["norm1"] = nn.LocalResponseNorm(5)  # NOTE: the paper gives no constants; these are Caffe's
    stem["reduce2"] = conv(64, 64, 1)
    stem["conv2"] = conv(64, 192, 3)  # 192×56×56
    stem["norm2"] = nn.LocalResponseNorm(5)
    stem["pool2"] = pool(3)  #          192×28×28
    if torchvision:
        del stem["norm1"], stem["norm2"]

    stem, side = nn.Sequential(stem), None
    if auxiliary and not torchvision:
        # The modules keep the size, and the largest of a window stands for the mean, which leaves as many pixels.
        shrinking = OrderedDict(pool3=pool(3), auxiliary=nn.MaxPool2d(5, 3))
        side = last_size(stem, nn.Sequential(shrinking), image_size or (32 if small_images else 224))

    stages, heads, channels = OrderedDict(), {}, 192
    for name, row in TABLE_1.items():
        if row is None:
            stages[name] = pool(2 if torchvision and name == "pool4" else 3)
            continue
        stages[name] = inception(channels, row, conv, 3 if torchvision else 5)
        channels = row[0] + row[2] + row[4] + row[5]
        if auxiliary and name in ("inception4a", "inception4d"):
            heads[name] = auxiliary_head(channels, num_classes, conv, side)

    head = classifier(channels, num_classes, dropout=0.2 if torchvision else 0.4)
    network = Network(stem, nn.Sequential(stages), head, heads or None)
    for module in network.modules():
        # NOTE: the paper is silent on first weights. These keep the variance forwards, as nothing normalises it later:
        # drawn by the fan-out, which is small in a 1×1 that reduces, they would let it grow threefold in each module.
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return network


googlenet_torchvision = partial(googlenet, torchvision=True)
