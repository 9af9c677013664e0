"""Batch normalisation of a small batch, number by number, and the slices that four norms cut from one block."""

from course_lib.widgets import arguments, host, room

VIEWS = ("values", "eval", "gradient", "slices")
AXES = ("block N", "block C", "block H", "block W")
# Of each view all but its grids, in the column and on a phone; and about how many characters its numbers have.
TEXT_PX = {"values": (724, 1159), "eval": (725, 1201), "gradient": (396, 796), "slices": (480, 1007)}
CHARACTERS = {"values": (1, 6, 6), "eval": (6, 1, 6), "gradient": (1, 5, 7, 8, 7)}
TITLE = "Input 3"  # no shorter than the grids' own
STARTS = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}


def batchnorm(
    input=(6, 2),
    *,
    weight=None,
    bias=None,
    running_mean=None,
    running_var=None,
    momentum=0.1,
    eps=1e-5,
    training=True,
    num_batches_tracked=0,
    grad_output=None,
    block=(3, 4, 2, 2),
    norm="group",
    num_groups=2,
    view="values",
):
    """Widget for what `torch.nn.BatchNorm1d(C)` makes of the batch `input`, after Ioffe and Szegedy, arXiv:1502.03167.

    input: (N, C) values, at most 12 × 4, or a size, which is filled with small whole numbers. weight, bias,
    running_mean, running_var: C numbers each, by default those of a new layer. momentum: 0 to 1, or None for
    the average over all steps. grad_output: (N, C) values of dL/doutput, by default a 1 in each channel of the
    first sample. block: (N, C, H, W) values, at most 4 × 8 × 4 × 4, or a size, that `norm`, "batch", "layer",
    "instance" or "group" with `num_groups`, cuts into slices. view: "values", "eval", "gradient" or "slices".
    ValueError, with the nearest legal value, for what torch refuses of what the view shows, such as one sample in
    training.
    """
    return host.create(BatchNorm, **locals())


