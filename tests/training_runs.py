"""Short recorded runs for the training widget's tests."""

import functools

import torch
from torch import nn

from course_lib import data, train
from course_lib.widgets import training, training_record


def network(seed=0):
    """A small network for 8×8 digits, with BatchNorm and dropout, which a recorder must not disturb."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.Dropout(0.2), nn.Flatten(), nn.Linear(256, 10),
    )  # fmt: skip


def batches():
    """(training batches, test batches, 40 watched images, their labels) of scikit-learn's digits."""
    digits = data.load("digits")
    watched = digits.test_images[:40].float() / 255, digits.test_labels[:40]
    train_batches = data.batches(digits.train_images[:640], digits.train_labels[:640], 64, shuffle=True)
    return train_batches, data.batches(digits.test_images[:200], digits.test_labels[:200], 100), watched


def run(**arguments):
    """(model, recorder, history) of a run on the CPU."""
    model = network()
    train_batches, test, watched = batches()
    recorder = training_record.Recorder(model, train_batches, test=test, watch=watched)
    settings = {"epochs": 4, "lr": 0.05, "device": "cpu", "verbose": False, **arguments}
    history = train.fit(model, recorder.batches, test=recorder.test, **settings)
    return model, recorder, history


@functools.cache
def _record():
    return run()[1].record()


def example():
    """The gallery's run: 40 steps on digits."""
    return training(_record(), frame=12)
