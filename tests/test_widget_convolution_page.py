"""The convolution widget's page beyond one channel: channels, gradients, player, questions, examples, address."""

import re

import browser
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from browser import cell, field, grid, numbers, outlined, sentence

from course_lib.widgets import convolution

STATES = {
    "channels": {
        "input": (2, 5, 5),
        "kernel": (2, 2, 3, 3),
        "bias": True,
        "padding": 1,
        "padding_mode": "reflect",
    },
    "grouped": {"input": (4, 4, 4), "kernel": (4, 2, 3, 3), "groups": 2},
    "transposed": {
        "input": 3,
        "stride": 2,
        "output_padding": 1,
        "padding": 1,
        "operation": "conv_transpose2d",
    },
    "max": {"input": (2, 5, 5), "kernel": 2, "stride": 2, "operation": "max_pool2d"},
    "average": {"input": 5, "stride": 2, "padding": 1, "operation": "avg_pool2d", "count_include_pad": False},
    "ask": {"input": 6, "padding": 1, "stride": 2, "ask": True},
    "plain": {"input": 5},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {name: convolution(**state) for name, state in STATES.items()}
    with browser.serve_widgets(tmp_path_factory.mktemp("convolution"), pages) as one:
        yield one


def tab(page, name):
    page.get_by_role("tab", name=name).click()


def test_each_channel_has_its_panels_and_the_parts_add_up(visit):
    page, widget = visit("channels"), convolution(**STATES["channels"])
    for filter in (0, 1):
        page.get_by_label("Filter").last.select_option(str(filter))
        np.testing.assert_allclose(numbers(page, f"Output [{filter}]"), widget.output[filter])
        parts = sum(numbers(page, f"Part [{filter}, {channel}]") for channel in (0, 1))
        np.testing.assert_allclose(parts + widget.bias[filter], widget.output[filter])
        assert numbers(page, f"Bias [{filter}]").tolist() == [[widget.bias[filter]]]
    padded = F.pad(torch.tensor(widget.input)[None], (1, 1, 1, 1), mode="reflect")[0]
    np.testing.assert_allclose(numbers(page, "Input [1]"), padded[1])
    output = grid(page, "Output [1]").locator(".cw-cell").nth(7)
    output.hover()
    lines = page.locator(".cw-sum").all_inner_texts()
    assert [line.split(" = ")[0] for line in lines[:2]] == ["channel 0", "channel 1"]
    assert re.fullmatch(r"output\[1, 1, 2\] = .+ \+ .+ \+ 2 \(bias\) = .+", lines[2])
    assert len(outlined(page, "Kernel [1, 0]")) == len(outlined(page, "Input [1]")) == 9
    assert outlined(page, "Part [1, 1]") == {(1, 2)}


def test_channels_filters_and_groups_change_on_the_page(visit):
    page = visit("plain")
    page.locator("summary").click()
    field(page, "Channels").fill("4")
    field(page, "Filters").fill("6")
    field(page, "Groups (dense), slider").press("ArrowRight")  # from one that is possible to the next
    assert grid(page, "Kernel [0, 1]").is_visible() and grid(page, "Kernel [0, 2]").count() == 0
    field(page, "Filters").fill("4")
    field(page, "Groups").fill("3")
    message = page.locator(".cw-problem:visible").first
    assert message.inner_text().startswith(
        "Groups must divide both channels and filters: 3 does not divide 4 and 4."
    )
    field(page, "Groups").fill("4")
    assert field(page, "Groups (depthwise)").is_visible()
    assert grid(page, "Part [0, 0]").count() == 0 and grid(page, "Output [0]").is_visible()
    field(page, "Channels").fill("3")
    message = page.locator(".cw-problem:visible").first
    assert "Groups must divide both" in message.inner_text() and grid(page, "Output [0]").count() == 0
    message.get_by_role("button").click()
    assert grid(page, "Output [0]").is_visible()
    field(page, "Channels").fill("9")
    assert "must be a whole number from 1 to 8" in page.locator(".cw-problem:visible").first.inner_text()


@pytest.mark.parametrize("name", ["channels", "grouped", "transposed", "max", "average"])
def test_gradients_on_the_page_are_torchs(visit, name):
    page, widget = visit(name), convolution(**STATES[name])
    conv = widget.conv
    x = torch.tensor(np.reshape(widget.input, (1, conv["channels"], *conv["input"])), requires_grad=True)
    shape = (1, 1, *conv["kernel"]) if name in ("max", "average") else np.shape(widget.kernel)
    w = torch.tensor(np.array(widget.kernel, float).reshape(shape if len(shape) == 4 else (1, 1, *shape)))
    w.requires_grad_()
    many = conv["channels"] > 1
    y = {
        "channels": lambda: F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), w),
        "grouped": lambda: F.conv2d(x, w, groups=2),
        "transposed": lambda: F.conv_transpose2d(x, w, stride=2, padding=1, output_padding=1),
        "max": lambda: F.max_pool2d(x, 2, 2),
        "average": lambda: F.avg_pool2d(x, 3, 2, 1, count_include_pad=False),
    }[name]()
    tab(page, "∂L/∂input")
    grad_output = torch.ones_like(y)
    grad_output[0, 0, 0, 1] = 3
    grid(page, "∂L/∂output [0]" if conv["filters"] > 1 else "∂L/∂output").locator(".cw-cell").nth(1).click()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    y.backward(grad_output)
    found = numbers(page, "∂L/∂input [0]" if many else "∂L/∂input")
    np.testing.assert_allclose(found, x.grad[0, 0], rtol=1e-3, atol=1e-3)
    if name in ("max", "average"):
        tab(page, "∂L/∂kernel")
        assert "A pool has no weights" in page.locator(".cw-note:visible").last.inner_text()
        return
    tab(page, "∂L/∂kernel")
    found = numbers(page, "∂L/∂kernel [0, 1]" if many else "∂L/∂kernel")
    np.testing.assert_allclose(found, w.grad[0, 1 if many else 0], rtol=1e-3)
    tab(page, "∂L/∂bias")
    assert numbers(page, "∂L/∂bias [0]").tolist() == [[grad_output[0, 0].sum().item()]]


