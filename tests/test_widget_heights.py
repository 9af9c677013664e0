"""The room that a page of the book keeps for a widget before its script has loaded, against the room it then takes.

`pytest -s tests/test_widget_heights.py` prints both for every state below, in the column and on a phone.
"""

import functools

import browser
import explainer_networks
import pytest
import torch
import training_runs
from architecture_profiles import as_network, profile
from gallery import EXAMPLES
from torch import nn

from course_lib import train, widgets
from course_lib.widgets import explainer_export, training_record

MOST_PX, MOST_SHARE = 60, 0.05  # kept free too much or too little: the larger of the two
PAGES = {"column": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}
HEIGHTS = (
    '[...document.querySelectorAll("[data-course-widget]")].map((one) => one.getBoundingClientRect().height)'
)
SNAKE = [0.4, 0.2, 0, 0.2, 0.4]
pytestmark = pytest.mark.slow


@functools.cache
def deep_network():
    """An exported network of 14 layers for pictures in colour."""
    torch.manual_seed(0)
    layers = []
    for before, after in ((3, 8), (8, 16), (16, 16)):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(256, 5))
    return explainer_export.export(model.eval(), (3, 32, 32))


@functools.cache
def run(blocks):
    """The record of a run without tests and images to watch, of a network with so many convolutions."""
    torch.manual_seed(0)
    layers = [nn.Conv2d(1, 8, 3, padding=1)]
    for _ in range(blocks - 1):
        layers += [nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1)]
    recorder = training_record.Recorder(
        nn.Sequential(*layers, nn.Flatten(), nn.Linear(512, 10)), training_runs.batches()[0]
    )
    train.fit(recorder.model, recorder.batches, epochs=1, lr=0.05, device="cpu", verbose=False)
    return recorder.record()


def gallery_run(**changes):
    return widgets.training({**EXAMPLES["training"]().record, **changes})


