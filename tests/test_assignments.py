"""Every assignment: known answers earn what they should, the release leaks nothing, nbgrader runs it."""

import contextlib
import csv
import importlib.util
import io
import os
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import nbformat
import pytest
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions
from traitlets.config.loader import PyFileConfigLoader

from course_lib.grading import notebooks
from course_lib.grading.checks import describe, points_of, run
from course_lib.grading.student import Student

ROOT = Path(__file__).parent.parent
CONFIG = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT)).load_config()
NAMES = sorted(path.parent.name for path in ROOT.glob("assignments/*/checks.py"))
FEW_SEEDS, MANY_SEEDS = range(3), range(3, 200)


def load(name):
    """An assignment: its checks and submissions as modules, its notebook, the source of each cell by id."""
    modules = {}
    for part in ("checks", "submissions"):
        spec = importlib.util.spec_from_file_location(part, ROOT / "assignments" / name / f"{part}.py")
        modules[part] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(modules[part])
    notebook = notebooks.to_nbgrader((ROOT / "assignments" / name / f"{name}.py").read_text(encoding="utf-8"))
    points = {
        cell.id: cell.metadata.nbgrader.points
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    return SimpleNamespace(
        **modules,
        name=name,
        notebook=notebook,
        points=points,
        cells={cell.id: cell.source for cell in notebook.cells},
        questions=[id.removeprefix("check-") for id in points if id.startswith("check-")],
    )


ASSIGNMENTS = {name: load(name) for name in NAMES}


@pytest.fixture(params=NAMES)
def assignment(request):
    return ASSIGNMENTS[request.param]


def released(assignment):
    """The notebook as students get it, made by nbgrader's own preprocessors."""
    notebook = nbformat.from_dict(assignment.notebook)
    for step in (ClearSolutions, ClearHiddenTests):
        notebook, _ = step(config=CONFIG).preprocess(notebook, {})
    return notebook


def answer(assignment, question, name):
    """The cell that answers `question`: the right answer of this name, or the wrong one."""
    if question in assignment.submissions.RIGHT.get(name, {}):
        return assignment.submissions.RIGHT[name][question]
    (change,) = (row[1] for row in assignment.submissions.WRONG[question] if row[0] == name)
    if isinstance(change, str):
        return change
    code = assignment.cells[f"solution-{question}"]
    for old, new in change.items():
        assert old in code, f"{question}, {name}: the solution has no '{old}'"
        code = code.replace(old, new)
    return code


def execute(assignment, cells):
    """(namespace, ids of cells that failed) after running code cells as a notebook does, all of them."""
    namespace, failed = {}, []
    with mock.patch.dict(sys.modules, checks=assignment.checks), contextlib.redirect_stdout(io.StringIO()):
        for id, source in cells.items():
            try:
                exec(compile(source, f"<{id}>", "exec"), namespace)
            except Exception:
                failed.append(id)
    return namespace, failed


def given_and(assignment, answers):
    """The code cells that a check needs: given ones, and the solution with these answers in their place."""
    cells = {id: source for id, source in assignment.cells.items() if id.startswith(("given-", "solution-"))}
    return cells | {f"solution-{question}": code for question, code in answers.items()}


RIGHT = [
    pytest.param(assignment, assignment.submissions.RIGHT.get(kind, {}), id=f"{name}-{kind}")
    for name, assignment in ASSIGNMENTS.items()
    for kind in ("solution", *assignment.submissions.RIGHT)
]
WRONG = [
    pytest.param(assignment, question, *row, id=f"{name}-{question}-{row[0]}")
    for name, assignment in ASSIGNMENTS.items()
    for question, rows in assignment.submissions.WRONG.items()
    for row in rows
]


def earns_everything(assignment, answers, seeds):
    namespace, failed = execute(assignment, given_and(assignment, answers))
    assert not failed
    for question in assignment.questions:
        for seed in seeds:
            got = run(getattr(assignment.checks, question), Student(namespace), seed)
            assert points_of(got) == assignment.points[f"check-{question}"], (seed, describe(got, True))


@pytest.mark.parametrize("assignment, answers", RIGHT)
def test_right_answers_earn_everything(assignment, answers):
    earns_everything(assignment, answers, FEW_SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("assignment, answers", RIGHT)
def test_right_answers_earn_everything_with_many_seeds(assignment, answers):
    earns_everything(assignment, answers, MANY_SEEDS)


def earns(assignment, question, name, points, says, seeds):
    namespace, _ = execute(assignment, given_and(assignment, {question: answer(assignment, question, name)}))
    for seed in seeds:
        student = Student(namespace, call_limit_s=0.3, question_limit_s=0.6)
        got = run(getattr(assignment.checks, question), student, seed)
        report = describe(got, reveal=False)
        assert (points_of(got), says in report) == (points, True), (
            f"seed {seed}, '{says}'\n{describe(got, True)}"
        )


@pytest.mark.parametrize("assignment, question, name, change, points, says", WRONG)
def test_a_wrong_answer_earns_its_points_and_its_sentence(assignment, question, name, change, points, says):
    earns(assignment, question, name, points, says, FEW_SEEDS)


@pytest.mark.slow
@pytest.mark.parametrize("assignment, question, name, change, points, says", WRONG)
def test_a_wrong_answer_earns_its_points_with_many_seeds(assignment, question, name, change, points, says):
    earns(assignment, question, name, points, says, MANY_SEEDS[:20])


def test_the_stub_earns_nothing_and_its_given_cells_run(assignment):
    code = {cell.id: cell.source for cell in released(assignment).cells if cell.cell_type == "code"}
    namespace, failed = execute(assignment, {id: source for id, source in code.items() if "check-" not in id})
    assert all(id.startswith("solution-") for id in failed)
    for question in assignment.questions:
        got = run(getattr(assignment.checks, question), Student(namespace), seed=0)
        assert points_of(got) == 0 and all(r.problem for r in got)
        assert re.search("is not written yet|is not defined", describe(got, reveal=False))


def test_every_question_has_its_cells_answers_and_points(assignment):
    for question in assignment.questions:
        assert f"solution-{question}" in assignment.cells
        assert f"check(checks.{question}, globals())" in assignment.cells[f"check-{question}"]
        rows = assignment.submissions.WRONG[question]
        assert len(rows) >= 12 and len({row[0] for row in rows}) == len(rows)
    assert len(assignment.submissions.RIGHT) >= 3
    prose = "\n".join(cell.source for cell in assignment.notebook.cells if cell.cell_type == "markdown")
    assert sum(map(int, re.findall(r"\((\d+) points?\)", prose))) == sum(assignment.points.values())


def test_the_release_holds_no_solution_and_no_hidden_test(assignment):
    for cell in released(assignment).cells:
        assert not re.search(r"SOLUTION|HIDDEN|grade\(", cell.source)
        if cell.id.startswith("answer-"):
            assert cell.source == CONFIG.ClearSolutions.text_stub
        if cell.id.startswith("solution-"):
            solution = assignment.cells[cell.id].split("### BEGIN SOLUTION\n")[1].split("### END SOLUTION")[0]
            assert not {line.strip() for line in solution.strip().splitlines() if line} & set(
                map(str.strip, cell.source.splitlines())
            )
            assert "raise NotImplementedError" in cell.source


def test_the_source_runs_as_a_script(assignment):
    """From top to bottom, its checks giving every point."""
    command = [sys.executable, ROOT / "assignments" / assignment.name / f"{assignment.name}.py"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, env=env)
    assert ran.returncode == 0, ran.stderr
    earned = re.findall(r"^ *(\S+) / (\S+) +points$", ran.stdout, re.M)
    assert len(earned) == len(assignment.questions) and all(got == of for got, of in earned)


# The whole cycle, with stock nbgrader's commands.


@pytest.fixture(scope="module", params=NAMES)
def graded(request, tmp_path_factory):
    """A course after release, fetch, submit, collect, autograde, feedback and export."""
    assignment, tmp = ASSIGNMENTS[request.param], tmp_path_factory.mktemp("nbgrader")
    course, home, exchange = (tmp / name for name in ("course", "home", "exchange"))
    for folder in (course, home, exchange):
        folder.mkdir()
    exchange.chmod(0o777)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    name, exchange_options = assignment.name, [f"--Exchange.root={exchange}", f"--Exchange.cache={tmp}/cache"]
    at_home = ["--course", CONFIG.CourseDirectory.course_id, *exchange_options]
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHONPYCACHEPREFIX": str(tmp / "pycache"),
        "IPYTHONDIR": str(tmp),
        "JUPYTER_RUNTIME_DIR": str(tmp),
        "JUPYTER_DATA_DIR": str(tmp / "jupyter"),
    }
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # one compiled copy of torch for all of the students' kernels

    def nbgrader(where, *arguments):
        ran = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=where,
            env=env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=600,
        )
        assert ran.returncode == 0, ran.stdout
        return ran.stdout

    notebooks.build(name, ROOT / "assignments", course / "build" / "source")
    nbgrader(course, "generate_assignment", name)
    nbgrader(course, "release_assignment", name, *exchange_options)
    nbgrader(home, "fetch_assignment", name, *at_home)

    def submit(student, answers):
        shutil.copytree(home, tmp / student)
        notebook = filled(assignment, home / name / f"{name}.ipynb", student, answers)
        nbformat.write(notebook, tmp / student / name / f"{name}.ipynb")
        nbgrader(tmp / student, "submit", name, "--student", student, *at_home)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(submit, *zip(*students(assignment).items(), strict=True)))
    nbgrader(course, "collect", name, *exchange_options)
    nbgrader(course, "autograde", name)
    grade_by_hand(assignment, course, "solution")
    nbgrader(course, "generate_feedback", name)
    nbgrader(course, "release_feedback", name, *exchange_options)
    nbgrader(course, "export", "--to", "grades.csv")
    with open(course / "grades.csv", newline="") as file:
        scores = {
            row["student_id"]: (float(row["score"]), float(row["max_score"])) for row in csv.DictReader(file)
        }
    return SimpleNamespace(assignment=assignment, course=course, home=home, exchange=exchange, scores=scores)


