"""fit in two processes that torchrun starts (gloo, on the CPU), against the same fit in one process."""

import os
import signal
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

from course_lib import data, train
from course_lib.models.network import Network


def images_and_labels(count):
    images = torch.randint(
        256, (count, 1, 8, 8), generator=torch.Generator().manual_seed(1), dtype=torch.uint8
    )
    return images, torch.arange(count) * 7 % 10


def doubles(count, size):
    images, labels = images_and_labels(count)
    return list(zip(images.double().div(255).split(size), labels.split(size)))


def noise(images, generator):
    return images + 0.1 * torch.randn(images.shape, generator=generator)


def network(*, norm=False, dropout=0.0, heads=False, seed=0):
    torch.manual_seed(seed)
    layers = nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4) if norm else nn.Identity(), nn.ReLU(), nn.Dropout(dropout)
    head = nn.Sequential(nn.Flatten(), nn.Linear(144, 10))
    further = {"only": nn.Sequential(nn.Flatten(), nn.Linear(144, 10))} if heads else None
    return Network(nn.Identity(), nn.Sequential(OrderedDict(only=nn.Sequential(*layers))), head, further)


def trained(model, given, **options):
    """What a run leaves: the tensors of the model, and the history without its times."""
    history = train.fit(model, given, **{"lr": 0.1, "device": "cpu", "verbose": False} | options)
    return model.state_dict(), [list(epoch._replace(seconds=0)) for epoch in history.epochs], history


def uneven():
    """In double precision; 5 images in the last batch, and in the last one of the test a single image."""
    options = {"test": doubles(17, 8), "label_smoothing": 0.1, "ema": 0.6, "weight_decay": 1e-3}
    return trained(network(heads=True).double(), doubles(37, 8), epochs=3, **options)


class Ending(data.batches):
    """Batches that call `end` in the middle of the second pass."""

    def __init__(self, end):
        super().__init__(*images_and_labels(40), 8, shuffle=True, seed=2, augment=[noise])
        self.end = end

    def __iter__(self):
        for number, batch in enumerate(super().__iter__()):
            if (self.passes, number) == (2, 2):
                self.end()
            yield batch


def drawn(end=lambda: None, **options):
    test = data.batches(*images_and_labels(20), 10)
    return trained(network(), Ending(end), epochs=3, test=test, **options)


def standing():
    """Nothing moves but the running statistics, and both processes have as many images."""
    return trained(network(norm=True).double(), doubles(40, 8), epochs=3, lr=0, test=doubles(16, 8))


def dropping(seed=0, end=lambda: None, **options):
    return trained(network(norm=True, dropout=0.4, seed=seed), Ending(end), epochs=3, ema=0.5, **options)


def die_at_first():
    if (os.environ["TORCHELASTIC_RESTART_COUNT"], os.environ["RANK"]) == ("0", "0"):
        os.kill(os.getpid(), signal.SIGKILL)


def refusal(*arguments, **options):
    with pytest.raises(ValueError) as error:
        trained(*arguments, **options)
    return str(error.value)


def main(folder):
    """What each of the two processes does; `rank0.pt` and `rank1.pt` tell what came of it."""
    rank, path = int(os.environ["RANK"]), folder / "killed.pt"
    results = {"found": len(torch.load(path)["epochs"]) if path.exists() else None}
    results["killed"] = dropping(end=die_at_first, checkpoint=path)[:2]
    results["finished"] = dropping(checkpoint=path)[:2]
    results["never killed"] = dropping()[:2]
    results["next"] = torch.rand(4)
    results["strangers"] = dropping(seed=rank)[:2]
    results["other settings"] = refusal(network(), doubles(16, 8), epochs=3, checkpoint=path)
    results["too small"] = refusal(network().double(), doubles(9, 8), epochs=1)
    loader = torch.utils.data.DataLoader(list(zip(*images_and_labels(16))), 8, shuffle=True)
    results["shuffled apart"] = refusal(network(), loader, epochs=1)
    results["uneven"] = uneven()[:2]
    results["standing"] = standing()[:2]
    *results["drawn"], history = drawn(verbose=True)
    history.save(folder / f"history{rank}.json")
    results["begun by one"] = drawn(checkpoint=folder / "one.pt")[:2]
    if rank == 0:
        results["alone"] = train.evaluate(network(), data.batches(*images_and_labels(20), 10), device="cpu")
    torch.save(results, folder / f"rank{rank}.pt")


