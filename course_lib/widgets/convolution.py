"""A 2-D convolution with one channel and one filter, in numbers: three grids, and what reads what."""

import operator
import reprlib
from collections.abc import Iterable

from course_lib.widgets import convolution_rules as rules
from course_lib.widgets import host
from course_lib.widgets.words import AXES, LINES, WORDS

# The numbers that a size without values is filled with; js/core/convolution.mjs has the same two rules.
START = {
    "input": lambda row, column: (2 * column**2 + 3 * row**2 + row * column + 4 * column) % 10,
    "kernel": lambda row, column: (2 * row + column) % 4 - 1,
}


def convolution(input=(7, 7), kernel=(3, 3), *, padding=0, stride=1, dilation=1):
    """Widget for the convolution that `torch.nn.Conv2d(1, 1, kernel_size, ..., bias=False)` computes.

    input: (H, W) values, 1 to 32 a side, or a size, which is filled with small whole numbers; kernel: the
    same, 1 to 11 a side. padding: a whole number, a (height, width) pair, "same" or "valid"; stride and
    dilation: a number or a pair. ValueError for what torch refuses, with the nearest legal value.
    """
    return host.create(
        Convolution, input=input, kernel=kernel, padding=padding, stride=stride, dilation=dilation
    )


class Convolution(host.Widget):
    """The state behind `convolution`: input and kernel as rows of numbers, the rest as [height, width]."""

    name = "convolution"
    fields = ("input", "kernel", "padding", "stride", "dilation")

    @staticmethod
    def check(state, changed=None):
        """The state with values for sizes and pairs for numbers; ValueError if torch refuses it."""
        values = {name: _values(state[name], name) for name in START}
        conv = {name: _size(values[name]) or _pair(state[name], name, "not_2d") for name in START}
        conv["padding"] = _padding(state["padding"])
        conv |= {name: _pair(state[name], name, "not_a_pair") for name in ("stride", "dilation")}
        problem = rules.problem(conv, changed or "kernel")
        if problem:
            raise ValueError(problem)
        return conv | {name: values[name] or _start(name, conv[name]) for name in START}

    @property
    def conv(self):
        """Sizes of the present state, as `convolution_rules` takes them."""
        return self.state() | {name: _size(getattr(self, name)) for name in START}

    @property
    def output(self):
        """Output of the present state, as rows of numbers."""
        return rules.forward(self.input, self.kernel, self.conv).tolist()

    def sentence(self):
        """Sizes, padding, stride, dilation and output size."""
        conv = self.conv
        sizes = {name: rules.size_text(conv[name]) for name in START}
        settings = {name: rules.setting_text(conv[name]) for name in ("padding", "stride", "dilation")}
        output = rules.size_text([rules.output_size(conv, axis) for axis in rules.BOTH])
        return WORDS["sentence"].format(output=output, **sizes, **settings)

    def draw(self):
        """The three grids, the first output and what it reads outlined, and the output size worked out."""
        import numpy as np

        from course_lib.widgets import figure

        conv, output = self.conv, np.array(self.output)
        first = np.zeros(output.shape, bool)
        first[0, 0] = True
        every = np.ones(conv["kernel"], bool)
        title = {name: rules.size_text(conv[name]) for name in START}
        padded = rules.size_text([rules.padded_size(conv, axis) for axis in rules.BOTH])
        is_padded = padded != title["input"]
        grids = [
            {"title": WORDS["padded" if is_padded else "input"].format(size=title["input"], padded=padded)}
            | self._padded_input(),
            {"title": WORDS["kernel"].format(size=title["kernel"]), "values": self.kernel, "linked": every},
            {
                "title": WORDS["output"].format(size=rules.size_text(output.shape)),
                "values": output,
                "current": first,
            },
        ]
        return figure.panels(grids, ["∗", "="], self._notes())

    def heights_px(self):
        """About how tall the widget stands on a wide page and on a phone: text and controls, then cells."""
        conv = self.conv
        rows, columns = zip(
            *(
                [size(conv, axis) for axis in rules.BOTH]
                for size in (rules.padded_size, lambda conv, axis: conv["kernel"][axis], rules.output_size)
            ),
            strict=True,
        )
        uneven = any(value[0] != value[1] for value in conv.values() if value != "same")
        total = sum(columns)
        cell = 36 if total <= 15 else 30 if total <= 17 else 26
        in_sight = max(rows) if total <= 24 else rows[0] + max(rows[1:])
        return 520 + 68 * uneven + cell * in_sight, 900 + 170 * uneven + min(cell, 32) * sum(rows)

    def _padded_input(self):
        import numpy as np

        conv = self.conv
        around = [rules.pads(conv, axis) for axis in rules.BOTH]
        values = np.pad(self.input, around)
        padding = np.pad(np.zeros(conv["input"], bool), around, constant_values=True)
        end = [rules.padded_size(conv, axis) - rules.dropped(conv, axis) for axis in rules.BOTH]
        dropped = np.ones(values.shape, bool)
        dropped[: end[0], : end[1]] = False
        linked = np.zeros(values.shape, bool)
        span = [rules.extent(conv, axis) for axis in rules.BOTH]
        linked[: span[0] : conv["dilation"][0], : span[1] : conv["dilation"][1]] = True
        return {"values": values, "padding": padding, "dropped": dropped, "linked": linked}

    def _notes(self):
        conv, notes = self.conv, []
        for axis in rules.BOTH:
            before, after = rules.pads(conv, axis)
            sizes = {name: conv[name][axis] for name in ("input", "kernel", "stride", "dilation")}
            padding = f"2·{before}" if before == after else f"{before} + {after}"
            output = rules.output_size(conv, axis)
            notes.append(
                WORDS["output_size"].format(axis=AXES[axis], padding=padding, output=output, **sizes)
            )
        for axis in rules.BOTH:
            count = rules.dropped(conv, axis)
            if count:
                lines = LINES[axis][0] if count == 1 else f"{count} {LINES[axis][1]}"
                notes.append(WORDS["dropped"].format(lines=lines))
        return notes


def _size(rows):
    return rows and [len(rows), len(rows[0])]


def _start(name, size):
    return [[float(START[name](row, column)) for column in range(size[1])] for row in range(size[0])]


def _values(value, name):
    """Rows of floats if `value` is 2-D, None if it is a size; ValueError if it is neither."""
    import numpy as np

    tensor = value.detach().cpu() if hasattr(value, "detach") else value
    try:
        array = np.asarray(tensor)
    except ValueError:
        raise _refusal("not_2d", name, value) from None
    if array.ndim < 2:
        return None
    if array.ndim > 2 or array.size == 0:
        raise _refusal("not_2d", name, f"an array of shape {array.shape}")
    if array.dtype.kind not in "biuf" or not np.isfinite(array).all():
        raise _refusal("not_2d", name, value)
    return array.astype(float).tolist()


def _padding(value):
    if isinstance(value, str) and value in ("same", "valid"):
        return value if value == "same" else [0, 0]
    return _pair(value, "padding", "not_padding")


def _pair(value, name, complaint):
    """[height, width] from a number or a pair; a float stays one, so that its nearest legal value is told."""
    try:
        items = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        items = [item if isinstance(item, (bool, float)) else operator.index(item) for item in items]
    except TypeError:
        raise _refusal(complaint, name, value) from None
    if len(items) not in (1, 2):
        raise _refusal(complaint, name, value)
    return items * (3 - len(items))


def _refusal(complaint, name, got):
    return ValueError(
        WORDS[complaint].format(name=name, got=got if isinstance(got, str) else reprlib.repr(got))
    )
