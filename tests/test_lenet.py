"""The parts of LeNet-5 against torch and the paper."""

import pytest
import torch
import torch.nn.functional as F
from families.lenet import CROSSES

from course_lib import measure, models
from course_lib.models import lenet

EXACT = {"rtol": 1e-9, "atol": 1e-12}


def normal(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()


def assert_same_values_and_gradients(ours, theirs, *leaves):
    torch.testing.assert_close(ours, theirs, **EXACT)
    grad_output = torch.randn_like(theirs)
    for mine, other in zip(*(torch.autograd.grad(y, leaves, grad_output) for y in (ours, theirs))):
        torch.testing.assert_close(mine, other, **EXACT)


def trainable(model):
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


@pytest.mark.parametrize(
    "options, shape, parameters",
    [
        ({"image_size": 64}, (1, 64, 64), 390_026),
        ({"image_size": 12}, (1, 12, 12), 61_706 - 48_120 + 16 * 120 + 120),
        ({"in_channels": 3}, (3, 28, 28), 61_706 + 2 * 6 * 25),
        ({"num_classes": 26}, (1, 28, 28), 61_706 + 16 * 85),
    ],
)
def test_options_of_lenet5(options, shape, parameters):
    model = models.create("lenet5", **options)
    assert trainable(model) == parameters
    assert model(torch.rand(2, *shape)).shape == (2, options.get("num_classes", 10))


def test_what_a_lenet_cannot_be_is_refused_with_a_sentence():
    with pytest.raises(ValueError, match="image of 11×11 pixels vanishes in stage s4: .* at least 12×12"):
        models.create("lenet5", image_size=11)
    with pytest.raises(ValueError, match="ten digits, so it has no 26 classes"):
        models.create("lenet5_1998", num_classes=26)
    with pytest.raises(
        ValueError, match="28×28 pixels vanishes in stage c5: this network needs at least 32×32"
    ):
        models.create("lenet5_1998")(torch.rand(1, 1, 28, 28))


def test_c3_reads_what_table_1_of_the_paper_says():
    table = [tuple(c3 for c3, reads in enumerate(lenet.C3_READS) if s2 in reads) for s2 in range(6)]
    assert table == CROSSES
    assert [len(reads) for reads in lenet.C3_READS] == [3] * 6 + [4] * 9 + [6]
    assert all(len(set(reads)) == len(reads) for reads in lenet.C3_READS)
    assert trainable(lenet.PartialConv2d(lenet.C3_READS, 5)) == 1516


@pytest.mark.parametrize(
    "reads, kernel_size", [(lenet.C3_READS, 5), ([(2, 0), (1,), (0, 1, 2), (3, 1), (3, 2)], 3)]
)
def test_partial_convolution_is_a_dense_one_with_zeros_where_a_map_is_not_read(reads, kernel_size):
    layer = lenet.PartialConv2d(reads, kernel_size).double()
    weights = [weight for conv in layer.convs for weight in conv.weight]
    columns = []
    for row, weight in zip(reads, weights, strict=True):
        at = {channel: weight[i] for i, channel in enumerate(row)}
        columns.append(torch.stack([at.get(c, torch.zeros_like(weight[0])) for c in range(6)]))
    x = normal(2, 6, kernel_size + 3, kernel_size + 2)
    bias = torch.cat([conv.bias for conv in layer.convs])
    assert_same_values_and_gradients(
        layer(x), F.conv2d(x, torch.stack(columns), bias), x, *layer.parameters()
    )


def test_subsampling_is_a_convolution_of_each_map_with_a_constant_kernel():
    layer = lenet.Subsampling(3).double()
    averaged = layer(x := normal(2, 3, 6, 8))
    torch.testing.assert_close(averaged, x.unfold(2, 2, 2).unfold(3, 2, 2).mean((4, 5)), **EXACT)
    with torch.no_grad():
        layer.coefficient.copy_(normal(3, 1, 1, seed=1))
        layer.bias.copy_(normal(3, 1, 1, seed=2))
    kernel = layer.coefficient[:, None].expand(3, 1, 2, 2)
    expected = F.conv2d(x, kernel, layer.bias.flatten(), stride=2, groups=3)
    assert_same_values_and_gradients(layer(x), expected, x, layer.coefficient, layer.bias)


def test_the_squashing_function_maps_one_to_one_and_saturates_as_in_the_paper():
    squash = lenet.ScaledTanh()
    ends = torch.tensor([1.0, -1.0, 0.0, 100.0, -100.0], dtype=torch.float64)
    expected = torch.tensor([1, -1, 0, 1.7159, -1.7159], dtype=torch.float64)
    torch.testing.assert_close(squash(ends), expected, rtol=0, atol=1e-3)
    assert torch.autograd.gradcheck(squash, normal(5))


def test_the_output_is_minus_the_squared_distance_to_each_code():
    codes, x = normal(10, 84, seed=1).detach(), normal(4, 84)
    layer = lenet.RBFOutput(codes)
    assert_same_values_and_gradients(layer(x), -(torch.cdist(x, codes) ** 2), x)
    assert trainable(layer) == 0 and "codes" in layer.state_dict()


def test_each_digit_is_nearest_to_its_own_code():
    codes = lenet.digit_codes()
    assert codes.shape == (10, 84) and set(codes.unique().tolist()) == {-1.0, 1.0}
    scores = lenet.RBFOutput(codes)(codes)
    assert scores.argmax(1).tolist() == list(range(10)) and scores.eq(0).sum() == 10


def test_lenet5_1998_has_the_340908_connections_of_the_paper():
    profile = measure.profile(models.create("lenet5_1998"), (1, 32, 32))
    biases = sum(torch.Size(row.output_shape).numel() for row in profile.layers if row.macs)
    subsampled = 6 * 14 * 14 + 16 * 5 * 5
    output = lenet.digit_codes().numel()
    assert profile.macs + biases + subsampled * (4 + 1) + output == 340_908


def test_the_first_weights_of_lenet5_1998_lie_within_the_papers_bound():
    model = models.create("lenet5_1998")
    for module in (m for m in model.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)):
        bound = 2.4 / module.weight[0].numel()
        assert 0.9 * bound < module.weight.abs().max() <= bound and module.bias.abs().max() <= bound