# Beside the example of the gallery: other sizes, tabs and channels.
STATES = {
    "activation": [
        lambda: widgets.activation("leaky_relu", None),
        lambda: widgets.activation("elu", "selu"),
        lambda: widgets.activation(view="map"),
        lambda: widgets.activation(view="map", other=None, input=(8, 8)),
        lambda: widgets.activation(view="map", input=(2, 3)),
        lambda: widgets.activation(view="depth"),
        lambda: widgets.activation(view="depth", other=None, layers=40),
    ],
    "architecture": [
        lambda: widgets.architecture(as_network("lenet5")),
        lambda: widgets.architecture(as_network("resnet50")),
        lambda: widgets.architecture(as_network("vgg16"), opened=[["", "features"]]),
        lambda: widgets.architecture(as_network("resnet18"), as_network("vgg16")),
        lambda: widgets.architecture(as_network("resnet18"), width=0.5, resolution=320, batch=8),
    ],
    "batchnorm": [
        *(functools.partial(widgets.batchnorm, view=view) for view in ("eval", "gradient", "slices")),
        *(
            functools.partial(widgets.batchnorm, (12, 4), view=view)
            for view in ("values", "eval", "gradient")
        ),
        *(functools.partial(widgets.batchnorm, (3, 1), view=view) for view in ("values", "gradient")),
        lambda: widgets.batchnorm(view="slices", block=(4, 8, 4, 4)),
        lambda: widgets.batchnorm(view="slices", block=(2, 2, 2, 2), norm="layer"),
        lambda: widgets.batchnorm(training=False),
    ],
    "convolution": [
        lambda: widgets.convolution((12, 12), (5, 5), padding=2),
        lambda: widgets.convolution((20, 20), padding=1),
        lambda: widgets.convolution((5, 9), (2, 3), padding=(1, 0), stride=(1, 2)),
        lambda: widgets.convolution((3, 7, 7), (2, 3, 3, 3), padding=1, bias=True),
        lambda: widgets.convolution("china", (1, 3, 3, 3)),
        lambda: widgets.convolution(operation="max_pool2d", kernel=2, stride=2),
        lambda: widgets.convolution((4, 4), operation="conv_transpose2d", stride=2),
        lambda: widgets.convolution(operation="adaptive_avg_pool2d", output_size=3),
        lambda: widgets.convolution(activation="relu"),
        lambda: widgets.convolution(bias=True),
        lambda: widgets.convolution((4, 5, 5), (4, 1, 3, 3), groups=4),
        *(
            functools.partial(widgets.convolution, view=view)
            for view in ("input_grad", "kernel_grad", "bias_grad", "matrix", "code")
        ),
        lambda: widgets.convolution((6, 6), (2, 2), stride=2, view="matrix"),
        lambda: widgets.convolution(ask=True),
    ],
    "deformable": [
        lambda: widgets.deformable(),
        lambda: widgets.deformable((4, 5), padding=0),
        lambda: widgets.deformable((12, 12), 5, padding=2),
        lambda: widgets.deformable((9, 9), mask=[1.0] * 9),
        lambda: widgets.deformable((8, 9), (1, 5), operation="snake", padding=(0, 2), steps=SNAKE),
        *(functools.partial(widgets.deformable, view=view) for view in ("offset", "input", "code")),
    ],
    "explainer": [
        lambda: widgets.explainer(explainer_networks.digits_network()[1]),
        lambda: widgets.explainer(
            explainer_networks.digits_network()[1], explainer_networks.digits_network()[2].test_images[:40]
        ),
        lambda: widgets.explainer(deep_network()),
        lambda: widgets.explainer(deep_network(), torch.rand(6, 3, 32, 32), at=[4, 3, 5, 6]),
    ],
    "receptive_field": [
        *(functools.partial(widgets.receptive_field, name) for name in ("vgg16", "resnet18", "gridding")),
        lambda: widgets.receptive_field([{"name": "conv", "kernel": 3}], input=9),
        lambda: widgets.receptive_field("lenet5", goal=20),
        lambda: widgets.receptive_field(profile=profile("resnet18")),
        lambda: widgets.receptive_field(profile=profile("lenet5"), chain=True),
    ],
    "shuffle": [
        lambda: widgets.shuffle(24, 4),
        lambda: widgets.shuffle(4, 2),
        lambda: widgets.shuffle(6, 3, layers=1),
        lambda: widgets.shuffle(12, 3, layers=3),
        *(
            functools.partial(widgets.shuffle, 8, 2, between=between)
            for between in ("nothing", "pointwise", "squeeze_excitation")
        ),
    ],
    "training": [
        lambda: widgets.training(EXAMPLES["training"]().record, live=True),
        lambda: gallery_run(classes=[f"digit {digit}" for digit in range(10)]),
        lambda: widgets.training(run(1)),
        lambda: widgets.training(run(4)),
    ],
    "upsampling": [
        *(
            functools.partial(widgets.upsampling, method)
            for method in ("nearest", "bilinear", "bicubic", "pixel_shuffle", "max_unpool", "resize_conv")
        ),
        lambda: widgets.upsampling("transposed", (6, 6), 5, scale=3),
        lambda: widgets.upsampling("nearest", (6, 6), scale=4),
        lambda: widgets.upsampling("resize_conv", (2, 2), 5),
    ],
    "volume": [
        lambda: widgets.volume(),
        lambda: widgets.volume((3, 4, 4), (3, 3, 3)),
        lambda: widgets.volume((6, 8, 8), (3, 3, 3)),
        lambda: widgets.volume((5, 7, 7), (2, 3, 3), padding=1, stride=2),
        lambda: widgets.volume((2, 3, 3), (1, 2, 2)),
        *(functools.partial(widgets.volume, view=view) for view in ("input_grad", "kernel_grad", "code")),
        lambda: widgets.volume((6, 8, 8), view="input_grad"),
    ],
}


@pytest.fixture(scope="module")
def address(folder):
    with browser.serve(folder) as one:
        yield f"{one}/chapters"


def heights(chromium, url, page_size, stands):
    with browser.open_page(chromium, url, **page_size) as page:
        if stands:
            browser.wait_ready(page)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)  # what moves when the fonts and the rest of a script have come
        assert page.log == []
        return page.evaluate(HEIGHTS)


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_keeps_the_room_that_a_widget_takes(chromium, folder, address, name, monkeypatch):
    """Of a page with all states under each other; that without a script shows what is kept, the figure with it."""
    monkeypatch.setenv("COURSE_BOOK", "1")
    bodies = [make()._repr_mimebundle_()[0]["text/html"] for make in [EXAMPLES[name], *STATES[name]]]
    browser.write_book_page(folder, name, bodies)
    browser.write_book_page(folder, f"{name}-still", bodies, scripts=False)
    wrong = []
    for place, page_size in PAGES.items():
        kept, real = (
            heights(chromium, f"{address}/{page}.html", page_size, stands)
            for page, stands in ((f"{name}-still", False), (name, True))
        )
        assert len(kept) == len(real) == len(bodies)
        for index, (one, other) in enumerate(zip(kept, real, strict=True)):
            line = f"{name} {index}, {place}: keeps {one:.0f} px, takes {other:.0f} px"
            print(f"\n{line}, {(one - other) / other:+.1%}", end="")
            if abs(one - other) > max(MOST_PX, MOST_SHARE * other):
                wrong.append(line)
    assert wrong == []
