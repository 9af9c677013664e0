"""Activations side by side: curve and slope, a feature map before and after, the gradient through depth."""

from course_lib.widgets import arguments, host, room

VIEWS = ("curves", "map", "depth")
WORDS = {
    "input": "input must be a 2-D array of finite numbers or a size such as (4, 6); got {got}.",
    "sentence": "The activation {function} at x = {x}: {value}, with slope {slope}{other}.",
    "other": "; beside it {function}: {value}, with slope {slope}",
    "depth": "{layers} layers y = {function}(w · x) with w = {w}: the derivative is {product}.",
}

# Of each view all but its fields and grids: with one function, and what a second adds; in the column, on a phone.
TEXT_PX = {
    "curves": ((616, 13), (675, 65)),
    "map": ((262, 13), (371, 84)),
    "depth": ((504, 35), (647, 86)),
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
        from course_lib.widgets import activation_rules as rules

        def number(name):
            return arguments.number(state[name], name, *rules.LIMITS[name])

        other = state["other"]
        return {
            "function": arguments.choice(state["function"], "function", rules.FUNCTIONS),
            "other": None if other is None else arguments.choice(other, "other", rules.FUNCTIONS),
            **{name: number(name) for name in ("x", "negative_slope", "weight", "alpha", "beta", "w")},
            "input": _map(state["input"]),
            "layers": arguments.whole(state["layers"], "layers", *rules.LIMITS["layers"]),
            "view": arguments.choice(state["view"], "view", VIEWS),
        }

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
        """About how tall the widget stands in the book's column and on a phone."""
        return room.both(self._height)

    def _height(self, phone):
        import numpy as np

        from course_lib.widgets import activation_rules as rules

        own = {"leaky_relu", "prelu", "elu", "softplus"}  # functions with a parameter, which has a field
        count = 4 + len(own & set(self.names)) + VIEWS.index(self.view)
        text, second = TEXT_PX[self.view][phone]
        height = room.fields(count, phone) + text + second * (len(self.names) - 1)
        if self.view == "depth":
            chain = (room.INSIDE_PX[True], room.grid((self.layers, 2), phone, "high", head=20)[1])
            return height + room.flow([chain] * len(self.names), phone)
        if self.view == "map":
            size, state = (len(self.input), len(self.input[0])), self.state()
            maps = [self.input]
            for name in self.names:
                maps += [
                    made(name, np.array(self.input), state).tolist() for made in (rules.value, rules.slope)
                ]
            grids = [room.grid(size, phone, text=room.characters(each)) for each in maps]
            return height + room.flow(grids, phone)
        return height


def _map(value):
    """Rows of floats if `value` has two axes, the rule's numbers if it is a size; else ValueError."""
    from course_lib.widgets import activation_rules as rules

    refusal = ValueError(WORDS["input"].format(got=arguments.shown(value)))
    array, sizes = arguments.values_or_size(value, 2, refusal, counts=(2,))
    for size, name in zip(sizes, ("rows", "columns"), strict=True):
        arguments.whole(size, name, *rules.LIMITS[name])
    return arguments.filled(rules.start, sizes, array)
