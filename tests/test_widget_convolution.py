"""The convolution widget's rules, values, gradients and code against torch."""

import json
import re

import browser
import convolution_cases
import numpy as np
import pytest
import torch

from course_lib.widgets import convolution, convolution_problems, convolution_values
from course_lib.widgets import convolution_rules as rules
from course_lib.widgets.convolution import Convolution
from course_lib.widgets.convolution_arguments import START

pytestmark = [
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel"),
    pytest.mark.filterwarnings("ignore:Initializing zero-element tensors"),
]


@pytest.fixture(scope="session")
def cases():
    """Some hundred layers with torch's answer to each."""
    return convolution_cases.cases()


def arguments(case):
    """The case as arguments of `convolution`; illegal sizes go in as sizes."""
    conv = case["conv"]
    values = {name: case[name] if min(conv[name]) > 0 else tuple(conv[name]) for name in ("input", "kernel")}
    if min(conv["kernel"]) <= 0 and not rules.is_pool(conv):
        values["kernel"] = (*rules.weight_shape(conv), *conv["kernel"])
    names = ("padding", "stride", "dilation", "output_padding", "output_size", "padding_mode", "operation")
    settings = {name: conv[name] for name in (*names, "flip", "count_include_pad", "activation")}
    return values | settings | {"groups": 1 if rules.is_pool(conv) else conv["groups"], "bias": case["bias"]}


def test_python_takes_what_torch_takes(cases):
    for case in cases:
        if case["refusal"] is not None:
            with pytest.raises(ValueError, match=r"(?s)^.+\. The nearest legal .+ is \d+\.$"):
                convolution(**arguments(case))
            continue
        widget = convolution(**arguments(case))
        np.testing.assert_allclose(
            np.reshape(widget.output, np.shape(case["output"])), case["output"], atol=1e-10
        )
        assert widget.state() == widget.check(widget.state())


def test_the_parts_of_the_channels_add_up(cases):
    tried = 0
    for case in cases:
        if case["refusal"] is not None or rules.is_pool(case["conv"]):
            continue
        output, parts = convolution_values.forward(case["input"], case["kernel"], case["bias"], case["conv"])
        assert parts.shape[1] == case["conv"]["channels"] // case["conv"]["groups"]
        bias = 0 if case["bias"] is None else np.reshape(case["bias"], (-1, 1, 1))
        np.testing.assert_allclose(parts.sum(1) + bias, output, atol=1e-12)
        tried += parts.shape[1] > 1
    assert tried >= 50


