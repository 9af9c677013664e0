"""The shape of the project: who imports whom, what is imported late, how long files are, what git holds."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = ROOT / "course_lib"
# Which part of the library may import which other part; a part that is not named here may import none.
EDGES = {"models": {"layers"}, "plots": {"measure"}}
NO_TORCH = {"widgets", "book", "grading"}
# Lines, by the first pattern that fits, as the formatter wraps them. A file over its budget is divided.
BUDGETS = {
    "course_lib/models/__init__.py": 300,  # the registry: a row a network
    "course_lib/models/*.py": 170,
    "course_lib/**/*.py": 230,
    "course_lib/widgets/js/**/*.mjs": 320,
    "tests/*.py": 400,
    "chapters/*/*.py": 530,
    "README.md": 120,
}


def sources(folder):
    return sorted(path for path in folder.rglob("*.py") if "node_modules" not in path.parts)


def imports(path, *, late=True):
    """Names of the modules that a file imports; without `late` only those outside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    if not late:
        functions = [n for n in nodes if isinstance(n, ast.FunctionDef | ast.Lambda)]
        inside = {id(inner) for function in functions for inner in ast.walk(function)}
        nodes = [node for node in nodes if id(node) not in inside]
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            assert node.names[0].name != "*", f"{path} imports everything of {node.module}"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def part(module):
    """The part of the library that a module belongs to: `course_lib.models.lenet` is of `models`."""
    names = module.split(".")
    return names[1] if names[0] == "course_lib" and len(names) > 1 else None


def test_parts_import_only_along_the_allowed_edges():
    for path in sources(LIBRARY):
        own = path.relative_to(LIBRARY).with_suffix("").parts[0]
        found = {part(module) for module in imports(path)} - {None, own}
        assert found <= EDGES.get(own, set()), f"{path} imports {found}"


def test_the_library_imports_no_lesson_assignment_or_test():
    for path in sources(LIBRARY):
        assert not {module.split(".")[0] for module in imports(path)} & {
            "chapters",
            "assignments",
            "tests",
        }, path


def test_torchvision_is_imported_only_where_it_is_used():
    for path in sources(LIBRARY):
        assert not any(module.startswith("torchvision") for module in imports(path, late=False)), path


def test_widgets_book_and_grading_import_no_torch():
    for path in sources(LIBRARY):
        if path.relative_to(LIBRARY).parts[0] in NO_TORCH:
            assert not any(module.split(".")[0] == "torch" for module in imports(path)), path


def test_chapters_import_nothing_of_the_grading():
    for path in sources(ROOT / "chapters"):
        assert not any("course_lib.grading" in module for module in imports(path)), path


def test_files_keep_to_their_budgets():
    checked = set()
    for pattern, most in BUDGETS.items():
        for path in ROOT.glob(pattern):
            name = str(path.relative_to(ROOT))
            if name in checked or "node_modules" in path.parts:
                continue
            checked.add(name)
            lines = path.read_text(encoding="utf-8").count("\n")
            assert lines <= most, f"{name} has {lines} lines"
    assert len(checked) > 50


def test_lines_of_the_widgets_scripts_and_styles_fit_a_window():
    """What Ruff does for Python; nothing formats these."""
    widgets = LIBRARY / "widgets"
    files = [widgets / "build.mjs", *(widgets / "js").rglob("*.mjs"), *(widgets / "js").rglob("*.css")]
    files += (ROOT / "tests" / "js").glob("*.mjs")
    assert len(files) > 150
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            assert len(line) <= 120, f"{path}:{number} has {len(line)} characters"


def test_git_holds_sources_only():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what git holds cannot be listed")
    held = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    assert not [
        name for name in held if name.endswith((".ipynb", ".pyc")) or name.startswith(("build/", "_build/"))
    ]
    assert not [name for name in held if "idx3-ubyte" in name or "/MNIST/" in name or "cifar10" in name]


def test_every_dependency_says_why():
    for line in (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines():
        if line.startswith('    "') and "convnet-course" not in line and "slow:" not in line:
            assert "#" in line, line
