"""Batch norm: values, gradients, running statistics and refusals against torch."""

import contextlib
import itertools
import re

import browser
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.widgets import batchnorm, batchnorm_rules
from course_lib.widgets.batchnorm import VIEWS

RUNNING = ("running_mean", "running_var")
STEPS = 3


# ---- against torch -------------------------------------------------------------------------------


def as_tensor(value):
    return torch.tensor(value, dtype=torch.float64)


def plain(values):
    """Nested lists with None for nan and infinity, which JSON lacks."""
    if isinstance(values, torch.Tensor):
        values = values.tolist()
    if isinstance(values, list):
        return [plain(each) for each in values]
    return values if np.isfinite(values) else None


def torch_layer(state, training):
    """The torch.nn.BatchNorm1d of the widget's state."""
    channels = len(state["input"][0])
    layer = torch.nn.BatchNorm1d(channels, eps=state["eps"], momentum=state["momentum"], dtype=torch.float64)
    for name in ("weight", "bias", *RUNNING):
        getattr(layer, name).data = as_tensor(state[name])
    layer.num_batches_tracked.fill_(state["num_batches_tracked"])
    return layer.train(training)


def torch_batch(state):
    """What the layer answers: either mode's output; then outputs, gradients, statistics, or its refusal."""
    input = as_tensor(state["input"]).requires_grad_()
    answer = {"evaluated": plain(torch_layer(state, training=False)(input)), "trained": None}
    with contextlib.suppress(ValueError):
        answer["trained"] = plain(torch_layer(state, training=True)(input))
    layer = torch_layer(state, state["training"])
    try:
        output = layer(input)
    except ValueError as error:
        return answer | {"refusal": str(error)}
    given = torch.zeros_like(output)
    given[0] = 1
    if state["grad_output"] is not None:
        given = as_tensor(state["grad_output"])
    (output * given).sum().backward()
    answer |= {"refusal": None, "output": plain(output), "grad_input": plain(input.grad)}
    answer |= {"grad_weight": plain(layer.weight.grad), "grad_bias": plain(layer.bias.grad)}
    answer["one_step"] = {name: getattr(layer, name).tolist() for name in RUNNING}
    for _ in range(STEPS - 1):
        layer(input)
    answer["steps"] = {name: getattr(layer, name).tolist() for name in RUNNING}
    return answer


def torch_block(state):
    """The same for the four norms of the block, without weight and bias."""
    x = torch.tensor(state["block"], dtype=torch.float64)
    calls = {
        "batch": lambda: F.batch_norm(x, None, None, training=True, eps=state["eps"]),
        "layer": lambda: F.layer_norm(x, x.shape[1:], eps=state["eps"]),
        "instance": lambda: F.instance_norm(x, eps=state["eps"]),
        "group": lambda: F.group_norm(x, state["num_groups"], eps=state["eps"]),
    }
    try:
        return {"refusal": None, "output": plain(calls[state["norm"]]())}
    except (RuntimeError, ValueError) as error:
        return {"refusal": str(error)}


def random_state(random):
    """The state of a batch, now and then one that torch refuses."""
    N, C = int(random.choice([1, 2, 3, 6, 12])), int(random.integers(1, 4, endpoint=True))
    scale = random.choice([0.01, 1, 30])
    draw = lambda *size: random.normal(random.normal() * scale, scale, size).tolist()  # noqa: E731
    return {
        "input": draw(N, C),
        "weight": draw(C),
        "bias": draw(C),
        "running_mean": draw(C),
        "running_var": (random.random(C) * scale).tolist(),
        "momentum": None if random.random() < 0.2 else float(random.choice([0, 0.1, 0.3, 1])),
        "eps": float(random.choice([0, 1e-5, 1e-3, 1], p=[0.1, 0.4, 0.3, 0.2])),
        "training": bool(random.random() < 0.7),
        "num_batches_tracked": int(random.integers(0, 5)),
        "grad_output": None if random.random() < 0.2 else draw(N, C),
        "block": [[[[0.0, 1.0]]]],
        "norm": "layer",
        "num_groups": 1,
        "view": "values",
    }


