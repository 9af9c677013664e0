"""What the receptive-field widget takes and refuses: arguments, assignment, and state that came back from a page."""

import re

import numpy as np
import pytest

from course_lib.widgets import receptive_field

ROW = ["conv", "Conv2d", [4, 6, 6], 40, 1, 576, [3, 3], [1, 1], [1, 1]]  # of a profile


@pytest.mark.parametrize(
    "name, sees", [("alexnet", 195), ("vgg16", 212), ("resnet50", 483), ("resnet18", 435)]
)
def test_published_networks_see_what_araujo_norris_and_sim_say(name, sees):
    widget = receptive_field(name)
    assert f"sees {sees} × {sees} pixels" in widget.sentence()


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"layers": "vgg"}, 'layers is \'vgg\'; it must be one of "lenet5", "alexnet"'),
        ({"layers": 5}, "layers must be a list of dicts, or a preset's name; got 5."),
        ({"layers": []}, "layers has 0 layers; it must have 1 to 64: 1 is nearest."),
        ({"layers": [{"stride": 2}]}, "layer 1 needs to have a kernel"),
        ({"layers": [{"kernel": 3, "pad": 1}]}, "layer 1 needs no part 'pad': its parts are name, kernel"),
        ({"layers": [{"kernel": "3"}]}, "kernel of layer1 must be a whole number or a (height, width) pair"),
        ({"layers": [{"kernel": 3, "stride": 1.6}]}, "The nearest legal stride of layer1 is 2."),
        ({"layers": [{"name": "c", "kernel": (2, 99)}]}, "The nearest legal kernel of c along the width is 28."),
        ({"layers": [{"kernel": 3, "stride": True}]}, "stride of layer1 must be a whole number or"),
        ({"layers": [{"kernel": float("nan")}]}, "kernel of layer1 must be a whole number or a (height, width) pair"),
        (
            {"layers": [{"kernel": 9}, {"name": "c2", "kernel": 5}], "input": 10},
            "Layer c2 has nothing to slide over: its window covers 5 rows, its padded map has 2. "
            "The nearest legal kernel of c2 is 2.",
        ),
        ({"input": 0}, "The nearest legal input size is 28."),
        ({"input": 999}, "input size is 999; it must be a whole number from 1 to 512. The nearest legal input"),
        ({"layer": "c9"}, "layer must be an index from 0 to 4 or a name (c1, s2, c3, s4, c5); got 'c9'."),
        ({"layer": 5}, "layer must be an index from 0 to 4"),
        ({"unit": (0, 1)}, "unit along the width is 1; it must be a whole number from 0 to 0. The nearest legal unit"),
        ({"goal": 29}, "goal is 29; it must be a whole number from 1 to 28. The nearest legal goal is 28."),
        ({"effective": np.ones((5, 5))}, "effective must be 28 × 28 finite numbers"),
        ({"effective": np.zeros((28, 28))}, "not all 0; got an array of shape (28, 28) with other values."),
        ({"chain": 1}, "chain is 1; it must be one of True, False."),
        ({"profile": "{}", "input": 28}, "a network is a profile: what course_lib.measure.profile returns, its JSON"),
        ({"profile": {"layers": [ROW]}}, "input must be given with this profile"),
        ({"profile": {"layers": [ROW]}, "input": 600}, "input is 600; it must be a whole number from 1 to 512."),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_clear_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        receptive_field(**wrong)


def test_assignment_is_validated_like_the_constructor():
    widget = receptive_field("lenet5")
    widget.layer, widget.unit = "c3", (2, 3)
    assert (widget.layer, widget.unit) == (2, [2, 3])
    with pytest.raises(ValueError, match="unit along the height is 10"):
        widget.unit = (10, 0)
    with pytest.raises(ValueError, match="The nearest legal input size is 28."):
        widget.input = 20
    widget.layers = [{"kernel": 3}]
    assert widget.sentence().startswith("Receptive field on an input of 28 × 28: each output of layer layer1")
    assert widget.state()["layers"][0]["stride"] == [1, 1]


