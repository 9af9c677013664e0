"""The page of the volume widget in a browser: slices forward and backward, what is told, presets, what it refuses."""

import itertools
import re

import browser
import numpy as np
import pytest
import torch
from browser import cell, field, grid, outlined, sentence
from test_widget_volume import flat_parts, torch_volume

from course_lib.widgets import volume, volume_rules

EXAMPLES = {
    "plain": lambda: volume(),
    "all": lambda: volume((3, 5, 4), (2, 3, 2), padding=(1, 0, 1), stride=(1, 2, 1), dilation=(1, 1, 2), bias=2),
    "dropped": lambda: volume((4, 6, 6), (1, 3, 3), stride=2),
    "pinned": lambda: volume(view="input_grad", cell=("grad_input", 1, 2, 2), grad_output=GRAD_OUTPUT),
    "large": lambda: volume((6, 8, 8), 1, padding=(1, 2, 2)),
}  # fmt: skip
GRAD_OUTPUT = (np.arange(27) % 5 - 1.5).reshape(3, 3, 3)
TABS = {"grad_input": "∂L/∂input", "grad_kernel": "∂L/∂kernel"}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {name: example() for name, example in EXAMPLES.items()}
    with browser.serve_widgets(tmp_path_factory.mktemp("volume"), pages) as one:
        yield one


def shown(page, role):
    """The numbers of all slices of a volume, (D, H, W), with the padding in height and width."""
    labels = [one.get_attribute("aria-label") for one in page.get_by_role("grid").all()]
    slices = [label.split(" ")[0] for label in labels if label.startswith(f"{role}[")]
    return np.array([browser.numbers(page, name) for name in slices])


def tensors(page, sizes):
    """Input and kernel that the page shows."""
    _, above, left = sizes["padding"]
    _, height, width = sizes["input"]
    input = shown(page, "Input")[:, above : above + height, left : left + width]
    return torch.tensor(input, requires_grad=True), torch.tensor(shown(page, "Kernel"), requires_grad=True)


def outlined_in(page, role, count, offset=(0, 0, 0)):
    """The (depth, row, column) of each outlined cell of a volume, padding slices apart."""
    found = set()
    for slice in range(count):
        cells = outlined(page, f"{role}[{slice}]")
        found |= {(slice, row - offset[1], column - offset[2]) for row, column in cells}
    return found


def places(array):
    return {tuple(place) for place in np.argwhere(np.asarray(array)).tolist()}


def jacobians(sizes):
    """Which inputs and which weights each output meets: (output..., input...) and (output..., kernel...) of torch."""
    x, w = torch.ones(sizes["input"]), torch.ones(sizes["kernel"])
    by = torch.autograd.functional.jacobian
    return by(lambda one: torch_volume(sizes, one, w), x), by(lambda one: torch_volume(sizes, x, one), w)


@pytest.mark.parametrize("name", ["plain", "all", "dropped"])
def test_output_and_all_gradients_are_torchs(visit, name):
    page = visit(name)
    widget = EXAMPLES[name]()
    x, w = tensors(page, widget.sizes)
    np.testing.assert_allclose(x.detach(), widget.input)
    b = torch.tensor([widget.bias or 0.0], dtype=torch.float64, requires_grad=True)
    output = torch_volume(widget.sizes, x, w, b)
    np.testing.assert_allclose(shown(page, "Output"), output.detach(), rtol=1e-3)
    output.sum().backward()
    for tab, expected in zip(TABS.values(), (x.grad, w.grad), strict=True):
        page.get_by_role("tab", name=tab).click()
        np.testing.assert_allclose(shown(page, tab), expected, rtol=1e-3)
    if widget.bias is not None:
        assert browser.numbers(page, "∂L/∂bias") == float(b.grad)
    page.get_by_role("tab", name="PyTorch").click()
    exec(page.locator(".cw-code code").inner_text(), {})


