"""The page of the deformable widget in a browser: taps over the input, sums, offsets moved, gradients, refusals."""

import re

import browser
import numpy as np
import pytest
import torch
from browser import cell, field, grid, numbers, outlined, sentence
from deformable_page import STATES, choice, marks, padding, places, regular, rows_of, tab
from test_widget_deformable import torch_deformable, torch_snake
from torch.nn import functional as F

from course_lib.widgets import deformable


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {name: deformable(**given) for name, given in STATES.items()}
    with browser.serve_widgets(tmp_path_factory.mktemp("deformable"), pages) as one:
        yield one


def tensors(state):
    names = [name for name in ("input", "kernel", "offset", "mask") if state[name] is not None]
    return {name: torch.tensor(state[name], dtype=torch.float64) for name in names}


def check_output(page, state):
    np.testing.assert_allclose(
        numbers(page, "Output"), torch_deformable(state, **tensors(state)), rtol=6e-3, atol=6e-3
    )


@pytest.mark.parametrize("name", ["plain", "moved"])
def test_an_output_shows_its_taps_at_their_places_and_the_sum_over_them(visit, name):
    page, state = visit(name), deformable(**STATES[name]).state()
    check_output(page, state)
    output = torch_deformable(state, **tensors(state)).numpy()
    offset = np.reshape(state["offset"], (9, 2, *output.shape))
    for row, column in [(0, 0), (2, 1), (output.shape[0] - 1, output.shape[1] - 1)]:
        cell(page, "Output", row, column).hover()
        expected = regular(state, row, column) + offset[:, :, row, column]
        pad = np.array(state["padding"])
        held = np.clip(expected + pad + 0.5, -0.3, np.shape(state["input"]) + 2 * pad + 0.3) - pad - 0.5
        np.testing.assert_allclose(places(page, state), held, atol=1e-6)
        terms = rows_of(page)
        assert len(terms) == 10 and terms[-1][0] == "sum"
        at = [[float(part) for part in re.findall(r"-?[\d.]+", term[2])] for term in terms[:-1]]
        np.testing.assert_allclose(at, expected, atol=1e-3)
        products = [float(term[-1]) for term in terms]
        assert products[-1] == pytest.approx(output[row, column], abs=6e-3)
        assert sum(products[:-1]) == pytest.approx(output[row, column], abs=0.03)
        assert f"Output[{row}, {column}]" in sentence(page)


def test_the_four_neighbours_of_a_tap_are_outlined_with_their_weights(visit):
    page, state = visit("moved"), deformable(**STATES["moved"]).state()
    cell(page, "Output", 2, 1).hover()
    cell(page, "Kernel", 0, 2).hover()
    y, x = places(page, state)[2]
    corners = {(int(np.floor(y)) + i, int(np.floor(x)) + j) for i in (0, 1) for j in (0, 1)}
    shown = {(i - 1, j - 1) for i, j in outlined(page, "Input")}
    weights = {(i, j): (1 - abs(i - y)) * (1 - abs(j - x)) for i, j in corners}
    assert shown == {corner for corner, weight in weights.items() if weight > 1e-9} and shown
    told = page.locator(".cw-detail:visible").first.inner_text()
    assert told.startswith("Tap 2 reads at")
    terms = {
        (int(i), int(j)): float(w) for w, i, j in re.findall(r"([\d.]+) · \S+ at \[(-?\d+), (-?\d+)\]", told)
    }
    assert terms.keys() == shown
    assert all(terms[at] == pytest.approx(weights[at], rel=0.06) for at in shown)


