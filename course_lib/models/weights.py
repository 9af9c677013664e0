"""Weights copied between two implementations of one network."""

from itertools import zip_longest

import torch

# Networks that torchvision holds under another name; all others bear the same.
TORCHVISION = {"alexnet_owt": "alexnet", "googlenet_torchvision": "googlenet"}


def transplant(source, target):
    """Copy all weights and running statistics of `source` into `target`, in the order in which they were defined.

    Both must be one graph, written down in one order; names may differ. A 1×1 convolution and a fully connected layer
    hold the same matrix and fit each other. Returns `target`. Raises `ValueError` with the first pair that differs,
    and then leaves `target` as it was.
    """
    pairs = list(
        zip_longest(source.state_dict().items(), target.state_dict().items(), fillvalue=(None, None))
    )
    for (source_name, given), (target_name, held) in pairs:
        if _kind(source_name) != _kind(target_name) or _matrix(given) != _matrix(held):
            raise ValueError(
                f"the networks differ: the source has {_words(source_name, given)} where the target has "
                f"{_words(target_name, held)}"
            )
    with torch.no_grad():
        for (_, given), (_, held) in pairs:
            held.copy_(given.reshape(held.shape))
    return target


def _kind(name):
    """What a tensor is to its layer: "weight", "running_mean"."""
    return name and name.rpartition(".")[2]


def _matrix(tensor):
    """The shape of `tensor`, where O×C×1×1 counts as O×C."""
    if tensor is None:
        return None
    return tensor.shape[:2] if tensor.shape[2:] == (1, 1) else tensor.shape


def _words(name, tensor):
    return "nothing more" if name is None else f"{name} of {'×'.join(map(str, tensor.shape)) or 'one number'}"
