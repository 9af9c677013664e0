"""What turns lessons into a site: refusals, notebooks, the key of the execution cache, the dark twins of plots."""

import functools
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import myst_nb
import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from course_lib.book import execute, extension, glue, notebooks
from course_lib.data import download

ROOT = Path(__file__).parents[1]
PAGES = execute.pages()
BUILDER = str(Path(sys.executable).with_name("jupyter-book"))
FIRST_CELLS = """# %% [markdown]
# # Broken
#
# A lesson for the tests.

# %%
value = 1
"""
RAISES = FIRST_CELLS + "\n# %%\nvalue.no_such_thing\n"
NO_ALT = (
    FIRST_CELLS
    + "\n# %%\nimport matplotlib.pyplot as plt\n\nfrom course_lib import plots\n\n_ = plt.plot([1, 2])\n"
)


@pytest.fixture
def project(tmp_path):
    """make(lesson) copies the book's machinery around one lesson; run(*args) runs Python in it."""
    shutil.copytree(
        ROOT / "course_lib", tmp_path / "course_lib", ignore=shutil.ignore_patterns("node_modules")
    )
    for name in ("_config.yml", "pyproject.toml", "requirements.txt", "references.bib"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: chapters/broken\n")
    (tmp_path / "chapters").mkdir()

    def run(lesson, *arguments):
        (tmp_path / "chapters" / "broken.py").write_text(lesson, encoding="utf-8")
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(tmp_path)}
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True
        )

    return run


@pytest.mark.slow
def test_a_cell_that_raises_fails_the_run_and_is_named(project):
    ran = project(RAISES, "-m", "course_lib.book")
    assert ran.returncode == 1
    assert "chapters/broken FAILED in code cell 2 (line 10 of chapters/broken.py)" in ran.stderr
    assert "'int' object has no attribute 'no_such_thing'" in ran.stderr


@pytest.mark.slow
def test_a_failed_lesson_is_not_kept_and_a_good_one_is(project):
    assert project(RAISES, "-m", "course_lib.book").returncode == 1
    assert project(RAISES, "-m", "course_lib.book").returncode == 1
    ran = project(FIRST_CELLS, "-m", "course_lib.book")
    assert ran.returncode == 0 and "Running 1 of 1 lessons" in ran.stdout
    ran = project(FIRST_CELLS, "-m", "course_lib.book")
    assert ran.returncode == 0 and ran.stdout == ""


@pytest.mark.slow
def test_a_plot_without_alternative_text_fails_the_build(project):
    ran = project(NO_ALT, BUILDER, "build", ".", "-W", "-n", "--keep-going")
    assert ran.returncode == 1
    assert "picture without alternative text: add mystnb=" in ran.stdout + ran.stderr
    with_alt = NO_ALT.replace("# %%\nimport", '# %% mystnb={"image": {"alt": "A line."}}\nimport')
    ran = project(with_alt, BUILDER, "build", ".", "-W", "-n", "--keep-going", "--all")
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_key_looks_where_data_is_kept():
    assert download.CACHE == execute.USER_CACHE / "data"


def change(file):
    file.write_text(file.read_text() + "\n# changed\n")


@pytest.mark.slow
def test_the_cache_is_keyed_by_the_library_and_not_by_the_bookbinder(project, tmp_path):
    key = ["-c", "from course_lib.book import execute; print(execute.cache_path())"]
    first = project(FIRST_CELLS, *key).stdout
    for path in ("book/notebooks.py", "grading/checks.py"):
        change(tmp_path / "course_lib" / path)
        assert project(FIRST_CELLS, *key).stdout == first, path
    for path in ("book/__init__.py", "train/__init__.py"):
        change(tmp_path / "course_lib" / path)
        first, before = project(FIRST_CELLS, *key).stdout, first
        assert first != before, path


def test_a_lesson_is_read_without_the_marks_of_the_formatter():
    notebook = execute.read_lesson("# %%\nx = [1,\n     2]  # fmt: skip\ny = x\n")
    assert notebook.cells[0].source == "x = [1,\n     2]\ny = x"


