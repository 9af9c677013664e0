"""The widgets: rules and values against torch, what each place shows, and the page in a real browser."""

import base64
import contextlib
import gzip
import inspect
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request

import browser
import nbclient
import nbformat
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
    tests = sorted(str(path) for path in (browser.WIDGETS.parents[1] / "tests" / "js").glob("*.test.mjs"))
    assert len(tests) >= 2
    ran = subprocess.run(
        [browser.node_tool("node"), "--test", *tests],
        env={**os.environ, "GOLDEN": str(golden)},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout[-6000:]


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


CELLS = """
import os
from course_lib.widgets import convolution
w = convolution(padding=1)
w
---
w.stride = 2
try:
    w.stride = 0
except ValueError as error:
    print(w.stride, error)
try:
    with w.hold_trait_notifications():
        w.input, w.kernel = (3, 3), (7, 7)
except ValueError as error:
    print(len(w.input), len(w.kernel), error)
with w.hold_trait_notifications():
    w.input, w.kernel = (9, 9), (7, 7)
seen = []
w.observe(lambda change: seen.append(change["new"]), "dilation")
w.set_state({"dilation": [1, 2], "kernel": [[1.0, 0.0]]})
print(seen, len(w.output), len(w.output[0]))
---
w.show(backend="html")
---
os.environ["COURSE_BOOK"] = "1"
b = convolution(padding=1)
print([base.__name__ for base in type(b).__mro__])
b
"""


@pytest.fixture(scope="session")
def outputs(tmp_path_factory):
    """What the cells above put out in a real kernel, a list for each."""
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS.split("---\n")]
    )
    environment = {name: value for name, value in os.environ.items() if name != "COURSE_BOOK"}
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120).execute(env=environment)
    return [cell.outputs for cell in notebook.cells]


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
    for name in ("js", "package.json"):
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


# ---- the page ------------------------------------------------------------------------------------

EACH = [
    {"input": [[1, 2, 3], [4, 5, 6]], "kernel": (1, 2)},
    {"kernel": [[1, -2], [0.5, 3]]},
    {"padding": (0, 2)},
    {"stride": (2, 3)},
    {"dilation": (1, 2)},
    {"padding": "same", "kernel": (2, 3), "dilation": (3, 1)},
]


