"""Every lesson: it ran, within its budgets; it has its sections, alternative texts and references; and it runs
where there is neither a network nor data."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from jupyter_cache import get_cache

from course_lib import models
from course_lib.book import execute

ROOT = Path(__file__).parents[1]
LESSONS = execute.lessons()
SECONDS, BYTES = 90, 3e9
CELL_LINES = 26
FOUNDATION = ["Why", "By hand", "Formula", "From scratch", "Play", "In the library", "Experiment", "Limits",
              "Summary", "Exercises", "References"]  # fmt: skip
SECTIONS = {
    "foundations": FOUNDATION,
    "architectures": [*FOUNDATION[:6], "The network", *FOUNDATION[6:]],
}


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request):
    """Name of a lesson and its notebook, as it stands in the source."""
    return request.param, execute.read_lesson(
        (ROOT / request.param).with_suffix(".py").read_text(encoding="utf-8")
    )


def prose(notebook):
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_all_pages_of_the_contents_exist():
    listed = execute.pages()
    sources = {str(p.relative_to(ROOT).with_suffix("")) for p in (ROOT / "chapters").rglob("*.[mp][dy]")}
    sources = {name for name in sources if "/." not in name}  # JupyterLab keeps checkpoints beside a lesson
    assert set(listed) == {name for name in sources if not name.startswith("chapters/results/")}
    assert LESSONS and len(set(listed)) == len(listed)


@pytest.fixture(scope="module")
def executed():
    """The lessons have run; mostly they come from the cache, where the book has put them."""
    assert execute.main() == 0


@pytest.mark.slow
def test_it_ran_without_error_within_its_time_and_memory(lesson, executed):
    name, _ = lesson
    notebook, cost = execute.cached(name)
    assert all(cell.execution_count for cell in code_cells(notebook))
    assert not [o for cell in code_cells(notebook) for o in cell.outputs if o.output_type == "error"]
    assert cost["execution_seconds"] <= SECONDS and 1e8 < cost["peak_bytes"] <= BYTES, (name, cost)


@pytest.mark.slow
def test_no_output_is_a_warning_or_a_progress_bar(lesson, executed):
    notebook, _ = execute.cached(lesson[0])
    outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
    assert not [output.text for output in outputs if output.get("name") == "stderr"]
    assert not [
        output for output in outputs if "application/vnd.jupyter.widget-view+json" in output.get("data", {})
    ]


def test_it_has_its_sections_in_order(lesson):
    name, notebook = lesson
    text = prose(notebook)
    assert re.findall(r"^## (.+)$", text, re.M) == SECTIONS[name.split("/")[1]]
    assert len(re.findall(r"^# ", text, re.M)) == 1


def test_its_card_says_question_outcome_needs_time_and_download(lesson):
    card = re.search(r":::\{card\} ([^\n]+\?)\n(.+?):::", prose(lesson[1]), re.S)
    for word in ("After this lesson you can", "Needs", "Takes", "Runs in", "Downloads"):
        assert f"**{word}**" in card[2]


def test_every_picture_says_what_it_shows(lesson):
    for cell in code_cells(lesson[1]):
        if "plots." in cell.source:
            alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
            assert len(alt) > 40, cell.source


def test_cells_are_short_and_follow_prose(lesson):
    previous = None
    for cell in lesson[1].cells:
        if cell.cell_type == "code":
            assert cell.source.count("\n") < CELL_LINES, cell.source
            assert previous is not None
        previous = cell


def test_exercises_have_answers(lesson):
    exercises = prose(lesson[1]).split("## Exercises")[1]
    assert (
        4
        <= len(re.findall(r"^\*\*\d\.\*\*", exercises, re.M))
        == exercises.count(":::{dropdown} Answer")
        <= 6
    )


def test_every_glued_number_is_printed_and_every_printed_one_glued(lesson):
    name, notebook = lesson
    code = "\n".join(cell.source for cell in code_cells(notebook))
    printed = set(re.findall(r"\{glue:text\}`([^`]+)`", prose(notebook)))
    fixed = set(re.findall(r'glue\(\s*"([^"]+)"', code))
    formed = [re.sub(r"\{[^}]+\}", ".+", form) for form in re.findall(r'glue\(\s*f"([^"]+)"', code)]
    assert printed
    for key in printed:
        assert key in fixed or any(re.fullmatch(form, key) for form in formed), f"{name} prints {key}"
    assert fixed <= printed, f"{name} glues {fixed - printed} and prints it nowhere"


def test_references_are_used_and_known():
    entries = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text(encoding="utf-8"), re.M))
    text = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "chapters").rglob("*.[mp][dy]"))
    cited = {key for keys in re.findall(r"\{footcite:[pt]\}`([^`]+)`", text) for key in keys.split(",")}
    papers = {models.info(name).paper for name in models.names()}  # each network will have its lesson
    assert cited | papers == entries


@pytest.fixture(scope="module")
def stand_in_run(tmp_path_factory, without_network):
    """Output of the book's runner, and the cache that it filled, without a network, data or an earlier cache."""
    home = tmp_path_factory.mktemp("home")
    environment = {
        key: value for key, value in os.environ.items() if key not in ("COURSE_DATA", "COURSE_BOOK")
    }
    ran = subprocess.run(
        [*without_network, sys.executable, "-m", "course_lib.book"],
        cwd=ROOT, env=environment | {"XDG_CACHE_HOME": str(home)}, capture_output=True, text=True,
    )  # fmt: skip
    return ran, home


@pytest.mark.slow
def test_all_lessons_run_without_network_and_data(stand_in_run):
    ran, home = stand_in_run
    assert ran.returncode == 0, ran.stderr
    seconds = [float(s) for s in re.findall(r"  (\d+\.\d) s, ", ran.stdout)]
    assert len(seconds) == len(LESSONS) and max(seconds) <= SECONDS, ran.stdout


@pytest.mark.slow
def test_the_stand_in_is_named_where_it_is_used(stand_in_run):
    _, home = stand_in_run
    (folder,) = (home / "convnet-course" / "executed").iterdir()
    texts = {}
    for record in get_cache(str(folder)).list_cache_records():
        notebook = get_cache(str(folder)).get_cache_bundle(record.pk).nb
        outputs = [output for cell in code_cells(notebook) for output in cell.outputs]
        texts[record.uri] = "".join(output.get("text", "") for output in outputs)
    needing = {name for name in LESSONS if "data.load(" in (ROOT / name).with_suffix(".py").read_text()}
    using = [text for uri, text in texts.items() if any(name in uri for name in needing)]
    assert len(using) == len(needing) > 0
    for text in using:
        assert "train-images-idx3-ubyte is neither in $COURSE_DATA nor in the cache" in text
        assert "Going on with the stand-in 'digits'." in text
