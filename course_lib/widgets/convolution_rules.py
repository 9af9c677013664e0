"""What slides over what in the convolution widget, and the sizes that follow, by the rules of torch.

A `conv` holds sizes only. A [height, width] pair each: input, kernel, padding (or "same", or a [before, after]
pair for each axis), stride, dilation, output_padding, output_size. The rest: operation, channels, filters,
groups, padding_mode, flip, count_include_pad, activation.
`js/core/convolution/sizes.mjs` has the same rules for the page; tests hold both to torch.
"""

from course_lib.widgets.arguments import LARGEST
from course_lib.widgets.convolution_words import WORDS

BOTH = (0, 1)
MAX_CELLS = 3000
MOST_CHANNELS = 8
LIMITS = {
    "input": (1, 32),
    "kernel": (1, 11),
    "padding": (0, LARGEST),
    "stride": (1, LARGEST),
    "dilation": (1, LARGEST),
    "output_padding": (0, LARGEST),
    "output_size": (1, 32),
}
PADDING_MODES = ("zeros", "reflect", "replicate", "circular")
SLIDING = ("input", "kernel", "padding", "stride", "dilation")
# The pairs that each operation reads.
PARAMETERS = {
    "conv2d": SLIDING,
    "conv_transpose2d": (*SLIDING, "output_padding"),
    "max_pool2d": SLIDING,
    "avg_pool2d": SLIDING[:4],
    "adaptive_max_pool2d": ("input", "output_size"),
    "adaptive_avg_pool2d": ("input", "output_size"),
}
DEFAULTS = {
    "operation": "conv2d",
    "channels": 1,
    "filters": 1,
    "groups": 1,
    "padding_mode": "zeros",
    "flip": False,
    "output_padding": [0, 0],
    "output_size": [1, 1],
    "count_include_pad": True,
    "activation": None,
}


def layer(given):
    """`given` with the settings that its operation has, as torch has them: a pool keeps its channels apart."""
    conv = DEFAULTS | given
    if conv["operation"] != "conv2d":
        conv["padding_mode"] = "zeros"
    if is_pool(conv):
        conv |= {"flip": False, "filters": conv["channels"], "groups": conv["channels"]}
    return conv


def is_pool(conv):
    """Whether the operation has no weights."""
    return "pool" in conv["operation"]


def is_adaptive(conv):
    """Whether the windows follow from the output size."""
    return conv["operation"].startswith("adaptive")


def is_transposed(conv):
    """Whether each input is spread over the output."""
    return conv["operation"] == "conv_transpose2d"


def pads(conv, axis):
    """What is added before and after the input; "same" puts the odd one after, as torch does."""
    if conv["padding"] != "same":
        along = conv["padding"][axis]
        return tuple(along) if isinstance(along, (list, tuple)) else (along, along)
    total = conv["dilation"][axis] * (conv["kernel"][axis] - 1)
    return total // 2, total - total // 2


def frame_pads(conv, axis):
    """The same as far as it is drawn: a transposed convolution cuts its padding off the output."""
    return (0, 0) if is_transposed(conv) or is_adaptive(conv) else pads(conv, axis)


def padded_size(conv, axis):
    """Rows (axis 0) or columns (axis 1) of the padded input."""
    return conv["input"][axis] + sum(frame_pads(conv, axis))


def spacing(conv, axis):
    """Steps between two taps of the kernel; torch's average pooling has no dilation."""
    return 1 if conv["operation"] == "avg_pool2d" else conv["dilation"][axis]


def extent(conv, axis):
    """Rows or columns from the first tap of the kernel to its last."""
    return spacing(conv, axis) * (conv["kernel"][axis] - 1) + 1


def output_size(conv, axis):
    """Rows or columns of the output."""
    if is_adaptive(conv):
        return conv["output_size"][axis]
    stride = conv["stride"][axis]
    if is_transposed(conv):
        grown = (conv["input"][axis] - 1) * stride + extent(conv, axis) + conv["output_padding"][axis]
        return grown - sum(pads(conv, axis))
    return (padded_size(conv, axis) - extent(conv, axis)) // stride + 1


def dropped(conv, axis):
    """Rows or columns at the end of the padded input that the floor leaves out."""
    if is_adaptive(conv) or is_transposed(conv):
        return 0
    return (padded_size(conv, axis) - extent(conv, axis)) % conv["stride"][axis]


def weight_shape(conv):
    """The first two sizes of torch's weight."""
    channels, filters, groups = conv["channels"], conv["filters"], conv["groups"]
    if is_pool(conv):
        return [1, 1]
    return [channels, filters // groups] if is_transposed(conv) else [filters, channels // groups]


def cell_count(conv):
    """Numbers to draw for one filter: padded inputs, kernels, parts of the channels, output, activation."""
    each = 1 if is_pool(conv) else conv["channels"] // conv["groups"]
    padded, output = (size(conv, 0) * size(conv, 1) for size in (padded_size, output_size))
    kernel = 0 if is_adaptive(conv) else conv["kernel"][0] * conv["kernel"][1]
    return each * (padded + kernel + (output if each > 1 else 0)) + output * (2 if conv["activation"] else 1)


def size_text(pair):
    """A (height, width) size as words."""
    return WORDS["size"].format(*pair)


def setting_text(value):
    """A padding, stride or dilation as it is written in a call: one number where both are equal."""
    if value == "same":
        return '"same"'
    if isinstance(value[0], (list, tuple)):
        return str(tuple(tuple(along) for along in value))
    return str(value[0]) if value[0] == value[1] else str(tuple(value))
