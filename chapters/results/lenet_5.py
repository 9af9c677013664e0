"""The long run of the lesson LeNet-5: both nets, 10 passes over MNIST, three seeds.

python chapters/results/lenet_5.py        about 35 minutes on two CPU cores; goes on where it was stopped
"""

import json
import platform
import subprocess
from pathlib import Path

import torch
import torch.nn.functional as F

from course_lib import data, models, train

RESULT = Path(__file__).with_name("lenet-5.json")
EPOCHS, SEEDS = 10, 3
# The 1998 net takes 32×32 pixels with paper at −0.1 and ink at 1.175, and scores that are squared distances.
SETTINGS = {
    "lenet5_1998": {
        "margin": 2,
        "lr": 0.01,
        "scale": {"mean": 0.1 / 1.275, "std": 1 / 1.275},
    },
    "lenet5": {"margin": 0, "lr": 0.08, "scale": {"mean": 0.1307, "std": 0.3081}},
}


def test_error_percent(digits, name, seed):
    setting = SETTINGS[name]
    margin = (setting["margin"],) * 4
    torch.manual_seed(seed)
    batches = data.batches(
        F.pad(digits.train_images, margin),
        digits.train_labels,
        128,
        shuffle=True,
        seed=seed,
        **setting["scale"],
    )
    test = data.batches(
        F.pad(digits.test_images, margin), digits.test_labels, 1000, **setting["scale"]
    )
    history = train.fit(
        models.create(name), batches, epochs=EPOCHS, lr=setting["lr"], test=test
    )
    return round(100 * (1 - history.last.test_accuracy), 2)


def main():
    digits = data.load("mnist")
    device = (
        torch.cuda.get_device_name()
        if torch.cuda.is_available()
        else f"CPU, {torch.get_num_threads()} threads"
    )
    result = {
        "commit": subprocess.check_output(
            ["git", "rev-parse", "--short=10", "HEAD"], cwd=RESULT.parent, text=True
        ).strip(),
        "command": "python chapters/results/lenet_5.py",
        "device": device,
        "torch": torch.__version__,
        "python": platform.python_version(),
        "epochs": EPOCHS,
        "seeds": list(range(SEEDS)),
        "test_error_percent": {},
    }
    part = RESULT.with_suffix(".part.json")
    if part.exists():
        begun = json.loads(part.read_text())
        if (begun["epochs"], begun["torch"]) == (EPOCHS, torch.__version__):
            result = begun | {"seeds": list(range(SEEDS))}
    for name in SETTINGS:
        errors = result["test_error_percent"].setdefault(name, [])
        for seed in range(len(errors), SEEDS):
            print(f"{name}, seed {seed}")
            errors.append(test_error_percent(digits, name, seed))
            part.write_text(json.dumps(result, indent=1) + "\n")
    part.rename(RESULT)


if __name__ == "__main__":
    main()
