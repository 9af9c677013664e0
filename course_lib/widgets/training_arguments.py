"""One form for each field of the training widget: what may be given, and why the rest is refused."""

import base64
import json
import math
import reprlib

from course_lib.widgets import arguments

MOST_BYTES = 200_000
MOST_STEPS = 10**12
RATES = (1e-6, 1000)  # of lr_factor
FIELDS = {"steps", "epochs", "curve", "layers", "frames", "filters", "watch", "classes"}
EPOCH = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")
WORDS = {
    "text": "record is neither a dict nor JSON text; a Recorder's record() makes one.",
    "lacks": "{name} lacks {lacking}; a Recorder's record() makes a whole one.",
    "json": "record holds something that JSON cannot, such as nan; None stands for no number.",
    "bytes": "record takes {size:,} bytes as JSON; at most {most:,} go into a page.",
    "no_frames": "frame is {got}; it must be None: there are no frames.",
    "dict": "{name} is {got}; it must be a dict.",
    "list": "{name} is {got}; it must be a list of {what}.",
    "count": "{name} has {found} entries; {count} are needed.",
    "rising": "{name} is {got}; the steps must rise, from {low} to {high}.",
    "shape": "{name} is {got}; it must be {what} with 1 or 3 channels.",
    "bytes_of": "{name} holds {found} bytes; {count} are needed.",
}


def record(value):
    """The record as a dict; ValueError that names the first part which the page could not show."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise ValueError(WORDS["text"]) from None
    _dict(value, "record", FIELDS)
    try:
        size = len(json.dumps(value, allow_nan=False, separators=(",", ":")))
    except (TypeError, ValueError):
        raise ValueError(WORDS["json"]) from None
    if size > MOST_BYTES:
        raise ValueError(WORDS["bytes"].format(size=size, most=MOST_BYTES))
    steps = arguments.whole(value["steps"], "record steps", 0, MOST_STEPS)
    _texts(value["layers"], "record layers")
    if value["classes"] is not None:
        _texts(value["classes"], "record classes")
    _curve(value["curve"], steps)
    _epochs(value["epochs"], steps)
    _watch(value["watch"])
    _frames(value, steps)
    _filters(value["filters"], len(value["frames"]))
    return value


def frame(value, count):
    """The index of one of `count` frames, or None."""
    if value is None:
        return None
    if count == 0:
        raise ValueError(WORDS["no_frames"].format(got=reprlib.repr(value)))
    return arguments.whole(value, "frame", 0, count - 1)


def _curve(curve, steps):
    _dict(curve, "record curve", {"step", "loss", "accuracy"})
    count = len(_list(curve["step"], "curve step", "whole numbers"))
    _rising(curve["step"], "curve step", 1, steps)
    _numbers(curve["loss"], "curve loss", count)
    _numbers(curve["accuracy"], "curve accuracy", count, 0, 1)


def _epochs(epochs, steps):
    _list(epochs, "record epochs", "dicts")
    for number, epoch in enumerate(epochs):
        name = f"epochs[{number}]"
        _dict(epoch, name, {"step", *EPOCH})
        for key in EPOCH:
            _numbers([epoch[key]], f"{name} {key}", 1, 0, 1 if "accuracy" in key else math.inf)
    _rising([epoch["step"] for epoch in epochs], "step of the epochs", 0, steps, strictly=False)


def _frames(value, steps):
    count, watched = len(value["layers"]), len(value["watch"]["labels"]) if value["watch"] else 0
    keys = {"step", "lr", "gradient", "weight", *(("said", "share") if watched else ())}
    for number, each in enumerate(_list(value["frames"], "record frames", "dicts")):
        name = f"frames[{number}]"
        _dict(each, name, keys)
        _numbers([each["lr"]], f"{name} lr", 1, 0)
        for key in ("gradient", "weight"):
            _numbers(each[key], f"{name} {key}", count, 0)
        if "dead" in each:  # records of older runs have none
            _numbers(each["dead"], f"{name} dead", count, 0, 1)
        if watched:
            _indices(each["said"], f"{name} said", watched)
            _numbers(each["share"], f"{name} share", watched, 0, 1)
    _rising([each["step"] for each in value["frames"]], "step of the frames", 0, steps)


def _watch(watch):
    if watch is None:
        return
    _dict(watch, "record watch", {"shape", "images", "labels"})
    _shape(watch["shape"], "watch shape", "[C, H, W]", 0)
    _indices(watch["labels"], "watch labels")
    _bytes(watch["images"], "watch images", len(watch["labels"]), math.prod(watch["shape"]))


def _filters(filters, frames):
    if filters is None:
        return
    _dict(filters, "record filters", {"layer", "shape", "frames", "scale", "int8"})
    _texts([filters["layer"]], "filters layer")
    _shape(filters["shape"], "filters shape", "[filters, C, H, W]", 1)
    count = len(_list(filters["frames"], "filters frames", "indices of frames"))
    _rising(filters["frames"], "filters frames", 0, frames - 1)
    _numbers(filters["scale"], "filters scale", count, 0)
    _bytes(filters["int8"], "filters int8", count, math.prod(filters["shape"]))


# ---- parts -----------------------------------------------------------------------------------------


def _dict(value, name, keys):
    if not isinstance(value, dict):
        raise ValueError(WORDS["dict"].format(name=name, got=reprlib.repr(value)))
    if not keys <= set(value):
        raise ValueError(WORDS["lacks"].format(name=name, lacking=", ".join(sorted(keys - set(value)))))


def _list(value, name, what, count=None):
    if not isinstance(value, list | tuple):
        raise ValueError(WORDS["list"].format(name=name, got=reprlib.repr(value), what=what))
    if count is not None and len(value) != count:
        raise ValueError(WORDS["count"].format(name=name, found=len(value), count=count))
    return value


def _texts(value, name):
    for each in _list(value, name, "texts"):
        if not isinstance(each, str):
            raise ValueError(WORDS["list"].format(name=name, got=reprlib.repr(value), what="texts"))


def _numbers(value, name, count, low=-math.inf, high=math.inf):
    """Numbers from low to high; None stands for one that is not there, or that left the numbers."""
    for each in _list(value, name, "numbers", count):
        if each is not None:
            arguments.number(each, name, low, high)


def _indices(value, name, count=None):
    for each in _list(value, name, "indices of classes", count):
        arguments.whole(each, name, 0, MOST_STEPS)


def _rising(values, name, low, high, strictly=True):
    before = low - strictly
    for each in values:
        found = arguments.whole(each, name, low, max(low, high))
        if found < before + strictly:
            raise ValueError(WORDS["rising"].format(name=name, got=reprlib.repr(values), low=low, high=high))
        before = found


def _shape(value, name, what, channels):
    for each in _list(value, name, "sizes", what.count(",") + 1):
        arguments.whole(each, name, 1, 10_000)
    if value[channels] not in (1, 3):
        raise ValueError(WORDS["shape"].format(name=name, got=reprlib.repr(value), what=what))


def _bytes(value, name, count, size):
    for each in _list(value, name, "base64 texts", count):
        try:
            found = len(base64.b64decode(each, validate=True))
        except (TypeError, ValueError):
            raise ValueError(
                WORDS["list"].format(name=name, got=reprlib.repr(value), what="base64 texts")
            ) from None
        if found != size:
            raise ValueError(WORDS["bytes_of"].format(name=name, found=found, count=size))
