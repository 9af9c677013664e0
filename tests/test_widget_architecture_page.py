"""The page of the architecture widget in a real browser: numbers, sliders, keys, touch, and what it refuses."""

import re

import architecture_golden
import browser
import pytest
from architecture_profiles import as_network, example, older, profile
from playwright.sync_api import expect

from course_lib.widgets import architecture

CUT = {"layers": as_network("lenet5")["layers"][:6], "name": "Mine", "input_shape": [1, 28, 28],
       "error": "mat1 and mat2 shapes cannot be multiplied (1x400 and 256x120)"}  # fmt: skip
WIDGETS = {
    "two": example,
    "lenet": lambda: architecture(as_network("lenet5")),
    "resnet": lambda: architecture(as_network("resnet50")),
    "dense": lambda: architecture(older("densenet121"), names="DenseNet"),
    "cut": lambda: architecture(CUT),
    "nothing": lambda: architecture({"layers": [], "error": "expected 3 channels, got 1"}),
    "set": lambda: architecture(
        as_network("resnet50"), resolution=256, batch=4, share="parameters", order="largest"
    ),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {name: make() for name, make in WIDGETS.items()}
    with browser.serve_widgets(tmp_path_factory.mktemp("architecture"), pages) as one:
        yield one


def tree(page, name=""):
    return page.get_by_role("treegrid", name=re.compile(f"^Layers of {name}"))


def texts(page, name=""):
    """Rows of a tree as lists of their cells' texts: name, type, output, parameters, MACs, memory, sees, share."""
    return tree(page, name).evaluate("""one => [...one.querySelectorAll(".cw-tree-row")].map(row =>
        [...row.children].map(cell => cell.innerText.replace(/[▾▸]/, "").trim()))""")


def row(page, label, name=""):
    return tree(page, name).locator(".cw-tree-row", has=page.get_by_text(label, exact=True)).first


def totals(page):
    rows = page.locator(".cw-totals tbody tr").all()
    return {one.locator("th").inner_text(): one.locator("td").all_inner_texts() for one in rows}


def setting(page, label):
    return page.get_by_label(label, exact=True)


def focused(page):
    return page.evaluate("document.activeElement.innerText.replace(/[▾▸]/, '').trim().split('\\n')[0].trim()")


def test_every_row_and_total_is_the_profiles(visit):
    page = visit("lenet")
    layers = [one for one in texts(page) if not one[1].endswith(("layers", "layer"))]
    for shown, layer in zip(layers, profile("lenet5").layers, strict=True):
        assert shown[1] == layer.type and shown[2] == " × ".join(map(str, layer.output_shape))
        assert shown[0] == layer.path.split(".")[-1]
        exact = [layer.parameters, layer.macs]
        for text, value in zip(shown[3:5], exact):
            number, unit = re.fullmatch(r"([\d.]+) ?(k?)", text).groups()
            assert abs(float(number) * (1000 if unit else 1) - value) <= 0.005 * value
        assert abs(float(shown[7][:-2]) - 100 * layer.macs / 416520) < 0.051
    assert totals(page)["parameters"][:2] == ["61,706"] * 2 and totals(page)["MACs"][0] == "416,520"
    fresh = profile("resnet50")
    page = visit("resnet")
    assert totals(page)["MACs"][0] == f"{fresh.macs:,}"
    assert totals(page)["kept for the backward pass"][0] == f"{fresh.training_bytes:,} bytes"
    assert totals(page)["most at one time in inference"][0] == f"{fresh.inference_bytes:,} bytes"


def test_resolution_and_batch_show_what_a_fresh_profile_says(visit):
    page = visit("resnet")
    setting(page, "Image height, pixels").fill("320")
    fresh = profile("resnet50", (3, 320, 320))
    outputs = sum(layer.activation_bytes for layer in fresh.layers)
    assert totals(page)["MACs"][1] == f"{fresh.macs:,}"
    assert totals(page)["memory of all outputs"][1] == f"{outputs:,} bytes"
    setting(page, "Batch, images").fill("8")
    assert totals(page)["MACs"][1] == f"{8 * fresh.macs:,}"
    assert totals(page)["parameters"][1:3] == ["25,557,032", "+0"]
    setting(page, "Image height, pixels").fill("321")
    assert totals(page)["MACs"][1].startswith("≈ ") and "Exact: 224 and every 32 pixels" in page.inner_text(
        ".cw-net"
    )
    setting(page, "Image height, pixels").fill("320")
    setting(page, "Image height, pixels, slider").press("ArrowRight")
    assert setting(page, "Image height, pixels").input_value() == "352"
    page.get_by_role("button", name="Reset").click()
    assert totals(page)["MACs"] == ["4,089,184,256", "4,089,184,256", "+0", "× 1.00"]


def test_a_width_is_exact_where_the_counts_need_no_rounding_and_else_an_estimate(visit):
    page = visit("resnet")
    setting(page, "Width, %").fill("50")
    fresh = architecture_golden.widened_profile("resnet50", 0.5)
    assert totals(page)["parameters"][1] == f"{fresh.parameters:,}"
    assert totals(page)["MACs"][1] == f"{fresh.macs:,}"
    assert "they stay multiples of 8" in page.inner_text(".cw-net")
    setting(page, "Width, %").fill("33")
    assert totals(page)["parameters"][1].startswith("≈ ")
    assert "Another width is an estimate" in page.inner_text(".cw-net")
    assert texts(page)[0][3] == f"≈ {float(totals(page)['parameters'][1][2:].replace(',', '')) / 1e6:.2f} M"


def test_two_networks_stand_side_by_side_with_their_differences(visit):
    page = visit("two")
    boxes = [one.bounding_box() for one in page.get_by_role("treegrid").all()]
    assert boxes[0]["y"] == boxes[1]["y"] and boxes[0]["x"] < boxes[1]["x"]
    assert totals(page)["parameters"] == ["61,706", "3,504,872", "+3.44 M", "× 56.8"]
    page = visit("two", width=360, height=800)
    boxes = [one.bounding_box() for one in page.get_by_role("treegrid").all()]
    assert boxes[0]["y"] + boxes[0]["height"] < boxes[1]["y"]


def test_a_size_that_does_not_fit_names_the_layer_and_the_nearest_one(visit):
    page = visit("two")
    setting(page, "Image height of LeNet-5, pixels").fill("36")
    alarm = (
        "At 36 × 36, head.c5 cannot run: it reads 400 numbers, and what comes before it is 16 × 7 × 7 = 784."
    )
    assert f"{alarm} The nearest legal height is 28." in page.inner_text(".cw-net")
    page.get_by_role("button", name="Open all, LeNet-5").click()
    shown = {one[0]: one for one in texts(page, "LeNet")}
    assert shown["s4"][2] == "16 × 7 × 7" and shown["relu5"][2:] == ["–"] * 6
    assert any("c5 cannot run" in name for name in shown) and shown["flatten"][2] == "784"
    assert totals(page)["MACs"][0] == "–" and totals(page)["MACs"][1] == "300,774,272"
    page.get_by_role("button", name="Use 28").click()
    expect(page.locator(".course-widget")).not_to_contain_text("cannot run")  # the live line waits a second
    assert totals(page)["parameters"][0] == "61,706"
    setting(page, "Image height of LeNet-5, pixels").fill("1")
    assert "nothing at all" in page.inner_text(".cw-net") and totals(page)["MACs"][0] == "–"


@pytest.mark.parametrize(
    "label, value",
    [("Width, %", "0"), ("Width, %", "-5"), ("Width, %", "1e9"), ("Width, %", ""), ("Batch, images", "0"),
     ("Batch, images", "2.5"), ("Batch, images", "99999"), ("Batch, images", ""),
     ("Image height, pixels", "0"), ("Image height, pixels", "5000"), ("Image height, pixels", "-3"),
     ("Image height, pixels", "22.5"), ("Image height, pixels", "")],
)  # fmt: skip
def test_what_is_illegal_gets_a_sentence_and_no_old_result(visit, label, value):
    page = visit("resnet")
    setting(page, label).fill(value)
    problem = page.locator(".cw-field .cw-problem:visible")
    assert re.search(
        r"it must be a .*number from [\d,]+ to [\d,]+\. The nearest legal value is \d+\.",
        problem.inner_text(),
    )
    assert {text for one in texts(page) for text in one[2:]} == {"–"} and totals(page)["MACs"][1] == "–"
    problem.get_by_role("button").click()
    assert page.locator(".cw-problem:visible").count() == 0 and totals(page)["MACs"][1] != "–"


def test_the_tree_obeys_the_keys_of_a_treegrid(visit):
    page = visit("resnet")
    assert page.evaluate("document.querySelectorAll('.cw-tree [tabindex=\"0\"]').length") == 1
    row(page, "whole network").focus()
    count = len(texts(page))
    page.keyboard.press("ArrowLeft")
    assert len(texts(page)) == 1 and row(page, "whole network").get_attribute("aria-expanded") == "false"
    page.keyboard.press("ArrowRight")
    assert len(texts(page)) == count
    page.keyboard.press("End")
    assert focused(page) == "output"
    for key in ("Home", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert focused(page) == "conv"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "stem"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "stem" and page.evaluate("document.activeElement.role") == "gridcell"
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    assert focused(page) == "64 × 112 × 112"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.role") == "row" and focused(page) == "conv"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.cw-tree')") is None
    levels = (
        tree(page)
        .locator(".cw-tree-row")
        .evaluate_all("all => all.map(one => one.getAttribute('aria-level'))")
    )
    assert levels[:4] == ["1", "2", "3", "4"] or levels[:3] == ["1", "2", "3"]


def test_a_run_of_equal_blocks_folds_and_unfolds(visit):
    page = visit("resnet")
    row(page, "conv4").click()
    shown = [one[0] for one in texts(page)]
    assert "1–5 ×5" in shown
    folded = next(one for one in texts(page) if one[0] == "1–5 ×5")
    row(page, "1–5 ×5").press("Enter")
    names = [one[0] for one in texts(page)]
    at = names.index("1–5 ×5")
    assert names[at + 1 : at + 6] == list("12345")
    parts = [one[3] for one in texts(page)[at + 1 : at + 6]]
    assert len(set(parts)) == 1 and abs(float(parts[0][:-2]) * 5 - float(folded[3][:-2])) < 0.05
    page.keyboard.press("Enter")
    assert [one[0] for one in texts(page)] == shown


def test_the_story_works_a_layer_out_and_stays_when_kept(visit):
    page = visit("lenet")
    row(page, "c1").hover()
    story = page.inner_text(".cw-sentence")
    assert (
        "117,600 MACs = 28 × 28 places × 150 weights" in story and "156 parameters, 6 of them biases" in story
    )
    assert "It sees 5 × 5 pixels, 1 × 1 further on" in story and "4,704 numbers of 4 bytes" in story
    row(page, "c1").click()
    row(page, "s4").hover()
    assert (
        page.inner_text(".cw-sentence") == story and row(page, "c1").get_attribute("aria-selected") == "true"
    )
    page.keyboard.press("Escape")
    row(page, "stem").hover()
    row(page, "s4").hover()
    assert "stages.s4 (MaxPool2d)" in page.inner_text(".cw-sentence")


def test_touch_opens_a_block_and_tells_a_layer(visit):
    page = visit("two", width=390, height=800, has_touch=True)
    before = len(texts(page, "MobileNetV2"))
    row(page, "stages", "MobileNetV2").tap()
    assert len(texts(page, "MobileNetV2")) > before
    row(page, "c1", "LeNet-5").tap()
    assert page.inner_text(".cw-sentence").startswith("LeNet-5, stem.c1 (Conv2d)")


def test_order_and_share_follow_the_column_that_is_chosen(visit):
    page = visit("resnet")
    page.locator("label", has_text="Share of").locator("select").select_option("parameters")
    page.locator("label", has_text="Order").locator("select").select_option("largest")
    parts = [float(one[7][:-2]) for one in texts(page) if one[0].startswith("conv") and len(one[0]) == 5]
    assert len(parts) == 4 and parts == sorted(parts, reverse=True)
    assert texts(page)[1][0] == "stages"
    widget = WIDGETS["resnet"]()
    share = (
        100
        * sum(layer[3] for layer in widget.networks[0]["layers"] if layer[0].startswith("stages.conv5."))
        / 25557032
    )
    assert abs(parts[0] - share) < 0.051


def test_what_python_sets_is_what_the_page_shows(visit):
    page, widget = visit("set"), WIDGETS["set"]()
    expected = widget.totals()[0]
    assert (
        totals(page)["MACs"][1]
        == f"{expected['macs']:,}"
        == f"{4 * profile('resnet50', (3, 256, 256)).macs:,}"
    )
    assert setting(page, "Batch, images").input_value() == "4" and texts(page)[1][0] == "stages"


def test_a_network_that_failed_is_drawn_up_to_there_with_the_cause(visit):
    page = visit("cut")
    assert f"Stopped after stages.s4: {CUT['error']}" in page.inner_text(".cw-net")
    assert (
        texts(page)[-1][:3] == ["s4", "MaxPool2d", "16 × 5 × 5"] and totals(page)["parameters"][0] == "2,572"
    )
    page = visit("nothing")
    assert "Stopped before the first layer: expected 3 channels, got 1" in page.inner_text(".cw-net")


def test_a_large_network_opens_within_the_cap_and_without_a_known_input_is_an_estimate(visit):
    page = visit("dense")
    page.get_by_role("button", name="Open all, DenseNet").click()
    assert page.evaluate("document.querySelectorAll('.cw-tree [role=gridcell]').length") <= 3000
    assert re.search(r"\d+ more lines are not drawn", page.inner_text(".cw-net"))
    assert "Input probably 224 × 224" in page.inner_text(".cw-net")
    setting(page, "Image height, pixels").fill("256")
    assert totals(page)["MACs"][1] == f"≈ {profile('densenet121', (3, 256, 256)).macs:,}"


def test_the_readers_changes_go_back_to_the_model(visit):
    page = visit("lenet")
    browser.render_live(page, "architecture", WIDGETS["resnet"]().state())
    steps = []
    for label, value in ("Batch, images", "3"), ("Width, %", "75"), ("Image height, pixels", "256"):
        setting(page, label).fill(value)
        steps.append(page.evaluate("[live.state.batch, live.state.width, live.state.resolution, live.saved]"))
    assert steps == [[3, 1, [None], 1], [3, 0.75, [None], 2], [3, 0.75, [256], 3]]
    setting(page, "Batch, images").fill("0")
    row(page, "whole network").click()
    assert page.evaluate("live.saved") == 3  # what is illegal is not saved
    setting(page, "Batch, images").fill("5")
    assert page.evaluate("[live.saved, live.state.batch]") == [4, 5]
    assert "" not in page.evaluate("live.state.opened[0]")
    page.evaluate("live.python({ batch: 9 })")
    assert setting(page, "Batch, images").input_value() == "9" and page.evaluate("live.saved") == 4


def test_the_story_is_spoken_and_what_is_pointed_at_while_another_is_pinned(visit):
    page = visit("lenet")
    live = page.locator(".cw-live")
    row(page, "c1").hover()
    expect(live).to_contain_text("117,600 MACs = 28 × 28 places × 150 weights (6 × 1 × 5 × 5)")
    row(page, "c1").click()
    expect(live).to_contain_text("Pinned: stem.c1 (Conv2d): output 6 × 28 × 28.")
    row(page, "s4").hover()
    expect(live).to_have_text("stages.s4, MACs = 0, not outlined.")
    unpin = page.get_by_role("button", name="Unpin")
    unpin.click()
    assert not unpin.is_visible() and focused(page) == "c1"
    row(page, "c1").click()
    page.get_by_role("button", name="Reset").click()
    assert not unpin.is_visible() and page.inner_text(".cw-sentence").startswith("Point at a layer")


def test_an_empty_height_offers_one_at_which_the_network_runs(visit):
    page = visit("lenet")
    for value in ("", "5000", "0"):
        setting(page, "Image height, pixels").fill(value)
        page.locator(".cw-field").get_by_role("button", name="Use 28").click()
        assert totals(page)["MACs"][1] == "416,520" and page.locator(".cw-problem:visible").count() == 0
        setting(page, "Image height, pixels").fill("28")
