"""The figure of the receptive-field widget: the input with a window over it, and the table of layers."""

from course_lib.widgets.convolution_rules import size_text
from course_lib.widgets.figure import INK

MOST_ROWS = 18
LINE_INCHES = 0.23
PLANE_INCHES = 3.6


def draw(state, rows, seen, shade, sentence):
    """Figure of `state`: left the input with the window `seen` over `shade`, right the layers `rows`."""
    import textwrap

    from matplotlib.figure import Figure

    shown = _shortened(rows, state["layer"])
    height = max(PLANE_INCHES + 0.9, LINE_INCHES * (len(shown) + 2) + 0.4) + 0.6
    width = 9.4
    figure = Figure(figsize=(width, height), facecolor=INK["page"])
    axes = figure.add_axes((0.06, 0.75 / height, PLANE_INCHES / width, (height - 1.25) / height))
    _draw_plane(axes, state, seen, shade)
    unit = ", ".join(map(str, state["unit"]))
    axes.set_title(
        f"Input {size_text(state['input'])}: what {rows[state['layer']][0]}[{unit}] sees",
        fontsize=10.5, fontweight="bold", color=INK["text"], loc="left",
    )  # fmt: skip
    columns = (0.505, 0.70, 0.79, 0.88)
    y = 1 - 0.35 / height
    for x, text in zip(columns, ("layer", "sees", "step", "first centre")):
        figure.text(x, y, text, color=INK["muted"], size=9.5, va="top", ha="left")
    for number, (index, row) in enumerate(shown, 1):
        bold = "bold" if index == state["layer"] else "normal"
        for x, text in zip(columns, _texts(row)):
            figure.text(
                x, y - number * LINE_INCHES / height, text, color=INK["text"], size=9.5, va="top", weight=bold
            )
    text = "\n".join(textwrap.wrap(sentence, 118))
    figure.text(0.02, 0.12 / height, text, color=INK["text"], size=9.5, va="bottom")
    return figure


def _draw_plane(axes, state, seen, shade):
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    rows, columns = state["input"]
    if shade is not None:
        values, block = shade
        tints = LinearSegmentedColormap.from_list("field", [INK["page"], INK["positive"]])
        high, wide = (side * block - 0.5 for side in values.shape)
        axes.imshow(values, cmap=tints, extent=(-0.5, wide, high, -0.5), interpolation="nearest")
    axes.add_patch(Rectangle((-0.5, -0.5), columns, rows, fill=False, ec=INK["line"], lw=1.2))
    edges = [0, 0, rows - 1, columns - 1]
    if seen is not None:
        top, left, bottom, right = seen
        box = Rectangle(
            (left - 0.5, top - 0.5), right - left + 1, bottom - top + 1, fill=False, clip_on=False
        )
        box.set(edgecolor=INK["mark"], linewidth=2.2)
        axes.add_patch(box)
        axes.plot([(left + right) / 2], [(top + bottom) / 2], "+", color=INK["mark"], ms=9, mew=2)
        edges = [min(top, 0), min(left, 0), max(bottom, rows - 1), max(right, columns - 1)]
    gap = 0.02 * max(edges[2] - edges[0], edges[3] - edges[1], 8)
    axes.set(
        xlim=(edges[1] - 0.5 - gap, edges[3] + 0.5 + gap), ylim=(edges[2] + 0.5 + gap, edges[0] - 0.5 - gap)
    )
    axes.set_aspect("equal", anchor="NW")
    axes.tick_params(labelsize=8.5, colors=INK["muted"])
    for spine in axes.spines.values():
        spine.set_visible(False)


def _shortened(rows, chosen):
    """At most MOST_ROWS numbered rows: the first, the last and the chosen one, with a gap for the others."""
    numbered = list(enumerate(rows))
    if len(rows) <= MOST_ROWS:
        return numbered
    keep = {*range(MOST_ROWS // 2 - 1), *range(len(rows) - MOST_ROWS // 2 + 1, len(rows)), chosen}
    found, last = [], -1
    for index in sorted(keep):
        found += [(None, None)] if index != last + 1 else []
        found.append(numbered[index])
        last = index
    return found


def _texts(row):
    if row is None:
        return ("⋮", "", "", "")
    name, sees, step, centre, _ = row
    name = name if len(name) <= 22 else f"…{name[-21:]}"
    if not isinstance(sees, list):
        return (name, "all" if sees == "all" else "not known", "–", "–")
    one = ", ".join(f"{value:g}".replace("-", "−") for value in centre)
    return (name, size_text(sees), size_text(step), f"({one})")