@pytest.mark.parametrize("name", ["plain", "all"])
def test_an_output_outlines_what_it_reads_and_tells_its_partial_sums(visit, name):
    page = visit(name)
    widget = EXAMPLES[name]()
    sizes, output = widget.sizes, np.array(widget.output)
    inputs, _ = jacobians(sizes)
    parts = flat_parts(sizes, torch.tensor(widget.input), torch.tensor(widget.kernel))
    for place in [(0, 0, 0), (1, 1, 1), tuple(size - 1 for size in output.shape)]:
        cell(page, f"Output[{place[0]}]", *place[1:]).hover()
        real = outlined_in(page, "Input", sizes["input"][0], sizes["padding"])
        inside = {one for one in real if all(0 <= i < n for i, n in zip(one, sizes["input"], strict=True))}
        assert inside == places(inputs[place])
        assert outlined_in(page, "Kernel", sizes["kernel"][0]) == places(np.ones(sizes["kernel"]))
        items = page.locator(".cw-parts li").all_inner_texts()
        assert len(items) == sizes["kernel"][0]
        for tap, text in enumerate(items):
            depth = place[0] * sizes["stride"][0] - sizes["padding"][0] + tap * sizes["dilation"][0]
            is_inside = 0 <= depth < sizes["input"][0]
            over = f"input slice {depth}" if is_inside else "padding"
            assert text.startswith(f"kernel slice {tap} over {over}: ")
            products, total = text.split(": ")[1].replace("−", "-").replace("×", "*").rsplit(" = ", 1)
            expected = float(parts[(tap, *place)])
            assert eval(products) == pytest.approx(expected) == float(total)
            meets = grid(page, f"Kernel[{tap}]").locator("xpath=../following-sibling::p").inner_text()
            assert meets == f"over input[{depth}]" if is_inside else "over padding"
            if is_inside:
                under = grid(page, f"Input[{depth}]").locator("xpath=../following-sibling::p")
                assert under.inner_text() == f"under kernel[{tap}]"
        assert float(sentence(page).rstrip(".").split("=")[-1]) == pytest.approx(output[place], rel=1e-3)
        assert sentence(page).count("(bias)") == (widget.bias is not None)


def test_an_input_shows_all_outputs_it_feeds_and_a_weight_all_it_multiplies(visit):
    page = visit("all")
    widget = EXAMPLES["all"]()
    sizes, count = widget.sizes, np.shape(widget.output)[0]
    inputs, weights = jacobians(sizes)
    for place in [(0, 0, 0), (1, 2, 3), (2, 4, 1)]:
        depth, row, column = place
        cell(page, f"Input[{depth}]", row + sizes["padding"][1], column + sizes["padding"][2]).hover()
        expected = places(inputs[(..., *place)])
        assert outlined_in(page, "Output", count) == expected
        assert f"feeds {len(expected)} output" in sentence(page)
    values = torch.tensor(widget.kernel)
    for place in itertools.product(*map(range, sizes["kernel"])):
        depth, row, column = place
        cell(page, f"Kernel[{depth}]", row, column).hover()
        assert outlined_in(page, "Output", count) == places(np.ones(np.shape(widget.output)))
        real = outlined_in(page, "Input", sizes["input"][0], sizes["padding"])
        x = torch.ones(sizes["input"], requires_grad=True)
        one = torch.zeros(sizes["kernel"])
        one[place] = 1
        torch_volume(sizes, x, one).sum().backward()
        assert {each for each in real if 0 <= each[1] < 5 and 0 <= each[2] < 4} == places(x.grad)
        assert f"kernel[{depth}, {row}, {column}] = {values[place]:g} multiplies 32 inputs" in sentence(page)
    assert int(re.search(r"\((\d+) of them padding\)", sentence(page))[1]) == int(
        np.prod(np.shape(widget.output)) - weights[(..., 1, 2, 1)].sum()
    )
    cell(page, "Bias", 0, 0).hover()
    assert outlined_in(page, "Output", count) == places(np.ones(np.shape(widget.output)))


def test_the_gradients_tell_their_sums_and_a_changed_output_gradient_reaches_them(visit):
    page = visit("pinned")
    assert page.get_by_role("tab", name="∂L/∂input").get_attribute("aria-selected") == "true"
    assert sentence(page).startswith("∂L/∂input[1, 2, 2] = ")
    assert page.get_by_role("button", name="Unpin").is_visible()
    widget = EXAMPLES["pinned"]()
    x, w = (torch.tensor(values, requires_grad=True) for values in (widget.input, widget.kernel))
    grad_output = torch.tensor(GRAD_OUTPUT)
    torch_volume(widget.sizes, x, w).backward(grad_output)
    assert float(sentence(page).rstrip(".").split("=")[-1]) == pytest.approx(float(x.grad[1, 2, 2]), rel=1e-3)
    np.testing.assert_allclose(shown(page, "∂L/∂input"), x.grad, rtol=1e-3)
    page.get_by_role("button", name="Unpin").click()
    inputs, weights = jacobians(widget.sizes)
    cell(page, "∂L/∂output[1]", 0, 2).hover()
    assert outlined_in(page, "∂L/∂input", 4) == places(inputs[1, 0, 2])
    page.get_by_role("tab", name="∂L/∂kernel").click()
    np.testing.assert_allclose(shown(page, "∂L/∂kernel"), w.grad, rtol=1e-3)
    cell(page, "∂L/∂kernel[1]", 0, 1).hover()
    assert outlined_in(page, "∂L/∂output", 3) == places(weights[..., 1, 0, 1])
    sums = [
        float(text.split("= ")[-1].replace("−", "-"))
        for text in page.locator(".cw-parts li").all_inner_texts()
    ]
    by_slice = [
        torch.autograd.grad(torch_volume(widget.sizes, x, w)[d], w, grad_output[d])[0] for d in range(3)
    ]
    np.testing.assert_allclose(sums, [float(one[1, 0, 1]) for one in by_slice], rtol=1e-3)
    cell(page, "∂L/∂output[2]", 1, 1).click()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    grad_output[2, 1, 1] = 8
    x.grad = w.grad = None
    torch_volume(widget.sizes, x, w).backward(grad_output)
    np.testing.assert_allclose(shown(page, "∂L/∂kernel"), w.grad, rtol=1e-3)


