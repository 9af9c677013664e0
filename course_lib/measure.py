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

aten = torch.ops.aten


class Layer(NamedTuple):
    """One layer of a profile; sizes are (vertical, horizontal) in input pixels, `None` when it sees everything."""

    path: str
    type: str
    output_shape: tuple
    parameters: int  # trainable
    macs: int
    activation_bytes: int  # of the output, for one image
    receptive_field: tuple | None
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
             _size(layer.receptive_field), _size(layer.stride))
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
    return "all" if pair is None else "×".join(map(str, pair))


def profile(model, input_shape):
    """Measure `model` on one image of `input_shape` (C×H×W): one row a layer, and the totals.

    A layer is a module that holds parameters or has no parts of its own. Raises what the model raises when the
    image does not fit it. Receptive fields follow the arithmetic of Araujo, Norris and Sim, Distill 2019; they hold
    exactly for chains, and are the union over the branches where a network branches.
    """
    image = torch.empty(1, *input_shape, device="meta")
    tracer = _Tracer(tuple(image.shape[2:]), _own_parameters(model))
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


class _Field(NamedTuple):
    """Along one axis: output 0 sees input pixels `low` to `high`, and each next output `step` further on."""

    low: int
    high: int
    step: int


class _Tracer(TorchDispatchMode):
    """Watches every operation of a forward pass: counts its MACs and follows what part of the image it sees."""

    def __init__(self, image_size, own_parameters):
        super().__init__()
        self.image_size, self.own_parameters = image_size, own_parameters
        self.layers, self.macs = [], 0
        self.macs_before = []  # a stack: the count when each module that is still running began

    def enter(self):
        self.macs_before.append(self.macs)

    def leave(self, path, module, output):
        macs_before = self.macs_before.pop()
        if not self.own_parameters[path] and any(module.children()):
            return
        fields = getattr(output, "fields", None)
        self.layers.append(
            Layer(
                path=path,
                type=type(module).__name__,
                output_shape=tuple(output.shape[1:]),
                parameters=self.own_parameters[path],
                macs=self.macs - macs_before,
                activation_bytes=output.numel() * output.element_size(),
                receptive_field=fields and tuple(f.high - f.low + 1 for f in fields),
                stride=fields and tuple(f.step for f in fields),
            )
        )

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        output = op(*args, **(kwargs or {}))
        outputs = output if isinstance(output, tuple | list) else [output]
        if isinstance(outputs[0], torch.Tensor):
            self.macs += _macs(op.overloadpacket, args, outputs[0])
            fields = self.fields(op.overloadpacket, args, outputs[0])
            for tensor in outputs:
                tensor.fields = fields
        return output

    def fields(self, op, args, result):
        """The fields of the result along both axes; `None` once it sees the whole image."""
        images = [t for t in _tensors(args[:1] if op is aten.convolution else args) if t.dim() == 4]
        if result.dim() != 4 or not images:
            return None
        start = tuple(_Field(0, 0, 1) for _ in self.image_size)
        known = [getattr(t, "fields", start) for t in images]
        if None in known:
            return None
        merged = [
            _Field(min(f.low for f in axis), max(f.high for f in axis), max(f.step for f in axis))
            for axis in zip(*known)
        ]
        window = _window(op, args)
        if window is None:
            if op in (aten.constant_pad_nd, aten.reflection_pad2d, aten.replication_pad2d):
                left, _, top, *_ = (*args[1], 0, 0, 0)
                return tuple(
                    _Field(f.low - p * f.step, f.high - p * f.step, f.step)
                    for f, p in zip(merged, (top, left))
                )
            return tuple(merged) if any(t.shape[2:] == result.shape[2:] for t in images) else None
        return tuple(
            _Field(f.low - p * f.step, f.high + (d * (k - 1) - p) * f.step, f.step * s)
            for f, k, s, p, d in zip(merged, *window)
        )


def _tensors(args):
    for arg in args:
        if isinstance(arg, torch.Tensor):
            yield arg
        elif isinstance(arg, tuple | list):
            yield from _tensors(arg)


def _window(op, args):
    """Kernel size, stride, padding and dilation, two numbers each, of an operation that slides a window."""
    if op is aten.convolution:
        _, weight, _, stride, padding, dilation, transposed, *_ = args
        return None if transposed else (weight.shape[2:], stride, padding, dilation)
    if op in (aten.max_pool2d_with_indices, aten.avg_pool2d):
        kernel, stride, padding, dilation = (*args[1:], *([], 0, 1)[len(args) - 2 :])[:4]
        dilation = dilation if op is aten.max_pool2d_with_indices else 1  # avg_pool2d has ceil_mode there
        return tuple(
            v if isinstance(v, list | tuple) else (v, v)
            for v in (kernel, stride or kernel, padding, dilation)
        )
    return None


def _macs(op, args, result):
    if op is aten.convolution:
        x, weight, transposed = args[0], args[1], args[6]
        return (x if transposed else result).numel() * weight[0].numel()
    if op in (aten.mm, aten.bmm):
        return result.numel() * args[0].shape[-1]
    if op in (aten.addmm, aten.baddbmm):
        return result.numel() * args[1].shape[-1]
    return 0
