"""What users do with a network: train, save, compile and fuse it, change its classes, give it too small an image."""

import copy
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from claims import FAMILIES, collect, dropping

from course_lib import models

IMPORT_COST = """
import sys, time, torch
began = time.process_time()
import course_lib.models
print(time.process_time() - began, "torchvision" in sys.modules)
"""
# What holds for how the first network of a file is put together holds for its variants.
FIRST_OF_FAMILY = [next(iter(collect("STAGES", [family]))) for family in FAMILIES]


def test_the_example_of_the_readme_runs(capsys):
    text = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```python\n(.*?)```", text, re.S)
    lines = [line for line in block.splitlines() if "downloaded" not in line]
    assert len(lines) >= 6
    exec("\n".join(lines), {})
    assert "he2016" in capsys.readouterr().out


def small(name, **options):
    """The network as a lesson would use it on small images, and two of them."""
    takes = inspect.signature(models.info(name).build).parameters
    channels, side, _ = models.info(name).input_shape
    if "small_images" in takes:
        options["small_images"], side = True, 32
    elif "image_size" in takes:
        options["image_size"] = side = min(side, 96)
    elif side == 32 and name != "lenet5_1998":
        side = 16  # networks for CIFAR pool globally
    torch.manual_seed(0)
    model = models.create(name, **options)
    return model, torch.rand(2, options.get("in_channels", channels), side, side)


@pytest.fixture(scope="module", params=models.names())
def network(request):
    """A network, built once for the tests that follow, with running statistics that are not 0 and 1; and a batch."""
    model, images = small(request.param)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, 0, 0.1)
    for module in dropping(model).values():
        module.p = 0.0
    with torch.no_grad():
        model.train()(images)
    return request.param, model, images


def test_channels_last_and_fused_give_the_same_scores(network):
    _, model, images = network
    with torch.no_grad():
        scores = model.eval()(images)
        fused = models.fuse(model)(images)
        last = copy.deepcopy(model).to(memory_format=torch.channels_last)(
            images.to(memory_format=torch.channels_last)
        )
    for found in (fused, last):
        assert (found - scores).norm() <= 1e-5 * scores.norm() and scores.any()


def test_the_weights_can_be_saved_and_read_back(network, tmp_path):
    name, model, images = network
    torch.save(model.state_dict(), tmp_path / "weights.pt")
    with torch.device("meta"):
        fresh, _ = small(name)
    fresh.load_state_dict(torch.load(tmp_path / "weights.pt"), assign=True)
    with torch.no_grad():
        assert torch.equal(fresh.eval()(images), model.eval()(images))


def test_one_step_of_training_lowers_the_loss_and_moves_every_weight(network):
    _, model, images = network
    scores = model.train()(images)
    labels = torch.arange(len(images)) % scores.shape[1]
    loss = F.cross_entropy(scores, labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()))
    for (path, _), gradient in zip(model.named_parameters(), gradients):
        assert gradient.isfinite().all() and gradient.any(), path
    # As long a step as would take away a hundredth of the loss if it were linear
    step = 0.01 * loss.item() / sum(gradient.square().sum() for gradient in gradients)
    with torch.no_grad():
        for parameter, gradient in zip(model.parameters(), gradients):
            parameter -= step * gradient
        assert F.cross_entropy(model(images), labels) < loss


