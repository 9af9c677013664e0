"""What the training widget and its recorder refuse: one clear sentence each."""

import json
import re

import pytest
import torch
import training_runs
from torch import nn

from course_lib.widgets import host, training, training_record

RECORD = training_record.Recorder(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), []).record()
EPOCH = {"step": 0, "train_loss": 1, "train_accuracy": 1, "test_loss": None, "test_accuracy": None}
FRAME = {"step": 0, "lr": None, "gradient": [None], "weight": [1.0]}
WATCH = {"shape": [1, 1, 1], "images": ["AA=="], "labels": [0]}
FILTERS = {"layer": "1", "shape": [1, 1, 1, 1], "frames": [0], "scale": [1.0], "int8": ["AA=="]}


def part(**changes):
    return {"record": {**RECORD, **changes}}


def frames(watch=None, filters=None, **changes):
    """A record of one frame, with some of it changed."""
    return part(watch=watch, filters=filters, frames=[{**FRAME, **changes}])


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        ({"record": "no"}, "record is neither a dict nor JSON text"),
        ({"record": 7}, "record is 7; it must be a dict."),
        ({"record": {"steps": 1}}, "record lacks classes, curve, epochs, filters, frames, layers, watch;"),
        ({"record": {**RECORD, "steps": float("nan")}}, "something that JSON cannot"),
        ({"record": {**RECORD, "layers": ["x" * 200_001]}}, "bytes as JSON; at most 200,000 go into a page."),
        (part(steps=-1), "record steps is -1; it must be a whole number from 0 to"),
        (part(layers="ab"), "record layers is 'ab'; it must be a list of texts."),
        (part(layers=[1]), "record layers is [1]; it must be a list of texts."),
        (part(classes="ab"), "record classes is 'ab'; it must be a list of texts."),
        (part(epochs=[{"step": 1}]), "epochs[0] lacks test_accuracy, test_loss, train_accuracy, train_loss;"),
        (part(epochs=[{**EPOCH, "train_accuracy": 1.5}]), "epochs[0] train_accuracy is 1.5; it must be a"),
        (part(curve=[]), "record curve is []; it must be a dict."),
        (part(steps=1, curve={"step": [1], "loss": [], "accuracy": [1]}), "curve loss has 0 entries; 1 are needed."),
        (part(steps=3, curve={"step": [2, 1], "loss": [1, 1], "accuracy": [1, 1]}), "steps must rise, from 1 to 3."),
        (part(frames="last"), "record frames is 'last'; it must be a list of dicts."),
        (part(frames=[{"step": 0}]), "frames[0] lacks gradient, lr, weight;"),
        (frames(weight=[1, 2]), "frames[0] weight has 2 entries; 1 are needed."),
        (frames(gradient=["1"]), "frames[0] gradient is '1'; it must be a number from 0"),
        (frames(lr=-1), "frames[0] lr is -1; it must be a number from 0"),
        (frames(dead=[1.5]), "frames[0] dead is 1.5; it must be a number from 0 to 1."),
        (frames(dead=[]), "frames[0] dead has 0 entries; 1 are needed."),
        (frames(step=5), "step of the frames is 5; it must be a whole number from 0"),
        (frames(watch=WATCH), "frames[0] lacks said, share;"),
        (frames(watch=WATCH, said=[0, 1], share=[1]), "frames[0] said has 2 entries; 1 are needed."),
        (frames(watch=WATCH, said=["0"], share=[1]), "frames[0] said is '0'; it must be a whole number"),
        (part(watch=[]), "record watch is []; it must be a dict."),
        (part(watch={**WATCH, "shape": [2, 1, 1]}), "is [2, 1, 1]; it must be [C, H, W] with 1 or 3 channels."),
        (part(watch={**WATCH, "shape": "wide"}), "watch shape is 'wide'; it must be a list of sizes."),
        (part(watch={**WATCH, "images": ["AAAA"]}), "watch images holds 3 bytes; 1 are needed."),
        (part(watch={**WATCH, "images": []}), "watch images has 0 entries; 1 are needed."),
        (frames(filters={**FILTERS, "frames": [1]}), "filters frames is 1; it must be a whole number from 0 to 0."),
        (frames(filters={**FILTERS, "scale": []}), "filters scale has 0 entries; 1 are needed."),
        (frames(filters={**FILTERS, "int8": ["?"]}), "filters int8 is ['?']; it must be a list of base64 texts."),
        (frames(filters={**FILTERS, "layer": None}), "filters layer is [None]; it must be a list of texts."),
        ({"frame": 0}, "frame is 0; it must be None: there are no frames."),
        (frames() | {"frame": "last"}, "frame is 'last'; it must be a whole number from 0 to 0."),
        (frames() | {"frame": 2}, "frame is 2; it must be a whole number from 0 to 0. The nearest legal frame is 0."),
        ({"live": 1}, "live is 1; it must be one of True, False. The nearest legal live is True."),
        ({"live": "no"}, "live is 'no'; it must be one of"),
        ({"paused": "yes"}, "paused is 'yes'; it must be one of"),
        ({"lr_factor": 0}, "it must be a number from 1e-06 to 1,000. The nearest legal lr_factor is 1e-06."),
        ({"lr_factor": "0.1"}, "lr_factor is '0.1'; it must be a number from"),
        ({"lr_factor": float("nan")}, "lr_factor is nan; it must be a number from"),
    ],
)  # fmt: skip
def test_bad_arguments_get_one_clear_sentence(wrong, sentence):
    assert training(frames()["record"]).frame is None
    with pytest.raises(ValueError, match=re.escape(sentence)) as refused:
        training(**{"record": RECORD, **wrong})
    assert re.search(r"\.$", str(refused.value)) and "\n" not in str(refused.value)


def test_watched_images_must_be_pictures_with_labels():
    with pytest.raises(ValueError, match="give N×C×H×W of 1 or 3 channels"):
        training_record.Recorder(training_runs.network(), [], watch=(torch.zeros(3, 64), torch.zeros(3)))
    image, broken = torch.zeros(1, 1, 8, 8), torch.full((1, 1, 8, 8), float("nan"))
    for watch, sentence in (
        ("digits", "watch is 'digits'; it must be (images, labels), images a tensor."),
        ((image,), "it must be (images, labels), images a tensor."),
        ((image, [0, 1]), "(1, 1, 8, 8) and 2 labels"),
        ((image, [1.5]), "watch label 0 is 1.5; it must be a whole number from 0"),
        ((image, ["0"]), "watch label 0 is '0'; it must be a whole number from 0"),
        ((broken, [0]), "watch has images with values that are not finite numbers."),
    ):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            training_record.Recorder(training_runs.network(), [], watch=watch)
    assert training(RECORD).sentence() == "A training run that has not made a step yet."
    assert training(json.dumps(RECORD)).record == RECORD and host.is_live() is False
