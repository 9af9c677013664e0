"""The figure of batch norm: the grids of one view and the numbers behind the first of them."""

import numpy as np

from course_lib.widgets import batchnorm_rules as rules
from course_lib.widgets import figure

NOTES = {
    "training": "y = weight · (x − mean) / √(variance + eps) + bias",
    "eval": "y = weight · (x − running_mean) / √(running_var + eps) + bias",
    "first": "y[0, 0] = {weight} · ({x} − {used_mean}) / √({used_var} + {eps}) + {bias} = {y}",
    "mean": "channel {c}: mean {mean}, variance {variance} (÷ N), {unbiased} (÷ (N − 1))",
    "running": "channel {c}: running_mean {running_mean}, running_var {running_var}",
    "difference": "Training normalises with the batch's statistics, eval with the running ones.",
    "gradient": "In training each ∂L/∂x depends on every ∂L/∂y of its channel.",
    "eval gradient": "In eval each ∂L/∂x depends on its own ∂L/∂y alone.",
    "slice": "The outlined slice: {count} values, mean {mean}, variance {variance}.",
    "axes": "Columns are samples n, rows are channels c, {H} × {W} values each.",
}


def draw(state):
    """The matplotlib figure of a checked state."""
    return {"values": _values, "eval": _compare, "gradient": _gradient, "slices": _slices}[state["view"]](
        state
    )


def _panels(grids, signs, notes):
    """`figure.panels`, with a cell that is no number, where eval divides by 0, drawn as empty."""
    empty = [{"padding": ~np.isfinite(grid["values"])} for grid in grids]
    return figure.panels([grid | mask for grid, mask in zip(grids, empty, strict=True)], signs, notes)


def _first(values):
    mask = np.zeros(np.shape(values), bool)
    mask[0, 0] = True
    return mask


def _column(values):
    mask = np.zeros(np.shape(values), bool)
    mask[:, 0] = True
    return mask


def _values(state):
    normalised, output = rules.forward(state)
    reads = _column(state["input"]) if state["training"] else _first(state["input"])
    grids = [
        {"title": "input x", "values": state["input"], "linked": reads},
        {"title": "x̂", "values": normalised.round(3)},
        {"title": "y", "values": output.round(3), "current": _first(output)},
    ]
    return _panels(grids, ["→", "→"], [*_output_notes(state, output), *_channel_notes(state)])


def _channel_notes(state):
    names = ("mean", "variance", "unbiased", "running_mean", "running_var")
    columns = zip(*rules.statistics(state["input"]), state["running_mean"], state["running_var"], strict=True)
    notes = []
    for c, numbers in enumerate(columns):
        texts = dict(zip(names, map(figure.number_text, numbers), strict=True))
        notes += [NOTES[note].format(c=c, **texts) for note in ("mean", "running")]
    return notes


def _output_notes(state, output):
    mean, variance, _ = rules.statistics(state["input"])
    if not state["training"]:
        mean, variance = state["running_mean"], state["running_var"]
    numbers = {
        "weight": state["weight"][0],
        "x": state["input"][0][0],
        "used_mean": mean[0],
        "used_var": variance[0],
        "bias": state["bias"][0],
        "y": output[0, 0],
        "eps": state["eps"],
    }
    texts = {name: figure.number_text(value) for name, value in numbers.items()}
    return [NOTES["training" if state["training"] else "eval"], NOTES["first"].format(**texts)]


def _compare(state):
    evaluated = rules.forward(state, training=False)[1]
    if len(state["input"]) == 1 or state["eps"] == 0:  # training refuses both
        return _panels([{"title": "y in eval", "values": evaluated.round(3)}], [], _channel_notes(state))
    trained = rules.forward(state, training=True)[1]
    grids = [
        {"title": "training", "values": trained.round(3)},
        {"title": "eval", "values": evaluated.round(3)},
        {"title": "difference", "values": (trained - evaluated).round(3)},
    ]
    return _panels(grids, ["−", "="], [NOTES["difference"], *_channel_notes(state)])


def _gradient(state):
    gradient, _, _ = rules.gradient(state)
    given = rules.grad_output(state)
    grids = [
        {"title": "∂L/∂y", "values": given},
        {"title": "∂L/∂x", "values": gradient.round(3), "current": _first(gradient)},
    ]
    note = NOTES["gradient" if state["training"] else "eval gradient"]
    return _panels(grids, ["→"], [note, *_channel_notes(state)])


def _slices(state):
    block = np.array(state["block"])
    N, C, H, W = block.shape
    lit = rules.slice_numbers(state["norm"], state["num_groups"], block.shape) == 0
    flat = [array.transpose(1, 2, 0, 3).reshape(C * H, N * W) for array in (block, lit)]
    title = f"{state['norm']} norm, {N} × {C} × {H} × {W}"
    mean, variance = figure.number_text(block[lit].mean()), figure.number_text(block[lit].var())
    notes = [
        NOTES["slice"].format(count=lit.sum(), mean=mean, variance=variance),
        NOTES["axes"].format(H=H, W=W),
    ]
    return _panels([{"title": title, "values": flat[0], "linked": flat[1]}], [], notes)