@pytest.fixture(scope="session")
def site(tmp_path_factory, outputs):
    """A folder with pages made of the widgets' own HTML."""
    folder = tmp_path_factory.mktemp("site")
    browser.copy_page_files(folder)
    pages = {
        "one.html": [convolution((5, 6), (3, 2), padding=1)],
        "square.html": [convolution(padding=1, stride=2)],
        "two.html": [convolution(4, 3), convolution(6, 2, padding="same")],
        "book.html": [convolution(padding=1)],
        "wide.html": [convolution(32, 5, padding=2)],
        "each.html": [convolution(**given) for given in EACH],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COURSE_BOOK", "1")
        for name, widgets in pages.items():
            bodies = [widget._repr_mimebundle_()[0]["text/html"] for widget in widgets]
            browser.write_page(folder / name, bodies, in_book=name == "book.html")
    browser.write_page(folder / "backend.html", [outputs[2][0].data["text/html"]], head="")
    frame = '<iframe sandbox="allow-scripts" src="backend.html" width="900" height="900"></iframe>'
    browser.write_page(folder / "frame.html", [frame], head="")
    browser.write_page(folder / "plain.html", [])
    return folder


@pytest.fixture(scope="session")
def chromium():
    with browser.chromium() as one:
        yield one


@pytest.fixture(scope="session")
def address(site):
    with browser.serve(site) as one:
        yield one


@pytest.fixture
def visit(chromium, address):
    """visit(name, **options) opens a page of the site with its widgets standing; it must log nothing."""
    with contextlib.ExitStack() as stack:
        pages = []

        def open_page(name, **options):
            page = stack.enter_context(browser.open_page(chromium, f"{address}/{name}", **options))
            browser.wait_ready(page)
            pages.append(page)
            return page

        yield open_page
        assert [page.log for page in pages if page.log] == []


def grid(page, name, widget=0):
    return page.locator(".course-widget").nth(widget).get_by_role("grid", name=re.compile(f"^{name} "))


def cell(page, name, row, column, widget=0):
    return grid(page, name, widget).get_by_role("row").nth(row).get_by_role("gridcell").nth(column)


def numbers(page, name, widget=0):
    """The numbers that a grid shows, (H, W)."""
    rows = grid(page, name, widget).get_by_role("row").all()
    texts = [row.locator(".cw-cell").all_text_contents() for row in rows]
    return np.array([[float(text.replace("−", "-")) for text in row] for row in texts])


def outlined(page, name):
    """The (row, column) of each outlined cell of a grid."""
    rows = grid(page, name).locator(".cw-row").all()
    return {
        (i, j)
        for i, row in enumerate(rows)
        for j, one in enumerate(row.locator(".cw-cell").all())
        if "is-linked" in one.get_attribute("class")
    }


def field(page, label):
    return page.get_by_label(label, exact=True).first


def sentence(page):
    return page.locator(".cw-sentence").first.inner_text().replace("−", "-")


def check_output(page, stride=1, dilation=1):
    """The output shown is what torch makes of the padded input and the kernel shown."""
    input, kernel = (torch.tensor(numbers(page, name))[None, None] for name in ("Input", "Kernel"))
    expected = torch.nn.functional.conv2d(input, kernel, stride=stride, dilation=dilation)[0, 0]
    np.testing.assert_allclose(numbers(page, "Output"), expected, rtol=1e-3)


def test_every_argument_reaches_the_page(visit):
    page = visit("each.html")
    for index, given in enumerate(EACH):
        widget = convolution(**given)
        np.testing.assert_allclose(numbers(page, "Output", index), widget.output, rtol=1e-3)
        np.testing.assert_allclose(numbers(page, "Kernel", index), widget.kernel)
        around = [convolution_rules.pads(widget.conv, axis) for axis in (0, 1)]
        np.testing.assert_allclose(numbers(page, "Input", index), np.pad(widget.input, around))


def test_hover_output_outlines_what_it_reads(visit):
    page = visit("one.html")
    cell(page, "Output", 2, 3).hover()
    assert outlined(page, "Input") == {(row, column) for row in (2, 3, 4) for column in (3, 4)}
    assert len(outlined(page, "Kernel")) == 6
    tags = [one.get_attribute("data-tag") for one in page.locator(".cw-cell[data-tag]").all()]
    assert [float(tag[1:].replace("−", "-")) for tag in tags] == list(numbers(page, "Kernel").flat)
    terms = re.findall(r"\(?(-?\d+)\)? × \(?(-?\d+)\)?", sentence(page))
    products = [int(value) * int(weight) for value, weight in terms]
    assert len(products) == 6 and sum(products) == numbers(page, "Output")[2, 3]
    assert sentence(page).startswith("output[2, 3] =")


def test_hover_input_outlines_all_outputs_it_feeds(visit):
    page = visit("one.html")
    cell(page, "Input", 3, 4).hover()
    assert outlined(page, "Output") == {(row, column) for row in (1, 2, 3) for column in (3, 4)}
    assert sentence(page).startswith("input[2, 3] =") and "feeds 6 outputs" in sentence(page)
    cell(page, "Kernel", 2, 0).hover()
    assert outlined(page, "Input") == {(row, column) for row in range(2, 7) for column in range(7)}
    assert "multiplies 35 inputs" in sentence(page)
    cell(page, "Input", 0, 0).hover()
    assert sentence(page).startswith("padding at row -1, column -1 = 0 feeds 1 output")


def test_dropped_rows_are_marked_and_counted(visit):
    page = visit("square.html")
    field(page, "Input size").fill("8")
    dropped = page.locator(".cw-cell.is-dropped")
    assert dropped.count() == 10 + 9
    assert dropped.first.evaluate("one => getComputedStyle(one).textDecorationLine") == "line-through"
    notes = page.locator(".cw-sizes .cw-note").all_inner_texts()
    assert [note.split(" of the padded")[0] for note in notes] == [
        "Rows: the floor drops the last row",
        "Columns: the floor drops the last column",
    ]
    formula = page.locator(".cw-formula").nth(1).inner_text().replace("\n", "").replace(" ", "")
    assert formula == "height=⌊8+2·1−1·(3−1)−12⌋+1=⌊72⌋+1=⌊3.5⌋+1=4"
    cell(page, "Input", 9, 0).hover()
    assert sentence(page).endswith("feeds no output: the floor drops it.")


def test_keyboard_alone(visit):
    page = visit("one.html")
    field(page, "Input size, height").focus()
    stops = []
    for _ in range(40):
        stops.append(
            page.evaluate(
                "(document.activeElement.closest('[role=grid]') ?? document.activeElement).ariaLabel"
                " ?? document.activeElement.closest('label')?.innerText.trim()"
                " ?? document.activeElement.innerText"
            )
        )
        page.keyboard.press("Tab")
        if page.evaluate("!document.activeElement.closest('.course-widget')"):
            break
    grids = ["Input 5 × 6, padded 7 × 8", "Kernel 3 × 2", "Output 5 × 7"]
    assert stops[-3:] == grids and stops[-5:-3] == ["square", "Reset"]
    names = [
        f"{name}, {axis}"
        for name in ("Input size", "Kernel size", "Padding", "Stride", "Dilation")
        for axis in ("height", "width")
    ]
    assert [stop for stop in stops[:-5] if stop != "“same”"] == [
        x for name in names for x in (name, f"{name}, slider")
    ]
    page.keyboard.press("Shift+Tab")  # back into the output
    walk = [
        ("ArrowRight", "[0, 1]"),
        ("ArrowDown", "[1, 1]"),
        ("End", "[1, 6]"),
        ("PageDown", "[4, 6]"),
        ("ArrowDown", "[4, 6]"),
        ("Home", "[4, 0]"),
        ("Control+Home", "[0, 0]"),
        ("Control+End", "[4, 6]"),
        ("PageUp", "[0, 6]"),
        ("ArrowLeft", "[0, 5]"),
        ("ArrowUp", "[0, 5]"),
    ]
    for key, place in walk:
        page.keyboard.press(key)
        assert sentence(page).startswith(f"output{place} ="), key
    assert grid(page, "Output").locator("[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    pinned = outlined(page, "Input")
    assert grid(page, "Output").locator("[aria-selected]").count() == 1
    page.keyboard.press("ArrowDown")
    cell(page, "Output", 3, 3).hover()
    assert outlined(page, "Input") == pinned and sentence(page).startswith("output[0, 5]")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    assert sentence(page).startswith("output[2, 5]") and outlined(page, "Input") != pinned


def test_live_line_reads_the_cell_at_most_once_a_second(visit):
    page = visit("square.html")
    page.wait_for_timeout(1100)
    page.evaluate("""() => {
        window.said = [];
        const line = document.querySelector("[role=status]");
        const note = () => said.push([performance.now(), line.textContent]);
        new MutationObserver(note).observe(line, {childList: true});
    }""")
    cell(page, "Output", 0, 0).focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(1400)
    said = page.evaluate("said")
    assert len(said) <= 3 and said[-1][1].startswith("output[0, 3] = ")
    assert all(later[0] - sooner[0] > 950 for sooner, later in zip(said, said[1:], strict=False))


def test_typed_values_change_the_output(visit):
    page = visit("one.html")
    cell(page, "Input", 1, 1).click()
    page.keyboard.type("−7.5")
    page.keyboard.press("Enter")
    assert numbers(page, "Input")[1, 1] == -7.5
    check_output(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.type("4")
    page.keyboard.press("Escape")
    assert numbers(page, "Input")[1, 2] == START["input"](0, 1)
    page.keyboard.type("12")
    page.keyboard.press("Tab")
    assert numbers(page, "Input")[1, 2] == 12
    cell(page, "Kernel", 0, 0).click()
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    alert = page.get_by_role("alert").filter(has_text="“abc” is not a number")
    assert alert.is_visible() and page.locator(".cw-editor").get_attribute("aria-invalid") == "true"
    page.keyboard.press("Escape")
    assert not alert.is_visible()
    cell(page, "Kernel", 2, 1).click()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    assert numbers(page, "Kernel")[2, 1] == 3
    check_output(page)


def test_nothing_typed_is_lost_when_sizes_shrink_and_reset_restores(visit):
    page = visit("square.html")
    start = numbers(page, "Input")
    cell(page, "Input", 7, 7).click()
    page.keyboard.type("99")
    page.keyboard.press("Enter")
    for size in ("3", "7"):
        field(page, "Input size").fill(size)
    assert numbers(page, "Input")[7, 7] == 99
    page.get_by_role("button", name="Reset").click()
    np.testing.assert_array_equal(numbers(page, "Input"), start)


def test_touch_looks_first_and_changes_second(visit):
    page = visit("one.html", has_touch=True, width=400)
    cell(page, "Output", 1, 1).tap()
    assert sentence(page).startswith("output[1, 1]") and page.get_by_role("button", name="Unpin").is_visible()
    cell(page, "Input", 2, 2).tap()
    assert sentence(page).startswith("input[1, 1]") and page.locator(".cw-editor").count() == 0
    cell(page, "Input", 2, 2).tap()
    page.keyboard.type("8")
    page.keyboard.press("Enter")
    assert numbers(page, "Input")[2, 2] == 8
    check_output(page)
    page.get_by_role("button", name="Unpin").tap()
    assert not page.get_by_role("button", name="Unpin").is_visible()


def random_wrongs(count):
    """(label, text) of numbers that torch or the widget refuses, as a reader may type them."""
    random = np.random.default_rng(7)
    wrong = {
        "Input size": ["0", "-3", "40", "2.5", "", "1e9"],
        "Kernel size": ["0", "11", "99", "-1", "1.5", ""],
        "Padding": ["-1", "99", "0.5", "", "1e12"],
        "Stride": ["0", "-2", "1.1", ""],
        "Dilation": ["0", "9", "", "-4"],
    }
    pairs = [(label, text) for label, texts in wrong.items() for text in texts]
    return [pairs[index] for index in random.permutation(len(pairs))[:count]]


def test_illegal_sizes_are_told_never_blank_never_stale(visit):
    page = visit("square.html")
    for label, text in random_wrongs(10):
        field(page, label).fill(text)
        assert grid(page, "Output").count() == 0, (label, text)
        refusal = page.locator(".cw-refusal").last
        assert re.match(r"No output\. .+\.", refusal.inner_text()), (label, text)
        message = page.locator(".cw-problem:visible").first
        assert re.match(r"[A-Z].+\.\sUse \d+", message.inner_text()), (label, text)
        assert page.locator("[aria-invalid=true]").count() == 1
        described = page.locator("[aria-invalid=true]").get_attribute("aria-describedby")
        assert described == message.get_attribute("id")
        assert not page.locator(".cw-story").is_visible() and page.locator(".cw-formula").count() == 1
        message.get_by_role("button").click()
        assert page.evaluate("document.activeElement.matches('.cw-number')")
        if grid(page, "Output").count() == 0:  # a second size is still wrong
            page.locator(".cw-problem:visible button").first.click()
        settings = {name.lower(): int(field(page, name).input_value()) for name in ("Stride", "Dilation")}
        check_output(page, **settings)
        page.get_by_role("button", name="Reset").click()


def test_slider_and_typing_share_one_rule(visit):
    page = visit("square.html")
    page.get_by_label("Kernel size, slider").fill("11")
    assert field(page, "Kernel size").input_value() == "11"
    assert "does not fit: the padded input has only 9." in page.locator(".cw-problem:visible").inner_text()
    field(page, "Padding").fill("4")  # mended from elsewhere
    assert page.locator(".cw-problem:visible").count() == 0
    check_output(page, stride=2)


def test_square_and_same(visit):
    page = visit("square.html")
    page.get_by_label("square").uncheck()
    field(page, "Stride, width").fill("1")
    assert numbers(page, "Output").shape == (4, 7)
    page.get_by_label("“same”").check()
    assert "needs stride 1; the stride is 2" in page.locator(".cw-problem:visible").inner_text()
    field(page, "Stride, height").fill("1")
    field(page, "Kernel size, width").fill("4")
    assert numbers(page, "Output").shape == (7, 7)
    assert page.locator(".cw-group .cw-note").nth(2).inner_text() == "1 above, 1 below; 1 left, 2 right"
    check_output(page)
    page.get_by_label("square").check()
    assert field(page, "Kernel size").input_value() == "3"
    check_output(page)


def test_two_widgets_keep_apart(visit):
    page = visit("two.html")
    before = numbers(page, "Output", 1)
    field(page, "Stride").fill("0")
    np.testing.assert_array_equal(numbers(page, "Output", 1), before)
    field(page, "Stride").fill("1")
    cell(page, "Input", 0, 0, 1).click()
    page.keyboard.type("50")
    page.keyboard.press("Enter")
    assert numbers(page, "Input", 0)[0, 0] == START["input"](0, 0)
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert len(ids) == len(set(ids))
    assert page.locator("style[data-course-widgets]").count() == 1


# ---- themes, widths, print -----------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_lines_and_signs_stand_out(visit, dark):
    """What axe does not judge: borders, outlines, focus ring 3:1; the small weights 4.5:1 on every tint."""
    page = visit("square.html", dark=dark)
    names = [
        "page",
        "panel",
        "field",
        "line",
        "mark",
        "on-mark",
        "focus",
        "alarm",
        "muted",
        "text",
        "positive",
        "negative",
    ]
    read = "(root, names) => names.map(name => getComputedStyle(root).getPropertyValue(name))"
    values = page.locator(".course-widget").evaluate(read, [f"--cw-{name}" for name in names])
    color = {
        name: value if len(value) == 7 else "#" + "".join(c * 2 for c in value[1:])
        for name, value in zip(names, values, strict=True)
    }
    tints = [color["page"]]
    for name in ("positive", "negative"):
        half = [(int(color[name][i : i + 2], 16) + int(color["page"][i : i + 2], 16)) // 2 for i in (1, 3, 5)]
        tints.append("#{:02x}{:02x}{:02x}".format(*half))
    assert browser.contrast(color["on-mark"], color["mark"]) >= 4.5
    for ground in ("page", "panel", "field"):
        assert min(browser.contrast(color[name], color[ground]) for name in ("line", "focus", "mark")) >= 3, (
            ground
        )
        assert (
            min(browser.contrast(color[name], color[ground]) for name in ("text", "muted", "alarm")) >= 4.5
        ), ground
    for tint in tints:
        assert (
            browser.contrast(color["text"], tint) >= 4.5 and browser.contrast(color["mark"], tint) >= 4.5
        ), tint


@pytest.mark.parametrize("page_name", ["square.html", "book.html"])
@pytest.mark.parametrize("dark", [False, True])
def test_axe_finds_nothing(visit, page_name, dark):
    page = visit(page_name, dark=dark)
    assert browser.axe(page, ".course-widget") == []
    field(page, "Stride").focus()
    page.keyboard.press("ArrowUp")
    cell(page, "Input", 2, 2).focus()
    page.keyboard.press("Space")
    assert browser.axe(page, ".course-widget") == []
    page.keyboard.press("Enter")
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    # The editor is wider than its cell, so that axe cannot tell the size of the neighbours under it.
    assert [line for line in browser.axe(page, ".course-widget") if "target-size" not in line] == []
    page.keyboard.press("Escape")
    field(page, "Kernel size").fill("99")
    assert browser.axe(page, ".course-widget") == []


def test_theme_follows_the_page(visit):
    page = visit("square.html")
    root = page.locator(".course-widget")
    marks = [
        ("html", "data-theme", "dark", "light"),
        ("body", "data-jp-theme-light", "false", "true"),
        ("body", "data-vscode-theme-kind", "vscode-dark", "vscode-light"),
        ("html", "theme", "dark", "light"),
    ]
    for tag, attribute, dark, light in marks:
        for value, expected in ((dark, "dark"), (light, "light")):
            page.evaluate(
                "([t, a, v]) => document.querySelector(t).setAttribute(a, v)", [tag, attribute, value]
            )
            page.wait_for_function(
                "t => document.querySelector('.course-widget').dataset.cwTheme === t", arg=expected
            )
        page.evaluate("([t, a]) => document.querySelector(t).removeAttribute(a)", [tag, attribute])
    light = root.evaluate("one => getComputedStyle(one).backgroundColor")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.querySelector('.course-widget').dataset.cwTheme === 'dark'")
    assert root.evaluate("one => getComputedStyle(one).backgroundColor") != light


@pytest.mark.parametrize("page_name", ["wide.html", "one.html", "book.html"])
def test_phone_needs_no_sideways_scroll(visit, page_name):
    page = visit(page_name, width=browser.PHONE_PX, height=700)
    assert browser.sideways_px(page) <= 0
    field(page, page.locator(".cw-number:visible").first.get_attribute("aria-label")).fill("0")
    assert browser.sideways_px(page) <= 0
    small = page.evaluate("""() => [...document.querySelectorAll(
        ".course-widget :is(button, input, .cw-cell)")].filter(one => one.checkVisibility()).map(one => {
            const {width, height} = (one.closest("label") ?? one).getBoundingClientRect();
            return [one.className, Math.min(width, height)];
        }).filter(([, size]) => size < 24)""")
    assert small == []


def test_focus_is_not_under_the_books_header(visit):
    page = visit("book.html", height=420)
    first = cell(page, "Output", 0, 0)
    page.evaluate("y => scrollTo(0, scrollY + y - 10)", first.bounding_box()["y"])
    assert 0 < first.bounding_box()["y"] < 20  # in the window, and under the header
    cell(page, "Output", 4, 0).focus()
    for _ in range(4):
        page.keyboard.press("ArrowUp")
        assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 64


def test_nothing_moves_by_itself(visit):
    page = visit("square.html", reduced_motion="reduce")
    cell(page, "Output", 1, 1).hover()
    assert page.evaluate("document.getAnimations().length") == 0
    transitions = """new Set([...document.querySelectorAll(".course-widget *")].map(
        one => getComputedStyle(one).transitionDuration))"""
    assert page.evaluate(f"[...{transitions}]") == ["0s"]


def test_forced_colors_keep_the_outlines(visit):
    page = visit("square.html", forced_colors="active")
    cell(page, "Output", 1, 1).hover()
    linked = grid(page, "Input").locator(".is-linked").first
    width = linked.evaluate("one => parseFloat(getComputedStyle(one, '::after').borderTopWidth)")
    assert width >= 2
    current = grid(page, "Output").locator(".is-current")
    assert current.evaluate("one => getComputedStyle(one).outlineStyle") == "solid"


def test_print_keeps_the_state_and_hides_the_controls(visit):
    page = visit("square.html", dark=True)
    field(page, "Stride").fill("3")
    page.emulate_media(media="print")
    assert not page.locator(".cw-controls").is_visible() and not page.locator(".cw-help").is_visible()
    assert grid(page, "Output").is_visible() and page.locator(".cw-formula").nth(1).is_visible()
    root = page.locator(".course-widget")
    assert root.evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(255, 255, 255)"
    check_output(page, stride=3)
    with_widget = len(page.pdf(print_background=True))
    page.evaluate("document.querySelector('.cw-figure').remove()")
    assert with_widget > len(page.pdf(print_background=True)) + 1000


def test_without_javascript_the_figure_stands_and_prints(chromium, address):
    with browser.open_page(chromium, f"{address}/square.html", java_script_enabled=False) as page:
        image = page.get_by_role("img", name=re.compile("Convolution of a 7 × 7 input"))
        box = image.bounding_box()
        assert box["width"] > 500 and box["height"] > 200
        assert page.locator("[data-course-widget]").bounding_box()["height"] < box["height"] + 20
        assert page.log == []
        with_figure = len(page.pdf())
    with browser.open_page(chromium, f"{address}/plain.html", java_script_enabled=False) as page:
        assert with_figure > len(page.pdf()) + 5000


def test_page_opens_from_disk(chromium, site):
    with browser.open_page(chromium, (site / "two.html").as_uri()) as page:
        browser.wait_ready(page)
        assert page.log == []


def test_html_backend_needs_no_other_file(visit):
    page = visit("backend.html")
    field(page, "Stride, height").fill("1")
    field(page, "Stride, width").fill("1")
    check_output(page, dilation=(1, 2))


def test_html_backend_works_in_a_sandboxed_frame(chromium, address):
    """As in Colab and VS Code: a frame of foreign origin, whose parents cannot be asked for their theme."""
    with browser.open_page(chromium, f"{address}/frame.html") as page:
        frame = page.frame_locator("iframe")
        frame.get_by_label("Stride, height", exact=True).fill("3")
        frame.get_by_text("Output 4 × 5").wait_for()
        assert page.log == []


@pytest.mark.parametrize("width, height", [(1280, 900), (360, 800)])
def test_page_does_not_jump(chromium, address, width, height):
    with browser.open_page(chromium, f"{address}/square.html", width=width, height=height) as page:
        page.wait_for_timeout(800)
        assert page.locator("[data-ready=true]").count() == 1
        shifts = page.evaluate("""() => new Promise(resolve => new PerformanceObserver(list => resolve(
            list.getEntries().map(one => one.value))).observe({type: "layout-shift", buffered: true})
            || setTimeout(() => resolve([]), 300))""")
        assert sum(shifts) <= 0.02


def test_attributes_hold_against_any_text(chromium, site, address):
    class Nasty(host.Widget):
        name, fields = "nasty", ("text",)
        text = "</script><script>broken = 1</script>'\"><img src=x onerror='broken = 1'>&quot;&amp;\u2028卷积"
        draw = convolution().draw

        def sentence(self):
            return self.text

        def heights_px(self):
            return 10, 10

    browser.write_page(site / "nasty.html", [Nasty()._repr_mimebundle_()[0]["text/html"]])
    with browser.open_page(chromium, f"{address}/nasty.html") as page:
        page.wait_for_selector("[data-ready=false]")
        state = page.evaluate("document.querySelector('[data-course-widget]').dataset.state")
        assert json.loads(state) == {"text": Nasty.text}
        assert page.get_by_role("img").get_attribute("alt") == Nasty.text  # no such widget: the figure stays
        assert page.evaluate("window.broken") is None
        assert len(page.log) == 1 and 'this script has no widget "nasty"' in page.log[0]


# ---- JupyterLab ----------------------------------------------------------------------------------

LAB_CELLS = [
    "from course_lib.widgets import convolution\nw = convolution(padding=1)\nw",
    "print('stride', w.stride, 'input', w.input[0][0], 'output', len(w.output))\nw.dilation = 2",
]


@pytest.fixture
def lab(tmp_path):
    """The address of a JupyterLab with one notebook of the cells above."""
    cells = [nbformat.v4.new_code_cell(cell) for cell in LAB_CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / "live.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = [
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.password=",
        "--LabApp.expose_app_in_browser=True",
        f"--ServerApp.root_dir={tmp_path}",
    ]
    environment = {name: value for name, value in os.environ.items() if name != "COURSE_BOOK"}
    environment |= {
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
        "JUPYTER_DATA_DIR": str(tmp_path / "data"),
    }
    with open(tmp_path / "log.txt", "w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *settings],
            env=environment,
            stdout=log,
            stderr=log,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(120):
            assert server.poll() is None, (tmp_path / "log.txt").read_text()
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/api"):
                break
            time.sleep(0.5)
        yield f"{address}/lab/tree/live.ipynb"
    finally:
        server.terminate()
        server.wait(30)


@pytest.mark.slow
def test_jupyterlab_page_and_python_share_the_state(chromium, lab):
    with browser.open_page(chromium, lab) as page:
        page.set_default_timeout(90_000)
        run = "command => window.jupyterapp.commands.execute(command)"
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        panel = "window.jupyterapp?.shell?.currentWidget"
        page.wait_for_function(f"{panel}?.context?.sessionContext?.session?.kernel?.status === 'idle'")
        page.evaluate(run, "notebook:run-all-cells")
        page.wait_for_selector(".course-widget")
        page.get_by_text("stride [1, 1] input 0.0 output 7").wait_for()
        page.wait_for_function(
            "document.querySelector('[aria-label=Dilation]').value === '2'"
        )  # set in Python
        field(page, "Stride").fill("2")
        cell(page, "Input", 1, 1).focus()
        page.keyboard.type("9")  # JupyterLab must not take keys for its commands
        page.keyboard.press("Enter")
        page.keyboard.press("ArrowRight")
        assert sentence(page).startswith("input[0, 1]")
        page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
        page.evaluate(run, "notebook:run-cell")
        page.get_by_text("stride [2, 2] input 9.0 output 3").wait_for()
        check_output(page, stride=2, dilation=2)
