"""Separable convolutions equal the ordinary ones of torch that they stand for."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same

from course_lib.layers import separable


def options_of(draw, kernel):
    """Stride, padding and dilation, and the smallest image that the kernel then fits."""
    stride, padding, dilation = draw.pair(1, 3), draw.pair(0, 3), draw.pair(1, 2)
    least = [max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(dilation, kernel, padding)]
    return (stride, padding, dilation), [size + draw.number(0, 4) for size in least]


@pytest.mark.parametrize("seed", range(40))
def test_depthwise_and_depthwise_separable_equal_torch(seed):
    draw = Draw(seed)
    n, c, m, o, kernel = (
        draw.number(1, 3),
        draw.number(1, 4),
        draw.number(1, 3),
        draw.number(1, 4),
        draw.pair(1, 3),
    )
    options, size = options_of(draw, kernel)
    x, depthwise, pointwise = (
        draw.normal(n, c, *size),
        draw.normal(c * m, 1, *kernel),
        draw.normal(o, c * m, 1, 1),
    )
    bias_m, bias = draw.normal(c * m), draw.normal(o) if draw.number(0, 1) else None
    assert_same(
        lambda *inputs: separable.depthwise_conv2d(*inputs, *options),
        lambda *inputs: F.conv2d(*inputs, *options, c),
        x, depthwise, bias_m,
    )  # fmt: skip
    assert_same(
        lambda *inputs: separable.separable_conv2d(*inputs, *options),
        lambda x, d, p, b: F.conv2d(F.conv2d(x, d, None, *options, c), p, b),
        x, depthwise, pointwise, bias,
    )  # fmt: skip
    wide = draw.normal(n, c * m, *size)
    assert_same(separable.pointwise_conv2d, F.conv2d, wide, pointwise, bias)


@pytest.mark.parametrize("seed", range(40))
def test_column_and_row_equal_one_convolution_by_the_joined_kernel(seed):
    draw = Draw(seed)
    groups, c, m, o, kernel = (
        draw.number(1, 3),
        draw.number(1, 3),
        draw.number(1, 3),
        draw.number(1, 3),
        draw.pair(1, 4),
    )
    options, size = options_of(draw, kernel)
    x = draw.normal(2, groups * c, *size)
    column, row = draw.normal(groups * m, c, kernel[0], 1), draw.normal(groups * o, m, 1, kernel[1])
    bias = draw.normal(groups * o) if draw.number(0, 1) else None
    assert_same(
        lambda *inputs: separable.spatially_separable_conv2d(*inputs, *options, groups),
        lambda x, column, row, bias: F.conv2d(
            x, separable.joined_kernel(column, row, groups), bias, *options, groups
        ),
        x, column, row, bias,
    )  # fmt: skip


@pytest.mark.parametrize("between", [1, 2, 3])
def test_the_rank_of_the_joined_kernel_is_the_number_of_channels_between(between):
    draw = Draw(between)
    kernel = separable.joined_kernel(draw.normal(between, 1, 5, 1), draw.normal(1, between, 1, 5))
    assert torch.linalg.matrix_rank(kernel[0, 0]) == between


def test_sobel_is_of_rank_one_and_laplace_is_not():
    sobel = torch.tensor([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]], dtype=torch.float64)
    column, row = separable.rank_one(sobel)
    assert column.shape == (3, 1) and row.shape == (1, 3)
    torch.testing.assert_close(column @ row, sobel, **EXACT)
    laplace = torch.tensor([[0.0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=torch.float64)
    column, row = separable.rank_one(laplace)
    # Its eigenvalues are −2 ± √6 and 0: what one column and one row miss is the smaller one.
    torch.testing.assert_close(torch.linalg.matrix_norm(laplace - column @ row).item(), 6**0.5 - 2, **EXACT)


def test_depthwise_kernels_of_rank_one_run_as_column_and_row():
    draw = Draw(0)
    x, kernel = draw.normal(2, 3, 7, 8), draw.normal(3, 1, 3, 1) @ draw.normal(3, 1, 1, 5)
    column, row = separable.rank_one(kernel)
    torch.testing.assert_close(
        separable.spatially_separable_conv2d(x, column, row, padding=(1, 2), groups=3),
        F.conv2d(x, kernel, padding=(1, 2), groups=3),
        **EXACT,
    )


@pytest.mark.parametrize("c, o, kernel", [(32, 64, 3), (3, 1, (5, 2)), (7, 10, 1)])
def test_the_cost_ratio_is_that_of_the_weights(c, o, kernel):
    ordinary = torch.nn.Conv2d(c, o, kernel, bias=False).weight.numel()
    depthwise = torch.nn.Conv2d(c, c, kernel, groups=c, bias=False).weight.numel()
    pointwise = torch.nn.Conv2d(c, o, 1, bias=False).weight.numel()
    assert separable.separable_cost_ratio(o, kernel) == pytest.approx(
        (depthwise + pointwise) / ordinary, rel=1e-12
    )


def test_wrong_sizes_are_refused():
    x, column, row = torch.zeros(1, 3, 5, 5), torch.zeros(2, 3, 3, 1), torch.zeros(4, 2, 1, 3)
    for call, message in [
        (lambda: separable.depthwise_conv2d(x, torch.zeros(4, 1, 3, 3)), "4 output channels .* 3 groups"),
        (lambda: separable.depthwise_conv2d(x, torch.zeros(3, 2, 3, 3)), "takes 2 channels a group"),
        (lambda: separable.pointwise_conv2d(x, torch.zeros(4, 3, 3, 3)), "shape O×C×1×1"),
        (lambda: separable.pointwise_conv2d(x, torch.zeros(4, 2, 1, 1)), "takes 2 channels a group"),
        (lambda: separable.spatially_separable_conv2d(x, row, column), "columns have shape M×C×KH×1"),
        (lambda: separable.joined_kernel(column, row[:, :1]), "2 columns, .* do not fit"),
        (lambda: separable.joined_kernel(column, row, 3), "3 groups do not fit"),
        (lambda: separable.rank_one(torch.zeros(3)), "at least the axes KH×KW"),
        (lambda: separable.separable_cost_ratio(0, 3), "0 channels"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
