"""Batch norm: values, gradients, running statistics and refusals against torch."""

import json
import re

import browser
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from course_lib.widgets import batchnorm, batchnorm_rules

RUNNING = ("running_mean", "running_var")
STEPS = 3


# ---- against torch -------------------------------------------------------------------------------


def torch_batch(state):
    """What torch.nn.BatchNorm1d answers for the widget's state: outputs, gradients, statistics; or its refusal."""
    channels = len(state["x"][0])
    as_tensor = lambda value: torch.tensor(value, dtype=torch.float64)  # noqa: E731
    layer = torch.nn.BatchNorm1d(channels, eps=state["eps"], momentum=state["momentum"], dtype=torch.float64)
    layer.train(state["training"])
    for name in ("weight", "bias", *RUNNING):
        getattr(layer, name).data = as_tensor(state[name])
    layer.num_batches_tracked.fill_(state["num_batches_tracked"])
    x = as_tensor(state["x"]).requires_grad_()
    try:
        output = layer(x)
    except ValueError as error:
        return {"refusal": str(error)}
    given = torch.zeros_like(output)
    given[0] = 1
    if state["grad_output"] is not None:
        given = as_tensor(state["grad_output"])
    (output * given).sum().backward()
    answer = {"refusal": None, "output": output.tolist(), "grad_x": x.grad.tolist()}
    answer |= {"grad_weight": layer.weight.grad.tolist(), "grad_bias": layer.bias.grad.tolist()}
    answer["one_step"] = {name: getattr(layer, name).tolist() for name in RUNNING}
    for _ in range(STEPS - 1):
        layer(x)
    answer["steps"] = {name: getattr(layer, name).tolist() for name in RUNNING}
    layer.eval()
    for name in RUNNING:
        getattr(layer, name).copy_(as_tensor(state[name]))
    answer["evaluated"] = layer(x).tolist()
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
        return {"refusal": None, "output": calls[state["norm"]]().tolist()}
    except (RuntimeError, ValueError) as error:
        return {"refusal": str(error)}


def random_state(random):
    """The state of a batch, now and then one that torch refuses."""
    N, C = int(random.choice([1, 2, 3, 6, 12])), int(random.integers(1, 4, endpoint=True))
    scale = random.choice([0.01, 1, 30])
    draw = lambda *size: random.normal(random.normal() * scale, scale, size).tolist()  # noqa: E731
    return {
        "x": draw(N, C),
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
        "blocks": [{"state": state, **torch_block(state)} for state in blocks],
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
    path = tmp_path / "golden.json"
    start = {
        "x": batchnorm((12, 4)).x,
        "block": batchnorm(block=(4, 8, 4, 4)).block,
    }
    path.write_text(json.dumps(golden | {"start": start, "steps": STEPS}))
    browser.node_test("batchnorm", path)


def test_python_answers_as_torch(golden):
    for case in golden["batches"]:
        state = case["state"]
        if case["refusal"]:
            with pytest.raises(ValueError, match=r"(?s)\. The nearest legal .+ is \S+\.$"):
                batchnorm(**state)
            continue
        widget = batchnorm(**state)
        assert widget.state() == state == widget.check(state)
        np.testing.assert_allclose(widget.output, case["output"], rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(
            batchnorm_rules.forward(state, training=False)[1], case["evaluated"], rtol=1e-8, atol=1e-10
        )
        for found, name in zip(
            batchnorm_rules.gradient(state), ("grad_x", "grad_weight", "grad_bias"), strict=True
        ):
            scale = np.abs(case[name]).max() + np.abs(case["grad_bias"]).max()
            np.testing.assert_allclose(found, case[name], rtol=1e-6, atol=1e-8 * (1 + scale))
        if state["training"]:
            moved = batchnorm_rules.training_step(state)
            for name in RUNNING:
                np.testing.assert_allclose(moved[name], case["one_step"][name], rtol=1e-8, atol=1e-10)


def test_python_cuts_blocks_as_torch(golden):
    for case in golden["blocks"]:
        state = case["state"]
        if case["refusal"]:
            with pytest.raises(ValueError, match=r"(?s)\. The nearest legal .+ is \d+\.$"):
                batchnorm(**state)
            continue
        batchnorm(**state)
        block = np.array(state["block"])
        numbers = batchnorm_rules.slice_numbers(state["norm"], state["num_groups"], block.shape)
        found = np.empty(block.shape)
        for number in range(numbers.max() + 1):
            one = block[numbers == number]
            found[numbers == number] = (one - one.mean()) / np.sqrt(one.var() + state["eps"])
        np.testing.assert_allclose(found, case["output"], rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        (
            {"x": [[1, 2]]},
            "got input size [1, 2]: give two samples or more, or training=False. The nearest legal",
        ),
        ({"x": (13, 2)}, "N must be a whole number from 1 to 12; got 13. The nearest legal N is 12."),
        ({"x": (2, 9)}, "The nearest legal C is 4."),
        ({"x": [[1], [2, 3]]}, "x must be N × C finite numbers"),
        ({"x": [[float("nan")], [1]]}, "x must be N × C finite numbers"),
        ({"weight": [1, 2, 3]}, "weight must be a list of 2 finite numbers"),
        (
            {"running_var": [-1, 1]},
            "running_var must be 0 or more in each channel; got -1.0. The nearest legal",
        ),
        ({"momentum": 2}, "momentum must be a number from 0 to 1; got 2.0. The nearest legal momentum is 1."),
        ({"momentum": "fast"}, "momentum must be a number from 0 to 1; got fast."),
        (
            {"eps": 0},
            "batch_norm eps must be positive during training, but got 0. The nearest legal eps is 1e-05.",
        ),
        ({"eps": -1}, "The nearest legal eps is 1e-05."),
        ({"eps": float("inf")}, "eps must be a number from 0 to 100; got inf."),
        ({"training": "yes"}, "training must be True or False; got yes."),
        ({"norm": "weight"}, 'norm must be one of "batch", "layer", "instance", "group"; got weight.'),
        (
            {"num_groups": 3},
            "num_groups is 3; it must divide the block's 4 channels. The nearest legal num_groups is 2.",
        ),
        ({"num_groups": 1.5}, "The nearest legal num_groups is 2."),
        ({"block": (1, 1, 1, 1), "norm": "batch"}, "The nearest legal height is 2."),
        (
            {"block": (1, 2)},
            "block must be N × C × H × W finite numbers or a size such as (3, 4, 2, 2); got (1, 2).",
        ),
        ({"grad_output": [[1, 2]]}, "grad_output must have the shape of x, 6 × 2; got [[1, 2]]."),
        ({"view": "all"}, "view must be one of"),
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
    widget.x = [[1, 2, 3]]
    assert widget.sentence().startswith("Batch norm of a 1 × 3 batch in eval: the first output is ")
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        widget.training = True
