"""The page of batch norm in a browser: what it shows is torch's, what it refuses, keyboard and touch."""

import re

import browser
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.widgets import batchnorm
from course_lib.widgets.batchnorm import BatchNorm


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {view: batchnorm(view=view) for view in ("values", "eval", "gradient", "slices")}
    pages["one"] = batchnorm([[3, -1]], training=False, running_mean=[1, 0], running_var=[4, 1])
    with browser.serve_widgets(tmp_path_factory.mktemp("batchnorm"), pages) as one:
        yield one


def type_into(page, title, row, column, text):
    browser.cell(page, title, row, column).click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def check_page(page, training=True, eps=1e-5):
    """The output shown is what torch makes of the numbers shown."""
    names = {
        "x": "input x",
        "mean": "running_mean",
        "var": "running_var",
        "weight": "weight γ",
        "bias": "bias β",
    }
    given = {name: torch.tensor(browser.numbers(page, title)) for name, title in names.items()}
    running = given["mean"][0].clone(), given["var"][0].clone()
    expected = F.batch_norm(
        given["x"], *running, given["weight"][0], given["bias"][0], training=training, eps=eps
    )
    np.testing.assert_allclose(browser.numbers(page, "output y"), expected, rtol=6e-3, atol=6e-3)


def test_typed_values_change_the_output_and_the_statistics(visit):
    page = visit("values")
    check_page(page)
    type_into(page, "input x", 1, 0, "−20")
    type_into(page, "weight γ", 0, 1, "3")
    type_into(page, "bias β", 0, 0, "0.5")
    check_page(page)
    x = torch.tensor(browser.numbers(page, "input x"))
    assert x[1, 0] == -20
    np.testing.assert_allclose(browser.numbers(page, "mean μ")[0], x.mean(0), rtol=6e-3)
    np.testing.assert_allclose(
        browser.numbers(page, "variance σ², ÷ 6")[0], x.var(0, correction=0), rtol=6e-3
    )
    np.testing.assert_allclose(browser.numbers(page, "variance, ÷ 5")[0], x.var(0), rtol=6e-3)
    page.get_by_role("button", name="Reset").first.click()
    assert browser.numbers(page, "input x")[1, 0] == batchnorm().input[1][0]


def test_each_training_step_moves_the_running_statistics_as_torch(visit):
    page = visit("values")
    layer = torch.nn.BatchNorm1d(2, dtype=torch.float64)
    x = torch.tensor(batchnorm().input, dtype=torch.float64)
    step = page.get_by_role("button", name="One training step on this batch")
    for _ in range(3):
        layer(x)
        step.click()
        np.testing.assert_allclose(browser.numbers(page, "running_mean")[0], layer.running_mean, rtol=6e-4)
        np.testing.assert_allclose(browser.numbers(page, "running_var")[0], layer.running_var, rtol=6e-4)
    assert page.get_by_text("num_batches_tracked = 3").is_visible()
    page.get_by_role("button", name="One step back").click()
    page.get_by_role("button", name="To the start").click()
    assert browser.numbers(page, "running_var").tolist() == [[1, 1]]
    page.get_by_label("momentum=None").check()
    step.click()
    np.testing.assert_allclose(browser.numbers(page, "running_mean")[0], x.mean(0), rtol=6e-4)
    before = browser.numbers(page, "input x")
    page.get_by_role("button", name="Draw another batch").click()
    assert (browser.numbers(page, "input x") != before).any()
    check_page(page)


def test_eval_takes_the_running_statistics_and_keeps_them(visit):
    page = visit("values")
    page.get_by_label("Mode").select_option("eval")
    check_page(page, training=False)
    assert not page.get_by_role("button", name="One training step on this batch").is_visible()
    assert page.get_by_text("a step moves them only in training").is_visible()
    browser.cell(page, "input x", 2, 0).hover()
    assert browser.outlined(page, "output y") == {(2, 0)}
    page.get_by_label("Mode").select_option("train")
    browser.cell(page, "input x", 2, 0).hover()
    assert browser.outlined(page, "output y") == {(row, 0) for row in range(6)}


def test_a_batch_of_one_is_refused_in_training_with_torchs_reason(visit):
    page = visit("one")
    check_page(page, training=False)
    page.get_by_label("Mode").select_option("train")
    refusal = page.locator(".cw-refusal:visible")
    with pytest.raises(ValueError) as torchs:
        torch.nn.BatchNorm1d(2)(torch.zeros(1, 2))
    assert str(torchs.value) in refusal.inner_text()
    assert browser.grid(page, "output y").count() == 0 and browser.grid(page, "normalised").count() == 0
    refusal.get_by_role("button", name="Switch to eval").click()
    assert page.evaluate("document.activeElement.textContent") == "Values"  # the button is gone
    check_page(page, training=False)
    page.get_by_label("Mode").select_option("train")
    page.get_by_role("button", name="Use 2").click()
    assert len(browser.numbers(page, "output y")) == 2
    check_page(page)


