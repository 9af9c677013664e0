"""The state of a run in one file: written whole or not at all, and read only by the run that it belongs to."""

import json
import os
import re
import zipfile
from pathlib import Path

import torch

from course_lib.train import processes

CONTENT = ("settings", "epochs", "parts", "orders", "random")


class Checkpoint:
    """The file `path` for a run with these `settings`.

    `parts` are objects with `state_dict`, by name, or `None`. `sources` give the batches: `data.batches` orders a pass
    by its number, a `DataLoader` by its generator or else by torch's, so these are kept too.
    """

    def __init__(self, path, settings, parts, sources, device):
        self.path, self.device = Path(path), device
        self.parts = {name: part for name, part in parts.items() if part is not None}
        self.sources = sources
        seed = torch.initial_seed()
        seeds = {
            "seed of torch": seed if seed < 2**32 else None,  # where nobody gave one, torch drew 64 bits
            "seeds of the data": [getattr(source, "seed", None) for source in sources],
        }
        # Through JSON, for a file with NumPy's numbers in it would not be read back.
        self.settings = json.loads(
            json.dumps({"model": _description(parts["model"])} | settings | seeds, default=float)
        )

    def begin(self):
        """Put everything back as the file has it and return the rows of its epochs; without a file, write the first.

        Raises `ValueError`, before anything is changed, for a file that is damaged or belongs to another run.
        """
        state = processes.from_first(self._read)
        if state is None:
            self.write([])
            return []
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        for source, order in zip(self.sources, state["orders"]):
            _put_order(source, order)
        if processes.rank() < len(state["random"]):  # a run may go on in more processes than it had
            _put_random(state["random"][processes.rank()], self.device)
        return state["epochs"]

    def write(self, epochs):
        """Replace the file by the present state; whoever is killed meanwhile leaves the old file as it was."""
        random = processes.gather(_random(self.device))
        if processes.rank() > 0:
            return
        parts = {name: part.state_dict() for name, part in self.parts.items()}
        orders = [_order(source) for source in self.sources]
        state = dict(zip(CONTENT, (self.settings, epochs, parts, orders, random)))
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_name(self.path.name + ".part")
        with open(part, "wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())  # or a power cut could leave a file with a new name and old content
        os.replace(part, self.path)

    def _read(self):
        if not self.path.exists():
            return None
        try:
            with zipfile.ZipFile(self.path) as file:
                damaged = file.testzip()  # torch does not look at the checksums
            if damaged:
                raise ValueError(f"{damaged} has another checksum")
            state = torch.load(self.path, map_location="cpu", weights_only=True)
            if missing := [name for name in CONTENT if name not in state]:
                raise ValueError(f"it has no {missing[0]}")
        except Exception as error:
            reason = str(error).partition("\n")[0]
            raise ValueError(
                f"{self.path} cannot be read as a checkpoint ({reason}): give another path, or delete it to train anew"
            ) from error
        for name, value in self.settings.items():
            if state["settings"].get(name) != value:
                theirs, ours = _difference(state["settings"].get(name), value)
                raise ValueError(
                    f"the checkpoint {self.path} was written with {name} {theirs}, and this call has {ours}: call as "
                    "before to go on, or give another path to train anew"
                )
        return state


def _description(model):
    """What tells one model from another, in lines: its layers with their settings, its tensors with their shapes."""
    layers = re.sub(r" at 0x[0-9a-f]+", "", repr(model))  # addresses of functions, other ones in each process
    tensors = [f"{name}: {tuple(t.shape)} {t.dtype}" for name, t in model.state_dict().items()]
    return [*layers.splitlines(), *tensors]


def _difference(theirs, ours):
    """The two values, or of two lists the first entries that differ."""
    if not (isinstance(theirs, list) and isinstance(ours, list)):
        return theirs, ours
    end = ["nothing more"]
    pairs = zip(theirs + end * len(ours), ours + end * len(theirs))
    return next((str(a).strip(), str(b).strip()) for a, b in pairs if a != b)


def _order(source):
    generator = getattr(source, "generator", None)
    return {
        "passes": getattr(source, "passes", None),
        "generator": None if generator is None else generator.get_state(),
    }


def _put_order(source, order):
    if order["passes"] is not None:
        source.passes = order["passes"]
    if order["generator"] is not None:
        source.generator.set_state(order["generator"])


def _random(device):
    cuda = torch.cuda.get_rng_state(device) if device.type == "cuda" else None
    return {"cpu": torch.get_rng_state(), "cuda": cuda}


def _put_random(states, device):
    torch.set_rng_state(states["cpu"])
    if states["cuda"] is not None and device.type == "cuda":
        torch.cuda.set_rng_state(states["cuda"], device)
