"""The page of the upsampling widget in a browser: every method, overlap, impulse, gradient, what it refuses."""

import re

import browser
import numpy as np
import pytest
import torch
from browser import cell, field, grid, numbers, outlined, sentence
from test_widget_upsampling import torch_upsampling
from torch.nn import functional as F

from course_lib.widgets import upsampling, upsampling_rules
from course_lib.widgets.upsampling import START


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {method: upsampling(method, (3, 4)) for method in upsampling_rules.METHODS}
    pages["large"] = upsampling("transposed", (6, 6), 7, scale=4, output_padding=3)
    with browser.serve_widgets(tmp_path_factory.mktemp("upsampling"), pages) as one:
        yield one


def state_of(page, method, **settings):
    """The state that the page shows, as far as torch needs it."""
    kernel = numbers(page, "Kernel") if grid(page, "Kernel").count() else np.ones((1, 1))
    state = {"method": method, "scale": 2, "padding": 0, "output_padding": 0, "align_corners": False}
    state |= {"switches": [[START["switches"](i, j) for j in range(6)] for i in range(6)]} | settings
    return state, torch.tensor(numbers(page, "Input")), torch.tensor(kernel)


def check_output(page, method, **settings):
    expected = torch_upsampling(*state_of(page, method, **settings))
    np.testing.assert_allclose(numbers(page, "Output"), expected, rtol=5e-3, atol=5e-3)


@pytest.mark.parametrize("method", upsampling_rules.METHODS)
def test_every_method_shows_torchs_output_and_hover_outlines_its_slopes(visit, method):
    page = visit(method)
    check_output(page, method)
    state, x, kernel = state_of(page, method)
    slopes = torch.autograd.functional.jacobian(lambda x: torch_upsampling(state, x, kernel), x)
    for row, column in [(0, 0), (3, 4), (5, 7)]:
        cell(page, "Output", row, column).hover()
        expected = {tuple(place) for place in slopes[row, column].nonzero().tolist()}
        assert outlined(page, "Input") == expected
        if grid(page, "Kernel").count():
            at_kernel = torch.autograd.functional.jacobian(lambda w: torch_upsampling(state, x, w), kernel)
            weights = {tuple(place) for place in at_kernel[row, column].nonzero().tolist()}
            assert outlined(page, "Kernel") == weights
        value = float(torch_upsampling(state, x, kernel)[row, column])
        if expected:
            assert float(
                sentence(page).rstrip(".").split("Channel")[0].split("=")[-1].strip(" .")
            ) == pytest.approx(value, rel=1e-3)
    for row, column in [(0, 0), (2, 3)]:
        cell(page, "Input", row, column).hover()
        expected = {tuple(place) for place in slopes[:, :, row, column].nonzero().tolist()}
        assert outlined(page, "Output") == expected
        assert f"feeds {len(expected)} output" in sentence(page)
        tags = grid(page, "Output").locator("[data-tag]").all()
        weights = sorted(float(tag.get_attribute("data-tag")[1:].replace("−", "-")) for tag in tags)
        there = sorted(slopes[:, :, row, column][slopes[:, :, row, column] != 0].tolist())
        np.testing.assert_allclose(weights, there, rtol=1e-2, atol=6e-4)


def test_settings_and_typed_values_reach_the_output(visit):
    page = visit("transposed")
    field(page, "Padding").fill("1")
    field(page, "Output padding").fill("1")
    field(page, "Kernel size").fill("4")
    cell(page, "Input", 1, 1).click()
    page.keyboard.type("-7.5")
    page.keyboard.press("Enter")
    cell(page, "Kernel", 3, 0).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert numbers(page, "Input")[1, 1] == -7.5 and numbers(page, "Kernel")[3, 0] == 5
    check_output(page, "transposed", padding=1, output_padding=1)
    assert "(3 − 1)·2 − 2·1 + 4 + 1 = 7" in page.locator(".cw-sizes").inner_text()
    page.get_by_label("Method").select_option("bilinear")
    page.get_by_label("align_corners").check()
    check_output(page, "bilinear", align_corners=True)
    page.get_by_label("Method").select_option("bicubic")
    check_output(page, "bicubic", align_corners=True)
    page.get_by_label("Method").select_option("pixel_shuffle")
    field(page, "Upscale factor").fill("3")
    assert numbers(page, "Kernel").shape == (3, 3)
    check_output(page, "pixel_shuffle", scale=3)
    page.get_by_label("Method").select_option("max_unpool")
    cell(page, "Switches", 0, 0).click()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    switches = np.array([[START["switches"](i, j) for j in range(6)] for i in range(6)])
    switches[0, 0] = 8
    check_output(page, "max_unpool", scale=3, switches=switches.tolist())
    page.get_by_role("button", name="Reset").click()
    check_output(page, "transposed")


