"""A network made ready for use: its batch normalisations vanish into the convolutions before them."""

import copy

import torch
from torch import nn


def fuse(model, channels_last=True):
    """A copy of `model` in evaluation mode whose normalisations are folded into convolutions: same outputs, less work.

    In evaluation mode y ↦ γ(y − μ)/√(σ² + ε) + β is a scaling of each channel, which the weights and the bias of the
    convolution before it can do. It is folded where a BatchNorm2d directly follows a Conv2d in an `nn.Sequential`.
    With `channels_last` the weights lie in memory as the processor's convolutions read them fastest; give it images
    in the same layout: `images.contiguous(memory_format=torch.channels_last)`.
    Source: Jacob et al., arXiv 1712.05877, section 3.2.
    """
    fused = copy.deepcopy(model).eval()
    for module in list(fused.modules()):
        if isinstance(module, nn.Sequential):
            children = list(module.named_children())
            for (name, conv), (next_name, norm) in zip(children, children[1:]):
                if type(conv) is nn.Conv2d and type(norm) is nn.BatchNorm2d:  # a subclass may do more
                    setattr(module, name, nn.utils.fuse_conv_bn_eval(conv, norm))
                    delattr(module, next_name)
    return fused.to(memory_format=torch.channels_last) if channels_last else fused