def test_all_three_directions_answer_in_the_gradient_tabs(visit):
    page = visit("channels")
    tab(page, "∂L/∂input")
    grid(page, "∂L/∂input [0]").locator(".cw-cell").nth(12).hover()
    assert len(outlined(page, "∂L/∂output [0]")) == 9 and len(outlined(page, "Kernel [1, 0]")) == 9
    assert sentence(page).startswith("∂L/∂input[0, 2, 2] = 1 × ")
    grid(page, "∂L/∂output [1]").locator(".cw-cell").nth(12).hover()
    assert len(outlined(page, "∂L/∂input [0]")) == 9 and "reaches 18 inputs" in sentence(page)
    grid(page, "Kernel [0, 0]").locator(".cw-cell").nth(4).hover()
    assert len(outlined(page, "∂L/∂output [0]")) == 25
    tab(page, "∂L/∂kernel")
    grid(page, "∂L/∂kernel [0, 1]").locator(".cw-cell").nth(4).hover()
    assert len(outlined(page, "Input [1]")) == 25 and len(outlined(page, "∂L/∂output [0]")) == 25
    tab(page, "∂L/∂bias")
    grid(page, "∂L/∂bias [0]").locator(".cw-cell").first.hover()
    assert len(outlined(page, "∂L/∂output [0]")) == 25


def test_symbols_and_numbers_are_tied_to_the_cells(visit):
    page = visit("plain")
    cell(page, "Output", 1, 1).click()
    page.get_by_label("symbols").check()
    assert sentence(page).startswith("output[1, 1] = input[1, 1] × kernel[0, 0] + input[1, 2] × kernel[0, 1]")
    term = page.locator(".cw-term").nth(4)
    term.hover()
    assert outlined(page, "Input") == {(2, 2)} and outlined(page, "Kernel") == {(1, 1)}
    cell(page, "Kernel", 2, 2).hover()  # pinned: the product in which it stands is marked
    assert page.locator(".cw-term.is-named").all_inner_texts() == ["input[3, 3] × kernel[2, 2]"]
    page.get_by_label("symbols").uncheck()
    assert re.match(r"output\[1, 1\] = -?\d", sentence(page))


