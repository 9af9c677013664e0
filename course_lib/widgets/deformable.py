"""Deformable and dynamic snake convolution in numbers: where each tap of a kernel reads, and what that gives."""

from course_lib.widgets import deformable_arguments, host, room
from course_lib.widgets import deformable_rules as rules
from course_lib.widgets.convolution_rules import setting_text, size_text

# Of the room on a page, in the column and on a phone: what always stands, the offset editor, what the tabs show.
TEXT_PX, EDITOR_PX, CODE_PX, LEARN_PX = (331, 540), (206, 457), (575, 532), (56, 137)
GRADIENTS = (("input", ""), ("kernel", "∂L/∂kernel 3 × 3"))
NAMES = {"deform_conv2d": "Deformable convolution", "snake": "Snake convolution"}


def deformable(
    input=(7, 7),
    kernel=3,
    *,
    offset=None,
    mask=None,
    operation="deform_conv2d",
    padding=1,
    stride=1,
    dilation=1,
    morph=0,
    steps=None,
    grad_output=None,
    view="output",
):
    """Widget for a convolution whose taps read beside their places, as `torchvision.ops.deform_conv2d` computes it.

    input: (H, W) values, 1 to 12 a side, or a size, which is filled with small whole numbers. kernel: (KH, KW) weights,
    1 to 5 a side, or a size. offset: (2·KH·KW, OH, OW), of each tap in turn down and right, in cells; or
    (2·KH·KW,), the same everywhere; zeros by default. mask: None, (KH·KW, OH, OW) or (KH·KW,) numbers from 0 to 2, what
    version 2 multiplies each tap by. padding, stride, dilation: a number or a (height, width) pair. operation:
    "deform_conv2d" or "snake", a kernel of 1×K taps (morph 0) or K×1 (morph 1), K odd and at most 9, of stride 1 and
    padding K // 2, in which each tap stands `steps`, (K, H, W) or (K,) numbers from -1 to 1, across from its neighbour
    nearer to the middle; its offset follows. grad_output: ∂L/∂output, ones by default. view: the tab shown first,
    "output", "offset", "input" (their gradients) or "code". ValueError, with the nearest legal value, for what torch
    refuses.
    Sources: Dai and others, 2017, https://arxiv.org/abs/1703.06211; Zhu and others, 2018,
    https://arxiv.org/abs/1811.11168; Qi and others, 2023, https://arxiv.org/abs/2307.08388.
    """
    return host.create(Deformable, **locals())


class Deformable(host.Widget):
    """The state behind `deformable`: rows of numbers, pairs (height, width), and offsets in torch's layout."""

    name = "deformable"
    fields = (
        *("operation", "input", "kernel", "padding", "stride", "dilation"),
        *("offset", "mask", "morph", "steps", "grad_output", "view"),
    )

    @staticmethod
    def check(state, changed=None):
        """The state with values for sizes and each array in its full shape; ValueError if torch refuses it."""
        return deformable_arguments.check(state, changed)

    def state(self):
        """The fields; offset, mask and steps follow a size that Python has changed."""
        return self.check(super().state(), "sizes")

    @property
    def output(self):
        """Output of the present state, as rows of numbers."""
        return self._output().tolist()

    def _output(self):
        state = self.state()
        given = [state[name] for name in ("input", "kernel", "offset", "mask")]
        return rules.forward(deformable_arguments.sizes(state), *given)

    def sentence(self):
        """The operation, the sizes, and how far the taps stand from their places."""
        import numpy as np

        state = self.state()
        sizes = deformable_arguments.sizes(state)
        size = {name: size_text(sizes[name]) for name in ("input", "kernel")}
        output = size_text([rules.output_size(sizes, axis) for axis in (0, 1)])
        settings = "" if state["operation"] == "snake" else "".join(
            f", {name} {setting_text(sizes[name])}" for name in ("padding", "stride", "dilation")
        )  # fmt: skip
        masked = "" if state["mask"] is None else " and a mask"
        farthest = np.abs(state["offset"]).max()
        moved = (
            f"offsets up to {farthest:.4g}" if farthest else "no offsets, which is the ordinary convolution"
        )
        return (
            f"{NAMES[state['operation']]} of a {size['input']} input with a {size['kernel']} kernel{settings}, "
            f"{moved}{masked}: the output is {output}."
        )

    def draw(self):
        """Input with the taps of the middle output at their places, kernel, output, and the sum behind that output."""
        from course_lib.widgets import deformable_figure

        return deformable_figure.draw(self.state(), self._output(), self.sentence())

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        import numpy as np

        state, output = self.state(), self.output
        sizes = deformable_arguments.sizes(state)
        snake = state["operation"] == "snake"
        uneven = any(
            sizes[name][0] != sizes[name][1] for name in ("input", "kernel", *deformable_arguments.PAIRS)
        )
        height = TEXT_PX[phone] + EDITOR_PX[phone] + 22 * bool(np.any(state["offset"]))
        height += 62 * (state["mask"] is not None)
        height += room.fields(5 if snake else 7, phone, each=92 if uneven and not snake else 58, last=56)
        height += 34 * (uneven and snake)
        rows, columns = (rules.padded(rules.layer(sizes), axis) for axis in (0, 1))
        cell = 28 if phone or columns > 16 else 38 if columns > 9 else 46
        kernel = room.grid(sizes["kernel"], phone)
        other = room.grid((len(output), len(output[0])), phone, text=room.characters(output))
        side = max(kernel[0], other[0]), kernel[1] + 12 + other[1]
        height += room.flow([(cell * columns + 10, cell * rows + 46), side], phone)
        if self.view == "code":
            return height + CODE_PX[phone]
        if self.view == "input":
            grids = [room.grid(sizes[name], phone, text=3, title=title) for name, title in GRADIENTS]
            return height - 14 + room.flow([*grids, other], phone)
        taps = sizes["kernel"][0] * sizes["kernel"][1]
        return height + 75 + round((24 if phone else 25.3) * taps) + (self.view == "offset") * LEARN_PX[phone]