@pytest.mark.parametrize("name", ["moved", "snake", "upright"])
def test_an_input_shows_the_outputs_that_read_it_with_the_weights_of_torchs_jacobian(visit, name):
    page, state = visit(name), deformable(**STATES[name]).state()
    given = tensors(state)
    jacobian = torch.autograd.functional.jacobian(
        lambda x: torch_deformable(state, **given | {"input": x}), given["input"]
    )
    pad = padding(state)
    for row, column in [(0, 0), (2, 3), (4, 5)]:
        cell(page, "Input", row + pad[0], column + pad[1]).hover()
        expected = jacobian[:, :, row, column]
        shown = outlined(page, "Output")
        assert shown >= {tuple(place) for place in (expected.abs() > 1e-9).nonzero().tolist()}
        for i, j in shown:
            tag = cell(page, "Output", i, j).get_attribute("data-tag").replace("−", "-")
            assert float(tag[1:]) == pytest.approx(float(expected[i, j]), rel=0.06, abs=1e-9)
        assert f"is read by {len(shown)} output" in sentence(page)
    if name != "snake":
        cell(page, "Input", 0, 0).hover()
        assert "is padding" in sentence(page)


def test_a_tap_moves_by_numbers_by_arrows_and_by_dragging_for_one_output_or_for_all(visit):
    page, state = visit("plain"), deformable().state()
    offset = np.zeros((18, 7, 7))
    cell(page, "Output", 3, 3).click()
    choice(page, "Tap").select_option("5")
    field(page, "dy of tap 5").fill("0.7")
    field(page, "dx of tap 5").fill("-1.25")
    offset[10], offset[11] = 0.7, -1.25
    check_output(page, state | {"offset": offset})
    page.get_by_label("same at every output").uncheck()
    pad = page.get_by_role("group", name="Move tap 5")
    pad.get_by_role("button").first.focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowRight"):
        page.keyboard.press(key)
    pad.get_by_role("button", name="down").click()
    offset[10, 3, 3], offset[11, 3, 3] = 0.6, -1.15
    check_output(page, state | {"offset": offset})
    assert float(field(page, "dy of tap 5").input_value()) == 0.6
    # Tap 0 of this output stands at [2, 2]: drag it to [1.5, 4].
    start, middle, right = (cell(page, "Input", *at).bounding_box() for at in ((3, 3), (2, 5), (3, 5)))
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(
        middle["x"] + middle["width"] / 2, (middle["y"] + right["y"] + middle["height"]) / 2, steps=5
    )
    page.mouse.up()
    offset[0, 3, 3], offset[1, 3, 3] = -0.5, 2
    check_output(page, state | {"offset": offset})
    assert page.locator(".cw-editor").count() == 0
    np.testing.assert_allclose(places(page, state)[0], [1.5, 4], atol=1e-6)
    page.get_by_label("same at every output").check()
    offset = np.tile(offset[:, 3:4, 3:4], (1, 7, 7))
    check_output(page, state | {"offset": offset})
    page.get_by_role("button", name="Reset").click()
    check_output(page, state)


def test_the_mask_weighs_a_tap_and_goes_away(visit):
    page, state = visit("plain"), deformable().state()
    page.get_by_label("with mask").check()
    check_output(page, state)
    mask = np.ones((9, 7, 7))
    field(page, "mask of tap 4").fill("0.25")
    mask[4] = 0.25
    check_output(page, state | {"mask": mask})
    assert "w · m · value" in page.locator(".cw-table:visible thead").inner_text()
    page.get_by_label("with mask").uncheck()
    check_output(page, state)
    assert page.get_by_label("mask of tap 4").first.is_hidden()


