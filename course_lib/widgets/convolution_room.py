"""The room of the convolution widget on a page: see room.py."""

import math

from course_lib.widgets import convolution_rules as rules
from course_lib.widgets import room
from course_lib.widgets.convolution_rules import BOTH

# Of the room on a page, in the column and on a phone, the parts that are neither fields nor grids.
HEAD_PX = (182, 306)  # operation, what more there is, tabs
BODY_PX = (189, 333)  # filter, player, help and what stands between them
SIZES_PX = {"conv": (155, 135), "transposed": (122, 166), "adaptive": (93, 134)}  # the output size worked out
GRADIENT_PX = {
    "input_grad": (36, 57),
    "kernel_grad": (36, 90),
    "bias_grad": (-68, -61),
}  # what stands there instead
ASK_PX = (105, 222)  # the question, and the size with a gap
CODE_PX, MATRIX_PX = (550, 583), (159, 256)
TERMS = ((6, 5), (3.5, 2.5))  # of a sum in a line, for one channel and for more
TITLES = ("Kernel 3 × 3", "Kernel[0, 0] 3 × 3")


def heights_px(widget):
    """About how tall the widget stands in the book's column and on a phone."""
    return room.both(lambda phone: _height(widget, phone))


def _height(widget, phone):
    conv, view = widget.conv, widget.view
    pairs = [conv[name] for name in ("input", "kernel", "padding", "stride", "dilation")]
    uneven = any(value[0] != value[1] for value in pairs if value != "same")
    count = 3 if rules.is_adaptive(conv) else 6 + rules.is_transposed(conv)
    height = HEAD_PX[phone] + room.fields(count, phone, each=92 if uneven else 58, last=56)
    if view == "code":
        return height + CODE_PX[phone]
    if view == "matrix":
        rows, columns = (
            math.prod(each) * conv[many]
            for each, many in ((_outputs(conv), "filters"), (conv["input"], "channels"))
        )
        if rules.is_transposed(conv):
            rows, columns = columns, rows
        across = min(room.INSIDE_PX[phone], 480 * columns / rows)
        return height + MATRIX_PX[phone] + round(across * rows / columns) + 26 * min(rows, 25)
    height += BODY_PX[phone] + (conv["filters"] > 1 or conv["channels"] > 1) * (2 if phone else 34)
    if widget.ask:
        return height + ASK_PX[phone] + _grids_height(widget, phone)
    text = SIZES_PX[_size_form(conv)] if view == "output" else GRADIENT_PX[view]
    notes = sum(rules.dropped(conv, axis) > 0 for axis in BOTH) if view == "output" else 0
    return (
        height
        + text[phone]
        + notes * (51 if phone else 30)
        + _story(conv, view, phone)
        + _grids_height(widget, phone)
    )


def _story(conv, view, phone):
    """The sum behind a number, term by term."""
    if rules.is_pool(conv) or rules.is_transposed(conv) or view == "input_grad":
        return room.LINE_PX * (1 + phone)
    if view != "output":
        terms = round(0.8 * math.prod(_outputs(conv)))  # shorter ones: of a gradient of 1
    else:
        terms = math.prod(conv["kernel"]) * conv["channels"] // conv["groups"]
    return room.LINE_PX * max(-(-terms // TERMS[phone][conv["channels"] > 1]), 1 + phone)


def _outputs(conv):
    return [rules.output_size(conv, axis) for axis in BOTH]


def _grids_height(widget, phone):
    conv = widget.conv
    padded, output, kernel = [rules.padded_size(conv, axis) for axis in BOTH], _outputs(conv), conv["kernel"]
    if widget.view != "output":
        return _gradient_height(conv, widget.view, padded, phone)
    values, parts = widget._forward()
    pooled, activated, biased = rules.is_pool(conv), conv["activation"] is not None, widget.bias is not None
    sizes = [padded, *([] if pooled else [kernel]), output, *[output] * activated, *[[1, 1]] * biased]
    columns = [size[1] for size in sizes]
    channels = 1 if pooled else conv["channels"] // conv["groups"]
    cells = "high" if channels > 1 and sum(columns) > 24 else room.density(columns)

    def of_output(numbers, title="Output 5 × 5"):
        return room.grid(output, phone, cells, room.characters(numbers.tolist()), title)

    first = [room.grid(padded, phone, cells, title="Input[0] 7 × 7, padded 9 × 9" if channels > 1 else "")]
    first += [] if pooled else [room.grid(kernel, phone, cells, 2, TITLES[channels > 1])]
    last = [room.grid((1, 1), phone, cells, title="Bias[0]")] * biased
    last += [] if widget.ask and phone else [of_output(values[0])]
    last += [of_output(values[0])] * activated
    if channels == 1:
        return room.flow(room.between(first + last, phone), phone)
    each = room.flow(room.between([*first, of_output(parts[0])], phone), phone) + 16
    return channels * each + room.flow(room.between(last, phone), phone) + (48 if phone else 0)


def _gradient_height(conv, view, padded, phone):
    kernel, output = conv["kernel"], _outputs(conv)
    sizes = {
        "input_grad": [output, kernel, padded],
        "kernel_grad": [padded, output, kernel],
        "bias_grad": [output, [1, 1]],
    }[view]
    cells = room.density([columns for _, columns in sizes])
    titles = ["", TITLES[False] if view == "input_grad" else "", "∂L/∂kernel 3 × 3"]
    grids = [room.grid(size, phone, cells, 3, title) for size, title in zip(sizes, titles, strict=False)]
    return room.flow(room.between(grids, phone), phone)


def _size_form(conv):
    return "transposed" if rules.is_transposed(conv) else "adaptive" if rules.is_adaptive(conv) else "conv"
