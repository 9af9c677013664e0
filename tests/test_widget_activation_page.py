"""The page of the activations in a browser: what it shows is torch's, what it refuses, keyboard, touch and model."""

import re

import browser
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from test_widget_activation import TORCH, torch_chain, torch_slopes

from course_lib.widgets import activation
from course_lib.widgets.activation import Activation


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {
        "curves": activation(),
        "map": activation(view="map"),
        "depth": activation(view="depth", other="sigmoid", w=1.5, layers=12),
    }
    with browser.serve_widgets(tmp_path_factory.mktemp("activation"), pages) as one:
        yield one


def plain(text):
    return text.replace("−", "-")


def readings(page):
    """[[f(x), slope]] of each function that the page reads out."""
    texts = [plain(one) for one in page.locator(".cw-reading .cw-sentence:visible").all_inner_texts()]
    return [[float(number) for number in re.findall(r"= (-?[\d.e-]+)", text)] for text in texts]


def choose(page, index, name):
    page.get_by_role("combobox").nth(index).select_option(name)


def test_every_function_reads_out_torchs_value_and_slope(visit):
    page = visit("curves")
    p = {"negative_slope": 0.01, "weight": 0.25, "alpha": 1.0, "beta": 1.0}
    choose(page, 1, "")
    for x in ("-1.3", "0", "3"):
        browser.field(page, "x").fill(x)
        for name in TORCH:
            choose(page, 0, name)
            values, slopes = torch_slopes(name, [float(x)], p)
            np.testing.assert_allclose(
                readings(page), [[values[0], slopes[0]]], rtol=6e-4, atol=1e-6, err_msg=name
            )


def test_the_convention_at_a_kink_is_told(visit):
    page = visit("curves")
    browser.field(page, "x").fill("0")
    assert page.get_by_text("At x = 0 the slope of relu jumps; PyTorch takes 0 there.").is_visible()
    choose(page, 0, "relu6")
    browser.field(page, "x").fill("6")
    assert page.get_by_text("At x = 6 the slope of relu6 jumps; PyTorch takes 0 there.").is_visible()
    browser.field(page, "x").fill("6.5")
    assert page.get_by_text("jumps").count() == 0


def test_the_point_moves_by_drag_keyboard_and_typing(visit):
    page = visit("curves")
    box = page.locator(".cw-chart svg").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 100)
    page.mouse.up()
    dragged = float(browser.field(page, "x").input_value())
    assert dragged < -1 and readings(page)[0] == [0, 0]
    page.get_by_label("x, slider").focus()
    page.keyboard.press("ArrowRight")
    assert float(browser.field(page, "x").input_value()) == pytest.approx(dragged + 0.05)
    before = page.locator(".cw-dot.is-one").first.get_attribute("cx")
    browser.field(page, "x").fill("2")
    assert readings(page)[0] == [2, 1] and page.locator(".cw-dot.is-one").first.get_attribute("cx") != before
    assert "relu(2) = 2" in page.locator(".cw-chart").first.get_attribute("aria-label")


def test_a_parameter_stands_only_beside_its_function(visit):
    page = visit("curves")
    assert not browser.field(page, "negative_slope").is_visible()
    choose(page, 0, "leaky_relu")
    browser.field(page, "negative_slope").fill("0.5")
    browser.field(page, "x").fill("-4")
    assert readings(page)[0] == [-2, 0.5]
    page.get_by_role("button", name="Reset").click()
    assert readings(page)[0] == [1, 1]


def test_the_map_shows_what_dies(visit):
    page = visit("map")
    x = torch.tensor(browser.numbers(page, "input"))
    np.testing.assert_allclose(browser.numbers(page, "relu(input)"), F.relu(x))
    np.testing.assert_allclose(browser.numbers(page, "gelu(input)"), F.gelu(x), rtol=6e-3, atol=6e-3)
    dead = int((x <= 0).sum())
    assert page.get_by_text(f"relu: {dead} of 24 cells pass no gradient").is_visible()
    assert browser.grid(page, "relu(input)").locator(".is-dropped").count() == dead
    browser.cell(page, "input", 1, 2).click()
    page.keyboard.type("−7")
    page.keyboard.press("Enter")
    assert browser.numbers(page, "slope relu′(input)")[1, 2] == 0
    browser.cell(page, "slope gelu′(input)", 2, 3).hover()
    assert browser.outlined(page, "input") == {(2, 3)} and "input[2, 3] =" in browser.sentence(page)
    choose(page, 1, "")
    assert page.locator(".cw-grid:visible").count() == 3
    browser.field(page, "Rows").fill("2")
    assert browser.numbers(page, "input").shape == (2, 6)


def layers(page, name):
    """What the table of a chain shows, a row a layer; the share of dead inputs as a number."""
    rows = browser.grid(page, f"Layers of {name}").get_by_role("row").all()
    return np.array(
        [
            [float(plain(text).strip("%")) for text in row.locator(".cw-cell").all_text_contents()]
            for row in rows
        ]
    )


def dead_percent(name, w, layers):
    """Per cent of the inputs from -3 to 3 that get no gradient from each layer, by autograd."""
    x = (torch.arange(121, dtype=torch.float64) / 20 - 3).requires_grad_()
    y, percents = x, []
    for _ in range(layers):
        y = TORCH[name](w * y, {})
        (gradient,) = torch.autograd.grad(y.sum(), x, retain_graph=True)
        percents.append(round(100 * float((gradient == 0).double().mean())))
    return percents


