"""Numbers about a network that need no training: shapes, parameters, work, memory, receptive field.

Everything is computed on the meta device, where tensors have shapes and no contents, so the size of the network
costs neither memory nor time.

MACs are multiply-accumulates of convolutions and matrix products for one image; biases, normalisation, pooling and
activations are not counted. Papers print the same number as "FLOPs" or "mult-adds"; counted strictly, one MAC is
two floating-point operations.
"""

from typing import NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from course_lib.measure import fields

aten = torch.ops.aten


class Layer(NamedTuple):
    """One layer of a profile; receptive field and stride are (vertical, horizontal), in pixels of the input.

    The receptive field is "all" when an output depends on the whole image, and `None` where it cannot be followed.
    """

    path: str
    type: str
    output_shape: tuple
    parameters: int  # trainable
    macs: int
    activation_bytes: int  # of the output, for one image
    receptive_field: tuple | str | None
    stride: tuple | None  # effective: how far the receptive field moves from one output to the next


class Profile(NamedTuple):
    """The layers of a network in the order in which they ran, and the totals."""

    layers: list
    parameters: int
    macs: int
    activation_bytes: int

    def __str__(self):
        head = ("layer", "type", "output", "parameters", "MACs", "KiB", "sees", "step")
        rows = [
            (layer.path, layer.type, "×".join(map(str, layer.output_shape)), f"{layer.parameters:,}",
             f"{layer.macs:,}", f"{layer.activation_bytes / 1024:.1f}",
             _size(layer.receptive_field), _size(layer.stride or ""))
            for layer in self.layers
        ]  # fmt: skip
        total = ("total", "", "", f"{self.parameters:,}", f"{self.macs:,}",
                 f"{self.activation_bytes / 1024:.1f}", "", "")  # fmt: skip
        widths = [max(map(len, column)) for column in zip(head, *rows, total)]
        return "\n".join(
            "  ".join(
                t.ljust(w) if i < 3 else t.rjust(w) for i, (t, w) in enumerate(zip(row, widths))
            ).rstrip()
            for row in (head, *rows, total)
        )


def _size(pair):
    return "?" if pair is None else pair if isinstance(pair, str) else "×".join(map(str, pair))


def profile(model, input_shape):
    """Measure `model` on one image of `input_shape` (C×H×W): one row a layer, and the totals.

    A layer is a module that holds parameters or has no parts of its own. The model is measured in evaluation mode and
    left in the mode in which it was. Raises what the model raises when the image does not fit it. Receptive fields hold
    exactly for chains, and are bounds where a network branches (see `fields`).
    """
    image = torch.empty(1, *input_shape, device="meta")
    image.fields = tuple(fields.Field(0, 0, 1) for _ in "HW") if image.dim() == 4 else None
    tracer = _Tracer(_own_parameters(model))
    hooks = []
    for path, module in model.named_modules():
        hooks += [
            module.register_forward_pre_hook(lambda *_: tracer.enter()),
            module.register_forward_hook(lambda m, _, output, path=path: tracer.leave(path, m, output)),
        ]
    state = {name: t.detach().to("meta") for name, t in (*model.named_parameters(), *model.named_buffers())}
    training = [module for module in model.modules() if module.training]
    try:
        with torch.no_grad(), tracer:
            torch.func.functional_call(model.eval(), state, image)
    finally:
        for module in training:
            module.training = True
        for hook in hooks:
            hook.remove()
    return Profile(
        layers=tracer.layers,
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        macs=tracer.macs,
        activation_bytes=sum(layer.activation_bytes for layer in tracer.layers),
    )


def _own_parameters(model):
    """Trainable parameters that each module holds itself, by path."""
    return {
        path: sum(p.numel() for p in module.parameters(recurse=False) if p.requires_grad)
        for path, module in model.named_modules()
    }


class _Tracer(TorchDispatchMode):
    """Watches every operation of a forward pass: counts its MACs and follows what part of the image it sees."""

    def __init__(self, own_parameters):
        super().__init__()
        self.own_parameters = own_parameters
        self.layers, self.macs = [], 0
        self.macs_before = []  # a stack: the count when each module that is still running began

    def enter(self):
        self.macs_before.append(self.macs)

    def leave(self, path, module, output):
        macs_before = self.macs_before.pop()
        if not self.own_parameters[path] and any(module.children()):
            return
        output = next(_tensors([output]))  # the first one of a layer that gives several, such as an LSTM
        field = getattr(output, "fields", None)
        self.layers.append(
            Layer(
                path=path,
                type=type(module).__name__,
                output_shape=tuple(output.shape[1:]),
                parameters=self.own_parameters[path],
                macs=self.macs - macs_before,
                activation_bytes=output.numel() * output.element_size(),
                receptive_field=tuple(f.high - f.low + 1 for f in field) if _is_pair(field) else field,
                stride=tuple(f.step for f in field) if _is_pair(field) else None,
            )
        )

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        output = op(*args, **(kwargs or {}))
        outputs = output if isinstance(output, tuple | list) else [output]
        if isinstance(outputs[0], torch.Tensor):
            self.macs += _macs(op.overloadpacket, args, outputs[0])
            sources = [tensor for tensor in _tensors(args) if hasattr(tensor, "fields")]
            if sources:
                found = fields.follow(op, args, sources, outputs[0])
                for tensor in _tensors(outputs):
                    tensor.fields = found
        return output


def _is_pair(field):
    return isinstance(field, tuple)


def _tensors(args):
    for arg in args:
        if isinstance(arg, torch.Tensor):
            yield arg
        elif isinstance(arg, tuple | list | dict):
            yield from _tensors(arg.values() if isinstance(arg, dict) else arg)


def _macs(op, args, result):
    if op is aten.convolution:
        x, weight, transposed = args[0], args[1], args[6]
        return (x if transposed else result).numel() * weight[0].numel()
    if op in (aten.mm, aten.bmm):
        return result.numel() * args[0].shape[-1]
    if op in (aten.addmm, aten.baddbmm):
        return result.numel() * args[1].shape[-1]
    return 0