def test_typed_values_sizes_and_bias_reach_the_output(visit):
    page = visit("plain")
    cell(page, "Input[2]", 1, 1).click()
    page.keyboard.type("-7.5")
    page.keyboard.press("Enter")
    cell(page, "Kernel[1]", 2, 0).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    field(page, "Padding, depth").fill("1")
    field(page, "Stride, height and width").fill("2")
    page.get_by_label("height = width").uncheck()
    field(page, "Dilation, width").fill("2")
    field(page, "Input size, width").fill("8")
    page.get_by_label("with bias").check()
    cell(page, "Bias", 0, 0).click()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    sizes = {
        "input": [4, 5, 8],
        "kernel": [2, 3, 3],
        "padding": [1, 0, 0],
        "stride": [1, 2, 2],
        "dilation": [1, 1, 2],
    }
    x, w = tensors(page, sizes)
    assert x[2, 1, 1] == -7.5 and w[1, 2, 0] == 5
    np.testing.assert_allclose(shown(page, "Output"), torch_volume(sizes, x, w, 4).detach(), rtol=1e-3)
    lines = [re.sub(r"\s", "", text) for text in page.locator(".cw-sizes .cw-step").all_inner_texts()]
    assert "".join(lines).count("⌊") == 3 * 2 + 1 + 1  # of the width the quotient is not whole
    assert (
        "width: the floor drops the last column of the padded input"
        in page.locator(".cw-sizes").first.inner_text()
    )
    page.get_by_role("button", name="Reset").click()
    np.testing.assert_allclose(shown(page, "Output"), volume().output, rtol=1e-3)


def test_what_the_floor_drops_is_struck_through(visit):
    page = visit("dropped")
    dropped = grid(page, "Input[3]").locator(".is-dropped")
    assert dropped.count() == 36  # the last slice is beyond the last place along depth
    assert grid(page, "Input[2]").locator(".is-dropped").count() == 11
    cell(page, "Input[3]", 0, 0).hover()
    assert "feeds no output: the floor drops it" in sentence(page)
    cell(page, "Input[1]", 0, 0).hover()
    assert "feeds no output: no weight meets it" in sentence(page)


def test_presets_and_the_way_back_to_two_dimensions(visit):
    page = visit("plain")
    kind = page.locator(".cw-kind")
    assert "it has 3 places there" in kind.inner_text()
    cost = page.locator(".cw-sizes").last
    assert "2·3·3 = 18 multiply-accumulates (MACs) for each of 3·3·3 = 27 outputs: 486." in cost.inner_text()
    kind.get_by_role("button", name="Make it 2-D over 3 channels").click()
    assert "depth 1: this is a 2-D convolution over 3 channels" in kind.inner_text()
    assert shown(page, "Output").shape == (1, 3, 3) and kind.get_by_role("button").count() == 0
    assert page.evaluate("document.activeElement.parentElement.className") == "cw-kind"
    x, w = tensors(page, {"input": [3, 5, 5], "padding": [0, 0, 0]})
    flat = torch.nn.functional.conv2d(x[None], w[None])[0].detach()
    np.testing.assert_allclose(shown(page, "Output"), flat, rtol=1e-3)
    example = page.get_by_label("Example")
    assert example.input_value() == "channels"
    expected = {"slices": (4, 3, 3), "video": (4, 3, 3), "stride": (3, 4, 4), "channels": (1, 3, 3)}
    for name, shape in expected.items():
        example.select_option(name)
        assert shown(page, "Output").shape == shape
    example.select_option("slices")
    assert "a 2-D convolution with one kernel, of each of the 4 slices" in kind.inner_text()
    x, w = tensors(page, {"input": [4, 5, 5], "padding": [0, 0, 0]})
    each = torch.nn.functional.conv2d(x[:, None], w[None])[:, 0].detach()
    np.testing.assert_allclose(shown(page, "Output"), each, rtol=1e-3)


