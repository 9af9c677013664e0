"""What each widget costs a reader, against a page of the book without one in the same run: bytes, time to paint, steps.

`pytest -s tests/test_widget_budgets.py` prints the table.
"""

import gzip
import re
import statistics

import browser
import pytest
import torch
from architecture_profiles import as_network
from gallery import EXAMPLES

from course_lib import widgets
from course_lib.widgets import explainer_export

MOST = {
    "transfer_bytes": 60_000,  # over the page without a widget, the figure apart
    "paint_ms": 100,  # largest contentful paint, over that page
    "phone_paint_ms": 300,
    "shift": 0.02,  # cumulative layout shift
    "step_ms": 50,  # from a key to the next paint
    "slow_step_ms": 200,  # with a processor of a quarter of the speed
    "cells": 3000,
}
NETWORK_BYTES = {"explainer": 100_000}  # a network of the reader's own, in int8, comes on top
LARGE_STEP_MS = 200  # of the largest states
RUNS = 3
TRIES = 3  # of a time that is over its budget: whatever else runs only adds to it
# What a step is made on, the first of these that the widget has.
STOPS = [
    "input[type=number]",
    "input[type=range]",
    "[role=gridcell][tabindex='0']",
    "[role=row][tabindex='0']",
]
STEP = """(stops) => new Promise((resolve) => {
    const found = stops.flatMap((stop) => [...document.querySelectorAll(".course-widget " + stop)]);
    const one = found.find((each) => each.checkVisibility() && each.step !== "any" && each.min !== each.value);
    one.focus();
    window.isBack = !window.isBack; // there and back, so that the state stays near what was given
    const began = performance.now();
    if (one.matches("input")) {
        if (window.isBack) one.stepDown();
        else one.stepUp();
        one.dispatchEvent(new Event("input", { bubbles: true }));
    } else one.dispatchEvent(new KeyboardEvent("keydown", { key: isBack ? "ArrowLeft" : "ArrowRight", bubbles: true }));
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
})"""
PAINT = """() => new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().at(-1).startTime))
        .observe({ type: "largest-contentful-paint", buffered: true });
})"""
SHIFT = """() => new Promise((resolve) => {
    new PerformanceObserver((list) => resolve(list.getEntries().reduce((sum, one) => sum + one.value, 0)))
        .observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve(0), 300);
})"""
SIZES = """() => ["navigation", "resource"].flatMap((kind) => performance.getEntriesByType(kind))
    .reduce((sum, one) => sum + one.encodedBodySize, 0)"""
CELLS = ".course-widget :is([role=gridcell], td, rect)"
pytestmark = pytest.mark.slow


def all_open(*networks):
    """The architecture widget with every block of the networks open."""
    paths = [[row[0].split(".") for row in network["layers"]] for network in networks]
    opened = [
        sorted({".".join(path[:depth]) for path in each for depth in range(len(path))}) for each in paths
    ]
    return widgets.architecture(*networks, opened=opened)


def large_network():
    """An exported network with sixteen maps in most layers, for pictures of 32 × 32 in colour."""
    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(3, 16, 7, padding=3)]
    for _ in range(3):
        layers += [torch.nn.BatchNorm2d(16), torch.nn.ReLU(), torch.nn.Conv2d(16, 16, 3, padding=1)]
    layers += [torch.nn.MaxPool2d(4), torch.nn.Flatten(), torch.nn.Linear(1024, 20)]
    return explainer_export.export(torch.nn.Sequential(*layers).eval(), (3, 32, 32))


# The largest legal states of the widgets that have a size; padding of 4 and 3 would make more than 3,000 cells.
LARGEST = {
    "architecture-large": lambda: all_open(as_network("inception_v3"), as_network("densenet121")),
    "batchnorm-large": lambda: widgets.batchnorm((12, 4), view="gradient"),
    "batchnorm-slices": lambda: widgets.batchnorm(block=(4, 8, 4, 4), num_groups=4, view="slices"),
    "convolution-large": lambda: widgets.convolution((32, 32), padding=3),
    "convolution-channels": lambda: widgets.convolution((8, 10, 10), (8, 8, 3, 3), padding=1),
    "convolution-matrix": lambda: widgets.convolution((32, 32), padding=3, view="matrix"),
    "deformable-large": lambda: widgets.deformable((12, 12), 5, padding=6),
    "explainer-large": lambda: widgets.explainer(
        large_network(), torch.rand(19, 3, 32, 32), at=[9, 15, 16, 16]
    ),
    "receptive_field-large": lambda: widgets.receptive_field(
        [{"kernel": 3, "padding": 1} for _ in range(64)], input=512
    ),
    "shuffle-large": lambda: widgets.shuffle(24, 4, layers=3),
    "upsampling-large": lambda: widgets.upsampling("transposed", (6, 6), 7, scale=4),
    "volume-large": lambda: widgets.volume((6, 8, 8), (3, 5, 5), padding=(2, 3, 3)),
}


