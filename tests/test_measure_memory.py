"""Bytes of activations, receptive fields by gradients, times and tables, against real runs and sums by hand."""

import json
import math
import time

import pytest
import torch
from torch import nn

from course_lib import measure, models

NETWORKS = ["lenet5", "resnet18", "densenet121", "mobilenet_v3_small", "shufflenet_v2_x0_5", "googlenet"]


def kept_by_autograd(model, input_shape):
    """Bytes an image that a real training step keeps, each piece of memory counted once."""
    weights = {t.untyped_storage().data_ptr() for t in (*model.parameters(), *model.buffers())}
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = model.train()(torch.rand(2, *input_shape))
    total = sum(size for place, size in kept.items() if place not in weights) // 2
    del output
    return total


@pytest.mark.parametrize("name", NETWORKS)
def test_training_bytes_are_what_a_real_step_keeps(name):
    options = {} if name == "lenet5" else {"num_classes": 10}
    model = models.create(name, **options)
    shape = (1, 28, 28) if name == "lenet5" else (3, 64, 64)
    assert measure.profile(model, shape).training_bytes == kept_by_autograd(model, shape)


def test_inference_holds_the_image_and_the_two_maps_at_the_widest_place():
    model = nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.ReLU(), nn.Conv2d(2, 4, 3, padding=1), nn.Flatten()
    )
    assert measure.profile(model, (1, 10, 10)).inference_bytes == 4 * (100 + 200 + 400)
    in_place = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(inplace=True))
    assert measure.profile(in_place, (1, 10, 10)).inference_bytes == 4 * (100 + 400)
    assert measure.profile(nn.Linear(1000, 1000), (1000,)).inference_bytes == 4 * 2000


def test_a_branch_keeps_its_map_until_the_sum():
    chain = nn.Sequential(*(nn.Conv2d(2, 2, 3, padding=1) for _ in range(4)))

    class Sum(nn.Module):
        def forward(self, x):
            first = chain[0](x)
            return first + chain[2](chain[1](first))

    assert (
        measure.profile(chain, (2, 10, 10)).inference_bytes == 4 * 3 * 200
    )  # image, input and output of a layer
    assert (
        measure.profile(Sum(), (2, 10, 10)).inference_bytes == 4 * 4 * 200
    )  # and the map that waits for the sum


@pytest.mark.parametrize(
    "name, at",
    [
        ("resnet18", "stages.conv2"), ("resnet18", "stages.conv3"), ("vgg11", "stages.block3"),
        ("googlenet", "stages.inception3a"), ("densenet121", "stages.block1"), ("mobilenet_v2", "stages.bottleneck2"),
        ("shufflenet_v2_x1_0", "stages.stage2"), ("lenet5", "stages.c3"), ("lenet5_1998", "stages.c3"),
    ],
)  # fmt: skip
def test_the_receptive_field_of_the_profile_is_that_of_the_gradients(name, at):
    shape = models.info(name).input_shape
    options = {"image_size": shape[1]} if "vgg" in name else {}
    torch.manual_seed(4)  # with other weights all of LeNet's small window may count as effective
    model = models.create(name, **options)
    rows = [row for row in measure.profile(model, shape).layers if row.path.startswith(at)]
    widest = max(rows, key=lambda row: row.receptive_field)  # of branches side by side
    measured = measure.receptive_field(model, shape, at, images=4)
    assert max(widest.receptive_field) < shape[1]
    assert measured.size == widest.receptive_field
    assert measured.gradient.shape == shape[1:]
    assert 1 <= measured.effective_size < max(measured.size)
    first = [measured.gradient.sum(axis).nonzero()[0].item() for axis in (1, 0)]
    for axis in (0, 1):
        middle = widest.centre[axis] + measured.position[axis] * widest.stride[axis]
        assert first[axis] == middle - (widest.receptive_field[axis] - 1) / 2


def test_the_model_may_be_on_the_way_to_anything_and_is_left_as_it_was():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU()).train()
    measured = measure.receptive_field(model, (1, 9, 9))
    assert measured.size == (3, 3) and model.training and model[0].weight.dtype == torch.float32
    assert not any(module._forward_hooks for module in model.modules()) and model[0].weight.grad is None
    with pytest.raises(ValueError, match="no layer 'stages.c9': take a path of `profile`, such as '2'"):
        measure.receptive_field(model, (1, 9, 9), "stages.c9")


