"""The page of batch norm in a browser: what it shows is torch's, what it refuses, keyboard and touch."""

import re

import browser
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.widgets import batchnorm


@pytest.fixture(scope="module")
def widget_address(tmp_path_factory):
    """The pages that conftest's `visit` opens here."""
    folder = tmp_path_factory.mktemp("batchnorm")
    browser.copy_page_files(folder)
    pages = {
        "values": {},
        "eval": {"view": "eval"},
        "gradient": {"view": "gradient"},
        "slices": {"view": "slices"},
        "one": {"x": [[3, -1]], "training": False, "running_mean": [1, 0], "running_var": [4, 1]},
    }
    for name, given in pages.items():
        browser.write_page(folder / f"{name}.html", [batchnorm(**given)._repr_mimebundle_()[0]["text/html"]])
    with browser.serve(folder) as one:
        yield one


def grid_name(title):
    return re.escape(title).replace("/", ".")  # a pattern, and Playwright's must hold no "/"


def shown(page, title):
    return browser.numbers(page, grid_name(title))


def type_into(page, title, row, column, text):
    browser.cell(page, grid_name(title), row, column).click()
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
    given = {name: torch.tensor(shown(page, title)) for name, title in names.items()}
    running = given["mean"][0].clone(), given["var"][0].clone()
    expected = F.batch_norm(
        given["x"], *running, given["weight"][0], given["bias"][0], training=training, eps=eps
    )
    np.testing.assert_allclose(shown(page, "output y"), expected, rtol=6e-3, atol=6e-3)


def test_typed_values_change_the_output_and_the_statistics(visit):
    page = visit("values.html")
    check_page(page)
    type_into(page, "input x", 1, 0, "−20")
    type_into(page, "weight γ", 0, 1, "3")
    type_into(page, "bias β", 0, 0, "0.5")
    check_page(page)
    x = torch.tensor(shown(page, "input x"))
    assert x[1, 0] == -20
    np.testing.assert_allclose(shown(page, "mean μ")[0], x.mean(0), rtol=6e-3)
    np.testing.assert_allclose(shown(page, "variance σ², ÷ 6")[0], x.var(0, correction=0), rtol=6e-3)
    np.testing.assert_allclose(shown(page, "variance, ÷ 5")[0], x.var(0), rtol=6e-3)
    page.get_by_role("button", name="Reset").first.click()
    assert shown(page, "input x")[1, 0] == batchnorm().x[1][0]


def test_each_training_step_moves_the_running_statistics_as_torch(visit):
    page = visit("values.html")
    layer = torch.nn.BatchNorm1d(2, dtype=torch.float64)
    x = torch.tensor(batchnorm().x, dtype=torch.float64)
    step = page.get_by_role("button", name="One training step on this batch")
    for _ in range(3):
        layer(x)
        step.click()
        np.testing.assert_allclose(shown(page, "running_mean")[0], layer.running_mean, rtol=6e-4)
        np.testing.assert_allclose(shown(page, "running_var")[0], layer.running_var, rtol=6e-4)
    assert page.get_by_text("num_batches_tracked = 3").is_visible()
    page.get_by_role("button", name="One step back").click()
    page.get_by_role("button", name="To the start").click()
    assert shown(page, "running_var").tolist() == [[1, 1]]
    page.get_by_label("momentum=None").check()
    step.click()
    np.testing.assert_allclose(shown(page, "running_mean")[0], x.mean(0), rtol=6e-4)
    before = shown(page, "input x")
    page.get_by_role("button", name="Draw another batch").click()
    assert (shown(page, "input x") != before).any()
    check_page(page)


def test_eval_takes_the_running_statistics_and_keeps_them(visit):
    page = visit("values.html")
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
    page = visit("one.html")
    check_page(page, training=False)
    page.get_by_label("Mode").select_option("train")
    refusal = page.locator(".cw-refusal:visible")
    with pytest.raises(ValueError) as torchs:
        torch.nn.BatchNorm1d(2)(torch.zeros(1, 2))
    assert str(torchs.value) in refusal.inner_text()
    assert browser.grid(page, "output y").count() == 0 and browser.grid(page, "normalised").count() == 0
    refusal.get_by_role("button", name="Switch to eval").click()
    check_page(page, training=False)
    page.get_by_label("Mode").select_option("train")
    refusal.get_by_role("button", name="Use Batch size N = 2").click()
    assert len(shown(page, "output y")) == 2
    check_page(page)


