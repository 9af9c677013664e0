"""The training widget: what a recorder keeps against torch and History, live control, and the page."""

import copy
import io
import json
import os
import time
from pathlib import Path

import browser
import nbclient
import nbformat
import numpy as np
import pytest
import torch
import training_runs
from torch import nn

from course_lib import data, train
from course_lib.widgets import host, training, training_record, training_values


class Spy:
    """Torch's own numbers after each step, taken by a hook of the test."""

    def __init__(self, recorder):
        self.recorder, self.steps, self.batch, self.relus = recorder, [], None, {}
        optim = __import__("torch.optim.optimizer", fromlist=["optimizer"])
        self.hooks = [
            recorder.model.register_forward_hook(lambda *given: self.forward(*given)),
            optim.register_optimizer_step_post_hook(lambda *_: self.step()),
        ]
        names, last = [name for name, _ in recorder.layers], None
        for name, module in recorder.model.named_modules():
            last = names.index(name) if name in names else last
            if isinstance(module, nn.ReLU):
                self.hooks.append(module.register_forward_hook(self.keep(last)))

    def keep(self, layer):
        def hook(module, inputs, output):
            if module.training and self.recorder.phase == "train":
                self.relus[layer] = output.detach().clone()

        return hook

    def dead(self):
        """Straight from the definition: the units that are 0 for every image, and everywhere in their map."""
        shares = [None] * len(self.recorder.layers)
        for layer, output in self.relus.items():
            units = [output[:, unit] for unit in range(output.shape[1])]
            shares[layer] = sum(bool((unit == 0).all()) for unit in units) / len(units)
        return shares

    def forward(self, module, inputs, output):
        if module.training and self.recorder.phase == "train":
            labels = self.recorder.labels
            loss = nn.functional.cross_entropy(output.detach().double(), labels).item()
            self.batch = [loss, (output.argmax(1) == labels).sum().item(), len(labels)]

    def step(self):
        weights = [weight for _, weight in self.recorder.layers]
        found = {
            "batch": self.batch,
            "weight": [torch.linalg.vector_norm(weight.detach().double()).item() for weight in weights],
            "gradient": [torch.linalg.vector_norm(weight.grad.double()).item() for weight in weights],
        }
        found["dead"] = self.dead()
        if self.recorder.filters:
            found["filters"] = self.recorder.filters[1].detach().double().clone()
        if self.recorder.watch:
            twin = copy.deepcopy(self.recorder.model).eval()
            with torch.no_grad():
                found["said"] = twin(self.recorder.watch[0]).softmax(1).max(1)
        self.steps.append(found)

    def remove(self):
        for hook in self.hooks:
            hook.remove()


def recorded(model, epochs, watch=True, batch_size=64, classes=None, **arguments):
    digits = data.load("digits")
    images, labels = digits.train_images[:320], digits.train_labels[:320]
    watched = (digits.test_images[:30].float() / 255, digits.test_labels[:30]) if watch else None
    batches = data.batches(images, labels, batch_size, shuffle=True, seed=3)
    test = data.batches(digits.test_images[:100], digits.test_labels[:100], 60)
    recorder = training_record.Recorder(model, batches, test=test, watch=watched, classes=classes)
    spy = Spy(recorder)
    history = train.fit(
        model, recorder.batches, test=recorder.test, epochs=epochs, device="cpu", verbose=False,
        **{"lr": 0.05, **arguments},
    )  # fmt: skip
    spy.remove()
    return recorder, history, spy.steps


@pytest.fixture(scope="module")
def runs():
    torch.manual_seed(5)
    linear = nn.Sequential(nn.Flatten(), nn.Linear(64, 10))
    deep = nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.Tanh(), nn.Linear(20, 10))
    return [
        recorded(training_runs.network(), 5),
        recorded(linear, 12, batch_size=32, schedule="constant"),
        recorded(training_runs.network(1), 3, lr=0.2),
        recorded(deep, 9, watch=False, batch_size=10),
        recorded(training_runs.network(2), 4, ema=0.9, weight_decay=1e-3, schedule="step"),
    ]  # fmt: skip


def test_norms_are_torchs_and_curves_are_historys(runs):
    frames = 0
    for recorder, history, steps in runs:
        record = recorder.record()
        assert record["steps"] == len(steps) and len(json.dumps(record)) <= 200_000
        assert len(record["frames"]) <= training_record.MOST_FRAMES and record["frames"][-1]["step"] == len(
            steps
        )
        assert record["frames"][0]["step"] == 0 and record["frames"][0]["lr"] is None
        for frame in record["frames"][1:]:
            exact = steps[frame["step"] - 1]
            np.testing.assert_allclose(frame["weight"], exact["weight"], rtol=1e-5)
            np.testing.assert_allclose(frame["gradient"], exact["gradient"], rtol=1e-5)
            frames += 1
        for ours, theirs in zip(record["epochs"], history.epochs, strict=True):
            for name in ("train_loss", "train_accuracy", "test_loss", "test_accuracy"):
                assert ours[name] == getattr(theirs, name), name
    assert frames >= 100