KEPT = receptive_field([{"kernel": 3}], input=8, effective=np.eye(8)).effective
ROWS = receptive_field(profile={"layers": [ROW]}, input=8).profile
NAN, LONG = float("nan"), [[0.0] * 65] * 8


@pytest.mark.parametrize(
    "part, wrong",
    [(part, wrong) for part, values in {
        "values": ["x", [], [[1], [1, 0]], [[NAN]], [[2.0]], [[-1]], [["a"]], [0, 1], LONG, None],
        "block": [0, 1.5, True, "1", None, 99], "layer": [-1, "c1", 0.5, None, NAN],
        "unit": [[1], [1, 2, 3], [0, -1], 3, "ab", [NAN, 0]], "side": [-1, NAN, "2", None, True, 600],
        "window": [[0, 0, 1], [0, 0, 1, "2"], 5, [0, 0, NAN, 1], [0.5, 0, 1, 2]],
        "support": [[1], [0, 3], [3, 3.5], None, [9, 900]],
    }.items() for wrong in values],
)  # fmt: skip
def test_a_kept_field_that_came_back_wrong_gets_one_sentence(part, wrong):
    with pytest.raises(ValueError, match=rf"^{part} of effective is (?s:.+); it must be [^.;]+( [^.;]+)*\.$"):
        receptive_field([{"kernel": 3}], input=8, effective=KEPT | {part: wrong})
    assert receptive_field([{"kernel": 3}], input=8, effective=KEPT).effective == KEPT


@pytest.mark.parametrize(
    "wrong",
    [5, "text", {"values": []}, [[1, 2], [3]], np.full((8, 8), NAN), [["a"] * 8] * 8, np.ones((8, 8)) * 1j],
)
def test_what_is_no_measured_field_gets_one_sentence(wrong):
    with pytest.raises(ValueError, match="^effective must be .+ finite numbers"):
        receptive_field([{"kernel": 3}], input=8, effective=wrong)


PLACES = ("path", "type", "size", "sees", "step", "centre", "starts")


@pytest.mark.parametrize(
    "place, wrong",
    [(place, wrong) for place, values in {
        "path": [1, None], "type": [2], "size": [[4], [4, 0], 4, "46", None], "sees": [[3], [3, 3.5], "most", 3, None],
        "step": [None, [1], [0, 1], [1, NAN]], "centre": [None, [NAN, 1], ["a", 0], [float("inf"), 0], [True, 1]],
        "starts": [None, 0, "no"],
    }.items() for wrong in values],
)  # fmt: skip
def test_kept_rows_that_came_back_wrong_get_one_sentence(place, wrong):
    row = [wrong if name == place else value for name, value in zip(PLACES, ROWS["rows"][0], strict=True)]
    with pytest.raises(ValueError, match=r"^row 0 of profile must be path, type, .+; got .+\.$"):
        receptive_field(profile={"rows": [row], "more": 0}, input=8)
    for rows, more in (
        ([], 0),
        ("x", 0),
        ([ROWS["rows"][0][:6]], 0),
        (ROWS["rows"] * 401, 0),
        (ROWS["rows"], -1),
    ):
        with pytest.raises(ValueError, match=r"^(rows?|more)\b.* of profile .+\.$"):
            receptive_field(profile={"rows": rows, "more": more}, input=8)
    assert receptive_field(profile=ROWS, input=8).profile == ROWS


def test_fields_that_need_each_other_are_set_together():
    widget = receptive_field("lenet5", layer="c1")
    with pytest.raises(ValueError, match="Layer pool5 has nothing to slide over"):
        widget.layers = "vgg16"
    widget.set(layers="vgg16")
    assert (widget.input, widget.layer, widget.unit) == ([224, 224], 17, [3, 3])
    widget.set(layers=[{"kernel": 9}, {"kernel": 5}], input=(20, 13), layer=0)
    assert (widget.input, widget.layer, widget.unit) == ([20, 13], 0, [6, 2])
    with pytest.raises(ValueError, match="The nearest legal kernel of layer2 is 2."):
        widget.set(input=10)
    with pytest.raises(ValueError, match="receptive_field has no 'kernel'; it has layers, input"):
        widget.set(kernel=3)
    assert widget.state() == widget.check(widget.state())