@pytest.mark.parametrize("name", FIRST_OF_FAMILY)
def test_the_seed_decides_the_first_weights(name):
    (model, _), (again, _) = small(name), small(name)
    for (path, one), other in zip(model.state_dict().items(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other), path


@pytest.mark.parametrize(
    "name, left",
    [
        ("resnet50", 0), ("vgg16_bn", 0), ("mobilenet_v2", 0), ("inception_v3", 0), ("shufflenet_v2_x1_0", 0),
        ("efficientnet_b0", 0), ("preact_resnet164_cifar", 55), ("densenet121", 62), ("densenet40_k12", 39),
        ("nasnet_a_mobile", 4),
    ],
)  # fmt: skip
def test_fusing_leaves_the_normalisations_that_follow_no_convolution(name, left):
    """In pre-activation networks the first of a block reads a sum, in NASNet four read convolutions side by side."""
    with torch.device("meta"):
        fused = models.fuse(models.create(name))
    assert sum(isinstance(module, torch.nn.BatchNorm2d) for module in fused.modules()) == left


@pytest.mark.parametrize("name", FIRST_OF_FAMILY)
def test_the_network_can_be_compiled_as_one_graph(name):
    model, images = small(name)
    torch._dynamo.reset()
    with torch.no_grad():
        compiled = torch.compile(model.eval(), backend="eager", fullgraph=True)(images)
        assert torch.equal(compiled, model(images))


class HardSigmoid(torch.nn.Module):
    """torch's own, when it is not compiled, holds its slope of 1/6 in float32, even where all else is float64."""

    def forward(self, x):
        return F.relu6(x + 3) / 6


# Sums and gates; concatenation and shuffles; a table of connections. A minute each, so no more than these.
@pytest.mark.slow
@pytest.mark.parametrize("name", ["mobilenet_v3_small", "shufflenet_v2_x0_5", "lenet5_1998"])
def test_compiled_code_gives_the_same_scores_and_gradients(name):
    model, images = small(name)
    model, images = model.double(), images.double()
    for module in dropping(model).values():
        module.p = 0.0
    for module in model.modules():
        if hasattr(module, "gate"):
            module.gate = HardSigmoid()
    torch._dynamo.reset()
    compiled = torch.compile(model)
    for training in (False, True):
        found = []
        for run in (model.train(training), compiled):
            scores = run(images)
            loss = F.cross_entropy(scores, torch.arange(len(images)))
            found.append([scores, *torch.autograd.grad(loss, list(model.parameters()))])
        # A bias between a norm and a linear layer with a norm of its own has no effect in training: its gradient is
        # rounding alone, of the size of the others' rounding.
        rounding = 1e-12 * max(gradient.norm() for gradient in found[0])
        for ours, theirs in zip(*found, strict=True):
            assert theirs.isfinite().all() and (ours - theirs).norm() <= 1e-9 * theirs.norm() + rounding


@pytest.mark.parametrize("name", FIRST_OF_FAMILY)
def test_classes_and_channels_are_arguments(name):
    fixed = {
        "lenet5_1998": 10,
        "alphago_policy": 361,
    }  # classes that the paper ties to digits, and to points of a board
    options = {} if name in fixed else {"num_classes": 7}
    model, images = small(name, in_channels=2, **options)
    assert model.eval()(images).shape == (2, fixed.get(name, 7))
    if name in fixed:
        with pytest.raises(ValueError, match="so (it has|there are) no 7 classes"):
            models.create(name, num_classes=7)


@pytest.mark.parametrize(
    "name, part, least",
    [
        ("lenet5_1998", "the stem", 32), ("alexnet_owt", "the stem", 63), ("vgg16", "stage block1", 32),
        ("nin", "the stem", 39), ("googlenet", "the stem", 31), ("inception_v3", "the stem", 75),
        ("inception_resnet_v2", "the stem", 75), ("xception", "the stem", 7), ("nasnet_a_mobile", "the stem", 3),
    ],
)  # fmt: skip
def test_an_image_that_vanishes_is_refused_with_the_stage_and_the_least_size(name, part, least):
    model = models.create(name, **({"image_size": 224} if name == "vgg16" else {})).eval()
    images = torch.rand(2, models.info(name).input_shape[0], 1, 1)
    with pytest.raises(ValueError) as refused:
        model(images)
    words = f"an image of 1×1 pixels vanishes in {part}: this network needs at least {least}×{least}"
    assert str(refused.value) == words
    with pytest.raises(ValueError, match="vanishes"):
        model(images.new_zeros(2, images.shape[1], least - 1, least - 1))


@pytest.mark.parametrize(
    "name, options, shape, message",
    [
        ("resnet18", {}, (3, 32, 32), r"expected 4D input \(got 3D input\)"),
        ("lenet5", {}, (1, 28, 28), r"takes images as N×C×H×W, these have the shape \(1, 28, 28\)"),
        ("lenet5", {}, (2, 1, 28, 32), "28×32 pixels gives a map that the head of this network was not built for"),
        ("alphago_policy", {}, (2, 48, 9, 9), "9×9 pixels gives a map that the head of this network was not built for"),
        ("bn_inception", {}, (1, 3, 1100, 1100), "paths of stage inception3c maps of unequal sizes: .* 1119×1119"),
        ("resnet18", {"small_images": True}, (2, 3, 0, 4), "0×4 pixels vanishes in the stem: .* at least 1×1"),
        ("googlenet", {"auxiliary": True}, (2, 3, 64, 64), "vanishes in the auxiliary head of stage inception4a"),
    ],
)  # fmt: skip
def test_what_a_network_cannot_take_is_refused_with_a_sentence(name, options, shape, message):
    model = models.create(name, **options)
    with pytest.raises(ValueError, match=message):
        model.train(bool(options.get("auxiliary")))(torch.rand(shape))


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float64, torch.bfloat16])
@pytest.mark.parametrize("name", ["lenet5", "resnet18"])
def test_images_of_another_type_are_not_taken_for_images_of_another_size(name, dtype):
    images = torch.zeros(2, *models.info(name).input_shape, dtype=dtype)
    with pytest.raises(RuntimeError, match="type"):
        models.create(name).eval()(images)


@pytest.mark.parametrize(
    "name", ["lenet5", "alexnet", "alexnet_owt", "zfnet", "vgg11", "vgg16_c", "highway10"]
)
def test_a_head_that_cannot_be_built_names_the_stage_and_the_least_size(name):
    with pytest.raises(
        ValueError, match=r"vanishes in (the stem|stage \w+): .* needs at least \d+"
    ) as refused:
        models.create(name, image_size=4)
    least = int("".join(c for c in str(refused.value).split("least")[1].split("×")[0] if c.isdigit()))
    with torch.device("meta"):
        models.create(name, image_size=least)
        with pytest.raises(ValueError):
            models.create(name, image_size=least - 1)


@pytest.mark.parametrize(
    "wrong, near", [("lenet", "lenet5"), ("lenet5_1989", "lenet5_1998"), ("resnet5", "resnet50")]
)
def test_a_wrong_name_is_refused_with_the_nearest(wrong, near):
    with pytest.raises(ValueError, match=f"no network is called '{wrong}'; the nearest names are .*{near}"):
        models.create(wrong)


def test_importing_the_models_costs_little_and_leaves_torchvision_alone():
    costs_s = []
    while len(costs_s) < 3 and min(costs_s, default=9) > 0.3:
        command = [sys.executable, "-c", IMPORT_COST]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        assert printed[1] == "False"
        costs_s.append(float(printed[0]))
    assert min(costs_s) <= 0.3
