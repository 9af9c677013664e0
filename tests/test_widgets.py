"""The widgets: rules and values against torch, and what each place gets."""

import base64
import gzip
import inspect
import json
import re
import shutil
import subprocess
import sys

import browser
import numpy as np
import pytest
import torch

from course_lib.widgets import convolution, convolution_rules, host
from course_lib.widgets.convolution import START, Convolution

SETTINGS = ("padding", "stride", "dilation")
pytestmark = [
    pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel"),
    pytest.mark.filterwarnings("ignore:Initializing zero-element tensors"),
]


# ---- against torch -------------------------------------------------------------------------------


def torch_convolution(conv, input=None, kernel=None):
    """(output, None) or (None, torch's refusal) of torch.nn.Conv2d for sizes `conv`."""
    settings = {name: conv[name] if conv[name] == "same" else tuple(conv[name]) for name in SETTINGS}
    try:
        layer = torch.nn.Conv2d(1, 1, tuple(conv["kernel"]), bias=False, dtype=torch.float64, **settings)
        if kernel is not None:
            layer.weight.data = torch.as_tensor(kernel, dtype=torch.float64)[None, None]
        values = torch.zeros(conv["input"]) if input is None else input
        return layer(torch.as_tensor(values, dtype=torch.float64)[None, None])[0, 0], None
    except (RuntimeError, ValueError) as error:
        return None, str(error)


def random_conv(random):
    """Sizes within the widget's ranges, mostly small, with some that torch refuses."""

    def pair(low, high):
        return [int(size) for size in random.integers(low, high, 2, endpoint=True)]

    large = random.random() < 0.1
    conv = {"input": pair(1, 32 if large else 9), "kernel": pair(1, 11 if large else 4)}
    conv |= {"padding": pair(0, 3), "stride": pair(1, 4), "dilation": pair(1, 3)}
    if random.random() < 0.25:
        conv["padding"] = "same"
        if random.random() < 0.7:
            conv["stride"] = [1, 1]
    if random.random() < 0.15:
        name = random.choice(["kernel", *SETTINGS])
        if conv[name] != "same":
            conv[name] = [conv[name][0], -1 if name == "padding" else 0]
    if random.random() < 0.4:  # square
        conv = {name: value if value == "same" else [value[0]] * 2 for name, value in conv.items()}
    return conv


def gradient_support(conv):
    """{padded input cell: output cells} with a non-zero derivative, and the inputs of one weight."""
    around = [pad for axis in (1, 0) for pad in convolution_rules.pads(conv, axis)]
    shape = [convolution_rules.padded_size(conv, axis) for axis in (0, 1)]
    plain = conv | {"input": shape, "padding": [0, 0]}
    ones = torch.ones(conv["kernel"])
    padded = torch.nn.functional.pad(torch.rand(conv["input"], dtype=torch.float64), around)
    slopes = torch.autograd.functional.jacobian(
        lambda x: torch_convolution(plain, x, ones)[0], padded, vectorize=True
    )
    support = {}
    for *output, row, column in slopes.nonzero().tolist():
        support.setdefault(f"{row},{column}", []).append("{},{}".format(*output))
    cell = [size - 1 for size in conv["kernel"]]
    one = torch.zeros(conv["kernel"])
    one[tuple(cell)] = 1
    x = padded.requires_grad_()
    torch_convolution(plain, x, one)[0].sum().backward()
    inputs = ["{},{}".format(*place) for place in x.grad.nonzero().tolist()]
    return {"support": support, "weight": {"cell": cell, "inputs": inputs}}


@pytest.fixture(scope="session")
def cases():
    """A few hundred configurations with torch's answer to each."""
    random = np.random.default_rng(2026)
    found = []
    for _ in range(550):
        conv = random_conv(random)
        values = {name: random.normal(size=[max(size, 1) for size in conv[name]]).tolist() for name in START}
        output, refusal = (
            torch_convolution(conv, **values) if min(conv["kernel"]) > 0 else torch_convolution(conv)
        )
        case = {"conv": conv, **values, "refusal": refusal}
        if refusal is None and convolution_rules.cell_count(conv) > convolution_rules.MAX_CELLS:
            continue
        if refusal is None:
            case["output"] = output.tolist()
            cells = output.numel() * np.prod([convolution_rules.padded_size(conv, axis) for axis in (0, 1)])
            case |= gradient_support(conv) if cells < 800 else {}
        found.append(case)
    return found


