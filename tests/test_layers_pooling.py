"""Our pooling equals torch's, in values, places and gradients."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same

from course_lib.layers import pooling


def random_case(seed, dilated=True):
    """An image, and options that torch's pooling accepts: the padding is at most half of the kernel."""
    draw = Draw(seed)
    kernel, dilation = draw.pair(1, 4), draw.pair(1, 2) if dilated else (1, 1)
    extent = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    padding = tuple(draw.number(0, k // 2) for k in kernel)
    size = [max(2, e - 2 * p) + draw.number(0, 5) for e, p in zip(extent, padding)]
    options = {"kernel_size": kernel, "padding": padding, "ceil_mode": bool(draw.number(0, 1))}
    if draw.number(0, 3):
        options["stride"] = draw.pair(1, 4)
    return draw.normal(draw.number(1, 3), draw.number(1, 3), *size), options, dilation


@pytest.mark.parametrize("seed", range(80))
def test_max_pooling_equals_torch(seed):
    x, options, dilation = random_case(seed)
    assert_same(
        lambda x: pooling.max_pool2d(x, dilation=dilation, **options),
        lambda x: F.max_pool2d(x, dilation=dilation, **options),
        x,
    )
    ours = pooling.max_pool2d(x, dilation=dilation, return_indices=True, **options)
    theirs = F.max_pool2d(x, dilation=dilation, return_indices=True, **options)
    assert torch.equal(ours[0], theirs[0]) and torch.equal(ours[1], theirs[1])


@pytest.mark.parametrize("seed", range(30))
def test_gradients_are_routed_to_the_largest(seed):
    x, options, dilation = random_case(seed)
    x.requires_grad_()
    y, places = pooling.max_pool2d(x, dilation=dilation, return_indices=True, **options)
    grad_output = Draw(seed).normal(*y.shape)
    (expected,) = torch.autograd.grad(F.max_pool2d(x, dilation=dilation, **options), x, grad_output)
    torch.testing.assert_close(
        pooling.max_pool2d_backward(grad_output, places, x.shape[2:]), expected, **EXACT
    )


@pytest.mark.parametrize("seed", range(20))
def test_of_equal_values_the_first_counts_as_in_torch(seed):
    x, options, dilation = random_case(seed)
    assert_same(
        lambda x: pooling.max_pool2d(x, dilation=dilation, **options),
        lambda x: F.max_pool2d(x, dilation=dilation, **options),
        x.round().clamp(-1, 1),
    )


def test_padding_is_never_the_largest():
    x = torch.full((1, 1, 3, 3), -5.0)
    assert (pooling.max_pool2d(x, 3, 1, 1) == -5).all()


@pytest.mark.parametrize("count_include_pad", [True, False])
@pytest.mark.parametrize("seed", range(60))
def test_average_pooling_equals_torch(seed, count_include_pad):
    x, options, _ = random_case(seed, dilated=False)
    assert_same(
        lambda x: pooling.avg_pool2d(x, count_include_pad=count_include_pad, **options),
        lambda x: F.avg_pool2d(x, count_include_pad=count_include_pad, **options),
        x,
    )


def test_random_cases_reach_windows_that_hang_over_and_windows_that_begin_behind_the_end():
    hanging = dropped = 0
    for seed in range(80):
        x, options, dilation = random_case(seed)
        for axis in (0, 1):
            kernel, padding, d = options["kernel_size"][axis], options["padding"][axis], dilation[axis]
            stride = options.get("stride", options["kernel_size"])[axis]
            rest = x.shape[2 + axis] + 2 * padding - d * (kernel - 1) - 1
            if options["ceil_mode"] and rest % stride:
                behind = (rest // stride + 1) * stride >= x.shape[2 + axis] + padding
                hanging, dropped = hanging + (not behind), dropped + behind
    assert hanging and dropped


@pytest.mark.parametrize("output", [1, 2, 3, 7, (2, 5), (9, 4)])
def test_adaptive_average_pooling_equals_torch(output):
    x = Draw(0).normal(2, 3, 7, 6)
    assert_same(
        lambda x: pooling.adaptive_avg_pool2d(x, output), lambda x: F.adaptive_avg_pool2d(x, output), x
    )


def test_global_average_pooling_equals_torch():
    assert_same(pooling.global_avg_pool2d, lambda x: F.adaptive_avg_pool2d(x, 1), Draw(0).normal(2, 3, 5, 4))


def test_pooling_with_rounding_up_takes_windows_larger_than_the_image():
    x = Draw(0).normal(1, 2, 2, 2)
    torch.testing.assert_close(
        pooling.max_pool2d(x, 3, 2, ceil_mode=True), F.max_pool2d(x, 3, 2, ceil_mode=True)
    )
    torch.testing.assert_close(
        pooling.avg_pool2d(x, 3, 2, ceil_mode=True), F.avg_pool2d(x, 3, 2, ceil_mode=True)
    )


@pytest.mark.parametrize(
    "options, message",
    [
        ({"kernel_size": 2, "padding": 2}, "padding 2 must be at most 1, half of the kernel size 2"),
        ({"kernel_size": 5}, "covers 5 pixels, more than the 4"),
        ({"kernel_size": 6, "stride": 2, "ceil_mode": True}, "covers 6 pixels, more than the 4"),
        ({"kernel_size": 2, "stride": 0, "ceil_mode": True}, "stride 0"),
        ({"kernel_size": 2, "padding": -1, "ceil_mode": True}, "padding -1"),
        ({"kernel_size": 0}, "kernel size 0"),
    ],
)
@pytest.mark.parametrize("pool", ["max_pool2d", "avg_pool2d"])
def test_what_torch_refuses_is_refused(pool, options, message):
    x = torch.zeros(1, 1, 4, 4)
    with pytest.raises(RuntimeError):
        getattr(F, pool)(x, **options)
    with pytest.raises(ValueError, match=message):
        getattr(pooling, pool)(x, **options)


def test_other_wrong_sizes_are_refused():
    x = torch.zeros(1, 1, 4, 4)
    with pytest.raises(ValueError, match="output 0×2 must be at least 1×1"):
        pooling.adaptive_avg_pool2d(x, (0, 2))
    with pytest.raises(ValueError, match="must have one shape"):
        pooling.max_pool2d_backward(x, x[..., 1:].long(), 4)
