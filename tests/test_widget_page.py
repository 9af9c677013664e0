"""The page of a widget in a real browser: mouse, keyboard and touch, what it says, what it refuses."""

import re

import numpy as np
from browser import cell, check_output, field, grid, numbers, outlined, sentence
from conftest import EACH

from course_lib.widgets import convolution, convolution_rules
from course_lib.widgets.convolution_arguments import START


def test_every_argument_reaches_the_page(visit):
    page = visit("each")
    for index, given in enumerate(EACH):
        widget = convolution(**given)
        np.testing.assert_allclose(numbers(page, "Output", index), widget.output, rtol=1e-3)
        np.testing.assert_allclose(numbers(page, "Kernel", index), widget.kernel)
        around = [convolution_rules.pads(widget.conv, axis) for axis in (0, 1)]
        np.testing.assert_allclose(numbers(page, "Input", index), np.pad(widget.input, around))


def test_hover_output_outlines_what_it_reads(visit):
    page = visit("one")
    cell(page, "Output", 2, 3).hover()
    assert outlined(page, "Input") == {(row, column) for row in (2, 3, 4) for column in (3, 4)}
    assert len(outlined(page, "Kernel")) == 6
    tags = [one.get_attribute("data-tag") for one in page.locator(".cw-cell[data-tag]").all()]
    assert [float(tag[1:].replace("−", "-")) for tag in tags] == list(numbers(page, "Kernel").flat)
    terms = re.findall(r"\(?(-?\d+)\)? × \(?(-?\d+)\)?", sentence(page))
    products = [int(value) * int(weight) for value, weight in terms]
    assert len(products) == 6 and sum(products) == numbers(page, "Output")[2, 3]
    assert sentence(page).startswith("output[2, 3] =")


def test_hover_input_outlines_all_outputs_it_feeds(visit):
    page = visit("one")
    cell(page, "Input", 3, 4).hover()
    assert outlined(page, "Output") == {(row, column) for row in (1, 2, 3) for column in (3, 4)}
    assert sentence(page).startswith("input[2, 3] =") and "feeds 6 outputs" in sentence(page)
    cell(page, "Kernel", 2, 0).hover()
    assert outlined(page, "Input") == {(row, column) for row in range(2, 7) for column in range(7)}
    assert "multiplies 35 inputs" in sentence(page)
    cell(page, "Input", 0, 0).hover()
    assert sentence(page).startswith("padding at row -1, column -1 = 0 feeds 1 output")


def test_dropped_rows_are_marked_and_counted(visit):
    page = visit("square")
    field(page, "Input size").fill("8")
    dropped = page.locator(".cw-cell.is-dropped")
    assert dropped.count() == 10 + 9
    assert dropped.first.evaluate("one => getComputedStyle(one).textDecorationLine") == "line-through"
    notes = page.locator(".cw-sizes .cw-note").all_inner_texts()
    assert [note.split(" of the padded")[0] for note in notes] == [
        "height: the floor drops the last row",
        "width: the floor drops the last column",
    ]
    formula = page.locator(".cw-formula").nth(1).inner_text().replace("\n", "").replace(" ", "")
    assert formula == "height=⌊8+2·1−1·(3−1)−12⌋+1=⌊72⌋+1=⌊3.5⌋+1=4"
    cell(page, "Input", 9, 0).hover()
    assert sentence(page).endswith("feeds no output: the floor drops it.")