@pytest.fixture(scope="module")
def address(folder):
    """A page of the book as it is built, and the same with each widget under its title."""
    browser.write_book_page(folder, "blank")
    for name, example in EXAMPLES.items():
        write_widget(folder, name, example)
    with browser.serve(folder) as one:
        yield f"{one}/chapters"


def write_widget(folder, name, make):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_BOOK", "1")
        browser.write_book_page(folder, name, [make()._repr_mimebundle_()[0]["text/html"]])


def loaded(chromium, url, **options):
    """{transfer_bytes, paint_ms, shift} of a fresh visit."""
    with browser.open_page(chromium, url, **options) as page:
        page.wait_for_load_state("networkidle")
        if not url.endswith("blank.html"):
            page.locator(".course-widget").wait_for()
        found = {
            "paint_ms": page.evaluate(PAINT),
            "shift": page.evaluate(SHIFT),
            "transfer_bytes": page.evaluate(SIZES),
        }
        assert page.log == []
        return found


def over_blank(chromium, address, name, **options):
    """What the widget adds to a visit, the middle of several; the shift is that of the page itself."""
    pairs = [
        [loaded(chromium, f"{address}/{each}.html", **options) for each in ("blank", name)]
        for _ in range(RUNS)
    ]
    added = {key: statistics.median(own[key] - blank[key] for blank, own in pairs) for key in pairs[0][0]}
    return added | {"shift": min(own["shift"] for _, own in pairs)}


def steps(chromium, address, name, slower=1):
    """Milliseconds from a key to the next paint: the middle of several, the better half of the run."""
    with browser.open_page(chromium, f"{address}/{name}.html") as page:
        browser.wait_ready(page)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        times = [page.evaluate(STEP, STOPS) for _ in range(2 * RUNS)]
        assert page.log == []
        return min(statistics.median(times[:RUNS]), statistics.median(times[RUNS:]))


def measured(chromium, address, name):
    found = over_blank(chromium, address, name)
    found["phone_paint_ms"] = over_blank(chromium, address, name, width=360, height=740)["paint_ms"]
    found["step_ms"], found["slow_step_ms"] = (steps(chromium, address, name, slower) for slower in (1, 4))
    with browser.open_page(chromium, f"{address}/{name}.html") as page:
        figure = re.search(r'src="data:image[^"]+"', page.request.get(page.url).text())[0]
        browser.wait_ready(page)
        found["cells"] = page.locator(CELLS).count()
    found["transfer_bytes"] -= len(gzip.compress(figure.encode(), 5))
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_widget_keeps_to_the_budgets_of_a_page(chromium, address, name):
    most = MOST | {"transfer_bytes": MOST["transfer_bytes"] + NETWORK_BYTES.get(name, 0)}
    found = measured(chromium, address, name)
    for _ in range(TRIES - 1):
        if all(found[key] <= most[key] for key in most):
            break
        again = measured(chromium, address, name)
        found = {key: min(found[key], again[key]) for key in most}
    print("\n" + " ".join([f"{name:16}", *(f"{key} {found[key]:.4g} of {most[key]:,};" for key in most)]))
    assert {key: found[key] for key in most if found[key] > most[key]} == {}


@pytest.mark.parametrize("name", LARGEST)
def test_the_largest_state_keeps_to_the_budget_of_cells_and_answers_in_time(chromium, folder, address, name):
    write_widget(folder, name, LARGEST[name])
    with browser.open_page(chromium, f"{address}/{name}.html") as page:
        browser.wait_ready(page)
        cells = page.locator(CELLS).count()
    step = min(steps(chromium, address, name) for _ in range(TRIES))
    print(f"\n{name:24} cells {cells:,}; step_ms {step:.0f} of {LARGE_STEP_MS};")
    assert cells <= MOST["cells"] and step <= LARGE_STEP_MS
