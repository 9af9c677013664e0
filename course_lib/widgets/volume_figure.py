"""What the volume widget says and shows where no script runs: a sentence, a figure, and its room on a page."""

import math

import numpy as np

from course_lib.widgets import room
from course_lib.widgets import volume_rules as rules
from course_lib.widgets.volume_rules import AXES

# Of the room on a page, in the column and on a phone, what is neither fields nor slices nor a sum.
PRESETS_PX, CODE_PX = (38, 91), (942, 967)
TEXT_PX, GRADIENT_PX = (568, 753), (223, 385)
KIND_PX = {"slices": (78, 99), "channels": (44, 87), "depth": (99, 143)}
# Characters of the longest line over a slice, in the order in which the volumes of a view are added up.
TITLES = {"output": (13, 11, 8), "input_grad": (12, 12, 15), "kernel_grad": (15, 11, 11)}
MOST_COLUMNS = 44  # of numbers in a row of slices
NAMES = ("depth", "height", "width")
WORDS = {
    "sentence": "Three-dimensional convolution of a {input} input with a {kernel} kernel, padding {padding}, stride "
    "{stride}, dilation {dilation}{bias}: the output is {output}.",
    "slices": "The kernel is one slice deep: it is a 2-D convolution of each slice by itself.",
    "channels": "The kernel is as deep as the input: it is a 2-D convolution over {depth} channels.",
    "depth": "The kernel slides along depth too, to {count} {places}.",
    "size": "output {axis} = ⌊({input} + 2·{padding} − {dilation}·({kernel} − 1) − 1) / {stride}⌋ + 1 = {output}",
    "sum": "output{place} = {parts}{bias} = {value}: {terms}.",
    "term": "kernel[{tap}] over {slice}",
    "bias": " + {bias} (bias)",
    "cost": "{kernel} = {one} multiply-accumulates for each of {outputs} outputs: {all:,}.",
}


def sentence(widget):
    """Sizes, settings and output size, and what the layer amounts to."""
    sizes = widget.sizes
    texts = {name: _times(sizes[name]) for name in ("input", "kernel")}
    texts |= {name: _setting(sizes[name]) for name in ("padding", "stride", "dilation")}
    texts |= {"output": _times(_shape(sizes)), "bias": "" if widget.bias is None else ", with bias"}
    return f"{WORDS['sentence'].format(**texts)} {_amounts(sizes)}"


def draw(widget):
    """The slices of input, kernel and output, one output and what it reads outlined, its sum, and the sizes."""
    from course_lib.widgets import figure

    sizes = widget.sizes
    cell = _shown(widget)
    rows = [*_input(widget, cell), *_kernel(widget), *_output(widget, cell)]
    one, outputs = math.prod(sizes["kernel"]), math.prod(_shape(sizes))
    cost = {
        "kernel": "·".join(map(str, sizes["kernel"])),
        "one": one,
        "outputs": outputs,
        "all": one * outputs,
    }
    notes = [_sum(widget, cell), _amounts(sizes), *_size_notes(sizes), WORDS["cost"].format(**cost)]
    return figure.rows_of_panels(rows, notes)


def _times(shape):
    return " × ".join(map(str, shape))


def _setting(value):
    return str(value[0] if len(set(value)) == 1 else tuple(value))


def _shape(sizes):
    return [rules.output_size(sizes, axis) for axis in AXES]


def _amounts(sizes):
    count = rules.output_size(sizes, 0)
    places = "place" if count == 1 else "places"
    return WORDS[rules.kind(sizes)].format(depth=sizes["input"][0], count=count, places=places)


def _size_notes(sizes):
    for axis in AXES:
        numbers = {name: sizes[name][axis] for name in rules.LIMITS}
        yield WORDS["size"].format(axis=NAMES[axis], output=rules.output_size(sizes, axis), **numbers)


