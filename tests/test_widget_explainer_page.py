"""The explainer's page in a real browser: drawing, choosing, numbers, occlusion, what it refuses."""

import copy
import io
import re

import browser
import explainer_networks
import numpy as np
import pytest
import torch
from gallery import EXAMPLES
from PIL import Image
from torch import nn

from course_lib.widgets import explainer, explainer_export, explainer_forward


@pytest.fixture(scope="module")
def widgets():
    """The digits network, an RGB network, the gallery's LeNet-5; and the RGB network in torch."""
    _, network, digits = explainer_networks.digits_network()
    torch.manual_seed(1)
    rgb = nn.Sequential(
        nn.Conv2d(3, 12, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(12, 4)
    )
    colour = explainer_export.export(rgb, (3, 16, 16), mean=[0.5, 0.4, 0.3], std=0.25)
    photos = np.random.default_rng(0).integers(0, 256, (2, 3, 16, 16)).astype(np.uint8)
    pages = {
        "digits": explainer(network, digits.test_images[:6], digits.test_labels[:6], digits.class_names),
        "rgb": explainer(colour, photos, classes=["ant", "bee", "cat", "dog"]),
        "lenet": EXAMPLES["explainer"](),
    }
    return pages, explainer_networks.dequantise(rgb.double(), colour)


@pytest.fixture(scope="module")
def address(tmp_path_factory, widgets):
    with browser.serve_widgets(tmp_path_factory.mktemp("explainer"), widgets[0]) as one:
        yield one


def shown(page, column):
    """One column of the table of scores, as numbers."""
    cells = page.locator(f".cw-scores tbody tr td:nth-child({column})").all_inner_texts()
    return np.array([float(text.replace("−", "-")) for text in cells])


def numbers(page, name):
    """The numbers of the grid whose name begins with `name`, (H, W)."""
    grid = page.get_by_role("grid", name=re.compile(f"^{name}"))
    grid.wait_for()
    rows = [row.locator(".cw-cell").all_inner_texts() for row in grid.get_by_role("row").all()]
    return np.array([[float(text.replace("−", "-")) for text in row] for row in rows])


def sentence(page):
    return page.locator("[role=tabpanel]:visible .cw-sentence:visible").first.inner_text().replace("−", "-")


def fill(page, label, value):
    page.locator("[role=tabpanel]:visible").get_by_label(label, exact=True).fill(str(value))


def test_scores_on_the_page_are_torchs_for_every_picture(visit):
    model, network, digits = explainer_networks.digits_network()
    page = visit("digits")
    exact = explainer_networks.dequantise(copy.deepcopy(model).double(), network)
    for index in range(6):
        page.get_by_role("listbox", name="Pictures to choose from").get_by_role("option").nth(index).click()
        page.wait_for_timeout(60)
        with torch.no_grad():
            scores = exact(digits.test_images[index : index + 1].double() / 255)[0]
        np.testing.assert_allclose(shown(page, 3), scores, rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(shown(page, 2), scores.softmax(0), atol=6e-4)
        assert f"Says {scores.argmax()}" in page.locator(".cw-said").inner_text()


def test_each_layer_tells_its_number_by_keyboard_alone(visit):
    page = visit("digits")
    wanted = ["Each sum is over a window of 3 × 3", "running mean", "multiplied by the derivative", "the largest of 4",
              "Each sum", "multiplied by the derivative", "maps are written one after the other",
              "= sum of 256 products"]  # fmt: skip
    lists = page.locator(".cw-card [role=listbox]")
    assert lists.count() == len(wanted)
    for index, words in enumerate(wanted):
        lists.nth(index).locator("[tabindex='0']").focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        assert re.search(words, sentence(page)), sentence(page)
        assert lists.nth(index).locator("[aria-selected=true]").count() == 1
        assert page.locator(".cw-card [aria-selected=true]").count() == 1


def test_products_of_a_window_add_up_to_the_number_told(visit):
    page = visit("digits")
    fill(page, "row", 4)
    fill(page, "column", 3)
    told = re.match(r".*\[0, 4, 3\] = (.+) \+ bias (\S+) = (\S+)\.", sentence(page)).groups()
    total, bias, value = (float(text.strip("()")) for text in told)
    products = numbers(page, "Products")
    assert abs(total + bias - value) < 2e-3 and abs(products.sum() - total) < 5e-3
    window, kernel = (
        page.get_by_role("grid", name=re.compile(f"^{name}")).locator(".cw-cell").all_inner_texts()
        for name in ("Window of map", "Kernel for map")
    )
    pairs = zip(
        *([float(text.replace("−", "-")) for text in texts] for texts in (window, kernel)), strict=True
    )
    np.testing.assert_allclose(products.ravel(), [a * b for a, b in pairs], atol=2e-3)


def test_drawing_by_pointer_touch_and_keyboard_changes_the_scores(visit):
    page = visit("lenet")
    board = page.get_by_role("application")
    before = shown(page, 3)
    box = board.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 150, steps=5)
    page.mouse.up()
    page.wait_for_timeout(80)
    drawn = shown(page, 3)
    assert np.abs(drawn - before).max() > 0.01
    board.focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight", "Space", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    page.wait_for_timeout(80)
    typed = shown(page, 3)
    assert np.abs(typed - drawn).max() > 0.001
    for key in ("Delete", "ArrowLeft", "Backspace"):
        page.keyboard.press(key)
    page.wait_for_timeout(80)
    assert np.abs(shown(page, 3) - typed).max() > 0.0005
    place = board.locator(".cw-outline").get_attribute("style")
    for modifier, key in (
        ("alt", "ArrowLeft"),
        ("meta", "ArrowRight"),
        ("ctrl", "PageDown"),
        ("ctrl", "Backspace"),
    ):
        is_left_alone = board.evaluate(  # to the browser
            "(one, [modifier, key]) => one.dispatchEvent(new KeyboardEvent('keydown', "
            "{ key, [`${modifier}Key`]: true, bubbles: true, cancelable: true }))",
            [modifier, key],
        )
        assert is_left_alone and board.locator(".cw-outline").get_attribute("style") == place, (modifier, key)
    page.get_by_role("button", name="Reset").click()
    page.wait_for_timeout(80)
    np.testing.assert_array_equal(shown(page, 3), before)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_timeout(80)
    assert np.abs(shown(page, 3) - before).max() > 0.01
    phone = visit("lenet", has_touch=True, width=360)
    before = shown(phone, 3)
    phone.get_by_role("application").tap()
    phone.wait_for_timeout(80)
    assert np.abs(shown(phone, 3) - before).max() > 0.001


def test_a_picture_file_is_scaled_and_others_are_refused(visit):
    page = visit("digits")
    stream = io.BytesIO()
    Image.fromarray(np.full((40, 60), 255, np.uint8)).save(stream, "PNG")
    file = page.locator(".cw-picture input[type=file]")
    file.set_input_files({"name": "white.png", "mimeType": "image/png", "buffer": stream.getvalue()})
    page.get_by_text("white.png, cut and scaled to 8 × 8 pixels.").wait_for()
    page.wait_for_timeout(80)
    white = shown(page, 3)
    page.get_by_label("dark on light: invert").check()
    file.set_input_files({"name": "white.png", "mimeType": "image/png", "buffer": stream.getvalue()})
    page.wait_for_timeout(200)
    assert np.abs(shown(page, 3) - white).max() > 0.01
    kept = shown(page, 3)
    for name, content in (
        ("notes.txt", b"no picture"),
        ("broken.png", stream.getvalue()[:30]),
        ("empty.jpg", b""),
    ):
        file.set_input_files({"name": name, "mimeType": "image/png", "buffer": content})
        alert = page.get_by_role("alert").filter(has_text=f"The browser can read no picture in {name}.")
        alert.wait_for()
        np.testing.assert_array_equal(shown(page, 3), kept)
    page.get_by_role("button", name="Clear").click()
    assert not page.locator(".cw-picture [role=alert]").is_visible()


def test_a_file_that_is_still_read_when_the_reader_goes_on_comes_too_late(visit):
    page = visit("digits")
    stream = io.BytesIO()
    Image.fromarray(np.full((40, 60), 255, np.uint8)).save(stream, "PNG")
    # The browser takes its time over the file: until `finish` is called.
    page.evaluate("""() => {
        const decode = createImageBitmap;
        window.createImageBitmap = (file) => new Promise((resolve) => {
            window.finish = () => decode(file).then(resolve);
        });
    }""")
    white = {"name": "white.png", "mimeType": "image/png", "buffer": stream.getvalue()}
    pictures = page.get_by_role("listbox", name="Pictures to choose from").get_by_role("option")
    others = {
        "drawn": lambda: page.get_by_role("application").press("Space"),
        "chosen": lambda: pictures.nth(2).click(),
        "cleared": lambda: page.get_by_role("button", name="Clear").click(),
        "reset": lambda: page.get_by_role("button", name="Reset").click(),
    }
    for name, other in others.items():
        page.locator(".cw-picture input[type=file]").set_input_files(white)
        other()
        page.wait_for_timeout(80)
        kept = shown(page, 3)
        page.evaluate("finish()")
        page.wait_for_timeout(150)
        np.testing.assert_array_equal(shown(page, 3), kept, err_msg=name)
        assert page.get_by_text("white.png").count() == 0, name
    page.locator(".cw-picture input[type=file]").set_input_files(white)
    page.evaluate("finish()")
    page.get_by_text("white.png, cut and scaled to 8 × 8 pixels.").wait_for()
    page.get_by_role("button", name="Clear").click()
    assert page.get_by_text("white.png").is_visible() is False


def test_illegal_places_are_told_never_blank_never_stale(visit):
    page = visit("digits")
    random = np.random.default_rng(3)
    wrong = [
        (label, text) for label in ("map or index", "row", "column") for text in ("8", "-1", "1.5", "", "1e9")
    ]
    for index in random.permutation(len(wrong))[:10]:
        label, text = wrong[index]
        fill(page, label, text)
        assert re.match(rf"{label} must be a whole number from 0 to 7\.", sentence(page)), (label, text)
        assert page.locator("[role=tabpanel]:visible [role=grid]:visible").count() == 0
        problem = page.locator(".cw-problem:visible")
        assert page.locator("[aria-invalid=true]").get_attribute("aria-describedby") == problem.get_attribute(
            "id"
        )
        problem.get_by_role("button").click()
        assert page.get_by_role("grid", name="Products").is_visible()
        assert page.locator(".cw-problem:visible").count() == 0


def test_occlusion_runs_stops_and_forgets(visit):
    page = visit("lenet")
    page.get_by_role("tab", name="Occlusion").click()
    fill(page, "Step", 0)
    assert "Step must be a whole number from 1 to 28." in page.locator(".cw-problem:visible").inner_text()
    assert page.get_by_role("button", name="Slide the patch").is_disabled()
    page.locator(".cw-problem:visible button").click()
    fill(page, "Patch", 1)
    fill(page, "Step", 1)
    page.get_by_role("button", name="Slide the patch").click()
    page.get_by_role("button", name="Stop").click()
    assert re.match(r"Stopped after \d+ of 784 places\.", sentence(page))
    fill(page, "Patch", 7)
    fill(page, "Step", 7)
    page.get_by_role("button", name="Slide the patch").click()
    page.get_by_text("It falls most, to").wait_for()
    page.get_by_text("All numbers of Probability with the patch there").click()
    found = numbers(page, "All numbers of Probability")
    widget = EXAMPLES["explainer"]()
    pixels = np.rint(widget.pixels * 255)
    target = widget.scores.argmax()
    for i, j in np.ndindex(4, 4):
        covered = pixels.copy()
        covered[:, 7 * i : 7 * i + 7, 7 * j : 7 * j + 7] = 128
        shares = explainer_forward.softmax(explainer_forward.forward(widget.network, covered / 255)[-1])
        assert abs(found[i, j] - shares[target]) <= 0.006, (i, j)
    page.get_by_label("Class asked about").select_option("8")
    assert "has changed: slide the patch again" in sentence(page)
    assert page.get_by_text("All numbers of Probability with the patch there").is_visible() is False


def test_saliency_cam_and_softmax_tell_torchs_numbers(visit, widgets):
    page = visit("rgb")
    widget, exact = widgets[0]["rgb"], widgets[1]
    page.get_by_role("tab", name="Softmax").click()
    texts = page.locator("[role=tabpanel]:visible tbody tr:not(:last-child) td:last-child").all_inner_texts()
    shares = np.array([float(text.replace("−", "-").replace("e-", "e-")) for text in texts])
    np.testing.assert_allclose(shares, widget.probabilities, rtol=1e-3)
    page.get_by_role("tab", name="Saliency").click()
    page.get_by_text("All numbers of Saliency").click()
    rows = numbers(page, "All numbers of Saliency")
    x = (torch.from_numpy(widget.pixels) - torch.tensor([0.5, 0.4, 0.3])[:, None, None]) / 0.25
    x = x.double()[None].requires_grad_()
    exact(x)[0, widget.scores.argmax()].backward()
    np.testing.assert_allclose(rows, x.grad[0].abs().amax(0), rtol=0.06, atol=1e-4)
    assert re.match(r"∂score of \w+ / ∂pixel is largest at row \d+, column \d+: ", sentence(page))
    page.get_by_role("tab", name="Grad-CAM").click()
    assert re.match(r"Strongest for|Every weighed sum is 0", sentence(page))
    page.locator("[role=tabpanel]:visible select").select_option(index=0)
    assert re.match(r"Strongest for|Every weighed sum is 0", sentence(page))


def test_lenet_answers_a_stroke_in_time(visit):
    page = visit("lenet")
    board = page.get_by_role("application")
    board.focus()
    times = []
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        times.append(
            page.evaluate("""() => new Promise(resolve => {
            const board = document.querySelector("[role=application]"), began = performance.now();
            board.dispatchEvent(new KeyboardEvent("keydown", {key: " ", bubbles: true}));
            requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
        })""")
        )
    assert min(times) <= 100, times