def test_presets_say_what_they_equal(visit):
    page, state = visit("plain"), deformable().state()
    x, kernel = (torch.tensor(state[name])[None, None] for name in ("input", "kernel"))
    detail = page.locator(".cw-tab-panel:visible")
    assert "Equal to the ordinary convolution: the largest difference is 0." in detail.inner_text()
    np.testing.assert_allclose(numbers(page, "Output"), F.conv2d(x, kernel, padding=1)[0, 0])
    offsets = choice(page, "Offsets")
    offsets.select_option("dilate")
    assert (
        "conv2d with dilation (2, 2) and padding (2, 2): the largest difference is 0" in detail.inner_text()
    )
    np.testing.assert_allclose(numbers(page, "Output"), F.conv2d(x, kernel, padding=2, dilation=2)[0, 0])
    difference = F.conv2d(x, kernel, padding=1) - F.conv2d(x, kernel, padding=2, dilation=2)
    assert f"the ordinary convolution by up to {float(difference.abs().max()):g}." in detail.inner_text()
    for name, moved in [("half", 0.5), ("spread", 0.5), ("rotate", None)]:
        offsets.select_option(name)
        assert offsets.input_value() == name
        taps = places(page, state) - regular(state, 3, 3)
        if name == "half":
            np.testing.assert_allclose(taps, moved, atol=1e-6)
        if name == "spread":
            np.testing.assert_allclose(taps, moved * (regular(state, 3, 3) - 3), atol=1e-6)
        if name == "rotate":
            turned = taps + regular(state, 3, 3) - 3
            np.testing.assert_allclose(
                np.hypot(*turned.T), np.hypot(*(regular(state, 3, 3) - 3).T), atol=2e-3
            )
    field(page, "dy of tap 4").fill("0.1")
    assert offsets.input_value() == "own"
    offsets.select_option("none")
    check_output(page, state)


def test_a_snake_on_the_curve_reads_nines_only_and_its_steps_add_up(visit):
    page = visit("plain")
    choice(page, "Offsets").select_option("curve")
    assert choice(page, "Operation").input_value() == "snake"
    terms = rows_of(page)
    assert [float(term[4]) for term in terms[:-1]] == [9.0] * 7 and float(terms[-1][-1]) == 63
    assert "It stays connected" in page.locator(".cw-tab-panel:visible").inner_text()
    assert numbers(page, "Output").max() == 63
    choice(page, "Offsets").select_option("none")
    assert "Equal to the straight kernel" in page.locator(".cw-tab-panel:visible").inner_text()
    assert numbers(page, "Output").max() < 63


@pytest.mark.parametrize("name", ["snake", "upright"])
def test_a_snake_is_the_layers_and_its_steps_are_typed_and_moved(visit, name):
    page, state = visit(name), deformable(**STATES[name]).state()
    steps = np.array(state["steps"])

    def check():
        given = [
            torch.tensor(value, dtype=torch.float64) for value in (state["input"], state["kernel"], steps)
        ]
        np.testing.assert_allclose(numbers(page, "Output"), torch_snake(state, *given), rtol=6e-3, atol=6e-3)

    check()
    first, forward = ("up", "down") if name == "snake" else ("left", "right")
    choice(page, "Tap").select_option("4")
    field(page, "step of tap 4").fill("-0.6")
    steps[4] = -0.6
    check()
    pad = page.get_by_role("group", name="Move tap 4")
    assert pad.get_by_role("button").count() == 2
    pad.get_by_role("button", name=forward).click()
    page.keyboard.press("ArrowUp" if name == "snake" else "ArrowLeft")
    pad.get_by_role("button", name=first).click()
    steps[4] = -0.7
    check()
    assert rows_of(page)[4][1] == "1 + (-0.7) = 0.3"
    choice(page, "Tap").select_option("2")
    assert "The tap in the middle of a snake stays." in page.locator(".cw-editor-box").inner_text()
    field(page, "Taps").fill("3")
    assert numbers(page, "Kernel").size == 3
    choice(page, "Axis").select_option("1" if name == "snake" else "0")
    assert numbers(page, "Kernel").shape == ((3, 1) if name == "snake" else (1, 3))


