"""Profiles of registry networks on the meta device for the tests of the architecture widget, each made once."""

import functools
import json

import torch

from course_lib import measure, models
from course_lib.widgets import architecture


@functools.cache
def profile(name, input_shape=None, **options):
    """The profile of `models.create(name, **options)` for images of `input_shape`, by default its own."""
    with torch.device("meta"):
        model = models.create(name, **options)
    return measure.profile(model, input_shape or models.info(name).input_shape)


def as_network(name, input_shape=None, **options):
    """The same as the dict that the widget takes, with name and input shape."""
    shape = list(input_shape or models.info(name).input_shape)
    return {**json.loads(profile(name, input_shape, **options).to_json()), "name": name, "input_shape": shape}


def older(name):
    """The same as it was saved before a profile told the image, groups and kernels; without a name."""
    whole = as_network(name)
    kept = {key: value for key, value in whole.items() if key not in ("input_shape", "name")}
    return kept | {"columns": whole["columns"][:9], "layers": [layer[:9] for layer in whole["layers"]]}


def example():
    """The widget with the two networks of the gallery."""
    return architecture(as_network("lenet5"), as_network("mobilenet_v2"), names=("LeNet-5", "MobileNetV2"))
