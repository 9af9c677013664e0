"""One form for each field of the explainer: what may be given, what the page gets, and why the rest is refused."""

import base64
import json
import math
import reprlib

from course_lib.widgets import arguments, explainer_layers, explainer_network

MOST_IMAGES = 40
MOST_IMAGE_BYTES = 60_000  # of pixels together
MOST_PX = 128  # along each axis of the input
WORDS = {
    "text": "network is neither a dict nor JSON text; explainer_export.export makes one.",
    "network": "network must be a dict with input, mean, std and layers, as explainer_export.export makes it.",
    "input": "the network's input is {got}; it must be [C, H, W].",
    "channels": "the network takes {count} channels; the page draws pictures of 1 (grey) or 3 (RGB).",
    "layers": "the network's layers are {got}; they must be a list of at least one.",
    "each": "the network's {name} is {got}; it must be a list of {count} finite numbers{above}, one for each channel.",
    "json": "network holds something that JSON cannot.",
    "bytes": "the network takes {size:,} bytes as JSON; at most {most:,} go into a page.",
    "macs": "one forward pass takes {macs:,} multiply-accumulates; the page runs at most {most:,}.",
    "list": "{name} is {got}; it must be a list of {what}.",
    "images": "{count} images are too many for one page; give at most {most}.",
    "shape": "{name} is {got}; the network takes finite numbers {wanted}.",
    "range": "{name} goes from {low} to {high}; pixels of {kind} go from 0 to {most}.",
    "labels": "there are {images} images and {labels} labels; give one label for each image.",
    "classes": "there are {names} names of classes; the network gives {count} scores.",
    "at": "at is {got}; it must be [layer, channel, row, column], four whole numbers.",
}


def network(value):
    """The network as a dict, with the shapes and names of its layers; ValueError for one that the page cannot run."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError(WORDS["text"]) from None
    if not isinstance(value, dict) or not {"input", "mean", "std", "layers"} <= set(value):
        raise ValueError(WORDS["network"])
    size, layers = value["input"], value["layers"]
    if not isinstance(size, list | tuple) or len(size) != 3:
        raise ValueError(WORDS["input"].format(got=reprlib.repr(size)))
    size = [arguments.whole(each, "network input size", 1, MOST_PX) for each in size]
    if size[0] not in (1, 3):
        raise ValueError(WORDS["channels"].format(count=size[0]))
    if not isinstance(layers, list | tuple) or not layers:
        raise ValueError(WORDS["layers"].format(got=reprlib.repr(layers)))
    mean, std = (_each_channel(value[name], size[0], name) for name in ("mean", "std"))
    found = {"input": size, "mean": mean, "std": std, "layers": list(layers)}
    shapes = explainer_network.shapes(found)
    try:
        count = len(json.dumps(found, allow_nan=False, separators=(",", ":")))
    except (TypeError, ValueError):
        raise ValueError(WORDS["json"]) from None
    if count > explainer_network.MOST_BYTES:
        raise ValueError(WORDS["bytes"].format(size=count, most=explainer_network.MOST_BYTES))
    macs = explainer_network.macs(found)
    if macs > explainer_network.MOST_MACS:
        raise ValueError(WORDS["macs"].format(macs=macs, most=explainer_network.MOST_MACS))
    names = [explainer_layers.NAMES[layer["kind"]] for layer in layers]
    return {**found, "shapes": shapes, "names": names}


def images(values, shape):
    """The base64 texts of some pictures."""
    if values is None:
        return []
    values = _list(values, "images", "pictures")
    most = min(MOST_IMAGES, MOST_IMAGE_BYTES // math.prod(shape))
    if len(values) > most:
        raise ValueError(WORDS["images"].format(count=len(values), most=most))
    return [picture(value, shape, f"images[{number}]") for number, value in enumerate(values)]


def picture(value, shape, name):
    """The base64 text of a picture's bytes."""
    import numpy as np

    if isinstance(value, str):
        explainer_network.decode(value, "u1", math.prod(shape), name)
        return value
    array = arguments.numbers(value)
    fits = array is not None and array.size == math.prod(shape) and list(array.shape[-2:]) == shape[1:]
    if not fits:
        got = reprlib.repr(value) if array is None else f"an array of the shape {array.shape}"
        raise ValueError(WORDS["shape"].format(name=name, got=got, wanted=" × ".join(map(str, shape))))
    most = 1 if array.dtype.kind in "bf" else 255
    if array.min() < 0 or array.max() > most:
        low, high = array.min(), array.max()
        raise ValueError(WORDS["range"].format(name=name, low=low, high=high, kind=array.dtype, most=most))
    whole = np.rint(array.astype(float) * (255 / most)).astype(np.uint8)
    return base64.b64encode(whole.tobytes()).decode()


def labels(values, images, count):
    """The class of each picture as an index, or None."""
    if values is None:
        return None
    values = _list(values, "labels", "indices of classes")
    if len(values) != images:
        raise ValueError(WORDS["labels"].format(images=images, labels=len(values)))
    return [arguments.whole(value, f"labels[{at}]", 0, count - 1) for at, value in enumerate(values)]


def classes(values, count):
    """The name of each class; its number by default."""
    names = range(count) if values is None else _list(values, "classes", "names")
    if len(names) != count:
        raise ValueError(WORDS["classes"].format(names=len(names), count=count))
    return [str(name) for name in names]


def target(value, count):
    """The index of the class asked about, or None for the one predicted."""
    return None if value is None else arguments.whole(value, "target", 0, count - 1)


def place(value, shapes):
    """[layer, channel, row, column]; row and column are 0 for a layer that gives a vector."""
    if value is None:
        return [0, 0, *(size // 2 for size in (shapes[0] + [1, 1])[1:3])]
    given = _list(value, "at", "four whole numbers")
    if len(given) != 4:
        raise ValueError(WORDS["at"].format(got=reprlib.repr(value)))
    layer = arguments.whole(given[0], "at's layer", 0, len(shapes) - 1)
    sizes = (shapes[layer] + [1, 1])[:3]
    names = [f"at's {name}" for name in ("channel", "row", "column")]
    rest = zip(given[1:], names, sizes, strict=True)
    return [layer, *(arguments.whole(each, name, 0, size - 1) for each, name, size in rest)]


def _each_channel(value, count, name):
    """One float for each channel of the picture."""
    array = arguments.numbers(value)
    if array is None or array.shape != (count,) or (name == "std" and array.min() <= 0):
        above = " above 0" * (name == "std")
        raise ValueError(WORDS["each"].format(name=name, got=reprlib.repr(value), count=count, above=above))
    return array.astype(float).tolist()


def _list(value, name, what):
    """The parts of a sequence, also of an array or a tensor."""
    value = value.detach().cpu() if hasattr(value, "detach") else value
    value = value.tolist() if name != "images" and hasattr(value, "tolist") else value
    if (
        isinstance(value, str | bytes | dict)
        or not hasattr(value, "__len__")
        or not hasattr(value, "__getitem__")
    ):
        raise ValueError(WORDS["list"].format(name=name, got=reprlib.repr(value), what=what))
    return list(value)
