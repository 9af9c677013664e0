"""fit, evaluate and History, against torch.optim and sums done by hand."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import data, train


@pytest.fixture(scope="module")
def digits():
    return data.load("digits")


def batches(digits, count, batch_size=16, **options):
    return data.batches(digits.train_images[:count], digits.train_labels[:count], batch_size, **options)


def small_net(seed=0):
    torch.manual_seed(seed)
    return nn.Sequential(nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 10))


def without_time(history):
    return [epoch._replace(seconds=0) for epoch in history.epochs]


def test_one_batch_is_learned_by_heart(digits):
    one = batches(digits, 32, 32)
    history = train.fit(small_net(), one, epochs=40, lr=0.1, device="cpu", verbose=False)
    assert history.last.train_accuracy == 1 and history.last.train_loss < 0.1
    assert history.epochs[0].train_accuracy < 0.5
    assert [epoch.epoch for epoch in history.epochs] == list(range(1, 41))


def test_the_same_seed_gives_the_same_history_and_another_seed_another(digits):
    def run(seed):
        drawn = batches(digits, 96, shuffle=True, seed=seed)
        options = {"epochs": 2, "lr": 0.05, "device": "cpu", "verbose": False}
        return without_time(train.fit(small_net(seed), drawn, test=batches(digits, 48), **options))

    first = run(3)
    assert run(3) == first
    assert all(a.train_loss != b.train_loss for a, b in zip(first, run(4)))


@pytest.mark.parametrize("momentum, weight_decay", [(0.9, 0.0), (0.9, 0.1), (0.0, 0.01)])
def test_the_steps_are_nesterovs_with_a_rate_that_rises_and_falls(digits, momentum, weight_decay):
    """20 steps: half of lr, lr, and then down in a straight line to a nineteenth of it."""
    images, labels = digits.train_images[:80].double().div(255).flatten(1), digits.train_labels[:80]
    given = [(images[i : i + 8], labels[i : i + 8]) for i in range(0, 80, 8)]
    torch.manual_seed(0)
    model = nn.Linear(64, 10).double()
    weights = [p.detach().clone() for p in model.parameters()]
    velocities = [torch.zeros_like(w) for w in weights]
    options = {"momentum": momentum, "weight_decay": weight_decay, "device": "cpu", "verbose": False}
    history = train.fit(model, given, epochs=2, lr=0.2, **options)

    rates = [0.1] + [0.2 * (20 - step) / 19 for step in range(1, 20)]
    losses = []
    for step, rate in enumerate(rates):
        x, y = given[step % 10]
        weights = [w.requires_grad_() for w in weights]
        loss = F.cross_entropy(x @ weights[0].T + weights[1], y)
        gradients = torch.autograd.grad(loss, weights)
        losses.append(loss.item())
        weights = [w.detach() for w in weights]
        for w, v, gradient in zip(weights, velocities, gradients):
            gradient = gradient + weight_decay * w
            v.mul_(momentum).add_(gradient)
            w.sub_(rate * (gradient + momentum * v))
    for ours, mine in zip(model.parameters(), weights, strict=True):
        torch.testing.assert_close(ours.detach(), mine, rtol=1e-9, atol=1e-12)
    assert history.epochs[1].train_loss == pytest.approx(sum(losses[10:]) / 10, rel=1e-5)


@pytest.mark.parametrize("steps", [2, 9, 10, 11])
def test_a_run_may_have_any_number_of_steps(digits, steps):
    model = small_net()
    before = model[0].weight.detach().clone()
    train.fit(model, batches(digits, 16 * steps), epochs=1, lr=0.1, device="cpu", verbose=False)
    assert not torch.equal(model[0].weight, before) and model[0].weight.isfinite().all()


def test_the_last_batch_counts_by_its_size(digits):
    """With lr 0 nothing moves, so the training loss is the plain mean over 21 images in batches of 16 and 5."""
    model, uneven = small_net(), batches(digits, 21)
    last = train.fit(model, uneven, test=uneven, epochs=2, lr=0.0, device="cpu", verbose=False).last
    scores, labels = model(digits.train_images[:21] / 255), digits.train_labels[:21]
    expected = F.cross_entropy(scores, labels).item(), (scores.argmax(1) == labels).double().mean().item()
    assert (last.train_loss, last.train_accuracy) == pytest.approx(expected, rel=1e-5)
    assert (last.test_loss, last.test_accuracy) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("training", [True, False])
def test_evaluate_is_a_mean_by_hand_and_leaves_the_model_as_it_was(digits, training):
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Dropout(0.5), nn.Linear(64, 10)).train(
        training
    )
    model[1].train(not training)
    flags = [module.training for module in model.modules()]
    loss, accuracy = train.evaluate(model, batches(digits, 21), device="cpu")
    loss_sum = right = 0
    for image, label in zip(digits.train_images[:21], digits.train_labels[:21].tolist()):
        pixels = image.flatten().div(255) / math.sqrt(
            1 + 1e-5
        )  # BatchNorm's first running mean 0, variance 1
        exponents = (model[3].weight @ pixels + model[3].bias).exp()
        loss_sum -= (exponents[label] / exponents.sum()).log().item()
        right += exponents.argmax().item() == label
    assert (loss, accuracy) == pytest.approx((loss_sum / 21, right / 21), rel=1e-5)
    assert model[1].num_batches_tracked == 0
    assert [module.training for module in model.modules()] == flags


def test_a_learning_rate_that_is_too_large_is_named(digits):
    with pytest.raises(
        FloatingPointError, match=r"the loss became (nan|inf) in epoch \d: take an lr below 1e\+20"
    ):
        train.fit(small_net(), batches(digits, 96), epochs=2, lr=1e20, device="cpu", verbose=False)


def test_without_a_test_set_its_numbers_are_none(digits):
    history = train.fit(small_net(), batches(digits, 32), epochs=2, lr=0.05, device="cpu", verbose=False)
    assert [(epoch.test_loss, epoch.test_accuracy) for epoch in history.epochs] == [(None, None)] * 2
    assert history.seconds == sum(epoch.seconds for epoch in history.epochs) > 0


def test_fit_trains_and_leaves_the_model_in_training_mode(digits):
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(64), nn.Linear(64, 10)).eval()
    train.fit(
        model, batches(digits, 64), test=batches(digits, 32), epochs=2, lr=0.05, device="cpu", verbose=False
    )
    assert model[1].num_batches_tracked == 8 and model.training


@pytest.mark.parametrize("tested", [(0.25, 0.5), (None, None)])
def test_a_history_is_saved_whole_and_read_back_equal(tmp_path, tested):
    history = train.History(
        [train.Epoch(1, 1 / 3, 0.1, *tested, 2.5), train.Epoch(2, 0.2, 0.7, *tested, 0.1)]
    )
    path = tmp_path / "run.json"
    path.write_text("what was there before")
    history.save(path)
    assert train.History.load(path) == history and train.History.load(str(path)).last.train_accuracy == 0.7
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_a_history_that_cannot_be_written_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "run.json"
    train.History([train.Epoch(1, 0.5, 0.5, None, None, 1.0)]).save(path)
    before = path.read_bytes()
    with pytest.raises(TypeError):
        train.History([train.Epoch(1, torch.zeros(2), 0.5, None, None, 1.0)]).save(path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_one_line_an_epoch_is_printed_and_nothing_when_not_verbose(digits, capsys):
    for verbose, test in (True, batches(digits, 16)), (True, None), (False, None):
        options = {"epochs": 10, "lr": 0.05, "device": "cpu", "verbose": verbose}
        last = train.fit(small_net(), batches(digits, 48), test=test, **options).last
        told = capsys.readouterr()
        lines = told.out.splitlines()
        assert told.err == "" and len(lines) == (10 if verbose else 0)
        if verbose:
            assert lines[0].startswith("epoch  1/10: train ") and lines[-1].startswith("epoch 10/10: ")
            assert f"train {last.train_loss:.4f} {last.train_accuracy:.2%}" in lines[-1]
            assert ("test" in lines[-1]) == (test is not None)


def test_no_epochs_are_refused_and_a_device_may_be_an_object(digits):
    with pytest.raises(ValueError, match="epochs is 0: train for at least 1"):
        train.fit(small_net(), batches(digits, 32), epochs=0, lr=0.1)
    options = {"epochs": 1, "lr": 0.1, "verbose": False}
    runs = [
        train.fit(small_net(), batches(digits, 32), device=device, **options)
        for device in ("cpu", torch.device("cpu"))
    ]
    assert runs[0].last.train_loss == runs[1].last.train_loss