class BatchNorm(host.Widget):
    """The state behind `batchnorm`: lists of numbers, in the words of torch.nn.functional.batch_norm."""

    name = "batchnorm"
    fields = (
        *("input", "weight", "bias", "running_mean", "running_var", "momentum", "eps", "training"),
        *("num_batches_tracked", "grad_output", "block", "norm", "num_groups", "view"),
    )

    @staticmethod
    def check(state, changed=None):
        """The state with values for sizes and the numbers of a new layer for None; ValueError if torch refuses it."""
        from course_lib.widgets import batchnorm_rules as rules

        input = _values("input", state["input"], ("N", "C"), (6, 2))
        momentum = state["momentum"]
        checked = {
            "input": input,
            "momentum": None
            if momentum is None
            else arguments.number(momentum, "momentum", *rules.LIMITS["momentum"]),
            "eps": _eps(state["eps"]),
            "training": arguments.flag(state["training"], "training"),
            "num_batches_tracked": arguments.whole(
                state["num_batches_tracked"], "num_batches_tracked", 0, 2**31
            ),
            "grad_output": _grad_output(state["grad_output"], (len(input), len(input[0]))),
            "block": _values("block", state["block"], AXES, (3, 4, 2, 2)),
            "norm": arguments.choice(state["norm"], "norm", rules.NORMS),
            "num_groups": arguments.whole(state["num_groups"], "num_groups", *rules.LIMITS["block C"]),
            "view": arguments.choice(state["view"], "view", VIEWS),
        }
        for name, start in STARTS.items():
            checked[name] = _channels(name, state[name], start, len(input[0]), changed)
        if min(checked["running_var"]) < 0:
            text = rules.WORDS["variance"].format(got=min(checked["running_var"]))
            raise ValueError(text + arguments.nearest_text("running_var", 0))
        problem = rules.problem(checked)
        if problem:
            raise ValueError(problem)
        return checked

    @property
    def output(self):
        """Output of the present state, as rows of numbers; ValueError if torch refuses the batch in this mode."""
        from course_lib.widgets import batchnorm_rules as rules

        problem = rules.problem(self.state() | {"view": "values"})
        if problem:
            raise ValueError(problem)
        return rules.forward(self.state())[1].tolist()

    def sentence(self):
        """Size, mode and the first output, in the view "eval" that of eval; of the slices, their number and size."""
        import numpy as np

        from course_lib.widgets import batchnorm_rules as rules
        from course_lib.widgets.figure import number_text

        if self.view == "slices":
            shape = np.shape(self.block)
            numbers = rules.slice_numbers(self.norm, self.num_groups, shape)
            return rules.WORDS["slices"].format(
                norm=self.norm.capitalize(),
                shape=" × ".join(map(str, shape)),
                slices=numbers.max() + 1,
                count=int((numbers == 0).sum()),
            )
        training = self.training and self.view != "eval"
        mode = "training" if training else "eval"
        first = number_text(rules.forward(self.state(), training)[1][0, 0])
        return rules.WORDS["sentence"].format(
            N=len(self.input), C=len(self.input[0]), mode=mode, output=first
        )

    def draw(self):
        """The grids of the view with its first number outlined, and the numbers behind it."""
        from course_lib.widgets import batchnorm_figure

        return batchnorm_figure.draw(self.state())

    def heights_px(self):
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        if self.view == "slices":
            return self._slices_height(phone)
        size = len(self.input), len(self.input[0])
        grids = [room.grid(size, phone, text=text, title=TITLE) for text in CHARACTERS[self.view]]
        line = 40 + (5 * max(size[1] - 2, 0) if phone else 4)  # a number for each channel, beside its name
        across = 166 + 66 * size[1]
        height = TEXT_PX[self.view][phone]
        if self.view == "values":
            first, *others = grids
            height -= 0 if self.training else 75
            return height + room.flow([first, (across, 7 * line), *others], phone)
        grids = room.between(grids, phone)
        return height + room.flow([*grids, (across, 2 * line)] if self.view == "gradient" else grids, phone)

    def _slices_height(self, phone):
        samples, channels, rows, columns = (len(each) for each in self._block_axes())
        cells = room.density([samples * columns])
        height = room.grid((channels * rows, samples * columns), phone, cells, head=20 + 8 * channels)[1]
        return TEXT_PX["slices"][phone] + height - (64 if phone and self.norm != "group" else 0)

    def _block_axes(self):
        block = self.block
        return block, block[0], block[0][0], block[0][0][0]


def _values(name, value, axes, example):
    """Nested lists of floats if `value` has as many axes, the rule's numbers if it is a size; else ValueError."""
    from course_lib.widgets import batchnorm_rules as rules

    shape = " × ".join(axis.split()[-1] for axis in axes)
    refusal = _refusal("values", name=name, shape=shape, size=example, got=value)
    array, sizes = arguments.values_or_size(value, len(axes), refusal, counts=(len(axes),))
    for size, axis in zip(sizes, axes, strict=True):
        arguments.whole(size, axis, *rules.LIMITS[axis])
    return arguments.filled(rules.START[name], sizes, array)


def _channels(name, value, start, count, changed):
    import numpy as np

    array = np.full(count, start) if value is None else arguments.numbers(value)
    if array is not None and array.shape == (count,):
        return array.astype(float).tolist()
    if changed == "input" and array is not None and array.ndim == 1:
        raise _refusal("channels", name=name, C=count, count=len(array), got=value)
    raise _refusal("list", name=name, count=count, got=value)


def _grad_output(value, shape):
    if value is None:
        return None
    refusal = _refusal("rows", shape=f"{shape[0]} × {shape[1]}", got=value)
    return arguments.shaped(value, [shape], refusal).tolist()


def _eps(value):
    """A number from 0; the nearest to one below is legal in every view, which 0 is not."""
    from course_lib.widgets import batchnorm_rules as rules

    try:
        return arguments.number(value, "eps", *rules.LIMITS["eps"])
    except ValueError as error:
        nearest = [arguments.nearest_text("eps", each) for each in (0, rules.DEFAULT_EPS)]
        raise ValueError(str(error).replace(*nearest)) from None


def _refusal(complaint, *, got, **words):
    from course_lib.widgets import batchnorm_rules as rules

    return ValueError(rules.WORDS[complaint].format(got=arguments.shown(got), **words))