def arguments(case):
    """The case as arguments of `convolution`; illegal kernel sizes go in as sizes."""
    conv = case["conv"]
    values = {name: case[name] if min(conv[name]) > 0 else tuple(conv[name]) for name in START}
    return values | {name: conv[name] for name in SETTINGS}


def test_python_takes_what_torch_takes(cases):
    for case in cases:
        if case["refusal"] is not None:
            with pytest.raises(ValueError, match=r"(?s)^.+\. The nearest legal .+ is \d+\.$"):
                convolution(**arguments(case))
            continue
        widget = convolution(**arguments(case))
        np.testing.assert_allclose(widget.output, case["output"], atol=1e-10)
        assert widget.state() == widget.check(widget.state())


def test_nearest_legal_value_is_torchs(cases):
    """For square sizes, so that one number mends both axes: torch takes it, and nothing nearer."""
    tried = 0
    for case in cases:
        conv = case["conv"]
        if case["refusal"] is None or any(
            value != "same" and value[0] != value[1] for value in conv.values()
        ):
            continue
        for changed in convolution_rules.LIMITS:
            sentence = convolution_rules.problem(conv, changed)
            name, nearest = re.search(r"The nearest legal (\w+)(?: size)? is (\d+)\.", sentence).groups()
            before = convolution_rules.pads(conv, 0)[0] if conv[name] == "same" else conv[name][0]
            distance = abs(int(nearest) - before)
            assert torch_convolution(conv | {name: [int(nearest)] * 2})[1] is None, (conv, sentence)
            for value in range(
                max(convolution_rules.LIMITS[name][0], before - distance + 1), before + distance
            ):
                assert torch_convolution(conv | {name: [value] * 2})[1] is not None, (conv, sentence, value)
            tried += 1
    assert tried >= 100


