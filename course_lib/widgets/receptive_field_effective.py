"""A measured effective field as the receptive-field widget keeps it: small, in shares of the largest gradient."""

MOST_SIDE = 64  # larger fields are averaged over blocks of pixels: the page need not carry them whole
SHARE = 1 - 0.9545  # of the largest gradient: what lies above it counts as effective (Luo et al., section 3)
PARTS = ("values", "block", "unit", "window", "side", "support")


def effective_field(given, state, window, size):
    """{values, block, layer, unit, window, side, support} of a `measure.Sensitivity` or an H×W array, or None.

    `values` are shares of the largest gradient, averaged over blocks of `block` pixels; `side` is that of a square
    of as many pixels as are effective; `support` the rows and columns that are not 0. ValueError for other arrays.
    """
    import numpy as np

    if given is None or (isinstance(given, dict) and {"layer", *PARTS} == set(given)):
        return given
    gradient = getattr(given, "gradient", given)
    gradient = gradient.detach().cpu() if hasattr(gradient, "detach") else gradient
    try:
        values = np.abs(np.asarray(gradient, float))
    except (TypeError, ValueError):
        raise ValueError("effective must be a measure.Sensitivity or an H×W array of numbers.") from None
    if list(values.shape) != state["input"] or not np.isfinite(values).all() or values.max() == 0:
        wanted = " × ".join(map(str, state["input"]))
        got = f"an array of shape {values.shape}" if values.size else "an empty array"
        raise ValueError(
            f"effective must be {wanted} finite numbers, as the input, and not all 0; got {got}"
            f"{'' if list(values.shape) != state['input'] else ' with other values'}."
        )
    unit = [int(at) for at in getattr(given, "position", state["unit"])]
    if len(unit) != 2 or not all(0 <= at < side for at, side in zip(unit, size)):
        raise ValueError(
            f"effective was measured at unit {tuple(unit)}, but the chosen layer has {size[0]} × {size[1]} "
            "units: give the layer at which it was measured as layer."
        )
    shift = [unit[axis] - state["unit"][axis] for axis in (0, 1)]
    if window is not None and any(shift):
        window = _moved(state, window, shift)
    block = -(-max(values.shape) // MOST_SIDE)
    rows, columns = (np.flatnonzero(values.any(axis)) for axis in (1, 0))
    padded = np.pad(values, [(0, -side % block) for side in values.shape])
    blocks = padded.reshape(padded.shape[0] // block, block, padded.shape[1] // block, block).mean((1, 3))
    return {
        "values": np.round(blocks / blocks.max(), 4).tolist(),
        "block": block,
        "layer": state["layer"],
        "unit": unit,
        "window": window,
        "side": round(float(np.sqrt((values > SHARE * values.max()).sum())), 2),
        "support": [int(seen[-1] - seen[0] + 1) for seen in (rows, columns)],
    }


def _moved(state, window, shift):
    from course_lib.widgets import receptive_field_rules as rules

    if state["profile"]:
        step = state["profile"]["rows"][state["layer"]][4] or [0, 0]
    else:
        step = [rules.levels(state, axis)[state["layer"] + 1].step for axis in (0, 1)]
    return [edge + shift[index % 2] * step[index % 2] for index, edge in enumerate(window)]