def test_the_product_through_depth_is_torchs(visit):
    page = visit("depth")
    for name in ("relu", "sigmoid"):
        products = torch_chain(name, 1.0, 1.5, 12, {})
        np.testing.assert_allclose(layers(page, name)[:, 3], products, rtol=6e-3)
        assert (layers(page, name)[:, 4] == dead_percent(name, 1.5, 12)).all()
    told = page.locator(".cw-reading:visible").all_inner_texts()
    assert "it grows. Dead: 50% of the inputs" in told[0] and "it vanishes. Dead: 0%" in told[1]
    browser.field(page, "Layers n").fill("30")
    assert "it explodes" in page.locator(".cw-reading:visible").first.inner_text()
    browser.field(page, "Weight w").fill("-1")
    assert "exactly 0" in page.locator(".cw-reading:visible").first.inner_text()
    browser.cell(page, "Layers of relu", 4, 3).focus()
    assert browser.outlined(page, "Layers of relu") >= {(row, 2) for row in range(5)}
    assert "product of 5 factors = 0; dead: 100%." in browser.sentence(page.locator(".cw-story"))
    assert layers(page, "relu")[:3, 4].tolist() == dead_percent("relu", -1, 3) == [50, 100, 100]
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    assert "product of 5 factors" in page.locator(".cw-story .cw-sentence").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    assert "Layer 3" in page.locator(".cw-story .cw-sentence").inner_text()


def test_touch_taps_to_look_and_taps_again_to_change(visit):
    page = visit("map", has_touch=True, width=400)
    browser.cell(page, "input", 0, 2).tap()
    assert "input[0, 2] =" in browser.sentence(page) and page.locator(".cw-editor").count() == 0
    browser.cell(page, "input", 0, 2).tap()
    page.keyboard.type("-1")
    page.keyboard.press("Enter")
    assert browser.numbers(page, "relu(input)")[0, 2] == 0


def test_illegal_numbers_are_told_never_blank_never_stale(visit):
    wrongs = {
        "curves": [("x", "11"), ("x", ""), ("x", "1e9"), ("x", "-10.5")],
        "map": [("Rows", "0"), ("Rows", "9"), ("Columns", "2.5")],
        "depth": [("Layers n", "0"), ("Layers n", "1e6"), ("Weight w", "6"), ("Weight w", "")],
    }
    for name, pairs in wrongs.items():
        page = visit(name)
        for label, text in pairs:
            browser.field(page, label).fill(text)
            refusal = page.locator(".cw-refusal:visible").inner_text()
            assert re.match(rf"No result\. {label} must be a .+ from .+ to \d+\.", refusal), (label, text)
            assert page.locator(":is(.cw-grid, .cw-chart, .cw-reading):visible").count() == 0
            assert page.locator("[aria-invalid=true]").count() == 1
            use = page.get_by_role("button", name="Use")
            (use if use.count() else page.get_by_role("button", name="Reset")).click()
            assert page.locator(".cw-refusal:visible").count() == 0
            assert page.locator(":is(.cw-grid, .cw-chart):visible").count() > 0


@pytest.fixture
def live(visit):
    """A page with the widget on a model such as a live kernel's; every state that it gets must pass Python's check."""
    page = visit("empty")
    browser.render_live(page, "activation", activation().state())
    yield page
    state_of(page)


def state_of(page):
    state = page.evaluate("live.state")
    assert Activation.check(state) == state
    return state


def test_what_the_reader_does_goes_to_the_model_and_reset_gives_it_back(live):
    choose(live, 0, "prelu")
    browser.field(live, "weight").fill("9")  # not legal
    assert state_of(live)["function"] == "prelu" and state_of(live)["weight"] == 0.25
    live.get_by_role("button", name="Use 2").click()
    assert state_of(live)["weight"] == 2 and live.evaluate("document.activeElement.ariaLabel") == "weight"
    live.get_by_role("tab", name="Feature map").click()
    browser.field(live, "Rows").fill("2")
    browser.cell(live, "input", 1, 1).press("Space")
    live.get_by_role("button", name="Unpin").press("Enter")
    assert live.evaluate("document.activeElement.role") == "gridcell"
    browser.cell(live, "input", 1, 1).press("Space")
    assert np.shape(state_of(live)["input"]) == (2, 6) and state_of(live)["view"] == "map"
    live.evaluate("live.python({function: 'tanh', layers: 3})")
    assert live.get_by_role("button", name="Unpin").count() == 0
    np.testing.assert_allclose(
        browser.numbers(live, "tanh(input)"), np.tanh(state_of(live)["input"]), rtol=6e-3
    )
    live.get_by_role("button", name="Reset").click()
    assert state_of(live) == activation().state()
    assert live.get_by_role("tab", selected=True).inner_text() == "Curves"


def test_pointing_while_a_number_is_pinned_speaks_what_is_pointed_at(live):
    def hears(text):
        live.locator("[role=status]", has_text=re.compile(f"^{re.escape(text)}$")).wait_for(state="attached")

    live.get_by_role("tab", name="Feature map").click()
    browser.cell(live, "relu(input)", 1, 1).click()
    browser.cell(live, "relu(input)", 0, 3).hover()
    hears("relu(input)[0, 3] = 0, not outlined.")
    browser.cell(live, "input", 1, 1).hover()
    hears("input[1, 1] = −3, outlined.")
    live.get_by_role("tab", name="Gradient through depth").click()
    browser.cell(live, "Layers of relu", 2, 3).click()
    browser.cell(live, "Layers of relu", 0, 2).hover()
    hears("layer 1, w·f′(z) = 1, outlined.")
