"""What torch.nn.BatchNorm1d makes of a small batch, what it refuses, and the four norms of one block, in numpy.

`js/core/batchnorm.mjs` has the same rules for the page; tests hold both to torch.
"""

import math

import numpy as np

from course_lib.widgets.arguments import nearest_text

LIMITS = {
    "N": (1, 12),
    "C": (1, 4),
    "momentum": (0, 1),
    "eps": (0, 100),
    "block N": (1, 4),
    "block C": (1, 8),
    "block H": (1, 4),
    "block W": (1, 4),
}
DEFAULT_EPS = 1e-5
NORMS = ("batch", "layer", "instance", "group")
# The numbers that fill a size without values; the page has the same two rules.
START = {
    "input": lambda n, c: (5 * n + 3 * n * c + 4) % 11 - 4 * c,
    "block": lambda n, c, h, w: (5 * n + 3 * c * c + 2 * h + 4 * w + n * c + h * w) % 9 + 2 * c - n,
}

WORDS = {
    "values": "{name} must be {shape} finite numbers or a size such as {size}; got {got}.",
    "list": "{name} must be a list of {count} finite numbers, one for each channel; got {got}.",
    "channels": "input has {C} channels, but {name} has {count} numbers; give both to a new widget.",
    "rows": "grad_output must have the shape of input, {shape}; got {got}.",
    "variance": "running_var must be 0 or more in each channel; got {got}.",
    "eps": "batch_norm eps must be positive during training, but got {got}.",
    "one": "Expected more than 1 value per channel when training, got input size {size}: give two samples or more, "
    "or training=False.",
    "groups": "num_groups is {groups}; it must divide the block's {C} channels.",
    "one_slice": "Expected more than 1 value in a slice of {norm} norm when training, got a block of size {size}.",
    "sentence": "Batch norm of a {N} × {C} batch in {mode}: the first output is {output}.",
    "slices": "{norm} norm of a {shape} block: {slices} slices of {count} values, each with its own mean and variance.",
}


def statistics(input):
    """Mean, variance over N and variance over N - 1 of each channel, (N, C) -> 3 of (C,)."""
    input = np.asarray(input, float)
    variance, count = input.var(0), len(input)
    return (
        input.mean(0),
        variance,
        variance * count / (count - 1) if count > 1 else np.full_like(variance, np.nan),
    )


def forward(state, training=None):
    """Normalised values and output, each (N, C); `training` is the state's own unless given."""
    training = state["training"] if training is None else training
    mean, variance = (
        statistics(state["input"])[:2]
        if training
        else (np.array(state["running_mean"]), np.array(state["running_var"]))
    )
    with np.errstate(divide="ignore", invalid="ignore"):  # eval takes eps 0, even with a running_var of 0
        normalised = (np.array(state["input"]) - mean) / np.sqrt(variance + state["eps"])
        return normalised, normalised * state["weight"] + state["bias"]


def grad_output(state):
    """dL/doutput (N, C): as given, or a 1 in each channel of the first sample."""
    if state["grad_output"] is not None:
        return np.array(state["grad_output"])
    given = np.zeros(np.shape(state["input"]))
    given[0] = 1
    return given


def gradient(state):
    """dL/dinput (N, C), dL/dweight (C,) and dL/dbias (C,) for dL/doutput."""
    normalised, _ = forward(state)
    given = grad_output(state)
    variance = statistics(state["input"])[1] if state["training"] else np.array(state["running_var"])
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.array(state["weight"]) / np.sqrt(variance + state["eps"])
        inner = given
        if state["training"]:
            inner = given - given.mean(0) - normalised * (given * normalised).mean(0)
        return scale * inner, (given * normalised).sum(0), given.sum(0)


def slice_numbers(norm, groups, shape):
    """The number of the slice that each element of an (N, C, H, W) block is normalised with."""
    n, c, _, _ = np.indices(shape)
    kinds = {
        "batch": c,
        "layer": n,
        "instance": n * shape[1] + c,
        "group": n * groups + c * groups // shape[1],
    }
    return kinds[norm]


def problem(state):
    """Why torch refuses what the view shows, as one sentence with the nearest legal value; None where it does not.

    Each number is legal by itself. What several of them break together in another view is told when that is shown;
    the view "eval" shows what either mode makes of the batch, so that training may refuse it.
    """
    if state["view"] == "slices":
        return _block_problem(state)
    if not state["training"] or state["view"] == "eval":
        return None
    if len(state["input"]) == 1:
        return WORDS["one"].format(size=list(np.shape(state["input"]))) + nearest_text("batch size", 2)
    return _eps_problem(state["eps"])


def _eps_problem(eps):
    return None if eps > 0 else WORDS["eps"].format(got=f"{eps:g}") + nearest_text("eps", DEFAULT_EPS)


def _block_problem(state):
    shape, norm, groups = np.shape(state["block"]), state["norm"], state["num_groups"]
    size, channels = math.prod(shape), shape[1]
    if norm == "batch" and _eps_problem(state["eps"]):
        return _eps_problem(state["eps"])
    if norm == "group" and channels % groups:
        divisors = [count for count in range(1, channels + 1) if channels % count == 0]
        nearest = min(divisors, key=lambda count: abs(count - groups))
        return WORDS["groups"].format(groups=groups, C=channels) + nearest_text("num_groups", nearest)
    # torch counts over the whole batch for group norm, so a slice of one value passes where there are several
    counts = {"batch": size // channels, "instance": math.prod(shape[2:]), "group": size / groups}
    if counts.get(norm) == 1:
        return WORDS["one_slice"].format(norm=norm, size=list(shape)) + nearest_text("height", 2)
    return None