def test_the_overlap_is_torchs_and_both_buttons_mend_it(visit):
    page = visit("transposed")
    page.get_by_role("tab", name="Overlap").click()
    expected = F.conv_transpose2d(torch.ones(1, 1, 3, 4), torch.ones(1, 1, 3, 3), stride=2)[0, 0]
    np.testing.assert_array_equal(numbers(page, "Overlap"), expected)
    verdict = page.locator(".cw-verdict")
    assert "3 mod 2 = 1" in verdict.inner_text() and "from 1 to 4 products, 4 times" in verdict.inner_text()
    verdict.get_by_role("button", name="Kernel 4 × 4").click()
    assert "4 mod 2 = 0" in verdict.inner_text() and "Checkerboard 0 %" in verdict.inner_text()
    assert field(page, "Kernel size").input_value() == "4"
    inside = numbers(page, "Overlap")[2:-2, 2:-2]
    assert inside.min() == inside.max() == 4
    field(page, "Kernel size").fill("1")
    assert "there are holes" in verdict.inner_text() and numbers(page, "Overlap").min() == 0
    field(page, "Kernel size").fill("3")
    verdict.get_by_role("button", name="Resize, then convolve").click()
    assert page.get_by_label("Method").input_value() == "resize_conv"
    inside = numbers(page, "Overlap")[1:-1, 1:-1]
    assert inside.min() == inside.max() == 9
    page.get_by_role("tab", name="Output").click()
    check_output(page, "resize_conv")


def test_one_impulse_goes_through_all_methods(visit):
    page = visit("transposed")
    cell(page, "Input", 1, 2).hover()
    page.get_by_role("tab", name="One impulse").click()
    assert "Input cell [1, 2]" in page.locator(".cw-tab-panel:visible").inner_text()
    x = torch.zeros(3, 4, dtype=torch.float64)
    x[1, 2] = 1
    state, _, _ = state_of(page, "transposed")
    tiles = page.locator(".cw-tile").all()
    assert len(tiles) == len(upsampling_rules.METHODS)
    for tile, method in zip(tiles, upsampling_rules.METHODS):
        size = 2 if method == "pixel_shuffle" else 3
        kernel = [[START["kernel"](i, j) for j in range(size)] for i in range(size)]
        output = torch_upsampling(state | {"method": method}, x, torch.tensor(kernel, dtype=torch.float64))
        number, total = re.search(r"(\d+) outputs? .*sum ([−\d.]+?)\.? ", tile.inner_text()).groups()
        assert int(number) == int((output != 0).sum()) == tile.locator("rect").count()
        assert float(total.replace("−", "-")) == pytest.approx(float(output.sum()), rel=1e-3)


def test_the_gradient_is_torchs(visit):
    for method in ("transposed", "bicubic", "resize_conv"):
        page = visit(method)
        state, x, kernel = state_of(page, method)
        page.get_by_role("tab", name="Gradient").click()
        tensors = [x.requires_grad_(), kernel.requires_grad_()]
        torch_upsampling(state, *tensors).sum().backward()
        np.testing.assert_allclose(numbers(page, "∂L/∂input"), x.grad, rtol=5e-3)
        if kernel.grad is not None:
            np.testing.assert_allclose(numbers(page, "∂L/∂kernel"), kernel.grad, rtol=5e-3)
        page.get_by_role("tab", name="PyTorch").click()
        exec(page.locator(".cw-code code").inner_text(), {})


def test_illegal_numbers_are_told_never_stale_and_mended_with_one_press(visit):
    page = visit("transposed")
    wrong = [("Stride", "0"), ("Stride", "9"), ("Stride", "1.5"), ("Kernel size", "99"), ("Kernel size", ""),
             ("Padding", "-1"), ("Padding", "5"), ("Output padding", "2"), ("Input height", "0"),
             ("Input width", "7"), ("Input width", "1e9")]  # fmt: skip
    for label, text in wrong:
        field(page, label).fill(text)
        refusal = page.locator(".cw-refusal:visible")
        assert re.match(r"No output\. .+\.", refusal.inner_text()), (label, text)
        assert grid(page, "Output").count() == 0
        message = page.locator(".cw-problem:visible")
        assert re.match(r"[A-Z].+\.\sUse \d+", message.inner_text())
        message.get_by_role("button").click()
        assert grid(page, "Output").count() == 1, (label, text)
        page.get_by_role("button", name="Reset").click()
        check_output(page, "transposed")
    field(page, "Padding").fill("5")
    page.get_by_label("Method").select_option("nearest")  # which has no padding
    check_output(page, "nearest")


