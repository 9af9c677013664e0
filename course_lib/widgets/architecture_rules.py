"""How a profile changes with resolution, width and batch, by rules that need no more than its rows.

`sure` says of each number whether the rules give exactly what a fresh profile would. `js/core/architecture.mjs` has the
same rules for the page; tests hold both to fresh profiles and to torch.
"""

import math

from course_lib.widgets.architecture_shapes import RESOLUTION, input_size, rounded, shapes, size_for
from course_lib.widgets.architecture_tree import MEASURES

EIGHT = 8  # to multiples of it networks round their channels
LIMITS = {"width": (0.1, 4), "resolution": RESOLUTION, "batch": (1, 4096)}


def rows(network):
    """The layers as dicts; `own` holds what no other row counts again: a module that ran twice, a block's parts."""
    found, runs, inside = [], {}, {}  # runs of each path; MACs of the layers inside it since it last ended
    for values in network["layers"]:
        row = dict(zip(network["columns"], values))
        path = row["path"]
        row["own"] = {
            "parameters": 0 if path in runs else row["parameters"],
            "macs": max(row["macs"] - inside.pop(path, 0), 0),
            "activation_bytes": row["activation_bytes"],
        }
        row["run"] = runs[path] = runs.get(path, 0) + 1
        parts = path.split(".")
        for outer in {".".join(parts[:depth]) for depth in range(len(parts))} - {path}:
            inside[outer] = inside.get(outer, 0) + row["own"]["macs"]
        found.append(row)
    return found


def scale(network, layers, *, width=1, height=None, batch=1):
    """Each row with shape, own numbers and `sure`; totals as {name: (value, sure)}; the problem, or None.

    Where a layer cannot run, the rows end before it and there are no totals.
    """
    base, is_known = input_size(network, layers)
    if base and height not in (None, base[0]):
        sizes, problem = shapes(layers, network, base, size_for(base, height))
    else:
        sizes, problem, is_known = [(row["output_shape"], True) for row in layers], None, True
    heavy = [index for index, row in enumerate(layers) if row["own"]["macs"]]
    first, last = (heavy[0], heavy[-1]) if heavy else (None, 0)
    is_told = width == 1 or all(_keeps_counts(layers[at], width, at == first, at == last) for at in heavy)
    found = []
    for index, (row, (shape, sure)) in enumerate(zip(layers, sizes)):
        wide = _widened(row, width, index == first, index >= last)
        found.append(_scaled(row, wide, shape, sure and is_known, is_told, width, batch))
    return found, None if problem else _totals(network, layers, found, width, batch), problem


def _keeps_counts(row, width, is_first, is_last):
    """Whether the channels of a layer times `width` are multiples of 8, which no usual rule of rounding changes."""
    if row["kernel"] is None or len(row["output_shape"]) not in (1, 3):
        return False
    groups = 1 if row["groups"] == row["in_channels"] else row["groups"]
    counts = [row["in_channels"]] * (not is_first) + [row["output_shape"][0]] * (not is_last)
    return all(_is_whole(count * width / EIGHT) and _is_whole(count * width / groups) for count in counts)


def _is_whole(value):
    return abs(value - rounded(value)) < 1e-9


def _positions(shape):
    return shape[1] * shape[2] if len(shape) == 3 else 1


def _weights(row):
    """Weights that each position of the output is multiplied by, and whether the row's other numbers agree."""
    weights, rest = divmod(row["own"]["macs"], _positions(row["output_shape"]))
    bias = row["parameters"] - weights
    is_frozen = row["parameters"] == 0 and row["type"].startswith(("Conv", "Linear"))
    return weights, rest == 0 and (
        bias in (0, row["output_shape"][0] if row["output_shape"] else 0) or is_frozen
    )


def _widened(row, width, is_first, is_last):
    """Channels, weights and parameters of a row when every channel count but the image's and the scores' is multiplied.

    Also whether its parameters are such as follow the channels.
    """
    channels = row["output_shape"][0] if row["output_shape"] else 1
    weights, _ = _weights(row)
    held = row["own"]["parameters"]
    if width == 1:
        return channels, weights, held, True
    wide = channels if is_last else max(rounded(channels * width), 1)
    if not weights:
        follows = held in (0, 1, channels, 2 * channels)
        return wide, 0, held // channels * wide if held % channels == 0 else held, follows
    is_depthwise = 1 < channels == row["groups"] == row["in_channels"]
    many = rounded(weights / channels * (1 if is_first or is_depthwise else width) * wide)
    rest = held - weights
    if rest in (0, channels):
        return wide, many, many + (wide if rest else 0), True
    return wide, many, rounded(held * many / weights), held == 0


def _scaled(row, wide, shape, sure, is_told, width, batch):
    channels, weights, held, is_followed = wide
    old = row["output_shape"]
    is_kept = shape[:1] == old[:1]  # else a flattened map, which grows with the image
    now = [channels if is_kept else rounded(shape[0] * width), *shape[1:]] if shape else []
    size = math.prod(old)
    follows = not weights or _weights(row)[1]
    macs = weights * _positions(now) if follows else row["own"]["macs"] * math.prod(now) / size
    return {
        "shape": now,
        "parameters": held,
        "macs": rounded(macs * batch),
        "activation_bytes": row["own"]["activation_bytes"] // size * math.prod(now) * batch,
        "sure": {
            "parameters": is_told and is_followed,
            "macs": not row["own"]["macs"] or (is_told and sure and (follows or now == old)),
            "activation_bytes": is_told and sure,
        },
    }


def outside(network, layers):
    """What the totals count and no row does: parameters that did not run, MACs between layers."""
    return {
        name: 0 if network[name] is None else network[name] - sum(row["own"][name] for row in layers)
        for name in ("parameters", "macs")
    }


def _totals(network, layers, found, width, batch):
    extra, totals = outside(network, layers), {}
    for name in MEASURES:
        total = sum(row[name] for row in found)
        totals[name] = (total, all(row["sure"][name] for row in found))
    if extra["parameters"]:
        held, sure = totals["parameters"]
        totals["parameters"] = (held + extra["parameters"], sure and width == 1)
    before = {name: sum(row["own"][name] for row in layers) for name in MEASURES}
    if extra["macs"]:
        ratio = totals["macs"][0] / before["macs"] if before["macs"] else batch
        is_same = width == 1 and batch == 1 and totals["macs"][0] == before["macs"]
        totals["macs"] = (rounded(totals["macs"][0] + extra["macs"] * ratio), totals["macs"][1] and is_same)
    ratio = totals["activation_bytes"][0] / max(before["activation_bytes"], 1)
    is_same = batch == 1 and width == 1 and ratio == 1 and totals["activation_bytes"][1]
    for name in ("training_bytes", "inference_bytes"):
        if network[name] is not None:
            totals[name] = (rounded(network[name] * ratio), is_same)
    return totals