@pytest.mark.parametrize("name", ["plain", "moved", "snake"])
def test_gradients_are_torchs_and_arrows_point_along_them(visit, name):
    page, state = visit(name), deformable(**STATES[name]).state()
    given = {key: value.requires_grad_() for key, value in tensors(state).items()}
    output = torch_deformable(state, **given)
    output.sum().backward()
    cell(page, "Output", 2, 2).click()
    tab(page, "∂L/∂offset")
    offset = given["offset"].grad.unflatten(0, (-1, 2))[:, :, 2, 2].numpy()
    shown = np.array([[float(value) for value in row[1:]] for row in rows_of(page)])
    np.testing.assert_allclose(shown[:, :2], offset, rtol=1e-3, atol=1e-9)
    if state["mask"]:
        np.testing.assert_allclose(shown[:, 2], given["mask"].grad[:, 2, 2], rtol=1e-3, atol=1e-9)
    if name == "snake":
        steps = torch.tensor(state["steps"], dtype=torch.float64, requires_grad=True)
        torch_snake(state, given["input"].detach(), given["kernel"].detach(), steps).sum().backward()
        np.testing.assert_allclose(shown[:, 2], steps.grad[:, 2, 2], rtol=1e-3, atol=1e-9)
        offset = offset * [1, 0]
    lines = np.array(marks(page, "is-gradient", ["length", "angle"]))[:, 1:]
    longest = np.hypot(*offset.T).max()
    expected = offset[np.hypot(*offset.T) > 0.04 * longest / 1.2] * 1.2 / longest
    arrows = lines[:, :1] * np.stack([np.sin(lines[:, 1]), np.cos(lines[:, 1])], 1)
    np.testing.assert_allclose(arrows, expected, atol=1e-6)
    tab(page, "∂L/∂input")
    np.testing.assert_allclose(numbers(page, "∂L/∂input"), given["input"].grad, rtol=6e-3, atol=1e-9)
    np.testing.assert_allclose(numbers(page, "∂L/∂kernel"), given["kernel"].grad, rtol=6e-3, atol=1e-9)
    cell(page, "∂L/∂output", 1, 1).click()
    page.keyboard.type("-3")
    page.keyboard.press("Enter")
    upstream = torch.ones_like(output)
    upstream[1, 1] = -3
    expected = torch.autograd.grad(torch_deformable(state, **given), given["input"], upstream)[0]
    np.testing.assert_allclose(numbers(page, "∂L/∂input"), expected, rtol=6e-3, atol=1e-9)
    tab(page, "PyTorch")
    exec(page.locator(".cw-code code").inner_text(), {})


def test_a_step_down_the_gradient_lowers_the_loss(visit):
    page = visit("moved")
    tab(page, "∂L/∂offset")
    page.get_by_label("same at every output").uncheck()
    page.get_by_role("button", name="One step down").click()
    before, after = re.search(r"output: (\S+) → (\S+)\.", page.locator(".cw-learn").inner_text()).groups()
    assert float(after.replace("−", "-")) < float(before.replace("−", "-"))
    assert float(after.replace("−", "-")) == pytest.approx(numbers(page, "Output").sum(), rel=2e-2)


def test_illegal_numbers_are_told_never_stale_and_mended_with_one_press(visit):
    page, state = visit("plain"), deformable().state()
    wrong = [("Stride", "0"), ("Stride", "7"), ("Dilation", "1.5"), ("Dilation", "5"), ("Kernel size", "9"),
             ("Kernel size", ""), ("Padding", "-1"), ("Input size", "13"), ("Input size", "1e9"), ("Input size", "0"),
             ("dy of tap 4", "13"), ("dx of tap 4", ""), ("dx of tap 4", "-99")]  # fmt: skip
    for label, text in wrong:
        field(page, label).fill(text)
        refusal = page.locator(".cw-refusal:visible")
        assert re.match(r"No output\. .+\.", refusal.inner_text()), (label, text)
        assert grid(page, "Output").count() == 0
        message = page.locator(".cw-problem:visible")
        assert re.match(r"[A-Z].+\.\sUse \S+", message.inner_text()), (label, text)
        message.get_by_role("button").click()
        assert grid(page, "Output").count() == 1, (label, text)
        page.get_by_role("button", name="Reset").click()
        check_output(page, state)
    field(page, "Input size").fill("2")
    field(page, "Padding").fill("0")  # the kernel of 3 no longer fits
    told = page.locator(".cw-refusal").inner_text()
    assert "A kernel of 3 rows with dilation 1 covers 3 rows; the input of 2 with padding 0 has 2." in told
    page.locator(".cw-problem:visible").get_by_role("button", name="Use 1").click()
    assert grid(page, "Output").count() == 1
    page.get_by_role("button", name="Reset").click()
    choice(page, "Operation").select_option("snake")
    field(page, "Taps").fill("4")
    assert "must be odd, not 4" in page.locator(".cw-refusal").inner_text()
    page.locator(".cw-problem:visible").get_by_role("button", name="Use 3").click()
    assert numbers(page, "Kernel").shape == (1, 3)
    field(page, "step of tap 2").fill("1.5")
    assert "The step of tap 2 must be a number from −1 to 1." in page.locator(".cw-refusal").inner_text()
    choice(page, "Tap").select_option("0")
    assert grid(page, "Output").count() == 1 and page.locator(".cw-problem:visible").count() == 0


