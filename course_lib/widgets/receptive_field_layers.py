"""Layers as they may be given: a preset, or dicts whose parts are numbers or (height, width) pairs."""

import reprlib

from course_lib.widgets import arguments
from course_lib.widgets import receptive_field_rules as rules


def chain(layers, input):
    """{"layers", "input"} from a list of layers or the name of a preset; ValueError if it is neither."""
    if isinstance(layers, str):
        found = rules.preset(arguments.choice(layers, "layers", rules.PRESETS))
        return found if input is None else found | {"input": pair(input, "input")}
    try:
        given = [dict(each) for each in layers]
    except (TypeError, ValueError):
        raise ValueError(
            f"layers must be a list of dicts, or a preset's name; got {reprlib.repr(layers)}."
        ) from None
    if not 1 <= len(given) <= rules.MAX_LAYERS:
        nearest = min(max(len(given), 1), rules.MAX_LAYERS)
        raise ValueError(
            f"layers has {len(given)} layers; it must have 1 to {rules.MAX_LAYERS}: {nearest} is nearest."
        )
    rows = [_one_layer(each, number) for number, each in enumerate(given, 1)]
    return {"layers": rows, "input": pair(28 if input is None else input, "input")}


def _one_layer(given, number):
    unknown = set(given) - {"name", *rules.PARTS}
    if unknown or "kernel" not in given:
        what = f"no part {min(map(str, unknown))!r}" if unknown else "to have a kernel"
        raise ValueError(f"layer {number} needs {what}: its parts are name, {', '.join(rules.PARTS)}.")
    name = str(given.get("name", f"layer{number}")).strip()[:24] or f"layer{number}"
    parts = rules.PLAIN | {part: given[part] for part in rules.PARTS if part in given}
    return {"name": name} | {part: pair(parts[part], f"{part} of {name}") for part in rules.PARTS}


def pair(value, label):
    """[height, width] from a number or a pair; a float stays one, so that its nearest legal value is told."""
    got = arguments.shown(value)
    text = f"{label} must be a whole number or a (height, width) pair of them; got {got}."
    return arguments.pair(value, ValueError(text))
