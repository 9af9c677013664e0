"""Batch normalisation of a small batch, number by number, and the slices that four norms cut from one block."""

import operator
import reprlib

from course_lib.widgets import host

VIEWS = ("values", "eval", "gradient", "slices")
STARTS = {"weight": 1.0, "bias": 0.0, "running_mean": 0.0, "running_var": 1.0}


def batchnorm(
    x=(6, 2),
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
    """Widget for what `torch.nn.BatchNorm1d(C)` makes of the batch `x`, after Ioffe and Szegedy, arXiv:1502.03167.

    x: (N, C) values, at most 12 × 4, or a size, which is filled with small whole numbers. weight, bias,
    running_mean, running_var: C numbers each, by default those of a new layer. momentum: 0 to 1, or None for
    the average over all steps. grad_output: (N, C) values of dL/doutput, by default a 1 in each channel of the
    first sample. block: (N, C, H, W) values, at most 4 × 8 × 4 × 4, or a size, that `norm`, "batch", "layer",
    "instance" or "group" with `num_groups`, cuts into slices. view: "values", "eval", "gradient" or "slices".
    ValueError for what torch refuses, such as one sample in training, with the nearest legal value.
    """
    return host.create(BatchNorm, **locals())


class BatchNorm(host.Widget):
    """The state behind `batchnorm`: lists of numbers, in the words of torch.nn.functional.batch_norm."""

    name = "batchnorm"
    fields = (
        *("x", "weight", "bias", "running_mean", "running_var", "momentum", "eps", "training"),
        *("num_batches_tracked", "grad_output", "block", "norm", "num_groups", "view"),
    )

    @staticmethod
    def check(state, changed=None):
        """The state with values for sizes and the numbers of a new layer for None; ValueError if torch refuses it."""
        from course_lib.widgets import batchnorm_rules as rules

        x = _values("x", state["x"], ("N", "C"), (6, 2))
        checked = {"x": x}
        for name, start in STARTS.items():
            checked[name] = _channels(name, state[name], start, len(x[0]))
        momentum = state["momentum"]
        checked["momentum"] = None if momentum is None else _number("momentum", momentum)
        checked["eps"] = _number("eps", state["eps"])
        if state["training"] not in (True, False):
            raise _refusal("training", got=state["training"])
        checked["training"] = bool(state["training"])
        checked["num_batches_tracked"] = _whole("num_batches_tracked", state["num_batches_tracked"], 0, 2**31)
        checked["grad_output"] = _grad_output(state["grad_output"], (len(x), len(x[0])))
        checked["block"] = _values(
            "block", state["block"], ("block N", "block C", "block H", "block W"), (3, 4, 2, 2)
        )
        checked["norm"] = _choice("norm", state["norm"], rules.NORMS)
        checked["num_groups"] = _whole("num_groups", state["num_groups"], 1, 8)
        checked["view"] = _choice("view", state["view"], VIEWS)
        problem = rules.problem(checked)
        if problem:
            raise ValueError(problem)
        return checked

    @property
    def output(self):
        """Output of the present state, as rows of numbers."""
        from course_lib.widgets import batchnorm_rules as rules

        return rules.forward(self.state())[1].tolist()

    def sentence(self):
        """Size, mode and the first output; of the slices, their number and size."""
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
        mode = "training" if self.training else "eval"
        first = number_text(self.output[0][0])
        return rules.WORDS["sentence"].format(N=len(self.x), C=len(self.x[0]), mode=mode, output=first)

    def draw(self):
        """The grids of the view with its first number outlined, and the numbers behind it."""
        from course_lib.widgets import batchnorm_figure

        return batchnorm_figure.draw(self.state())

    def heights_px(self):
        """About how tall the widget stands on a wide page and on a phone."""
        rows = len(self.x)
        planes = len(self.block[0]) * len(self.block[0][0])
        return {
            "values": (700 + 36 * max(rows, 7), 1220 + 2 * 49 * rows),
            "eval": (710 + 36 * rows, 1260 + 3 * 33 * rows),
            "gradient": (500 + 36 * rows, 1040 + 5 * 33 * rows),
            "slices": (440 + 38 * planes, 910 + 36 * planes),
        }[self.view]


def _values(name, value, axes, example):
    """Nested lists of floats if `value` has as many axes, the rule's numbers if it is a size; else ValueError."""
    import numpy as np

    from course_lib.widgets import batchnorm_rules as rules

    shape_text = " × ".join(axis.split()[-1] for axis in axes)
    refusal = _refusal("values", name=name, shape=shape_text, size=example, got=value)
    array = _array(value)
    if array is None or array.ndim not in (1, len(axes)) or array.dtype.kind not in "biuf":
        raise refusal
    is_size = array.ndim == 1
    sizes = array.tolist() if is_size else list(array.shape)
    if len(sizes) != len(axes) or not np.isfinite(array).all():
        raise refusal
    sizes = [_whole(axis, size, *rules.LIMITS[axis]) for axis, size in zip(axes, sizes, strict=True)]
    if is_size:
        array = np.array([rules.START[name](*place) for place in np.ndindex(*sizes)], float).reshape(sizes)
    return array.astype(float).tolist()


def _array(value):
    """`value`, also a tensor, as an array; None if it is ragged or no numbers."""
    import numpy as np

    try:
        return np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except ValueError:
        return None


def _channels(name, value, start, count):
    import numpy as np

    array = np.full(count, start) if value is None else _array(value)
    if (
        array is None
        or array.shape != (count,)
        or array.dtype.kind not in "biuf"
        or not np.isfinite(array).all()
    ):
        raise _refusal("list", name=name, count=count, got=value)
    return array.astype(float).tolist()


def _grad_output(value, shape):
    import numpy as np

    if value is None:
        return None
    array = _array(value)
    if (
        array is None
        or array.shape != shape
        or array.dtype.kind not in "biuf"
        or not np.isfinite(array).all()
    ):
        raise _refusal("rows", shape=f"{shape[0]} × {shape[1]}", got=value)
    return array.astype(float).tolist()


def _number(name, value):
    from course_lib.widgets import batchnorm_rules as rules

    try:
        if isinstance(value, str):
            raise ValueError
        return float(value)
    except (TypeError, ValueError):
        low, high = rules.LIMITS[name]
        raise _refusal("number", name=name, whole="", low=low, high=high, got=value) from None


def _whole(name, value, low, high):
    from course_lib.widgets import batchnorm_rules as rules

    try:
        number = operator.index(value)
        if not isinstance(value, bool) and low <= number <= high:
            return number
    except TypeError:
        number = value
    refusal = str(_refusal("number", name=name, whole="whole ", low=low, high=high, got=value))
    if not isinstance(number, (int, float)) or number != number:
        raise ValueError(refusal)
    nearest = round(min(max(number, low), high))
    raise ValueError(refusal + rules.nearest_text(name, nearest))


def _choice(name, value, choices):
    if isinstance(value, str) and value in choices:
        return value
    raise _refusal("choice", name=name, choices=", ".join(f'"{one}"' for one in choices), got=value)


def _refusal(complaint, *, got, **words):
    from course_lib.widgets import batchnorm_rules as rules

    text = got if isinstance(got, str) else reprlib.repr(got)
    return ValueError(rules.WORDS[complaint].format(got=text, **words))