def test_dead_relus_are_a_straight_count_in_torch(runs):
    shares = []
    for recorder, _, steps in runs:
        record = recorder.record()
        if not any(isinstance(module, nn.ReLU) for module in recorder.model.modules()):
            assert all("dead" not in frame for frame in record["frames"])
            continue
        assert record["frames"][0]["dead"] == [None] * len(record["layers"])
        for frame in record["frames"][1:]:
            exact = steps[frame["step"] - 1]["dead"]
            assert frame["dead"] == [None if share is None else round(share, 4) for share in exact]
            shares += [share for share in exact if share is not None]
    assert len(shares) >= 100


class Reused(nn.Module):
    """One ReLU module for two layers, one that is called as a function, and a layer without any."""

    def __init__(self):
        super().__init__()
        self.a, self.b, self.c, self.d = (nn.Linear(n, m) for n, m in ((4, 8), (8, 10), (10, 6), (6, 3)))
        self.relu = nn.ReLU(inplace=True)
        self.a.bias.data[:3] = self.b.bias.data[:5] = self.c.bias.data[:2] = -1e4

    def forward(self, x):
        x = self.relu(self.b(self.relu(self.a(x.flatten(1)))))
        return self.d(nn.functional.relu(self.c(x)))


@pytest.mark.parametrize("has_length", [True, False])
def test_a_dead_relu_belongs_to_the_layer_before_it_and_functions_are_not_seen(has_length):
    torch.manual_seed(1)
    model = Reused()
    batches = [(torch.rand(16, 1, 2, 2), torch.arange(16) % 3) for _ in range(7)]
    source = batches if has_length else type("Endless", (), {"__iter__": lambda self: iter(batches)})()
    recorder = training_record.Recorder(model, source)
    optimizer = torch.optim.SGD(model.parameters(), 1e-6)
    for images, labels in recorder.batches:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    record = recorder.record()
    assert record["layers"] == ["a", "b", "c", "d"] and len(record["frames"]) == 8
    with torch.no_grad():
        first = model.a(batches[-1][0].flatten(1)).relu()
        exact = [(hidden == 0).all(0).float().mean().item() for hidden in (first, model.b(first).relu())]
    assert exact[0] >= 3 / 8 and exact[1] >= 5 / 10
    assert record["frames"][-1]["dead"] == [*(round(share, 4) for share in exact), None, None]
    assert training(record).record == record


def test_recording_leaves_every_bit_of_the_training_alone():
    plain = training_runs.network()
    batches, test, _ = training_runs.batches()
    history = train.fit(plain, batches, test=test, epochs=4, lr=0.05, device="cpu", verbose=False)
    model, recorder, watched = training_runs.run()
    for (name, ours), theirs in zip(model.state_dict().items(), plain.state_dict().values(), strict=True):
        assert torch.equal(ours, theirs), name
    assert [epoch[:5] for epoch in history.epochs] == [epoch[:5] for epoch in watched.epochs]
    assert model.training and all(module.training for module in model.modules())
    saved = io.BytesIO()
    torch.save(model, saved)  # whole, with its hook
    assert len(saved.getvalue()) < 60_000


def test_learning_rates_are_those_of_the_schedule():
    _, recorder, _ = training_runs.run(epochs=2, lr=0.3, schedule="constant")
    assert {frame["lr"] for frame in recorder.record()["frames"][1:]} == {0.3}


def test_page_arithmetic(runs, tmp_path):
    """`node --test` checks the JavaScript against what torch said above."""
    golden = []
    for recorder, _, steps in runs:
        record = recorder.record()
        raw = recorder.frames
        each = {"record": record, "losses": [step["batch"] for step in steps], "filters": None, "said": None}
        each["hasRelu"] = any(isinstance(module, nn.ReLU) for module in recorder.model.modules())
        if recorder.filters:
            shape = recorder.filters[2]
            kept = [frame["step"] for frame in record["frames"]]
            each["filters"] = [
                raw[0]["filters"].tolist() if step == 0 else
                steps[step - 1]["filters"][: shape[0]].reshape(shape).tolist() for step in kept
            ]  # fmt: skip
        if recorder.watch:
            each["said"] = [
                frame["said"] if frame["step"] == 0 else steps[frame["step"] - 1]["said"].indices.tolist()
                for frame in record["frames"]
            ]
        golden.append(each)
    browser.node_test("training", tmp_path, {"runs": golden})


