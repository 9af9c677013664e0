"""What every place gets of a widget, and the bundles."""

import base64
import gzip
import inspect
import re
import shutil
import subprocess
import sys

import anywidget
import browser
import numpy as np
import pytest
from gallery import EXAMPLES

from course_lib.widgets import convolution, host, shuffle
from course_lib.widgets.convolution import Convolution

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


def test_what_check_makes_of_other_fields_is_taken_over_live_too():
    """Without a front end: a live widget is what a kernel would make, its messages go nowhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(host, "is_live", lambda: True)
        layer = convolution((1, 5, 5), (3, 1, 3, 3), bias=True)
        net = shuffle(12, 3, channel=(3, 11))
    assert isinstance(layer, anywidget.AnyWidget) and isinstance(net, anywidget.AnyWidget)
    layer.operation = "max_pool2d"
    assert layer.state() == Convolution.check(layer.state()) and layer.bias is None
    assert np.shape(layer.output) == (3, 3)
    net.layers = 1
    assert net.channel is None
    with pytest.raises(ValueError, match="The nearest legal groups is 4"):
        net.groups = 5
    assert net.groups == 3


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_field_takes_the_name_of_something_that_a_live_widget_has(name):
    assert not set(type(EXAMPLES[name]()).fields) & set(dir(anywidget.AnyWidget))


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


def test_scripts_are_small():
    gzipped_bytes = {path.name: len(gzip.compress(path.read_bytes())) for path in host.DIST.iterdir()}
    assert gzipped_bytes.pop("shared.js") <= 25_000
    for_pages = {name: size for name, size in gzipped_bytes.items() if name.endswith(".js")}
    assert max(for_pages.values()) <= 15_000
    assert sum(for_pages.values()) <= 120_000
    whole = {name: size for name, size in gzipped_bytes.items() if name.endswith(".mjs")}
    assert whole.pop("convolution.mjs") <= 31_000 and max(whole.values()) <= 25_000


def test_bundles_ask_no_host():
    for path in host.DIST.iterdir():
        text = path.read_text(encoding="utf-8")
        names = {"http://www.w3.org/1998/Math/MathML", "http://www.w3.org/2000/svg"}
        assert set(re.findall(r"https?://[^\"'`]+", text)) <= names
        assert "</script" not in text.lower()
    assert "http" not in (browser.WIDGETS / "package-lock.json").read_text(encoding="utf-8")