def random_block(random):
    """The state of a block, now and then one that torch refuses."""
    small = random.random() < 0.25
    shape = [int(random.integers(1, 2 if small else high, endpoint=True)) for high in (4, 8, 4, 4)]
    norm = str(random.choice(batchnorm_rules.NORMS))
    return {
        "block": random.normal(1, random.choice([0.1, 5]), shape).tolist(),
        "norm": norm,
        "num_groups": int(random.integers(1, 8, endpoint=True)) if norm == "group" else 2,
        "eps": float(random.choice([1e-5, 1e-3, 1])),
    }


@pytest.fixture(scope="module")
def golden():
    """Several hundred states with torch's answer to each."""
    random = np.random.default_rng(2015)
    batches = [random_state(random) for _ in range(350)]
    blocks = [random_block(random) for _ in range(350)]
    # eps 0: a variance of 0 in training, in eval, in both; in one slice of a block and in none.
    for constant, running_var, training in itertools.product((False, True), (0.0, 0.5), (False, True)):
        state = {name: state for name, state in random_state(random).items() if name not in RUNNING}
        state |= {"input": random.normal(size=(5, 2)).tolist(), "grad_output": None, "training": training}
        state |= {"weight": [2.0, -1.0], "bias": [0.5, 1.0], "running_mean": [0.3, 0.1], "eps": 0.0}
        if constant:
            state["input"] = [[3.0, row[1]] for row in state["input"]]
        batches.append(state | {"running_var": [running_var, 2.0]})
    for norm, constant, groups in itertools.product(batchnorm_rules.NORMS, (False, True), (1, 2, 4)):
        block = random.normal(size=(3, 4, 2, 2))
        if constant:
            block[0] = 2.0
        blocks.append({"block": block.tolist(), "norm": norm, "num_groups": groups, "eps": 0.0})
    # One value in a slice, in a batch of several samples: torch takes some of these.
    edges = [
        ("group", 4, 3, 4),
        ("group", 1, 2, 1),
        ("batch", 1, 2, 3),
        ("instance", 1, 3, 4),
        ("layer", 1, 2, 1),
    ]
    for norm, groups, N, C in edges:
        block = random.normal(size=(N, C, 1, 1)).tolist()
        blocks.append({"block": block, "norm": norm, "num_groups": groups, "eps": 1e-5})
    return {
        "batches": [{"state": state, **torch_batch(state)} for state in batches],
        "blocks": [{"state": state | {"view": "slices"}, **torch_block(state)} for state in blocks],
    }


def test_the_golden_states_are_of_every_kind(golden):
    for kind in ("batches", "blocks"):
        refused = [case["refusal"] for case in golden[kind] if case["refusal"]]
        assert len(refused) >= 20 and len(golden[kind]) - len(refused) >= 200
    assert {case["state"]["norm"] for case in golden["blocks"] if case["refusal"]} == {
        "batch",
        "instance",
        "group",
    }


def test_page_arithmetic(golden, tmp_path):
    start = {"input": batchnorm((12, 4)).input, "block": batchnorm(block=(4, 8, 4, 4)).block}
    browser.node_test("batchnorm", tmp_path, golden | {"start": start, "steps": STEPS})


def close(found, expected, **bounds):
    """Equal, and not finite where the expected value is None."""
    found, expected = np.array(found, float), np.array(expected, float)
    np.testing.assert_allclose(np.where(np.isfinite(found), found, np.nan), expected, **bounds)