def test_a_long_run_is_thinned_to_evenly_spread_frames_and_small_json():
    torch.manual_seed(0)
    deep = [nn.Sequential(nn.Linear(8, 8), nn.ReLU()) for _ in range(60)]
    model = nn.Sequential(nn.Conv2d(3, 16, 5, 11), nn.Flatten(), nn.Linear(64, 8), *deep, nn.Linear(8, 3))
    images, labels = torch.rand(900, 3, 16, 16), torch.arange(900) % 3
    batches = [(images[i : i + 1], labels[i : i + 1]) for i in range(900)]
    recorder = training_record.Recorder(model, batches, watch=(torch.rand(64, 3, 16, 16), torch.zeros(64)))
    train.fit(model, recorder.batches, epochs=1, lr=0.001, device="cpu", verbose=False)
    record = recorder.record()
    steps = [frame["step"] for frame in record["frames"]]
    assert len(record["layers"]) == training_values.MOST_LAYERS and 20 <= len(steps) <= 40
    assert len(set(np.diff(steps[:-1]))) == 1 and record["curve"]["step"][-1] == 900
    assert 200 <= len(record["curve"]["step"]) <= 400 and len(json.dumps(record)) < 200_000
    last = record["frames"][-1]
    assert len(last["said"]) == 64 and sum(share is not None for share in last["dead"]) >= 38
    assert len(record["filters"]["frames"]) >= 10
    pictures = training_values.watched((torch.rand(64, 3, 200, 150), torch.zeros(64)))[2]
    assert max(pictures.shape[2:]) <= 32 and pictures.size <= training_values.WATCHED_BYTES


def test_the_frame_that_is_looked_at_stays_when_frames_are_thinned():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3))
    batches = [(torch.rand(2, 1, 2, 2), torch.tensor([0, 1])) for _ in range(100)]
    recorder = training_record.Recorder(model, batches)
    widget, looked_at = recorder.show(), []

    def look(model, inputs):
        if recorder.step == 35:
            recorder._tell()
            widget.frame = 30
            looked_at.append(widget.record["frames"][30]["step"])

    model.register_forward_pre_hook(look)
    train.fit(model, recorder.batches, epochs=1, lr=0.01, device="cpu", verbose=False)
    recorder._tell()
    assert looked_at == [30] and widget.record["frames"][widget.frame]["step"] == 28


def test_the_page_changes_the_learning_rate_and_pauses_the_run():
    """As a kernel would: the run in a thread, the widget's traits set from outside."""
    model = training_runs.network()
    batches, test, watched = training_runs.batches()
    recorder = training_record.Recorder(model, batches, test=test, watch=watched)
    widget = recorder.show()
    widget.lr_factor, widget.paused = 0.1, True
    before = [parameter.detach().clone() for parameter in model.parameters()]
    recorder.start(train.fit, epochs=3, lr=0.05, schedule="constant", device="cpu")
    time.sleep(0.5)
    assert recorder.step == 0 and all(map(torch.equal, before, model.parameters()))
    with pytest.raises(RuntimeError, match="still going on"):
        recorder.start(train.fit, epochs=1, lr=0.1)
    widget.paused = False
    history = recorder.wait()
    assert len(history.epochs) == 3 and widget.record["steps"] == 30
    assert {frame["lr"] for frame in widget.record["frames"][1:]} == {0.05 * 0.1}
    slow = training_runs.network()
    train.fit(
        slow,
        training_runs.batches()[0],
        epochs=3,
        lr=0.05 * 0.1,
        schedule="constant",
        device="cpu",
        verbose=False,
    )
    for ours, theirs in zip(model.parameters(), slow.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-6)


CELLS = """
import sys
sys.path.insert(0, "tests")
import training_runs
from course_lib import train
from course_lib.widgets import training_record
batches, test, watched = training_runs.batches()
recorder = training_record.Recorder(training_runs.network(), batches, test=test, watch=watched)
dashboard = recorder.show()
dashboard
---
dashboard.set_state({"paused": True, "lr_factor": 0.5})
recorder.start(train.fit, epochs=2, lr=0.1, schedule="constant", device="cpu")
---
import time
time.sleep(0.3)
print(recorder.step, dashboard.record["steps"])
dashboard.set_state({"paused": False})
---
print(len(recorder.wait().epochs), dashboard.record["steps"], dashboard.record["frames"][-1]["lr"])
"""


def test_in_a_kernel_the_run_goes_on_between_cells_and_hears_the_page():
    """`set_state` is what a message of the page calls."""
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS.split("---\n")]
    notebook = nbformat.v4.new_notebook(cells=cells)
    client = nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120, coalesce_streams=True)
    environment = {name: value for name, value in os.environ.items() if name != "COURSE_BOOK"}
    client.execute(env=environment, cwd=str(Path(__file__).parents[1]))
    assert host.LIVE_VIEW in cells[0].outputs[0].data
    assert cells[2].outputs[0].text.split() == ["0", "0"]
    assert cells[3].outputs[-1].text.split() == ["2", "20", "0.05"]


def test_what_goes_wrong_in_the_thread_is_raised_in_the_notebook():
    model = training_runs.network()
    batches, *_ = training_runs.batches()
    recorder = training_record.Recorder(model, batches)
    recorder.start(train.fit, epochs=0, lr=0.1)
    with pytest.raises(ValueError, match="epochs is 0"):
        recorder.wait()
    recorder.start(train.fit, epochs=2, lr=1e6, device="cpu")
    with pytest.raises(FloatingPointError):
        recorder.wait()
    assert training(recorder.record()).sentence().startswith("A training run of 10 steps")
