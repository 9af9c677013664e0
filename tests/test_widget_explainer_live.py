"""The explainer on a model such as a live kernel's: choosing, pinning, focus, large maps, strokes, the model."""

import base64

import browser
import explainer_networks
import numpy as np
import pytest
import torch
from torch import nn

from course_lib.widgets import explainer, explainer_export, explainer_network


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with browser.serve_widgets(tmp_path_factory.mktemp("explainer"), {}) as one:
        yield one


@pytest.fixture
def page(visit):
    return visit("empty")


@pytest.fixture(scope="module")
def digits():
    _, network, data = explainer_networks.digits_network()
    return explainer(network, data.test_images[:6], data.test_labels[:6], data.class_names, at=[4, 2, 1, 1])


def large(kernel):
    """A network for 64×64 pixels with one large kernel."""
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 2, kernel, padding=kernel // 2), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
        nn.Linear(8, 900),
    )  # fmt: skip
    network = explainer_export.export(model, (1, 64, 64))
    picture = np.random.default_rng(0).integers(0, 256, (1, 64, 64)).astype(np.uint8)
    return explainer(network, [picture], at=[0, 1, 40, 50]), network, picture[0]


def spoken(page, start):
    page.wait_for_function(
        "start => document.querySelector('.cw-live').textContent.startsWith(start)", arg=start
    )
    return page.locator(".cw-live").text_content()


def panel(page, selector):
    return page.locator(f"[role=tabpanel]:visible {selector}")


def grid_cell(page, name, row, column):
    return page.get_by_role("grid", name=name).get_by_role("row").nth(row).get_by_role("gridcell").nth(column)


def test_what_the_reader_does_is_in_the_model_and_what_python_sets_is_shown(page, digits):
    browser.render_live(page, "explainer", digits.state())
    page.get_by_label("row", exact=True).fill("2")
    page.get_by_role("button", name="Clear").click()
    at, input, saved = page.evaluate("[live.state.at, live.state.input, live.saved]")
    assert at[2] == 2 and not any(base64.b64decode(input)) and saved == 2
    page.evaluate("live.python({target: 3, at: [0, 1, 5, 6]})")
    page.get_by_text("0 Conv2d 8 × 8 × 8, 0.0").wait_for()
    page.get_by_role("tab", name="Softmax").click()
    assert panel(page, ".cw-sentence").inner_text().startswith(f"{digits.classes[3]}: ")
    other = explainer(large(3)[1]).state()
    page.evaluate("state => live.python(state)", other)
    assert page.locator(".cw-scores tbody tr").count() == 20
    page.evaluate("live.stop()")
    assert page.evaluate("live.listeners()") == 0


def test_the_chosen_picture_is_marked_until_it_is_drawn_on(page, digits):
    browser.render_live(page, "explainer", digits.state())
    options = page.get_by_role("listbox", name="Pictures to choose from").get_by_role("option")
    marked = """all => all.map(one => one.getAttribute("aria-selected") === "true"
        && getComputedStyle(one).outlineWidth === "3px")"""

    def shown():
        page.wait_for_timeout(60)
        return [index for index, is_marked in enumerate(options.evaluate_all(marked)) if is_marked]

    assert shown() == [0]
    options.nth(3).click()
    assert shown() == [3]
    page.get_by_role("application").press("Space")
    assert shown() == []
    page.evaluate("image => live.python({input: image})", digits.images[2])
    assert shown() == [2]


def test_pointing_speaks_also_while_pinned_and_the_focus_is_never_lost(page, digits):
    browser.render_live(page, "explainer", digits.state())
    cell = grid_cell(page, "Kernel for map 0", 0, 1)
    cell.click()
    told = spoken(page, "Pinned: [0, 1]: ")
    assert told.removeprefix("Pinned: ") == panel(page, ".cw-story .cw-sentence").inner_text()
    other = grid_cell(page, "Products", 2, 2)
    other.hover()
    assert spoken(page, "Product [2, 2] = ").endswith(f" = {other.inner_text()}, not outlined.")
    grid_cell(page, "Window of map 0", 0, 1).hover()
    assert spoken(page, "Window [0, 1] = ").endswith(", outlined.")
    assert browser.outlined(page, "Window of map") == {(0, 1)}
    page.get_by_role("button", name="Unpin").press("Enter")
    assert page.evaluate("document.activeElement.closest('[role=grid]').ariaLabel") == "Kernel for map 0"
    sums = page.get_by_role("grid", name="Sum of each map read: choose one").get_by_role("gridcell")
    sums.nth(2).hover()
    assert spoken(page, "map 2 = ").endswith(sums.nth(2).inner_text())
    sums.nth(2).press("Enter")
    page.get_by_role("grid", name="Window of map 2").wait_for()
    assert sums.nth(2).evaluate("one => one === document.activeElement")
    summary = panel(page, "summary")
    summary.press("Enter")
    numbers = page.get_by_role("grid", name="All numbers of map 2").get_by_role("gridcell")
    numbers.nth(1).hover()
    assert spoken(page, "[2, 0, 1] = ").endswith(numbers.nth(1).inner_text())
    page.get_by_label("column", exact=True).fill("99")
    panel(page, ".cw-problem:visible button").press("Enter")
    assert page.get_by_label("column", exact=True).evaluate("one => one === document.activeElement")
    page.get_by_role("tab", name="Occlusion").click()
    page.get_by_role("button", name="Slide the patch").press("Enter")
    page.locator(".cw-sentence:visible").filter(has_text="It falls most").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "Slide the patch"