def _shown(widget):
    """The output that is worked out: the pinned one, or that in the middle."""
    if widget.cell and widget.cell[0] == "output":
        return tuple(widget.cell[1:])
    return tuple(size // 2 for size in _shape(widget.sizes))


def _start(sizes, cell):
    """Where in the padded input the window of an output begins."""
    return [index * stride for index, stride in zip(cell, sizes["stride"], strict=True)]


def _sum(widget, cell):
    from course_lib.widgets.figure import number_text

    sizes = widget.sizes
    parts = rules.partial_sums(widget.input, widget.kernel, sizes)[(slice(None), *cell)]
    first = _start(sizes, cell)[0] - sizes["padding"][0]
    reads = [first + tap * sizes["dilation"][0] for tap in range(len(parts))]
    terms = [WORDS["term"].format(tap=tap, slice=_slice_name(sizes, read)) for tap, read in enumerate(reads)]
    texts = [number_text(part) if part >= 0 else f"({number_text(part)})" for part in parts]
    bias = "" if widget.bias is None else WORDS["bias"].format(bias=number_text(widget.bias))
    value = number_text(parts.sum() + (widget.bias or 0))
    return WORDS["sum"].format(
        place=list(cell), parts=" + ".join(texts), bias=bias, value=value, terms=", ".join(terms)
    )


def _slice_name(sizes, depth):
    return f"input[{depth}]" if 0 <= depth < sizes["input"][0] else "padding"


def _input(widget, cell):
    sizes = widget.sizes
    values = rules.padded(widget.input, sizes)
    padding = np.pad(
        np.zeros(sizes["input"], bool), [(each, each) for each in sizes["padding"]], constant_values=True
    )
    cut = np.ones(values.shape, bool)
    cut[tuple(slice(length - rules.dropped(sizes, axis)) for axis, length in enumerate(values.shape))] = False
    linked = np.zeros(values.shape, bool)
    window = zip(_start(sizes, cell), sizes["kernel"], sizes["dilation"], strict=True)
    linked[tuple(slice(first, first + (count - 1) * step + 1, step) for first, count, step in window)] = True
    grids = []
    for index, slice_values in enumerate(values):
        name = _slice_name(sizes, index - sizes["padding"][0])
        masks = {"padding": padding[index], "dropped": cut[index], "linked": linked[index]}
        grids.append({"title": name.capitalize(), "values": slice_values} | masks)
    return _rows(grids, values.shape[2])


def _kernel(widget):
    linked = np.ones(np.shape(widget.kernel)[1:], bool)
    grids = [
        {"title": f"Kernel[{tap}]", "values": values, "linked": linked}
        for tap, values in enumerate(widget.kernel)
    ]
    return _rows(grids, len(widget.kernel[0][0]))


def _output(widget, cell):
    grids = []
    for index, values in enumerate(np.array(widget.output)):
        current = np.zeros(values.shape, bool)
        current[cell[1:]] = index == cell[0]
        grids.append({"title": f"Output[{index}]", "values": values, "current": current})
    return _rows(grids, np.shape(widget.output)[2])


def _rows(grids, columns):
    """The grids in rows that a page can hold."""
    most = max(MOST_COLUMNS // (columns + 1), 1)
    rows = [grids[first : first + most] for first in range(0, len(grids), most)]
    return [(row, [""] * (len(row) - 1)) for row in rows]


def heights_px(widget):
    """About how tall the widget stands in the book's column and on a phone."""
    return room.both(lambda phone: _height(widget, phone))


def _height(widget, phone):
    sizes, view = widget.sizes, widget.view
    uneven = any(
        sizes[name][1] != sizes[name][2] for name in ("input", "kernel", "padding", "stride", "dilation")
    )
    height = PRESETS_PX[phone] + room.fields(6, phone, each=124 if uneven else 90, last=90)
    padded, output = [rules.padded_size(sizes, axis) for axis in AXES], _shape(sizes)
    if view == "code":
        return height + CODE_PX[phone]
    shapes = {
        "output": [padded, sizes["kernel"], output],
        "input_grad": [output, padded, sizes["kernel"]],
        "kernel_grad": [padded, output, sizes["kernel"]],
    }[view]
    summed = output if view == "kernel_grad" else sizes["kernel"]  # what a number is the sum over
    terms = math.prod(summed)
    height += 30 + 10 * terms if phone else 28 + 5 * terms
    columns = max(depth * columns for depth, _, columns in shapes)
    cells = "high" if phone or columns > 40 else "middle" if columns > 22 else "low"
    volumes = [_volume(*each, cells, phone) for each in zip(shapes, TITLES[view], strict=True)]
    height += room.flow(volumes, phone, across=40, down=14)
    return height + (
        TEXT_PX[phone] + KIND_PX[rules.kind(sizes)][phone] if view == "output" else GRADIENT_PX[phone]
    )


def _volume(shape, characters, cells, phone):
    """(width, height) of slices side by side, each under its name and above what meets it."""
    depth, rows, columns = shape
    width, height = room.grid((rows, columns), phone, cells, title=" " * characters)
    slices, gap = [(width, height + 18)] * depth, 8 if phone else 16
    return depth * (width + gap) - gap, room.LINE_PX + room.flow(slices, phone, gap, gap // 2)