def test_python_answers_as_torch(golden):
    for case in golden["batches"]:
        state = case["state"]
        if case["refusal"]:
            with pytest.raises(ValueError, match=r"(?s)\. The nearest legal .+ is \S+\.$"):
                batchnorm(**state)
            continue
        widget = batchnorm(**state)
        assert widget.state() == state == widget.check(state)
        close(widget.output, case["output"], rtol=1e-8, atol=1e-10)
        close(batchnorm_rules.forward(state, False)[1], case["evaluated"], rtol=1e-8, atol=1e-10)
        for found, name in zip(
            batchnorm_rules.gradient(state), ("grad_input", "grad_weight", "grad_bias"), strict=True
        ):
            scale = np.nanmax(np.abs(np.array(case[name], float))) + np.abs(case["grad_bias"]).max()
            close(found, case[name], rtol=1e-6, atol=1e-8 * (1 + scale))


def test_python_cuts_blocks_as_torch(golden):
    for case in golden["blocks"]:
        state = case["state"]
        if case["refusal"]:
            with pytest.raises(ValueError, match=r"(?s)\. The nearest legal .+ is (\d+|1e-05)\.$"):
                batchnorm(**state)
            continue
        batchnorm(**state)
        block = np.array(state["block"])
        numbers = batchnorm_rules.slice_numbers(state["norm"], state["num_groups"], block.shape)
        found = np.empty(block.shape)
        for number in range(numbers.max() + 1):
            one = block[numbers == number]
            with np.errstate(invalid="ignore"):
                found[numbers == number] = (one - one.mean()) / np.sqrt(one.var() + state["eps"])
        if state["norm"] == "instance" and state["eps"] == 0:
            found = np.nan_to_num(found)  # equal values: torch answers 0 in this norm alone
        close(found, case["output"], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        (
            {"input": [[1, 2]]},
            "got input size [1, 2]: give two samples or more, or training=False. The nearest legal",
        ),
        ({"input": (13, 2)}, "N is 13; it must be a whole number from 1 to 12. The nearest legal N is 12."),
        ({"input": (2, 9)}, "The nearest legal C is 4."),
        ({"input": [[1], [2, 3]]}, "input must be N × C finite numbers"),
        ({"input": [[float("nan")], [1]]}, "input must be N × C finite numbers"),
        ({"weight": [1, 2, 3]}, "weight must be a list of 2 finite numbers"),
        (
            {"running_var": [-1, 1]},
            "running_var must be 0 or more in each channel; got -1.0. The nearest legal",
        ),
        ({"momentum": 2}, "momentum is 2; it must be a number from 0 to 1. The nearest legal momentum is 1."),
        ({"momentum": "fast"}, "momentum is 'fast'; it must be a number from 0 to 1."),
        (
            {"eps": 0},
            "batch_norm eps must be positive during training, but got 0. The nearest legal eps is 1e-05.",
        ),
        ({"eps": -1}, "The nearest legal eps is 1e-05."),
        ({"eps": float("inf")}, "eps is inf; it must be a number from 0 to 100."),
        (
            {"training": "yes"},
            "training is 'yes'; it must be one of True, False. The nearest legal training is False.",
        ),
        ({"norm": "weight"}, 'norm is \'weight\'; it must be one of "batch", "layer", "instance", "group".'),
        (
            {"num_groups": 3, "view": "slices"},
            "num_groups is 3; it must divide the block's 4 channels. The nearest legal num_groups is 2.",
        ),
        ({"num_groups": 1.5}, "The nearest legal num_groups is 2."),
        ({"block": (1, 1, 1, 1), "norm": "batch", "view": "slices"}, "The nearest legal height is 2."),
        (
            {"block": (1, 2)},
            "block must be N × C × H × W finite numbers or a size such as (3, 4, 2, 2); got (1, 2).",
        ),
        ({"grad_output": [[1, 2]]}, "grad_output must have the shape of input, 6 × 2; got [[1, 2]]."),
        ({"view": "all"}, "view is 'all'; it must be one of"),
    ],
)
def test_bad_arguments_get_one_clear_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        batchnorm(**wrong)


