"""Assignment sources become the notebooks that nbgrader takes, or are refused with a sentence."""

import nbformat
import numpy as np
import pytest
from nbgrader.nbgraderformat import MetadataValidator

from course_lib.grading import notebooks

WANT = np.array([[1.5, -2.0, 3.0], [4.0, 5.0, 6.0]])

SOURCE = """# %% [markdown]
# # A title

# %% tags=["given:setup"]
import checks

# %% tags=["solution:f"]
def f():
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION

# %% tags=["check:f:2.5"]
check(checks.f, globals())

# %% [markdown] tags=["answer:why:3"]
# Because.

# %% tags=["hide-input"]
print(1)
"""


def test_tags_become_nbgrader_metadata():
    notebook = notebooks.to_nbgrader(SOURCE)
    MetadataValidator().validate_nb(notebook)
    nbformat.validate(notebook)
    cells = {cell.id: cell for cell in notebook.cells}
    assert list(cells) == ["cell-0", "given-setup", "solution-f", "check-f", "answer-why", "cell-5"]
    found = {
        name: [cell.metadata.nbgrader[key] for key in ("grade", "solution", "locked")]
        for name, cell in cells.items()
        if "nbgrader" in cell.metadata
    }
    assert found == {
        "given-setup": [False, False, True],
        "solution-f": [False, True, False],
        "check-f": [True, False, True],
        "answer-why": [True, True, False],
    }
    assert cells["check-f"].metadata.nbgrader.points == 2.5
    hidden = cells["check-f"].source.split("### BEGIN HIDDEN TESTS")[1]
    assert "grade(checks.f, globals())" in hidden and "### END HIDDEN TESTS" in hidden
    assert notebook == notebooks.to_nbgrader(SOURCE)


@pytest.mark.parametrize(
    "tag, cell, sentence",
    [
        ("solve:f", "", "unknown tag 'solve:f': a tag begins with solution, check, answer, given"),
        ("check:f", "", "should read check:NAME:POINTS"),
        ("solution:f:3", "", "should read solution:NAME"),
        ("solution:2f", "", "where NAME is a Python name"),
        ("check:f:0", "", "should end with a number of points above 0"),
        ("check:f:-1", "", "should end with a number of points above 0"),
        ("check:f:many", "", "should end with a number of points above 0"),
        ("check:f:1", "[markdown] ", "belongs on a code cell, this one is markdown"),
        ("answer:f:1", "", "belongs on a markdown cell, this one is code"),
        ("solution:f", "", "stands twice"),
    ],
)
def test_a_wrong_tag_is_refused_with_a_sentence(tag, cell, sentence):
    with pytest.raises(ValueError, match=sentence):
        notebooks.to_nbgrader(f'{SOURCE}\n# %% {cell}tags=["{tag}"]\n# x = 1\n')


def test_an_unknown_assignment_names_those_that_exist(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "checks.py").touch()
    with pytest.raises(FileNotFoundError, match="b.py is missing; the assignments of .* are: a$"):
        notebooks.build("b", tmp_path, tmp_path)
