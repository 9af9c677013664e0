"""The room that a widget takes in the book, added up of named parts, for `heights_px`.

Each part is given for the book's column on a page 1280 px wide, or for a phone 360 px wide where `phone` is true. The
sizes are those of js/ui/theme.css; tests/test_widget_heights.py holds the sums to the heights of the pages.
"""

INSIDE_PX = {False: 642, True: 290}  # across a widget, within its border
EDGE_PX = {False: 30, True: 22}  # border and padding, above and below together
HELP_PX = {False: 61, True: 122}  # three lines in the column, six on the phone
CELL_PX = {False: {"low": 34, "middle": 28, "high": 24}, True: {"low": 30, "middle": 28, "high": 24}}
CHARACTER_PX = {"low": 8.1, "middle": 7.6, "high": 7}
TITLE_CHARACTER_PX = 8.6
LINE_PX, GAP_PX = 22, 2  # of text; between cells
MOST_GRID_PX = {False: 765, True: 629}  # 85 % of the window: the rest scrolls


def fields(count, phone, each=56, last=28):
    """Height of a panel of `count` fields, the last of them switches: three abreast, or on a phone one."""
    if phone:
        return 24 + (count - 1) * (each + 8) + 28
    rows, alone = -(-count // 3), count % 3 == 1
    return 24 + (rows - alone) * each + alone * last + (rows - 1) * 8


def density(columns):
    """The size of cells with which grids of so many columns stand, as `densityFor` in js/ui/grid.mjs has it."""
    if sum(columns) <= 24:
        most, count = (15, 17), sum(columns)
    else:
        most, count = (17, 21), max(columns)
    return "low" if count <= most[0] else "middle" if count <= most[1] else "high"


def characters(values, digits=3):
    """The most characters of a number in rows, or blocks, of numbers."""
    if isinstance(values, list):
        return max(characters(each, digits) for each in values)
    return len(f"{values:.{digits}g}")


def grid(size, phone, cells="low", text=1, title="", head=0):
    """(width, height) of a grid of `size` rows and columns with numbers of `text` characters under its title."""
    rows, columns = size
    cell = CELL_PX[phone][cells]
    across = max(cell, text * CHARACTER_PX[cells] + 8) + GAP_PX
    height = min(8 + head + rows * (cell + GAP_PX), MOST_GRID_PX[phone])
    return max(columns * across + 2, TITLE_CHARACTER_PX * len(title)), LINE_PX + height


def sign(phone):
    """(width, height) of a sign between grids, which stands in a line of its own on a phone."""
    return (INSIDE_PX[True], 12) if phone else (20, LINE_PX)


def between(blocks, phone):
    """The blocks with a sign between each two."""
    return [part for block in blocks for part in (sign(phone), block)][1:]


def flow(blocks, phone, across=10, down=12, room=None):
    """Height of blocks (width, height) that stand side by side while they fit, and else in the next line."""
    room = room or INSIDE_PX[phone]
    lines, left = [], 0
    for width, height in blocks:
        width = min(width, room)
        if lines and width <= left:
            lines[-1] = max(lines[-1], height)
        else:
            lines.append(height)
            left = room
        left -= width + across
    return round(sum(lines) + down * (len(lines) - 1))


def both(height):
    """(height(False), height(True)): in the column and on a phone."""
    return height(False), height(True)