def test_keyboard_and_touch(visit):
    page = visit("moved")
    cell(page, "Output", 0, 0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert page.locator(".cw-taps").get_attribute("data-cell") == "1,0"
    cell(page, "Output", 3, 1).hover()
    assert page.locator(".cw-taps").get_attribute("data-cell") == "1,0"
    page.keyboard.press("Escape")
    cell(page, "Output", 2, 1).hover()
    cell(page, "Output", 3, 1).hover()
    assert page.locator(".cw-taps").get_attribute("data-cell") == "3,1"
    cell(page, "Input", 2, 2).focus()
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    state = deformable(**STATES["moved"]).state()
    state["input"][1][1] = 50
    check_output(page, state)
    page = visit("moved", has_touch=True, width=360, height=800)
    cell(page, "Output", 3, 1).tap()
    assert page.locator(".cw-taps").get_attribute("data-cell") == "3,1"
    cell(page, "Input", 2, 2).tap()
    assert "is read by" in sentence(page) and page.locator(".cw-editor").count() == 0
    cell(page, "Input", 2, 2).tap()
    assert page.locator(".cw-editor").count() == 1


def test_the_largest_state_answers_at_once(visit):
    page = visit("large")
    assert page.locator(".course-widget *").count() < 3000
    milliseconds = page.evaluate("""() => {
        const cells = [...document.querySelectorAll("[aria-label^='Output'] .cw-cell")];
        cells[0].focus();
        const begin = performance.now();
        for (const one of cells.slice(1, 6)) one.focus();
        return (performance.now() - begin) / 5;
    }""")
    assert milliseconds < 150, milliseconds


def test_a_live_model_gets_what_the_reader_does_and_follows_python(visit):
    page = visit("plain")
    browser.render_live(page, "deformable", deformable((5, 6), offset=np.full(18, 0.5)).state())
    field(page, "dy of tap 4").fill("0.3")
    state = page.evaluate("live.state")
    assert np.shape(state["offset"]) == (18, 5, 6) and np.unique(state["offset"][8]) == [0.3]
    assert type(deformable()).check(state) == state
    page.evaluate("live.python({stride: [2, 2]})")  # alone: the page refits the offset and gives it back
    state = page.evaluate("live.state")
    assert np.shape(state["offset"]) == (18, 3, 3)
    check_output(page, state)
    page.evaluate("live.python({operation: 'snake'})")
    state = page.evaluate("live.state")
    assert (
        np.shape(state["steps"]) == (3, 5, 6)
        and np.shape(state["kernel"]) == (1, 3)
        and state["mask"] is None
    )
    tab(page, "∂L/∂input")
    for typed in ("3", "7"):
        cell(page, "∂L/∂output", 0, 0).click()
        page.keyboard.type(typed)
        page.keyboard.press("Enter")
        assert page.evaluate("live.state.grad_output[0][0]") == int(typed)
    assert page.evaluate("live.saved") >= 4
    tab(page, "PyTorch")
    assert page.evaluate("live.state.view") == "code"
    page.evaluate("live.stop()")
    assert page.evaluate("live.listeners()") == 0
