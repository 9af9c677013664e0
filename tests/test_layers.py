"""Our convolution equals torch's, in values and gradients, over random shapes."""

import functools
import runpy
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from course_lib.layers import convolution

EXACT = {"rtol": 1e-9, "atol": 1e-12}


def random_case(seed):
    """Inputs in float64 and options of one legal convolution, the two axes drawn apart."""
    g = torch.Generator().manual_seed(seed)

    def draw(low, high):
        return int(torch.randint(low, high + 1, (), generator=g))

    groups, batch, group_in, group_out = draw(1, 3), draw(1, 3), draw(1, 3), draw(1, 3)
    kernel, stride, padding, dilation = ((draw(low, 3), draw(low, 3)) for low in (1, 1, 0, 1))
    least = [max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(dilation, kernel, padding)]
    normal = functools.partial(torch.randn, generator=g, dtype=torch.float64)
    x = normal(batch, groups * group_in, least[0] + draw(0, 5), least[1] + draw(0, 5))
    weight = normal(groups * group_out, group_in, *kernel)
    bias = normal(len(weight)) if draw(0, 1) else None
    return x, weight, bias, {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("conv2d", [convolution.conv2d_loops, convolution.conv2d])
def test_values_equal_torch(conv2d, seed):
    x, weight, bias, options = random_case(seed)
    torch.testing.assert_close(
        conv2d(x, weight, bias, **options), F.conv2d(x, weight, bias, **options), **EXACT
    )


@pytest.mark.parametrize("seed", range(60))
def test_gradients_equal_torch(seed):
    x, weight, _, options = random_case(seed)
    bias = torch.zeros(len(weight), dtype=torch.float64, requires_grad=True)
    leaves = x.requires_grad_(), weight.requires_grad_(), bias
    y = F.conv2d(*leaves, **options)
    grad_output = torch.randn_like(y)
    expected = torch.autograd.grad(y, leaves, grad_output)
    by_hand = convolution.conv2d_backward(grad_output, x.detach(), weight.detach(), **options)
    by_autograd = torch.autograd.grad(convolution.conv2d(*leaves, **options), leaves, grad_output)
    for ours in by_hand, by_autograd:
        for mine, theirs in zip(ours, expected, strict=True):
            torch.testing.assert_close(mine, theirs, **EXACT)


@pytest.mark.parametrize("seed", range(20))
def test_unfold_and_fold_equal_torch(seed):
    x, weight, _, options = random_case(seed)
    del options["groups"]
    kernel = weight.shape[2:]
    columns = convolution.unfold(x, tuple(kernel), **options)
    torch.testing.assert_close(columns, F.unfold(x, kernel, **options), **EXACT)
    torch.testing.assert_close(
        convolution.fold(columns, tuple(x.shape[2:]), tuple(kernel), **options),
        F.fold(columns, x.shape[2:], kernel, **options),
        **EXACT,
    )


@pytest.mark.parametrize("mode", ["zeros", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("padding", [(0, 0), (1, 3), (4, 2)])
def test_padding_modes_equal_torch(mode, padding):
    x = torch.randn(2, 3, 5, 6, dtype=torch.float64)
    sides = (padding[1],) * 2 + (padding[0],) * 2
    expected = F.pad(x, sides, mode="constant" if mode == "zeros" else mode)
    torch.testing.assert_close(convolution.pad(x, padding, mode), expected, rtol=0, atol=0)


@pytest.mark.parametrize("mode, padding, most", [("reflect", 5, 4), ("circular", 6, 5)])
def test_padding_refuses_what_torch_refuses(mode, padding, most):
    x = torch.randn(1, 1, 5, 5)
    with pytest.raises(RuntimeError):
        F.pad(x, (padding,) * 4, mode=mode)
    with pytest.raises(ValueError, match=f"at most {most}, got {padding}"):
        convolution.pad(x, padding, mode)


@pytest.mark.parametrize(
    "shape, weight_shape, options, message",
    [
        ((1, 1, 4, 4), (1, 1, 5, 5), {}, "covers 5 pixels, more than the 4 .* padding of at least 1"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"dilation": 2}, "covers 5 pixels, more than the 4"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"stride": 0}, "stride 0"),
        ((1, 1, 4, 4), (1, 1, 3, 3), {"padding": -1}, "padding -1 at least 0"),
        ((1, 4, 4, 4), (6, 2, 3, 3), {"groups": 3}, "4 input and 6 output channels .* 3 groups"),
        ((1, 4, 4, 4), (6, 4, 3, 3), {"groups": 2}, "takes 4 channels a group, but 4 .* are 2 a group"),
        ((4, 4, 4), (6, 4, 3, 3), {}, "must have 4 axes"),
    ],
)
@pytest.mark.parametrize("conv2d", [convolution.conv2d_loops, convolution.conv2d])
def test_illegal_convolutions_name_the_sizes(conv2d, shape, weight_shape, options, message):
    with pytest.raises(ValueError, match=message):
        conv2d(torch.zeros(shape), torch.zeros(weight_shape), **options)


def test_the_suggested_padding_is_the_least_that_fits():
    for size, kernel, dilation in [(4, 5, 1), (4, 6, 1), (1, 3, 3)]:
        with pytest.raises(ValueError) as refused:
            convolution.output_size(size, kernel, dilation=dilation)
        least = int(str(refused.value).split("at least ")[1].split()[0])
        assert convolution.output_size(size, kernel, padding=least, dilation=dilation) >= 1
        with pytest.raises(ValueError):
            convolution.output_size(size, kernel, padding=least - 1, dilation=dilation)


def test_wrong_bias_and_wrong_gradient_shapes_are_refused():
    x, weight = torch.zeros(1, 1, 4, 4), torch.zeros(2, 1, 3, 3)
    with pytest.raises(ValueError, match=r"bias must have shape \(2,\)"):
        convolution.conv2d(x, weight, torch.zeros(3))
    with pytest.raises(ValueError, match=r"output has shape \(1, 2, 2, 2\)"):
        convolution.conv2d_backward(torch.zeros(1, 2, 3, 3), x, weight)


def test_torchvision_runs_its_own_operators():
    """The torch and torchvision of the lock belong together: an operator compiled by torchvision runs."""
    from torchvision.ops import deform_conv2d

    x, weight = torch.randn(1, 2, 5, 5), torch.randn(4, 2, 3, 3)
    y = deform_conv2d(x, torch.zeros(1, 18, 3, 3), weight)
    torch.testing.assert_close(y, F.conv2d(x, weight), rtol=1e-5, atol=1e-5)


@pytest.mark.slow
def test_unfolding_takes_at_most_five_times_as_long_as_torch():
    benchmark = runpy.run_path(str(Path(__file__).parents[1] / "benchmarks" / "convolution.py"))
    seconds = benchmark["measure"]()
    assert seconds["unfolding"] <= 5 * seconds["torch"], seconds
    assert seconds["unfolding"] < seconds["loops"], seconds


@pytest.mark.parametrize("stride", [(2,), [2, 1], torch.Size([1, 2]), 2])
def test_a_pair_may_be_given_as_torch_takes_it(stride):
    x, weight, _, _ = random_case(0)
    weight, x = weight[:1], x[:, : weight.shape[1]]
    torch.testing.assert_close(
        convolution.conv2d(x, weight, stride=stride, padding=1), F.conv2d(x, weight, stride=stride, padding=1)
    )


@pytest.mark.parametrize("stride", [(1, 1, 7), (), 1.5, "same"])
def test_what_is_no_pair_is_refused(stride):
    with pytest.raises(ValueError, match="give one whole number or a pair"):
        convolution.conv2d(torch.zeros(1, 1, 5, 5), torch.zeros(1, 1, 3, 3), stride=stride)


def test_padding_below_zero_is_refused():
    with pytest.raises(ValueError, match="padding -1 must be at least 0"):
        convolution.pad(torch.zeros(1, 1, 5, 5), -1)


def test_a_batch_may_be_empty():
    x, weight = torch.zeros(0, 2, 5, 5), torch.zeros(3, 2, 3, 3)
    grad_x, grad_weight, grad_bias = convolution.conv2d_backward(torch.zeros(0, 3, 3, 3), x, weight)
    assert grad_x.shape == x.shape and grad_weight.shape == weight.shape and grad_bias.shape == (3,)
