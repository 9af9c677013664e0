"""What is claimed of every network, as functions that tell how far a model is from it; test files hold models to them.

What a network is held to beside its row of the registry stands in `tests/families/<family>.py`, in tables:

    STAGES      network → the output C×H×W of the stem and of each stage, from the paper, for the row's image
    REFERENCES  network → implementations that others wrote of the same graph
    DROPOUT     network → share dropped in training by each layer that drops any, by path, from the paper
    FAULTS      what is wrong → (network, function that spoils a model of it)
"""

import importlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib import measure, models

# Relative, in float64: true equality ends near 1e-14, and a fault in one place of a thousand can end at 1e-6.
TOLERANCE = 1e-9
FAMILIES = sorted(path.stem for path in (Path(__file__).parent / "families").glob("[a-z]*.py"))


class Reference(NamedTuple):
    """An independent implementation of one of our networks."""

    name: str  # "torchvision resnet50"
    build: Callable  # () → nn.Module
    side: int = 80  # of the images they are compared on, in pixels: a forward pass in float64 is slow
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
    for module in dropping(model).values():
        module.p = 0.0
    return model


def dropping(model):
    """The layers that drop a share `p` of something in training, by path."""
    return {
        path: module
        for path, module in model.named_modules()
        if "Dropout" in type(module).__name__ or "Depth" in type(module).__name__
    }


def dropped(model):
    """The share that each layer drops in training, by path, where it drops any."""
    return {path: round(layer.p, 9) for path, layer in dropping(model).items() if layer.p > 0}


def parameters(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def macs_by_torch(model, input_shape):
    """MACs of a model on the meta device, by torch's own counter."""
    images = torch.empty(1, *input_shape, dtype=next(model.parameters()).dtype, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.eval()(images)
    return counter.get_total_flops() // 2


def stage_shapes(model, input_shape):
    """Output C×H×W of the stem and of each stage, by name."""
    state = {name: t.detach().to("meta") for name, t in (*model.named_parameters(), *model.named_buffers())}
    images = torch.empty(1, *input_shape, dtype=next(model.parameters()).dtype, device="meta")
    shapes, hooks = {}, []
    for name, part in [("stem", model.stem), *model.stages.named_children()]:

        def note(*args, name=name):
            shapes[name] = tuple(args[2].shape[1:])

        hooks.append(part.register_forward_hook(note))
    try:
        with torch.no_grad():
            torch.func.functional_call(model.eval(), state, images)
    finally:
        for hook in hooks:
            hook.remove()
    return shapes


def difference(ours, reference, reference_model):
    """The largest relative difference of outputs and input gradients, in evaluation and in training mode.

    And of the running statistics that training leaves. `ours` must be filled and in float64; its weights are copied
    into the reference.
    """
    ordered = reference.arrange(reference_model)
    held = ordered if isinstance(ordered, nn.Module) else nn.ModuleList(ordered)
    models.transplant(ours, held)
    for module in dropping(reference_model).values():
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
        if training:
            for of_model, model in zip(found, (ours, held)):
                of_model += [t for name, t in model.state_dict().items() if "running" in name]
        for mine, theirs in zip(*found, strict=True):
            assert theirs.norm() > 0 and theirs.isfinite().all(), "the comparison says nothing"
            assert mine.isfinite().all(), "our network gives numbers that are none"
            largest = max(largest, ((mine - theirs).norm() / theirs.norm()).item())
    return largest


def _flat(outputs):
    if isinstance(outputs, torch.Tensor):
        return [outputs]
    return [tensor for output in outputs for tensor in _flat(output)]


def broken_claims(name, spoil=lambda model: None):
    """Which claims a spoiled network does not meet: "parameters", "MACs", "stages", "dropout", names of references.

    Given as claim → what it has instead: a number, shapes, the first weights that differ in shape, or the error of a
    model that does not run.
    """
    info, references = models.info(name), collect("REFERENCES")[name]

    def spoiled(**options):
        with torch.device("meta"):
            model = models.create(name, **options).double()
            spoil(model)
        return model.double()

    def held_to(reference):
        model = randomise(spoiled(**reference.options).to_empty(device="cpu"))
        return difference(model, reference, empty(reference.build))

    stages = collect("STAGES")[name]
    dropout = collect("DROPOUT").get(name, {})
    claims = {
        "parameters": (lambda: parameters(spoiled()), lambda found: found == info.parameters),
        "MACs": (lambda: measure.profile(spoiled(), info.input_shape).macs, lambda found: found == info.macs),
        "stages": (lambda: stage_shapes(spoiled(), info.input_shape), lambda found: found == stages),
        "dropout": (lambda: dropped(spoiled()), lambda found: found == dropout),
    }
    for reference in references:
        claims[reference.name] = partial(held_to, reference), lambda found: found <= TOLERANCE
    broken = {}
    for claim, (find, holds) in claims.items():
        try:
            found = find()
        except (RuntimeError, ValueError, AttributeError) as error:  # of torch or of our networks
            found = str(error) if "the networks differ" in str(error) else error
        if isinstance(found, str | Exception) or not holds(found):
            broken[claim] = found
    return broken
