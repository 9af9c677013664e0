"""Training and evaluation of classifiers: one visible loop, a few dials, a record of what happened."""

import json
import os
import time
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F


class Epoch(NamedTuple):
    """What one pass over the training data gave; losses are mean cross-entropies, accuracies lie between 0 and 1."""

    epoch: int
    train_loss: float
    train_accuracy: float
    test_loss: float | None
    test_accuracy: float | None
    seconds: float  # of training, without the test


class History(NamedTuple):
    """The epochs of one training run; the last one is the result, whatever came before it."""

    epochs: list

    @property
    def last(self):
        return self.epochs[-1]

    @property
    def seconds(self):
        return sum(epoch.seconds for epoch in self.epochs)

    def save(self, path):
        """Write the run as JSON, whole or not at all."""
        part = Path(path).with_suffix(".part")
        part.write_text(json.dumps([epoch._asdict() for epoch in self.epochs], indent=1) + "\n")
        os.replace(part, path)

    @classmethod
    def load(cls, path):
        return cls([Epoch(**row) for row in json.loads(Path(path).read_text())])


def default_device():
    """`cuda` where there is a GPU, else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def fit(model, batches, *, epochs, lr, momentum=0.9, weight_decay=0.0, test=None, device=None, compile=False,
        verbose=True):  # fmt: skip
    """Train `model` by stochastic gradient descent on cross-entropy, and return the `History`.

    `batches` and `test` yield (images, labels). The learning rate rises to `lr` in the first tenth of all steps and
    then falls linearly towards 0; momentum is Nesterov's. The model is moved to `device` and left there, in training
    mode. On a GPU images lie in memory channels last, and the forward pass runs in bfloat16 where the card has it.
    Raises `ValueError` for less than one epoch and `FloatingPointError` when the loss is no longer a number.
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}: train for at least 1")
    device = torch.device(device or default_device())
    on_gpu = device.type == "cuda"
    half = on_gpu and torch.cuda.is_bf16_supported(including_emulation=False)
    layout = torch.channels_last if on_gpu else torch.contiguous_format
    model.to(device, memory_format=layout)
    run = torch.compile(model) if compile else model
    optimizer = torch.optim.SGD(
        model.parameters(), lr, momentum, weight_decay=weight_decay, nesterov=momentum > 0
    )
    steps = epochs * len(batches)
    rise = -(-steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rise, (steps - step) / (steps - rise + 1))
    )
    history = History([])
    for epoch in range(1, epochs + 1):
        began = time.perf_counter()
        model.train()
        loss_sum, right, count = torch.zeros((), device=device), torch.zeros((), device=device), 0
        for images, labels in _bar(batches, f"epoch {epoch}/{epochs}", verbose):
            images, labels = images.to(device, memory_format=layout), labels.to(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=half):
                scores = run(images)
                loss = F.cross_entropy(scores, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            loss_sum += loss.detach() * len(labels)
            right += (scores.argmax(1) == labels).sum()
            count += len(labels)
        if not torch.isfinite(loss_sum):
            raise FloatingPointError(
                f"the loss became {loss_sum / count} in epoch {epoch}: take an lr below {lr}"
            )
        seconds = time.perf_counter() - began
        tested = evaluate(run, test, device=device) if test is not None else (None, None)
        history.epochs.append(Epoch(epoch, loss_sum.item() / count, right.item() / count, *tested, seconds))
        if verbose:
            print(_line(history.last, epochs), flush=True)
    return history


def evaluate(model, batches, *, device=None):
    """Mean cross-entropy and accuracy (0 to 1) of `model` on `batches`, in evaluation mode and float32."""
    device = device or default_device()
    training = [module for module in model.modules() if module.training]
    model.eval()
    loss_sum, right, count = torch.zeros((), device=device), torch.zeros((), device=device), 0
    try:
        with torch.no_grad():
            for images, labels in batches:
                images, labels = images.to(device), labels.to(device)
                scores = model(images)
                loss_sum += F.cross_entropy(scores, labels, reduction="sum")
                right += (scores.argmax(1) == labels).sum()
                count += len(labels)
    finally:
        for module in training:
            module.training = True
    return loss_sum.item() / count, right.item() / count


def _line(epoch, epochs):
    tested = "" if epoch.test_loss is None else f", test {epoch.test_loss:.4f} {epoch.test_accuracy:.2%}"
    return (
        f"epoch {epoch.epoch:{len(str(epochs))}}/{epochs}: train {epoch.train_loss:.4f} {epoch.train_accuracy:.2%}"
        f"{tested}, {epoch.seconds:.1f} s"
    )


def _bar(batches, title, verbose):
    """A progress bar in a notebook and in a terminal; none on a page of the book or in a log file."""
    from tqdm.auto import tqdm

    return tqdm(
        batches, title, leave=False, disable=True if os.environ.get("COURSE_BOOK") or not verbose else None
    )
