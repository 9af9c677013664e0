"""Assignment source (jupytext py:percent with compact tags) to the source notebook that stock nbgrader takes.

solution:NAME      code between ### BEGIN SOLUTION and ### END SOLUTION becomes a stub in the release
check:NAME:POINTS  runs check(checks.NAME, ...); the hidden part that grades it is added here
answer:NAME:POINTS written answer (markdown), graded by hand; the whole cell becomes a stub in the release
given:NAME         read-only code that grading restores
"""

import argparse
import re
import shutil
from pathlib import Path

import jupytext
import nbformat

FORMS = {  # kind: cell type, grade, solution, locked
    "solution": ("code", False, True, False),
    "check": ("code", True, False, True),
    "answer": ("markdown", True, True, False),
    "given": ("code", False, False, True),
}
HIDDEN_TEST = """
### BEGIN HIDDEN TESTS
from course_lib.grading.checks import grade
grade(checks.{name}, globals())
### END HIDDEN TESTS"""


def build(name, assignments=Path("assignments"), source=Path("build/source")):
    """Write source/NAME/NAME.ipynb and, beside it, checks.py; return the notebook's path."""
    folder = Path(assignments) / name
    path = folder / f"{name}.py"
    if not path.is_file():
        there = ", ".join(sorted(p.parent.name for p in Path(assignments).glob("*/checks.py"))) or "none"
        raise FileNotFoundError(f"{path} is missing; the assignments of {assignments}/ are: {there}")
    target = Path(source) / name / f"{name}.ipynb"
    target.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(to_nbgrader(path.read_text(encoding="utf-8")), target)
    shutil.copy(folder / "checks.py", target.parent)
    return target


def to_nbgrader(text):
    """The notebook of a py:percent source, its compact tags replaced by nbgrader metadata (schema 3)."""
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    seen = set()
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"  # fixed ids: the same source gives the same notebook
        for tag in [tag for tag in cell.metadata.pop("tags", []) if ":" in tag]:
            metadata = expand(tag, cell.cell_type)
            cell.id = metadata["grade_id"]
            if cell.id in seen:
                raise ValueError(f"the tag '{tag}' stands twice: give each cell of its kind its own name")
            seen.add(cell.id)
            cell.metadata["nbgrader"] = metadata
            if tag.startswith("check:"):
                cell.source += HIDDEN_TEST.format(name=tag.split(":")[1])
    return notebook


def expand(tag, cell_type):
    """The nbgrader metadata of a compact tag on a cell of this type ("code" or "markdown")."""
    kind, *rest = tag.split(":")
    if kind not in FORMS:
        raise ValueError(f"unknown tag '{tag}': a tag begins with {', '.join(FORMS)}")
    wanted, grade, solution, locked = FORMS[kind]
    form = f"{kind}:NAME:POINTS" if grade else f"{kind}:NAME"
    if len(rest) != 1 + grade or not re.fullmatch(r"[A-Za-z]\w*", rest[0]):
        raise ValueError(f"the tag '{tag}' should read {form}, where NAME is a Python name")
    if cell_type != wanted:
        raise ValueError(f"the tag '{tag}' belongs on a {wanted} cell, this one is {cell_type}")
    metadata = {
        "schema_version": 3,
        "grade_id": f"{kind}-{rest[0]}",
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
    if grade:
        if not re.fullmatch(r"\d+(\.\d+)?", rest[1]) or float(rest[1]) == 0:
            raise ValueError(f"the tag '{tag}' should end with a number of points above 0")
        metadata["points"] = float(rest[1])
    return metadata


def main():
    parser = argparse.ArgumentParser(description="Make nbgrader source notebooks under build/source.")
    parser.add_argument("names", nargs="+", metavar="NAME", help="folder under assignments/")
    for name in parser.parse_args().names:
        try:
            print(build(name))
        except (FileNotFoundError, ValueError) as error:
            raise SystemExit(f"{name}: {error}") from None


if __name__ == "__main__":
    main()