def test_a_brush_paints_by_mouse_and_by_keys(visit):
    page = visit("plain")
    page.get_by_label("brush", exact=True).check()
    field(page, "Brush, value").fill("7")
    cell(page, "Input", 0, 0).hover()
    page.mouse.down()
    for column in (1, 2, 3):
        cell(page, "Input", 0, column).hover()
    page.mouse.up()
    cell(page, "Input", 0, 4).hover()
    cell(page, "Kernel", 1, 1).focus()
    page.keyboard.press("Enter")
    painted = numbers(page, "Input")
    start = np.array(convolution(5).input)
    assert painted[0, :4].tolist() == [7, 7, 7, 7] and painted[0, 4] == start[0, 4]
    assert (painted[1:] == start[1:]).all() and numbers(page, "Kernel")[1, 1] == 7
    browser.check_output(page)
    page.get_by_label("brush", exact=True).uncheck()
    cell(page, "Input", 2, 2).click()
    assert page.locator(".cw-editor").count() == 1


def test_the_layer_is_a_matrix_too(visit):
    page = visit("plain")
    tab(page, "As a matrix")
    told, table = (
        page.locator(".cw-sentence:visible"),
        page.get_by_role("grid", name=re.compile(" a row for each ")),
    )
    assert table.get_attribute("aria-label").startswith(
        "9 × 25, a row for each output, a column for each input"
    )
    assert told.inner_text() == "Row output[0, 0], column input[0, 0]: kernel[0, 0] = −1, in 9 cells."
    table.get_by_role("gridcell").first.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    assert told.inner_text() == "Row output[0, 1], column input[0, 2]: kernel[0, 1] = 0, in 9 cells."
    assert table.locator(".is-linked").count() == 9
    table.get_by_role("gridcell").nth(24).hover()
    assert told.inner_text() == "Row output[0, 0], column input[4, 4]: empty."
    page.get_by_label("Form").select_option("transposed")
    assert table.get_attribute("aria-label").startswith(
        "25 × 9, a row for each input, a column for each output"
    )
    page.get_by_label("Form").select_option("im2col")
    assert told.inner_text().startswith("Row kernel[0, 0], column output[0, 0]: input[0, 0] = 0")


def test_flip_turns_the_kernel(visit):
    page, widget = visit("plain"), convolution(5)
    page.locator("summary").click()
    page.get_by_label("true convolution").check()
    flipped = np.array(widget.kernel)[::-1, ::-1].copy()
    np.testing.assert_allclose(numbers(page, "Output"), convolution(5, flipped).output)
    np.testing.assert_allclose(numbers(page, "Kernel"), widget.kernel)


def test_padding_for_each_side_and_in_each_mode(visit):
    page = visit("plain")
    page.locator("summary").click()
    page.get_by_label("padding for each side").check()
    field(page, "Padding, left").fill("2")
    field(page, "Padding, bottom").fill("1")
    for mode in ("zeros", "reflect", "replicate", "circular"):
        page.get_by_label("Padding mode").select_option(mode)
        expected = convolution(5, padding=((0, 1), (2, 0)), padding_mode=mode)
        np.testing.assert_allclose(numbers(page, "Output"), expected.output)
    assert "0 top, 1 bottom, 2 left, 0 right" in page.locator(".cw-note:visible").all_inner_texts()
    page.get_by_label("Padding mode").select_option("reflect")
    field(page, "Padding, left").fill("5")
    assert "can add at most 4 columns on each side" in page.locator(".cw-problem:visible").first.inner_text()


def test_the_player_steps_over_the_output(visit):
    page = visit("plain")
    button = {
        name: page.get_by_role("button", name=name, exact=True)
        for name in ("Play", "One step on", "To the start")
    }
    button["One step on"].click()
    assert sentence(page).startswith("output[0, 1]") and page.locator(".cw-place").inner_text() == "2 of 9"
    page.get_by_label("Position, position").fill("5")
    assert sentence(page).startswith("output[1, 2]")
    page.get_by_label("Speed").select_option("8")
    button["Play"].click()
    page.wait_for_function("document.querySelector('.cw-sentence').innerText.startsWith('output[2, 2]')")
    page.get_by_role("button", name="Play", exact=True).wait_for()  # it stops at the end
    button["To the start"].click()
    assert sentence(page).startswith("output[0, 0]")
    cell(page, "Output", 2, 0).focus()
    assert page.locator(".cw-place").inner_text() == "7 of 9"


