"""A widget in JupyterLab: the page and Python share one state."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.request

import browser
import nbformat
import pytest
from browser import cell, check_output, field, sentence

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
