"""Receptive fields measured: where in the image a change would change one value of a feature map."""

import math
from typing import NamedTuple

import torch

from course_lib.measure.memory import image_shape, in_mode


class Sensitivity(NamedTuple):
    """How much the middle value of a feature map depends on each pixel; sizes are (vertical, horizontal), in pixels."""

    gradient: torch.Tensor  # H×W: mean of its absolute value over images and their channels
    position: tuple  # row and column of the value in its map
    size: tuple  # of the smallest rectangle around all pixels whose gradient is not 0
    effective_size: float  # side of a square of as many pixels as have over 4.55 % of the largest gradient


def receptive_field(model, input_shape, at=None, *, images=8, seed=0):
    """Measure what the middle value of the output of layer `at` depends on, by gradients; `None` is the whole model.

    `at` is a path as in `profile`. What is differentiated is a sum of the channels with random weights, at `images`
    random images of C×H×W, in evaluation mode and float64: one image can miss pixels that lose in max pooling or meet a
    ReLU that is off. Raises `ValueError` for an
    unknown layer. Source of the effective size: Luo et al., arXiv 1701.04128, section 3, who count 1 − 95.45 %.
    """
    layers = dict(model.named_modules())
    if (at or "") not in layers:
        raise ValueError(
            f"the model has no layer {at!r}: take a path of `profile`, such as {list(layers)[-1]!r}"
        )
    maps = []
    hook = layers[at or ""].register_forward_hook(lambda *args: maps.append(args[2].clone()))
    generator = torch.Generator().manual_seed(seed)
    batch = torch.randn(images, *image_shape(input_shape), generator=generator, dtype=torch.float64)
    device = next((p.device for p in model.parameters()), "cpu")
    batch = batch.to(device).requires_grad_()
    state = {name: t.detach() for name, t in (*model.named_parameters(), *model.named_buffers())}
    state = {name: t.double() if t.is_floating_point() else t for name, t in state.items()}
    try:
        with in_mode(model, False):
            torch.func.functional_call(model, state, batch)
    finally:
        hook.remove()
    position = tuple(size // 2 for size in maps[0].shape[2:])
    values = maps[0][(slice(None), slice(None), *position)]
    # Each channel counts with its own sign and weight, so that channels do not cancel each other.
    weights = torch.randn(values.shape, generator=generator, dtype=torch.float64).to(device)
    (gradient,) = torch.autograd.grad((weights * values).sum(), batch)
    gradient = gradient.abs().mean((0, 1)).cpu()
    rows, columns = gradient.sum(1).nonzero(), gradient.sum(0).nonzero()
    size = tuple((seen[-1] - seen[0] + 1).item() if len(seen) else 0 for seen in (rows, columns))
    effective = math.sqrt((gradient > (1 - 0.9545) * gradient.max()).sum().item())
    return Sensitivity(gradient, position, size, effective)
