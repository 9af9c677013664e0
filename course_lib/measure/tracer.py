"""Watches a forward pass: one row for each layer, with its work and what it sees of the image."""

from typing import NamedTuple

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from course_lib.measure import fields

aten = torch.ops.aten


class Layer(NamedTuple):
    """One layer of a profile; receptive field, stride and centre are (vertical, horizontal), in pixels of the input.

    The receptive field is "all" when an output depends on the whole image, and `None` where it cannot be followed.
    `step` is what the stride is, by the sizes of the maps alone: there also where the receptive field is "all". What is
    read, in how many groups and with what kernel, is told of convolutions and linear layers.
    """

    path: str
    type: str
    output_shape: tuple
    parameters: int  # trainable
    macs: int
    activation_bytes: int  # of the output, for one image
    receptive_field: tuple | str | None
    stride: tuple | None  # effective: how far the receptive field moves from one output to the next
    centre: tuple | None  # of the receptive field of the first output; 0 is the middle of the first pixel
    step: tuple | None
    in_channels: int | None
    groups: int | None
    kernel: tuple | None  # of a linear layer (1, 1)


def own_parameters(model):
    """Trainable parameters that each module holds itself, by path."""
    return {
        path: sum(p.numel() for p in module.parameters(recurse=False) if p.requires_grad)
        for path, module in model.named_modules()
    }


class Tracer(TorchDispatchMode):
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
                centre=tuple((f.low + f.high) / 2 for f in field) if _is_pair(field) else None,
                step=getattr(output, "step", None),
                **_window(module),
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
                step = fields.follow_step(op, args, sources, outputs[0])
                for tensor in _tensors(outputs):
                    tensor.fields, tensor.step = found, step
        return output


def _window(module):
    if isinstance(module, torch.nn.modules.conv._ConvNd):
        found = module.in_channels, module.groups, module.kernel_size
    else:
        found = (module.in_features, 1, (1, 1)) if isinstance(module, torch.nn.Linear) else (None, None, None)
    return dict(zip(("in_channels", "groups", "kernel"), found))


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