def test_nearest_legal_value_is_torchs(cases):
    """For square sizes, so that one number mends both axes: torch takes it, and nothing nearer."""
    tried = 0
    for case in cases:
        conv, used = case["conv"], rules.PARAMETERS[case["conv"]["operation"]]
        uneven = any(conv[name] != "same" and conv[name][0] != conv[name][1] for name in used)
        if case["refusal"] is None or uneven or conv["channels"] % conv["groups"]:
            continue
        for changed in used:
            sentence = convolution_problems.problem(conv, changed)
            label, nearest = re.search(r"The nearest legal (.+) is (\d+)\.", sentence).groups()
            name = {"input size": "input", "kernel size": "kernel"}.get(label, label.replace(" ", "_"))
            before = rules.pads(conv, 0)[0] if name == "padding" else conv[name][0]
            distance = abs(int(nearest) - before)
            low = max(rules.LIMITS[name][0], before - distance + 1)
            refusals = {
                value: convolution_cases.case_of({**conv, name: [value] * 2}, np.random.default_rng(1))[
                    "refusal"
                ]
                for value in (int(nearest), *range(low, before + distance))
            }
            if refusals[int(nearest)] is not None:  # a second fault, which no single value mends as well
                assert all(refusals.values()) and refusals[int(nearest)] != case["refusal"], (conv, sentence)
                continue
            assert [value for value in refusals if refusals[value] is None] == [int(nearest)], (
                conv,
                sentence,
            )
            tried += 1
    assert tried >= 100


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        (
            {"stride": 1.5},
            "stride is 1.5; it must be a whole number, 1 or more. The nearest legal stride is 2.",
        ),
        ({"stride": True}, "stride is True"),
        ({"stride": (1, 2, 3)}, "pair of them; got (1, 2, 3)"),
        ({"stride": "2"}, "got 2"),
        ({"padding": "full"}, '"same" or "valid"; got full'),
        ({"padding": "same", "stride": (1, 2)}, "The nearest legal stride width is 1."),
        ({"input": [[1, 2], [3]]}, "input must be a 2-D array"),
        ({"input": np.zeros((1, 1, 5, 5))}, "an array of shape (1, 1, 5, 5)"),
        ({"input": [[float("nan")]]}, "finite numbers"),
        ({"kernel": [["a"]]}, "kernel must be a 2-D array"),
        ({"input": (40, 5)}, "The nearest legal input size height is 32."),
        ({"kernel": 40}, "The nearest legal kernel size is 7."),
        ({"kernel": (3, 5), "dilation": 2}, "A kernel of 5 columns with dilation 2 covers 9 columns"),
        ({"input": 32, "padding": 20}, "makes 10,093 numbers to draw; the widget draws at most 3,000."),
        ({"input": 32, "padding": 1, "activation": "relu"}, "makes 3,213 numbers to draw"),
        (
            {"input": (9, 5, 5)},
            "There are 9 channels; the widget takes from 1 to 8. The nearest legal number",
        ),
        ({"input": (3, 5, 5), "groups": 2}, "groups=2 must divide both the 3 channels and the 2 filters."),
        ({"input": (3, 5, 5), "kernel": (2, 2, 3, 3)}, "must have shape (2, 3, 3, 3); got (2, 2, 3, 3)"),
        ({"bias": [1, 2]}, "a list of 1 finite numbers, one for each filter; got [1, 2]"),
        ({"grad_output": [[1.0]]}, "an array of finite numbers of the output's shape (1, 5, 5); got [[1.0]]"),
        ({"groups": 1.5}, "groups must be a whole number, 1 or more; got 1.5."),
        ({"flip": "no"}, "flip is 'no'; it must be one of True, False. The nearest legal flip is False."),
        ({"ask": 1}, "ask is 1; it must be one of True, False. The nearest legal ask is True."),
        ({"count_include_pad": None}, "count_include_pad is None; it must be one of True, False."),
        ({"input": torch.ones(5, 5, dtype=torch.bfloat16)}, "input must be a 2-D array of finite numbers"),
        ({"bias": torch.ones(1, dtype=torch.bfloat16)}, "bias must be None, True or a list of 1 finite"),
        ({"activation": "gelu"}, 'activation must be one of None, "relu"; got'),
        ({"view": ["code"]}, 'view must be one of "output", "input_grad"'),
        ({"operation": "conv3d"}, 'operation must be one of "conv2d", "conv_transpose2d"'),
        (
            {"padding": 7, "padding_mode": "reflect"},
            "at most 6 rows on each side of an input of 7; the padding is 7.",
        ),
        ({"padding": 2, "operation": "max_pool2d"}, "here 1; it is 2. The nearest legal kernel size is 4."),
        ({"padding": ((0, 1), (0, 0)), "operation": "avg_pool2d"}, "takes one padding for both sides"),
        ({"operation": "conv_transpose2d", "output_padding": 1}, "The nearest legal output padding is 0."),
        ({"operation": "conv_transpose2d", "padding": 9}, "cuts the output of this transposed convolution"),
    ],
)
def test_bad_arguments_get_one_clear_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        convolution(**wrong)


def test_arguments_may_be_arrays_tensors_and_names():
    weight = torch.nn.Conv2d(1, 1, 3).weight[0, 0]
    widget = convolution(
        np.arange(20).reshape(4, 5), weight, padding="valid", stride=np.int64(2), dilation=[1]
    )
    assert widget.padding == [0, 0] and widget.stride == [2, 2] and widget.dilation == [1, 1]
    np.testing.assert_allclose(widget.kernel, weight.detach())
    assert convolution((4, 6), 2).input == [
        [START["input"](row, column) for column in range(6)] for row in range(4)
    ]


