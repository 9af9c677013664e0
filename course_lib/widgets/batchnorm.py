"""Batch normalisation of a small batch, number by number, and the slices that four norms cut from one block."""

import reprlib

from course_lib.widgets import arguments, host

VIEWS = ("values", "eval", "gradient", "slices")
AXES = ("block N", "block C", "block H", "block W")
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
        """About how tall the widget stands on a wide page and on a phone."""
        rows = len(self.input)
        planes = len(self.block[0]) * len(self.block[0][0])
        return {
            "values": (646 + 36 * max(rows, 7), 1420 + 2 * 33 * rows),
            "eval": (638 + 36 * rows, 1207 + 3 * 33 * rows),
            "gradient": (344 + 36 * rows, 1050 + 5 * 33 * rows),
            "slices": (422 + 40 * planes, 982 + 36 * planes),
        }[self.view]


def _values(name, value, axes, example):
    """Nested lists of floats if `value` has as many axes, the rule's numbers if it is a size; else ValueError."""
    import numpy as np

    from course_lib.widgets import batchnorm_rules as rules

    array = arguments.numbers(value)
    if array is None or array.ndim not in (1, len(axes)) or not array.size:
        array = np.empty(0)
    is_size = array.ndim == 1
    sizes = array.tolist() if is_size else list(array.shape)
    if len(sizes) != len(axes):
        shape = " × ".join(axis.split()[-1] for axis in axes)
        raise _refusal("values", name=name, shape=shape, size=example, got=value)
    sizes = [arguments.whole(size, axis, *rules.LIMITS[axis]) for axis, size in zip(axes, sizes, strict=True)]
    if is_size:
        array = np.array([rules.START[name](*place) for place in np.ndindex(*sizes)], float).reshape(sizes)
    return array.astype(float).tolist()


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
    array = arguments.numbers(value)
    if array is None or array.shape != shape:
        raise _refusal("rows", shape=f"{shape[0]} × {shape[1]}", got=value)
    return array.astype(float).tolist()


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

    text = " ".join(reprlib.repr(got).split())  # a tensor's has several lines
    return ValueError(rules.WORDS[complaint].format(got=text, **words))
