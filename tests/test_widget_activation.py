"""Activations: values, slopes and gradients through depth against torch, and the page in a browser."""

import json
import math
import re

import browser
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.widgets import activation, activation_rules

# Each as torch.nn.functional has it; p holds the parameters.
TORCH = {
    "relu": lambda x, p: F.relu(x),
    "leaky_relu": lambda x, p: F.leaky_relu(x, p["negative_slope"]),
    "prelu": lambda x, p: F.prelu(x, torch.tensor([p["weight"]], dtype=x.dtype)),
    "relu6": lambda x, p: F.relu6(x),
    "elu": lambda x, p: F.elu(x, p["alpha"]),
    "selu": lambda x, p: F.selu(x),
    "gelu": lambda x, p: F.gelu(x),
    "gelu_tanh": lambda x, p: F.gelu(x, approximate="tanh"),
    "silu": lambda x, p: F.silu(x),
    "mish": lambda x, p: F.mish(x),
    "softplus": lambda x, p: F.softplus(x, p["beta"]),
    "sigmoid": lambda x, p: F.sigmoid(x),
    "tanh": lambda x, p: F.tanh(x),
    "hardsigmoid": lambda x, p: F.hardsigmoid(x),
    "hardswish": lambda x, p: F.hardswish(x),
}
KINKS = [-6, -3, 0, 3, 6]
TINY = 1e-12  # below it, torch's own 1 + erf has no digits left


def torch_slopes(name, x, p):
    """Values and autograd's slopes at the numbers x."""
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y = TORCH[name](x, p)
    (slope,) = torch.autograd.grad(y.sum(), x)
    return y.tolist(), slope.tolist()


def torch_chain(name, x, w, layers, p):
    """The derivative by x after each layer, one backward pass for each."""
    x = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    y, products = x, []
    for _ in range(layers):
        y = TORCH[name](w * y, p)
        products += torch.autograd.grad(y, x, retain_graph=True)
    return [float(product) for product in products]


@pytest.fixture(scope="module")
def golden():
    """Values and slopes of every function at 70 places for 20 sets of parameters, and 240 chains."""
    random = np.random.default_rng(1998)

    def parameters():
        ranges = {
            name: activation_rules.LIMITS[name] for name in ("negative_slope", "weight", "alpha", "beta")
        }
        return {name: float(random.uniform(*ends)) for name, ends in ranges.items()}

    defaults = {"negative_slope": 0.01, "weight": 0.25, "alpha": 1.0, "beta": 1.0}
    cases, chains = [], []
    for name in TORCH:
        for p in [defaults, *(parameters() for _ in range(19))]:
            x = [*KINKS, -10, 10, *random.uniform(-10, 10, 40), *random.normal(0, 1, 23)]
            values, slopes = torch_slopes(name, x, p)
            cases.append(
                {"name": name, "p": p, "x": [float(one) for one in x], "values": values, "slopes": slopes}
            )
        for _ in range(16):
            p, x, w = parameters(), float(random.normal(0, 2)), float(random.uniform(-2, 2))
            layers = int(random.integers(1, 30))
            products = torch_chain(name, x, w, layers, p)
            chains.append({"name": name, "p": p, "x": x, "w": w, "layers": layers, "products": products})
    return {"cases": cases, "chains": chains}


def test_page_arithmetic(golden, tmp_path):
    z = np.linspace(-6, 6, 241).tolist()
    more = {
        "erfc": [[one, math.erfc(one)] for one in z],
        "start": activation(input=(8, 8)).input,
        "limits": activation_rules.LIMITS,
    }
    path = tmp_path / "golden.json"
    path.write_text(json.dumps(golden | more))
    browser.node_test("activation", path)


def test_python_answers_as_torch(golden):
    assert set(TORCH) == set(activation_rules.FUNCTIONS)
    for case in golden["cases"]:
        for measure, key in ((activation_rules.value, "values"), (activation_rules.slope, "slopes")):
            found = measure(case["name"], case["x"], case["p"])
            np.testing.assert_allclose(found, case[key], rtol=1e-5, atol=TINY, err_msg=case["name"])
    for case in golden["chains"]:
        found = activation_rules.chain_slopes(case["name"], case["x"], case["w"], case["layers"], case["p"])
        np.testing.assert_allclose(found, case["products"], rtol=1e-5, atol=TINY, err_msg=str(case))


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        (
            {"function": "rellu"},
            "function must be an activation of torch.nn.functional; got rellu. The nearest is 'relu'.",
        ),
        ({"other": "softmax"}, "The nearest is 'softplus'."),
        ({"function": 3}, "function must be an activation"),
        ({"x": 11}, "x must be a number from -10 to 10; got 11. The nearest legal x is 10."),
        ({"x": float("nan")}, "x must be a number from -10 to 10; got nan."),
        ({"x": "1"}, "x must be a number from -10 to 10; got 1."),
        ({"beta": 0}, "The nearest legal beta is 0.1."),
        ({"alpha": -1}, "The nearest legal alpha is 0."),
        (
            {"layers": 51},
            "layers must be a whole number from 1 to 50; got 51. The nearest legal layers is 50.",
        ),
        ({"layers": 2.6}, "The nearest legal layers is 3."),
        ({"layers": True}, "layers must be a whole number"),
        ({"w": -6}, "The nearest legal w is -5."),
        ({"input": (9, 2)}, "rows must be a whole number from 1 to 8; got 9. The nearest legal rows is 8."),
        ({"input": [[1], [1, 2]]}, "input must be a 2-D array of finite numbers or a size"),
        ({"input": [[float("inf")]]}, "input must be a 2-D array"),
        ({"view": "all"}, 'view must be "curves", "map" or "depth"; got all.'),
    ],
)
def test_bad_arguments_get_one_clear_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        activation(**wrong)


