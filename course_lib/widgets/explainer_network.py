"""Chains of layers as JSON: the networks that the explainer runs, how they are written, and their shapes.

A network is {"input": [C, H, W], "mean": [C], "std": [C], "layers": [...]}; each layer has a "kind", the "path" of its
module, and the settings of torch's module of that kind. Arrays are base64: weights int8 with one float32 scale for each
output channel, the rest float32. `explainer_export` writes such networks; js/core/explainer.mjs runs them on the page.
"""

import base64
import math

from course_lib.widgets import explainer_layers
from course_lib.widgets.explainer_layers import ACTIVATIONS

MOST_BYTES = 100_000  # of JSON
MOST_MACS = 30_000_000  # multiply-accumulates of one forward pass: about 0.1 s on a page
MOST_VALUES = 200_000  # of the layers' outputs together


def encode(array, dtype):
    """The base64 text of an array as little-endian `dtype`."""
    import numpy as np

    return base64.b64encode(np.ascontiguousarray(array, np.dtype(dtype).newbyteorder("<")).tobytes()).decode()


def decode(text, dtype, count, name):
    """The `count` numbers of base64 `text`; ValueError if there are not so many."""
    import numpy as np

    try:
        data = base64.b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise ValueError(f"{name} is not base64 text.") from None
    size = np.dtype(dtype).itemsize
    if len(data) != count * size:
        raise ValueError(f"{name} holds {len(data)} bytes; {count} numbers of {size} bytes are needed.")
    numbers = np.frombuffer(data, np.dtype(dtype).newbyteorder("<"))
    if not np.isfinite(numbers).all():
        raise ValueError(f"{name} holds numbers that are not finite.")
    return numbers


def weight(layer):
    """The dequantised weight of a conv2d or linear layer, in float64: int8 times the channel's scale."""
    shape = layer["weight"]["shape"]
    name = f"the weight of {layer['path']}"
    whole = decode(layer["weight"]["int8"], "i1", math.prod(shape), name).astype(float).reshape(shape)
    scale = decode(layer["weight"]["scale"], "f4", shape[0], f"the scale of {layer['path']}").astype(float)
    return whole * scale.reshape([-1] + [1] * (len(shape) - 1))


def vector(layer, name, count):
    """One of a layer's float arrays in float64; zeros for one that is None."""
    import numpy as np

    if layer[name] is None:
        return np.zeros(count)
    return decode(layer[name], "f4", count, f"the {name} of {layer['path']}").astype(float)


def shapes(network):
    """[C, H, W] or [N] of each layer's output; ValueError that names the first layer that does not fit."""
    shape, found, values = list(network["input"]), [], math.prod(network["input"])
    for number, layer in enumerate(network["layers"]):
        explainer_layers.check(layer, number)
        shape = _output_shape(layer, shape)
        found.append(shape)
        values += math.prod(shape)
    if len(shape) != 1:
        raise ValueError(
            f"the last layer gives {shape}; it must give one number for each class: add a Flatten."
        )
    if values > MOST_VALUES:
        raise ValueError(
            f"the layers give {values:,} numbers for one image; the page keeps at most {MOST_VALUES:,}."
        )
    return found


def macs(network):
    """Multiply-accumulates of one forward pass: convolutions and linear layers."""
    total = 0
    for layer, shape in zip(network["layers"], shapes(network), strict=True):
        if layer["kind"] in ("conv2d", "linear"):
            total += math.prod(layer["weight"]["shape"]) * math.prod(shape[1:])
    return total


def _output_shape(layer, shape):
    kind, path = layer["kind"], layer["path"]
    if kind in ACTIVATIONS:
        return shape
    if kind == "flatten":
        return [math.prod(shape)]
    if kind == "batch_norm":
        parts = {name: vector(layer, name, shape[0]) for name in ("mean", "variance", "weight", "bias")}
        if (parts["variance"] + layer["eps"]).min() <= 0:
            raise ValueError(f"the variance of {path} plus eps must be above 0 in every channel.")
        return shape
    if kind == "linear":
        outputs, inputs = layer["weight"]["shape"]
        if shape != [inputs]:
            raise ValueError(f"{path} is a linear layer of {inputs} inputs, but it gets {_text(shape)}.")
        return _with_arrays(layer, [outputs])
    if len(shape) != 3:
        raise ValueError(f"{path} needs maps, C × H × W, but it gets {_text(shape)}.")
    if kind == "adaptive_avg_pool":
        return [shape[0], *layer["size"]]
    if kind == "conv2d":
        filters, per_group, *kernel = layer["weight"]["shape"]
        groups = layer["groups"]
        if shape[0] != per_group * groups or filters % groups:
            raise ValueError(f"{path} is for {per_group * groups} channels, but it gets {shape[0]}.")
        return _with_arrays(layer, [filters, *_slide(layer, kernel, shape)])
    return [shape[0], *_slide(layer, layer["kernel"], shape)]


def _with_arrays(layer, shape):
    weight(layer)
    vector(layer, "bias", shape[0])
    return shape


def _slide(layer, kernel, shape):
    """Height and width of what a window gives that slides over maps, by torch's rule."""
    sizes = []
    for axis in (0, 1):
        before, after = layer["padding"][axis]
        stride, dilation = layer["stride"][axis], layer.get("dilation", [1, 1])[axis]
        extent = dilation * (kernel[axis] - 1) + 1
        if layer["kind"] != "conv2d" and 2 * before > extent:
            raise ValueError(
                f"{layer['path']} pads {before}; torch allows half of its window, {extent // 2}."
            )
        span = shape[1 + axis] + before + after - extent
        size = -(-span // stride) + 1 if layer.get("ceil") else span // stride + 1
        if layer.get("ceil") and (size - 1) * stride >= shape[1 + axis] + before:
            size -= 1  # a window may not begin in the padding after
        if span < 0 or size < 1:
            raise ValueError(
                f"{layer['path']} has a window of {extent}, larger than the {_text(shape)} it gets."
            )
        sizes.append(size)
    return sizes


def _text(shape):
    return " × ".join(map(str, shape))