class Stopped(Exception):
    pass


def stop():
    raise Stopped


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The results of both processes, what they printed, and their folder."""
    folder = tmp_path_factory.mktemp("two")
    with pytest.raises(Stopped):
        drawn(stop, checkpoint=folder / "one.pt")
    command = (
        "-m torch.distributed.run --standalone --nproc-per-node=2 --max-restarts=1 --monitor-interval=0.1"
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).parents[1])}
    environment["TORCH_DISABLE_SHARE_RDZV_TCP_STORE"] = (
        "1"  # what a restart needs: course_lib/train/processes.py
    )
    process = subprocess.Popen(
        [sys.executable, *command.split(), __file__, folder],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        printed, _ = process.communicate(timeout=300)
    finally:
        process.terminate()  # torchrun then ends its own
        process.wait()
    assert process.returncode == 0
    results = [torch.load(folder / f"rank{rank}.pt", weights_only=True) for rank in range(2)]
    return results, printed, folder


def close(one, other, **tolerance):
    for name, t in one[0].items():
        torch.testing.assert_close(t, other[0][name], **tolerance)
    for ours, theirs in zip(one[1], other[1], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)


@pytest.mark.parametrize("name", ["killed", "strangers", "uneven", "standing", "drawn", "begun by one"])
def test_both_processes_end_with_the_same_bits(two, name):
    (state, rows), (others, other_rows) = (results[name] for results in two[0])
    assert rows == other_rows and all(torch.equal(t, others[key]) for key, t in state.items())


def test_unequal_batches_auxiliary_heads_and_an_average_give_what_one_process_gives(two):
    close(two[0][0]["uneven"], uneven(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", ["drawn", "begun by one"])
def test_a_network_without_batchnorm_becomes_what_it_becomes_in_one_process(two, name):
    """Even when one process began the run and two went on with it."""
    close(two[0][0][name], drawn(), rtol=0, atol=1e-6)


def test_running_means_are_those_of_all_images_and_variances_the_means_of_the_processes(two):
    state, alone = two[0][0]["standing"][0], standing()[0]
    names = [name for name in state if "running_var" not in name]
    close(({name: state[name] for name in names}, []), (alone, []), rtol=1e-9, atol=1e-12)
    model = network(norm=True).double().train()
    variance = torch.ones(4).double()
    for _ in range(3):
        for images, _ in doubles(40, 8):
            maps = model.stages.only[0](images)
            halves = [maps[part::2].transpose(0, 1).flatten(1).var(1) for part in range(2)]
            variance = 0.9 * variance + 0.1 * sum(halves).detach() / 2
    torch.testing.assert_close(state["stages.only.1.running_var"], variance, rtol=1e-9, atol=1e-12)


def test_processes_drop_different_neurons(two):
    assert not torch.equal(two[0][0]["next"], two[0][1]["next"])


def test_a_run_of_which_a_process_was_killed_goes_on_and_ends_with_the_same_bits(two):
    for results in two[0]:
        (state, rows), (others, other_rows) = results["killed"], results["never killed"]
        assert results["found"] == 1 and rows == other_rows
        assert all(torch.equal(t, others[key]) for key, t in state.items())
        assert results["finished"][1] == rows


def test_what_is_refused_is_refused_in_every_process(two):
    for results in two[0]:
        assert "killed.pt was written with model" in results["other settings"]
        assert (
            results["too small"]
            == "a batch of 1 cannot be divided among 2 processes: take another batch size"
        )
        assert "give the DataLoader a generator" in results["shuffled apart"]


def test_only_the_first_process_prints_and_saves(two):
    results, printed, folder = two
    assert [line.split(":")[0] for line in printed.splitlines()] == [
        f"epoch {number}/3" for number in (1, 2, 3)
    ]
    names = {path.name for path in folder.iterdir()}
    assert names == {"killed.pt", "one.pt", "history0.json", "rank0.pt", "rank1.pt"}


def test_evaluate_in_one_process_waits_for_no_other(two):
    alone = train.evaluate(network(), data.batches(*images_and_labels(20), 10), device="cpu")
    assert two[0][0]["alone"] == alone


if __name__ == "__main__":
    torch.set_num_threads(1)
    main(Path(sys.argv[1]))
