"""Numbers about a network that need no training: shapes, parameters, work, memory, receptive field, time.

All but time and gradients is computed on the meta device, where tensors have shapes and no contents. A network need not
even have weights: `with torch.device("meta")` builds one that takes no memory.

MACs are multiply-accumulates of convolutions and matrix products for one image; biases, normalisation, pooling and
activations are not counted. Papers print the same number as "FLOPs" or "mult-adds"; counted strictly, one MAC is
two floating-point operations.
"""

import json
from typing import NamedTuple

import torch

from course_lib.measure import fields
from course_lib.measure.gradients import Sensitivity, receptive_field
from course_lib.measure.latency import Latency, latency
from course_lib.measure.memory import in_mode, inference_bytes, meta_images, on_meta, training_bytes
from course_lib.measure.tracer import Layer, Tracer, own_parameters

__all__ = [
    "Comparison", "Comparisons", "Latency", "Layer", "Profile", "Sensitivity", "compare", "latency", "profile",
    "receptive_field",
]  # fmt: skip


class Profile(NamedTuple):
    """The layers of a network in the order in which they ran, and the totals; bytes are of one image, no weights."""

    layers: list
    parameters: int
    macs: int
    training_bytes: int  # kept from the forward for the backward pass
    inference_bytes: int  # the most that exists at one time
    input_shape: tuple

    def __str__(self):
        head = ("layer", "type", "output", "parameters", "MACs", "KiB", "sees", "step")
        rows = [
            (layer.path, layer.type, "×".join(map(str, layer.output_shape)), f"{layer.parameters:,}",
             f"{layer.macs:,}", f"{layer.activation_bytes / 1024:.1f}",
             _size(layer.receptive_field), _size(layer.stride or ""))
            for layer in self.layers
        ]  # fmt: skip
        outputs_kib = sum(layer.activation_bytes for layer in self.layers) / 1024
        rows.append(("total", "", "", f"{self.parameters:,}", f"{self.macs:,}", f"{outputs_kib:.1f}", "", ""))
        return (
            f"{_table(head, rows, left=3)}\n"
            f"an image takes {self.training_bytes / 1024:,.1f} KiB in training, {self.inference_bytes / 1024:,.1f} KiB "
            "in inference"
        )

    def to_json(self):
        """The profile as compact JSON for widgets: names of columns, one list a layer, totals, input shape."""
        totals = {key: value for key, value in self._asdict().items() if key != "layers"}
        return json.dumps({"columns": Layer._fields, "layers": self.layers, **totals}, separators=(",", ":"))


class Comparison(NamedTuple):
    """One network in a table of several."""

    name: str
    input_shape: tuple
    parameters: int
    macs: int
    training_bytes: int
    inference_bytes: int
    receptive_field: tuple | str | None  # of the last map of more than one pixel
    stride: tuple | None


class Comparisons(list):
    """Rows of `Comparison` that print as a table."""

    def __str__(self):
        head = ("network", "input", "parameters", "MACs", "training MiB", "inference MiB", "sees", "step")
        rows = [
            (row.name, "×".join(map(str, row.input_shape)), f"{row.parameters:,}", f"{row.macs:,}",
             f"{row.training_bytes / 2**20:.1f}", f"{row.inference_bytes / 2**20:.1f}",
             _size(row.receptive_field), _size(row.stride or ""))
            for row in self
        ]  # fmt: skip
        return _table(head, rows, left=2)


def _widest(layers):
    """What the last of `layers` sees, together with the paths beside it: the widest field so far."""
    last = layers[-1].receptive_field
    if not isinstance(last, tuple):
        return last
    known = [layer.receptive_field for layer in layers if isinstance(layer.receptive_field, tuple)]
    return tuple(max(sizes) for sizes in zip(*known))


def _table(head, rows, left):
    """Rows of words under a head, the first `left` columns flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    return "\n".join(
        "  ".join(
            t.ljust(w) if i < left else t.rjust(w) for i, (t, w) in enumerate(zip(row, widths))
        ).rstrip()
        for row in (head, *rows)
    )


def _size(pair):
    return "?" if pair is None else pair if isinstance(pair, str) else "×".join(map(str, pair))


def profile(model, input_shape):
    """Measure `model` on one image of `input_shape` (C×H×W): one row a layer, and the totals.

    A layer is a module that holds parameters or has no parts of its own. Rows are of evaluation mode, and the model is
    left in the mode in which it was. Raises what the model raises when the image does not fit it. Receptive fields hold
    exactly for chains, and are bounds where a network branches (see `fields`).
    """
    state = on_meta(model)
    image = meta_images(state, 1, input_shape)
    is_image = image.dim() == 4
    image.fields = tuple(fields.Field(0, 0, 1) for _ in "HW") if is_image else None
    image.step = (1, 1) if is_image else None
    tracer = Tracer(own_parameters(model))
    hooks = []
    for path, module in model.named_modules():
        hooks += [
            module.register_forward_pre_hook(lambda *_: tracer.enter()),
            module.register_forward_hook(lambda m, _, output, path=path: tracer.leave(path, m, output)),
        ]
    try:
        with in_mode(model, False), torch.no_grad(), tracer:
            torch.func.functional_call(model, state, image)
    finally:
        for hook in hooks:
            hook.remove()
    return Profile(
        layers=tracer.layers,
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        macs=tracer.macs,
        training_bytes=training_bytes(model, input_shape),
        inference_bytes=inference_bytes(model, input_shape),
        input_shape=tuple(input_shape),
    )


def compare(networks):
    """Profile several networks, given as name → (model, input shape C×H×W): rows that print as a table."""
    if not isinstance(networks, dict):
        raise ValueError(
            f"networks is a dict of name → (model, input shape); got a {type(networks).__name__}"
        )
    rows = Comparisons()
    for name, (model, input_shape) in networks.items():
        measured = profile(model, input_shape)
        maps = [layer for layer in measured.layers if layer.output_shape[1:] not in ((), (1, 1))]
        sees = (_widest(maps), maps[-1].stride) if maps else (None, None)
        rows.append(Comparison(name, measured.input_shape, *measured[1:-1], *sees))
    return rows
