"""Takes what `course_lib.measure.profile` measured, in every form in which it may come, and brings it into one."""

import json
import reprlib

from course_lib.widgets import arguments
from course_lib.widgets.arguments import LARGEST

COLUMNS = (
    "path", "type", "output_shape", "parameters", "macs", "activation_bytes", "receptive_field", "stride", "centre",
    "step", "in_channels", "groups", "kernel",
)  # fmt: skip
NEWER = COLUMNS[9:]  # None in profiles that were saved before these were measured
TOTALS = ("parameters", "macs", "training_bytes", "inference_bytes")
KEYS = {"name", "input_shape", "columns", "layers", "error", *TOTALS}
MAX_LAYERS = 5000
WORDS = {
    "not_profile": "a network is a profile: what course_lib.measure.profile returns, its JSON text, or a dict with "
    '"layers"; got {got}.',
    "not_json": "the text of a network must be the JSON of a profile, but {problem}.",
    "no_layers": '"layers" must be a list of layers, at least one unless "error" says why that one failed; got {got}.',
    "too_many": "a network of {count:,} layers is too large: the widget holds at most {most:,}.",
    "keys": "a network has no {key!r}; it has {keys}.",
    "columns": "a profile's columns must include {missing!r}; they are {got}.",
    "length": "layer {index} must be a list of {count} values, one for each column; got {got}.",
    "cell": "{column} of layer {index} ({path}) is {got}; it must be {kind}.",
    "stride": "layer {index} ({path}) has a stride, so receptive_field and centre must be (height, width) pairs too.",
    "text": "{name} must be text or None; got {got}.",
    "input_shape": "input_shape must be channels, height and width of an image, such as (3, 224, 224); got {got}.",
}


def network(given):
    """`given` as a dict of one form; ValueError with what is wrong in it."""
    profile = _parsed(given)
    unknown = sorted(set(profile) - KEYS)
    if unknown:
        raise ValueError(WORDS["keys"].format(key=unknown[0], keys=", ".join(sorted(KEYS))))
    error = _text(profile.get("error"), "error")
    layers = _layers(profile, error)
    return {
        "name": _text(profile.get("name"), "name"),
        "input_shape": _input_shape(profile.get("input_shape")),
        "columns": list(COLUMNS),
        "layers": layers,
        **{name: _total(profile.get(name), name) for name in TOTALS},
        "error": error,
    }


def _parsed(given):
    if hasattr(given, "to_json"):
        given = given.to_json()
    if isinstance(given, str | bytes):
        try:
            given = json.loads(given)
        except ValueError as error:
            raise ValueError(WORDS["not_json"].format(problem=str(error).rstrip("."))) from None
    if not isinstance(given, dict) or "layers" not in given:
        raise ValueError(WORDS["not_profile"].format(got=reprlib.repr(given)))
    return given


def _layers(profile, error):
    layers = profile["layers"]
    if not isinstance(layers, list | tuple) or not (layers or error):
        raise ValueError(WORDS["no_layers"].format(got=reprlib.repr(layers)))
    if len(layers) > MAX_LAYERS:
        raise ValueError(WORDS["too_many"].format(count=len(layers), most=MAX_LAYERS))
    is_new = layers and isinstance(layers[0], list | tuple) and len(layers[0]) == len(COLUMNS)
    columns = list(profile.get("columns", COLUMNS if is_new else COLUMNS[:9]))
    for name in COLUMNS:
        if name not in columns and name not in NEWER:
            raise ValueError(WORDS["columns"].format(missing=name, got=reprlib.repr(columns)))
    return [_layer(layer, columns, index) for index, layer in enumerate(layers)]


def _layer(layer, columns, index):
    if not isinstance(layer, list | tuple) or len(layer) != len(columns):
        raise ValueError(WORDS["length"].format(index=index, count=len(columns), got=reprlib.repr(layer)))
    row = dict.fromkeys(NEWER) | dict(zip(columns, layer, strict=True))
    found = []
    for column in COLUMNS:
        convert, kind = KINDS[column]
        try:
            found.append(convert(row[column]))
        except (TypeError, ValueError):
            got = reprlib.repr(row[column])
            raise ValueError(
                WORDS["cell"].format(column=column, index=index, path=row["path"], got=got, kind=kind)
            ) from None
    if row["stride"] is not None and not (isinstance(found[6], list) and found[8]):
        raise ValueError(WORDS["stride"].format(index=index, path=row["path"]))
    return found


def _count(value, low=0):
    return arguments.whole(value, "", low, LARGEST)


def _word(value):
    if not isinstance(value, str):
        raise TypeError
    return value


def _shape(value):
    return [_count(size, 1) for size in _list(value)]


def _pair(value):
    height, width = _shape(value)
    return [height, width]


def _centre(value):
    height, width = (arguments.number(one, "", -LARGEST, LARGEST) for one in _list(value))
    return [height, width]


def _list(value):
    if isinstance(value, str):
        raise TypeError
    return list(value)


def _or_none(convert):
    return lambda value: None if value is None else convert(value)


PAIR = "a (height, width) pair"
KINDS = {
    "path": (_word, "text"),
    "type": (_word, "text"),
    "output_shape": (_shape, "sizes of 1 or more"),
    "parameters": (_count, "a whole number, 0 or more"),
    "macs": (_count, "a whole number, 0 or more"),
    "activation_bytes": (_count, "a whole number, 0 or more"),
    "receptive_field": (
        _or_none(lambda value: value if value == "all" else _pair(value)),
        f'{PAIR}, "all" or None',
    ),
    "stride": (_or_none(_pair), f"{PAIR} or None"),
    "centre": (_or_none(_centre), f"{PAIR} or None"),
    "step": (_or_none(_pair), f"{PAIR} or None"),
    "in_channels": (_or_none(lambda value: _count(value, 1)), "a whole number, 1 or more, or None"),
    "groups": (_or_none(lambda value: _count(value, 1)), "a whole number, 1 or more, or None"),
    "kernel": (_or_none(_shape), "sizes of 1 or more, or None"),
}


def _total(value, name):
    return None if value is None else arguments.whole(value, f"{name} of a network", 0, LARGEST)


def _text(value, name):
    if value is not None and not isinstance(value, str):
        raise ValueError(WORDS["text"].format(name=name, got=reprlib.repr(value)))
    return value


def _input_shape(value):
    try:
        return None if value is None else _shape(value)
    except (TypeError, ValueError):
        raise ValueError(WORDS["input_shape"].format(got=reprlib.repr(value))) from None
