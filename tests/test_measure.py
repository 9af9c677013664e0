"""profile: rows by hand, receptive fields against gradients, MACs against torch's own counter."""

import json
import resource

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from course_lib import measure


def three_layers():
    return nn.Sequential(
        nn.Conv2d(2, 4, 3, stride=2, padding=1),  # 4×16×16
        nn.MaxPool2d(2),  # 4×8×8
        nn.Conv2d(4, 6, 3, dilation=2, groups=2, bias=False),  # 6×4×4
        nn.Flatten(),
        nn.Linear(96, 10),
    )


def counted_by_torch(model, input_shape):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model.to("meta").eval()(torch.empty(1, *input_shape, device="meta"))
    return counter.get_total_flops() / 2


def random_chain(seed, pool):
    """Three layers of one channel with positive weights, the two axes drawn apart."""
    generator = torch.Generator().manual_seed(seed)

    def draw(low, high):
        return tuple(torch.randint(low, high + 1, (2,), generator=generator).tolist())

    layers = []
    for _ in range(3):
        kernel, stride, dilation = draw(1, 4), draw(1, 2), draw(1, 2)
        if torch.rand((), generator=generator) < 0.6:
            layers.append(nn.Conv2d(1, 1, kernel, stride, draw(0, 3), dilation, bias=False))
            nn.init.uniform_(layers[-1].weight, 0.5, 1)
        else:
            padding = tuple(k // 2 for k in kernel)
            layers.append(
                pool(kernel, stride, padding, **({"dilation": dilation} if pool is nn.MaxPool2d else {}))
            )
    return nn.Sequential(*layers).double()


def ends(seen):
    """First and last row (or column) that is seen, neither of them at the border of the image."""
    seen = seen.nonzero().flatten().tolist()
    assert seen[0] > 0 and seen[-1] < 89
    return seen[0], seen[-1]


def assert_sees(row, here, below_and_right):
    assert row.receptive_field == tuple(high - low + 1 for low, high in here)
    assert row.stride == tuple(moved[0] - start[0] for moved, start in zip(below_and_right, here))


def test_rows_of_a_small_net_are_those_counted_by_hand():
    profile = measure.profile(three_layers(), (2, 32, 32))
    assert profile.layers == [
        (
            "0",
            "Conv2d",
            (4, 16, 16),
            4 * 2 * 9 + 4,
            4 * 16 * 16 * 2 * 9,
            4 * 4 * 16 * 16,
            (3, 3),
            (2, 2),
            (0, 0),
            (2, 2),
            2,
            1,
            (3, 3),
        ),
        ("1", "MaxPool2d", (4, 8, 8), 0, 0, 4 * 4 * 8 * 8, (5, 5), (4, 4), (1, 1), (4, 4), None, None, None),
        ("2", "Conv2d", (6, 4, 4), 6 * 2 * 9, 6 * 4 * 4 * 2 * 9, 4 * 6 * 4 * 4, (21, 21), (4, 4), (9, 9))
        + ((4, 4), 4, 2, (3, 3)),
        ("3", "Flatten", (96,), 0, 0, 4 * 96, "all", None, None, None, None, None, None),
        ("4", "Linear", (10,), 96 * 10 + 10, 96 * 10, 4 * 10, "all", None, None, None, 96, 1, (1, 1)),
    ]
    assert profile.parameters == 76 + 108 + 970
    assert profile.macs == 18_432 + 1_728 + 960
    # Kept for the backward pass: the image, the map before and after pooling with its 8-byte indices, the flat map.
    assert profile.training_bytes == 4 * (2048 + 1024 + 256 + 96) + 8 * 256
    assert profile.inference_bytes == 4 * (2048 + 1024 + 256) + 8 * 256


def test_the_two_axes_are_told_apart():
    row = measure.profile(nn.Conv2d(1, 1, (3, 5), stride=(1, 2), dilation=(2, 1)), (1, 20, 30)).layers[0]
    assert (row.receptive_field, row.stride, row.output_shape) == ((5, 5), (1, 2), (1, 16, 13))


@pytest.mark.parametrize("seed", range(25))
def test_receptive_field_and_stride_are_those_of_the_gradient(seed):
    chain = random_chain(seed, nn.AvgPool2d)
    image = torch.ones(1, 1, 90, 90, dtype=torch.float64, requires_grad=True)
    y = chain(image)[0, 0]
    i, j = (size // 2 for size in y.shape)

    def seen(row, column):
        gradient = torch.autograd.grad(y[row, column], image, retain_graph=True)[0][0, 0]
        return ends(gradient.any(1)), ends(gradient.any(0))

    assert_sees(measure.profile(chain, (1, 90, 90)).layers[-1], seen(i, j), seen(i + 1, j + 1))


@pytest.mark.parametrize("seed", range(6))
def test_receptive_field_of_max_pooling_is_where_light_is_noticed(seed):
    """Max pooling passes a gradient to one pixel only, so each row and column of a dark image is lit in turn."""
    chain = nn.Sequential(
        nn.MaxPool2d((2, 3), (1, 2), padding=1, dilation=(3, 1)), *random_chain(seed, nn.MaxPool2d)
    )
    lit = torch.eye(90, dtype=torch.float64)[:, None, :, None].expand(-1, 1, 90, 90)
    with torch.no_grad():
        by_row, by_column = chain(lit)[:, 0] > 0, chain(lit.mT)[:, 0] > 0
    i, j = (size // 2 for size in by_row.shape[1:])
    here, moved = ([ends(by_row[:, r, c]), ends(by_column[:, r, c])] for r, c in ((i, j), (i + 1, j + 1)))
    assert_sees(measure.profile(chain, (1, 90, 90)).layers[-1], here, moved)


class Branches(nn.Module):
    """Two convolutions of different size side by side, added, then one more."""

    def __init__(self, first, second):
        super().__init__()
        self.first, self.second, self.last = first, second, nn.Conv2d(1, 1, 3)

    def forward(self, x):
        return self.last(self.first(x) + self.second(x))


@pytest.mark.parametrize(
    "first, second, sees",
    [
        (nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 7, padding=3), 9),
        (nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 3, padding=2, dilation=2), 7),
        (nn.Identity(), nn.Conv2d(1, 1, 5, padding=2), 7),
    ],
)
def test_branches_that_are_added_see_their_union(first, second, sees):
    rows = {row.path: row for row in measure.profile(Branches(first, second), (1, 20, 20)).layers}
    assert rows["last"].receptive_field == (sees, sees) and rows["last"].stride == (1, 1)


@pytest.mark.parametrize(
    "model, input_shape",
    [
        (three_layers(), (2, 32, 32)),
        (nn.Conv2d(6, 9, (3, 1), (2, 1), groups=3), (6, 11, 7)),
        (nn.ConvTranspose2d(4, 6, 3, 2, groups=2), (4, 5, 6)),
        (nn.Linear(7, 5, bias=False), (3, 4, 7)),
        (nn.Sequential(nn.Flatten(2), nn.Linear(12, 5), nn.LayerNorm(5)), (3, 3, 4)),
    ],
)
def test_macs_are_half_of_what_torch_counts_as_flops(model, input_shape):
    assert measure.profile(model, input_shape).macs == counted_by_torch(model, input_shape)


def test_a_layer_of_forty_gigabytes_costs_no_memory():
    with torch.device("meta"):
        model = nn.Sequential(nn.Flatten(), nn.Linear(10**5, 10**5))
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    profile = measure.profile(model, (1, 100, 1000))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < 50 * 1024
    assert profile.macs == 10**10 and profile.parameters == 10**10 + 10**5


@pytest.mark.parametrize("input_shape", [(2, 32, 32), (2, 5, 5)])
@pytest.mark.parametrize("training", [True, False])
def test_the_model_is_left_as_it_was(training, input_shape):
    model = nn.Sequential(three_layers(), nn.BatchNorm1d(10), nn.Dropout()).train(training)
    model[1].train(not training)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    flags = [module.training for module in model.modules()]
    try:
        measure.profile(model, input_shape)
    except RuntimeError:
        assert input_shape == (2, 5, 5)
    for name, value in model.state_dict().items():
        assert value.device.type == "cpu" and torch.equal(value, before[name])
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert [module.training for module in model.modules()] == flags


def test_frozen_parameters_are_not_counted():
    model = three_layers()
    model[0].weight.requires_grad_(False)
    profile = measure.profile(model, (2, 32, 32))
    assert profile.layers[0].parameters == 4 and profile.parameters == 4 + 108 + 970
    assert profile.macs == 21_120


def test_the_table_has_a_line_a_layer_between_head_and_total():
    profile = measure.profile(three_layers(), (2, 32, 32))
    lines = str(profile).split("\n")
    assert len(lines) == len(profile.layers) + 3 and lines[0].split()[0] == "layer"
    assert lines[3].split() == ["2", "Conv2d", "6×4×4", "108", "1,728", "0.4", "21×21", "4×4"]
    assert lines[5].split()[-2:] == ["0.0", "all"]
    assert lines[-2].split() == ["total", "1,154", "21,120", "5.8"]
    assert lines[-1] == "an image takes 15.4 KiB in training, 15.0 KiB in inference"


def test_an_image_that_does_not_fit_is_refused():
    with pytest.raises(RuntimeError, match="216"):
        measure.profile(three_layers(), (2, 40, 40))
    with pytest.raises(RuntimeError, match="channel"):
        measure.profile(three_layers(), (3, 32, 32))


@pytest.mark.parametrize(
    "layer, sees",
    [
        (nn.Conv2d(1, 1, 4, padding="same"), 4),
        (nn.Conv2d(1, 1, 3, padding=1, padding_mode="reflect"), 3),
        (nn.Sequential(nn.ZeroPad2d((0, 1, 0, 1)), nn.Conv2d(1, 1, 3, stride=2)), 3),
    ],
)
def test_padding_done_apart_from_the_convolution_does_not_change_what_it_sees(layer, sees):
    assert measure.profile(layer, (1, 20, 20)).layers[-1].receptive_field == (sees, sees)


class Apply(nn.Module):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


def squeeze_and_excite(x):
    return x * x.mean((2, 3), keepdim=True).sigmoid()


FOLLOWED = [
    (nn.BatchNorm2d(4), (3, 3), (1, 1)),
    (nn.Hardswish(), (3, 3), (1, 1)),
    (nn.PReLU(), (3, 3), (1, 1)),
    (nn.LocalResponseNorm(3), (3, 3), (1, 1)),
    (Apply(lambda x: x.view(-1, 2, 2, 18, 18).transpose(1, 2).reshape(-1, 4, 18, 18)), (3, 3), (1, 1)),
    (Apply(lambda x: torch.cat([x, *x.chunk(2, 1)], 1)), (3, 3), (1, 1)),
    (Apply(lambda x: x[:, :, ::2, 1::3]), (3, 3), (2, 3)),
    (Apply(lambda x: x[:, [3, 0, 1]]), (3, 3), (1, 1)),
    (Apply(lambda x: x.index_select(1, torch.tensor([1, 2], device="meta"))), (3, 3), (1, 1)),
    (Apply(squeeze_and_excite), "all", None),
    (nn.AdaptiveAvgPool2d(1), "all", None),
    (nn.InstanceNorm2d(4), "all", None),
    (nn.GroupNorm(2, 4), "all", None),
    (nn.BatchNorm2d(4, track_running_stats=False), "all", None),
    (nn.ConvTranspose2d(4, 4, 3, padding=1), None, None),
    (nn.Upsample(scale_factor=2), None, None),
    (nn.PixelUnshuffle(2), None, None),
    (nn.CircularPad2d(1), None, None),
    (Apply(lambda x: x.flip(2)), None, None),
    (Apply(lambda x: x[:, :, [4, 0, 1]]), None, None),
    (Apply(lambda x: x.index_select(3, torch.tensor([1, 2], device="meta"))), None, None),
    (Apply(lambda x: x.mT), None, None),
    (Apply(lambda x: x[:, :, 0, 0]), None, None),
]


@pytest.mark.parametrize("layer, sees, stride", FOLLOWED)
def test_what_is_not_followed_is_not_guessed(layer, sees, stride):
    """After a 3×3 convolution of a 20×20 image, and after one more 1×1 convolution where there still is an image."""
    profile = measure.profile(nn.Sequential(nn.Conv2d(1, 4, 3), layer), (1, 20, 20))
    row = profile.layers[-1]
    assert (row.receptive_field, row.stride) == (sees, stride)
    assert profile.layers[0].receptive_field == (3, 3)
    if len(row.output_shape) == 3:
        last = nn.Conv2d(row.output_shape[0], 1, 1)
        then = measure.profile(nn.Sequential(nn.Conv2d(1, 4, 3), layer, last), (1, 20, 20)).layers[-1]
        assert (then.receptive_field, then.stride) == (sees, stride)


STEPS = [
    (Apply(squeeze_and_excite), (1, 1)),
    (nn.Sequential(Apply(squeeze_and_excite), nn.Conv2d(4, 2, 3, 2), nn.MaxPool2d(2)), (4, 4)),
    (Apply(lambda x: squeeze_and_excite(x)[:, :, ::2, 1::3]), (2, 3)),
    (nn.Sequential(nn.GroupNorm(2, 4), nn.ZeroPad2d(2), nn.AvgPool2d((2, 3))), (2, 3)),
    (Apply(lambda x: torch.cat([x, nn.functional.interpolate(x, x.shape[2:])], 1)), (1, 1)),
    (Apply(lambda x: x[:, :, :7]), None),
    (Apply(lambda x: squeeze_and_excite(x).mT), None),
    (nn.AdaptiveAvgPool2d(1), None),
    (nn.Upsample(scale_factor=2), None),
    (nn.Flatten(), None),
]


@pytest.mark.parametrize("layer, step", STEPS)
def test_a_map_grows_by_one_for_each_step_of_the_image_whatever_it_sees(layer, step):
    model = nn.Sequential(nn.Conv2d(1, 4, 3), layer)
    row, larger = (measure.profile(model, (1, 20 + 12 * more, 26 + 12 * more)).layers[-1] for more in (0, 1))
    assert row.step == step
    if step:
        assert larger.output_shape[1:] == tuple(n + 12 // s for n, s in zip(row.output_shape[1:], step))


def test_the_json_names_the_columns_and_carries_the_shape_of_the_image():
    found = json.loads(measure.profile(three_layers(), (2, 32, 32)).to_json())
    assert found["input_shape"] == [2, 32, 32] and found["parameters"] == 1_154
    last = dict(zip(found["columns"], found["layers"][-1], strict=True))
    assert last["path"] == "4" and (last["in_channels"], last["groups"], last["kernel"]) == (96, 1, [1, 1])
    assert dict(zip(found["columns"], found["layers"][2]))["step"] == [4, 4]


def test_a_layer_that_gives_several_tensors_is_told_by_the_first():
    (row,) = measure.profile(nn.LSTM(5, 7, batch_first=True), (3, 5)).layers
    assert row.output_shape == (3, 7) and row.receptive_field is None
