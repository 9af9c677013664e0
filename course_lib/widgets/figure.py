"""Grids of numbers drawn by matplotlib: the figure that stands where no widget can."""

import numpy as np

CELL_INCHES = 0.36
MOST_INCHES = 10.5
SMALLEST_LEGIBLE_INCHES = 0.17  # below this a number in a cell is a smudge
TEXT_INCHES = 0.27  # one line of text
MARGIN_INCHES = 0.12
TITLE_INCHES = 0.43  # a title above a grid
TITLE_COLUMNS = 0.23  # width of one of its characters, in cells
GAP = 1.6  # between grids, in cells

INK = {
    "text": "#1c2128",
    "muted": "#535c67",
    "line": "#808891",
    "mark": "#a01058",
    "page": "#ffffff",
    "positive": "#4a9bd4",
    "negative": "#e58a3a",
}
TINT = 0.5  # the strongest tint of a cell


def panels(grids, signs, notes):
    """Figure with titled grids in a row, a sign between them, and lines of text below.

    grids: dicts of title, values (H, W), and optional boolean masks (H, W) padding, dropped, linked, current.
    """
    return rows_of_panels([(grids, signs)], notes)


def rows_of_panels(rows, notes):
    """The same with several rows, each a pair (grids, signs)."""
    from matplotlib.figure import Figure

    widths = [sum(_step(grid) for grid in grids) - GAP for grids, _ in rows]
    heights = [max(np.shape(grid["values"])[0] for grid in grids) for grids, _ in rows]
    columns, titles = max(widths), TITLE_INCHES * len(rows)
    texts = TEXT_INCHES * len(notes) + titles + 2 * MARGIN_INCHES
    most = [(MOST_INCHES - 2 * MARGIN_INCHES) / columns, max(MOST_INCHES * 1.3 - texts, 2) / sum(heights)]
    cell = min(CELL_INCHES, *most)
    width = max(columns * cell, 6.2) + 2 * MARGIN_INCHES
    height = sum(heights) * cell + texts + 0.13
    figure = Figure(figsize=(width, height), facecolor=INK["page"])
    left, top = MARGIN_INCHES / width, height - MARGIN_INCHES
    for (grids, signs), rows_of_cells in zip(rows, heights, strict=True):
        top -= TITLE_INCHES + rows_of_cells * cell
        axes = figure.add_axes((left, top / height, columns * cell / width, rows_of_cells * cell / height))
        axes.set(xlim=(0, columns), ylim=(rows_of_cells, 0))
        axes.axis("off")
        _draw_row(axes, grids, signs, cell)
    for index, note in enumerate(notes):
        y = (MARGIN_INCHES + TEXT_INCHES * (len(notes) - index - 0.5)) / height
        figure.text(left, y, note, color=INK["text"], size=10, va="center")
    return figure


def _step(grid):
    """Columns from a grid to the next one: a title may be wider than its numbers."""
    return max(np.shape(grid["values"])[1], TITLE_COLUMNS * len(grid["title"])) + GAP


def _draw_row(axes, grids, signs, cell):
    start = 0
    shapes = [np.shape(grid["values"]) for grid in grids]
    for index, grid in enumerate(grids):
        _draw_grid(axes, grid, start, cell)
        start += _step(grid)
        if index < len(signs):
            middle = min(shapes[index][0], shapes[index + 1][0]) / 2
            axes.text(
                start - GAP / 2, middle, signs[index], color=INK["muted"], size=16, ha="center", va="center"
            )


def _draw_grid(axes, grid, start, cell):
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    values = np.asarray(grid["values"], float)
    off = np.zeros(values.shape, bool)
    padding, dropped, linked, current = (
        grid.get(mask, off) for mask in ("padding", "dropped", "linked", "current")
    )
    places = list(np.ndindex(*values.shape))
    largest = max(np.abs(values[np.isfinite(values)]).max(initial=0), 1e-12)

    def boxes(mask, inset=0.04, linewidth_points=0.8, **style):
        chosen = [(row, column) for row, column in places if mask[row, column]]
        size = 1 - 2 * inset
        patches = [Rectangle((start + column + inset, row + inset), size, size) for row, column in chosen]
        linewidth = linewidth_points * cell / CELL_INCHES
        axes.add_collection(PatchCollection(patches, clip_on=False, linewidth=linewidth, **style))
        return chosen

    plain = ~padding & ~dropped
    tints = [_tint(values[place] / largest) for place in places if plain[place]]
    boxes(plain, facecolor=tints, edgecolor=INK["line"])
    boxes(~plain, facecolor=INK["page"], edgecolor=INK["line"], linestyle=(0, (3, 2)))
    boxes(current, facecolor=INK["mark"], edgecolor=INK["mark"])
    boxes(linked, inset=0.0, linewidth_points=2, facecolor="none", edgecolor=INK["mark"])
    axes.text(start, -0.25 * CELL_INCHES / cell, grid["title"], color=INK["text"], size=10.5, weight="bold")
    for row, column in boxes(dropped, facecolor="none", edgecolor="none"):
        axes.plot(
            [start + column + 0.2, start + column + 0.8], [row + 0.5, row + 0.5], color=INK["muted"], lw=1.5
        )
    if cell < SMALLEST_LEGIBLE_INCHES:
        return
    for row, column in places:
        muted = padding[row, column] or dropped[row, column]
        color = INK["page"] if current[row, column] else INK["muted"] if muted else INK["text"]
        text = number_text(values[row, column])
        size = 72 * cell * min(0.42, 1.4 / len(text))
        axes.text(
            start + column + 0.5, row + 0.5, text, color=color, size=size, ha="center", va="center_baseline"
        )


def _tint(strength):
    color = INK["positive"] if strength > 0 else INK["negative"]
    channels = [[int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)] for code in (INK["page"], color)]
    share = TINT * abs(strength) if np.isfinite(strength) else 0
    return [page * (1 - share) + tint * share for page, tint in zip(*channels, strict=True)]


def number_text(value):
    """At most four significant digits, with a real minus sign."""
    return f"{value:.4g}".replace("-", "−").replace("inf", "∞")
