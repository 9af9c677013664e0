"""nbgrader for this course: sources are made into build/source; everything else stays under build/ too."""

import os
import sys
from pathlib import Path

# nbgrader calls `alembic` by name; it lies beside this Python, whether or not the environment is activated.
os.environ["PATH"] = str(Path(sys.executable).parent) + os.pathsep + os.environ.get("PATH", "")

c = get_config()  # noqa: F821

root = Path(__file__).resolve().parent
c.CourseDirectory.root = str(root)
c.CourseDirectory.course_id = "convolutional-networks"
c.CourseDirectory.db_url = f"sqlite:///{root}/build/gradebook.db"
for step in ("source", "source_with_tests", "release", "submitted", "autograded", "feedback", "solution"):
    setattr(c.CourseDirectory, f"{step}_directory", f"build/{step}")

c.ClearSolutions.code_stub = {"python": "# your code here\nraise NotImplementedError"}
c.ClearSolutions.text_stub = "*Your answer here.*"

# A question may compute for 20 s on its open and 20 s on its fresh cases (course_lib/grading/student.py).
c.Execute.timeout = 120
# A check cell that a student deleted comes back: without this its question waits for a hand grade for ever.
c.OverwriteCells.add_missing_cells = True