class Sleep(nn.Module):
    """Takes a known time, and more in training."""

    def forward(self, x):
        time.sleep(0.02 if self.training else 0.01)
        return x.flatten(1)[:, :10]


def test_latency_is_the_time_of_a_run():
    sleep = nn.Sequential(Sleep(), nn.Linear(10, 10)).train()
    timed = measure.latency(sleep, (1, 4, 4), 4, seconds=0.1, device="cpu")
    assert 10 <= timed.median_ms < 15 and timed.fastest_ms <= timed.median_ms <= timed.slowest_ms
    assert timed.images_per_second == pytest.approx(4000 / timed.median_ms) and timed.runs >= 5
    assert sleep.training
    timed = measure.latency(sleep, (1, 4, 4), 4, training=True, channels_last=True, seconds=0.1, device="cpu")
    assert 20 <= timed.median_ms < 30


@pytest.mark.slow
def test_latency_of_a_compiled_network_in_bfloat16_leaves_its_weights_as_they_were():
    model = models.create("resnet20_cifar").to(memory_format=torch.channels_last)
    before = [p.clone(memory_format=torch.preserve_format) for p in model.parameters()]
    for options in ({"compiled": True}, {"autocast": True}, {"training": True, "autocast": True}):
        timed = measure.latency(model, (3, 16, 16), 2, seconds=0.1, device="cpu", **options)
        assert 0 < timed.fastest_ms <= timed.median_ms
    for was, parameter in zip(before, model.parameters()):
        assert torch.equal(was, parameter) and was.stride() == parameter.stride()


def test_a_profile_as_json_has_the_columns_of_its_rows():
    profile = measure.profile(models.create("resnet50"), (3, 224, 224))
    text = profile.to_json()
    read = json.loads(text)
    assert len(text) < 50_000 and read["macs"] == 4_089_184_256
    rows = [dict(zip(read["columns"], row)) for row in read["layers"]]
    assert rows[0]["path"] == "stem.conv.conv" and rows[0]["output_shape"] == [64, 112, 112]
    assert sum(row["macs"] for row in rows) == read["macs"]
    assert sum(row["parameters"] for row in rows) == read["parameters"]


def test_a_comparison_has_a_row_a_network():
    nets = {name: (models.create(name), models.info(name).input_shape) for name in ("lenet5", "resnet18")}
    rows = measure.compare(nets)
    assert [row.name for row in rows] == ["lenet5", "resnet18"]
    assert (rows[1].macs, rows[1].receptive_field, rows[1].stride) == (1_814_073_344, (435, 435), (32, 32))
    lines = str(rows).split("\n")
    assert lines[1].split() == ["lenet5", "1×28×28", "61,706", "416,520", "0.0", "0.0", "16×16", "4×4"]
    assert len(lines) == 3


@pytest.mark.slow
def test_all_networks_are_compared_without_weights():
    with torch.device("meta"):
        nets = {name: (models.create(name), models.info(name).input_shape) for name in models.names()}
    rows = measure.compare(nets)
    for name, row in zip(models.names(), rows, strict=True):
        info = models.info(name)
        assert row[:4] == (name, info.input_shape, info.parameters, info.macs)
        assert row.inference_bytes > 4 * math.prod(info.input_shape)
        assert row.receptive_field is not None, name
    sees = {row.name: row.receptive_field for row in rows}
    published = {  # Araujo, Norris and Sim 2019, table of networks
        "alexnet": 195, "vgg16": 212, "mobilenet_v1": 315, "bn_inception": 699, "inception_v3": 1311,
        "inception_v4": 2071, "inception_resnet_v2": 3039,
    }  # fmt: skip
    assert {name: sees[name] for name in published} == {
        name: (size, size) for name, size in published.items()
    }
    assert sees["seresnet50"] == "all"  # its first squeeze reads the whole map


@pytest.mark.parametrize("measure_it", [measure.profile, measure.receptive_field, measure.latency])
@pytest.mark.parametrize("wrong", [224, "224", (), (3, 0, 9), (3, 9.5, 9)])
def test_a_shape_that_is_none_is_refused_in_one_sentence(measure_it, wrong):
    with pytest.raises(ValueError, match=r"^input_shape is that of one image, such as \(3, 224, 224\); got "):
        measure_it(nn.Conv2d(3, 4, 3), wrong)


def test_networks_to_compare_have_names():
    with pytest.raises(
        ValueError, match=r"^networks is a dict of name → \(model, input shape\); got a list$"
    ):
        measure.compare([(nn.Conv2d(3, 4, 3), (3, 9, 9))])
