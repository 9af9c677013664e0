"""What the ways to make a map larger accept, and the sizes and values that follow, by the rules of torch.

`sizes` hold method, height, width, kernel, scale, padding and output_padding as numbers. `js/core/upsampling.mjs` has
the same rules for the page; tests hold both to torch.
"""

from course_lib.widgets.arguments import is_number, is_whole, nearest_text

METHODS = ("nearest", "bilinear", "bicubic", "transposed", "pixel_shuffle", "max_unpool", "resize_conv")
LIMITS = {
    "height": (1, 6),
    "width": (1, 6),
    "scale": (1, 4),
    "kernel": (1, 7),
    "padding": (0, 6),
    "output_padding": (0, 3),
}
WINDOW = ("height", "width", "scale")
USES = {method: WINDOW for method in METHODS} | {
    "transposed": (*WINDOW, "kernel", "padding", "output_padding"),
    "pixel_shuffle": (*WINDOW, "kernel"),
    "resize_conv": (*WINDOW, "kernel"),
}
CUBIC = -0.75  # torch's coefficient
LABELS = {"height": "input height", "width": "input width", "kernel": "kernel size"}
WORDS = {
    "range": "{label} is {got}; it must be a whole number from {min} to {max}.",
    "output_padding": "output_padding must be smaller than the stride: {output_padding} is not below {scale}.",
    "small": "The output would be {rows} × {columns}: padding {padding} cuts away more than there is.",
    "channels": "Pixel shuffle by {scale} needs one weight for each of its channels, a kernel of {scale} × {scale}; "
    "got {kernel} × {kernel}.",
}


def output_size(sizes, axis):
    """Rows (axis 0) or columns (axis 1) of the output."""
    length = (sizes["height"], sizes["width"])[axis]
    if sizes["method"] != "transposed":
        return length * sizes["scale"]
    return (length - 1) * sizes["scale"] - 2 * sizes["padding"] + sizes["kernel"] + sizes["output_padding"]


def _has_output_padding(sizes):
    return sizes["method"] == "transposed" and sizes["output_padding"] >= sizes["scale"]


def _is_small(sizes):
    return sizes["method"] == "transposed" and min(output_size(sizes, axis) for axis in (0, 1)) < 1


def _lacks_channels(sizes):
    return sizes["method"] == "pixel_shuffle" and sizes["kernel"] != sizes["scale"]


RULES = {  # reason: (whether it is broken, the number that always mends it)
    "output_padding": (_has_output_padding, "output_padding"),
    "small": (_is_small, "padding"),
    "channels": (_lacks_channels, "kernel"),
}


def problem(sizes, changed="kernel"):
    """Why torch or the widget refuses `sizes`, with the nearest legal value; None where it is legal.

    A problem of several numbers is laid to `changed`, if that can mend it.
    """
    for name in LIMITS:
        if not _in_range(sizes, name):
            low, high = LIMITS[name]
            text = WORDS["range"].format(label=LABELS.get(name, name), got=sizes[name], min=low, max=high)
            nearest = _nearest_legal(sizes, name, _is_legal)
            if nearest is None and is_number(sizes[name]):
                nearest = low if sizes[name] < low else high
            return _with_nearest(text, name, nearest)
    for reason, (is_broken, last) in RULES.items():
        if not is_broken(sizes):
            continue
        for name in (changed, last):
            nearest = _nearest_legal(sizes, name, is_broken, False) if name in LIMITS else None
            if nearest is not None:
                output = {"rows": output_size(sizes, 0), "columns": output_size(sizes, 1)}
                return _with_nearest(WORDS[reason].format(**sizes | output), name, nearest)
    return None


def _with_nearest(text, name, nearest):
    return text if nearest is None else text + nearest_text(LABELS.get(name, name), nearest)


def _is_legal(sizes):
    return all(_in_range(sizes, name) for name in LIMITS) and not any(
        rule[0](sizes) for rule in RULES.values()
    )


def _in_range(sizes, name):
    return is_whole(sizes[name], *LIMITS[name])


def _nearest_legal(sizes, name, judge, verdict=True):
    """The value of `name` closest to the present one that is in range and gets `verdict`, or None."""
    if not is_number(sizes[name]):
        return None
    low, high = LIMITS[name]
    right = [value for value in range(low, high + 1) if judge(sizes | {name: value}) is verdict]
    return min(right, key=lambda value: abs(value - sizes[name]), default=None)


def forward(state):
    """Output values of a state, (H, W) -> (output_h, output_w)."""
    import numpy as np

    method, scale = state["method"], state["scale"]
    x, kernel = np.array(state["input"], float), np.array(state["kernel"], float)
    if method in ("nearest", "bilinear", "bicubic"):
        matrix = [interpolation(method, length, scale, state["align_corners"]) for length in x.shape]
        return matrix[0] @ x @ matrix[1].T
    if method == "pixel_shuffle":
        return np.kron(x, kernel)
    if method == "max_unpool":
        places = np.array(state["switches"])[: x.shape[0], : x.shape[1]] % scale**2
        output = np.zeros((x.shape[0] * scale, x.shape[1] * scale))
        rows, columns = np.indices(x.shape)
        output[rows * scale + places // scale, columns * scale + places % scale] = x
        return output
    if method == "resize_conv":
        before = (len(kernel) - 1) // 2
        padded = np.pad(np.kron(x, np.ones((scale, scale))), (before, len(kernel) - 1 - before))
        return np.einsum(
            "ijuv,uv->ij", np.lib.stride_tricks.sliding_window_view(padded, kernel.shape), kernel
        )
    size = [(length - 1) * scale + len(kernel) + state["output_padding"] for length in x.shape]
    output = np.zeros(size)
    for row, column in np.ndindex(*x.shape):
        window = np.s_[row * scale : row * scale + len(kernel), column * scale : column * scale + len(kernel)]
        output[window] += x[row, column] * kernel
    return output[tuple(np.s_[state["padding"] : length - state["padding"]] for length in size)]


def interpolation(method, length, scale, align_corners=False):
    """Matrix (output, input) of torch.nn.functional.interpolate along one axis."""
    import numpy as np

    size = length * scale
    place = np.arange(size)
    if method == "nearest":
        return np.eye(length)[place // scale]
    aligned = place * ((length - 1) / max(size - 1, 1))
    source = aligned if align_corners else (place + 0.5) / scale - 0.5
    source = (
        np.maximum(source, 0) if method == "bilinear" else source
    )  # torch does not read before the first cell
    index = np.floor(source).astype(int)
    t = source - index
    if method == "bilinear":
        taps = {0: 1 - t, 1: t}
    else:
        taps = {-1: _far(t + 1), 0: _near(t), 1: _near(1 - t), 2: _far(2 - t)}
    matrix = np.zeros((size, length))
    for step, weights in taps.items():
        np.add.at(matrix, (place, np.clip(index + step, 0, length - 1)), weights)
    return matrix


def _near(t):
    return (CUBIC + 2) * t**3 - (CUBIC + 3) * t**2 + 1


def _far(t):
    return CUBIC * (t**3 - 5 * t**2 + 8 * t - 4)


def counts(state):
    """How many products each output cell is a sum of, for a transposed convolution."""
    import numpy as np

    ones = {name: np.ones_like(np.array(state[name], float)) for name in ("input", "kernel")}
    return forward(state | ones).round().astype(int)


def evenness(kernel, scale):
    """(kernel mod scale, least, most): how many products fall on an output cell away from the edges."""
    return kernel % scale, (kernel // scale) ** 2, (-(-kernel // scale)) ** 2
