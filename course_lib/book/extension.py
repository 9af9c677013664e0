"""Sphinx extension of the book: what makes it strict, offline, and downloadable as notebooks.

On top of Jupyter Book 1.x it refuses pictures without alternative text, serves MathJax and the widgets from the site
itself, gives every plot a twin for the dark theme, publishes each page as a notebook and points the launch buttons
at it, and prints edition, version and run time in the footer.
"""

import colorsys
import importlib.metadata
import os
import re
import shutil
import tomllib
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from course_lib.book import execute, notebooks

logger = logging.getLogger(__name__)
VERSION = tomllib.loads((execute.ROOT / "pyproject.toml").read_text())["project"]["version"]
# A published notebook installs the library of the commit that it was published from: main is ahead of the last tag.
REVISION = os.environ.get("GITHUB_SHA") or f"v{VERSION}"
WIDGETS = execute.ROOT / "course_lib" / "widgets" / "dist"
STYLE = Path(__file__).with_name("style.css")
SCRIPT = Path(__file__).with_name("page.js")


def setup(app):
    app.connect("config-inited", configure)
    app.connect("builder-inited", copy_assets)
    app.add_post_transform(Pictures)
    app.connect("html-page-context", finish_page, priority=900)  # after the theme has made its buttons
    app.connect("build-finished", write_notebooks)
    app.connect("build-finished", drop_icon_script)
    return {"version": VERSION, "parallel_read_safe": True, "parallel_write_safe": True}


def configure(app, config):
    config.nb_execution_cache_path = str(execute.cache_path())
    config.mathjax_path = "mathjax/tex-chtml.js"
    config.version = config.release = VERSION
    app.add_css_file(STYLE.name)
    app.add_js_file(SCRIPT.name, loading_method="defer")


def copy_assets(app):
    """Put MathJax, the widgets and our style beside the theme's files. A `_static` folder would not do: Jupyter Book
    puts every script in it on every page."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    for file in (STYLE, SCRIPT, *WIDGETS.glob("*.js")):
        shutil.copy(file, static)
    package = importlib.metadata.distribution("sphinx-mathjax-offline")
    mathjax = Path(package.locate_file("sphinx-mathjax-offline/static/mathjax"))
    for part in ("tex-chtml.js", "output/chtml/fonts/woff-v2"):
        target = static / "mathjax" / part
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            (shutil.copytree if (mathjax / part).is_dir() else shutil.copy)(mathjax / part, target)


class Pictures(SphinxPostTransform):
    """Refuse a picture that says nothing to somebody who cannot see it; give each drawing a twin for the dark theme.

    Drawings are SVG, as all plots of the lessons are; in the twin the greys are turned over.
    """

    default_priority = 5  # after MyST-NB has chosen among the formats of an output
    formats = ("html",)

    def run(self):
        for image in list(self.document.findall(nodes.image)):
            if not image.get("alt"):
                logger.warning(  # an error, as all warnings are
                    'picture without alternative text: add mystnb={"image": {"alt": "…"}} to its cell',
                    location=image,
                )
            if image["uri"].endswith(".svg"):
                self.add_dark_twin(image)

    def add_dark_twin(self, image):
        source = Path(self.app.srcdir, image["uri"])
        name = re.sub(r"\W", "-", image["uri"].removesuffix(".svg"))
        made = Path(self.app.outdir).parent / "jupyter_execute" / f"{name}.dark.svg"
        made.write_text(turn_greys_over(source.read_text()))
        dark = image.deepcopy()
        dark["uri"] = os.path.relpath(made, self.app.srcdir)
        dark["candidates"] = {"*": dark["uri"]}
        self.env.images.add_file(self.env.docname, dark["uri"])
        dark["classes"] = [*image["classes"], "only-dark"]
        image["classes"] = [*image["classes"], "only-light"]
        image.parent.insert(image.parent.index(image) + 1, dark)


def turn_greys_over(svg):
    """The drawing with black for white and white for black; colours stay, as they were chosen to read on both."""

    def turned(match):
        red, green, blue = (int(match[1][i : i + 2], 16) / 255 for i in (0, 2, 4))
        hue, lightness, _ = colorsys.rgb_to_hls(red, green, blue)
        if max(red, green, blue) - min(red, green, blue) > 0.08:
            return match[0]
        return "#" + f"{round((1 - lightness) * 255):02x}" * 3

    return re.sub(r"#([0-9a-f]{6})\b", turned, svg)


def finish_page(app, pagename, templatename, context, doctree):
    # Jupyter Book adds Thebe's scripts even where Thebe is off; they raise an error and name a foreign host.
    context["script_files"][:] = [
        script
        for script in context["script_files"]
        if "thebe" not in f"{script.filename}{script.attributes}".lower()
    ]
    if doctree is None:
        return
    raw = "".join(node.astext() for node in doctree.findall(nodes.raw))
    names = sorted(set(re.findall(r'data-course-widget="([\w-]+)"', raw)))
    for name in ["shared", *names] if names else []:
        app.add_js_file(f"{name}.js", loading_method="defer")
    up = "../" * pagename.count("/")
    context["theme_extra_footer"] = footer(app, pagename)
    theme = app.config.html_theme_options
    context["metatags"] += (
        f'<meta name="course-notebooks" data-repository="{theme["repository_url"]}" '
        f'data-branch="{theme["repository_branch"]}">'
    )
    for button in context["header_buttons"]:
        if button.get("label") == "launch-buttons":
            for launch in button["buttons"]:
                launch["url"] = launch["url"].replace(f"{pagename}.py", f"{pagename}.ipynb")
            if not theme["launch_buttons"].get("jupyterhub_url"):
                button["buttons"].append(
                    {
                        "type": "link",
                        "text": "JupyterHub",
                        "tooltip": "Open on your JupyterHub",
                        "icon": "_static/images/logo_jupyterhub.svg",
                        "url": f"{up}chapters/how-to-run.html?notebook={pagename}.ipynb#on-a-jupyterhub",
                    }
                )
        if button.get("label") == "download-buttons":
            button["buttons"].insert(
                0,
                {
                    "type": "link",
                    "text": ".ipynb",
                    "tooltip": "Download as a notebook",
                    "icon": "fas fa-file-code",
                    "label": "download-notebook-button",
                    "url": f"{up}notebooks/{pagename}.ipynb",
                },
            )


def footer(app, pagename):
    """Edition and version, and for a lesson how long it ran when its results were made."""
    line = f"Edition {VERSION.split('.')[0]}, course_lib {VERSION}"
    record = (
        app.env.nb_metadata.get(pagename, {}).get("exec_data") if hasattr(app.env, "nb_metadata") else None
    )
    return line if record is None else f"{line}. This page ran in {record['runtime']:.0f} s."


def write_notebooks(app, exception):
    """Publish every page as a notebook, at the same path as its source."""
    if exception or app.builder.format != "html":
        return
    repository = app.config.html_theme_options["repository_url"]
    for pagename in app.env.found_docs:
        target = Path(app.outdir, "notebooks", pagename + ".ipynb")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(notebooks.export(pagename, repository, app.config.html_baseurl, REVISION))


def drop_icon_script(app, exception):
    """Leave out the theme's script of 2,000 icons, half of a page's weight: its style sheet draws the same icons."""
    if exception or app.builder.format != "html":
        return
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text()
        lighter = re.sub(r"\n *<script [^>]*scripts/fontawesome\.js[^>]*></script>", "", text)
        if lighter != text:
            page.write_text(lighter)