def test_train_and_eval_stand_side_by_side_with_their_difference(visit):
    page = visit("eval")
    trained, evaluated = browser.numbers(page, "y in training"), browser.numbers(page, "y in eval")
    np.testing.assert_allclose(browser.numbers(page, "difference"), trained - evaluated, atol=0.02)
    assert "No step has been taken" in page.locator(".cw-gap").inner_text()
    far = np.abs(browser.numbers(page, "difference")).max()
    page.get_by_role("button", name="100 training steps").click()
    near = np.abs(browser.numbers(page, "difference")).max()
    assert near < far / 10
    page.get_by_role("button", name="Shift the batch by 3").click()
    assert np.abs(browser.numbers(page, "difference")).max() > 5 * near
    np.testing.assert_allclose(browser.numbers(page, "y in training"), trained, atol=0.01)
    assert "another distribution" in page.locator(".cw-gap").inner_text()
    page.get_by_role("button", name="Fresh running statistics").click()
    assert "No step has been taken" in page.locator(".cw-gap").inner_text()


def test_the_gradient_is_torchs_and_its_three_terms_add_up(visit):
    page = visit("gradient")
    type_into(page, "∂L/∂y", 3, 1, "−2")
    given = torch.tensor(browser.numbers(page, "∂L/∂y"))
    x = torch.tensor(batchnorm().input, dtype=torch.float64, requires_grad=True)
    weight = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (F.batch_norm(x, None, None, weight, training=True) * given).sum().backward()
    np.testing.assert_allclose(browser.numbers(page, "∂L/∂x"), x.grad, rtol=6e-3, atol=1e-5)
    np.testing.assert_allclose(browser.numbers(page, "∂L/∂weight")[0], weight.grad, rtol=6e-3)
    np.testing.assert_allclose(browser.numbers(page, "∂L/∂bias")[0], given.sum(0), rtol=6e-3)
    terms = [browser.numbers(page, name) for name in ("own term", "mean term", "variance term")]
    np.testing.assert_allclose(sum(terms), x.grad, atol=2e-3)
    browser.cell(page, "∂L/∂x", 4, 1).hover()
    assert browser.outlined(page, "∂L/∂y") == {(row, 1) for row in range(6)}
    assert "mean(g · x̂)" in browser.sentence(page)
    page.get_by_label("Mode").select_option("eval")
    browser.cell(page, "∂L/∂x", 4, 1).hover()
    assert browser.outlined(page, "∂L/∂y") == {(4, 1)} and (browser.numbers(page, "mean term") == 0).all()


