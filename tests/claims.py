"""What is claimed of every network, as functions that tell how far a model is from it; test files hold models to them.

What a network is held to beside its row of the registry stands in `tests/families/<family>.py`, in tables:

    STAGES        network → the output C×H×W of the stem and of each stage, from the paper, for the row's image
    REFERENCES    network → implementations that others wrote of the same graph
    UNREFERENCED  network → why nobody's implementation can be compared with
    FAULTS        what is wrong → (network, function that spoils a model of it)
"""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn

from course_lib import measure, models

# Relative, in float64: true equality ends near 1e-14, and a fault in one place of a thousand can end at 1e-6.
TOLERANCE = 1e-9
FAMILIES = sorted(path.stem for path in (Path(__file__).parent / "families").glob("[a-z]*.py"))


class Reference(NamedTuple):
    """An independent implementation of one of our networks."""

    name: str  # "torchvision resnet50"
    build: Callable  # () → nn.Module
    side: int = (
        80  # of the images they are compared on, in pixels; small, as a forward pass in float64 is slow
    )
    options: dict = {}  # of our network
    arrange: Callable = lambda model: model  # → modules of the reference in the order of ours
    outputs: Callable = lambda outputs: outputs  # → the outputs in training, in the order of ours


def collect(table, families=FAMILIES):
    """One of the tables of `families`, as one dict."""
    rows = {}
    for family in families:
        more = getattr(importlib.import_module(f"families.{family}"), table, {})
        assert not rows.keys() & more.keys(), f"two families have {rows.keys() & more.keys()} in {table}"
        rows |= more
    return rows


def torchvision(name, **options):
    """A network of torchvision with random weights."""
    from torchvision import models as theirs

    return theirs.get_model(name, weights=None, **options)


def timm(name, **options):
    """A network of timm with random weights."""
    import timm

    return timm.create_model(name, pretrained=False, **options)


def pytorchcv(name, **options):
    """A network of pytorchcv with random weights, whose last pooling layer, made for one image size, pools all."""
    from pytorchcv.model_provider import get_model

    model = get_model(name, pretrained=False, **options)
    if isinstance(getattr(model.features, "final_pool", None), nn.AvgPool2d):
        model.features.final_pool = nn.AdaptiveAvgPool2d(1)
    return model


def empty(build):
    """What `build()` gives, in float64, its memory unfilled: to draw first weights costs more time than a test has."""
    with torch.device("meta"):
        model = build()
    return model.double().to_empty(device="cpu")


def randomise(model, seed=0):
    """Fill all parameters and running statistics with random numbers that keep activations of a size near 1."""
    generator = torch.Generator().manual_seed(seed)
    for name, tensor in model.state_dict().items():
        if tensor.dim() > 1:
            tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5, generator=generator)
        elif name.endswith(("running_var", "weight")):
            tensor.uniform_(0.5, 1.5, generator=generator)
        elif tensor.is_floating_point():
            tensor.normal_(0, 0.1, generator=generator)
        else:
            tensor.zero_()
    for module in model.modules():
        if "Dropout" in type(module).__name__ or "Depth" in type(module).__name__:
            module.p = 0.0
    return model


def wrong_counts(model, info):
    """Where parameters and MACs are not those of the registry's row: a list of sentences."""
    parameters = sum(p.numel() for p in model.parameters() if p.requires_grad)
    macs = measure.profile(model, info.input_shape).macs
    found = {"parameters": (parameters, info.parameters), "MACs": (macs, info.macs)}
    return [f"{ours:,} {what} instead of {row:,}" for what, (ours, row) in found.items() if ours != row]


def stage_shapes(model, input_shape):
    """Output C×H×W of the stem and of each stage, by name."""
    state = {name: t.detach().to("meta") for name, t in (*model.named_parameters(), *model.named_buffers())}
    shapes, hooks = {}, []
    for name, part in [("stem", model.stem), *model.stages.named_children()]:
        hooks.append(
            part.register_forward_hook(
                lambda *args, name=name: shapes.update({name: tuple(args[2].shape[1:])})
            )
        )
    with torch.no_grad():
        torch.func.functional_call(
            model.eval(),
            state,
            torch.empty(1, *input_shape, dtype=next(model.parameters()).dtype, device="meta"),
        )
    for hook in hooks:
        hook.remove()
    return shapes


def difference(ours, reference, reference_model):
    """The largest relative difference of outputs and input gradients, in evaluation and in training mode.

    `ours` must be filled and in float64; its weights are copied into the reference.
    """
    ordered = reference.arrange(reference_model)
    held = ordered if isinstance(ordered, nn.Module) else nn.ModuleList(ordered)
    models.transplant(ours, held)
    for module in reference_model.modules():
        if "Dropout" in type(module).__name__ or "Depth" in type(module).__name__:
            module.p = 0.0
    generator = torch.Generator().manual_seed(1)
    channels = next(p for p in ours.stem.parameters() if p.dim() == 4).shape[1]
    images = torch.rand(2, channels, reference.side, reference.side, dtype=torch.float64, generator=generator)
    largest = 0.0
    for training in (False, True):
        found = []
        for model, order in (ours, lambda outputs: outputs), (reference_model, reference.outputs):
            x = images.clone().requires_grad_()
            outputs = _flat(order(model.train(training)(x)))
            weights = [torch.linspace(-1, 1, y.numel(), dtype=torch.float64).view(y.shape) for y in outputs]
            (gradient,) = torch.autograd.grad(sum((w * y).sum() for w, y in zip(weights, outputs)), x)
            found.append([y.detach() for y in outputs] + [gradient])
        assert len(found[0]) == len(found[1]), "the two have another number of outputs"
        for mine, theirs in zip(*found):
            largest = max(largest, ((mine - theirs).norm() / theirs.norm()).item())
            assert theirs.norm() > 0 and theirs.isfinite().all(), "the comparison says nothing"
    return largest


def _flat(outputs):
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    return [tensor for output in outputs for tensor in _flat(output)]


def broken_claims(name, model):
    """Which claims a model that bears the name `name` does not meet: "counts", "stages", names of references."""
    info, stages = models.info(name), collect("STAGES")[name]
    claims = {
        "counts": lambda: not wrong_counts(model, info),
        "stages": lambda: stage_shapes(model, info.input_shape) == stages,
    }
    for reference in collect("REFERENCES").get(name, []):
        if not reference.options:
            claims[reference.name] = lambda r=reference: difference(model, r, empty(r.build)) <= TOLERANCE
    return [claim for claim, holds in claims.items() if not _true(holds)]


def _true(holds):
    try:
        return holds()
    except (AssertionError, RuntimeError, ValueError):  # a spoiled model may not run at all
        return False