@pytest.mark.parametrize("text", ["4,400", "", "'quoted'", "9.3%"])
def test_glue_displays_what_myst_nb_does(text):
    InteractiveShell.instance()
    shown = []
    for function in (glue, functools.partial(myst_nb.glue, display=False)):
        with capture_output() as captured:
            function("key", text)
        (output,) = captured.outputs
        shown.append((output.data["application/papermill.record/text/plain"], output.metadata))
    assert shown[0] == shown[1]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_a_plain_notebook(page):
    text = notebooks.export(page, "https://host.example/course", "https://site.example/", "v1.2.3")
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    assert not re.findall(r"^:::|^```\{|\{[a-z:]+\}`|\$\$ \(", prose, re.M)
    assert not re.findall(r"\]\((?!https?:|#)[^)]*\.(?:md|py)", prose)
    lesson = (ROOT / page).with_suffix(".py").exists()
    assert lesson == (
        '%pip install -q "convnet-course @ git+https://host.example/course@v1.2.3"' in text.replace("\\", "")
    )
    assert text == notebooks.export(page, "https://host.example/course", "https://site.example/", "v1.2.3")
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "../" not in code and "from __future__" not in code
    compile(code.replace("%pip", "# %pip").replace("None:\n    #", "None:\n    pass  #"), page, "exec")
    assert "widgets" not in notebook.metadata and all(not cell.get("outputs") for cell in notebook.cells)


@pytest.mark.slow
def test_glued_numbers_stand_in_the_notebook():
    name = "chapters/architectures/lenet-5"
    assert execute.main() == 0
    values = notebooks.glued(name)
    assert float(values["accuracy"].rstrip("%")) > 90
    notebook = nbformat.reads(notebooks.export(name, "https://r", "https://s/", "1"), as_version=4)
    assert any(f"reads {values['accuracy']} of the test digits" in cell.source for cell in notebook.cells)


@pytest.mark.parametrize(
    "myst, markdown",
    [
        (":::{dropdown} Answer\n42\n:::", "<details><summary>Answer</summary>\n\n42\n\n</details>"),
        (":::{card} Why?\nFor **this**.\n:::", "> **Why?**\n> \n> For **this**."),
        ("$$ y = x $$ (eq-one)", "$$ y = x \\tag{eq-one} $$"),
        ("see {eq}`eq-one`", "see (eq-one)"),
        ("found {glue:text}`n` of them", "found 3 of them"),
        ("[next](padding-and-stride.py)", "[next](https://s/part/padding-and-stride.html)"),
        ("read it {footcite:p}`lecun1998`.", "read it (LeCun et al., 1998)."),
        (
            "```{image} images/map.svg\n:alt: A map.\n:width: 100%\n```",
            "![A map.](https://s/_images/map.svg)",
        ),
        (
            "```{footbibliography}\n```",
            "- LeCun, Bottou, Bengio, Haffner: *Gradient-Based Learning Applied to Document Recognition*. "
            "Proceedings of the IEEE 86(11), 1998.",
        ),
        ("[there](https://a.example/x.md)", "[there](https://a.example/x.md)"),
    ],
)
def test_myst_becomes_markdown(myst, markdown):
    assert notebooks.commonmark(myst, "part/page", "https://s/", {"n": "3"}, ["lecun1998"]) == markdown


def test_greys_are_turned_over_and_colours_stay():
    turned = extension.turn_greys_over("fill: #000000 #1a1a1a #ffffff #0072b2")
    assert turned == "fill: #ffffff #e5e5e5 #000000 #0072b2"


def test_results_of_long_runs_say_how_they_were_made():
    for path in (ROOT / "chapters" / "results").glob("*.json"):
        result = json.loads(path.read_text())
        assert {"command", "commit", "device", "torch", "seeds"} <= set(result), path
        for runs in result["test_error_percent"].values():
            assert len(runs) == len(result["seeds"]) >= 3, path
        assert (ROOT / result["command"].split()[1]).exists()
