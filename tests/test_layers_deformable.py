"""Our deformable convolution equals torchvision's, in values and in the gradients by all that it is given."""

import pytest
import torch
import torch.nn.functional as F
from oracle import EXACT, Draw, assert_same

from course_lib.layers import deformable
from course_lib.layers.deformable import DeformableConv2d


def torchvision_conv(x, offset, weight, bias, mask, options):
    from torchvision.ops import deform_conv2d

    return deform_conv2d(x, offset, weight, bias, *options, mask)


def random_case(seed):
    """Inputs of one legal deformable convolution, version 1 or 2, and its stride, padding and dilation."""
    draw = Draw(seed)
    groups, offset_groups, batch = draw.number(1, 3), draw.number(1, 3), draw.number(1, 3)
    # Some channel counts that both numbers of groups divide without dividing one another.
    channels = groups * offset_groups * draw.number(1, 2)
    kernel, stride, padding, dilation = draw.pair(1, 3), draw.pair(1, 2), draw.pair(0, 2), draw.pair(1, 2)
    least = [max(1, d * (k - 1) + 1 - 2 * p) for d, k, p in zip(dilation, kernel, padding)]
    x = draw.normal(batch, channels, *(size + draw.number(0, 4) for size in least))
    weight = draw.normal(groups * draw.number(1, 3), channels // groups, *kernel)
    out = F.conv2d(x, weight, None, stride, padding, dilation, groups).shape[2:]
    taps = offset_groups * kernel[0] * kernel[1]
    offset = 2 * draw.normal(batch, 2 * taps, *out)
    mask = draw.normal(batch, taps, *out) if draw.number(0, 1) else None
    bias = draw.normal(len(weight)) if draw.number(0, 1) else None
    return x, offset, weight, bias, mask, (stride, padding, dilation)


def assert_equals_torchvision(x, offset, weight, bias, mask, options):
    assert_same(
        lambda x, offset, weight, bias, mask: deformable.deform_conv2d(
            x, offset, weight, bias, *options, mask
        ),
        lambda *inputs: torchvision_conv(*inputs, options),
        x, offset, weight, bias, mask,
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_values_and_gradients_equal_torchvision(seed):
    assert_equals_torchvision(*random_case(seed))


@pytest.mark.parametrize("seed", range(30))
def test_they_do_at_whole_offsets_too(seed):
    """There bilinear interpolation has a kink, and there every layer begins."""
    x, offset, *rest = random_case(seed)
    assert_equals_torchvision(x, offset.round(), *rest)
    assert_equals_torchvision(x, torch.zeros_like(offset), *rest)


def test_offsets_of_bfloat16_still_find_every_pixel():
    """As in mixed precision: from 256 pixels on, bfloat16 holds every second whole number only."""
    x, weight = Draw(0).normal(1, 1, 1, 400).float(), Draw(1).normal(1, 1, 1, 1).float()
    offset = torch.zeros(1, 2, 1, 400, dtype=torch.bfloat16)
    torch.testing.assert_close(deformable.deform_conv2d(x, offset, weight), x * weight)


@pytest.mark.parametrize("seed", range(10))
def test_far_offsets_read_zeros(seed):
    x, offset, weight, _, mask, options = random_case(seed)
    y = deformable.deform_conv2d(x, offset + 1000, weight, None, *options, mask)
    assert not y.any()


@pytest.mark.parametrize("seed", range(10))
def test_zero_offsets_make_an_ordinary_convolution(seed):
    x, offset, weight, bias, _, options = random_case(seed)
    torch.testing.assert_close(
        deformable.deform_conv2d(x, torch.zeros_like(offset), weight, bias, *options),
        F.conv2d(x, weight, bias, *options, x.shape[1] // weight.shape[1]),
        **EXACT,
    )


@pytest.mark.parametrize("seed", range(10))
def test_bilinear_equals_grid_sample(seed):
    draw = Draw(seed)
    x = draw.normal(2, 3, draw.number(2, 6), draw.number(2, 6))
    (h, w), points = x.shape[2:], (2, 4, 5)
    rows, columns = draw.uniform(-2, h + 1, *points), draw.uniform(-2, w + 1, *points)
    assert_same(
        deformable.bilinear,
        lambda x, rows, columns: F.grid_sample(
            x, torch.stack([2 * columns / (w - 1) - 1, 2 * rows / (h - 1) - 1], -1), align_corners=True
        ),
        x, rows, columns,
    )  # fmt: skip


@pytest.mark.parametrize("modulated", [False, True])
def test_a_new_layer_is_an_ordinary_convolution_and_learns_to_bend(modulated):
    torch.manual_seed(0)
    options = {"stride": 2, "padding": 1, "groups": 2}
    layer = DeformableConv2d(4, 6, 3, **options, offset_groups=2, modulated=modulated).double()
    x = torch.randn(3, 4, 9, 8, dtype=torch.float64)
    torch.testing.assert_close(layer(x), F.conv2d(x, layer.weight, layer.bias, **options), **EXACT)
    layer(x).square().sum().backward()
    assert layer.offset.weight.grad.abs().amin() > 0
    assert layer.offset.out_channels == 9 * 2 * (3 if modulated else 2)


@pytest.mark.parametrize("modulated", [False, True])
def test_a_trained_layer_equals_torchvision_on_its_own_offsets(modulated):
    torch.manual_seed(0)
    layer = DeformableConv2d(4, 6, (3, 2), 1, (1, 0), 2, 2, offset_groups=2, modulated=modulated).double()
    torch.nn.init.normal_(layer.offset.weight)
    x = torch.randn(3, 4, 9, 8, dtype=torch.float64)
    numbers = layer.offset(x)
    offset, mask = numbers[:, :24], numbers[:, 24:]
    mask = 2 / (1 + (-mask).exp()) if modulated else None
    expected = torchvision_conv(x, offset, layer.weight, layer.bias, mask, (1, (1, 0), 2))
    torch.testing.assert_close(layer(x), expected, **EXACT)


def test_wrong_sizes_are_refused():
    x, weight, offset = torch.zeros(1, 4, 5, 5), torch.zeros(2, 2, 3, 3), torch.zeros(1, 18, 3, 3)
    for call, message in [
        (lambda: deformable.deform_conv2d(x, offset[:, :17], weight), r"shape \(1, 18·D, 3, 3\).* got \(1, 17, 3, 3\)"),
        (lambda: deformable.deform_conv2d(x, offset[..., 1:], weight), r"shape \(1, 18·D, 3, 3\)"),
        (lambda: deformable.deform_conv2d(x, offset.repeat(1, 3, 1, 1), weight), "4 input channels .* 3 groups"),
        (lambda: deformable.deform_conv2d(x, offset, weight, mask=offset), r"mask must have shape \(1, 9, 3, 3\)"),
        (lambda: deformable.deform_conv2d(x, offset, torch.zeros(2, 5, 3, 3)), "takes 5 channels a group"),
        (lambda: deformable.deform_conv2d(x, offset, weight, stride=0), "stride 0"),
        (lambda: deformable.bilinear(x, offset[:, 0], offset[:, 0, 1:]), "points N×… do not fit"),
        (lambda: DeformableConv2d(4, 2, 3, offset_groups=3), "cannot be divided into 3 offset groups"),
    ]:  # fmt: skip
        with pytest.raises(ValueError, match=message):
            call()


def test_a_batch_may_be_empty():
    layer = DeformableConv2d(4, 2, 3, padding=1)
    assert layer(torch.zeros(0, 4, 5, 5)).shape == (0, 2, 5, 5)
