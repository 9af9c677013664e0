"""The figure of the architecture widget: the lines in sight of each network as a table with bars."""

from course_lib.widgets import architecture_tree

MOST_LINES = 36  # of all networks together
LINE_INCHES = 0.235
COLUMNS = {
    "": 0.0,
    "output": 3.15,
    "parameters": 5.0,
    "macs": 6.15,
    "activation_bytes": 7.3,
    "sees": 8.35,
    "share": 8.55,
}
WIDTH_INCHES = 10.4
BAR_INCHES = 0.95
WORDS = {
    "head": {
        "output": "output", "parameters": "parameters", "macs": "MACs", "activation_bytes": "memory", "sees": "sees",
    },
    "share": {"parameters": "of parameters", "macs": "of MACs", "activation_bytes": "of memory"},
    "whole": "whole network",
    "ran": "what ran",
    "times": "{name}  ×{times}",
    "layer": "{name}  {type}",
    "more": "… and {count} more lines",
    "stopped": "Stopped here: {error}",
    "about": "≈",
    "all": "all",
}  # fmt: skip
UNITS = {"activation_bytes": (1024, ("B", "KiB", "MiB", "GiB", "TiB", "PiB"))}


def number_text(name, value):
    """A count in three digits with k, M, G, or bytes with KiB, MiB; whole below a thousand."""
    step, units = UNITS.get(
        "activation_bytes" if name.endswith("bytes") else name, (1000, ("", "k", "M", "G", "T", "P"))
    )
    size = float(value)
    for unit in units:
        if size < step or unit == units[-1]:
            break
        size /= step
    digits = (
        f"{size:.0f}" if unit in ("", "B") or size >= 100 else f"{size:.1f}" if size >= 10 else f"{size:.2f}"
    )
    return f"{digits} {unit}".strip()


def draw(widget):
    """The figure of `widget`, an `Architecture`."""
    from matplotlib.figure import Figure

    from course_lib.widgets.figure import INK, MARGIN_INCHES

    tables = [_table(widget, index) for index in range(len(widget.networks))]
    count = sum(len(lines) + 2.6 + (note is not None) for _, lines, note in tables)
    height = count * LINE_INCHES + 2 * MARGIN_INCHES
    figure = Figure(figsize=(WIDTH_INCHES, height), facecolor=INK["page"])
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(
        xlim=(-MARGIN_INCHES, WIDTH_INCHES - MARGIN_INCHES), ylim=(height - MARGIN_INCHES, -MARGIN_INCHES)
    )
    axes.axis("off")
    y = LINE_INCHES / 2
    for title, lines, note in tables:
        axes.text(0, y, title, size=11, weight="bold", color=INK["text"], va="center")
        y = _draw_lines(axes, widget.share, lines, y + 1.1 * LINE_INCHES, INK)
        if note:
            axes.text(0, y, note, size=9, color=INK["mark"], va="center", wrap=True)
            y += LINE_INCHES
        y += 0.5 * LINE_INCHES
    return figure


def _table(widget, index):
    network, (layers, rows, totals) = widget.networks[index], widget.measured()[index]
    root = architecture_tree.tree(layers)
    lines = architecture_tree.lines(root, layers, rows, set(widget.opened[index]), widget.order, widget.share)
    lines[0]["node"] = lines[0]["node"] | {"name": WORDS["ran" if network["error"] else "whole"]}
    # The whole is what the profile's own totals say: it may count what no layer does.
    for name in architecture_tree.MEASURES:
        lines[0]["values"][name], lines[0]["sure"][name] = totals[name]
    most = max(MOST_LINES // len(widget.networks), 2)
    note = WORDS["stopped"].format(error=network["error"]) if network["error"] else None
    if len(lines) > most:
        note = note or WORDS["more"].format(count=len(lines) - most)
    return network["name"], lines[:most], note


def _draw_lines(axes, share, lines, y, ink):
    head = dict(size=8.5, color=ink["muted"], va="center")
    for name, text in WORDS["head"].items():
        is_text = name == "output"
        axes.text(_right(name), y, text, ha="left" if is_text else "right", **head)
    axes.text(COLUMNS["share"], y, WORDS["share"][share], **head)
    most = max(lines[0]["values"][share], 1)
    for line in lines:
        y += LINE_INCHES
        node, style = line["node"], dict(size=8.5, va="center", color=ink["text"])
        name = node["name"]
        if node["times"] > 1:
            name = WORDS["times"].format(name=name, times=node["times"])
        if line["type"]:
            name = WORDS["layer"].format(name=name, type=line["type"])
        weight = "bold" if line["level"] == 1 else "normal"
        axes.text(0.14 * (line["level"] - 1), y, name, weight=weight, **style)
        axes.text(COLUMNS["output"], y, _size(line["shape"]), **style)
        for measure in architecture_tree.MEASURES:
            sign = "" if line["sure"][measure] else f"{WORDS['about']} "
            text = sign + number_text(measure, line["values"][measure])
            axes.text(_right(measure), y, text, ha="right", **style)
        axes.text(_right("sees"), y, _size(line["sees"]), ha="right", **style)
        part = line["values"][share] / most
        axes.barh(y, BAR_INCHES * part, left=COLUMNS["share"], height=0.13, color=ink["positive"])
        axes.barh(
            y, BAR_INCHES, left=COLUMNS["share"], height=0.13, color="none", edgecolor=ink["line"], lw=0.4
        )
        axes.text(COLUMNS["share"] + BAR_INCHES + 0.08, y, f"{100 * part:.1f} %", **style)
    return y + LINE_INCHES


def _right(name):
    """Where a column of numbers ends; the output is flush left."""
    return COLUMNS[name] if name in ("output", "share") else COLUMNS[name] - 0.05


def _size(sizes):
    return "" if sizes is None else WORDS["all"] if sizes == "all" else "×".join(map(str, sizes))
