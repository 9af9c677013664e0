"""Our activation formulas equal torch's functions, in values and slopes, far out and at the kinks."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same

from course_lib.layers import activations

PAIRS = [
    (activations.sigmoid, torch.sigmoid, {}),
    (activations.tanh, torch.tanh, {}),
    (activations.relu, F.relu, {}),
    (activations.leaky_relu, F.leaky_relu, {}),
    (activations.leaky_relu, F.leaky_relu, {"negative_slope": 0.3}),
    (activations.elu, F.elu, {}),
    (activations.elu, F.elu, {"alpha": 1.7}),
    (activations.softplus, F.softplus, {}),
    (activations.softplus, F.softplus, {"threshold": 3}),
    (activations.relu6, F.relu6, {}),
    (activations.hardsigmoid, lambda x: F.relu6(x + 3) / 6, {}),
    (activations.hardswish, F.hardswish, {}),
    (activations.silu, F.silu, {}),
    (activations.swish, F.silu, {}),
]
NAMES = ["-".join([ours.__name__, *map(str, options.values())]) for ours, _, options in PAIRS]


@pytest.mark.parametrize("ours, theirs, options", PAIRS, ids=NAMES)
@pytest.mark.parametrize(
    "x",
    [
        3 * Draw(0).normal(4, 5, 3),
        torch.linspace(-8, 8, 1601).double(),
        # Kinks, and a step to both sides of each.
        (torch.tensor([-3.0, 0, 3, 6, 20]).double()[:, None] + torch.tensor([-1e-6, 0, 1e-6]).double()).flatten(),
        torch.tensor([-0.0, 1e-9, -1e-9, 1e-300, -1e-300]).double(),
        torch.tensor([-1e4, -800, -50, 50, 800, 1e4]).double(),
    ],
    ids=["random", "line", "kinks", "small", "large"],
)  # fmt: skip
def test_values_and_slopes_equal_torch(ours, theirs, options, x):
    assert_same(lambda x: ours(x, **options), lambda x: theirs(x, **options), x)


def test_hardsigmoid_equals_torch_to_the_digits_of_its_slope():
    """In float64 too, torch's slope is 1/6 rounded to float32."""
    x = torch.tensor([-4.0, -3, -1, 0, 2, 3, 5]).double().requires_grad_()
    ours, theirs = activations.hardsigmoid(x), F.hardsigmoid(x)
    torch.testing.assert_close(ours, theirs, **EXACT)
    slopes = (torch.autograd.grad(y.sum(), x)[0] for y in (ours, theirs))
    torch.testing.assert_close(*slopes, rtol=5e-8, atol=0)


def test_tanh_keeps_its_digits_near_zero():
    x = torch.tensor([1e-12, -1e-9, 1e-6]).double()
    torch.testing.assert_close(activations.tanh(x), torch.tanh(x), rtol=1e-12, atol=0)


@pytest.mark.parametrize("beta", [0.1, 1.0, 3.0])
def test_swish_is_the_formula_with_beta(beta):
    x = Draw(1).normal(50)
    assert_same(lambda x: activations.swish(x, beta), lambda x: x * torch.sigmoid(beta * x), x)


@pytest.mark.parametrize("ours, theirs, options", PAIRS, ids=NAMES)
def test_what_is_not_a_number_stays_so_and_the_kind_of_number_is_kept(ours, theirs, options):
    x = torch.tensor([float("nan"), 1.0])
    torch.testing.assert_close(ours(x, **options), theirs(x, **options), equal_nan=True)
    assert ours(x.half(), **options).dtype == torch.float16


def test_slopes_at_the_kinks():
    for function, at, slope in [
        (activations.relu, 0.0, 0.0),
        (activations.leaky_relu, 0.0, 0.01),
        (activations.relu6, 6.0, 0.0),
        (activations.sigmoid, 0.0, 0.25),
        (activations.tanh, 0.0, 1.0),
        (activations.elu, 0.0, 1.0),
    ]:
        x = torch.tensor(at, dtype=torch.float64, requires_grad=True)
        (grad,) = torch.autograd.grad(function(x), x)
        torch.testing.assert_close(grad.item(), slope, **EXACT)