def test_reset_gives_back_the_first_tab_the_given_state_and_nothing_pinned(page, digits):
    browser.render_live(page, "explainer", digits.state())
    grid_cell(page, "Products", 1, 1).click()
    page.get_by_label("row", exact=True).fill("0")
    page.get_by_role("listbox", name="Pictures to choose from").get_by_role("option").nth(1).click()
    page.get_by_role("tab", name="Saliency").click()
    page.get_by_label("Class asked about").select_option("4")
    page.get_by_role("button", name="Reset").press("Enter")
    assert page.get_by_role("tab", name="Numbers").get_attribute("aria-selected") == "true"
    given = {name: digits.state()[name] for name in ("input", "target", "at")}
    assert page.evaluate("({input, target, at} = live.state, {input, target, at})") == given
    assert page.get_by_role("button", name="Unpin").is_visible() is False
    assert page.evaluate("document.activeElement.textContent") == "Reset"


CELLS = "document.querySelectorAll('.course-widget :is(.cw-cell, td, th)').length"


@pytest.mark.parametrize("kernel", [7, 41])
def test_large_maps_and_kernels_are_a_picture_and_numbers_around_the_place(page, kernel):
    widget, network, picture = large(kernel)
    browser.render_live(page, "explainer", widget.state())
    panel(page, "summary").click()
    note = panel(page, ".cw-details .cw-note")
    note.filter(has_text=" of 64.").wait_for()  # filled once open
    assert note.inner_text() == "Rows 26 to 53 of 64, columns 36 to 63 of 64."
    numbers = page.get_by_role("grid", name="All numbers of map 1")
    weight = explainer_network.weight(network["layers"][0])[1, 0]
    bias = explainer_network.vector(network["layers"][0], "bias", 2)[1]
    padded = np.pad(picture / 255, kernel // 2)
    exact = (padded[40 : 40 + kernel, 50 : 50 + kernel] * weight).sum() + bias
    assert abs(float(numbers.locator(".is-current").inner_text().replace("−", "-")) - exact) <= 2e-3 * abs(
        exact
    )
    shown = panel(page, ".cw-figure .cw-grid").first.get_by_role("gridcell").count()
    assert shown == min(kernel, 15) ** 2
    # A press on a number tells that one, and the numbers move with it; the focus stays on it.
    numbers.get_by_role("row").nth(0).get_by_role("gridcell").nth(3).press("Enter")
    assert page.evaluate("live.state.at") == [0, 1, 26, 39]
    assert panel(page, ".cw-details .cw-note").inner_text() == "Rows 12 to 39 of 64, columns 25 to 52 of 64."
    assert numbers.locator(".is-current").evaluate("one => one === document.activeElement")
    if kernel > 15:
        corner = grid_cell(page, "Kernel for map 0", 0, 0)
        corner.click()
        assert panel(page, ".cw-story .cw-sentence").inner_text().startswith("[13, 13]: ")
        assert panel(page, ".cw-figure .cw-note").first.inner_text().startswith("Rows 6 to 20 of 41,")
    for tab in ("Softmax", "Occlusion", "Saliency", "Grad-CAM"):
        page.get_by_role("tab", name=tab).click()
        if tab == "Saliency":
            panel(page, "summary").click()
            panel(page, ".cw-details .cw-note").filter(has_text=" of 64.").wait_for()  # filled once open
            assert panel(page, "[role=gridcell]").count() == 28 * 28
    assert page.evaluate(CELLS) <= 3000


def test_a_stroke_works_out_no_gradient_before_it_ends(page, digits):
    browser.render_live(page, "explainer", digits.state())
    page.get_by_role("tab", name="Saliency").click()
    before = panel(page, ".cw-sentence").inner_text()
    page.get_by_role("application").scroll_into_view_if_needed()
    box = page.get_by_role("application").bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 90, steps=4)
    page.wait_for_timeout(80)
    score = page.locator(".cw-said").inner_text()
    assert panel(page, ".cw-sentence").inner_text() == "This is worked out when the stroke ends."
    assert panel(page, "canvas").first.is_visible() is False
    page.mouse.up()
    page.wait_for_timeout(80)
    after = panel(page, ".cw-sentence").inner_text()
    assert after.startswith("∂score of ") and after != before and panel(page, "canvas").first.is_visible()
    assert page.locator(".cw-said").inner_text() == score
