"""Activations: values, slopes and gradients through depth against torch, and refusals."""

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
    browser.node_test("activation", tmp_path, golden | more)


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
            'function is \'rellu\'; it must be one of "relu", "leaky_relu", ',
        ),
        ({"other": "softmax"}, 'The nearest legal other is "softplus".'),
        ({"function": "rellu"}, 'The nearest legal function is "relu".'),
        ({"function": 3}, "function is 3; it must be one of"),
        ({"x": 11}, "x is 11; it must be a number from -10 to 10. The nearest legal x is 10."),
        ({"x": float("nan")}, "x is nan; it must be a number from -10 to 10."),
        ({"x": "1"}, "x is '1'; it must be a number from -10 to 10."),
        ({"beta": 0}, "The nearest legal beta is 0.1."),
        ({"alpha": -1}, "The nearest legal alpha is 0."),
        (
            {"layers": 51},
            "layers is 51; it must be a whole number from 1 to 50. The nearest legal layers is 50.",
        ),
        ({"layers": 2.6}, "The nearest legal layers is 3."),
        ({"layers": True}, "layers is True; it must be a whole number"),
        ({"w": -6}, "The nearest legal w is -5."),
        ({"input": (9, 2)}, "rows is 9; it must be a whole number from 1 to 8. The nearest legal rows is 8."),
        ({"input": [[1], [1, 2]]}, "input must be a 2-D array of finite numbers or a size"),
        ({"input": [[float("inf")]]}, "input must be a 2-D array"),
        ({"view": "all"}, 'view is \'all\'; it must be one of "curves", "map", "depth".'),
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
    3,
    (3, 4, 5),
    torch.full((2, 2), torch.nan, requires_grad=True),
    [torch.ones(2, requires_grad=True)],
    torch.ones(2, 2, dtype=torch.bfloat16),
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
def test_odd_maps_get_one_sentence_each(odd):
    with pytest.raises(ValueError, match=r"\Ainput must be a 2-D array of finite [^\n]+; got [^\n]+\.\Z"):
        activation(input=odd)


@pytest.mark.parametrize("odd", ["1", [1.0], [[1]], None, 1j, float("nan"), torch.ones(2), True])
def test_odd_places_of_the_point_get_one_sentence_each(odd):
    with pytest.raises(ValueError, match=r"\Ax is [^\n]+; it must be a number from -10 to 10\.\Z"):
        activation(x=odd)


def test_arguments_change_one_at_a_time_as_in_the_constructor():
    widget = activation(view="map")
    for value in ((3, 4), (8, 8), [[1, 2]], torch.ones(2, 3, requires_grad=True)):
        widget.input = value
        assert widget.input == activation(input=value).input and widget._page_and_png()
    with pytest.raises(ValueError, match="rows is 9"):
        widget.input = (9, 1)
    assert np.shape(widget.input) == (2, 3)