def test_arguments_may_be_tensors_and_nothing_to_compare():
    widget = activation("prelu", None, weight=torch.nn.PReLU().weight.item(), input=torch.randn(2, 3))
    assert widget.sentence() == "The activation prelu at x = 1: 1, with slope 1."
    widget.view = "depth"
    widget.w = np.float64(2)
    assert widget.sentence() == "10 layers y = prelu(w · x) with w = 2: the derivative is 1024."
    with pytest.raises(ValueError, match="The nearest legal x is -10"):
        widget.x = -11


# ---- the page ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def widget_address(tmp_path_factory):
    """The pages that conftest's `visit` opens here."""
    folder = tmp_path_factory.mktemp("activation")
    browser.copy_page_files(folder)
    pages = {
        "curves": {},
        "map": {"view": "map"},
        "depth": {"view": "depth", "other": "sigmoid", "w": 1.5, "layers": 12},
    }
    for name, given in pages.items():
        browser.write_page(folder / f"{name}.html", [activation(**given)._repr_mimebundle_()[0]["text/html"]])
    with browser.serve(folder) as one:
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
    page = visit("curves.html")
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
    page = visit("curves.html")
    browser.field(page, "x").fill("0")
    assert page.get_by_text("At x = 0 the slope of relu jumps; PyTorch takes 0 there.").is_visible()
    choose(page, 0, "relu6")
    browser.field(page, "x").fill("6")
    assert page.get_by_text("At x = 6 the slope of relu6 jumps; PyTorch takes 0 there.").is_visible()
    browser.field(page, "x").fill("6.5")
    assert page.get_by_text("jumps").count() == 0


def test_the_point_moves_by_drag_keyboard_and_typing(visit):
    page = visit("curves.html")
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
    page = visit("curves.html")
    assert not browser.field(page, "negative_slope").is_visible()
    choose(page, 0, "leaky_relu")
    browser.field(page, "negative_slope").fill("0.5")
    browser.field(page, "x").fill("-4")
    assert readings(page)[0] == [-2, 0.5]
    page.get_by_role("button", name="Reset").click()
    assert readings(page)[0] == [1, 1]


def test_the_map_shows_what_dies(visit):
    page = visit("map.html")
    x = torch.tensor(browser.numbers(page, "input x"))
    np.testing.assert_allclose(browser.numbers(page, r"relu\(x\)"), F.relu(x))
    np.testing.assert_allclose(browser.numbers(page, r"gelu\(x\)"), F.gelu(x), rtol=6e-3, atol=6e-3)
    dead = int((x <= 0).sum())
    assert page.get_by_text(f"relu: {dead} of 24 cells pass no gradient").is_visible()
    assert browser.grid(page, r"relu\(x\)").locator(".is-dropped").count() == dead
    browser.cell(page, "input x", 1, 2).click()
    page.keyboard.type("−7")
    page.keyboard.press("Enter")
    assert browser.numbers(page, "slope relu′.x.")[1, 2] == 0
    browser.cell(page, "slope gelu′.x.", 2, 3).hover()
    assert browser.outlined(page, "input x") == {(2, 3)} and "x[2, 3] =" in browser.sentence(page)
    choose(page, 1, "")
    assert page.locator(".cw-grid:visible").count() == 3
    browser.field(page, "Rows").fill("2")
    assert browser.numbers(page, "input x").shape == (2, 6)


def test_the_product_through_depth_is_torchs(visit):
    page = visit("depth.html")
    for name in ("relu", "sigmoid"):
        products = torch_chain(name, 1.0, 1.5, 12, {})
        np.testing.assert_allclose(browser.numbers(page, f"Layers of {name}")[:, 3], products, rtol=6e-3)
    told = page.locator(".cw-reading:visible").all_inner_texts()
    assert "it grows. Dead: 50% of the inputs" in told[0] and "it vanishes. Dead: 0%" in told[1]
    browser.field(page, "Layers n").fill("30")
    assert "it explodes" in page.locator(".cw-reading:visible").first.inner_text()
    browser.field(page, "Weight w").fill("-1")
    assert "exactly 0" in page.locator(".cw-reading:visible").first.inner_text()
    browser.cell(page, "Layers of relu", 4, 3).focus()
    assert browser.outlined(page, "Layers of relu") >= {(row, 2) for row in range(5)}
    assert "product of 5 factors = 0" in browser.sentence(page.locator(".cw-story"))
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowUp")
    assert "product of 5 factors" in page.locator(".cw-story .cw-sentence").inner_text()
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    assert "Layer 3" in page.locator(".cw-story .cw-sentence").inner_text()


def test_touch_taps_to_look_and_taps_again_to_change(visit):
    page = visit("map.html", has_touch=True, width=400)
    browser.cell(page, "input x", 0, 2).tap()
    assert "x[0, 2] =" in browser.sentence(page) and page.locator(".cw-editor").count() == 0
    browser.cell(page, "input x", 0, 2).tap()
    page.keyboard.type("-1")
    page.keyboard.press("Enter")
    assert browser.numbers(page, r"relu\(x\)")[0, 2] == 0


def test_illegal_numbers_are_told_never_blank_never_stale(visit):
    wrongs = {
        "curves": [("x", "11"), ("x", ""), ("x", "1e9"), ("x", "-10.5")],
        "map": [("Rows", "0"), ("Rows", "9"), ("Columns", "2.5")],
        "depth": [("Layers n", "0"), ("Layers n", "1e6"), ("Weight w", "6"), ("Weight w", "")],
    }
    for name, pairs in wrongs.items():
        page = visit(f"{name}.html")
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
