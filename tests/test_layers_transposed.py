"""Our three transposed convolutions equal torch's, and are the transpose of its convolution."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same

from course_lib.layers import transposed

WAYS = [
    transposed.conv_transpose2d_loops,
    transposed.conv_transpose2d,
    transposed.conv_transpose2d_fractional,
]


def random_case(seed):
    """Inputs and options of one legal transposed convolution, the two axes drawn apart."""
    draw = Draw(seed)
    groups, batch, group_in, group_out = (draw.number(1, 3) for _ in range(4))
    kernel, stride, dilation = (draw.pair(1, 3) for _ in range(3))
    more = tuple(draw.number(0, max(s, d) - 1) for s, d in zip(stride, dilation))
    size = draw.pair(1, 4)
    spread = [
        s * (m - 1) + d * (k - 1) + 1 + a for s, m, d, k, a in zip(stride, size, dilation, kernel, more)
    ]
    padding = tuple(min(draw.number(0, 3), (whole - 1) // 2) for whole in spread)
    x = draw.normal(batch, groups * group_in, *size)
    weight = draw.normal(groups * group_in, group_out, *kernel)
    bias = draw.normal(groups * group_out) if draw.number(0, 1) else None
    options = {"stride": stride, "padding": padding, "output_padding": more, "groups": groups}
    return x, weight, bias, options | {"dilation": dilation}


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("way", WAYS)
def test_values_and_gradients_equal_torch(way, seed):
    x, weight, bias, options = random_case(seed)
    assert_same(
        lambda *inputs: way(*inputs, **options),
        lambda *inputs: F.conv_transpose2d(*inputs, **options),
        x, weight, bias,
    )  # fmt: skip


def test_random_cases_reach_output_paddings_beyond_the_stride_and_the_padding():
    options = [random_case(seed)[3] for seed in range(60)]
    assert any(a >= s for o in options for a, s in zip(o["output_padding"], o["stride"]))
    assert any(a > p for o in options for a, p in zip(o["output_padding"], o["padding"]))


@pytest.mark.parametrize("seed", range(20))
def test_it_is_the_transpose_of_the_convolution_by_the_same_weight(seed):
    draw = Draw(seed)
    stride, padding, size = draw.number(1, 3), draw.number(0, 2), draw.number(5, 9)
    image, weight = draw.normal(2, 4, size, size), draw.normal(6, 2, 3, 3)
    y = F.conv2d(image, weight, None, stride, padding, 1, 2)
    other = draw.normal(*y.shape)
    more = size - transposed.transposed_size(y.shape[2], 3, stride, padding)
    back = transposed.conv_transpose2d(other, weight, None, stride, padding, more, 2)
    torch.testing.assert_close((y * other).sum(), (image * back).sum(), **EXACT)


def test_positions_and_options_may_be_given_as_torch_takes_them():
    draw = Draw(0)
    x, weight, bias = draw.normal(2, 4, 3, 5), draw.normal(4, 3, 2, 3), draw.normal(6)
    options = (2, [1, 0], torch.Size([1, 0]), 2, (1,))
    expected = F.conv_transpose2d(x, weight, bias, 2, (1, 0), (1, 0), 2, 1)
    for way in WAYS:
        torch.testing.assert_close(way(x, weight, bias, *options), expected, **EXACT)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"stride": 0}, "stride 0"),
        ({"padding": -1}, "padding -1"),
        ({"output_padding": -1}, "output padding -1 at least 0"),
        ({"stride": 2, "output_padding": 2}, "output padding 2 must be below the stride 2"),
        ({"output_padding": 1}, "output padding 1 must be below the stride 1 or the dilation 1"),
        ({"padding": 2}, "2 pixels spread over 4, of which a padding of 2 cuts all off: .* at most 1"),
        ({"groups": 3}, "2 input channels cannot be divided into 3 groups"),
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_what_torch_refuses_is_refused(way, options, message):
    x, weight = torch.zeros(1, 2, 2, 2), torch.zeros(2, 1, 3, 3)
    with pytest.raises(RuntimeError):
        F.conv_transpose2d(x, weight, **options)
    with pytest.raises(ValueError, match=message):
        way(x, weight, **options)


def test_the_suggested_padding_is_the_most_that_fits():
    for size, kernel, stride in [(2, 3, 1), (1, 1, 4), (3, 2, 2)]:
        with pytest.raises(ValueError, match="at most") as refused:
            transposed.transposed_size(size, kernel, stride, padding=9)
        most = int(str(refused.value).split("at most ")[1])
        assert transposed.transposed_size(size, kernel, stride, most) >= 1
        with pytest.raises(ValueError):
            transposed.transposed_size(size, kernel, stride, most + 1)


@pytest.mark.parametrize("way", WAYS)
def test_wrong_shapes_are_refused(way):
    x = torch.zeros(1, 2, 4, 4)
    for weight, bias, message in [
        ((3, 1, 3, 3), None, "the weight takes 3 channels, the input has 2: they are the first axis"),
        ((2, 1, 3), None, "must have 4 axes"),
        ((2, 3, 3, 3), torch.zeros(2), r"bias must have shape \(3,\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            way(x, torch.zeros(weight), bias)


@pytest.mark.parametrize("way", WAYS)
def test_a_batch_may_be_empty(way):
    assert way(torch.zeros(0, 2, 4, 4), torch.zeros(2, 3, 2, 2), stride=2).shape == (0, 3, 8, 8)
