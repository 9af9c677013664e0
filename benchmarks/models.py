"""Our networks beside torchvision's or timm's same networks, taking turns in one process; times are medians.

python benchmarks/models.py [NAME …]    all networks, or those named: batches of 8 on a CPU (about 40 minutes), float32;
                                        of 128 on a GPU, channels last, bfloat16, eager and compiled
Writes benchmarks/results/models-<device>.json after each network, and goes on from there when it is started again: a
network is measured anew if it is named, or was measured with another torch.
"""

import json
import platform
import re
import statistics
import sys
import time
from pathlib import Path

import torch
from torch import nn

from course_lib import models
from course_lib.measure.latency import timed_step

IN_TIMM = {
    "inception_v4": "inception_v4", "inception_resnet_v2": "inception_resnet_v2", "xception": "legacy_xception",
    "resnetv2_50": "resnetv2_50", "resnext101_32x4d": "resnext101_32x4d", "seresnet50": "seresnet50",
    "seresnext50_32x4d": "seresnext50_32x4d", "senet154": "legacy_senet154", "nasnet_a_large": "nasnetalarge",
    "mobilenet_v1": "mobilenetv1_100", "mobilenet_v2_x1_4": "mobilenetv2_140",
}  # fmt: skip
OPTIONS = {"mobilenet_v1": {"act": nn.ReLU6}}  # timm's activation
LEAST_RUNS, LEAST_SECONDS = 5, 3.0  # of each network in each way


def theirs(name):
    """Library and untrained network that has the same layers as ours, or `None`."""
    from torchvision import models as torchvision

    if name in IN_TIMM:
        import timm

        return "timm", timm.create_model(IN_TIMM[name], pretrained=False)
    their_name = models.TORCHVISION.get(name, name)
    if name in models.TORCHVISION.values() or their_name not in torchvision.list_models(module=torchvision):
        return None
    options = {"init_weights": False} if their_name in ("googlenet", "inception_v3") else {}
    if options:
        options["aux_logits"] = False
    return "torchvision", torchvision.get_model(their_name, weights=None, **options)


def compare(name, library, other):
    """Median milliseconds of each network in each way, the networks taking turns."""
    torch.compiler.reset()  # all of ours share one `forward`, of which torch keeps no more than eight versions
    on_gpu = torch.cuda.is_available()
    batch_size, shape = (128 if on_gpu else 8), models.info(name).input_shape
    ways = {"eager": {"channels_last": True, "autocast": True}} if on_gpu else {"eager": {}}
    if on_gpu:
        ways["compiled"] = ways["eager"] | {"compiled": True}
    ours = models.create(name, **OPTIONS.get(name, {}))
    result = {"reference": library, "batch_size": batch_size, "torch": torch.__version__}
    for way, options in ways.items():
        for training in (False, True):
            nets = {"ours": ours.train(training), library: other.train(training)}
            steps = {
                key: timed_step(net, shape, batch_size, training, **options) for key, net in nets.items()
            }
            if not training:
                fused = models.fuse(ours)
                steps["fused"] = timed_step(fused, shape, batch_size, **(options | {"channels_last": True}))
            result[f"{way} {'training' if training else 'forward'}"] = alternate(steps)
    return result


def alternate(steps):
    """Median milliseconds of functions that take turns, after one turn that does not count."""
    times_ms, began = {key: [] for key in steps}, None
    while (
        began is None
        or len(times_ms["ours"]) < LEAST_RUNS
        or time.perf_counter() - began < LEAST_SECONDS * len(steps)
    ):
        for key, step in steps.items():
            spent = step()
            if began is not None:
                times_ms[key].append(spent)
        began = began or time.perf_counter()
    return {key: round(statistics.median(runs), 3) for key, runs in times_ms.items()}


def ratios(results, way, key="ours"):
    """Our time over the reference's, by network."""
    found = {name: result[way] for name, result in results.items() if way in result}
    return {
        name: times[key] / times[results[name]["reference"]] for name, times in found.items() if key in times
    }


def device_name():
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"model name\s*:\s*(.+)", file.read())
    return f"{model.group(1) if model else platform.machine()}, {torch.get_num_threads()} threads"


def table(results):
    ways = sorted({way for result in results.values() for way in result if " " in way})
    columns = [(way, key) for way in ways for key in ("ours", "fused") if key == "ours" or "forward" in way]
    width = max(map(len, results))
    lines = [" " * width + "".join(f"{f'{way} {key}':>26}" for way, key in columns)]
    for name in results:
        cells = [ratios({name: results[name]}, way, key).get(name) for way, key in columns]
        lines.append(name.ljust(width) + "".join(f"{cell:26.2f}" if cell else " " * 26 for cell in cells))
    means = [statistics.geometric_mean(ratios(results, way, key).values()) for way, key in columns]
    return "\n".join([*lines, "geometric mean".ljust(width) + "".join(f"{mean:26.3f}" for mean in means)])


def main(names):
    device = device_name()
    path = (
        Path(__file__).parent
        / "results"
        / f"models-{re.sub(r'[^a-z0-9]+', '-', device.lower()).strip('-')}.json"
    )
    path.parent.mkdir(exist_ok=True)
    record = json.loads(path.read_text()) if path.exists() else {"networks": {}}
    record |= {"command": "python benchmarks/models.py", "device": device}
    results = record["networks"]
    torch.backends.cudnn.benchmark = True
    for name in names or models.names():
        if not names and results.get(name, {}).get("torch") == torch.__version__:
            continue
        pair = theirs(name)
        if pair is None:
            continue
        began = time.perf_counter()
        try:
            results[name] = compare(name, *pair)
        except torch.OutOfMemoryError:
            print(f"{name}: batches are too large for the memory of this device", flush=True)
            continue
        path.write_text(json.dumps(record, indent=1) + "\n")
        told = ", ".join(f"{way} {value:.2f}" for way in results[name] if " " in way
                         for value in ratios({name: results[name]}, way).values())  # fmt: skip
        print(f"{name}: {told} times {pair[0]}'s ({time.perf_counter() - began:.0f} s)", flush=True)
    print(table(results))
    print(f"written to {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
