"""What several test files share: one browser, the pages of widgets that it is sent to, a place without a network."""

import contextlib
import os
import shutil
import subprocess

import browser
import nbclient
import nbformat
import pytest

from course_lib.widgets import convolution

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
    # On a busy machine one print can arrive in two messages.
    client = nbclient.NotebookClient(notebook, kernel_name="python3", timeout=120, coalesce_streams=True)
    client.execute(env=environment)
    return [cell.outputs for cell in notebook.cells]


EACH = [
    {"input": [[1, 2, 3], [4, 5, 6]], "kernel": (1, 2)},
    {"kernel": [[1, -2], [0.5, 3]]},
    {"padding": (0, 2)},
    {"stride": (2, 3)},
    {"dilation": (1, 2)},
    {"padding": "same", "kernel": (2, 3), "dilation": (3, 1)},
]


@pytest.fixture(scope="session")
def widget_site(tmp_path_factory, outputs):
    """A folder with pages made of the widgets' own HTML."""
    folder = tmp_path_factory.mktemp("site")
    pages = {
        "one": convolution((5, 6), (3, 2), padding=1),
        "square": convolution(padding=1, stride=2),
        "two": [convolution(4, 3), convolution(6, 2, padding="same")],
        "wide": convolution(32, 5, padding=2),
        "each": [convolution(**given) for given in EACH],
    }
    browser.write_widgets(folder, pages)
    browser.write_page(folder / "book.html", [browser.book_html(convolution(padding=1))], in_book=True)
    browser.write_page(folder / "backend.html", [outputs[2][0].data["text/html"]], scripts=False)
    frame = '<iframe sandbox="allow-scripts" src="backend.html" width="900" height="900"></iframe>'
    browser.write_page(folder / "frame.html", [frame], scripts=False)
    return folder


@pytest.fixture(scope="session")
def chromium():
    with browser.chromium() as one:
        yield one


@pytest.fixture(scope="session")
def address(widget_site):
    """The site that `visit` opens pages of; files of tests have their own."""
    with browser.serve(widget_site) as one:
        yield one


@pytest.fixture
def visit(chromium, address):
    """visit(name, end, **options) opens <name>.html of the site, its widgets standing; it must log nothing."""
    with contextlib.ExitStack() as stack:
        pages = []

        def open_page(name, end="", **options):
            page = stack.enter_context(browser.open_page(chromium, f"{address}/{name}.html{end}", **options))
            if options.get("java_script_enabled", True):
                browser.wait_ready(page)
            pages.append(page)
            return page

        yield open_page
        assert [page.log for page in pages if page.log] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder for pages of the book, with all that these load."""
    made = tmp_path_factory.mktemp("book")
    browser.copy_site_files(made)
    return made


@pytest.fixture(scope="session")
def without_network():
    """The beginning of a command line that takes the network away from the command after it."""
    if shutil.which("bwrap") is None:
        pytest.skip("bubblewrap is missing, which takes the network away: `make test` installs it")
    apart = ["bwrap", "--dev-bind", "/", "/", "--unshare-net"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip(
            "user namespaces are forbidden here: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
        )
    return apart
