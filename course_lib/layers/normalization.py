"""Normalisation from scratch: subtract a mean, divide by a spread; the kinds differ in what is averaged over.

In a block N×C×H×W, batch norm averages over a slice N×H×W, one for each channel; layer norm over C×H×W, one for each
image; instance norm over H×W, one for each channel of each image; group norm over (C/G)×H×W, between the last two.
Wu and He, *Group Normalization*, arXiv 1803.08494, figure 2. Functions equal those of the same name in
`torch.nn.functional`, in values and gradients.
"""

import math

import torch


def standardize(x, axes, eps=1e-5):
    """(x − mean) / √(variance + eps), with mean and variance over the `axes`; the variance divides by their size."""
    mean = x.mean(axes, keepdim=True)
    variance = (x - mean).square().mean(axes, keepdim=True)
    return (x - mean) / (variance + eps).sqrt()


def scale_and_shift(x, weight=None, bias=None):
    """γ · x + β with one γ and one β for each channel, axis 1 of `x`; what is `None` is left out."""
    x = x if weight is None else x * _for_channels(x, weight, "weight")
    return x if bias is None else x + _for_channels(x, bias, "bias")


def _for_channels(x, numbers, name):
    """One number a channel, shaped so that it meets axis 1 of `x`."""
    if numbers.shape != x.shape[1:2]:
        raise ValueError(
            f"the {name} must have shape ({x.shape[1]},), one number a channel, got {tuple(numbers.shape)}"
        )
    return numbers.view(-1, *[1] * (x.dim() - 2))


def batch_norm(x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Normalise each channel of N×C or N×C×…: in training by this batch, otherwise by the running statistics.

    Training also moves the running statistics, in place, by `momentum` towards those of the batch, unless they are
    `None`. Raises `ValueError` in training with one value a channel, which has no spread, and otherwise without
    running statistics. Source: Ioffe and Szegedy, arXiv 1502.03167, algorithms 1 and 2.
    """
    axes = [0, *range(2, x.dim())]
    if not training:
        if running_mean is None or running_var is None:
            raise ValueError("outside training, batch norm needs a running mean and a running variance")
        centred = x - _for_channels(x, running_mean, "running mean")
        spread = (_for_channels(x, running_var, "running variance") + eps).sqrt()
        return scale_and_shift(centred / spread, weight, bias)
    count = x.numel() // max(1, x.shape[1])
    if count < 2:
        raise ValueError(
            f"in training, batch norm needs more than one value a channel, the input has shape {tuple(x.shape)}"
        )
    with torch.no_grad():
        if running_mean is not None:
            running_mean.lerp_(x.mean(axes).to(running_mean), momentum)
        if running_var is not None:
            # Unbiased, divided by count − 1, though the batch itself is normalised by the variance divided by count.
            running_var.lerp_(x.var(axes, correction=1).to(running_var), momentum)
    return scale_and_shift(standardize(x, axes, eps), weight, bias)


def layer_norm(x, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalise over the last axes, whose sizes are `normalized_shape`, for an image (C, H, W).

    Weight and bias have that shape: one number for each place. Raises `ValueError` if the input or they end in
    another shape. Source: Ba, Kiros and Hinton, arXiv 1607.06450, section 3.
    """
    shape = tuple(normalized_shape)
    if not shape or x.shape[-len(shape) :] != shape:
        raise ValueError(f"the input must end in the axes {shape}, got shape {tuple(x.shape)}")
    for name, learned in ("weight", weight), ("bias", bias):
        if learned is not None and learned.shape != shape:
            raise ValueError(f"the {name} must have shape {shape}, got {tuple(learned.shape)}")
    x = standardize(x, list(range(-len(shape), 0)), eps)
    x = x if weight is None else x * weight
    return x if bias is None else x + bias


def instance_norm(x, weight=None, bias=None, eps=1e-5):
    """Normalise each channel of each image over its pixels: N×C×….

    There are no running statistics. Raises `ValueError` if a channel is one pixel. Source: Ulyanov, Vedaldi and
    Lempitsky, arXiv 1607.08022, section 2.
    """
    if math.prod(x.shape[2:]) < 2:
        raise ValueError(
            f"instance norm needs more than one pixel a channel, the input has shape {tuple(x.shape)}"
        )
    return scale_and_shift(standardize(x, list(range(2, x.dim())), eps), weight, bias)


def group_norm(x, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalise groups of C/G channels of each image: N×C×…. With one group it is layer norm, with C instance norm.

    Weight and bias have one number a channel, whatever the groups. Raises `ValueError` if the groups do not divide
    the channels. Source: Wu and He, arXiv 1803.08494, equation 7.
    """
    if num_groups < 1 or x.shape[1] % num_groups:
        raise ValueError(f"{x.shape[1]} channels cannot be divided into {num_groups} groups")
    groups = x.unflatten(1, (num_groups, -1))  # N×G×(C/G)×…
    return scale_and_shift(standardize(groups, list(range(2, groups.dim())), eps).flatten(1, 2), weight, bias)


def local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    """Divide each value by (k + α/n · Σ a²)^β, where the sum is over n = `size` neighbouring channels at one pixel.

    Missing neighbours at the first and the last channels are zeros. For an even n the extra neighbour is before.
    """
    if size < 1:
        raise ValueError(f"size {size} must be at least 1 channel")
    c, before = x.shape[1], size // 2
    squares = x.new_zeros(len(x), c + size - 1, *x.shape[2:])
    squares[:, before : before + c] = x.square()
    total = sum(squares[:, i : i + c] for i in range(size))
    return x / (k + alpha / size * total) ** beta


def local_response_norm_paper(x, size=5, alpha=1e-4, beta=0.75, k=2.0):
    """The paper's formula, where α is not divided by n: a / (k + α Σ a²)^β, with the numbers of AlexNet.

    Source: Krizhevsky, Sutskever and Hinton, *ImageNet Classification with Deep Convolutional Neural Networks*, 2012,
    section 3.3; their code divides by n, as torch does.
    """
    return local_response_norm(x, size, alpha * size, beta, k)


def fold_into_convolution(weight, bias, running_mean, running_var, gamma=None, beta=None, eps=1e-5):
    """Weight and bias of the one convolution that equals a convolution followed by batch norm in evaluation.

    Batch norm multiplies channel o by s = γ / √(running variance + eps) and adds β − s · running mean: W becomes s · W
    and the bias b becomes s · (b − running mean) + β. `None` stands for b = 0, γ = 1, β = 0. Raises `ValueError` if
    one of them is not one number a filter. Source: Jacob et al., arXiv 1712.05877, section 3.2.
    """
    names = "bias", "running mean", "running variance", "gamma", "beta"
    for name, numbers in zip(names, (bias, running_mean, running_var, gamma, beta)):
        if numbers is not None and numbers.shape != (len(weight),):
            raise ValueError(
                f"the {name} must have shape ({len(weight)},), one number a filter, got {tuple(numbers.shape)}"
            )
    scale = (running_var + eps).rsqrt()
    scale = scale if gamma is None else scale * gamma
    bias = scale * ((0 if bias is None else bias) - running_mean)
    return weight * scale[:, None, None, None], bias if beta is None else bias + beta
