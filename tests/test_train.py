"""fit, evaluate and History, against torch.optim and sums done by hand."""

import math
from collections import OrderedDict

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from course_lib import data, train
from course_lib.models.network import Network
from course_lib.train.schedules import SCHEDULES


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


def torchs_own(optimizer, schedule, steps):
    """The four schedules, put together from those of torch."""
    torchs = torch.optim.lr_scheduler
    rise = math.ceil(steps / {"linear": 10, "cosine": 20}.get(schedule, 1))
    fall = steps - rise
    if schedule == "step":
        return torchs.MultiStepLR(optimizer, [steps // 2, steps * 3 // 4])
    if schedule == "constant":
        return torchs.ConstantLR(optimizer, factor=1)
    after = {
        "linear": lambda: torchs.LinearLR(optimizer, fall / (fall + 1), 0, fall),
        "cosine": lambda: torchs.CosineAnnealingLR(optimizer, fall),
    }
    warm_up = torchs.LinearLR(optimizer, 1 / rise, 1, rise - 1)
    return torchs.SequentialLR(optimizer, [warm_up, after[schedule]()], [rise])


def doubles(digits, count, size):
    images, labels = digits.train_images[:count].double().div(255), digits.train_labels[:count]
    return list(zip(images.split(size), labels.split(size)))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_each_schedule_is_torchs(digits, schedule):
    given = doubles(digits, 80, 8)
    ours, torchs = small_net().double(), small_net().double()
    options = {"schedule": schedule, "device": "cpu", "verbose": False}
    train.fit(ours, given, epochs=4, lr=0.2, **options)
    optimizer = torch.optim.SGD(torchs.parameters(), 0.2, 0.9, nesterov=True)
    rate = torchs_own(optimizer, schedule, 40)
    rates = []
    for images, labels in given * 4:
        optimizer.zero_grad()
        F.cross_entropy(torchs(images), labels).backward()
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        rate.step()
    assert [0.2 * SCHEDULES[schedule](step, 40) for step in range(40)] == pytest.approx(rates, rel=1e-9)
    for a, b in zip(ours.parameters(), torchs.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_has_a_factor_for_any_number_of_steps(schedule):
    for steps in range(1, 130):
        factors = [SCHEDULES[schedule](step, steps) for step in range(steps + 1)]
        assert max(factors) == 1 and min(factors[:-1]) > 0 and factors[-1] >= 0
        top = factors.index(1)
        assert factors[: top + 1] == sorted(factors[: top + 1])
        assert factors[top:] == sorted(factors[top:], reverse=True)


def test_an_unknown_schedule_is_refused_with_those_that_exist(digits):
    with pytest.raises(ValueError, match="called 'warm': choose linear, cosine, step, constant"):
        train.fit(small_net(), batches(digits, 32), epochs=1, lr=0.1, schedule="warm")


def test_label_smoothing_spreads_its_share_of_a_label_over_all_classes(digits):
    (images, labels), smoothing = doubles(digits, 24, 24)[0], 0.2
    model = small_net().double()
    logs = model(images).log_softmax(1)
    targets = (1 - smoothing) * F.one_hot(labels, 10).double() + smoothing / 10
    loss = -(targets * logs).sum(1).mean()
    plain = F.cross_entropy(logs, labels).item()
    expected = [
        w.detach() - 0.1 * g
        for w, g in zip(model.parameters(), torch.autograd.grad(loss, model.parameters()))
    ]
    options = {"momentum": 0, "label_smoothing": smoothing, "device": "cpu", "verbose": False}
    once = train.fit(model, [(images, labels)], epochs=1, lr=0.1, **options).last
    assert once.train_loss == pytest.approx(loss.item(), rel=1e-6)
    for ours, mine in zip(model.parameters(), expected, strict=True):
        torch.testing.assert_close(ours.detach(), mine, rtol=1e-9, atol=1e-12)
    test = [(images, labels)]
    still = train.fit(small_net().double(), test, test=test, epochs=1, lr=0, **options).last
    assert still.test_loss == pytest.approx(plain, rel=1e-6)
    assert still.train_loss == pytest.approx(loss.item(), rel=1e-6)


class Watched(list):
    """Batches that note the state of a model after each step."""

    def __init__(self, given, model):
        super().__init__(given)
        self.model, self.states = model, []

    def __iter__(self):
        for batch in super().__iter__():
            yield batch
            self.states.append({name: t.clone() for name, t in self.model.state_dict().items()})


def test_the_moving_average_of_weights_and_statistics_is_tested_and_kept(digits):
    torch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 10)
    ).double()
    watched, test = Watched(doubles(digits, 80, 16), model), doubles(digits, 30, 30)
    options = {"device": "cpu", "verbose": False}
    history = train.fit(model, watched, test=test, epochs=2, lr=0.1, ema=0.8, **options)
    assert len(watched.states) == 10
    average, tested = watched.states[0], []
    for number, state in enumerate(watched.states, 1):
        if number > 1:
            average = {name: 0.8 * average[name] + 0.2 * state[name] for name in state}
        if number % 5 == 0:
            by_hand = {name: t for name, t in average.items() if "tracked" not in name}
            other = nn.Sequential(
                nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(144, 10)
            )
            other.double().load_state_dict(by_hand, strict=False)
            tested.append(train.evaluate(other, test, device="cpu"))
    for name, t in model.state_dict().items():
        if "tracked" in name:
            assert t == 10
        else:
            torch.testing.assert_close(t, by_hand[name], rtol=1e-9, atol=1e-12)
            assert not torch.allclose(t, watched.states[-1][name], rtol=1e-4)
    assert [epoch[3:5] for epoch in history.epochs] == [pytest.approx(each, rel=1e-6) for each in tested]


def with_heads():
    """A network whose two further heads read the outputs of its two stages."""
    torch.manual_seed(0)
    stages = OrderedDict(first=nn.Conv2d(1, 3, 3), second=nn.Conv2d(3, 4, 3))
    further = {
        "first": nn.Sequential(nn.Flatten(), nn.Linear(3 * 36, 10)),
        "second": nn.Sequential(nn.Flatten(), nn.Linear(4 * 16, 10)),
    }
    head = nn.Sequential(nn.Flatten(), nn.Linear(4 * 16, 10))
    return Network(nn.Identity(), nn.Sequential(stages), head, further).double()


@pytest.mark.parametrize(
    "options, weight", [({}, 0.3), ({"auxiliary_weight": 0.0}, 0), ({"auxiliary_weight": 1}, 1)]
)
def test_the_losses_of_auxiliary_heads_count_in_the_gradient_and_not_in_the_history(digits, options, weight):
    given, ours, torchs = doubles(digits, 48, 16), with_heads(), with_heads()
    history = train.fit(ours, given, test=given, epochs=2, lr=0.1, device="cpu", verbose=False, **options)
    optimizer = torch.optim.SGD(torchs.parameters(), 0.1, 0.9, nesterov=True)
    rate = torchs_own(optimizer, "linear", 6)
    losses, right = [], []
    for images, labels in given * 2:
        scores, (a, b) = torchs(images)
        loss = F.cross_entropy(scores, labels)
        optimizer.zero_grad()
        (loss + weight * F.cross_entropy(a, labels) + weight * F.cross_entropy(b, labels)).backward()
        optimizer.step()
        rate.step()
        losses.append(loss.item())
        right.append((scores.argmax(1) == labels).double().mean().item())
    for mine, theirs in zip(ours.parameters(), torchs.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)
    assert history.last[1:3] == pytest.approx((sum(losses[3:]) / 3, sum(right[3:]) / 3), rel=1e-6)
    assert history.last[3:5] == pytest.approx(train.evaluate(torchs, given, device="cpu"), rel=1e-6)


def test_on_a_cpu_nothing_runs_in_half_precision(digits):
    seen, model = set(), small_net()
    model[0].register_forward_hook(
        lambda module, args, out: seen.add((out.dtype, torch.is_autocast_enabled("cpu")))
    )
    train.fit(
        model, batches(digits, 32), test=batches(digits, 32), epochs=1, lr=0.1, device="cpu", verbose=False
    )
    assert seen == {(torch.float32, False)}


def test_a_process_without_a_gpu_of_its_own_is_told_so(monkeypatch):
    for name, value in {"RANK": "3", "LOCAL_RANK": "3", "WORLD_SIZE": "4"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(
        ValueError, match="process 3 of this machine has no GPU: start at most 2 here, or fit with"
    ):
        train.fit(small_net(), [], epochs=1, lr=0.1, device="cuda")