@pytest.mark.parametrize(
    "wrong, sentence",
    [
        (
            {"stride": 1.5},
            "stride is 1.5; it must be a whole number, 1 or more. The nearest legal stride is 2.",
        ),
        ({"stride": True}, "stride is True"),
        ({"stride": (1, 2, 3)}, "pair of them; got (1, 2, 3)"),
        ({"stride": "2"}, "got 2"),
        ({"padding": "full"}, '"same" or "valid"; got full'),
        ({"padding": "same", "stride": (1, 2)}, "The nearest legal stride width is 1."),
        ({"input": [[1, 2], [3]]}, "input must be a 2-D array"),
        ({"input": np.zeros((1, 1, 5, 5))}, "an array of shape (1, 1, 5, 5)"),
        ({"input": [[float("nan")]]}, "finite numbers"),
        ({"kernel": [["a"]]}, "kernel must be a 2-D array"),
        ({"input": (40, 5)}, "The nearest legal input height is 32."),
        ({"kernel": 40}, "The nearest legal kernel size is 7."),
        ({"kernel": (3, 5), "dilation": 2}, "A kernel of 5 columns with dilation 2 covers 9 columns"),
        ({"input": 32, "padding": 20}, "makes 10,093 numbers to draw; the widget draws at most 3,000."),
    ],
)
def test_bad_arguments_get_one_clear_sentence(wrong, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        convolution(**wrong)


def test_arguments_may_be_arrays_tensors_and_names():
    weight = torch.nn.Conv2d(1, 1, 3).weight[0, 0]
    widget = convolution(
        np.arange(20).reshape(4, 5), weight, padding="valid", stride=np.int64(2), dilation=[1]
    )
    assert widget.padding == [0, 0] and widget.stride == [2, 2] and widget.dilation == [1, 1]
    np.testing.assert_allclose(widget.kernel, weight.detach())
    assert convolution((4, 6), 2).input == [
        [START["input"](row, column) for column in range(6)] for row in range(4)
    ]


def test_page_arithmetic(cases, tmp_path):
    """`node --test` checks the JavaScript against what torch said above."""
    full = {
        name: [[rule(*cell) for cell in zip([row] * size, range(size), strict=True)] for row in range(size)]
        for (name, rule), size in zip(START.items(), (32, 11), strict=True)
    }
    for case in cases:
        if case["refusal"] is not None:
            sentences = {
                name: convolution_rules.problem(case["conv"], name) for name in convolution_rules.LIMITS
            }
            case["nearest"] = {name: int(text.split()[-1][:-1]) for name, text in sentences.items()}
    golden = tmp_path / "golden.json"
    limits = convolution_rules.LIMITS | {"cells": convolution_rules.MAX_CELLS}
    golden.write_text(json.dumps({"cases": cases, "start": full, "limits": limits}))
    browser.node_test("convolution", golden)
    browser.node_test("numbers")


# ---- what each place gets ------------------------------------------------------------------------


def test_import_is_light():
    code = (
        "import sys; from time import process_time as now; "
        "start = now(); import course_lib.widgets; end = now(); "
        "print(end - start, *{'torch', 'matplotlib', 'anywidget', 'IPython'} & set(sys.modules))"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        for _ in "123"
    ]
    seconds, *heavy = min((run.stdout.split() for run in runs), key=lambda words: float(words[0]))
    assert float(seconds) < 0.2 and heavy == []


def test_every_argument_is_state():
    assert tuple(inspect.signature(convolution).parameters) == Convolution.fields
    assert set(convolution().state()) == set(Convolution.fields)


def test_assignment_is_validated_like_the_constructor():
    widget = convolution((5, 6), padding=1)
    widget.stride = 2
    widget.kernel = [[1, 2]]
    assert widget.stride == [2, 2] and np.shape(widget.output) == (4, 4)
    assert widget.sentence() in repr(widget)
    with pytest.raises(ValueError, match="The nearest legal stride height is 1"):
        widget.stride = 0
    with pytest.raises(ValueError, match="The nearest legal padding height is 0"):
        widget.padding = -1
    with pytest.raises(AttributeError, match="no 'strides'; it has input, kernel"):
        widget.strides = 2
    assert widget.stride == [2, 2]


def test_live_kernel_gets_view_page_picture_and_sentence(outputs):
    data = outputs[0][0].data
    assert set(data) == {host.LIVE_VIEW, "text/html", "image/png", "text/plain"}
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert data["text/plain"] == (
        "Convolution of a 7 × 7 input with a 3 × 3 kernel, padding 1, stride 1, dilation 1: "
        "the output is 7 × 7."
    )


def test_traits_are_validated_and_read_back(outputs):
    printed = "".join(output.text for output in outputs[1]).splitlines()
    assert printed[0].startswith("[2, 2] stride is 0;")
    assert printed[1].startswith("7 3 A kernel of 7 rows")
    assert printed[2] == "[[1, 2]] 6 5"


def test_book_gets_nothing_live(outputs):
    book = outputs[3]
    assert "AnyWidget" not in book[0].text
    assert set(book[1].data) == {"text/html", "image/png", "text/plain"}
    page = book[1].data["text/html"]
    assert page.count("<div") == 1 and "<script" not in page
    assert re.search(
        r'<img alt="Convolution of [^"]+" src="data:image/svg\+xml;base64,[\w+/=]+" width=', page
    )
    assert "min-height" in page and "min-height" not in outputs[0][0].data["text/html"]


def test_figure_is_the_same_every_time():
    pages = {convolution(padding=1, stride=2)._page_and_png() for _ in range(2)}
    assert len(pages) == 1


# ---- bundles -------------------------------------------------------------------------------------


def test_bundles_are_what_the_sources_build(tmp_path):
    modules = browser.node_modules()
    for name in ("js", "build.mjs", "package.json"):
        copy = shutil.copytree if (browser.WIDGETS / name).is_dir() else shutil.copy
        copy(browser.WIDGETS / name, tmp_path / name)
    (tmp_path / "node_modules").symlink_to(modules)
    subprocess.run([browser.node_tool("npm"), "run", "build"], cwd=tmp_path, check=True, capture_output=True)
    built = {path.name: path.read_bytes() for path in (tmp_path / "dist").iterdir()}
    committed = {path.name: path.read_bytes() for path in host.DIST.iterdir()}
    assert built == committed, "run `npm run build` in course_lib/widgets"


def test_bundles_are_small_and_ask_no_host():
    for path in host.DIST.iterdir():
        text = path.read_text(encoding="utf-8")
        assert len(gzip.compress(text.encode())) <= 25_000
        assert set(re.findall(r"https?://[^\"'`]+", text)) <= {"http://www.w3.org/1998/Math/MathML"}
        assert "</script" not in text.lower()
    assert "http" not in (browser.WIDGETS / "package-lock.json").read_text(encoding="utf-8")
