"""Activation functions as formulas, number by number; all keep the shape.

They equal `torch.nn.functional`, in values and gradients. Where a function has a kink its slope there is torch's, so
the side on which the kink itself is counted matters: `x <= 0` is not `x < 0`, and `clamp` has no slope at its bounds.
Where a branch not taken could overflow, its argument is held back first, as 0 · ∞ in the backward pass is not a number.
"""

import torch


def sigmoid(x):
    """1 / (1 + e⁻ˣ), in (0, 1); slope at most 1/4."""
    decay = _negative(x).exp()  # e⁻ˣ for x ≥ 0, eˣ below: never above 1, so nothing overflows
    return torch.where(x < 0, decay, 1) / (1 + decay)


def tanh(x):
    """(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ) = 2 · sigmoid(2x) − 1, in (−1, 1); slope at most 1."""
    shrunk = torch.expm1(2 * _negative(x))  # e⁻²ˣ − 1 for x ≥ 0, with all its digits when x is small
    return torch.where(x < 0, shrunk, -shrunk) / (2 + shrunk)


def _negative(x):
    """−|x|, with the slope −1 at 0, where that of `abs` is 0."""
    return torch.where(x < 0, x, -x)


def relu(x):
    """max(x, 0). Slope 0 at 0. Source: Nair and Hinton, ICML 2010."""
    return torch.where(x <= 0, 0, x)


def leaky_relu(x, negative_slope=0.01):
    """x above 0, `negative_slope` · x at 0 and below. Source: Maas, Hannun and Ng, ICML 2013."""
    return torch.where(x > 0, x, negative_slope * x)


def elu(x, alpha=1.0):
    """x above 0, α(eˣ − 1) at 0 and below. Source: Clevert, Unterthiner and Hochreiter, arXiv 1511.07289, section 3."""
    below = torch.where(x > 0, 0, x)
    return torch.where(x > 0, x, alpha * torch.expm1(below))


def softplus(x, threshold=20.0):
    """ln(1 + eˣ), a smooth ReLU whose slope is the sigmoid. Source: Dugas et al., NIPS 2000.

    Above `threshold` it is x itself, which by then is almost the same.
    """
    below = torch.where(x > threshold, threshold, x)
    return torch.where(x > threshold, x, torch.log1p(below.exp()))


def relu6(x):
    """min(max(x, 0), 6). Slope 0 at 0 and at 6. Source: Sandler et al., arXiv 1801.04381, section 4."""
    return torch.where(x >= 6, 6, relu(x))


def hardsigmoid(x):
    """ReLU6(x + 3) / 6, the sigmoid of straight pieces. Source: Howard et al., arXiv 1905.02244, section 5.2."""
    return relu6(x + 3) / 6


def hardswish(x):
    """x · ReLU6(x + 3) / 6. Source: Howard et al., arXiv 1905.02244, section 5.2."""
    return x * hardsigmoid(x)


def swish(x, beta=1.0):
    """x · sigmoid(βx). Source: Ramachandran, Zoph and Le, arXiv 1710.05941, section 4."""
    return x * sigmoid(beta * x)


def silu(x):
    """x · sigmoid(x), swish with β = 1. Source: Elfwing, Uchibe and Doya, arXiv 1702.03118, section 2."""
    return swish(x)
