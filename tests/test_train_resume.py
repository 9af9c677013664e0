"""A run with a checkpoint, killed at any moment and started again, is the run that nobody killed."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from course_lib import data, train

EPOCHS, STEPS = 3, 6
# Where a process kills itself: after so many batches in all, at the nth look at the test set, at the nth checkpoint.
MOMENTS = [
    *(("batch", number) for number in (1, 6, 7, 9, 12, 17)),
    *(("test", number) for number in (1, 3)),
    *(
        (place, number)
        for place in ("half written", "before fsync", "before replace")
        for number in (1, 2, 4)
    ),
    *(("after replace", number) for number in (1, 3, 4)),
]


def noise(images, generator):
    return images + 0.1 * torch.randn(images.shape, generator=generator)


def built(channels=4):
    torch.manual_seed(0)
    layers = nn.Conv2d(1, channels, 3), nn.BatchNorm2d(channels), nn.ReLU(), nn.Dropout(0.3)
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(36 * channels, 10))


def batches(seed=3, count=16 * STEPS - 5):
    images = torch.randint(
        256, (count, 1, 8, 8), generator=torch.Generator().manual_seed(1), dtype=torch.uint8
    )
    return data.batches(images, torch.arange(count) % 10, 16, shuffle=True, seed=seed, augment=[noise])


SETTINGS = {
    "epochs": EPOCHS,
    "lr": 0.1,
    "weight_decay": 1e-3,
    "schedule": "cosine",
    "label_smoothing": 0.1,
    "ema": 0.7,
    "device": "cpu",
    "verbose": False,
}


def start(path, model=None, given=None, test=None, **options):
    """The one call of fit that all these tests repeat, and what it leaves behind."""
    model = built() if model is None else model
    given = batches() if given is None else given
    test = batches(seed=4, count=20) if test is None else test
    history = train.fit(model, given, test=test, checkpoint=path, **SETTINGS | options)
    return {
        "state": model.state_dict(),
        "history": [list(epoch._replace(seconds=0)) for epoch in history.epochs],
        "next": torch.rand(3),
    }


def same(one, other):
    return (
        one["history"] == other["history"]
        and one["state"].keys() == other["state"].keys()
        and all(torch.equal(t, other["state"][name]) for name, t in one["state"].items())
        and torch.equal(one["next"], other["next"])
    )


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


class Deadly:
    """What `given` gives, until it has given so many batches or begun so many passes: then the process is dead."""

    def __init__(self, given, batches=None, passes=None):
        self.given, self.left, self.passes_left, self.seed = given, batches, passes, given.seed

    def __len__(self):
        return len(self.given)

    passes = property(
        lambda self: self.given.passes, lambda self, value: setattr(self.given, "passes", value)
    )

    def __iter__(self):
        self.passes_left = self.passes_left and self.passes_left - 1
        for batch in self.given:
            if self.left == 0 or self.passes_left == 0:
                die()
            self.left = self.left and self.left - 1
            yield batch


def start_and_die(path, place, number):
    """Start the run in a process that kills itself at the given place."""
    if place == "batch":
        start(path, given=Deadly(batches(), batches=number))
    if place == "test":
        start(path, test=Deadly(batches(seed=4, count=20), passes=number))
    owner, name = {
        "half written": (torch, "save"),
        "before fsync": (os, "fsync"),
        "before replace": (os, "replace"),
        "after replace": (os, "replace"),
    }[place]
    true, calls = getattr(owner, name), []

    def deadly(*arguments):
        calls.append(1)
        if len(calls) < number:
            return true(*arguments)
        if place == "half written":
            content, file = arguments
            true(content, Path(path + ".whole"))
            written = Path(path + ".whole").read_bytes()
            file.write(written[: len(written) // 2])
            file.flush()
        if place == "after replace":
            true(*arguments)
        die()

    setattr(owner, name, deadly)
    start(path)


def in_a_process(function, *arguments):
    """Run `function` in a copy of this process; the id of that process."""
    if child := os.fork():
        return child
    try:
        function(*arguments)
        os._exit(0)
    finally:
        os._exit(1)


def signal_of(child):
    status = os.waitpid(child, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)


def main(folder):
    """Runs that nobody kills, that kill themselves, and that are killed from outside; `result` names what they left."""

    def keep(name, path):
        torch.save(start(path), folder / f"{name}.pt")

    signals = {"whole": signal_of(in_a_process(keep, "whole", None))}
    for place, number in MOMENTS:
        name, path = f"{place} {number}", str(folder / f"{place} {number}.checkpoint")
        signals[name] = [signal_of(in_a_process(start_and_die, path, place, number))]
        rows = len(torch.load(path, weights_only=True)["epochs"]) if os.path.exists(path) else None
        signals[name] += [rows, signal_of(in_a_process(keep, name, path))]
    path, wait, signals["outside"] = str(folder / "outside.checkpoint"), 0.02, []
    while not signals["outside"] or signals["outside"][-1] != 0:
        child = in_a_process(keep, "outside", path)
        time.sleep(wait)
        wait *= 1.2  # so that some run comes to its end on the slowest machine too
        os.kill(child, signal.SIGKILL)
        signals["outside"].append(signal_of(child))
    (folder / "signals.json").write_text(json.dumps(signals))


@pytest.fixture(scope="module")
def killed(tmp_path_factory):
    """Signals and results of the runs in `main`; a process of its own, for one that has trained cannot be copied."""
    folder = tmp_path_factory.mktemp("killed")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    subprocess.run([sys.executable, __file__, folder], env=environment, check=True, timeout=300)
    results = {path.stem: torch.load(path, weights_only=True) for path in folder.glob("*.pt")}
    return json.loads((folder / "signals.json").read_text()), results


@pytest.mark.parametrize("place, number", MOMENTS)
def test_a_run_that_kills_itself_goes_on_and_ends_with_the_same_bits(killed, place, number):
    signals, results = killed
    died, epochs, ended = signals[f"{place} {number}"]
    assert (died, ended) == (signal.SIGKILL, 0) and signals["whole"] == 0
    done = {"batch": number // STEPS, "test": number - 1, "after replace": number - 1}
    # The first checkpoint is written before the first epoch.
    before = done.get(place, number - 2)
    assert epochs == (None if before < 0 else before)
    assert same(results[f"{place} {number}"], results["whole"])


def test_a_run_that_is_killed_from_outside_again_and_again_ends_with_the_same_bits(killed):
    signals, results = killed
    assert set(signals["outside"]) == {signal.SIGKILL, 0} and len(signals["outside"]) > 2
    assert same(results["outside"], results["whole"])


class Stopped(Exception):
    pass


def stopped(given, after):
    """`given`, that raises after so many batches."""

    class Stopping(type(given)):
        def __iter__(self):
            for batch in super().__iter__():
                if not self.left:
                    raise Stopped
                self.left -= 1
                yield batch

    given.__class__ = Stopping
    given.left = after
    return given


def loader(generator):
    drawn = torch.Generator().manual_seed(5) if generator else None
    pairs = list(
        zip(torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(1)), torch.arange(40) % 10)
    )
    return torch.utils.data.DataLoader(pairs, 16, shuffle=True, generator=drawn)


@pytest.mark.parametrize("generator", [True, False])
def test_a_data_loader_goes_on_in_its_order(tmp_path, generator):
    """With its own generator, and with that of torch; both are drawn from when its iterator is made."""
    path = tmp_path / "run.pt"
    whole = start(None, given=loader(generator))
    with pytest.raises(Stopped):
        start(path, given=stopped(loader(generator), after=7))
    assert same(start(path, given=loader(generator)), whole)


def test_a_finished_run_returns_at_once_with_what_it_had(tmp_path, capsys):
    path = tmp_path / "new" / "folder" / "run.pt"
    whole = start(path)
    before = path.stat().st_mtime_ns, path.read_bytes()
    again = start(str(path), given=stopped(batches(), after=0), verbose=True)
    assert same(again, whole) and (path.stat().st_mtime_ns, path.read_bytes()) == before
    assert capsys.readouterr().out == f"{path} holds 3 of 3 epochs\n"
    assert [file.name for file in path.parent.iterdir()] == ["run.pt"]


def test_numbers_of_numpy_are_read_back(tmp_path):
    numbers = {"lr": np.float64(0.1), "ema": np.float32(0.5), "weight_decay": np.float64(0)}
    numbers["epochs"] = np.int64(2)
    first = start(tmp_path / "run.pt", **numbers)
    assert same(start(tmp_path / "run.pt", **numbers), first)


def refused(path, *words, **options):
    """Start the run on a file that does not fit: one sentence, and neither the file nor the model is touched."""
    model, before = options.pop("model", None) or built(), path.read_bytes()
    weights = {name: t.clone() for name, t in model.state_dict().items()}
    with pytest.raises(ValueError) as error:
        start(path, model=model, **options)
    message = str(error.value)
    assert all(word in message for word in (str(path), *words)) and "\n" not in message, message
    assert path.read_bytes() == before and [file.name for file in path.parent.iterdir()] == [path.name]
    assert all(torch.equal(t, weights[name]) for name, t in model.state_dict().items())


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    path = tmp_path_factory.mktemp("finished") / "run.pt"
    start(path)
    return path


@pytest.mark.parametrize(
    "name, theirs, ours",
    [
        ("epochs", 3, 4),
        ("lr", 0.1, 0.2),
        ("momentum", 0.9, 0.8),
        ("weight_decay", 0.001, 0.0),
        ("schedule", "cosine", "linear"),
        ("label_smoothing", 0.1, 0.0),
        ("ema", 0.7, None),
        ("auxiliary_weight", 0.3, 0.4),
    ],
)
def test_other_settings_are_refused(finished, name, theirs, ours):
    told = f"was written with {name} {theirs}, and this call has {ours}: call as before to go on, or give another path"
    refused(finished, told, **{name: ours})


def test_other_data_another_seed_and_another_model_are_refused(finished):
    refused(finished, "was written with batches 6, and this call has 2", given=batches(count=30))
    refused(finished, "was written with seeds of the data 3, and this call has 5", given=batches(seed=5))
    model = built()
    torch.manual_seed(8)
    refused(finished, "was written with seed of torch 0, and this call has 8", model=model)
    wider = "model (0): Conv2d(1, 4, kernel_size=(3, 3), stride=(1, 1)), and this call has (0): Conv2d(1, 5,"
    refused(finished, wider, model=built(channels=5))
    # The same tensors and another computation
    model = built()
    model[2] = nn.Tanh()
    refused(finished, "was written with model (2): ReLU(), and this call has (2): Tanh()", model=model)
    model = built()
    model.register_parameter("scale", nn.Parameter(torch.ones(2)))
    refused(finished, "and this call has scale: (2,) torch.float32", model=model)
    refused(
        finished,
        "torch.float32, and this call has 0.weight: (4, 1, 3, 3) torch.float64",
        model=built().double(),
    )


def test_a_model_without_a_seed_and_with_an_address_in_its_words_is_known_again(tmp_path):
    class Shown(nn.Linear):
        def extra_repr(self):
            return f"{object()}"

    def run():
        torch.seed()
        return start(tmp_path / "run.pt", model=nn.Sequential(nn.Flatten(), Shown(64, 10)))

    assert same(run(), run())


@pytest.mark.parametrize(
    "content",
    [b"", b"not a checkpoint", {"weight": torch.ones(2)}, [1], torch.nn.Linear(2, 2), "cut", "halved"],
    ids=["empty", "text", "weights", "list", "module", "cut", "halved"],
)
def test_a_file_that_is_no_checkpoint_is_refused(tmp_path, finished, content):
    path = tmp_path / "run.pt"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif isinstance(content, str):
        whole = finished.read_bytes()
        path.write_bytes(whole[:-1] if content == "cut" else whole[: len(whole) // 2])
    else:
        torch.save(content, path)
    refused(path, "cannot be read as a checkpoint", "give another path, or delete it to train anew")


class Evil:
    """Unpickled, it would run code."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_a_file_that_would_run_code_runs_none(tmp_path):
    (tmp_path / "run").mkdir()
    path, made = tmp_path / "run" / "run.pt", tmp_path / "made"
    torch.save(Evil(str(made)), path)
    refused(path, "cannot be read as a checkpoint")
    assert not made.exists()


def test_a_byte_that_changed_is_found_wherever_it_counts(tmp_path, finished):
    """Every byte of every tensor, by its place in the archive; elsewhere a change is refused or changes nothing."""
    whole, path, found = finished.read_bytes(), tmp_path / "run.pt", 0
    with zipfile.ZipFile(finished) as archive:
        spans = [(info.header_offset, info.file_size) for info in archive.infolist()]
    tensors = sorted(offset + 64 + size // 2 for offset, size in spans if size > 64)
    result = start(finished)
    for place in [*tensors, *range(0, len(whole), len(whole) // 20)]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :])
        try:
            assert same(start(path), result)
        except ValueError as error:
            assert "cannot be read as a checkpoint" in str(error)
            found += 1
    assert found >= len(tensors) > 5


if __name__ == "__main__":
    # What the first step of an optimizer imports takes seconds: once here, and not in each of the copies.
    import torch._dynamo

    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