def test_illegal_numbers_are_told_never_stale_and_mended_with_one_press(visit):
    page = visit("plain")
    wrong = [("Kernel size, depth", "4"), ("Kernel size, height and width", "99"), ("Input size, depth", "1"),
             ("Input size, height and width", "9"), ("Input size, depth", ""), ("Stride, depth", "0"),
             ("Stride, height and width", "1.5"), ("Dilation, depth", "9"), ("Padding, depth", "-1"),
             ("Padding, height and width", "999999"), ("Padding, depth", "1e300"),
             ("Dilation, depth", "-3")]  # fmt: skip
    for label, text in wrong:
        field(page, label).fill(text)
        assert re.match(r"No output\. .+\.", page.locator(".cw-refusal:visible").inner_text()), (label, text)
        assert page.get_by_role("grid").count() == 0
        message = page.locator(".cw-problem:visible")
        assert re.match(r"[A-Z].+\.\sUse \d+", message.inner_text()), message.inner_text()
        message.get_by_role("button").click()
        assert shown(page, "Output").size > 0, (label, text)
        page.get_by_role("button", name="Reset").click()
        np.testing.assert_allclose(shown(page, "Output"), volume().output, rtol=1e-3)


def test_keyboard_player_and_touch(visit):
    page = visit("plain")
    cell(page, "Output[1]", 0, 0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    pinned = outlined_in(page, "Input", 4)
    assert page.get_by_role("button", name="Unpin").is_visible()
    cell(page, "Output[2]", 2, 2).focus()
    assert outlined_in(page, "Input", 4) == pinned
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    assert outlined_in(page, "Input", 4) != pinned and sentence(page).startswith("output[2, 1, 2] = ")
    page.get_by_label("To the start").click()
    assert (
        sentence(page).startswith("output[0, 0, 0] = ")
        and "1 of 27" in page.locator(".cw-place").inner_text()
    )
    for _ in range(9):
        page.get_by_label("One step on").click()
    assert sentence(page).startswith("output[1, 0, 0] = ")
    cell(page, "Input[1]", 1, 2).focus()
    page.keyboard.press("Space")
    field(page, "Padding, height and width").fill("1")
    assert sentence(page).startswith(
        "input[1, 1, 2] = "
    )  # the same cell, though its place in the grid is another
    assert page.get_by_role("button", name="Unpin").is_visible()
    page = visit("plain", has_touch=True, width=360)
    place = cell(page, "Input[1]", 1, 1)
    place.tap()
    assert sentence(page).startswith("input[1, 1, 1]") and page.locator(".cw-editor").count() == 0
    place.tap()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    assert shown(page, "Input")[1, 1, 1] == 9


def test_the_largest_state_keeps_to_the_budget_of_cells_and_answers_at_once(visit):
    page = visit("large")
    for tab in ("∂L/∂input", "∂L/∂kernel", "Output"):
        page.get_by_role("tab", name=tab).click()
        cells = page.locator(".cw-cell").count()
        assert 1000 < cells <= 3000
    assert cells == volume_rules.cell_count(EXAMPLES["large"]().sizes)
    spent = page.evaluate("""() => {
        const cells = [...document.querySelectorAll(".cw-cell")].slice(-40);
        const start = performance.now();
        for (const one of cells) one.dispatchEvent(new PointerEvent("pointerover", {bubbles: true}));
        return (performance.now() - start) / cells.length;
    }""")
    assert spent < 50, f"{spent} ms a step"


def test_the_model_gets_what_the_reader_changes_and_the_page_what_python_sets(visit):
    page = visit("plain")
    browser.render_live(page, "volume", volume().state())
    assert page.evaluate("live.saved") == 0
    field(page, "Stride, depth").fill("2")
    cell(page, "Output[1]", 2, 1).click()
    cell(page, "Kernel[1]", 0, 1).click()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    state = page.evaluate("live.state")
    assert (state["stride"], state["kernel"][1][0][1], state["cell"]) == ([2, 1, 1], 8, ["output", 1, 2, 1])
    assert page.evaluate("live.saved") == 3
    widget = volume(**state)
    assert widget.state() == state
    np.testing.assert_allclose(shown(page, "Output"), widget.output, rtol=1e-3)
    field(page, "Stride, depth").fill("0")  # not legal: the model keeps the last legal state
    assert page.evaluate("live.state.stride") == [2, 1, 1]
    page.evaluate("live.python({stride: [3, 2, 2], cell: null, view: 'kernel_grad', bias: 3})")
    assert field(page, "Stride, depth").input_value() == "3" and browser.numbers(page, "∂L/∂bias") == 4
    cell(page, "∂L/∂output[0]", 0, 0).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    state = page.evaluate("live.state")
    assert state["grad_output"][0][0][0] == 5 and volume(**state).state() == state
