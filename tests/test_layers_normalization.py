"""Our normalisations equal torch's, in values, gradients and running statistics; folding changes nothing."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same

from course_lib.layers import normalization

SHAPES = [(5, 3), (1, 4, 7), (3, 4, 5, 6), (2, 6, 2, 3, 2)]


def of_channels(draw, c, given):
    """Weight and bias, or nothing, one number a channel."""
    return (draw.normal(c), draw.normal(c)) if given else (None, None)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("learned", [True, False])
@pytest.mark.parametrize("momentum, eps", [(0.1, 1e-5), (0.5, 1e-3), (1.0, 0.1)])
def test_batch_norm_in_training_equals_torch(shape, learned, momentum, eps):
    draw = Draw(0)
    x, (weight, bias) = 2 * draw.normal(*shape) + 3, of_channels(draw, shape[1], learned)
    ours, theirs = ([torch.zeros(shape[1]).double(), torch.ones(shape[1]).double()] for _ in range(2))
    assert_same(
        lambda x, w, b: normalization.batch_norm(x, *ours, w, b, True, momentum, eps),
        lambda x, w, b: F.batch_norm(x, *theirs, w, b, True, momentum, eps),
        x, weight, bias,
    )  # fmt: skip
    torch.testing.assert_close(ours, theirs, **EXACT)
    assert ours[0].abs().min() > 0


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("learned", [True, False])
def test_batch_norm_in_evaluation_equals_torch(shape, learned):
    draw = Draw(1)
    x, (weight, bias) = draw.normal(*shape), of_channels(draw, shape[1], learned)
    statistics = draw.normal(shape[1]), draw.uniform(0.1, 2, shape[1])
    before = [s.clone() for s in statistics]
    assert_same(
        lambda x, w, b: normalization.batch_norm(x, *statistics, w, b, eps=1e-3),
        lambda x, w, b: F.batch_norm(x, *statistics, w, b, eps=1e-3),
        x, weight, bias,
    )  # fmt: skip
    assert all(map(torch.equal, statistics, before))


def test_ten_training_batches_leave_the_statistics_of_torchs_layer():
    draw, layer = Draw(2), torch.nn.BatchNorm2d(3).double()
    mean, var = torch.zeros(3).double(), torch.ones(3).double()
    for _ in range(10):
        x = draw.normal(4, 3, 2, 2)
        normalization.batch_norm(x, mean, var, training=True)
        layer(x)
    torch.testing.assert_close((mean, var), (layer.running_mean, layer.running_var), **EXACT)


def test_batches_of_bfloat16_move_statistics_of_float32():
    """As in mixed precision, after a convolution."""
    x = (Draw(3).normal(64, 3, 4, 4) + 1).bfloat16()
    ours, theirs = ([torch.zeros(3), torch.ones(3)] for _ in range(2))
    normalization.batch_norm(x, *ours, training=True)
    F.batch_norm(x, *theirs, training=True)
    torch.testing.assert_close(ours, theirs, rtol=1e-2, atol=1e-3)
    assert ours[0].dtype == torch.float32 and ours[0].min() > 0.05


def test_in_training_running_statistics_may_be_left_out():
    x = Draw(0).normal(4, 3, 2, 2)
    y = normalization.batch_norm(x, None, None, training=True)
    torch.testing.assert_close(y, F.batch_norm(x, None, None, training=True), **EXACT)


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("learned", [True, False])
def test_layer_norm_equals_torch(axes, learned):
    draw = Draw(axes)
    x = draw.normal(3, 4, 5, 6)
    shape = x.shape[-axes:]
    weight, bias = (draw.normal(*shape), draw.normal(*shape)) if learned else (None, None)
    assert_same(
        lambda *inputs: normalization.layer_norm(inputs[0], shape, *inputs[1:], 1e-3),
        lambda *inputs: F.layer_norm(inputs[0], shape, *inputs[1:], 1e-3),
        x, weight, bias,
    )  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES[1:])
@pytest.mark.parametrize("learned", [True, False])
def test_instance_and_group_norm_equal_torch(shape, learned):
    draw = Draw(3)
    c = shape[1]
    x, (weight, bias) = draw.normal(*shape), of_channels(draw, c, learned)
    assert_same(
        lambda x, w, b: normalization.instance_norm(x, w, b, 1e-3),
        lambda x, w, b: F.instance_norm(x, weight=w, bias=b, eps=1e-3),
        x, weight, bias,
    )  # fmt: skip
    for groups in (1, 2, c):
        assert_same(
            lambda x, w, b: normalization.group_norm(x, groups, w, b, 1e-3),  # noqa: B023
            lambda x, w, b: F.group_norm(x, groups, w, b, 1e-3),  # noqa: B023
            x, weight, bias,
        )  # fmt: skip


def test_group_norm_lies_between_layer_and_instance_norm():
    x = Draw(4).normal(2, 6, 3, 4)
    one, six = normalization.group_norm(x, 1), normalization.group_norm(x, 6)
    torch.testing.assert_close(one, normalization.layer_norm(x, x.shape[1:]), **EXACT)
    torch.testing.assert_close(six, normalization.instance_norm(x), **EXACT)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("shape", SHAPES[1:])
def test_local_response_norm_equals_torch(shape, size):
    x = 3 * Draw(5).normal(*shape)
    assert_same(
        lambda x: normalization.local_response_norm(x, size, 0.3, 0.6, 1.5),
        lambda x: F.local_response_norm(x, size, 0.3, 0.6, 1.5),
        x,
    )
    torch.testing.assert_close(
        normalization.local_response_norm(x, size), F.local_response_norm(x, size), **EXACT
    )


def test_the_papers_local_response_norm_is_its_formula():
    x = 30 * Draw(6).normal(2, 7, 2, 2)
    expected = torch.empty_like(x)
    for i in range(7):
        total = sum(x[:, j] ** 2 for j in range(max(0, i - 2), min(6, i + 2) + 1))
        expected[:, i] = x[:, i] / (2 + 1e-4 * total) ** 0.75
    torch.testing.assert_close(normalization.local_response_norm_paper(x), expected, **EXACT)
    torch.testing.assert_close(F.local_response_norm(x, 5, 5e-4, 0.75, 2), expected, **EXACT)


@pytest.mark.parametrize("seed", range(20))
def test_a_folded_convolution_equals_convolution_then_batch_norm(seed):
    draw = Draw(seed)
    groups, kernel, o = draw.number(1, 2), draw.pair(1, 3), 4
    x, weight = draw.normal(2, 2 * groups, 5, 6), draw.normal(o, 2, *kernel)
    bias = draw.normal(o) if draw.number(0, 1) else None
    statistics = draw.normal(o), draw.uniform(0.01, 2, o)
    learned = of_channels(draw, o, draw.number(0, 1))
    eps = [1e-5, 1e-3, 0.1][draw.number(0, 2)]

    def folded(x, weight, bias):
        weight, bias = normalization.fold_into_convolution(weight, bias, *statistics, *learned, eps)
        return F.conv2d(x, weight, bias, 1, 1, 1, groups)

    def apart(x, weight, bias):
        y = F.conv2d(x, weight, bias, 1, 1, 1, groups)
        return F.batch_norm(y, *statistics, *learned, False, 0.1, eps)

    assert_same(folded, apart, x, weight, bias)


def test_wrong_sizes_are_refused():
    x, two = torch.zeros(1, 3, 1, 1), torch.zeros(2)
    for call, message in [
        (lambda: normalization.batch_norm(x, None, None, training=True), "more than one value a channel"),
        (lambda: normalization.batch_norm(x, None, None), "needs a running mean and a running variance"),
        (lambda: normalization.batch_norm(x, two, two), r"running mean must have shape \(3,\).* got \(2,\)"),
        (lambda: normalization.instance_norm(x), "more than one pixel a channel"),
        (lambda: normalization.group_norm(x, 2), "3 channels cannot be divided into 2 groups"),
        (lambda: normalization.group_norm(x, 3, two), r"weight must have shape \(3,\)"),
        (lambda: normalization.layer_norm(x, (3, 1)), r"end in the axes \(3, 1\)"),
        (lambda: normalization.layer_norm(x, ()), "end in the axes"),
        (lambda: normalization.layer_norm(x, (3, 1, 1), None, two), r"bias must have shape \(3, 1, 1\)"),
        (lambda: normalization.local_response_norm(x, 0), "size 0 must be at least 1"),
        (lambda: normalization.fold_into_convolution(x, None, two, two), r"running mean must have shape \(1,\)"),
        (lambda: normalization.fold_into_convolution(x, None, two[1:], two[1:], two), r"gamma must have shape \(1,\)"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            call()