def test_keyboard_alone(visit):
    page = visit("one")
    page.locator("select").first.focus()
    stops = []
    for _ in range(50):
        stops.append(
            page.evaluate(
                "(document.activeElement.closest('[role=grid]') ?? document.activeElement).ariaLabel"
                " ?? document.activeElement.closest('label')?.firstChild.textContent.trim()"
                " ?? document.activeElement.innerText"
            )
        )
        page.keyboard.press("Tab")
        if page.evaluate("!document.activeElement.closest('.course-widget')"):
            break
    names = [
        f"{name}, {axis}"
        for name in ("Input size", "Kernel size", "Padding", "Stride", "Dilation")
        for axis in ("height", "width")
    ]
    sizes = [label for name in names for label in (name, f"{name}, slider")]
    sizes.insert(8, "")  # the switch of the padding
    player = ["To the start", "One step back", "Play", "One step on", "Position, position", "Speed"]
    grids = ["Input 5 × 6, padded 7 × 8", "Kernel 3 × 2", "Output 5 × 7"]
    more = "Channels, groups, bias, padding mode"
    tab = ["", "", "", "Own picture …", "Copy link"]  # a checkbox comes before its words
    assert stops == ["Operation", "", "Example", *sizes, "", "Reset", more, "Output", *tab, *grids, *player]
    cell(page, "Output", 0, 0).focus()
    walk = [
        ("ArrowRight", "[0, 1]"),
        ("ArrowDown", "[1, 1]"),
        ("End", "[1, 6]"),
        ("PageDown", "[4, 6]"),
        ("ArrowDown", "[4, 6]"),
        ("Home", "[4, 0]"),
        ("Control+Home", "[0, 0]"),
        ("Control+End", "[4, 6]"),
        ("PageUp", "[0, 6]"),
        ("ArrowLeft", "[0, 5]"),
        ("ArrowUp", "[0, 5]"),
    ]
    for key, place in walk:
        page.keyboard.press(key)
        assert sentence(page).startswith(f"output{place} ="), key
    assert grid(page, "Output").locator("[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    pinned = outlined(page, "Input")
    assert grid(page, "Output").locator("[aria-selected]").count() == 1
    page.keyboard.press("ArrowDown")
    cell(page, "Output", 3, 3).hover()
    assert outlined(page, "Input") == pinned and sentence(page).startswith("output[0, 5]")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    assert sentence(page).startswith("output[2, 5]") and outlined(page, "Input") != pinned


def test_live_line_reads_the_cell_at_most_once_a_second(visit):
    page = visit("square")
    page.wait_for_timeout(1100)
    page.evaluate("""() => {
        window.said = [];
        const line = document.querySelector("[role=status]");
        const note = () => said.push([performance.now(), line.textContent]);
        new MutationObserver(note).observe(line, {childList: true});
    }""")
    cell(page, "Output", 0, 0).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1400)
    said = page.evaluate("said")
    assert len(said) <= 3 and said[-1][1].startswith("output[0, 3] = ")
    assert all(later[0] - sooner[0] > 950 for sooner, later in zip(said, said[1:], strict=False))


