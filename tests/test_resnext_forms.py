"""The three forms of a ResNeXt block in figure 3 of the paper are one function of an image and of weights."""

import pytest
import torch
from torch import nn

from course_lib.models import resnext

EXACT = {"rtol": 1e-9, "atol": 1e-9}
FORMS = {"figure 3(a)": resnext.summed, "figure 3(b)": resnext.concatenated}
SHAPES = [
    (256, 256, 1, 8, 4),
    (64, 256, 1, 4, 8),
    (128, 512, 2, 4, 2),
]  # channels in, out, stride, paths, width


def randomised(block):
    generator = torch.Generator().manual_seed(0)
    for name, tensor in block.state_dict().items():
        if tensor.is_floating_point():
            low = 0.5 if name.endswith(("norm.weight", "running_var")) else -0.2
            tensor.uniform_(low, low + 0.4, generator=generator)
    return block


def shared_layers(grouped, other):
    """(layer of the grouped form, the layers that share it in another form, the dimension of its weight they share)."""
    paths = list(other.body.paths.values())
    for name in ("conv1.conv", "conv1.norm", "conv2.conv", "conv2.norm"):
        yield grouped.body.get_submodule(name), [path.get_submodule(name) for path in paths], 0
    if isinstance(other.body.paths, resnext.Sum):
        yield grouped.body.conv3.conv, [path.conv3 for path in paths], 1  # each path reads its own channels
        yield grouped.body.conv3.norm, [other.body.norm], 0
    else:
        yield grouped.body.conv3.conv, [other.body.conv3.conv], 0
        yield grouped.body.conv3.norm, [other.body.conv3.norm], 0
    for mine, theirs in zip(grouped.shortcut.children(), other.shortcut.children()):
        yield mine, [theirs], 0


def copy(grouped, other):
    for layer, parts, dim in shared_layers(grouped, other):
        for name, tensor in layer.state_dict().items():
            pieces = tensor.chunk(len(parts), dim) if tensor.dim() else [tensor] * len(parts)
            for piece, part in zip(pieces, parts, strict=True):
                part.state_dict()[name].copy_(piece)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMS)
def test_the_forms_of_figure_3_have_equal_values_and_gradients(form, shape, training):
    *channels_and_stride, cardinality, width = shape
    build = {"cardinality": cardinality, "width": width}
    grouped = randomised(resnext.grouped(*channels_and_stride, **build).double())
    other = FORMS[form](*channels_and_stride, **build).double()
    assert sum(p.numel() for p in other.parameters()) == sum(p.numel() for p in grouped.parameters())
    copy(grouped, other)
    image = torch.randn(2, shape[0], 6, 6, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    found = []
    for block in (grouped.train(training), other.train(training)):
        x = image.clone().requires_grad_()
        y = block(x)
        (y * torch.linspace(-1, 1, y.numel(), dtype=y.dtype).view(y.shape)).sum().backward()
        found.append((y.detach(), x.grad))
    torch.testing.assert_close(found[1], found[0], **EXACT)
    assert found[0][1].any()
    for layer, parts, dim in shared_layers(grouped, other):
        for name, parameter in layer.named_parameters():
            gradient = torch.cat([part.get_parameter(name).grad for part in parts], dim)
            torch.testing.assert_close(gradient, parameter.grad, **EXACT)
        for name, statistic in layer.named_buffers():
            if statistic.dim():
                theirs = torch.cat([part.get_buffer(name) for part in parts])
                torch.testing.assert_close(theirs, statistic, **EXACT)


def test_a_block_of_32_paths_of_4_has_the_70144_weights_of_equation_4():
    for form in (resnext.summed, resnext.concatenated, resnext.grouped):
        block = form(256, 256, cardinality=32, width=4)
        weights = sum(m.weight.numel() for m in block.modules() if isinstance(m, nn.Conv2d))
        assert weights == 32 * (256 * 4 + 3 * 3 * 4 * 4 + 4 * 256) == 70_144


def test_a_normalisation_at_the_end_of_each_path_would_be_another_block():
    """The mean of a sum is the sum of means, but its variance is not the sum of variances."""
    a, b = torch.randn(2, 8, 4, 5, 5, generator=torch.Generator().manual_seed(0)).unbind()
    norm = nn.BatchNorm2d(4)
    assert (norm(a + b) - (norm(a) + norm(b))).abs().max() > 0.1
