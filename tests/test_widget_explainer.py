"""The explainer: export and arithmetic against torch, and what is refused."""

import json
import re
import warnings

import browser
import explainer_networks
import numpy as np
import pytest
import torch
from torch import nn

from course_lib import models
from course_lib.widgets import (
    explainer,
    explainer_export,
    explainer_fields,
    explainer_forward,
    explainer_layers,
    explainer_network,
)

COUNT = 420


@pytest.fixture(scope="module")
def cases():
    """Random networks with torch's answers."""
    random = np.random.default_rng(2026)
    torch.manual_seed(2026)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an even kernel with padding="same"
        found = [explainer_networks.random_case(random) for _ in range(COUNT)]
    return [each for each in found if each["refusal"] or np.isfinite(np.concatenate(each["outputs"])).all()]


# ---- against torch -------------------------------------------------------------------------------


def test_export_refuses_what_torch_refuses_and_nothing_else(cases):
    refused = [case for case in cases if case["refusal"]]
    assert len(refused) >= 40 and len(cases) - len(refused) >= 250
    for case in refused:
        with pytest.raises(ValueError, match=r"(?s)^.+\.$"):
            explainer_export.export(case["model"], case["shape"])


def test_python_forward_is_torchs(cases):
    for case in cases:
        if case["refusal"]:
            continue
        pixels = np.reshape(case["pixels"], case["shape"]) / 255
        found = explainer_forward.forward(case["network"], pixels)
        assert [list(x.shape) for x in found] == case["shapes"]
        assert explainer_network.shapes(case["network"]) == case["shapes"][1:]
        for values, expected in zip(found, case["outputs"], strict=True):
            np.testing.assert_allclose(values.ravel(), expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(explainer_forward.softmax(found[-1]), case["shares"], rtol=1e-9)


def grad_cam(case):
    """torch's Grad-CAM of the last convolution, with what `answers` kept."""
    convs = [index for index, layer in enumerate(case["network"]["layers"]) if layer["kind"] == "conv2d"]
    if not convs:
        return None
    shape = case["shapes"][convs[-1] + 1]
    maps, gradients = (
        torch.tensor(case[name][convs[-1] + 1], dtype=torch.float64).view(shape)
        for name in ("outputs", "gradients")
    )
    values = (gradients.mean((1, 2), keepdim=True) * maps).sum(0).relu()
    return {"layer": convs[-1], "values": values.flatten().tolist()}


def activation_cases():
    x = torch.cat([torch.linspace(-8, 8, 161), torch.tensor([-0.001, 0.002, 20, -30])]).double() + 0.0123
    found = []
    for make in explainer_networks.ACTIVATIONS[:13]:
        point = x.clone().requires_grad_()
        value = make()(point)
        value.sum().backward()
        layer = explainer_export.export(nn.Sequential(make(), nn.Flatten()), (1, 1, 1))["layers"][0]
        found.append({
            "layer": layer, "x": x.tolist(), "value": value.tolist(), "derivative": point.grad.tolist(),
        })  # fmt: skip
    return found


def test_page_arithmetic(cases, tmp_path):
    """`node --test` checks the JavaScript against what torch said above."""
    legal = [case for case in cases if not case["refusal"]]
    kept = [{name: case[name] for name in case if name not in ("model", "shape")} for case in legal]
    for case in kept:
        case["network"] = explainer_fields.network(case["network"])
    lenet = explainer_export.export(models.create("lenet5"), (1, 28, 28))
    points = torch.linspace(-7, 7, 281).double()
    golden = {
        "cases": [case | {"cam": grad_cam(case)} for case in kept],
        "kinds": explainer_layers.KINDS,
        "activations": activation_cases(),
        "erf": torch.stack([points, points.erf()], 1).tolist(),
        "lenet5": explainer_fields.network(lenet),
    }
    browser.node_test("explainer", tmp_path, golden)


def test_int8_costs_next_to_no_accuracy_on_real_digits():
    model, network, digits = explainer_networks.digits_network()
    images = digits.test_images.float() / 255
    with torch.no_grad():
        exact = model(images)
    coarse = np.stack([explainer_forward.forward(network, image)[-1] for image in images.numpy()])
    accuracy = [(scores.argmax(1) == digits.test_labels.numpy()).mean() for scores in (exact.numpy(), coarse)]
    assert accuracy[0] > 0.85 and abs(accuracy[1] - accuracy[0]) <= 0.01, accuracy
    assert (coarse.argmax(1) == exact.numpy().argmax(1)).mean() >= 0.99
    assert 0 < np.abs(coarse - exact.numpy()).max() < 0.03 * np.abs(exact.numpy()).max()


def test_weights_are_within_half_a_step_of_their_scale():
    model = models.create("lenet5")
    network = explainer_export.export(model, (1, 28, 28))
    assert len(json.dumps(network, separators=(",", ":"))) < 100_000
    assert [layer["path"] for layer in network["layers"]][:4] == [
        "stem.c1", "stem.relu", "stages.s2", "stages.c3.0",
    ]  # fmt: skip
    modules = dict(model.named_modules())
    for layer in network["layers"]:
        if layer["kind"] in ("conv2d", "linear"):
            exact = modules[layer["path"]].weight.detach().double().numpy()
            axes = tuple(range(1, exact.ndim))
            step = np.abs(exact).max(axes, keepdims=True) / 127
            assert (np.abs(explainer_network.weight(layer) - exact) <= step * 0.5001).all()


# ---- what is refused -----------------------------------------------------------------------------


class Odd(nn.Module):
    def forward(self, x):
        return x


@pytest.mark.parametrize(
    "model, sentence",
    [
        (nn.Sequential(nn.Sequential(Odd())), "0.0 is a Odd, which the page cannot run; it runs chains of Conv2d,"),
        (Odd(), "the model is a Odd"),
        (models.create("resnet20_cifar"), "which the page cannot run"),
        (nn.Sequential(nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect")), 'padding_mode "reflect"'),
        (nn.Sequential(nn.Conv2d(3, 2, 3)), "0 is for 3 channels, but it gets 1."),
        (nn.Sequential(nn.Conv2d(1, 2, 3)), "it must give one number for each class: add a Flatten."),
        (nn.Sequential(nn.MaxPool2d(9), nn.Flatten()), "0 has a window of 9, larger than the 1 × 8 × 8 it gets."),
        (nn.Sequential(nn.Linear(8, 3)), "0 is a linear layer of 8 inputs, but it gets 1 × 8 × 8."),
        (nn.Sequential(nn.Flatten(), nn.Linear(64, 2000)), "bytes as JSON; at most 100,000"),
        (nn.Sequential(nn.BatchNorm2d(1, track_running_stats=False)), "keeps no running statistics"),
        (nn.Sequential(nn.Flatten(), nn.Softmax(1)), "1 is a Softmax"),
        (nn.Sequential(nn.AvgPool2d(2, divisor_override=3), nn.Flatten()), "divisor_override"),
        (nn.Sequential(nn.MaxPool2d(2, return_indices=True)), "returns indices"),
        (nn.Sequential(nn.Flatten(2)), "flattens axes 2 to -1"),
        (nn.Sequential(nn.AdaptiveAvgPool2d((None, 2))), "keeps the size of one axis"),
    ],
)  # fmt: skip
def test_export_names_the_module_that_the_page_cannot_run(model, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        explainer_export.export(model, (1, 8, 8))


def test_export_refuses_weights_and_statistics_that_are_no_numbers():
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    model[1].weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match="1 has weights that are not finite numbers."):
        explainer_export.export(model, (1, 8, 8))
    model[1].weight.data[0, 0] = 0
    with pytest.raises(ValueError, match="std must be one finite number above 0, or 1 of them"):
        explainer_export.export(model, (1, 8, 8), std=[0])


NETWORK = explainer_export.export(
    nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(72, 3)), (1, 8, 8)
)


def layers(index, **changes):
    """NETWORK with other settings of one layer."""
    changed = [{**layer, **changes} if at == index else layer for at, layer in enumerate(NETWORK["layers"])]
    return {"network": {**NETWORK, "layers": changed}}


def weight(index, **changes):
    return layers(index, weight={**NETWORK["layers"][index]["weight"], **changes})


NAN = float("nan")
NORM = explainer_export.export(nn.Sequential(nn.BatchNorm2d(1), nn.Flatten()), (1, 2, 2))["layers"][0]
SHORT = explainer_network.encode(np.zeros(17), "i1")
BAD = explainer_network.encode(np.array([NAN, 1.0]), "f4")
MINUS = explainer_network.encode(np.array([-1.0]), "f4")


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"network": "no"}, "network is neither a dict nor JSON text"),
        ({"network": {"layers": []}}, "network must be a dict with input, mean, std and layers"),
        ({"network": {**NETWORK, "layers": []}}, "the network's layers are []; they must be a list of at least one."),
        ({"network": {**NETWORK, "layers": [7]}}, "layers[0] is 7; it must be a dict with the path and the kind of"),
        ({"network": {**NETWORK, "layers": [{"kind": "relu"}]}}, "layers[0] is {'kind': 'relu'}; it must be a dict"),
        ({"network": {**NETWORK, "layers": [{"kind": "lstm", "path": "a"}]}}, "a's kind is 'lstm'; it must be one"),
        ({"network": {**NETWORK, "layers": [{"kind": "conv2d", "path": "a"}]}}, "a, a conv2d, lacks weight."),
        (layers(0, stride=[0, 1]), "0's stride is 0; it must be a whole number from 1 to 100,000. The nearest"),
        (layers(0, stride=2), "0's stride is 2; it must be two whole numbers, for height and width."),
        (layers(0, padding=[[0, -1], [0, 0]]), "0's padding is -1; it must be a whole number from 0 to 100,000."),
        (layers(0, padding=[0, 0]), "0's padding is 0; it must be two whole numbers"),
        (layers(0, groups=True), "0's groups is True; it must be a whole number from 1"),
        (layers(0, bias=3), "0's bias is 3; it must be base64 text or None."),
        (layers(0, bias=BAD), "the bias of 0 holds numbers that are not finite."),
        (weight(0, int8=SHORT), "the weight of 0 holds 17 bytes; 18 numbers of 1 bytes are needed."),
        (weight(0, int8="*"), "the weight of 0 is not base64 text."),
        (weight(0, scale=BAD), "the scale of 0 holds numbers that are not finite."),
        (weight(0, shape=[2, 1, 3]), "it must be a dict with int8, scale, and a shape of 4 whole numbers."),
        (weight(0, shape=[2, 1, 3, 0]), "0's weight shape is 0; it must be a whole number from 1 to 100,000."),
        (layers(2, weight=None), "2's weight is None; it must be a dict with int8, scale, and a shape of 2"),
        (layers(1, kind="leaky_relu", negative_slope=NAN), "1's negative_slope is nan; it must be a number from"),
        (layers(1, kind="elu"), "1, a elu, lacks alpha."),
        ({"network": {**NETWORK, "layers": [{**NORM, "variance": MINUS}]}}, "variance of 0 plus eps must be above 0"),
        ({"network": {**NETWORK, "layers": [{**NORM, "eps": "small"}]}}, "0's eps is 'small'; it must be a number"),
        ({"network": {**NETWORK, "input": [2, 8, 8]}}, "takes 2 channels; the page draws pictures of 1"),
        ({"network": {**NETWORK, "input": [1, 0, 8]}}, "input size is 0; it must be a whole number from 1 to 128."),
        ({"network": {**NETWORK, "input": 8}}, "the network's input is 8; it must be [C, H, W]."),
        ({"network": {**NETWORK, "mean": []}}, "it must be a list of 1 finite numbers, one for each channel."),
        ({"network": {**NETWORK, "mean": [NAN]}}, "mean is [nan]; it must be a list of 1 finite numbers"),
        ({"network": {**NETWORK, "mean": "0"}}, "mean is '0'; it must be a list of 1 finite numbers"),
        ({"network": {**NETWORK, "std": [0.0]}}, "std is [0.0]; it must be a list of 1 finite numbers above 0"),
        ({"network": {**NETWORK, "std": [1, 1]}}, "std is [1, 1]; it must be a list of 1 finite numbers above 0"),
        ({"network": {**NETWORK, "layers": [*NETWORK["layers"], {"kind": "relu", "path": "x" * 99_999}]}},
         "bytes as JSON; at most 100,000 go into a page."),
        ({"images": 5}, "images is 5; it must be a list of pictures."),
        ({"images": np.zeros((1, 1, 9, 8))}, "images[0] is an array of the shape (1, 9, 8); the network takes finite"),
        ({"images": np.full((1, 1, 8, 8), 1.5)}, "goes from 1.5 to 1.5; pixels of float64 go from 0 to 1."),
        ({"images": np.zeros((41, 1, 8, 8))}, "41 images are too many for one page; give at most 40."),
        ({"images": np.zeros((2, 8, 8)), "labels": [1]}, "there are 2 images and 1 labels"),
        ({"images": np.zeros((1, 8, 8)), "labels": [3]}, "labels[0] is 3; it must be a whole number from 0 to 2."),
        ({"labels": 1}, "labels is 1; it must be a list of indices of classes."),
        ({"classes": ["a"]}, "there are 1 names of classes; the network gives 3 scores."),
        ({"classes": "abc"}, "classes is 'abc'; it must be a list of names."),
        ({"target": 3}, "target is 3; it must be a whole number from 0 to 2. The nearest legal target is 2."),
        ({"target": "1"}, "target is '1'; it must be a whole number from 0 to 2."),
        ({"input": "AAAA"}, "input holds 3 bytes; 64 numbers of 1 bytes are needed."),
        ({"input": "?"}, "input is not base64 text."),
        ({"input": [[1], [2, 3]]}, "input is [[1], [2, 3]]; the network takes finite numbers 1 × 8 × 8."),
        ({"input": np.full((8, 8), NAN)}, "the network takes finite numbers 1 × 8 × 8."),
        ({"at": [0, 2, 0, 0]}, "at's channel is 2; it must be a whole number from 0 to 1. The nearest"),
        ({"at": [9, 0, 0, 0]}, "at's layer is 9; it must be a whole number from 0 to 2."),
        ({"at": [0, 0, 0.5, 0]}, "at's row is 0.5; it must be a whole number from 0 to 5."),
        ({"at": [0, 0]}, "at is [0, 0]; it must be [layer, channel, row, column], four whole numbers."),
        ({"at": 7}, "at is 7; it must be a list of four whole numbers."),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_clear_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as refused:
        explainer(**{"network": NETWORK, **wrong})
    assert re.search(r"\.$", str(refused.value)) and "\n" not in str(refused.value)


def test_arguments_may_be_text_arrays_and_tensors():
    images = torch.arange(128, dtype=torch.uint8).view(2, 1, 8, 8)
    widget = explainer(json.dumps(NETWORK), images, torch.tensor([0, 2]), ["a", "b", "c"], target=np.int64(1))
    np.testing.assert_allclose(widget.pixels, images[0].numpy() / 255)
    assert widget.labels == [0, 2] and widget.target == 1 and widget.sentence() in repr(widget)
    widget.input = images[1].numpy() / 255
    np.testing.assert_array_equal(np.rint(widget.pixels * 255), images[1])
    assert abs(widget.probabilities.sum() - 1) < 1e-12 and widget.sentence().count("3 classes")
    with pytest.raises(ValueError, match="at's row is 99"):
        widget.at = [0, 0, 99, 0]
