"""The page of the shuffle widget in a browser: hover, keyboard, touch, steps, costs, what it refuses."""

import json
import re
from urllib.parse import quote

import browser
import numpy as np
import pytest
import torch
from browser import cell, field, grid, numbers, outlined, sentence
from test_widget_shuffle import SMALL, macs, parameters, torch_costs, torch_layers, torch_reach
from torch import nn

from course_lib.widgets import shuffle, shuffle_rules


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    pages = {
        "shuffle": shuffle(12, 3),
        "none": shuffle(12, 4, layers=3, between=None),
        "gate": shuffle(8, 4, between="squeeze_excitation"),
        "large": shuffle(24, 4, layers=3),
        "two": shuffle(6, 2),
    }
    with browser.serve_widgets(tmp_path_factory.mktemp("shuffle"), pages) as one:
        yield one


def reached(net, stage, channel):
    """(place, stage) of all that torch says is linked to a channel."""
    layers = torch_layers(SMALL | net)
    found = set()
    for other in range(len(layers) + 1):
        stretch = layers[other:stage] if other <= stage else layers[stage:other]
        links = torch_reach(stretch, net["channels"])
        linked = links[channel] if other <= stage else links[:, channel]
        found |= {(int(place), other) for place in linked.nonzero()[0]}
    return found


@pytest.mark.parametrize(
    "name, net",
    [
        ("shuffle", {"channels": 12, "groups": 3, "layers": 2}),
        ("none", {"channels": 12, "groups": 4, "layers": 3, "between": "nothing"}),
        ("gate", {"channels": 8, "groups": 4, "layers": 2, "between": "squeeze_excitation"}),
        ("large", {"channels": 24, "groups": 4, "layers": 3}),
    ],
)
def test_hover_outlines_what_torch_says_is_linked(visit, name, net):
    page = visit(name)
    for stage, channel in [(0, 1), (1, 5), (len(torch_layers(SMALL | net)), 7)]:
        cell(page, "Channels", channel, stage).hover()
        expected = reached(net, stage, channel)
        assert outlined(page, "Channels") == expected
        count = sum(1 for _, other in expected if other == 0)
        assert f"{count} of {net['channels']}" in sentence(page)


def test_components_are_told_and_the_choice_between_joins_them(visit):
    page = visit("none")
    notes = page.locator(".cw-notes")
    assert "4 connected components" in notes.inner_text() and "3 of 12 inputs" in notes.inner_text()
    page.get_by_label("Between the layers").select_option("shuffle")
    assert "1 connected component:" in notes.inner_text()
    layers = torch_layers({"channels": 12, "groups": 4, "layers": 3, "between": "shuffle", "kernel_size": 3})
    counts = (torch_reach(layers, 12) > 0).sum(1)
    assert counts.min() == counts.max() == 12 and "Each output sees 12 of 12" in notes.inner_text()
    field(page, "Groups").fill("12")
    assert "12 connected components" in notes.inner_text() and "moves nothing" in notes.inner_text()
    assert "depthwise" in page.locator(".course-widget > .cw-about").inner_text()


def test_the_keyboard_walks_pins_and_lets_go(visit):
    page = visit("shuffle")
    cell(page, "Channels", 0, 3).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    assert sentence(page).startswith("Place 1 after the shuffle, where channel 4 went")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Unpin").is_visible()
    pinned = outlined(page, "Channels")
    page.keyboard.press("ArrowLeft")
    assert outlined(page, "Channels") == pinned
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    assert outlined(page, "Channels") != pinned
    assert grid(page, "Channels").locator("[tabindex='0']").count() == 1


def test_a_tap_is_a_hover(visit):
    page = visit("shuffle", has_touch=True, width=360)
    cell(page, "Channels", 5, 0).tap()
    assert outlined(page, "Channels") == reached({"channels": 12, "groups": 3, "layers": 2}, 0, 5)


def test_illegal_numbers_are_told_never_stale_and_mended_with_one_press(visit):
    page = visit("two")
    wrong = [("Groups", "4"), ("Groups", "0"), ("Channels", "7"), ("Channels", "99"), ("Groups", ""),
             ("Kernel size", "0"), ("Kernel size", "2.5"), ("Map size", "-3"), ("Map size", "1e9"),
             ("Grouped layers", "4"), ("Channels", "")]  # fmt: skip
    for label, text in wrong:
        field(page, label).fill(text)
        refusal = page.locator(".cw-refusal:visible")
        assert re.match(r"Nothing to draw\. .+\.", refusal.inner_text()), (label, text)
        assert grid(page, "Channels").count() == 0
        message = page.locator(".cw-problem:visible")
        assert re.match(r"[A-Z0-9].+\.\sUse \d+", message.inner_text())
        assert page.locator("[aria-invalid=true]").count() == 1
        message.get_by_role("button").click()
        assert grid(page, "Channels").count() == 1, (label, text)
        page.get_by_role("button", name="Reset").click()
        assert numbers(page, "Channels")[:, 2].tolist() == shuffle_rules.order(6, 2)


def test_the_sliders_stop_at_legal_values_only(visit):
    page = visit("shuffle")
    slider = page.get_by_label("Groups, slider")
    slider.focus()
    page.keyboard.press("Home")
    seen = [slider.get_attribute("aria-valuetext")]
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        seen.append(slider.get_attribute("aria-valuetext"))
        assert page.locator(".cw-problem:visible").count() == 0
    assert seen == ["1", "2", "3", "4", "6", "12"] and field(page, "Groups").input_value() == "12"