def test_hover_lights_the_slice_of_each_norm(visit):
    page = visit("slices")
    N, C, H, W = 3, 4, 2, 2
    sizes = {"batch": N * H * W, "layer": C * H * W, "instance": H * W, "group": C * H * W // 2}
    for norm, size in sizes.items():
        page.get_by_role("combobox").first.select_option(norm)
        browser.cell(page, "Block", 5, 3).hover()  # channel 2, row 1; sample 1, column 1
        lit = browser.outlined(page, "Block")
        assert len(lit) == size and (5, 3) in lit
        block = np.array(batchnorm().block)
        values = [block[column // W, row // H, row % H, column % W] for row, column in lit]
        told = page.locator(".cw-sentence:visible").inner_text().replace("−", "-")
        assert f"{size} values, mean {np.mean(values):.4g}, variance {np.var(values):.4g}." in told
    page.get_by_label("Cells show").select_option("normalised")
    expected = F.group_norm(torch.tensor(block), 2).numpy().transpose(1, 2, 0, 3).reshape(C * H, N * W)
    np.testing.assert_allclose(browser.numbers(page, "Block"), expected, rtol=6e-3, atol=6e-3)
    page.get_by_label("num_groups", exact=True).fill("3")
    with pytest.raises(RuntimeError) as torchs:
        F.group_norm(torch.tensor(block), 3)
    assert str(torchs.value) in page.locator(".cw-refusal:visible").inner_text()
    page.get_by_role("button", name="Use 2").click()
    np.testing.assert_allclose(browser.numbers(page, "Block"), expected, rtol=6e-3, atol=6e-3)


def test_illegal_numbers_are_told_never_blank_never_stale(visit):
    page = visit("values")
    wrongs = [("Batch size N", text) for text in ("0", "-3", "13", "2.5", "")]
    wrongs += [("Channels C", text) for text in ("0", "5", "1.5")]
    wrongs += [("momentum", "1.5"), ("momentum", "-0.1"), ("eps", "0"), ("eps", "-1"), ("eps", "")]
    for label, text in wrongs:
        browser.field(page, label).fill(text)
        assert browser.grid(page, "output y").count() == 0, (label, text)
        assert re.match(r"No output\. .+\.", page.locator(".cw-refusal:visible").inner_text()), (label, text)
        assert page.locator("[aria-invalid=true]").count() == 1
        page.get_by_role("button", name="Reset").first.click()
        check_page(page)
    type_into(page, "running_var", 0, 0, "−1")
    assert "running_var[0] is -1" in page.locator(".cw-refusal:visible").inner_text().replace("−", "-")
    page.locator(".cw-refusal:visible").get_by_role("button").first.click()
    check_page(page)


def test_keyboard_pins_a_number_and_escape_frees_it(visit):
    page = visit("values")
    browser.cell(page, "output y", 0, 0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert "y[1, 1] =" in browser.sentence(page)
    assert browser.outlined(page, "input x") == {(1, 1)} and browser.outlined(page, "mean μ") == {(0, 1)}
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    assert (
        "y[1, 1] =" in browser.sentence(page) and page.get_by_role("button", name="Unpin").first.is_visible()
    )
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    assert "y[3, 1] =" in browser.sentence(page)


def test_touch_looks_first_and_changes_second(visit):
    page = visit("values", has_touch=True, width=400)
    browser.cell(page, "input x", 2, 0).tap()
    assert "x[2, 0] =" in browser.sentence(page) and page.locator(".cw-editor").count() == 0
    browser.cell(page, "input x", 2, 0).tap()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    assert browser.numbers(page, "input x")[2, 0] == 8
    check_page(page)


def test_a_number_can_be_typed_digit_by_digit_in_every_view(visit):
    for view in ("values", "eval", "gradient"):
        page = visit(view)
        browser.field(page, "Batch size N").click()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("12")
        assert browser.field(page, "Batch size N").input_value() == "12"
        assert page.evaluate("document.activeElement.ariaLabel") == "Batch size N"
    page = visit("slices")
    page.get_by_label("num_groups, slider").focus()
    page.keyboard.press("ArrowRight")
    assert browser.field(page, "num_groups").input_value() == "4"  # 3 does not divide 4 channels


def test_train_against_eval_shows_the_mode_that_torch_takes(visit):
    page = visit("eval")
    browser.field(page, "eps").fill("0")
    assert "Training refuses eps = 0" in page.locator(".cw-gap").inner_text()
    np.testing.assert_allclose(browser.numbers(page, "y in eval"), batchnorm().input)
    assert browser.grid(page, "y in training").count() == 0 and page.locator("[aria-invalid]").count() == 0
    assert page.get_by_role("button", name="100 training steps").is_disabled()
    assert page.locator(".cw-sign:visible").count() == 0
    assert "training" not in page.locator(".cw-chart:visible").get_attribute("aria-label")
    browser.cell(page, "y in eval", 2, 1).hover()
    assert "[2, 1] = 5" in browser.sentence(page)
    page.get_by_role("tab", name="Values").click()
    assert "eps must be positive" in page.locator(".cw-refusal:visible").inner_text()
    assert browser.grid(page, "output y").count() == 0
    browser.field(page, "eps").fill("0.001")
    page.get_by_role("tab", name="Train against eval").click()
    browser.field(page, "Batch size N").fill("1")
    assert "Training refuses one sample" in page.locator(".cw-gap").inner_text()
    assert len(browser.numbers(page, "y in eval")) == 1
    browser.field(page, "Batch size N").fill("2")
    assert len(browser.numbers(page, "y in training")) == 2


@pytest.fixture
def live(visit):
    """A page with the widget on a model such as a live kernel's; every state that it gets must pass Python's check."""
    page = visit("empty")
    browser.render_live(page, "batchnorm", batchnorm().state())
    yield page
    state_of(page)


def state_of(page):
    state = page.evaluate("live.state")
    assert BatchNorm.check(state) == state
    return state


def test_a_fault_in_one_view_keeps_the_other_from_no_model(live):
    """What several numbers break together in the hidden view goes to the model; a number wrong by itself stays out."""
    tab = lambda name: live.get_by_role("tab", name=name).click()  # noqa: E731
    tab("Batch, layer")
    browser.field(live, "num_groups").fill("3")
    assert state_of(live)["view"] == "slices" and state_of(live)["num_groups"] == 2
    browser.field(live, "Height H").fill("9")
    tab("Values")
    type_into(live, "input x", 1, 0, "−20")
    state = state_of(live)
    assert (
        state["input"][1][0] == -20 and np.shape(state["block"]) == (3, 4, 2, 2) and state["num_groups"] == 2
    )
    tab("Batch, layer")
    browser.field(live, "Height H").fill("3")
    tab("Values")
    assert state_of(live)["num_groups"] == 3 and np.shape(state_of(live)["block"]) == (3, 4, 3, 2)

    browser.field(live, "Batch size N").fill("1")  # torch refuses it in training
    tab("Batch, layer")
    live.get_by_role("combobox").first.select_option("layer")
    browser.field(live, "Width W").fill("1")
    state = state_of(live)
    assert np.shape(state["block"]) == (3, 4, 3, 1) and len(state["input"]) == 1 and state["view"] == "slices"
    tab("Values")
    browser.field(live, "Batch size N").fill("99")
    tab("Batch, layer")
    browser.field(live, "Width W").fill("2")
    assert np.shape(state_of(live)["block"]) == (3, 4, 3, 2) and len(state_of(live)["input"]) == 1


def test_what_was_wrong_with_groups_is_forgotten_by_another_norm(live):
    live.get_by_role("tab", name="Batch, layer").click()
    for text in ("0", "", "9", "2.5", "3"):
        browser.field(live, "num_groups").fill(text)
        assert live.locator(".cw-refusal:visible").count() == 1 and state_of(live)["num_groups"] == 2, text
        live.get_by_role("combobox").first.select_option("layer")
        assert live.locator(".cw-refusal:visible").count() == 0 and state_of(live)["norm"] == "layer"
        live.get_by_role("combobox").first.select_option("group")
        assert browser.field(live, "num_groups").input_value() == "2"


def test_another_batch_is_like_the_one_that_stands(live):
    another = live.get_by_role("button", name="Draw another batch")
    for _ in range(3):
        another.click()
    like = np.array(batchnorm().input)
    drawn = np.array(state_of(live)["input"])
    assert (drawn != like).any() and (np.abs(drawn - like.mean(0)) < 5 * like.std(0)).all()
    far = (like + 500).tolist()
    live.evaluate("far => live.python({input: far})", far)
    another.click()
    assert (np.abs(np.array(state_of(live)["input"]) - 500) < 50).all()
    live.get_by_role("button", name="Reset").click()
    assert state_of(live) == batchnorm().state()
    another.click()
    assert (np.abs(np.array(state_of(live)["input"])) < 50).all()
    live.get_by_role("button", name="Shift the batch by 3").click()
    shifted = np.array(state_of(live)["input"])
    another.click()
    near = np.array(state_of(live)["input"])
    assert (np.abs(near - shifted.mean(0)) < 5 * shifted.std(0)).all()


def test_reset_gives_the_state_back_with_nothing_pinned(live):
    browser.cell(live, "output y", 1, 1).click()
    live.get_by_role("tab", name="Batch, layer").click()
    live.get_by_label("Cells show").select_option("normalised")
    browser.cell(live, "Block", 2, 1).click()
    live.get_by_role("button", name="Unpin").focus()
    live.keyboard.press("Enter")
    assert live.evaluate("document.activeElement.role") == "gridcell"
    browser.cell(live, "Block", 2, 1).click()
    live.get_by_role("button", name="Reset").click()
    assert (
        state_of(live) == batchnorm().state()
        and live.evaluate("document.activeElement.textContent") == "Reset"
    )
    assert live.get_by_role("tab", selected=True).inner_text() == "Values"
    assert live.get_by_role("button", name="Unpin").count() == 0
    live.get_by_role("tab", name="Batch, layer").click()
    assert live.get_by_label("Cells show").input_value() == "input"
    assert live.get_by_role("button", name="Unpin").count() == 0


def test_pointing_while_a_number_is_pinned_speaks_what_is_pointed_at(live):
    def hears(text):
        live.locator("[role=status]", has_text=re.compile(f"^{re.escape(text)}$")).wait_for(state="attached")

    browser.cell(live, "output y", 1, 1).click()
    browser.cell(live, "normalised", 1, 1).hover()
    hears("normalised[1, 1] = −0.937, outlined.")
    browser.cell(live, "normalised", 0, 0).hover()
    hears("normalised[0, 0] = −0.57, not outlined.")
    live.get_by_role("tab", name="Batch, layer").click()
    browser.cell(live, "Block", 0, 0).press("Space")
    browser.cell(live, "Block", 0, 1).hover()
    hears("x[0, 0, 0, 1] = 4, outlined.")
