"""All networks of the course, by name, with their published numbers: one row each."""

import difflib
from collections.abc import Callable
from typing import NamedTuple

from course_lib.models import lenet


class Info(NamedTuple):
    """What is known of a network; input C×H×W in pixels, MACs (multiply-accumulates) of one image, errors in %."""

    build: Callable  # (**options) → nn.Module
    input_shape: tuple
    parameters: int  # trainable
    macs: int  # convolutions and linear layers, without biases
    paper: str  # key in references.bib
    year: int
    top1_error: float | None
    top5_error: float | None
    source: str  # where the counts and the errors come from


# fmt: off
REGISTRY = {
    # name            build               input        parameters     macs  paper        year  top-1 top-5  source
    "lenet5_1998": Info(lenet.lenet5_1998, (1, 32, 32),    60_000, 325_680, "lecun1998", 1998, 0.95, None,
                        "section II.B: 340,908 connections less biases, S2, S4, output; section III.B"),
    "lenet5":      Info(lenet.lenet5,      (1, 28, 28),    61_706, 416_520, "lecun1998", 1998, None, None,
                        "counted layer by layer"),
}
# fmt: on


def names():
    """All names that `create` knows, in the order of the registry."""
    return list(REGISTRY)


def info(name):
    """The row of the registry for `name`; raises `ValueError` with the nearest names if there is none."""
    if name not in REGISTRY:
        near = difflib.get_close_matches(name, REGISTRY, n=3) or names()
        raise ValueError(f"no network is called {name!r}; the nearest names are {', '.join(near)}")
    return REGISTRY[name]


def create(name, **options):
    """Build the network `name` with fresh weights; `num_classes`, `in_channels` and more go to its constructor."""
    return info(name).build(**options)
