"""What torch.nn.BatchNorm1d makes of a small batch, what it refuses, and the four norms of one block, in numpy.

`js/core/batchnorm.mjs` has the same rules for the page; tests hold both to torch.
"""

import math

import numpy as np

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
    "x": lambda n, c: (5 * n + 3 * n * c + 4) % 11 - 4 * c,
    "block": lambda n, c, h, w: (5 * n + 3 * c * c + 2 * h + 4 * w + n * c + h * w) % 9 + 2 * c - n,
}

WORDS = {
    "nearest": " The nearest legal {label} is {nearest}.",
    "number": "{name} must be a {whole}number from {low} to {high}; got {got}.",
    "values": "{name} must be {shape} finite numbers or a size such as {size}; got {got}.",
    "list": "{name} must be a list of {count} finite numbers, one for each channel; got {got}.",
    "rows": "grad_output must have the shape of x, {shape}; got {got}.",
    "variance": "running_var must be 0 or more in each channel; got {got}.",
    "choice": "{name} must be one of {choices}; got {got}.",
    "training": "training must be True or False; got {got}.",
    "eps": "batch_norm eps must be positive during training, but got 0.",
    "one": "Expected more than 1 value per channel when training, got input size {size}: give two samples or more, "
    "or training=False.",
    "groups": "num_groups is {groups}; it must divide the block's {C} channels.",
    "one_slice": "Expected more than 1 value in a slice of {norm} norm when training, got a block of size {size}.",
    "sentence": "Batch norm of a {N} × {C} batch in {mode}: the first output is {output}.",
    "slices": "{norm} norm of a {shape} block: {slices} slices of {count} values, each with its own mean and variance.",
}


def statistics(x):
    """Mean, variance over N and variance over N - 1 of each channel, (N, C) -> 3 of (C,)."""
    x = np.asarray(x, float)
    variance = x.var(0)
    return (
        x.mean(0),
        variance,
        variance * len(x) / (len(x) - 1) if len(x) > 1 else np.full_like(variance, np.nan),
    )


def forward(state, training=None):
    """Normalised values and output, each (N, C); `training` is the state's own unless given."""
    training = state["training"] if training is None else training
    mean, variance = (
        statistics(state["x"])[:2]
        if training
        else (np.array(state["running_mean"]), np.array(state["running_var"]))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        normalised = (np.array(state["x"]) - mean) / np.sqrt(variance + state["eps"])
    return normalised, normalised * state["weight"] + state["bias"]


def training_step(state):
    """running_mean, running_var and num_batches_tracked after one training step on the batch."""
    mean, _, unbiased = statistics(state["x"])
    count = state["num_batches_tracked"] + 1
    factor = 1 / count if state["momentum"] is None else state["momentum"]
    moved = {
        name: ((1 - factor) * np.array(state[name]) + factor * new).tolist()
        for name, new in (("running_mean", mean), ("running_var", unbiased))
    }
    return moved | {"num_batches_tracked": count}


def gradient(state):
    """dL/dx (N, C), dL/dweight (C,) and dL/dbias (C,) for dL/doutput; a 1 in the first row where none is given."""
    normalised, _ = forward(state)
    given = np.zeros_like(normalised)
    given[0] = 1
    if state["grad_output"] is not None:
        given = np.array(state["grad_output"])
    variance = statistics(state["x"])[1] if state["training"] else np.array(state["running_var"])
    inner = given - (given.mean(0) + normalised * (given * normalised).mean(0)) * state["training"]
    scale = np.array(state["weight"]) / np.sqrt(variance + state["eps"])
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
    """Why torch refuses the state, as one sentence with the nearest legal value; None where it is legal."""
    x, shape = np.array(state["x"]), np.shape(state["block"])
    for name, value in (("momentum", state["momentum"]), ("eps", state["eps"])):
        low, high = LIMITS[name]
        if value is not None and not low <= value <= high:
            nearest = min(max(value, DEFAULT_EPS if name == "eps" else low), high)
            nearest = nearest_text(name, nearest) if math.isfinite(value) else ""
            return WORDS["number"].format(name=name, whole="", low=low, high=high, got=value) + nearest
    if min(state["running_var"]) < 0:
        got = min(state["running_var"])
        return WORDS["variance"].format(got=got) + nearest_text("running_var", 0)
    if state["training"] and len(x) == 1:
        return WORDS["one"].format(size=list(x.shape)) + nearest_text("batch size", 2)
    if state["eps"] == 0 and (state["training"] or state["norm"] == "batch"):
        return WORDS["eps"] + nearest_text("eps", DEFAULT_EPS)
    norm, groups, channels = state["norm"], state["num_groups"], shape[1]
    if norm == "group" and (groups < 1 or channels % groups):
        divisors = [count for count in range(1, channels + 1) if channels % count == 0]
        nearest = min(divisors, key=lambda count: abs(count - groups))
        return WORDS["groups"].format(groups=groups, C=channels) + nearest_text("num_groups", nearest)
    size = math.prod(shape)
    # torch counts over the whole batch for group norm, so a slice of one value passes where there are several
    count = {
        "batch": size // channels,
        "instance": math.prod(shape[2:]),
        "group": size / groups if groups else 1,
    }
    if count.get(norm) == 1:
        return WORDS["one_slice"].format(norm=norm, size=list(shape)) + nearest_text("height", 2)
    return None


def nearest_text(label, nearest):
    """The end of a refusal."""
    return WORDS["nearest"].format(label=label, nearest=nearest)