def test_typed_values_change_the_output(visit):
    page = visit("one")
    cell(page, "Input", 1, 1).click()
    page.keyboard.type("−7.5")
    page.keyboard.press("Enter")
    assert numbers(page, "Input")[1, 1] == -7.5
    check_output(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.type("4")
    page.keyboard.press("Escape")
    assert numbers(page, "Input")[1, 2] == START["input"](0, 1)
    page.keyboard.type("12")
    page.keyboard.press("Tab")
    assert numbers(page, "Input")[1, 2] == 12
    cell(page, "Kernel", 0, 0).click()
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert").filter(has_text="“abc” is not a number")
    assert alert.is_visible() and page.locator(".cw-editor").get_attribute("aria-invalid") == "true"
    page.keyboard.press("Escape")
    assert not alert.is_visible()
    cell(page, "Kernel", 2, 1).click()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    assert numbers(page, "Kernel")[2, 1] == 3
    check_output(page)


def test_nothing_typed_is_lost_when_sizes_shrink_and_reset_restores(visit):
    page = visit("square")
    start = numbers(page, "Input")
    cell(page, "Input", 7, 7).click()
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    for size in ("3", "7"):
        field(page, "Input size").fill(size)
    assert numbers(page, "Input")[7, 7] == 99
    page.get_by_role("button", name="Reset").click()
    np.testing.assert_array_equal(numbers(page, "Input"), start)


def test_touch_looks_first_and_changes_second(visit):
    page = visit("one", has_touch=True, width=400)
    cell(page, "Output", 1, 1).tap()
    assert sentence(page).startswith("output[1, 1]") and page.get_by_role("button", name="Unpin").is_visible()
    cell(page, "Input", 2, 2).tap()
    assert sentence(page).startswith("input[1, 1]") and page.locator(".cw-editor").count() == 0
    cell(page, "Input", 2, 2).tap()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    assert numbers(page, "Input")[2, 2] == 8
    check_output(page)
    page.get_by_role("button", name="Unpin").tap()
    assert not page.get_by_role("button", name="Unpin").is_visible()


def random_wrongs(count):
    """(label, text) of numbers that torch or the widget refuses, as a reader may type them."""
    random = np.random.default_rng(7)
    wrong = {
        "Input size": ["0", "-3", "40", "2.5", "", "1e9"],
        "Kernel size": ["0", "11", "99", "-1", "1.5", ""],
        "Padding": ["-1", "99", "0.5", "", "1e12"],
        "Stride": ["0", "-2", "1.1", ""],
        "Dilation": ["0", "9", "", "-4"],
    }
    pairs = [(label, text) for label, texts in wrong.items() for text in texts]
    return [pairs[index] for index in random.permutation(len(pairs))[:count]]


def test_illegal_sizes_are_told_never_blank_never_stale(visit):
    page = visit("square")
    for label, text in random_wrongs(10):
        field(page, label).fill(text)
        assert grid(page, "Output").count() == 0, (label, text)
        refusal = page.locator(".cw-refusal").last
        assert re.match(r"No output\. .+\.", refusal.inner_text()), (label, text)
        message = page.locator(".cw-problem:visible").first
        assert re.match(r"[A-Z].+\.\sUse \d+", message.inner_text()), (label, text)
        assert page.locator("[aria-invalid=true]").count() == 1
        described = page.locator("[aria-invalid=true]").get_attribute("aria-describedby")
        assert described == message.get_attribute("id")
        assert not page.locator(".cw-story").is_visible() and page.locator(".cw-formula").count() == 1
        message.get_by_role("button").click()
        assert page.evaluate("document.activeElement.matches('.cw-number')")
        if grid(page, "Output").count() == 0:  # a second size is still wrong
            page.locator(".cw-problem:visible button").first.click()
        settings = {name.lower(): int(field(page, name).input_value()) for name in ("Stride", "Dilation")}
        check_output(page, **settings)
        page.get_by_role("button", name="Reset").click()


def test_two_faults_at_once_do_not_freeze_the_page(visit):
    page = visit("square")
    for label, text in (("Stride", "0"), ("Kernel size", ""), ("Dilation", "0")):
        field(page, "Padding").fill("99999")
        field(page, label).fill(text)
        assert grid(page, "Input").count() == grid(page, "Output").count() == 0
        assert " cells; " in page.locator(".cw-refusal").first.inner_text()
        page.get_by_role("button", name="Reset").click()
        check_output(page, stride=2)


def test_slider_and_typing_share_one_rule(visit):
    page = visit("square")
    page.get_by_label("Kernel size, slider").fill("11")
    assert field(page, "Kernel size").input_value() == "11"
    assert "does not fit: the padded input has only 9." in page.locator(".cw-problem:visible").inner_text()
    field(page, "Padding").fill("4")  # mended from elsewhere
    assert page.locator(".cw-problem:visible").count() == 0
    check_output(page, stride=2)


def test_square_and_same(visit):
    page = visit("square")
    page.get_by_label("height = width").uncheck()
    field(page, "Stride, width").fill("1")
    assert numbers(page, "Output").shape == (4, 7)
    page.get_by_label("“same”").check()
    assert "needs stride 1; the stride is 2" in page.locator(".cw-problem:visible").inner_text()
    field(page, "Stride, height").fill("1")
    field(page, "Kernel size, width").fill("4")
    assert numbers(page, "Output").shape == (7, 7)
    assert page.locator(".cw-group .cw-note").inner_text() == "1 top, 1 bottom, 1 left, 2 right"
    check_output(page)
    page.get_by_label("height = width").check()
    assert field(page, "Kernel size").input_value() == "3"
    check_output(page)


def test_two_widgets_keep_apart(visit):
    page = visit("two")
    before = numbers(page, "Output", 1)
    field(page, "Stride").fill("0")
    np.testing.assert_array_equal(numbers(page, "Output", 1), before)
    field(page, "Stride").fill("1")
    cell(page, "Input", 0, 0, 1).click()
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    assert numbers(page, "Input", 0)[0, 0] == START["input"](0, 0)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    sheets = page.evaluate(
        "[...document.querySelectorAll('style[data-course-widgets]')].map(one => one.dataset.courseWidgets)"
    )
    assert sorted(sheets) == ["convolution", "shared"]  # the shared ones and its own, each once


def test_the_player_stops_where_there_is_nothing_to_step_over(visit):
    page = visit("square")
    page.get_by_role("button", name="Play").click()
    field(page, "Kernel size").fill("99")
    page.wait_for_timeout(2200)  # two steps; an error would be in the page's log
    field(page, "Kernel size").fill("3")
    assert page.get_by_role("button", name="Play").is_visible()


def test_the_code_does_not_tell_what_is_asked(visit):
    page = visit("square")
    page.get_by_label("ask me first").check()
    for tab in ("As a matrix", "PyTorch"):
        page.get_by_role("tab", name=tab).click()
        panel = page.locator("[role=tabpanel]:visible")
        assert panel.inner_text() == "Work it out first." and panel.locator("code").count() == 0


def test_a_setting_that_is_not_used_does_not_reach_the_model_illegal(visit):
    page = visit("square")
    field(page, "Dilation").fill("")
    page.locator(".cw-choice:has-text('Operation') select").select_option(index=3)
    page.locator(".cw-choice:has-text('Operation') select").select_option(index=0)
    assert field(page, "Dilation").input_value() == "1"
    check_output(page, stride=2)
