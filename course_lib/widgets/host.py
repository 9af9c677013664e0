"""What every widget shows in every place: live view, page without a kernel, picture, sentence.

A widget is a subclass of `Widget`: its `name` is that of its ES module, its `fields` are the state that the
module reads. `create` makes an instance that fits the place: in a live kernel an `anywidget.AnyWidget` whose
traits are the fields, otherwise a plain object with the same attributes.
"""

import base64
import functools
import html
import importlib.util
import io
import json
import os
import sys
from pathlib import Path

DIST = Path(__file__).parent / "dist"
LIVE_VIEW = "application/vnd.jupyter.widget-view+json"
CSS_PX_PER_INCH = 96
PNG_DPI = 150
# In the book a figure stands until the script has loaded; the widget's height is kept free so that the page
# does not jump. Not elsewhere: a notebook that is read without a kernel would keep the empty space.
KEEP_FREE = (
    "<style>@media screen and (scripting: enabled) "
    "{ [data-course-widget]:not([data-ready]) { min-height: var(--wide); } } "
    "@media screen and (scripting: enabled) and (max-width: 40rem) "
    "{ [data-course-widget]:not([data-ready]) { min-height: var(--narrow); } }</style>"
)


class Widget:
    """The state of one widget, as attributes named in `fields`, and what each place shows of it."""

    name: str
    fields: tuple[str, ...]

    @staticmethod
    def check(state, changed=None):
        """The state with each field in its one form; ValueError, laid to `changed`, if it is not legal."""
        raise NotImplementedError

    def sentence(self):
        """The state in one sentence: what a terminal shows, and the figure's alternative text."""
        raise NotImplementedError

    def draw(self):
        """The state as a matplotlib figure."""
        raise NotImplementedError

    def heights_px(self):
        """About how tall the widget stands on a wide page and on a phone."""
        raise NotImplementedError

    def state(self):
        """The fields and their values: what the page gets."""
        return {field: getattr(self, field) for field in self.fields}

    def show(self, backend="live"):
        """Displays the widget; backend "html" brings the script along, for hosts without anywidget."""
        from IPython.display import display

        if backend not in ("live", "html"):
            raise ValueError(f'backend is "live" or "html", not {backend!r}')
        if backend == "live":
            display(self)
            return
        page, _ = self._page_and_png()
        display({"text/html": page + inline_scripts(self.name), "text/plain": self.sentence()}, raw=True)

    def _repr_mimebundle_(self, **kwargs):
        page, png = self._page_and_png()
        live, metadata = self._live_view()
        return {**live, "text/html": page, "image/png": png, "text/plain": self.sentence()}, metadata

    def _live_view(self):
        return {}, {}

    def _page_and_png(self):
        from matplotlib import style

        with style.context("default"):  # whatever style the notebook has set
            svg, png, (width, height) = pictures(self.draw())
        state = json.dumps(self.state(), allow_nan=False, separators=(",", ":"))
        state = html.escape(state, quote=False).replace("'", "&#x27;")
        source = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
        # The figure is an <img> because an untrusted notebook loses inline SVG.
        wide, narrow = self.heights_px()
        page = (
            f"<div data-course-widget=\"{self.name}\" data-state='{state}' "
            f'style="--wide: {wide}px; --narrow: {narrow}px">{KEEP_FREE if in_book() else ""}'
            f'<img alt="{html.escape(self.sentence())}" src="{source}" width="{width}" height="{height}" '
            'style="max-width: 100%; height: auto"></div>'
        )
        return page, base64.b64encode(png).decode()


def create(widget, **state):
    """An instance of `widget` for the place it runs in; ValueError if the state is not legal."""
    state = widget.check(state)
    if not is_live():
        return type(widget.__name__, (widget, _Plain), {})(state)
    return _live_class(widget)(**state)


def inline_scripts(name):
    """The scripts of the widget `name` as HTML, for a page that cannot load them."""
    files = [DIST / "shared.js", DIST / f"{name}.js", *DIST.glob(f"{name}_more.js")]
    return "".join(f"<script>{file.read_text(encoding='utf-8')}</script>" for file in files)


def in_book():
    """Whether the book is being built: its build sets COURSE_BOOK."""
    return bool(os.environ.get("COURSE_BOOK"))


def is_live():
    """Whether a front end may listen: a Jupyter kernel, no book build, and anywidget installed."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if in_book() or not hasattr(shell, "kernel"):
        return False
    return importlib.util.find_spec("anywidget") is not None


class _Plain:
    def __init__(self, state):
        self.__dict__.update(state)

    def __setattr__(self, field, value):
        if field not in self.fields:
            raise AttributeError(f"{self.name} has no {field!r}; it has {', '.join(self.fields)}")
        self.__dict__.update(self.check({**self.state(), field: value}, field))

    def __repr__(self):
        return self.sentence()


@functools.cache
def _live_class(widget):
    import anywidget
    import traitlets

    class Refused(ValueError, traitlets.TraitError):
        """ValueError for the caller, TraitError so that traitlets takes the assignment back."""

    def validate(self, proposal):
        field = proposal["trait"].name
        try:
            self.__dict__["_checked"] = self.check({**self.state(), field: proposal["value"]}, field)
        except ValueError as error:
            raise Refused(str(error)) from None
        return self.__dict__["_checked"][field]

    def settle(self, change):
        """Other fields become what `check` made of them: a smaller network drops a choice that lay beyond it."""
        checked = self.__dict__.pop("_checked", {})
        with self.hold_sync():
            for field, value in checked.items():
                if field != change["name"] and value != getattr(self, field):
                    setattr(self, field, value)

    def live_view(self):
        shown, metadata = anywidget.AnyWidget._repr_mimebundle_(self)
        return {LIVE_VIEW: shown[LIVE_VIEW]}, metadata

    members = {field: traitlets.Any().tag(sync=True) for field in widget.fields}
    members |= {
        "_esm": (DIST / f"{widget.name}.mjs").read_text(encoding="utf-8"),
        "_validate_state": traitlets.validate(*widget.fields)(validate),
        "_settle_state": traitlets.observe(*widget.fields)(settle),
        "_live_view": live_view,
        "__repr__": widget.sentence,
    }
    return type(widget.__name__, (widget, anywidget.AnyWidget), members)


def pictures(figure):
    """A matplotlib figure as SVG bytes, PNG bytes and [width, height] in CSS pixels, the same every time."""
    import matplotlib

    svg, png = io.BytesIO(), io.BytesIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "course"}):
        figure.savefig(svg, format="svg", metadata={"Date": None, "Creator": None})
    figure.savefig(png, format="png", dpi=PNG_DPI, metadata={"Software": None})
    return (
        svg.getvalue(),
        png.getvalue(),
        [round(CSS_PX_PER_INCH * inch) for inch in figure.get_size_inches()],
    )