def test_arguments_may_be_arrays_and_tensors_of_a_layer():
    layer = torch.nn.BatchNorm1d(3)
    widget = batchnorm(
        torch.randn(4, 3), weight=layer.weight, running_var=layer.running_var, eps=np.float32(1e-3)
    )
    assert widget.weight == [1, 1, 1] and widget.running_var == [1, 1, 1] and abs(widget.eps - 1e-3) < 1e-9
    widget.training = False
    widget.input = [[1, 2, 3]]
    assert widget.sentence().startswith("Batch norm of a 1 × 3 batch in eval: the first output is ")
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        widget.training = True


TOGETHER = {  # what several numbers break together, and the views that torch refuses it in
    "one sample in training": ({"input": [[1, 2]]}, {"values", "gradient"}),
    "eps 0 in training": ({"eps": 0}, {"values", "gradient"}),
    "eps 0 in batch norm": ({"eps": 0, "training": False, "norm": "batch"}, {"slices"}),
    "groups that do not divide": ({"num_groups": 3}, {"slices"}),
    "slices of one value": ({"block": (1, 3, 1, 1), "norm": "instance"}, {"slices"}),
}


@pytest.mark.parametrize("given, views", TOGETHER.values(), ids=TOGETHER)
def test_each_view_answers_for_itself(given, views):
    refused = set()
    for view in VIEWS:
        try:
            widget = batchnorm(view=view, **given)
        except ValueError:
            refused.add(view)
            continue
        assert widget.check(widget.state()) == widget.state() and widget._page_and_png()
        for other in views:
            with pytest.raises(ValueError, match="The nearest legal"):
                widget.view = other
    assert refused == views


def test_no_output_is_given_for_what_torch_refuses():
    widget = batchnorm([[1, 2]], view="eval", running_mean=[3, 0])
    assert widget.sentence() == "Batch norm of a 1 × 2 batch in eval: the first output is −2."
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        assert widget.output
    widget.training = False
    np.testing.assert_allclose(widget.output, [[-2, 2]], rtol=1e-4)


@pytest.mark.parametrize("view", ["values", "eval", "gradient", "slices"])
@pytest.mark.parametrize(
    "wrong", [{"momentum": 2}, {"running_var": [-1, 1]}, {"eps": -1}, {"num_groups": 9}, {"norm": "none"}]
)
def test_each_number_is_legal_by_itself_in_every_view(view, wrong):
    with pytest.raises(ValueError, match="nearest legal"):
        batchnorm(view=view, **wrong)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("view", ["values", "eval", "gradient"])
def test_a_division_by_0_in_eval_is_drawn_and_told(view):
    widget = batchnorm(training=False, eps=0, running_var=[0, 1], view=view)
    assert not np.isfinite(widget.output).all() and widget._page_and_png() and "nan" not in widget.sentence()


ODD = [
    ["a", "b"],
    [["1", "2"]],
    [[[1, 2]]],
    [[1], [2, 3]],
    [[None, 1]],
    [[float("nan"), 1]],
    [[1j, 1]],
    [],
    [[]],
    {1: 2},
    None,
    "ab",
    torch.full((2, 2), torch.nan, requires_grad=True),
    [torch.ones(2, requires_grad=True)],
    torch.ones(2, 2, dtype=torch.bfloat16),
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_arrays_get_one_sentence_each(odd):
    for name in ("input", "block", "weight", "grad_output"):
        if odd is None and name in ("weight", "grad_output"):
            continue
        with pytest.raises(ValueError, match=rf"\A{name} must [^\n]+; got [^\n]+\.\Z"):
            batchnorm(**{name: odd})


def test_arguments_change_one_at_a_time_as_in_the_constructor():
    widget = batchnorm()
    widget.input = (3, 2)
    assert widget.input == batchnorm((3, 2)).input
    widget.block = (2, 6, 1, 2)
    assert widget.block == batchnorm(block=(2, 6, 1, 2)).block
    with pytest.raises(
        ValueError, match="input has 4 channels, but weight has 2 numbers; give both to a new"
    ):
        widget.input = (3, 4)
    assert len(widget.input[0]) == 2
