"""Training and evaluation of classifiers: one visible loop, a few dials, a record of what happened."""

import json
import math
import os
import time
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from course_lib.train import processes
from course_lib.train.checkpoint import Checkpoint
from course_lib.train.schedules import SCHEDULES


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
        """Write the run as JSON, whole or not at all; of several processes only the first writes."""
        if processes.rank() > 0:
            return
        part = Path(f"{path}.part")
        part.write_text(json.dumps([epoch._asdict() for epoch in self.epochs], indent=1) + "\n")
        os.replace(part, path)

    @classmethod
    def load(cls, path):
        return cls([Epoch(**row) for row in json.loads(Path(path).read_text())])


def default_device():
    """`cuda` where there is a GPU, else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def fit(model, batches, *, epochs, lr, momentum=0.9, weight_decay=0.0, schedule="linear", label_smoothing=0.0,
        ema=None, auxiliary_weight=0.3, test=None, device=None, compiled=False, checkpoint=None,
        verbose=True):  # fmt: skip
    """Train `model` by stochastic gradient descent on cross-entropy, and return the `History`.

    `batches` and `test` yield (images, labels). Momentum is Nesterov's; `schedules.py` describes "linear", "cosine",
    "step" and "constant". `label_smoothing` is the share of a label that is spread over all classes (Szegedy et al.
    2016, section 7). A network with auxiliary heads returns (scores, [scores of each head]) in training mode: their
    losses count `auxiliary_weight` times in what is minimised (Szegedy et al. 2015, section 5), and not in the history.

    With `ema`, such as 0.999, what is tested and what `model` holds in the end is a moving average of its weights and
    BatchNorm statistics, after each step ema × average + (1 − ema) × model (Szegedy et al. 2016, section 8).

    With `checkpoint`, a path for this run alone, the whole state is written there after every epoch, and the same call,
    made again after the run was stopped, goes on from there. On a CPU it ends with the bits of a run never stopped.

    The model is moved to `device`, by default the GPU if there is one, and left there, in training mode. On a GPU its
    weights and the images lie in memory channels last, and the forward pass of training runs in bfloat16 where the card
    has it. The processes that `torchrun` starts divide each batch among them (`processes.py`); all of them must be
    given the same batches.

    Raises `ValueError` for less than one epoch, an unknown schedule, a checkpoint that is damaged or belongs to
    another run, and batches that each process would shuffle in its own way; `FloatingPointError` when the loss is no
    longer a number.
    """
    if epochs < 1:
        raise ValueError(f"epochs is {epochs}: train for at least 1")
    if schedule not in SCHEDULES:
        raise ValueError(f"there is no schedule called {schedule!r}: choose {', '.join(SCHEDULES)}")
    lr, momentum, weight_decay = float(lr), float(momentum), float(weight_decay)
    processes.check(batches)
    device = processes.join(device or default_device())
    bfloat16 = device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)
    _place(model, device)
    run = processes.spread(model, device)
    if compiled:
        torch.compiler.reset()  # all networks share one `forward`, of which torch keeps no more than eight versions
        run = torch.compile(run)
    average = None
    if ema is not None:
        average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(ema), use_buffers=True)
    optimizer = torch.optim.SGD(
        model.parameters(), lr, momentum, weight_decay=weight_decay, nesterov=momentum > 0
    )
    steps = epochs * len(batches)
    rate = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: SCHEDULES[schedule](step, steps))
    verbose = verbose and processes.rank() == 0
    history = History([])
    if checkpoint is not None:
        settings = {"epochs": epochs, "batches": len(batches), "lr": lr, "momentum": momentum,
                    "weight_decay": weight_decay, "schedule": schedule, "label_smoothing": label_smoothing,
                    "ema": ema, "auxiliary_weight": auxiliary_weight, "test": test is not None}  # fmt: skip
        parts = {"model": model, "optimizer": optimizer, "schedule": rate, "average": average}
        kept = Checkpoint(checkpoint, settings, parts, (batches, test), device)
        history.epochs.extend(Epoch(**row) for row in kept.begin())
        if verbose and history.epochs:
            print(f"{checkpoint} holds {len(history.epochs)} of {epochs} epochs", flush=True)
    for epoch in range(len(history.epochs) + 1, epochs + 1):
        began = time.perf_counter()
        model.train()
        loss_sum, right, count = torch.zeros((), device=device), torch.zeros((), device=device), 0
        for images, labels in _bar(batches, f"epoch {epoch}/{epochs}", verbose):
            images, labels, weight = processes.share(images, labels)
            images, labels = _place(images, device), labels.to(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
                output = run(images)
                scores, further = output if isinstance(output, tuple) else (output, [])
                loss = F.cross_entropy(scores, labels, label_smoothing=label_smoothing)
                aside = sum(
                    F.cross_entropy(other, labels, label_smoothing=label_smoothing) for other in further
                )
            optimizer.zero_grad()
            (weight * (loss + auxiliary_weight * aside)).backward()
            optimizer.step()
            rate.step()
            if average is not None:
                average.update_parameters(model)
            loss_sum += loss.detach() * len(labels)
            right += (scores.argmax(1) == labels).sum()
            count += len(labels)
        train_loss, train_accuracy = _means(loss_sum, right, count, device)
        if not math.isfinite(train_loss):
            raise FloatingPointError(f"the loss became {train_loss} in epoch {epoch}: take an lr below {lr}")
        processes.average_buffers(model, average)
        seconds = time.perf_counter() - began
        tested = (None, None)
        if test is not None:
            sums = _sums(run if average is None else average.module, processes.shares(test), device)
            tested = _means(*sums, device)
        history.epochs.append(Epoch(epoch, train_loss, train_accuracy, *tested, seconds))
        if checkpoint is not None:
            kept.write([row._asdict() for row in history.epochs])
        if verbose:
            print(_line(history.last, epochs), flush=True)
    if average is not None:
        # BatchNorm's count of batches is a whole number: it stays the model's own.
        means = {name: t for name, t in average.module.state_dict().items() if t.is_floating_point()}
        model.load_state_dict(means, strict=False)
    return history


def evaluate(model, batches, *, device=None):
    """Mean cross-entropy and accuracy (0 to 1) of `model` on `batches`, in evaluation mode.

    The model is moved to `device`, by default the GPU if there is one, and left there, in the mode in which it was.
    """
    device = torch.device(device or default_device())
    loss_sum, right, count = _sums(_place(model, device), batches, device)
    return loss_sum.item() / count, right.item() / count


def _place(what, device):
    """A model or images on `device`; on a GPU, whose convolutions read them faster so, images lie channels last."""
    if device.type == "cpu" or (isinstance(what, torch.Tensor) and what.dim() != 4):
        return what.to(device)
    return what.to(device, memory_format=torch.channels_last)


def _sums(model, batches, device):
    """Sum of the cross-entropies, number of right answers, number of images."""
    training = [module for module in model.modules() if module.training]
    model.eval()
    loss_sum, right, count = torch.zeros((), device=device), torch.zeros((), device=device), 0
    try:
        with torch.no_grad():
            for images, labels in batches:
                images, labels = _place(images, device), labels.to(device)
                scores = model(images)
                loss_sum += F.cross_entropy(scores, labels, reduction="sum")
                right += (scores.argmax(1) == labels).sum()
                count += len(labels)
    finally:
        for module in training:
            module.training = True
    return loss_sum, right, count


def _means(loss_sum, right, count, device):
    """Mean loss and accuracy over the images of all processes."""
    loss_sum, right, count = processes.total([loss_sum.item(), right.item(), count], device)
    return loss_sum / count, right / count


def _line(epoch, epochs):
    tested = "" if epoch.test_loss is None else f", test {epoch.test_loss:.4f} {epoch.test_accuracy:.2%}"
    return (
        f"epoch {epoch.epoch:{len(str(epochs))}}/{epochs}: train {epoch.train_loss:.4f} {epoch.train_accuracy:.2%}"
        f"{tested}, {epoch.seconds:.1f} s"
    )


def _bar(batches, title, verbose):
    """A progress bar in a notebook and in a terminal; none on a page of the book or in a log file."""
    from tqdm.auto import tqdm

    hidden = True if os.environ.get("COURSE_BOOK") or not verbose else None
    # tqdm asks what it is given for two iterators, and a DataLoader would start its workers for both.
    once = (batch for batch in batches)
    return tqdm(once, title, len(batches), leave=False, disable=hidden)