def test_train_and_eval_stand_side_by_side_with_their_difference(visit):
    page = visit("eval.html")
    trained, evaluated = shown(page, "y in training"), shown(page, "y in eval")
    np.testing.assert_allclose(shown(page, "difference"), trained - evaluated, atol=0.02)
    assert "No step has been taken" in page.locator(".cw-gap").inner_text()
    far = np.abs(shown(page, "difference")).max()
    page.get_by_role("button", name="100 training steps").click()
    near = np.abs(shown(page, "difference")).max()
    assert near < far / 10
    page.get_by_role("button", name="Shift the batch by 3").click()
    assert np.abs(shown(page, "difference")).max() > 5 * near
    np.testing.assert_allclose(shown(page, "y in training"), trained, atol=0.01)
    assert "another distribution" in page.locator(".cw-gap").inner_text()
    page.get_by_role("button", name="Fresh running statistics").click()
    assert "No step has been taken" in page.locator(".cw-gap").inner_text()


def test_the_gradient_is_torchs_and_its_three_terms_add_up(visit):
    page = visit("gradient.html")
    type_into(page, "∂L/∂y", 3, 1, "−2")
    given = torch.tensor(shown(page, "∂L/∂y"))
    x = torch.tensor(batchnorm().x, dtype=torch.float64, requires_grad=True)
    weight = torch.ones(2, dtype=torch.float64, requires_grad=True)
    (F.batch_norm(x, None, None, weight, training=True) * given).sum().backward()
    np.testing.assert_allclose(shown(page, "∂L/∂x"), x.grad, rtol=6e-3, atol=1e-5)
    np.testing.assert_allclose(shown(page, "∂L/∂weight")[0], weight.grad, rtol=6e-3)
    np.testing.assert_allclose(shown(page, "∂L/∂bias")[0], given.sum(0), rtol=6e-3)
    terms = [shown(page, name) for name in ("own term", "mean term", "variance term")]
    np.testing.assert_allclose(sum(terms), x.grad, atol=2e-3)
    browser.cell(page, grid_name("∂L/∂x"), 4, 1).hover()
    assert browser.outlined(page, grid_name("∂L/∂y")) == {(row, 1) for row in range(6)}
    assert "mean(g · x̂)" in browser.sentence(page)
    page.get_by_label("Mode").select_option("eval")
    browser.cell(page, grid_name("∂L/∂x"), 4, 1).hover()
    assert browser.outlined(page, grid_name("∂L/∂y")) == {(4, 1)} and (shown(page, "mean term") == 0).all()


def test_hover_lights_the_slice_of_each_norm(visit):
    page = visit("slices.html")
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
    np.testing.assert_allclose(shown(page, "Block"), expected, rtol=6e-3, atol=6e-3)
    page.get_by_label("num_groups", exact=True).fill("3")
    with pytest.raises(RuntimeError) as torchs:
        F.group_norm(torch.tensor(block), 3)
    assert str(torchs.value) in page.locator(".cw-refusal:visible").inner_text()
    page.get_by_role("button", name="Use 2").click()
    np.testing.assert_allclose(shown(page, "Block"), expected, rtol=6e-3, atol=6e-3)


def test_illegal_numbers_are_told_never_blank_never_stale(visit):
    page = visit("values.html")
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
    page = visit("values.html")
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
    page = visit("values.html", has_touch=True, width=400)
    browser.cell(page, "input x", 2, 0).tap()
    assert "x[2, 0] =" in browser.sentence(page) and page.locator(".cw-editor").count() == 0
    browser.cell(page, "input x", 2, 0).tap()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    assert shown(page, "input x")[2, 0] == 8
    check_page(page)