def test_a_question_comes_first_and_a_wrong_reply_is_explained(visit):
    page = visit("ask")
    assert (
        grid(page, "Output").count() == 0
        and "3 × 3" not in page.locator(".cw-figure").inner_text().split("Output")[1]
    )
    assert page.locator(".cw-formula").count() == 1  # the rule, without its numbers put in
    check = page.get_by_role("button", name="Check")
    field(page, "output height").fill("5")
    field(page, "output width").fill("2")
    check.click()
    told = page.locator(".cw-ask").inner_text()
    assert (
        "Height 5 is not right" in told
        and "Width 2 is not right" in told
        and "the padding is missing" in told
    )
    field(page, "output width").fill("x")
    check.click()
    assert "Type a number in each field." in page.locator(".cw-ask").inner_text()
    for axis in ("height", "width"):
        field(page, f"output {axis}").fill("3")
    check.click()
    assert set(grid(page, "Output").locator(".cw-cell").all_inner_texts()) == {"?"}
    output = convolution(**STATES["ask"]).output
    cell(page, "Output", 1, 1).click()
    field(page, "its value").fill("1234")
    check.click()
    assert "1234 is not right" in page.locator(".cw-ask").inner_text()
    field(page, "its value").fill(str(output[1][1]))
    check.click()
    np.testing.assert_allclose(numbers(page, "Output"), output)
    field(page, "Stride").fill("1")  # a new layer, a new question
    assert grid(page, "Output").count() == 0
    page.get_by_role("button", name="Show me").click()
    page.get_by_role("button", name="Show me").click()
    assert numbers(page, "Output").shape == (6, 6)


def test_examples_and_operations(visit):
    page = visit("plain")
    page.locator("select").nth(1).select_option("Padding, strides, transposed (odd)")
    assert numbers(page, "Output").shape == (6, 6)
    assert page.locator("select").first.input_value() == "conv_transpose2d"
    field(page, "Output padding").fill("2")
    assert (
        "Output padding must be smaller than the stride 2" in page.locator(".cw-problem:visible").inner_text()
    )
    page.locator("select").nth(1).select_option("1-D causal, dilation 2")
    causal = convolution((1, 10), (1, 3), padding=((0, 0), (4, 0)), dilation=(1, 2))
    assert numbers(page, "Output").shape == np.shape(causal.output) == (1, 10)
    cell(page, "Output", 0, 4).hover()
    assert outlined(page, "Input") == {(0, 4), (0, 6), (0, 8)}  # in the padded input: none after the present
    page.locator("select").first.select_option("max_pool2d")
    assert "one padding for both sides" in page.locator(".cw-problem:visible").first.inner_text()
    page.get_by_role("button", name="Reset").click()
    page.locator("select").first.select_option("adaptive_avg_pool2d")
    assert numbers(page, "Output").shape == (1, 1)
    field(page, "Output size").fill("2")
    np.testing.assert_allclose(
        numbers(page, "Output"),
        convolution(5, operation="adaptive_avg_pool2d", output_size=2).output,
        rtol=1e-3,
    )


def test_max_pooling_routes_the_gradient_to_the_largest(visit):
    page = visit("max")
    grid(page, "Output [0]").locator(".cw-cell").first.hover()
    assert re.match(r"output\[0, 0, 0\] = max\(.+\) = 6, at input\[0, 0, 1\]", sentence(page))
    tab(page, "∂L/∂input")
    routed = numbers(page, "∂L/∂input [0]")
    assert routed.sum() == 4 and routed[0, 1] == 1 and routed[0, 0] == 0


def test_the_code_on_the_page_runs(visit):
    page = visit("channels")
    tab(page, "PyTorch")
    text = page.get_by_role("region", name="PyTorch").inner_text()
    assert 'F.pad(x, (1, 1, 1, 1), mode="reflect")' in text
    exec(compile(text, "page", "exec"), {})


@pytest.mark.parametrize("name", ["channels", "max", "ask"])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing_in_any_tab(visit, name, dark):
    page = visit(name, dark=dark)
    page.locator("summary").click()
    page.get_by_label("padding for each side").check() if name == "channels" else None
    for one in page.get_by_role("tab").all():
        one.click()
        assert browser.axe(page, ".course-widget") == [], one.inner_text()


@pytest.mark.parametrize("name", ["channels", "average", "ask"])
def test_a_phone_needs_no_sideways_scroll_in_any_tab(visit, name):
    page = visit(name, width=browser.PHONE_PX, height=700)
    page.locator("summary").click()
    for one in page.get_by_role("tab").all():
        one.click()
        assert browser.sideways_px(page) <= 0, one.inner_text()