def test_keyboard_and_touch(visit):
    page = visit("transposed")
    cell(page, "Output", 0, 0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    pinned = outlined(page, "Input")
    assert page.get_by_role("button", name="Unpin").is_visible()
    page.keyboard.press("End")
    assert outlined(page, "Input") == pinned
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    assert outlined(page, "Input") != pinned and sentence(page).startswith("output[2, 8]")
    page = visit("transposed", has_touch=True, width=360)
    cell(page, "Input", 1, 1).tap()
    assert sentence(page).startswith("input[1, 1]") and page.locator(".cw-editor").count() == 0
    cell(page, "Input", 1, 1).tap()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    assert numbers(page, "Input")[1, 1] == 9
    check_output(page, "transposed")


def test_the_largest_state_keeps_to_the_budget_of_cells(visit):
    page = visit("large")
    assert numbers(page, "Output").shape == (30, 30)
    assert page.locator(".cw-cell").count() <= 3000


def test_the_model_gets_what_the_reader_changes_and_the_page_what_python_sets(visit):
    page = visit("transposed")
    browser.render_live(page, "upsampling", upsampling(input=(3, 4)).state())
    assert page.evaluate("live.saved") == 0
    field(page, "Stride").fill("3")
    page.get_by_label("Method").select_option("resize_conv")
    cell(page, "Kernel", 0, 1).click()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    state = page.evaluate("live.state")
    assert (state["scale"], state["method"], state["kernel"][0][1]) == (3, "resize_conv", 8)
    widget = upsampling(**state)
    assert widget.state() == state and page.evaluate("live.saved") == 3
    np.testing.assert_allclose(numbers(page, "Output"), widget.output, rtol=5e-3)
    field(page, "Scale").fill("9")  # not legal: the model keeps the last legal state
    assert page.evaluate("live.state.scale") == 3
    page.evaluate("live.python({scale: 2})")
    assert field(page, "Scale").input_value() == "2" and numbers(page, "Output").shape == (6, 8)
    page.evaluate("live.stop()")
    assert page.evaluate("live.listeners()") == 0


def test_a_number_that_is_no_switch_is_refused_and_the_switch_stays(visit):
    page = visit("max_unpool")
    before = numbers(page, "Switches")
    cell(page, "Switches", 0, 0).click()
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    note = page.locator(".cw-grid-box .cw-problem:visible")
    assert note.inner_text().startswith("7 is no place in a window: type a whole number from 0 to 3.")
    assert (numbers(page, "Switches") == before).all()
    page.keyboard.press("Space")


def test_the_kernel_comes_back_after_pixel_shuffle_and_a_new_method_pins_nothing(visit):
    page = visit("transposed")
    size = numbers(page, "Kernel").shape
    cell(page, "Output", 0, 1).press("Space")
    assert page.get_by_role("button", name="Unpin").is_visible()
    page.get_by_label("Method").select_option("pixel_shuffle")
    assert numbers(page, "Kernel").shape != size and page.get_by_role("button", name="Unpin").count() == 0
    page.get_by_label("Method").select_option("transposed")
    assert numbers(page, "Kernel").shape == size
    cell(page, "Output", 0, 1).press("Space")
    page.get_by_role("button", name="Unpin").press("Enter")
    assert cell(page, "Output", 0, 1).evaluate("one => one === document.activeElement")


@pytest.mark.parametrize("method, weight", [("bilinear", "0.5625"), ("transposed", "kernel[1, 2]")])
def test_the_matrix_names_what_stands_in_a_row(visit, method, weight):
    page = visit(method)
    state, x, kernel = state_of(page, method)
    rows, columns = (grid(page, name).locator("[role=gridcell]").count() for name in ("Output", "Input"))
    page.get_by_role("tab", name="As a matrix").click()
    panel = page.get_by_role("tabpanel")
    assert (
        panel.get_by_text(f"{rows} × {columns}, a row for each output, a column for each input").count() == 1
    )
    colours = "canvas => [...canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data]"
    painted = np.reshape(panel.locator("canvas").evaluate(colours), (rows, columns, 4))
    slopes = torch.autograd.functional.jacobian(lambda x: torch_upsampling(state, x, kernel), x)
    slopes = slopes.reshape(rows, columns).numpy()
    page_colour = painted[slopes == 0][0]
    assert ((painted == page_colour).all(-1) == (slopes == 0)).all()
    cells = panel.get_by_role("gridcell").filter(has_text=re.compile(r"\d"))
    page.mouse.move(0, 0)  # or the page, as it scrolls, brings other cells under the pointer
    cells.nth(cells.count() // 2).focus()
    told = panel.locator(".cw-matrix .cw-sentence").inner_text()
    assert re.match(r"Row output\[\d, \d\], column input\[\d, \d\]: \S.*\d.*\.", told)
    assert weight in " ".join(hovered(page, panel))


def hovered(page, panel):
    """What is told of each cell of the matrix's numbers, walked through by keys."""
    panel.get_by_role("gridcell").first.focus()
    for _ in range(12):
        for _ in range(12):
            yield panel.locator(".cw-matrix .cw-sentence").inner_text()
            page.keyboard.press("ArrowRight")
        page.keyboard.press("Home")
        page.keyboard.press("ArrowDown")
