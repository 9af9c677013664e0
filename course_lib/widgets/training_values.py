"""What a recorder takes from a model at one step, and the whole run as a dict for JSON."""

import base64
import math
import reprlib
import sys

from course_lib.widgets import arguments

MOST_LAYERS = 40
MOST_FILTERS = 16
FILTER_BYTES = 30_000  # of all frames together
MOST_WATCHED = 64
WATCHED_BYTES = 50_000
PICTURE_PX = 32  # larger pictures are kept smaller
MOST_BINS = 400  # points of the curves


def layers(model):
    """(name, weight) of the layers whose norms are kept: those with a trained weight of two axes or more."""
    found = [
        (name or type(module).__name__, module.weight)
        for name, module in model.named_modules()
        if getattr(getattr(module, "weight", None), "requires_grad", False) and module.weight.dim() >= 2
    ]
    count = min(len(found), MOST_LAYERS)
    return [found[round(index * (len(found) - 1) / max(count - 1, 1))] for index in range(count)]


def watched(watch):
    """(images as the model takes them, labels, pictures as bytes), or None."""
    import numpy as np

    if watch is None:
        return None
    if not isinstance(watch, list | tuple) or len(watch) != 2 or not hasattr(watch[0], "dim"):
        raise ValueError(f"watch is {reprlib.repr(watch)}; it must be (images, labels), images a tensor.")
    images, labels = watch[0], watch[1].tolist() if hasattr(watch[1], "tolist") else list(watch[1])
    if len(images) != len(labels) or len(images) == 0 or images.dim() != 4 or images.shape[1] not in (1, 3):
        raise ValueError(
            f"watch has images of shape {tuple(images.shape)} and {len(labels)} labels; give N×C×H×W of 1 or 3 "
            "channels, and as many labels."
        )
    whole = [int(each) if isinstance(each, float) and each.is_integer() else each for each in labels]
    labels = [arguments.whole(each, f"watch label {at}", 0, 10**6) for at, each in enumerate(whole)]
    pixels = images.detach().float().cpu().numpy()
    if not np.isfinite(pixels).all():
        raise ValueError("watch has images with values that are not finite numbers.")
    smaller = max(1, math.ceil(max(pixels.shape[2:]) / PICTURE_PX))
    high, wide = (size // smaller for size in pixels.shape[2:])
    pixels = pixels[:, :, : high * smaller, : wide * smaller]
    pixels = pixels.reshape(*pixels.shape[:2], high, smaller, wide, smaller).mean((3, 5))
    count = min(len(images), MOST_WATCHED, max(1, WATCHED_BYTES // pixels[0].size))
    low, top = pixels[:count].min(), pixels[:count].max()
    pictures = np.rint((pixels[:count] - low) / max(top - low, 1e-12) * 255).astype(np.uint8)
    return images[:count], labels[:count], pictures


def first_filters(model, watch):
    """(name, weight, shape) of the first layer that can be shown as pictures, or None."""
    for name, weight in layers(model):
        shape = list(weight.shape)
        if weight.dim() == 4 and shape[1] in (1, 3) and min(shape[2:]) > 1:
            return name, weight, [min(shape[0], MOST_FILTERS), *shape[1:]]
        if weight.dim() == 2 and watch is not None and shape[1] == math.prod(watch[0].shape[1:]):
            return name, weight, [min(shape[0], MOST_FILTERS), *watch[0].shape[1:]]
        return None  # a later layer reads maps, not pixels
    return None


def frame(recorder):
    """Norms, filters, and what the model says of the watched images, now."""
    import numpy as np

    found = {
        "gradient": [_norm(weight.grad) for _, weight in recorder.layers],
        "weight": [_norm(weight) for _, weight in recorder.layers],
    }
    if recorder.relus.has_any:
        found["dead"] = recorder.relus.shares()
    if recorder.filters is not None:
        _, weight, shape = recorder.filters
        raw = weight.detach().float().cpu().numpy()[: shape[0]].reshape(shape)
        found["filters"] = np.nan_to_num(raw, nan=0, posinf=0, neginf=0)  # of a run that has diverged
    if recorder.watch is not None:
        found |= _said(recorder.model, recorder.watch[0])
    return found


def _norm(tensor):
    return None if tensor is None else _short(tensor.detach().double().norm().item())


def _said(model, images):
    """The class named for each image, and its probability, in evaluation mode; the modes are put back."""
    first = next(model.parameters())
    training = [module for module in model.modules() if module.training]
    model.eval()
    try:
        with sys.modules["torch"].no_grad():  # not imported by this package; the model has brought it
            output = model(images.to(first.device, first.dtype))
    finally:
        for module in training:
            module.training = True
    shares = (output[0] if isinstance(output, tuple) else output).float().softmax(1).max(1)
    return {
        "said": shares.indices.tolist(),
        "share": [_finite(round(share, 3)) for share in shares.values.tolist()],
    }


def add_to_bins(bins, per_bin, step, loss, right, images):
    """(bins, per_bin) with one more step: bins are [last step, sum of losses, right answers, steps, images]."""
    if bins and bins[-1][3] < per_bin:
        _, old_loss, old_right, steps, old_images = bins[-1]
        bins[-1] = [step, old_loss + loss, old_right + right, steps + 1, old_images + images]
    else:
        bins.append([step, loss, right, 1, images])
    if len(bins) <= MOST_BINS:
        return bins, per_bin
    pairs = zip(bins[::2], [*bins[1::2], None])
    joined = [
        one if two is None else [two[0], *(a + b for a, b in zip(one[1:], two[1:], strict=True))]
        for one, two in pairs
    ]
    return joined, 2 * per_bin


def end_epoch(recorder, phase, sums):
    """The means of a pass, as `History` has them, and the state that it ended in."""
    if not sums[2]:
        return
    loss, accuracy = (_finite(float(total) / sums[2]) for total in sums[:2])
    if phase == "train":
        recorder._keep_frame()
        recorder.epochs.append(
            {
                "step": recorder.step,
                "train_loss": loss,
                "train_accuracy": accuracy,
                "test_loss": None,
                "test_accuracy": None,
            }
        )
    elif recorder.epochs:
        recorder.epochs[-1] |= {"test_loss": loss, "test_accuracy": accuracy}


def record(recorder):
    """The run so far, for JSON."""
    frames = list(recorder.frames)
    names = ("step", "lr", "gradient", "weight", "dead", "said", "share")
    bins = list(recorder.bins)
    return {
        "steps": recorder.step,
        "epochs": [dict(epoch) for epoch in recorder.epochs],
        "curve": {
            "step": [step for step, *_ in bins],
            "loss": [_short(float(loss) / count) for _, loss, _, _, count in bins],
            "accuracy": [_short(float(right) / count) for _, _, right, _, count in bins],
        },
        "layers": [name for name, _ in recorder.layers],
        "frames": [{name: frame[name] for name in names if name in frame} for frame in frames],
        "filters": _filters(recorder.filters, frames),
        "watch": _watch(recorder.watch),
        "classes": recorder.classes,
    }


def _filters(filters, frames):
    """Filters of some frames as int8 with one scale a frame, evenly spread, the last one always."""
    import numpy as np

    if filters is None or not frames:
        return None
    name, _, shape = filters
    every = math.ceil(len(frames) * math.prod(shape) / FILTER_BYTES)
    chosen = [index for index in range(len(frames)) if (len(frames) - 1 - index) % every == 0]
    scales = [float(np.abs(frames[index]["filters"]).max()) or 1.0 for index in chosen]
    texts = [
        base64.b64encode(np.rint(frames[index]["filters"] / scale * 127).astype(np.int8).tobytes()).decode()
        for index, scale in zip(chosen, scales, strict=True)
    ]
    return {"layer": name, "shape": shape, "frames": chosen, "scale": scales, "int8": texts}


def _watch(watch):
    if watch is None:
        return None
    _, labels, pictures = watch
    texts = [base64.b64encode(picture.tobytes()).decode() for picture in pictures]
    return {"shape": list(pictures.shape[1:]), "images": texts, "labels": labels}


def _short(value):
    """Six significant digits; None where the run has left the numbers."""
    return float(f"{value:.6g}") if math.isfinite(value) else None


def _finite(value):
    return value if math.isfinite(value) else None
