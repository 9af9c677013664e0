"""One form for each field of the explainer: what may be given, what the page gets, and why the rest is refused."""

import base64
import json
import math

from course_lib.widgets import explainer_network

MOST_IMAGES = 40
MOST_IMAGE_BYTES = 60_000  # of pixels together


def network(value):
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError(
                "network is neither a dict nor JSON text; explainer_export.export makes one."
            ) from None
    if not isinstance(value, dict) or not {"input", "mean", "std", "layers"} <= set(value):
        raise ValueError(
            "network must be a dict with input, mean, std and layers, as explainer_export.export makes it."
        )
    size = value["input"]
    if not (
        isinstance(size, list | tuple)
        and len(size) == 3
        and all(isinstance(n, int) and 0 < n <= 128 for n in size)
    ):
        raise ValueError(f"the network's input must be [C, H, W], each from 1 to 128; got {size!r}.")
    if size[0] not in (1, 3):
        raise ValueError(
            f"the network takes {size[0]} channels; the page draws pictures of 1 (grey) or 3 (RGB)."
        )
    macs = explainer_network.macs(value)
    if macs > explainer_network.MOST_MACS:
        raise ValueError(
            f"one forward pass takes {macs:,} multiply-accumulates; the page runs at most "
            f"{explainer_network.MOST_MACS:,}."
        )
    return {**value, "input": list(size)}


def images(values, shape):
    if values is None:
        return []
    values = values.detach().cpu().numpy() if hasattr(values, "detach") else values
    if len(values) > MOST_IMAGES or len(values) * math.prod(shape) > MOST_IMAGE_BYTES:
        most = min(MOST_IMAGES, MOST_IMAGE_BYTES // math.prod(shape))
        raise ValueError(f"{len(values)} images are too many for one page; give at most {most}.")
    return [picture(value, shape, f"images[{number}]") for number, value in enumerate(values)]


def picture(value, shape, name):
    """The base64 text of a picture's bytes."""
    import numpy as np

    if isinstance(value, str):
        explainer_network.decode(value, "u1", math.prod(shape), name)
        return value
    array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    if (
        array.dtype.kind not in "biuf"
        or array.size != math.prod(shape)
        or list(array.shape[-2:]) != shape[1:]
    ):
        wanted = " × ".join(map(str, shape))
        raise ValueError(
            f"{name} has the shape {array.shape} of {array.dtype}; the network takes numbers {wanted}."
        )
    most = 1 if array.dtype.kind in "bf" else 255
    if not (array.min() >= 0 and array.max() <= most):
        raise ValueError(
            f"{name} goes from {array.min()} to {array.max()}; pixels of {array.dtype} go from 0 to {most}."
        )
    whole = np.rint(array.astype(float) * (255 / most)).astype(np.uint8)
    return base64.b64encode(whole.tobytes()).decode()


def labels(values, images, count):
    if values is None:
        return None
    values = values.tolist() if hasattr(values, "tolist") else list(values)
    if len(values) != images:
        raise ValueError(
            f"there are {images} images and {len(values)} labels; give one label for each image."
        )
    return [index(value, count, f"labels[{number}]") for number, value in enumerate(values)]


def classes(values, count):
    names = [str(index) for index in range(count)] if values is None else [str(name) for name in values]
    if len(names) != count:
        raise ValueError(f"there are {len(names)} names of classes; the network gives {count} scores.")
    return names


def index(value, count, name):
    if value is None:
        return None
    if isinstance(value, bool) or not hasattr(value, "__index__") or not 0 <= value.__index__() < count:
        raise ValueError(f"{name} is {value!r}; it must be the index of a class, from 0 to {count - 1}.")
    return value.__index__()


def place(value, shapes):
    """[layer, channel, row, column]; row and column are 0 for a layer that gives a vector."""
    if value is None:
        first = shapes[0]
        return [0, 0, *(size // 2 for size in first[1:])] if len(first) == 3 else [0, 0, 0, 0]
    value = list(value)
    if len(value) == 4 and all(hasattr(n, "__index__") for n in value) and 0 <= value[0] < len(shapes):
        sizes = (shapes[value[0]] + [1, 1])[:3]
        if all(0 <= n < size for n, size in zip(value[1:], sizes, strict=True)):
            return [n.__index__() for n in value]
        raise ValueError(
            f"at is {value}; layer {value[0]} gives {' × '.join(map(str, sizes))}, counted from 0."
        )
    raise ValueError(
        f"at is {value}; it must be [layer, channel, row, column], with a layer from 0 to {len(shapes) - 1}."
    )
