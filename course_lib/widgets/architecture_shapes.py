"""Sizes of the maps of a network for an image of another size, by a rule that needs no more than a profile's rows.

A map whose effective stride is S grows by exactly t when the image grows by S·t, through any chain or graph of
convolutions and poolings, rounded up or down: nothing else about the network need be known. In between, it grows by
the floor or the ceiling of the same quotient. `js/core/architecture_shapes.mjs` has the same rules for the page.
"""

import math

RESOLUTION = (1, 4096)


def input_size(network, layers):
    """((height, width) or None, whether the profile itself says so); otherwise what the first layer allows."""
    shape = network["input_shape"]
    if shape:
        return (shape[1:], True) if len(shape) == 3 else (None, True)
    if not layers or not layers[0]["stride"] or len(layers[0]["output_shape"]) != 3:
        return None, False
    return [_deduced(layers[0], axis) for axis in (0, 1)], False


def _deduced(row, axis):
    """Of the sizes that give the first layer's output, the one with the most factors of two."""
    n, k, s = row["output_shape"][1 + axis], row["receptive_field"][axis], row["stride"][axis]
    low = max(math.ceil((n - 1) * s + k - 2 * _before(row, axis)), 1)
    return max(range(low, low + min(s, RESOLUTION[1])), key=lambda size: (size & -size, -size))


def _before(row, axis):
    """Padding before the image that reaches the first output."""
    return (row["receptive_field"][axis] - 1) / 2 - row["centre"][axis]


def size_for(base, height):
    """(height, width) of the image when its height is set, in proportion."""
    return [height, max(rounded(base[1] * height / base[0]), 1)]


def shapes(layers, network, base, size, certain=False):
    """[(output shape, sure)] of each layer for images of `size`, up to the first that cannot run, and why it cannot.

    With `certain`, up to the first of which it cannot be told that it can.
    """
    channels = (network["input_shape"] or [0])[:1]
    before, seen = _exactly([*channels, *size], [*channels, *base]), {"unfollowed": False}
    found = []
    for index, row in enumerate(layers):
        shape = row["output_shape"]
        if len(shape) == 3:
            out = _map(row, base, size, seen)
            if min(out["low" if certain else "high"]) < 1:
                return found, {"reason": "empty", "row": index, "size": out["high"][1:]}
        elif len(shape) == 1:
            out, reads = _vector(row, before)
            low, high = math.prod(before["low"]), math.prod(before["high"])
            if reads and not (low == reads == high if certain else low <= reads <= high):
                shape = before.get("map", before["now"])
                return found, {"reason": "clash", "row": index, "reads": reads, "shape": shape}
        else:
            out = _guess(shape, shape)
        found.append((out["now"], out["low"] == out["high"]))
        before = out
    return found, None


def _exactly(now, old):
    return {"old": old, "now": now, "low": now, "high": now}


def _guess(now, old):
    return {"old": old, "now": now, "low": [1], "high": [math.inf]}


def _vector(row, before):
    """Output of a layer that gives one list of numbers, and how many it must read of the map before it, or 0."""
    shape, is_linear = row["output_shape"], row["own"]["macs"] > 0
    length = row["own"]["macs"] // shape[0] if is_linear else shape[0]
    if length == math.prod(before["old"]):
        if is_linear:
            is_sure = before["low"] == before["high"]
            return _exactly(shape, shape) if is_sure else _guess(shape, shape), length
        flat = {key: [math.prod(before[key])] for key in ("now", "low", "high")}
        return {"old": shape, "map": before.get("map", before["now"]), **flat}, 0
    is_pooled = len(before["old"]) == 3 and length == before["old"][0]  # by a mean that is no layer
    return _exactly(shape, shape) if is_pooled else _guess(shape, shape), 0


def _map(row, base, size, seen):
    """Output of a layer that gives a map; `seen` remembers whether a map before it could not be followed."""
    shape = row["output_shape"]
    if row["type"].startswith("Adaptive"):
        return _exactly(shape, shape)
    is_dot = shape[1:] == [1, 1]
    if _step(row):
        seen["unfollowed"] |= is_dot
        sides = zip(*(_side(row, axis, base, size) for axis in (0, 1)))
        now, low, high = ([shape[0], *side] for side in sides)
        return {"old": shape, "now": now, "low": low, "high": high}
    if row["receptive_field"] == "all" and is_dot and not seen["unfollowed"]:
        return _exactly(shape, shape)
    seen["unfollowed"] |= not is_dot
    if is_dot:
        return _guess(shape, shape)
    now = [rounded(n * new / old) for n, new, old in zip(shape[1:], size, base)]
    return _guess([shape[0], *(max(side, 1) for side in now)], shape)


def _step(row):
    """Pixels of the image from one place of the map to the next, which may each see all of it; None if unknown."""
    return row["stride"] or row.get("step")


def _side(row, axis, base, size):
    """The likely size of a map along one axis, the least and the most that it can be."""
    n, s, change = row["output_shape"][1 + axis], _step(row)[axis], size[axis] - base[axis]
    low, high = n + change // s, n - (-change // s)
    if row["stride"]:
        likely = math.floor((size[axis] + 2 * _before(row, axis) - row["receptive_field"][axis]) / s) + 1
    else:
        likely = rounded(n * size[axis] / base[axis])
    return min(max(likely, low, 1), high), low, high


def nearest_height(layers, network, base, height):
    """The height closest to `height` at which the network is sure to run: an interval around `base`, if only itself."""
    low, high = RESOLUTION
    runs, fails = base[0], min(max(rounded(height), low), high)
    if not shapes(layers, network, base, size_for(base, fails), certain=True)[1]:
        return fails
    while abs(fails - runs) > 1:
        middle = (fails + runs) // 2
        if shapes(layers, network, base, size_for(base, middle), certain=True)[1]:
            fails = middle
        else:
            runs = middle
    return runs


def rounded(value):
    return math.floor(value + 0.5)
