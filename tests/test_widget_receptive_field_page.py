"""The page of the receptive-field widget in a real browser: both directions, editing, the task, what it refuses."""

import re

import browser
import numpy as np
import pytest
import torch
from browser import field
from playwright.sync_api import expect
from test_widget_receptive_field import Branches, network

from course_lib import measure
from course_lib.widgets import receptive_field
from course_lib.widgets import receptive_field_rules as rules

LENET = rules.preset("lenet5")["layers"]


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    uneven = [{"name": "a", "kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)}, {"kernel": (2, 3)}]
    measured = measure.receptive_field(network(LENET[:4]), (1, 28, 28))
    pages = {
        "lenet": receptive_field("lenet5", layer="s4"),
        "uneven": receptive_field(uneven, input=(9, 8)),
        "task": receptive_field(LENET[:4], goal=28),
        "graph": receptive_field(profile=measure.profile(Branches(), (1, 8, 8)), input=8, layer="relu"),
        "measured": receptive_field(LENET[:4], effective=measured),
        "vgg": receptive_field("vgg16"),
    }
    with browser.serve_widgets(tmp_path_factory.mktemp("fields"), pages) as one:
        yield one


def table(page):
    """The rows of the table of layers, each a list of texts."""
    rows = page.get_by_role("grid", name="Layers").get_by_role("row").all()[1:]
    return [row.get_by_role("rowheader").or_(row.get_by_role("gridcell")).all_inner_texts() for row in rows]


def point(page, end, row, column, act="move"):
    """Moves the pointer to (or clicks, taps) the middle of one cell of the plane `end`."""
    plane = page.get_by_role("application", name=re.compile("^Input" if end == "input" else "^(?!Input)"))
    plane.scroll_into_view_if_needed()
    box, view = plane.bounding_box(), [float(part) for part in plane.get_attribute("viewBox").split()]
    x = box["x"] + (column + 0.5 - view[0]) / view[2] * box["width"]
    y = box["y"] + (row + 0.5 - view[1]) / view[3] * box["height"]
    {"move": page.mouse.move, "click": page.mouse.click, "tap": page.touchscreen.tap}[act](x, y)


def rectangle(page, end, part):
    """[top, left, bottom, right] around a path of a plane, all ends seen; None if it is empty."""
    plane = page.get_by_role("application", name=re.compile("^Input" if end == "input" else "^(?!Input)"))
    path = plane.locator(f".rf-{part}")
    if not path.get_attribute("d"):
        return None
    x, y, width, height = path.evaluate(
        "one => {const b = one.getBBox(); return [b.x, b.y, b.width, b.height]}"
    )
    return [round(y), round(x), round(y + height) - 1, round(x + width) - 1]


def support(layers, size, unit):
    """[top, left, bottom, right] of torch's gradient of one unit, and the number of pixels in it."""
    image = torch.ones(1, 1, *size, dtype=torch.float64, requires_grad=True)
    gradient = torch.autograd.grad(network(layers)(image)[0, 0, *unit], image)[0][0, 0]
    rows, columns = gradient.sum(1).nonzero().flatten(), gradient.sum(0).nonzero().flatten()
    return [int(rows[0]), int(columns[0]), int(rows[-1]), int(columns[-1])], int((gradient > 0).sum())


def told(page):
    return browser.sentence(page.locator(".rf-picture"))


def test_pointing_at_a_unit_outlines_what_torch_says_it_sees(visit):
    page = visit("lenet")
    for unit in ((2, 2), (0, 4), (4, 1)):
        point(page, "map", *unit)
        seen, many = support(LENET[:4], (28, 28), unit)
        assert rectangle(page, "input", "lit") == seen
        assert told(page).startswith(
            f"s4[{unit[0]}, {unit[1]}] sees rows"
        ) and f"{many} pixels are seen" in told(page)
        top, left, bottom, right = rectangle(page, "input", "frame")
        assert bottom - top + 1 == right - left + 1 == 16
    assert "hangs over the border by 2 to the left and 2 below" not in told(page)
    assert "hangs over the border by 2 below" in told(page)


def test_pointing_at_a_pixel_outlines_the_units_it_reaches(visit):
    page = visit("uneven")
    layers = receptive_field([{"name": "a", "kernel": (3, 2), "stride": (2, 1), "padding": (1, 0)},
                              {"kernel": (2, 3)}], input=(9, 8)).layers  # fmt: skip
    for pixel in ((0, 0), (4, 3), (8, 7)):
        point(page, "input", *pixel)
        lit = torch.zeros(1, 1, 9, 8, dtype=torch.float64)
        lit[0, 0, *pixel] = 1
        reached = network(layers)(lit)[0, 0].nonzero()
        (top, left), (bottom, right) = reached.amin(0).tolist(), reached.amax(0).tolist()
        assert rectangle(page, "map", "lit") == [top, left, bottom, right]
        assert f"reaches {len(reached)} unit" in told(page)


def test_the_table_is_measures(visit):
    page = visit("lenet")
    rows = measure.profile(network(LENET), (1, 28, 28)).layers
    for text, row in zip(table(page), rows, strict=True):
        assert text[2] == "×".join(map(str, row.output_shape[1:]))
        assert text[3] == "×".join(map(str, row.receptive_field))
        assert text[4] == "×".join(map(str, row.stride))
        assert text[5] == ", ".join(f"{value:g}" for value in row.centre) and text[6] == "exact"


def test_the_rule_is_shown_with_its_numbers(visit):
    page = visit("lenet")
    lines = [re.sub(r"\s", "", line) for line in page.locator(".cw-sizes .cw-formula").all_inner_texts()]
    assert "=14+(2−1)·1·2=16" in lines[0] and "=2·2=4" in lines[1]
    assert lines[3].endswith("=5")
    page.get_by_role("row", name=re.compile("^c1 ")).click()
    field(page, "Padding").fill("4")
    field(page, "Dilation").fill("2")
    assert "=1+(5−1)·2·1=9" in re.sub(r"\s", "", page.locator(".cw-sizes .cw-formula").first.inner_text())


def test_layers_are_added_changed_moved_and_removed(visit):
    page = visit("lenet")
    page.get_by_role("button", name="Add after").click()
    assert [row[0] for row in table(page)] == ["c1", "s2", "c3", "s4", "layer6", "c5"]
    assert table(page)[4][3] == "24×24"
    page.get_by_label("Name of the layer").fill("wide")
    field(page, "Kernel size").fill("5")
    field(page, "Padding").fill("2")
    assert table(page)[4][:4] == ["wide", "5×5 p2", "5×5", "32×32"]
    page.get_by_role("button", name="Move up").click()
    assert [row[0] for row in table(page)] == ["c1", "s2", "c3", "wide", "s4", "c5"]
    page.get_by_role("button", name="Remove").click()
    assert [row[0] for row in table(page)] == ["c1", "s2", "c3", "s4", "c5"]
    assert page.get_by_label("Network").input_value() == "lenet5"
    page.get_by_label("Network").select_option("vgg16")
    assert len(table(page)) == 18 and table(page)[-1][3] == "212×212"
    page.get_by_role("button", name="Reset").click()
    assert len(table(page)) == 5


def test_axes_may_differ(visit):
    page = visit("uneven")
    assert table(page)[-1][3] == "5×4" and table(page)[-1][4] == "2×1"
    field(page, "Dilation, width").fill("2")
    assert table(page)[-1][3] == "5×6"
    page.get_by_label("height = width").check()
    assert table(page)[-1][3] == "5×5"


def test_illegal_chains_name_the_layer_and_the_nearest_value(visit):
    page = visit("lenet")
    random = np.random.default_rng(3)
    wrong = [("Kernel size", t) for t in ("0", "-1", "99", "2.5", "", "12")]
    wrong += [("Stride", t) for t in ("0", "", "70")] + [("Padding", t) for t in ("-1", "", "99")]
    wrong += [("Dilation", t) for t in ("0", "40", "")] + [("Input size", t) for t in ("0", "20", "600", "")]
    for label, text in [wrong[index] for index in random.permutation(len(wrong))[:12]]:
        field(page, label).fill(text)
        refusal = page.locator(".cw-refusal")
        assert re.match(
            r"No picture\. (Layer [cs]\d has nothing|[A-Z][a-z ]+ must be) .+\.", refusal.inner_text(), re.S
        )
        assert not page.locator(".rf-picture").is_visible() and not page.locator(".cw-sizes").is_visible()
        assert any(cell == "–" for row in table(page) for cell in row), (label, text)
        refusal.get_by_role("button", name=re.compile("^Use ")).click()
        assert not refusal.is_visible() and page.locator(".rf-picture").is_visible(), (label, text)
        page.get_by_role("button", name="Reset").click()
        page.get_by_role("row", name=re.compile("^s4 ")).click()


def test_the_task_hides_the_numbers_until_checked(visit):
    page = visit("task")
    assert {row[3] for row in table(page)} == {"?"} and not page.locator(".rf-picture").is_visible()
    page.get_by_role("button", name="Check").click()
    assert "s4 sees 16 rows, 12 too few" in page.locator(".rf-verdict").inner_text()
    assert table(page)[-1][3] == "16×16" and page.locator(".rf-picture").is_visible()
    page.get_by_role("button", name="Add after").click()
    assert {row[3] for row in table(page)} == {"?"} and page.locator(".rf-verdict").inner_text() == ""
    field(page, "Kernel size").fill("5")
    field(page, "Padding").fill("0")
    page.get_by_role("button", name="Check").click()
    assert (
        page.locator(".rf-verdict")
        .inner_text()
        .startswith("Yes: layer5 sees 32 × 32 pixels, and its unit [0, 0]")
    )
    field(page, "Pixels to see").fill("99")
    assert (
        page.locator(".rf-task .cw-problem").inner_text().startswith("It must be a whole number from 1 to 28")
    )
    assert page.get_by_role("button", name="Check").is_disabled()


def test_keyboard_alone(visit):
    page = visit("lenet")
    page.get_by_role("row", name=re.compile("^s4 ")).focus()
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.innerText").startswith("c3")
    plane = page.get_by_role("application", name="c3 10 × 10")
    page.get_by_role("tab", name="Plane").focus()
    page.keyboard.press("Tab")
    assert plane.evaluate("one => one === document.activeElement") and told(page).startswith("c3[5, 5] sees")
    for key, place in [("ArrowRight", "[5, 6]"), ("ArrowUp", "[4, 6]"), ("End", "[4, 9]"), ("ArrowRight", "[4, 9]"),
                       ("Home", "[4, 0]"), ("Control+End", "[9, 9]"), ("PageUp", "[0, 9]")]:  # fmt: skip
        page.keyboard.press(key)
        assert told(page).startswith(f"c3{place} sees"), key
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Unpin").is_visible()
    point(page, "input", 5, 5)
    assert told(page).startswith("c3[0, 9] sees")
    plane.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert told(page).startswith("Pixel [")
    page.get_by_label("Pixel, row", exact=True).fill("3")
    assert told(page).startswith("Pixel [3,")
    page.get_by_label("Pixel, row", exact=True).fill("50")
    assert "from 0 to 27" in page.locator(".rf-look .cw-problem:visible").inner_text()
    page.locator(".rf-look .cw-problem:visible").get_by_role("button", name="Use 27").click()
    assert told(page).startswith("Pixel [27,")


def test_what_is_pointed_at_while_a_unit_is_pinned_is_spoken(visit):
    page = visit("lenet")
    live, unpin = page.locator(".cw-live"), page.get_by_role("button", name="Unpin")
    point(page, "map", 2, 2, "click")
    expect(live).to_contain_text("Pinned: s4[2, 2] sees rows 6 to 21")
    image = torch.ones(1, 1, 28, 28, dtype=torch.float64, requires_grad=True)
    ways = torch.autograd.grad(network(LENET[:4])(image)[0, 0, 2, 2], image)[0][0, 0]
    for pixel, told_as in (((7, 8), "outlined"), ((5, 8), "not outlined"), ((13, 13), "outlined")):
        point(page, "input", *pixel)
        many = int(ways[pixel])
        expect(live).to_have_text(f"Pixel [{pixel[0]}, {pixel[1]}] = {many} ways, {told_as}.")
    assert told(page).startswith("s4[2, 2] sees")
    unpin.click()
    assert not unpin.is_visible()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "s4 5 × 5"
    point(page, "map", 1, 1, "click")
    page.get_by_role("tab", name="Along the height").click()
    page.get_by_role("button", name="Reset").click()
    assert not unpin.is_visible() and told(page).startswith("s4[2, 2] sees")
    assert page.get_by_role("tab", name="Plane").get_attribute("aria-selected") == "true"


def test_python_gives_another_network_and_measured_field(visit):
    page = visit("measured")
    first, other = LENET[:4], [dict(LENET[0], kernel=[3, 3]), *LENET[1:4]]
    given = receptive_field(other, effective=measure.receptive_field(network(other), (1, 28, 28)))
    browser.render_live(page, "receptive_field", receptive_field(first).state())
    note = page.locator(".rf-measured")
    page.evaluate("state => live.python(state)", given.state())
    assert note.inner_text().startswith("The measured field: gradients that are not 0 span 14 × 14 pixels")
    page.get_by_role("row", name=re.compile("^c1 ")).click()
    field(page, "Padding").fill("1")
    assert "as it was given" in note.inner_text()
    page.evaluate("live.python({ goal: 4, layer: 3 })")
    page.get_by_label("Task").uncheck()
    assert "as it was given" in note.inner_text()  # the reader's own layers are still there
    page.get_by_role("button", name="Reset").click()
    assert note.inner_text().startswith("The measured field: gradients") and table(page)[0][1] == "3×3 p2"


def test_the_ends_of_a_pyramid_are_pointed_at(visit):
    page = visit("lenet")
    page.get_by_role("tab", name="Along the width").click()
    bars = page.locator(".rf-bars .is-end")  # the map above, the input below

    def place(bar, share):  # of the axis, which has 28 pixels and no padding that is drawn
        box = bars.nth(bar).bounding_box()
        return box["x"] + share * box["width"], box["y"] + box["height"] / 2

    page.mouse.move(*place(0, 0.98))
    assert told(page).startswith("s4[2, 4] sees")
    page.mouse.click(*place(0, 0.02))
    assert told(page).startswith("s4[2, 0] sees") and page.get_by_role("button", name="Unpin").is_visible()
    page.mouse.click(*place(1, 0.5))
    assert re.match(r"Pixel \[14, 1[34]\] reaches", told(page))


def test_touch_pins(visit):
    page = visit("lenet", has_touch=True, width=400)
    point(page, "map", 1, 1, "tap")
    assert told(page).startswith("s4[1, 1] sees") and page.get_by_role("button", name="Unpin").is_visible()
    point(page, "input", 6, 6, "tap")
    assert told(page).startswith("Pixel [6, 6] reaches")


def test_one_axis_stands_as_a_pyramid_with_torchs_counts(visit):
    page = visit("lenet")
    point(page, "map", 2, 3, "click")
    page.get_by_role("tab", name="Along the width").click()
    bars = page.locator(".rf-bar-count:visible").all_inner_texts()
    model, image = network(LENET[:4]), torch.ones(1, 1, 28, 28, dtype=torch.float64)
    maps = [image.requires_grad_()]
    for layer in model:
        maps.append(layer(maps[-1]))
    gradients = torch.autograd.grad(maps[-1][0, 0, 2, 3], maps)
    expected = [f"{int((g[0, 0].sum(0) > 0).sum())} of {g.shape[3]}" for g in gradients]
    assert bars == expected[::-1]
    assert "Ways: spread" in page.locator(".rf-ways").inner_text()


def test_a_graph_is_told_as_a_bound_with_the_reason(visit):
    page = visit("graph")
    assert [row[6] for row in table(page)] == ["bound"] * 4 + ["all"]
    note = page.locator(".cw-note:visible").first.inner_text()
    assert "a bound" in note and "Layer short starts from an earlier map" in note
    assert (
        page.get_by_label("Kernel size").count() == 0
        or not page.get_by_label("Kernel size").first.is_visible()
    )
    point(page, "map", 4, 4)
    assert rectangle(page, "input", "lit") == [1, 1, 7, 7]
    page.get_by_role("row", name=re.compile("^head ")).click()
    assert told(page) == "head[0, 0] depends on the whole input."


def test_a_measured_field_is_drawn_for_its_unit_alone(visit):
    page = visit("measured")
    text = page.locator(".rf-measured").inner_text()
    assert "span 16 × 16 pixels, the window 16 × 16" in text
    image = page.get_by_role("application", name=re.compile("^Input")).locator("image")
    assert image.get_attribute("href").startswith("data:image/png") and image.get_attribute("width") == "28"
    point(page, "map", 0, 0)
    assert image.get_attribute("width") == "0"
    page.get_by_role("button", name="Go to s4[2, 2], which was measured").click()
    assert told(page).startswith("s4[2, 2]") and image.get_attribute("width") == "28"
    field(page, "Padding").fill("1")
    assert "as it was given" in page.locator(".rf-measured").inner_text()


def test_a_large_network_stays_small_on_the_page(visit):
    page = visit("vgg")
    assert page.locator(".course-widget *").count() < 3000
    took = page.evaluate("""() => {
        const plane = document.querySelectorAll('.rf-plane')[0], box = plane.getBoundingClientRect();
        const start = performance.now();
        for (let i = 0; i < 7; i++) plane.dispatchEvent(new PointerEvent('pointermove', {
            clientX: box.left + box.width * (i + 0.5) / 7, clientY: box.top + 5, pointerType: 'mouse', bubbles: true}));
        return (performance.now() - start) / 7;
    }""")
    assert took < 50


def test_what_the_reader_changes_is_python_s_to_read_and_the_other_way(visit):
    page = visit("lenet")
    browser.render_live(page, "receptive_field", receptive_field("lenet5", layer="s4").state())
    steps = [
        lambda: field(page, "Stride").fill("1"),
        lambda: page.get_by_role("button", name="Add after").click(),
        lambda: point(page, "map", 1, 2, "click"),
        lambda: page.get_by_label("Task").check(),
        lambda: page.get_by_label("Network").select_option("resnet18"),
        lambda: page.get_by_role("button", name="Reset").click(),
    ]
    for step in steps:
        before = page.evaluate("live.saved")
        step()
        assert page.evaluate("live.saved") > before
        state = page.evaluate("live.state")
        assert (
            receptive_field(**state).state() == state
        )  # nothing that Python would refuse or write otherwise
    before = page.evaluate("live.saved")
    field(page, "Stride").fill("0")
    assert page.evaluate("live.saved") == before
    page.evaluate("layers => live.python({ layers })", receptive_field("vgg16").layers[:2])
    assert [row[0] for row in table(page)] == ["conv1_1", "conv1_2"] and table(page)[1][3] == "5×5"