def students(assignment):
    return {"stub": {}, "solution": {}, **assignment.submissions.STUDENTS}


def filled(assignment, release, student, answers):
    """What this student hands in: the solution but for the answers named, or the release as it is."""
    notebook = nbformat.read(release, as_version=4)
    for cell in notebook.cells if student != "stub" else ():
        id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if id.startswith("solution-") or (id.startswith("answer-") and student == "solution"):
            cell.source = assignment.cells[id]
        if id.removeprefix("solution-") in answers:
            cell.source = answer(
                assignment, id.removeprefix("solution-"), answers[id.removeprefix("solution-")]
            )
    return notebook


def grade_by_hand(assignment, course, student):
    """What the formgrader does when a person gives a written answer full points."""
    with Gradebook(f"sqlite:///{course}/build/gradebook.db") as gradebook:
        for id in assignment.points:
            grade = gradebook.find_grade(id, assignment.name, assignment.name, student)
            assert grade.needs_manual_grade == id.startswith("answer-")
            if grade.needs_manual_grade:
                grade.manual_score, grade.needs_manual_grade = assignment.points[id], False
        gradebook.db.commit()


def expected_points(assignment, answers):
    """The table's points for the answers named, full points for the others, none for written answers."""
    table = {
        (question, row[0]): row[2] for question, rows in assignment.submissions.WRONG.items() for row in rows
    }
    return sum(
        table.get((question, answers.get(question)), assignment.points[f"check-{question}"])
        for question in assignment.questions
    )