def test_the_steps_are_torchs_view_transpose_reshape_and_back(visit):
    page = visit("two")
    page.get_by_role("tab", name="The shuffle in steps").click()
    x = torch.arange(6)
    turned = x.view(2, 3).transpose(0, 1)
    back = turned.reshape(6).view(3, 2)
    steps = [x[None], x.view(2, 3), turned, turned.reshape(1, 6), back, back.transpose(0, 1), x[None]]
    for number, expected in enumerate(steps):
        np.testing.assert_array_equal(numbers(page, f"Step {number}"), expected)
        line = page.locator("code.cw-line").inner_text()
        if number in (1, 2, 3):  # the line shown makes the step from the one before
            space = {"x": steps[number - 1].squeeze(0) if number != 2 else steps[1]}
            exec(line, space)
            np.testing.assert_array_equal(space["x"].reshape(expected.shape), expected)
        page.get_by_role("button", name="One step on").click()
    text = page.locator(".cw-list").all_inner_texts()
    assert str(nn.ChannelShuffle(2)(x.float().view(1, 6, 1, 1)).flatten().int().tolist()) in text[0]
    inverse = torch.argsort(turned.reshape(6)).tolist()
    assert str(inverse) in text[1]


def test_the_cost_table_has_torchs_numbers(visit):
    page = visit("shuffle")
    field(page, "Kernel size").fill("5")
    field(page, "Map size").fill("14")
    page.get_by_role("tab", name="Cost").click()
    net = {"channels": 12, "groups": 3, "layers": 2, "between": "shuffle", "kernel_size": 5, "size": 14}
    rows = page.locator(".cw-cost tbody tr").all()
    expected = torch_costs(net)
    assert len(rows) == len(expected)
    for row, cost in zip(rows, expected.values()):
        assert [int(text.replace(",", "")) for text in row.locator("td").all_inner_texts()[:2]] == cost
    layers = torch_layers(net)
    assert (
        f"{parameters(layers):,} parameters, {macs(layers, net):,} MACs"
        in page.locator(".cw-total").inner_text()
    )
    page.get_by_role("tab", name="PyTorch").click()
    exec(page.locator(".cw-code code").inner_text(), {})


def test_the_table_twin_says_what_the_lines_say(visit):
    page = visit("two")
    page.locator("summary").click()
    links = torch_reach(torch_layers(SMALL | {"channels": 6, "groups": 2, "layers": 2}), 6)
    for row, expected in zip(page.locator(".cw-table tbody tr").all(), links):
        inputs, count = row.locator("td").all_inner_texts()[:2]
        assert inputs == ", ".join(map(str, expected.nonzero()[0])) and int(count) == (expected > 0).sum()


def test_the_model_gets_what_the_reader_changes_and_the_page_what_python_sets(visit):
    page = visit("two")
    browser.render_live(page, "shuffle", shuffle(12, 3).state())
    assert page.evaluate("live.saved") == 0
    field(page, "Groups").fill("6")
    page.get_by_label("Between the layers").select_option("pointwise")
    cell(page, "Channels", 4, 1).click()
    state = page.evaluate("live.state")
    assert (state["groups"], state["between"], state["channel"]) == (6, "pointwise", [1, 4])
    assert shuffle(**state).state() == state and page.evaluate("live.saved") == 3
    field(page, "Groups").fill("5")  # not legal: the model keeps the last legal state
    assert page.evaluate("live.state.groups") == 6
    page.evaluate("live.python({groups: 2, channel: null})")
    assert field(page, "Groups").input_value() == "2" and grid(page, "Channels").count() == 1
    assert "2 groups of 6 channels" in page.locator(".course-widget").inner_text()
    page.evaluate("live.stop()")
    assert page.evaluate("live.listeners()") == 0


def test_the_state_is_in_the_address_and_comes_back(visit):
    page = visit("shuffle")
    assert page.evaluate("location.hash") == ""
    field(page, "Groups").fill("4")
    cell(page, "Channels", 2, 1).click()
    page.wait_for_function("location.hash.includes('shuffle-0=')")
    page.wait_for_timeout(400)  # the last change is told a while later
    end = page.evaluate("location.hash")
    again = visit("shuffle", end)
    assert field(again, "Groups").input_value() == "4"
    assert outlined(again, "Channels") == outlined(page, "Channels") and sentence(again) == sentence(page)
    assert again.get_by_role("button", name="Unpin").is_visible()
    again.get_by_role("button", name="Reset").click()
    again.wait_for_function("location.hash === ''")


@pytest.mark.parametrize(
    "wrong",
    [
        {"groups": 5},
        {"channels": "12"},
        {"between": "toString"},
        {"channel": [9, 0]},
        {"channel": [0, 0.5]},
        {"layers": None},
    ],
)
def test_an_address_that_holds_no_legal_state_is_told(visit, wrong):
    page = visit("shuffle", f"#shuffle-0={quote(json.dumps(shuffle(12, 3).state() | wrong))}")
    page.get_by_role("status").filter(has_text="The address holds no legal state.").wait_for(state="attached")
    assert field(page, "Groups").input_value() == "3"
