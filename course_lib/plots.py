"""Figures of the lessons. Importing this module sets matplotlib's style: colours that read on white and on black."""

import math
import os
from itertools import cycle

import matplotlib.pyplot as plt
import torch

# Okabe and Ito's hues (jfly.uni-koeln.de/color), which colour-blind readers tell apart, each made as dark as needed
# for a contrast of 3:1 on the light page and as light as needed for 3:1 on the dark one.
COLORS = ["#0072b2", "#c45500", "#00815f", "#b0588f", "#8a6d00", "#5b7f95"]
MARKERS = ["o", "s", "^", "D", "v", "P"]
INK = "#1a1a1a"  # not black, which matplotlib leaves unsaid in an SVG: the dark theme turns it over

plt.rcParams.update(
    {
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.prop_cycle": plt.cycler(color=COLORS),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "figure.constrained_layout.use": True,
        "figure.figsize": (6.4, 3.2),
        "font.size": 10,
        "image.cmap": "gray",
        "image.interpolation": "nearest",
        "legend.frameon": False,
        "lines.linewidth": 1.8,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "svg.hashsalt": "course",  # the same figure is the same file
    }
)
if os.environ.get("COURSE_BOOK"):
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    plt.rcParams.update({"figure.facecolor": "none", "axes.facecolor": "none", "savefig.facecolor": "none"})
    set_matplotlib_formats("svg", metadata={"Date": None})


def images(pictures, titles=None, *, columns=None, width=1.6, **imshow):
    """Show pictures side by side: a list of H×W, 1×H×W or 3×H×W tensors, or one N×C×H×W tensor.

    Raises `ValueError` when there are titles, but not one for each picture.
    """
    if titles and len(titles) != len(pictures):
        raise ValueError(f"{len(pictures)} pictures and {len(titles)} titles: give as many of each")
    pictures = [torch.as_tensor(picture).detach().cpu() for picture in pictures]
    pictures = [picture[0] if picture.dim() == 3 and len(picture) == 1 else picture for picture in pictures]
    columns = columns or min(len(pictures), 4)
    rows = math.ceil(len(pictures) / columns)
    height = width * pictures[0].shape[-2] / pictures[0].shape[-1] + (0.25 if titles else 0.05)
    _, axes = plt.subplots(rows, columns, figsize=(width * columns, height * rows), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, title in zip(axes.flat, pictures, titles or [""] * len(pictures)):
        axis.imshow(picture.permute(1, 2, 0) if picture.dim() == 3 else picture, **imshow)
        axis.set_title(title)


def runs(curves, *, xlabel, ylabel, log=False):
    """Draw curves over steps: `{label: runs × steps}`, the mean as a line and the lowest to the highest as a band."""
    _, axis = plt.subplots()
    for (label, values), style in zip(curves.items(), cycle(["-", "--", ":", "-."])):
        values = torch.as_tensor(values, dtype=torch.float64)
        steps = range(values.shape[1])
        (line,) = axis.plot(steps, values.mean(0), style, label=label)
        axis.fill_between(steps, values.amin(0), values.amax(0), color=line.get_color(), alpha=0.25, lw=0)
    axis.set(xlabel=xlabel, ylabel=ylabel, yscale="log" if log else "linear")
    axis.legend()


def seeds(results, *, xlabel):
    """One row for each condition of `{label: values}`: a mark for every seed and a bar at their mean."""
    _, axis = plt.subplots(figsize=(6.4, 0.5 + 0.42 * len(results)))
    for row, (values, color, marker) in enumerate(zip(results.values(), cycle(COLORS), cycle(MARKERS))):
        axis.plot(values, [row] * len(values), marker, color=color, mfc="none", mew=1.5)
        axis.plot([sum(values) / len(values)] * 2, [row - 0.3, row + 0.3], color=color)
    axis.set(
        yticks=range(len(results)), yticklabels=list(results), xlabel=xlabel, ylim=(len(results) - 0.5, -0.5)
    )
    axis.grid(axis="x", alpha=0.3)


def history(histories):
    """Loss and accuracy by epoch of `{label: History}`: training dashed, test solid."""
    _, (left, right) = plt.subplots(1, 2)
    for (label, run), color, marker in zip(histories.items(), cycle(COLORS), cycle(MARKERS)):
        epochs = [epoch.epoch for epoch in run.epochs]
        for axis, quantity in (left, "loss"), (right, "accuracy"):
            trained = [getattr(epoch, f"train_{quantity}") for epoch in run.epochs]
            tested = [getattr(epoch, f"test_{quantity}") for epoch in run.epochs]
            axis.plot(epochs, trained, "--", color=color, label=f"{label}, training")
            if None not in tested:
                axis.plot(epochs, tested, "-", color=color, marker=marker, label=f"{label}, test")
            axis.set(xlabel="epoch", ylabel=quantity, xticks=epochs)
    right.legend()
