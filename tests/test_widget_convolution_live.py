"""The convolution widget's page on a live model and at an address: echoes, links, the reader's photograph, ReLU."""

import io
import re

import browser
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from browser import cell, field, grid, numbers, sentence

from course_lib.widgets import convolution
from course_lib.widgets.convolution import Convolution

STATES = {
    "plain": {"input": 5},
    "other": {"input": 6, "padding": 2, "stride": 2, "bias": True},
    "relu": {"input": 5, "bias": True, "activation": "relu"},
    "ask": {"input": 5, "ask": True},
    "empty_window": {"input": [[5]], "kernel": 2, "padding": 1, "dilation": 2, "operation": "max_pool2d"},
    "large": {"input": (1, 14, 14), "kernel": (1, 1, 11, 11), "padding": 5},
    "matrix": {"input": 5, "view": "matrix"},
    "channels": {"input": (3, 5, 5), "kernel": (2, 3, 3, 3)},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {name: convolution(**state) for name, state in STATES.items()}
    with browser.serve_widgets(tmp_path_factory.mktemp("convolution"), pages, inline=True) as one:
        yield one


def tab(page, name):
    page.get_by_role("tab", name=name).click()


# ---- a live model --------------------------------------------------------------------------------


def test_padding_for_each_side_stays_on_though_python_answers(visit):
    page = visit("empty")
    browser.render_live(page, "convolution", convolution(5).state())
    page.locator("summary").click()
    page.get_by_label("padding for each side").check()
    state = page.evaluate("live.state")
    assert state["padding"] == [[0, 0], [0, 0]] and Convolution.check(state) == state
    page.evaluate("state => live.python(state)", Convolution.check(state))
    assert page.get_by_label("padding for each side").is_checked()
    field(page, "Padding, left").fill("2")
    state = page.evaluate("live.state")
    page.evaluate("state => live.python(state)", Convolution.check(state))
    assert state["padding"] == [[0, 0], [2, 0]] and field(page, "Padding, left").input_value() == "2"
    page.get_by_label("padding for each side").uncheck()
    assert Convolution.check(page.evaluate("live.state"))["padding"] == [0, 2]


def test_a_live_widget_leaves_the_address_alone_and_listens_to_nothing_after_its_end(visit):
    page = visit("empty", "#cell-3")
    browser.render_live(page, "convolution", convolution(5).state())
    assert not page.get_by_role("button", name="Copy link").is_visible()
    field(page, "Padding").fill("1")
    page.wait_for_timeout(500)
    assert page.evaluate("location.hash") == "#cell-3"
    page.evaluate("live.stop()")
    assert page.evaluate("live.listeners()") == 0


# ---- the address ---------------------------------------------------------------------------------


def test_a_notebooks_address_is_not_rewritten_by_an_output_that_brings_its_script(visit):
    page = visit("plain-inline", "#cell-3")
    assert not page.get_by_role("button", name="Copy link").is_visible()
    field(page, "Padding").fill("1")
    page.wait_for_timeout(500)
    assert page.evaluate("location.hash") == "#cell-3"


def test_the_state_is_in_the_address_and_comes_back(visit):
    page = visit("plain")
    field(page, "Padding").fill("2")
    tab(page, "∂L/∂input")
    page.wait_for_function("location.hash.includes('input_grad')")
    end = "#" + page.evaluate("location.hash").removeprefix("#")
    again = visit("plain", end)
    assert field(again, "Padding").input_value() == "2"
    assert again.get_by_role("tab", name="∂L/∂input").get_attribute("aria-selected") == "true"
    again.get_by_role("button", name="Reset").click()
    again.wait_for_function("!location.hash.includes('convolution')")
    wrong = visit("plain", "#convolution-0=%7B%22stride%22%3A%5B0%2C1%5D%7D&top")
    assert field(wrong, "Stride").input_value() == "1" and numbers(wrong, "Output").shape == (3, 3)
    field(wrong, "Stride").fill("2")
    wrong.wait_for_function("location.hash.startsWith('#top&convolution-0=')")


def test_a_link_means_the_same_whatever_the_page_says_later(visit):
    page = visit("plain")
    page.get_by_label("ReLU", exact=True).check()
    page.wait_for_function("location.hash.includes('convolution-0=')")
    later = visit("other", page.evaluate("location.hash"))
    np.testing.assert_array_equal(numbers(later, "Output"), numbers(page, "Output"))
    assert field(later, "Padding").input_value() == "0" and grid(later, "Bias").count() == 0
    page.get_by_role("button", name="Reset").click()
    page.wait_for_function("location.hash === ''")
    page.get_by_role("button", name="Copy link").click()  # even the page's own state is told whole
    assert numbers(visit("other", page.evaluate("location.hash")), "Output").shape == (3, 3)


def test_a_changed_address_is_taken_over_and_an_anchor_loses_nothing(visit):
    page = visit("plain")
    field(page, "Padding").fill("2")
    page.wait_for_function("location.hash.includes('convolution-0=')")
    old = page.evaluate("location.hash")
    field(page, "Padding").fill("1")
    page.wait_for_function("old => location.hash !== old", arg=old)
    page.evaluate("old => { location.hash = old; }", old)
    page.wait_for_function("document.querySelector('[aria-label=Padding]').value === '2'")
    page.evaluate("location.hash = 'top'")
    page.wait_for_timeout(100)
    assert field(page, "Padding").input_value() == "2"
    field(page, "Padding").fill("3")
    page.wait_for_function("location.hash.startsWith('#top&convolution-0=')")


# ---- ReLU ----------------------------------------------------------------------------------------


def test_a_widget_that_has_ended_no_longer_follows_the_address(visit):
    texts = []
    for padding in (2, 3):
        made = visit("plain")
        field(made, "Padding").fill(str(padding))
        made.wait_for_function("location.hash.includes('convolution-0=')")
        texts.append(made.evaluate("location.hash"))
    page = visit("plain")
    page.evaluate("document.querySelector('main').dataset.courseWidget = 'convolution'")
    browser.render_live(page, "convolution", convolution(5).state())  # the first on a page with its script
    page.evaluate("hash => { location.hash = hash; }", texts[0])
    page.wait_for_function("document.querySelector('[aria-label=Padding]').value === '2'")
    page.evaluate("live.stop()")
    page.evaluate("hash => { location.hash = hash; }", texts[1])
    page.wait_for_timeout(400)
    assert field(page, "Padding").input_value() == "2"


def test_relu_is_one_more_panel_and_gradients_go_through_it(visit):
    page, widget = visit("relu"), convolution(**STATES["relu"])
    x, w, b = (
        torch.tensor(value, requires_grad=True) for value in (widget.input, widget.kernel, widget.bias)
    )
    output = F.conv2d(x[None, None], w[None, None], b)
    y = F.relu(output)
    assert (output <= 0).any() and (output > 0).any()
    np.testing.assert_allclose(numbers(page, "Output"), output[0, 0].detach())
    np.testing.assert_allclose(numbers(page, "ReLU"), y[0, 0].detach())
    i, j = (output[0, 0] <= 0).nonzero()[0].tolist()
    cell(page, "ReLU", i, j).hover()
    assert re.match(
        rf"ReLU\[{i}, {j}\] = max\(0, output\[{i}, {j}\]\) = 0, as output\[{i}, {j}\] = ", sentence(page)
    )
    gradient = torch.ones_like(y)
    y.backward(gradient)
    tab(page, "∂L/∂input")
    np.testing.assert_allclose(numbers(page, "∂L/∂ReLU"), gradient[0, 0])
    np.testing.assert_allclose(numbers(page, "∂L/∂output"), (output[0, 0] > 0).double())
    np.testing.assert_allclose(numbers(page, "∂L/∂input"), x.grad)
    cell(page, "∂L/∂ReLU", i, j).hover()
    assert "= 1 is stopped" in sentence(page)
    tab(page, "∂L/∂kernel")
    np.testing.assert_allclose(numbers(page, "∂L/∂kernel"), w.grad)
    tab(page, "∂L/∂bias")
    assert page.locator(".cw-cell").last.inner_text() == f"{b.grad.item():g}"
    tab(page, "PyTorch")
    text = page.get_by_role("region", name="PyTorch").inner_text()
    assert "y = F.relu(F.conv2d(" in text
    exec(compile(text, "page", "exec"), {})


def test_relu_can_be_switched_and_its_gradient_typed(visit):
    page = visit("empty")
    browser.render_live(page, "convolution", convolution(5).state())
    page.get_by_label("ReLU", exact=True).check()
    assert grid(page, "ReLU").is_visible() and page.evaluate("live.state.activation") == "relu"
    tab(page, "∂L/∂bias")
    cell(page, "∂L/∂ReLU", 0, 0).click()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    cell(page, "∂L/∂output", 0, 0).click()  # what is let through cannot be typed
    assert page.locator(".cw-editor").count() == 0
    state = page.evaluate("live.state")
    assert state["grad_output"][0][0] == [3, 1, 1] and Convolution.check(state) == state
    page.get_by_label("ReLU", exact=True).uncheck()
    assert page.evaluate("live.state.activation") is None and numbers(page, "∂L/∂output")[0, 0] == 3


# ---- a photograph --------------------------------------------------------------------------------


def picture(size, kind="PNG"):
    from PIL import Image

    width, height = size
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, :, 0] = 255  # the upper half red, the lower right blue
    pixels[height // 2 :, width // 2 :, 2] = 255
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return {"name": "mine", "mimeType": f"image/{kind.lower()}", "buffer": file.getvalue()}


def wait_for_input(page, size):
    page.get_by_role("grid", name=f"Input {size}").wait_for()


def take(page, file):
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Own picture …").click()
    chooser.value.set_files(file)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_photograph_of_the_readers_own_stands_in_the_input(visit, kind):
    page = visit("plain")
    take(page, picture((640, 320), kind))
    wait_for_input(page, "16 × 32")
    grey = numbers(page, "Input")
    assert (
        set(np.unique(grey[:8])) == {3.0}
        and set(np.unique(grey[8:, 17:])) == {1.0}
        and (grey[8:, :15] == 0).all()
    )
    browser.check_output(page)
    assert not page.get_by_label("height = width").is_checked()
    page.get_by_role("button", name="Reset").click()
    assert numbers(page, "Input").shape == (5, 5)


def test_a_photograph_comes_in_red_green_and_blue_and_fits(visit):
    page = visit("channels")
    take(page, picture((300, 300)))
    grid(page, "Input [0]").filter(has_text="9").wait_for()
    red, green, blue = (numbers(page, f"Input [{channel}]") for channel in range(3))
    height, width = red.shape
    assert 16 <= height == width <= 32 and page.locator(".cw-problem:visible").count() == 0
    assert (
        (red[: height // 2] == 9).all()
        and (green == 0).all()
        and (blue[height // 2 + 1 :, width // 2 + 1 :] == 9).all()
    )


def test_a_file_that_is_no_picture_is_told_in_one_sentence(visit):
    page = visit("plain")
    before = numbers(page, "Input")
    take(page, {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture"})
    alert = page.get_by_role("alert").filter(has_text="The browser can read no picture in notes.png.")
    alert.wait_for()
    np.testing.assert_array_equal(numbers(page, "Input"), before)
    take(page, picture((64, 64)))
    wait_for_input(page, "32 × 32")
    assert not alert.is_visible()


def test_reset_takes_the_brush_and_the_refusal_away(visit):
    page = visit("plain")
    brush = page.get_by_label("brush", exact=True)
    brush.check()
    take(page, {"name": "notes.png", "mimeType": "image/png", "buffer": b"no picture"})
    alert = page.get_by_role("alert").filter(has_text="no picture")
    alert.wait_for()
    page.get_by_role("button", name="Reset").click()
    assert not alert.is_visible() and not brush.is_checked() and not field(page, "Brush, value").is_visible()


def test_a_photograph_fits_the_layer_that_stands_when_it_is_read_and_the_last_one_wins(visit):
    page = visit("plain")
    page.evaluate("""() => {
        const read = createImageBitmap;
        window.waiting = [];
        window.createImageBitmap = async (file) => {
            await new Promise((go) => waiting.push(go));
            return read(file);
        };
    }""")
    take(page, picture((640, 320)))
    take(page, picture((64, 64)))
    page.wait_for_function("waiting.length === 2")
    field(page, "Stride").fill("3")
    page.evaluate("waiting[1]()")
    wait_for_input(page, "32 × 32")
    page.evaluate("waiting[0]()")
    page.wait_for_timeout(300)
    assert numbers(page, "Input").shape == (32, 32) and field(page, "Stride").input_value() == "3"
    assert numbers(page, "Output").shape == (10, 10)


# ---- the matrix, and the focus -------------------------------------------------------------------


def test_the_matrix_has_the_colours_of_the_theme_as_soon_as_it_stands_and_when_that_changes(visit):
    page = visit("matrix")
    found = """() => {
        const canvas = document.querySelector("canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        return [...new Set(Array.from({ length: data.length / 4 }, (_, at) => data.slice(4 * at, 4 * at + 3).join()))];
    }"""
    page.wait_for_function(f"({found})().length > 2")
    light = page.evaluate(found)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"old => !({found})().some((each) => old.includes(each))", arg=light)
    page.emulate_media(color_scheme="light")
    page.wait_for_function(f"old => ({found})().join() === old.join()", arg=light)


def test_a_window_of_nothing_but_padding_is_told_in_a_sentence(visit):
    page = visit("empty_window")
    assert sentence(page) == "output[0, 0] = -∞: its window is all padding."
    assert cell(page, "Output", 0, 0).inner_text() == "−∞"
    tab(page, "∂L/∂input")
    cell(page, "∂L/∂output", 0, 0).hover()
    assert sentence(page) == "∂L/∂output[0, 0] = 1 reaches 0 inputs."
    tab(page, "PyTorch")
    assert "backward" not in page.get_by_role("region", name="PyTorch").inner_text()
    tab(page, "As a matrix")
    for form in ("transposed", "im2col", "toeplitz"):
        page.get_by_label("Form").select_option(form)
        assert page.locator(".cw-sentence:visible").inner_text().endswith(": empty.")


def test_a_sum_of_too_many_products_is_told_by_their_number(visit):
    page = visit("large")
    tab(page, "∂L/∂kernel")
    grid(page, "∂L/∂kernel").locator(".cw-cell").nth(60).hover()
    assert re.fullmatch(r"∂L/∂kernel\[5, 5\] = the sum of 196 products = \d+", sentence(page))


def test_a_large_matrix_is_painted_once_and_shown_in_numbers_about_a_place(visit):
    page = visit("empty")
    page.evaluate("""() => {
        window.painted = 0;
        const put = CanvasRenderingContext2D.prototype.putImageData;
        CanvasRenderingContext2D.prototype.putImageData = function (...image) { painted += 1; put.apply(this, image); };
    }""")
    browser.render_live(page, "convolution", convolution(32, 11, padding="same", view="matrix").state())
    table = page.get_by_role("grid", name="1024 × 1024, a row for each output")
    assert page.evaluate("painted") == 1 and table.get_by_role("gridcell").count() == 25 * 25
    canvas, told = page.locator("canvas"), page.locator(".cw-sentence:visible")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] - 2, "y": box["height"] - 2})
    assert re.match(
        r"Row output\[31, \d+\], column input\[31, \d+\]: kernel\[\d+, \d+\] = ", told.inner_text()
    )
    last = table.get_by_role("gridcell").last
    last.hover()
    assert told.inner_text() == "Row output[31, 31], column input[31, 31]: kernel[5, 5] = 2, in 1024 cells."
    assert table.locator(".is-linked").count() == 25  # those in sight of the diagonal
    first = table.get_by_role("gridcell").first
    first.focus()
    page.keyboard.press("Enter")  # moves on
    assert (
        "In numbers: 25 rows from 987, 25 columns from 987"
        in page.locator(".cw-note:visible").last.inner_text()
    )
    assert page.evaluate("painted") == 1


def test_the_last_answer_leaves_the_focus_in_the_output(visit):
    page = visit("ask")
    page.get_by_role("button", name="Show me").click()
    assert page.evaluate("document.activeElement.closest('.cw-ask') !== null")
    page.get_by_role("button", name="Show me").click()
    assert page.evaluate("document.activeElement.closest('[role=grid]').ariaLabel") == "Output 3 × 3"
