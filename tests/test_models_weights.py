"""Weights from elsewhere: refused where the networks differ, taken whole where they agree."""

import pytest
import torch
from claims import randomise
from torch import nn

from course_lib import models


def pair():
    source = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 5, 1))
    return source, nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 5))


def test_all_weights_and_statistics_arrive_and_a_1x1_convolution_fits_a_matrix():
    source, target = pair()
    source[1](torch.randn(2, 4, 5, 5))
    assert models.transplant(source, target) is target
    for one, other in zip(source.state_dict().values(), target.state_dict().values(), strict=True):
        assert torch.equal(one.flatten(), other.flatten())
    assert target[1].num_batches_tracked == 1


@pytest.mark.parametrize(
    "place, layer, message",
    [
        (0, nn.Conv2d(3, 4, 5), "source has 0.weight of 4×3×3×3 where the target has 0.weight of 4×3×5×5"),
        (0, nn.Conv2d(3, 4, 3, bias=False), "source has 0.bias of 4 where the target has 1.weight of 4"),
        (1, nn.Identity(), "source has 1.weight of 4 where the target has 2.weight of 5×4"),
        (2, nn.Conv2d(4, 5, 1, bias=False), "source has 2.bias of 5 where the target has nothing more"),
        (2, nn.Sequential(nn.Conv2d(4, 5, 1), nn.Linear(1, 1)),
         "source has nothing more where the target has 2.1.weight of 1×1"),
    ],
)  # fmt: skip
def test_the_first_pair_that_differs_is_named_and_nothing_is_overwritten(place, layer, message):
    source, target = pair()
    target[place] = layer
    before = {name: tensor.clone() for name, tensor in target.state_dict().items()}
    with pytest.raises(ValueError) as refused:
        models.transplant(source, target)
    assert message in str(refused.value)
    assert all(torch.equal(tensor, before[name]) for name, tensor in target.state_dict().items())


@pytest.mark.parametrize(
    "name", ["resnet18", "googlenet_torchvision", "inception_v3", "mobilenet_v3_small", "shufflenet_v2_x0_5"]
)
def test_weights_of_torchvision_give_torchvisions_scores(name, monkeypatch):
    """Without a network there are no trained weights, so torchvision's download is answered with a file made here."""
    from torchvision import models as theirs

    their_name = models.TORCHVISION.get(name, name)
    slow = {"init_weights": False} if name in ("googlenet_torchvision", "inception_v3") else {}
    made = randomise(theirs.get_model(their_name, weights=None, **slow))
    monkeypatch.setattr(theirs._api.WeightsEnum, "get_state_dict", lambda *args, **options: made.state_dict())
    trained = theirs.get_model(their_name, weights="DEFAULT").eval()
    ours = models.load_torchvision(name).eval()
    images = torch.rand(2, 3, 96, 96)
    with torch.no_grad():
        expected = trained(images)
        assert (ours(images) - expected).norm() <= 1e-5 * expected.norm()
        assert (expected[0] - expected[1]).norm() > 1e-3 * expected.norm()  # the images do matter


def test_a_damaged_file_of_weights_is_refused_with_where_it_lies(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "resnet18-f37072fd.pth").write_bytes(b"half a file")
    with pytest.raises(
        OSError, match=f"weights of resnet18 could not be downloaded or read .*{tmp_path}/checkpoints"
    ):
        models.load_torchvision("resnet18", weights="IMAGENET1K_V1")


def test_what_torchvision_does_not_have_is_refused_with_what_it_has():
    with pytest.raises(
        ValueError, match="torchvision has no mobilenet_v1: it has alexnet_owt, .*vgg16.*resnet50"
    ):
        models.load_torchvision("mobilenet_v1")
    with pytest.raises(
        ValueError, match="torchvision has no alexnet: it has alexnet_owt"
    ):  # theirs is another net
        models.load_torchvision("alexnet")
    with pytest.raises(ValueError, match="no network is called 'resnet5'"):
        models.load_torchvision("resnet5")


def test_every_network_that_torchvision_has_can_be_loaded():
    from torchvision import models as theirs

    families = [
        "alexnet",
        "densenet",
        "googlenet",
        "inception",
        "mobilenet",
        "resnet",
        "resnext",
        "shufflenet",
        "vgg",
    ]
    families += ["wide_resnet", *(f"efficientnet_b{i}" for i in range(3))]
    held = [name for name in theirs.list_models(module=theirs) if name.startswith(tuple(families))]
    ours = {models.TORCHVISION.get(name, name) for name in models.names()}
    assert len(held) > 30 and not set(held) - ours
