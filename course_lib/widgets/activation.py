"""Activations side by side: curve and slope, a feature map before and after, the gradient through depth."""

import difflib
import math
import operator
import reprlib

from course_lib.widgets import host

VIEWS = ("curves", "map", "depth")
PARAMETERS = {"leaky_relu": "negative_slope", "prelu": "weight", "elu": "alpha", "softplus": "beta"}
WORDS = {
    "number": "{name} must be a {whole}number from {low} to {high}; got {got}.",
    "nearest": " The nearest legal {name} is {nearest}.",
    "function": "{name} must be an activation of torch.nn.functional; got {got}. The nearest is {nearest!r}.",
    "view": 'view must be "curves", "map" or "depth"; got {got}.',
    "input": "input must be a 2-D array of finite numbers or a size such as (4, 6); got {got}.",
    "sentence": "The activation {function} at x = {x}: {value}, with slope {slope}{other}.",
    "other": "; beside it {function}: {value}, with slope {slope}",
    "depth": "{layers} layers y = {function}(w · x) with w = {w}: the derivative is {product}.",
}


def activation(
    function="relu",
    other="gelu",
    *,
    x=1.0,
    negative_slope=0.01,
    weight=0.25,
    alpha=1.0,
    beta=1.0,
    input=(4, 6),
    w=1.0,
    layers=10,
    view="curves",
):
    """Widget for an activation of `torch.nn.functional` and another to compare it with, or None.

    function, other: relu, leaky_relu, prelu, relu6, elu, selu, gelu, gelu_tanh (approximate="tanh"), silu,
    mish, softplus, sigmoid, tanh, hardsigmoid or hardswish; negative_slope, weight, alpha, beta: the
    parameters of leaky_relu, prelu, elu and softplus. x: where the point stands, -10 to 10. input: (H, W)
    values of a feature map, at most 8 × 8, or a size. layers, w: a chain of 1 to 50 layers y = f(w x).
    view: "curves", "map" or "depth". ValueError for what is out of range, with the nearest legal value.
    """
    return host.create(Activation, **locals())


class Activation(host.Widget):
    """The state behind `activation`."""

    name = "activation"
    fields = (
        *("function", "other", "x", "negative_slope", "weight", "alpha", "beta"),
        *("input", "w", "layers", "view"),
    )

    @staticmethod
    def check(state, changed=None):
        """The state with a map for a size; ValueError for what is out of range."""
        checked = {"function": _function("function", state["function"])}
        checked["other"] = None if state["other"] is None else _function("other", state["other"])
        for name in ("x", "negative_slope", "weight", "alpha", "beta"):
            checked[name] = _number(name, state[name])
        checked["input"] = _map(state["input"])
        checked["w"] = _number("w", state["w"])
        checked["layers"] = _whole("layers", state["layers"])
        if state["view"] not in VIEWS:
            raise ValueError(WORDS["view"].format(got=_short(state["view"])))
        return checked | {"view": state["view"]}

    @property
    def names(self):
        """The functions shown, one or two."""
        return [self.function] if self.other is None else [self.function, self.other]

    def sentence(self):
        """The functions at x with their slopes; for depth, the derivative after all layers."""
        from course_lib.widgets import activation_rules as rules
        from course_lib.widgets.figure import number_text

        state = self.state()
        if self.view == "depth":
            product = rules.chain_slopes(self.function, self.x, self.w, self.layers, state)[-1]
            return WORDS["depth"].format(
                layers=self.layers,
                function=self.function,
                w=number_text(self.w),
                product=number_text(product),
            )
        at = [
            {
                "function": name,
                "value": number_text(float(rules.value(name, self.x, state))),
                "slope": number_text(float(rules.slope(name, self.x, state))),
            }
            for name in self.names
        ]
        other = WORDS["other"].format(**at[1]) if len(at) > 1 else ""
        return WORDS["sentence"].format(**at[0], x=number_text(self.x), other=other)

    def draw(self):
        """Curve and slope; or the map before and after; or the derivative's size through depth."""
        from course_lib.widgets import activation_figure

        return activation_figure.draw(self.state(), self.names, self.sentence())

    def heights_px(self):
        """About how tall the widget stands on a wide page and on a phone."""
        both, rows = len(self.names) - 1, len(self.input)
        return {
            "curves": (500 + 20 * both, 980 + 44 * both),
            "map": (360 + (40 + 36 * rows) * (1 + both), 650 + (33 * rows + 40) * (3 + 2 * both)),
            "depth": (650 + 26 * self.layers, 880 + (50 + 26 * self.layers) * (1 + both)),
        }[self.view]


def _short(value):
    return value if isinstance(value, str) else reprlib.repr(value)


def _function(name, value):
    from course_lib.widgets import activation_rules as rules

    known = list(rules.FUNCTIONS)
    if isinstance(value, str) and value in known:
        return value
    nearest = (difflib.get_close_matches(str(value), known, 1, 0) or ["relu"])[0]
    raise ValueError(WORDS["function"].format(name=name, got=_short(value), nearest=nearest))


def _number(name, value, whole=""):
    from course_lib.widgets import activation_rules as rules

    low, high = rules.LIMITS[name]
    is_number = isinstance(value, (int, float)) or hasattr(value, "__float__")
    number = float(value) if is_number and not isinstance(value, (str, bool)) else math.nan
    if low <= number <= high and not whole:
        return number
    text = WORDS["number"].format(name=name, whole=whole, low=low, high=high, got=_short(value))
    if math.isfinite(number):
        nearest = min(max(round(number) if whole else number, low), high)
        text += WORDS["nearest"].format(name=name, nearest=nearest)
    raise ValueError(text)


def _whole(name, value):
    from course_lib.widgets import activation_rules as rules

    low, high = rules.LIMITS[name]
    try:
        if not isinstance(value, bool) and low <= operator.index(value) <= high:
            return operator.index(value)
    except TypeError:
        pass
    return _number(name, value, "whole ")


def _map(value):
    import numpy as np

    from course_lib.widgets import activation_rules as rules

    try:
        array = np.asarray(value.detach().cpu() if hasattr(value, "detach") else value)
    except ValueError:
        array = np.empty(0)
    if (
        array.ndim not in (1, 2)
        or array.dtype.kind not in "biuf"
        or not np.isfinite(array).all()
        or not array.size
    ):
        raise ValueError(WORDS["input"].format(got=_short(value)))
    sizes = array.tolist() if array.ndim == 1 else list(array.shape)
    if len(sizes) != 2:
        raise ValueError(WORDS["input"].format(got=_short(value)))
    rows, columns = (_whole(name, size) for name, size in zip(("rows", "columns"), sizes, strict=True))
    if array.ndim == 1:
        return [[rules.start(row, column) for column in range(columns)] for row in range(rows)]
    return array.astype(float).tolist()
