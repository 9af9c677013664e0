"""What the page of the deformable widget shows: taps over the input, tables, choices."""

import numpy as np

OFFSET = np.round(np.random.default_rng(2).uniform(-1.3, 1.3, 18), 1)
STEPS = np.array([0.5, -1, 0, 1, 0.4])
STATES = {
    "plain": {},
    "moved": {"input": (5, 6), "offset": OFFSET, "mask": np.linspace(0.2, 1, 9).round(1), "stride": (1, 2)},
    "snake": {"input": (6, 7), "kernel": 5, "operation": "snake", "steps": STEPS},
    "upright": {"input": (6, 7), "kernel": 5, "operation": "snake", "steps": STEPS, "morph": 1},
    "large": {"input": 12, "kernel": 5, "padding": 6},
}


def padding(state):
    if state["operation"] == "snake":
        return np.array(np.shape(state["kernel"])) // 2
    return np.array(state["padding"])


def places(page, state):
    """Where the drawing shows the taps, (taps, 2), counted from the first input cell."""
    shown = sorted(marks(page, "cw-tap", ["y", "x"], "one.dataset.text"))
    return np.array(shown)[:, 1:] - 0.5 - padding(state)


def marks(page, kind, names, first="0"):
    """For each mark over the input, `first` and the numbers of its place, direction and the like."""
    read = (
        f"(all, names) => all.map(one => [{first}, ...names.map(name => one.style.getPropertyValue(name))])"
    )
    found = page.locator(f".cw-taps .{kind}").evaluate_all(read, [f"--{name}" for name in names])
    return [[float(str(part).removesuffix("rad")) for part in one] for one in found]


def regular(state, row, column):
    stride, padding, dilation = (np.array(state[name]) for name in ("stride", "padding", "dilation"))
    taps = np.stack(np.unravel_index(np.arange(np.size(state["kernel"])), np.shape(state["kernel"])), 1)
    return np.array([row, column]) * stride - padding + taps * dilation


def rows_of(page):
    """The table of the shown tab: a list of texts for each row."""
    rows = page.locator(".cw-tab-panel:visible .cw-table tbody tr").all()
    return [[text.replace("−", "-") for text in row.locator("th, td").all_text_contents()] for row in rows]


def choice(page, name):
    return page.get_by_role("combobox", name=name)


def tab(page, name):
    page.get_by_role("tab", name=name, exact=True).click()
