"""The settings of the architecture widget, each brought into its one form or refused with the nearest legal value."""

import math
import reprlib

from course_lib.widgets import (
    architecture_rules,
    architecture_shapes,
    architecture_tree,
    profile_rows,
)

SHARES = architecture_tree.MEASURES
ORDERS = ("run", "largest")
FEW_LINES = (17, 10)  # at first, of one network and of each of two
LOW, HIGH = architecture_shapes.RESOLUTION
WORDS = {
    "names": "{argument} must be one for each network, {count} in all; got {got}.",
    "range": "resolution is {got}; it must be a whole number from {min} to {max:,}. The nearest legal resolution is "
    "{nearest}.",
    "resolution": "resolution must be None, one height in pixels, or one for each network; got {got}.",
    "no_resolution": "The profile of {name} does not say how large its input is; give input_shapes. The nearest legal "
    "resolution is None.",
    "clash": "{name} cannot run on {size}: {path} reads {reads:,} numbers, and the map before it would be {shape}, "
    "which makes {numbers:,}. The nearest legal resolution is {nearest}.",
    "empty": "{name} cannot run on {size}: the output of {path} would be {empty}, nothing at all. "
    "The nearest legal resolution is {nearest}.",
    "opened": "opened must be a list of paths of blocks for each network, {count} in all, or None; got {got}.",
}  # fmt: skip


def one_each(values, given, argument):
    if values is None:
        return [None] * len(given)
    alone = isinstance(values, str) or all(isinstance(one, int) for one in values)
    values = [values] if alone and len(given) == 1 else values
    if isinstance(values, str) or len(values) != len(given):
        raise ValueError(WORDS["names"].format(argument=argument, count=len(given), got=reprlib.repr(values)))
    return list(values)


def input_shapes(values, given):
    found = one_each(values, given, "input_shapes")
    for shape in found:
        if shape is not None and (isinstance(shape, str | int) or len(shape) not in (1, 3)):
            raise ValueError(profile_rows.WORDS["input_shape"].format(got=reprlib.repr(shape)))
    return found


def resolution(value, networks):
    """A height or None for each network; ValueError if one of them cannot run at it."""
    if value is None or isinstance(value, int | float):
        value = [value] * len(networks)
    if not isinstance(value, list | tuple) or len(value) != len(networks):
        raise ValueError(WORDS["resolution"].format(got=reprlib.repr(value)))
    return [_height(one, network) for one, network in zip(value, networks, strict=True)]


def _height(value, network):
    if value is None:
        return None
    layers = architecture_rules.rows(network)
    base, _ = architecture_shapes.input_size(network, layers)
    if base is None:
        raise ValueError(WORDS["no_resolution"].format(name=network["name"]))
    near = _near(value, base)
    size = architecture_shapes.size_for(base, near)
    _, problem = architecture_shapes.shapes(layers, network, base, size)
    nearest = architecture_shapes.nearest_height(layers, network, base, near) if problem else near
    if isinstance(value, bool) or near != value:
        got = reprlib.repr(value)
        raise ValueError(WORDS["range"].format(got=got, min=LOW, max=HIGH, nearest=nearest))
    if problem is None:
        return None if near == base[0] else near
    told = {
        "name": network["name"],
        "size": _size(size),
        "path": layers[problem["row"]]["path"],
        "nearest": nearest,
    }
    if problem["reason"] == "empty":
        raise ValueError(WORDS["empty"].format(empty=_size(problem["size"]), **told))
    shape = problem["shape"]
    raise ValueError(
        WORDS["clash"].format(reads=problem["reads"], shape=_size(shape), numbers=math.prod(shape), **told)
    )


def _near(value, base):
    """The whole height within the limits that is nearest to `value`, that of `base` for what is no number."""
    value = value.item() if hasattr(value, "item") else value
    if isinstance(value, str | bool) or not isinstance(value, int | float) or value != value:
        return base[0]
    return architecture_shapes.rounded(min(max(value, LOW), HIGH))


def _size(sizes):
    return " × ".join(map(str, sizes))


def opened(value, networks):
    if value is None:
        return [_first_open(network, FEW_LINES[len(networks) - 1]) for network in networks]
    lists = value if isinstance(value, list | tuple) else [value]
    right = all(isinstance(one, list | tuple) and all(isinstance(key, str) for key in one) for one in lists)
    if not right or len(lists) != len(networks):
        raise ValueError(WORDS["opened"].format(count=len(networks), got=reprlib.repr(value)))
    return [list(one) for one in lists]


def _first_open(network, few):
    """Paths that are open at first: blocks from the top down, as many as leave few lines."""
    root = architecture_tree.tree(architecture_rules.rows(network))
    found, waiting, count = [], [root], 1
    for node in waiting:
        if node["children"] and (count + len(node["children"]) <= few or node is root):
            found.append(node["key"])
            count += len(node["children"])
            waiting += node["children"]
    return found