@pytest.mark.slow
def test_the_exported_scores_are_those_of_the_table(graded):
    assignment, full = graded.assignment, sum(graded.assignment.points.values())
    table = {
        student: (expected_points(assignment, answers), full)
        for student, answers in assignment.submissions.STUDENTS.items()
    }
    assert graded.scores == {"stub": (0, full), "solution": (full, full), **table}


@pytest.mark.slow
def test_the_feedback_names_the_mistakes_and_shows_no_check_code(graded):
    assignment = graded.assignment
    for student, answers in assignment.submissions.STUDENTS.items():
        (page,) = (graded.course / "build" / "feedback" / student / assignment.name).glob("*.html")
        text = (
            re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
            .replace("&#39;", "'")
            .replace("&gt;", ">")
        )
        for question, name in answers.items():
            for row in assignment.submissions.WRONG[question]:
                assert row[0] != name or row[3] in text, f"{student}: '{row[3]}' is not in {page}"
        assert "course_lib/grading" not in text and "checks.py" not in text  # no frame of a traceback


@pytest.mark.slow
def test_the_release_is_the_one_that_the_fast_tests_look_at(graded):
    path = graded.home / graded.assignment.name
    assert {file.name for file in path.iterdir()} == {f"{path.name}.ipynb", "checks.py"}
    cells = nbformat.read(path / f"{path.name}.ipynb", as_version=4).cells
    assert [cell.source for cell in cells] == [cell.source for cell in released(graded.assignment).cells]


@pytest.mark.slow
def test_feedback_reaches_the_exchange_and_the_sources_stay_clean(graded):
    pages = list((graded.exchange / CONFIG.CourseDirectory.course_id / "feedback").glob("*.html"))
    assert len(pages) == len(graded.scores)
    assert {path.name for path in graded.course.iterdir()} == {"build", "nbgrader_config.py", "grades.csv"}
