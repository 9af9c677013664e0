"""The figure of activations: curves and slopes, a feature map before and after, or the gradient through depth."""

import numpy as np

from course_lib.widgets import activation_rules as rules
from course_lib.widgets import figure
from course_lib.widgets.figure import INK, number_text

WORDS = {
    "values": "f(x)",
    "slopes": "slope f′(x)",
    "map": "slope f′(input)",
    "products": "size of the derivative after each layer",
    "layers": "layers",
}
STYLES = (("-", INK["mark"]), ("--", INK["text"]))


def draw(state, names, sentence):
    """The matplotlib figure of a checked state that shows the functions `names`."""
    if state["view"] == "map":
        return _map(state, sentence)
    return _curves(state, names) if state["view"] == "curves" else _depth(state, names)


def _curves(state, names):
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(8.2, 3.2), facecolor=INK["page"], layout="constrained")
    x = np.linspace(*rules.LIMITS["x"], 2001)
    measures = {"values": rules.value, "slopes": rules.slope}
    for axes, (title, measure) in zip(drawn.subplots(1, 2), measures.items(), strict=True):
        for name, (style, color) in zip(names, STYLES, strict=False):
            here = float(measure(name, state["x"], state))
            axes.plot(x, measure(name, x, state), style, color=color, label=f"{name}: {number_text(here)}")
            axes.plot([state["x"]], [here], "o", color=color)
        axes.axvline(state["x"], color=INK["line"], lw=0.8, ls=":")
        axes.set_title(f"{WORDS[title]}, x = {number_text(state['x'])}", size=10.5)
        axes.grid(color=INK["line"], alpha=0.3)
        axes.legend(fontsize=9)
    return drawn


def _map(state, sentence):
    name = state["function"]
    value, slope = (measure(name, state["input"], state) for measure in (rules.value, rules.slope))
    grids = [
        {"title": "input", "values": state["input"]},
        {"title": f"{name}(input)", "values": value.round(3), "dropped": slope == 0},
        {"title": WORDS["map"], "values": slope.round(3), "dropped": slope == 0},
    ]
    return figure.panels(grids, ["→", ""], [sentence])


def _depth(state, names):
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(6.4, 3.2), facecolor=INK["page"], layout="constrained")
    axes = drawn.subplots()
    layers = state["layers"]
    for name, (style, color) in zip(names, STYLES, strict=False):
        products = np.abs(rules.chain_slopes(name, state["x"], state["w"], layers, state))
        axes.plot(range(layers + 1), [1, *np.maximum(products, 1e-20)], f"o{style}", color=color, label=name)
    axes.set(yscale="log", xlabel=WORDS["layers"])
    axes.set_title(WORDS["products"], size=10.5)
    axes.grid(color=INK["line"], alpha=0.3)
    axes.legend(fontsize=9)
    return drawn
