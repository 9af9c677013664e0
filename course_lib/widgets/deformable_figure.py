"""The picture of a deformable convolution: where the taps of the middle output read, and the sum behind it."""

import textwrap

from course_lib.widgets import deformable_arguments, figure
from course_lib.widgets import deformable_rules as rules

LINE_CHARACTERS = 84  # that fit below the smallest grids
MOST_TERMS = 9  # of a sum that fits the figure
RING = 0.4  # radius around a place, in cells: the number under it stays legible


def draw(state, output, sentence):
    """matplotlib figure of a checked state and its output (output_h, output_w)."""
    import numpy as np

    sizes = rules.layer(deformable_arguments.sizes(state))
    current = np.zeros(output.shape, bool)
    middle = output.shape[0] // 2, output.shape[1] // 2
    current[middle] = True
    pad = sizes["padding"]
    x = np.pad(np.array(state["input"]), [(one, one) for one in pad])
    outside = np.pad(
        np.zeros(np.shape(state["input"]), bool), [(one, one) for one in pad], constant_values=True
    )
    size = {name: f"{sizes[name][0]} × {sizes[name][1]}" for name in ("input", "kernel")}
    padded = f", padded {x.shape[0]} × {x.shape[1]}" if any(pad) else ""
    grids = [
        {"title": f"Input {size['input']}{padded}", "values": x, "padding": outside},
        {"title": f"Kernel {size['kernel']}", "values": state["kernel"]},
        {"title": f"Output {output.shape[0]} × {output.shape[1]}", "values": output, "current": current},
    ]
    notes = [sentence, *_sum(state, sizes, output, middle)]
    lines = [line for note in notes for line in textwrap.wrap(note, LINE_CHARACTERS)]
    made = figure.panels(grids, ["∗", "="], lines)
    _draw_taps(made.axes[0], state, sizes, middle, x.shape)
    return made


def _draw_taps(axes, state, sizes, cell, shape):
    """A ring at each place that the output `cell` reads, numbered, and an arrow from the tap's regular place."""
    import numpy as np
    from matplotlib.patches import Circle, FancyArrowPatch

    offset = np.array(state["offset"])
    moved, regular = (
        [part[:, cell[0], cell[1]] for part in rules.places(sizes, each)] for each in (offset, 0 * offset)
    )
    for tap, points in enumerate(zip(*moved, *regular)):
        # Points far outside are held at the edge of the picture.
        rows, columns = (np.clip(np.add(points[axis::2], sizes["padding"][axis] + 0.5), -0.2, shape[axis] + 0.2)
                         for axis in (0, 1))  # fmt: skip
        style = {"color": figure.INK["mark"], "zorder": 5, "clip_on": False}
        axes.add_patch(Circle((columns[0], rows[0]), RING, fill=False, lw=1.3, **style))
        halo = {"boxstyle": "circle,pad=0.08", "fc": figure.INK["page"], "ec": "none"}
        axes.text(
            columns[0] + RING, rows[0] - RING, str(tap), size=7, ha="center", va="center", bbox=halo, **style
        )
        if np.hypot(rows[0] - rows[1], columns[0] - columns[1]) > 0.1:
            ends = [(columns[1], rows[1]), (columns[0], rows[0])]
            axes.add_patch(
                FancyArrowPatch(*ends, arrowstyle="->", shrinkA=0, shrinkB=0, mutation_scale=7, **style)
            )


def _sum(state, sizes, output, cell):
    """One line: the sum behind `cell`, a product for each tap, where it is short."""
    import numpy as np

    text = figure.number_text
    values = rules.bilinear(state["input"], *rules.places(sizes, state["offset"]))[:, cell[0], cell[1]]
    weights = np.ravel(state["kernel"])
    factors = (
        [weights, values]
        if state["mask"] is None
        else [weights, np.array(state["mask"])[:, cell[0], cell[1]], values]
    )
    name = f"output[{cell[0]}, {cell[1]}]"
    if len(values) > MOST_TERMS:
        return [
            f"{name} = {text(output[cell])}, a sum of {len(values)} products of a weight and what its tap reads."
        ]
    terms = " + ".join(
        "·".join(f"({text(one)})" if one < 0 else text(one) for one in term) for term in zip(*factors)
    )
    order = "weight · value" if state["mask"] is None else "weight · mask · value"
    return [
        f"{name} = {terms} = {text(output[cell])}",
        f"Each term: {order}, for the taps 0 to {len(values) - 1}.",
    ]
