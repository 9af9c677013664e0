"""Bytes of activations, counted on the meta device: what training keeps, and the most that inference holds at once."""

import contextlib
import weakref

import torch
from torch.utils._python_dispatch import TorchDispatchMode


@contextlib.contextmanager
def in_mode(model, training):
    """`model` in training or evaluation mode; afterwards each of its modules is again in the mode in which it was."""
    before = [(module, module.training) for module in model.modules()]
    try:
        yield model.train(training)
    finally:
        for module, mode in before:
            module.training = mode


def on_meta(model):
    """Parameters and buffers of `model` by name, as tensors without contents."""
    return {
        name: tensor.detach().to("meta").requires_grad_(tensor.requires_grad)
        for name, tensor in (*model.named_parameters(), *model.named_buffers())
    }


def image_shape(input_shape):
    """The sizes of one image as a tuple; `ValueError` if that is not what they are."""
    sizes = input_shape if isinstance(input_shape, tuple | list) else ()
    if not sizes or not all(isinstance(size, int) and size > 0 for size in sizes):
        raise ValueError(f"input_shape is that of one image, such as (3, 224, 224); got {input_shape!r}")
    return tuple(sizes)


def meta_images(state, batch_size, input_shape):
    """A batch of images without contents, of the type of the weights."""
    dtype = next((tensor.dtype for tensor in state.values() if tensor.is_floating_point()), None)
    return torch.empty(batch_size, *image_shape(input_shape), dtype=dtype, device="meta")


def training_bytes(model, input_shape):
    """Bytes an image of C×H×W that PyTorch keeps from the forward for the backward pass, the image included.

    Counted for a batch of two, as batch normalisation needs one, and halved. Weights are not counted.
    """
    state, kept = on_meta(model), {}
    weights = {_storage(tensor) for tensor in state.values()}

    def keep(tensor):
        kept[_storage(tensor)] = tensor.untyped_storage().nbytes()
        return tensor

    hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
    with in_mode(model, True), hooks:
        # The output is held, and with it all that is kept, so that no storage is counted twice or taken for another.
        output = torch.func.functional_call(model, state, meta_images(state, 2, input_shape))
        total = sum(size for storage, size in kept.items() if storage not in weights) // 2
        del output
    return total


def inference_bytes(model, input_shape):
    """The most bytes of activations that exist at one time while one image of C×H×W is classified, it included."""
    state = on_meta(model)
    live = _Live(weights={_storage(tensor) for tensor in state.values()})
    with in_mode(model, False), torch.no_grad(), live:
        torch.func.functional_call(model, state, meta_images(state, 1, input_shape))
    return live.most


def _storage(tensor):
    """The memory that a tensor looks at, which may be that of other tensors too."""
    return tensor.untyped_storage()._cdata


class _Live(TorchDispatchMode):
    """Follows how many bytes the tensors hold that are made while it is on."""

    def __init__(self, weights):
        super().__init__()
        self.weights = weights
        self.now = self.most = 0
        self.tensors = {}  # how many tensors look at each storage

    def __torch_dispatch__(self, op, types, args=(), kwargs=None):
        output = op(*args, **(kwargs or {}))
        for tensor in output if isinstance(output, tuple | list) else [output]:
            if isinstance(tensor, torch.Tensor):
                self._see(tensor)
        return output

    def _see(self, tensor):
        storage, size = _storage(tensor), tensor.untyped_storage().nbytes()
        if storage in self.weights:  # a view, such as the transpose that a matrix product reads
            return
        if storage not in self.tensors:
            self.tensors[storage] = 0
            self.now += size
            self.most = max(self.most, self.now)
        self.tensors[storage] += 1
        weakref.finalize(tensor, self._forget, storage, size)

    def _forget(self, storage, size):
        self.tensors[storage] -= 1
        if not self.tensors[storage]:
            del self.tensors[storage]
            self.now -= size