def test_channels_filters_and_groups_come_from_torchs_shapes():
    layer = torch.nn.Conv2d(4, 6, 3, groups=2, padding=1, padding_mode="circular")
    x = torch.randn(1, 4, 5, 5)
    widget = convolution(x[0], layer.weight, groups=2, bias=layer.bias, padding=1, padding_mode="circular")
    np.testing.assert_allclose(widget.output, layer(x)[0].detach(), atol=1e-6)
    assert np.shape(convolution((3, 5, 5)).kernel) == (1, 3, 3, 3)
    assert np.shape(convolution((3, 5, 5), groups=3).kernel) == (3, 1, 3, 3)
    assert np.shape(convolution((3, 5, 5), operation="conv_transpose2d").kernel) == (3, 1, 3, 3)
    assert convolution((3, 5, 5), (2, 3, 1, 1), bias=True).bias == [1.0, 2.0]
    sided = convolution((1, 10), (1, 3), padding=((0, 0), (4, 0)), dilation=2)  # causal in one dimension
    assert np.shape(sided.output) == (1, 10) and sided.padding == [[0, 0], [4, 0]]
    assert convolution(padding=((1, 1), (2, 2))).padding == [[1, 1], [2, 2]]  # as given: sides may stay apart


def test_a_photograph_comes_in_three_colours():
    widget = convolution("china", (2, 3, 3, 3))
    assert np.shape(widget.input) == (3, 16, 16) and np.shape(widget.output) == (2, 14, 14)
    assert 0 <= np.min(widget.input) < np.max(widget.input) <= 9
    assert convolution("flower").input != convolution("china").input
    with pytest.raises(ValueError, match="got dog"):
        convolution("dog")


def test_a_max_pool_of_nothing_but_padding_is_drawn():
    widget = convolution([[1.0]], 2, padding=1, dilation=2, operation="max_pool2d")
    assert widget.output == [[-np.inf]]
    texts = [text.get_text() for axes in widget.draw().axes for text in axes.texts]
    assert texts.count("−∞") == 9  # eight around the input, and the output


@pytest.fixture(scope="session")
def code(cases, tmp_path_factory):
    """{file name: PyTorch code} of a few dozen layers, as the page's "Copy" gives it."""
    folder = tmp_path_factory.mktemp("code")
    legal = [case for case in cases if case["refusal"] is None and np.size(case["output"]) < 200]
    chosen = [*filter(convolution_cases.is_finite, legal[::7]), *legal[-2:]]
    browser.node_test("convolution_code", folder, {"code": chosen})
    return {path.name: path.read_text() for path in folder.glob("*.py")}


def test_the_copied_code_runs_in_pytorch_and_its_assertions_can_fail(code):
    operations, without = set(), 0
    for name, text in code.items():
        exec(compile(text, name, "exec"), {})
        if "backward" not in text:  # a window of nothing but padding
            without += 1
            continue
        operations |= set(re.findall(r"F\.(conv\w+|\w+pool2d|pad)\(", text))
        wrong = re.sub(r"(assert_close\(y, torch.tensor\(\[\s*\[+)", r"\g<1>1e6 + ", text)
        with pytest.raises(AssertionError):
            exec(compile(wrong, name, "exec"), {})
    assert without == 2 and len(code) >= 40 and operations == {*rules.PARAMETERS, "pad"}
    assert sum("y = F.relu(F." in text for text in code.values()) >= 5


def test_page_arithmetic(cases, tmp_path):
    """`node --test` checks the JavaScript against what torch said above."""
    full = {
        name: [[rule(*cell) for cell in zip([row] * size, range(size), strict=True)] for row in range(size)]
        for (name, rule), size in zip(list(START.items())[:2], (32, 11), strict=True)
    }
    full["others"] = [START["input"](2, 3, 5), START["kernel"](1, 2, 3, 1), START["bias"](4)]
    for case in cases:
        if case["refusal"] is not None:
            sentences = {name: convolution_problems.problem(case["conv"], name) for name in rules.LIMITS}
            case["nearest"] = {name: int(text.split()[-1][:-1]) for name, text in sentences.items()}
    limits = rules.LIMITS | {"cells": rules.MAX_CELLS, "channels": rules.MOST_CHANNELS}
    golden = {"cases": cases, "start": full, "limits": limits, "parameters": rules.PARAMETERS}
    browser.node_test("convolution", tmp_path, golden)
    browser.node_test("numbers", tmp_path)


def test_the_state_is_json_that_python_takes_back():
    state = convolution(5, activation="relu", view="code", padding=((1, 1), (0, 0))).state()
    assert Convolution.check(json.loads(json.dumps(state))) == state
