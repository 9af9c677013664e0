"""How long a network takes: medians of repeated runs, by CUDA's own clock on a GPU."""

import statistics
import time
from typing import NamedTuple

import torch
import torch.nn.functional as F

from course_lib.measure.memory import image_shape, in_mode


class Latency(NamedTuple):
    """Times of one batch, in milliseconds, and the images a second that the median gives."""

    median_ms: float
    fastest_ms: float
    slowest_ms: float
    images_per_second: float
    runs: int


def latency(
    model, input_shape, batch_size=1, *, training=False, device=None, channels_last=False, autocast=False,
    compiled=False, seconds=2.0,
):  # fmt: skip
    """Time `model` on a random batch of C×H×W images: the forward pass, or with `training` forward and backward.

    After three runs that do not count, runs are timed for `seconds`, and at least five. `autocast` means bfloat16,
    which on many CPUs is slower than float32 by far. The model is moved to `device` (the GPU if there is one) and left
    there; with `channels_last` its weights change their layout, and otherwise keep the one they have.
    """
    step = timed_step(model, input_shape, batch_size, training, device, channels_last, autocast, compiled)
    with in_mode(model, training):
        for _ in range(3):
            step()
        times_ms, began = [], time.perf_counter()
        while len(times_ms) < 5 or time.perf_counter() - began < seconds:
            times_ms.append(step())
    median_ms = statistics.median(times_ms)
    return Latency(median_ms, min(times_ms), max(times_ms), 1000 * batch_size / median_ms, len(times_ms))


def timed_step(
    model, input_shape, batch_size=1, training=False, device=None, channels_last=False, autocast=False, compiled=False
):  # fmt: skip
    """A function that runs `model` once, in the mode in which it is then, and returns the milliseconds it took."""
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    model.to(device)
    images = torch.rand(batch_size, *image_shape(input_shape), generator=torch.Generator().manual_seed(0)).to(
        device
    )
    if channels_last:
        model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    labels = torch.zeros(batch_size, dtype=torch.long, device=device)
    if compiled:
        torch.compiler.reset()  # all networks share one `forward`, of which torch keeps no more than eight versions
    run = torch.compile(model) if compiled else model

    def once():
        with torch.autocast(device.type, torch.bfloat16, enabled=autocast):
            if not training:
                with torch.no_grad():
                    return run(images)
            scores = run(images)
            main, further = scores if isinstance(scores, tuple) else (scores, [])
            loss = sum(F.cross_entropy(each, labels) for each in [main, *further])
        model.zero_grad()
        loss.backward()

    def on_cpu():
        began = time.perf_counter()
        once()
        return 1000 * (time.perf_counter() - began)

    def on_gpu():
        began, ended = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        with torch.cuda.device(device):  # whose stream the events are recorded in
            began.record()
            once()
            ended.record()
        ended.synchronize()
        return began.elapsed_time(ended)

    return on_gpu if device.type == "cuda" else on_cpu
