"""Our two convolutions beside torch's on one layer of a network: forward, float32, on the CPU.

python benchmarks/convolution.py        about 30 s; writes benchmarks/results/convolution.json
"""

import json
import platform
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from course_lib.layers import convolution

RESULT = Path(__file__).parent / "results" / "convolution.json"
WAYS = {"torch": F.conv2d, "unfolding": convolution.conv2d, "loops": convolution.conv2d_loops}
REPEATS = 9


def measure():
    """Median seconds of each way, the ways taking turns: 32 images, 64 → 64 channels, 32×32 pixels, kernel 3."""
    torch.manual_seed(0)
    x, weight = torch.randn(32, 64, 32, 32), torch.randn(64, 64, 3, 3)
    seconds = {name: [] for name in WAYS}
    for conv2d in WAYS.values():
        conv2d(x, weight, padding=1)
    for _ in range(REPEATS):
        for name, conv2d in WAYS.items():
            began = time.perf_counter()
            conv2d(x, weight, padding=1)
            seconds[name].append(time.perf_counter() - began)
    return {name: sorted(runs)[REPEATS // 2] for name, runs in seconds.items()}


def main():
    seconds = measure()
    for name, value in seconds.items():
        print(f"{name:10}{value * 1e3:8.1f} ms{value / seconds['torch']:7.2f} times torch")
    result = {
        "command": "python benchmarks/convolution.py",
        "device": f"{platform.machine()} CPU, {torch.get_num_threads()} threads",
        "torch": torch.__version__,
        "seconds": seconds,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
