"""The widgets in JupyterLab: the page and Python share one state."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import browser
import nbformat
import pytest
from browser import cell, check_output, field, sentence
from gallery import EXAMPLES

TESTS = Path(__file__).parent
CONVOLUTION_CELLS = [
    "from course_lib.widgets import convolution\nw = convolution(padding=1)\nw",
    "print('stride', w.stride, 'input', w.input[0][0], 'output', len(w.output))\nw.dilation = 2",
]
# Of each widget a field, what Python reads there, how it sets it, and two legal numbers, Python's and the reader's.
FIELDS = {
    "activation": ("x", "w.x", "w.x = {}", -1, 2),
    "architecture": ("Batch, images", "w.batch", "w.batch = {}", 3, 5),
    "batchnorm": ("momentum", "w.momentum", "w.momentum = {}", 0.5, 0.25),
    "deformable": ("Stride, height", "w.stride[0]", "w.stride = {}", 2, 3),
    "explainer": ("row", "w.at[2]", "w.at = [*w.at[:2], {}, w.at[3]]", 1, 2),
    "receptive_field": ("Input size", "w.input[0]", "w.input = {}", 30, 32),
    "shuffle": ("Groups", "w.groups", "w.groups = {}", 4, 6),
    "training": ("Steps kept, position", "w.frame", "w.frame = {}", 1, 3),
    "upsampling": ("Stride", "w.scale", "w.scale = {}", 3, 1),
    "volume": ("Stride, depth", "w.stride[0]", "w.stride = ({}, 1, 1)", 2, 3),
}
ALL_CELLS = [f"import sys\nsys.path.insert(0, {str(TESTS)!r})\nfrom gallery import EXAMPLES\nshown = {{}}"]
for name, (_, read, write, from_python, _) in FIELDS.items():
    ALL_CELLS += [
        f"w = shown['{name}'] = EXAMPLES['{name}']()\nw",
        f"w = shown['{name}']\nprint('{name}', {read})\n{write.format(from_python)}",
    ]
RUN = "command => window.jupyterapp.commands.execute(command)"
# All cells of a notebook stand on the page, not only those in sight.
SETTINGS = {"@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"}}


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab with notebooks of the cells above, convolution.ipynb and all.ipynb."""
    tmp_path = tmp_path_factory.mktemp("lab")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    for name, texts in {"convolution": CONVOLUTION_CELLS, "all": ALL_CELLS}.items():
        cells = [nbformat.v4.new_code_cell(text) for text in texts]
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), tmp_path / f"{name}.ipynb")
    (tmp_path / "config" / "labconfig").mkdir(parents=True)
    (tmp_path / "config" / "labconfig" / "default_setting_overrides.json").write_text(json.dumps(SETTINGS))
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
        yield f"{address}/lab/tree"
    finally:
        server.terminate()
        server.wait(30)


@contextlib.contextmanager
def run_notebook(chromium, address):
    """The page of a notebook all of whose cells are being run."""
    with browser.open_page(chromium, f"{address}?reset") as page:  # without what was open before
        page.set_default_timeout(90_000)
        page.wait_for_selector(".jp-Notebook .jp-Cell")
        panel = "window.jupyterapp?.shell?.currentWidget"
        page.wait_for_function(f"{panel}?.context?.sessionContext?.session?.kernel?.status === 'idle'")
        page.evaluate(RUN, "notebook:run-all-cells")
        page.wait_for_selector(".course-widget")
        yield page


@pytest.mark.slow
def test_jupyterlab_page_and_python_share_the_state(chromium, lab):
    with run_notebook(chromium, f"{lab}/convolution.ipynb") as page:
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
        page.evaluate(RUN, "notebook:run-cell")
        page.get_by_text("stride [2, 2] input 9.0 output 3").wait_for()
        check_output(page, stride=2, dilation=2)


@pytest.mark.slow
def test_every_widget_of_the_gallery_shares_its_state_too(chromium, lab):
    assert {*FIELDS, "convolution"} == set(EXAMPLES)
    with run_notebook(chromium, f"{lab}/all.ipynb") as page:
        for index, (name, (label, *_, from_python, from_reader)) in enumerate(FIELDS.items()):
            root = page.locator(f'.course-widget[data-widget="{name}"]')
            one = root.get_by_label(label, exact=True)
            field_of = f"document.querySelector(`[data-widget={name}] [aria-label='{label}']`)"
            page.wait_for_function(f"value => Number({field_of}?.value) === value", arg=from_python)
            one.fill(str(from_reader))
            page.locator(".jp-CodeCell").nth(2 * index + 2).locator(".cm-content").click()
            page.evaluate(RUN, "notebook:run-cell")
            page.get_by_text(re.compile(rf"^{name} {from_reader}(\.0)?\s*$")).wait_for()
        assert page.log == []
