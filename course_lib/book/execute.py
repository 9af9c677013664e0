"""Runs the lessons into the cache that the book build reads: `python -m course_lib.book`.

The cache lies outside the checkout, in a folder named by the content of everything that the lessons use, so a clone
reuses what another has run and a change of the library runs all lessons again.
"""

import hashlib
import os
import re
import resource
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "chapters"
USER_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "convnet-course"
CORES_PER_LESSON, BYTES_PER_LESSON = 2, 3e9
CACHES_KEPT = 8
# What a lesson's kernel inherits: static widgets and no progress bars on a page, and the library of this checkout.
os.environ["COURSE_BOOK"] = "1"
# Threads that wait for work soon sleep. On a busy machine spinning makes small networks ten times slower.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))


def read_lesson(text):
    """A lesson in jupytext's percent format as a notebook; `text` is its content, without the formatter's marks."""
    import jupytext

    return jupytext.reads(_unmarked(text), fmt="py:percent")


def _unmarked(text):
    return text.replace("  # fmt: skip\n", "\n")


def pages():
    """All pages in the order of the table of contents, as paths without suffix, relative to the root."""
    return re.findall(r"^[ -]*(?:file|root): *(\S+)", (ROOT / "_toc.yml").read_text(), re.M)


def lessons():
    """The pages that are lessons, as paths without suffix, relative to the root."""
    return [name for name in pages() if (ROOT / name).with_suffix(".py").exists()]


def cache_path():
    """Folder of the execution cache for the library, the lock file, the results and the data as they are now."""
    library = ROOT / "course_lib"
    used = {ROOT / "requirements.txt", *library.glob("**/*.py"), *SOURCES.glob("**/*.json")}
    # No lesson imports these, but for the book's `glue`.
    used -= {*library.glob("grading/*.py"), *library.glob("book/*.py")} - {library / "book" / "__init__.py"}
    digest = hashlib.sha256()
    for path in sorted(used):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    for place in (os.environ.get("COURSE_DATA"), USER_CACHE / "data"):
        for path in sorted(Path(place).glob("*/*/*")) if place else []:
            if path.suffix not in (".part", ".new", ".lock"):
                size = path.stat().st_size if path.is_file() else 0
                digest.update(f"{path.relative_to(place)} {size}".encode())
    return USER_CACHE / "executed" / digest.hexdigest()[:16]


def cached(name):
    """The executed notebook of a lesson, with its `execution_seconds` and `peak_bytes`; `None` if it has not run."""
    from jupyter_cache import get_cache

    try:
        cache = get_cache(str(cache_path()))
        record, notebook = cache.merge_match_into_notebook(
            read_lesson((ROOT / name).with_suffix(".py").read_text())
        )
    except KeyError:
        return None
    return notebook, cache.get_cache_record(record).data


def main():
    """Run every lesson that is not in the cache, keep each as it is done, and return the exit status."""
    # A lesson that downloads data changes the key of all: what ran before the data was there runs once more.
    for _ in range(2):
        todo = [name for name in lessons() if cached(name) is None]
        if todo and not run_all(todo):
            return 1
    caches = sorted((USER_CACHE / "executed").glob("*"), key=lambda path: path.stat().st_mtime)
    for old in caches[:-CACHES_KEPT]:
        shutil.rmtree(old)
    return 0


def run_all(todo):
    """Run lessons, as many at once as there are cores and memory for, into the cache; whether all ran to the end."""
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn
    from nbclient.exceptions import DeadKernelError

    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    room = min(len(os.sched_getaffinity(0)) // CORES_PER_LESSON, int(memory_bytes / BYTES_PER_LESSON))
    workers = min(len(todo), max(1, room))
    print(
        f"Running {len(todo)} of {len(lessons())} lessons, {workers} at a time; the others have not changed."
    )
    failed = 0
    with ThreadPoolExecutor(workers) as pool:
        runs = {pool.submit(run, name): name for name in todo}
        for done, finished in enumerate(as_completed(runs), 1):
            name, about = runs[finished], f"[{done}/{len(todo)}] {runs[finished]}"
            try:
                result = finished.result()
            except DeadKernelError as error:
                failed += 1
                print(f"{about} FAILED: {error}; did the machine run out of memory?", file=sys.stderr)
                continue
            if result.err is not None:
                failed += 1
                print(f"{about} FAILED {where(name, result.nb)}\n{result.err}", file=sys.stderr)
                continue
            # Of the largest kernel so far: the system does not tell the memory of each child apart.
            peak_bytes = 1024 * resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            cost = {"execution_seconds": result.time, "peak_bytes": peak_bytes}
            bundle = CacheBundleIn(result.nb, str(ROOT / name), data=cost)
            # Looked up anew: a lesson may have downloaded data, and then the key is another.
            get_cache(str(cache_path())).cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            print(f"{about}  {result.time:.1f} s, {peak_bytes / 1e9:.1f} GB", flush=True)
    return failed == 0


def run(name):
    """Execute one lesson in a kernel of its own, in the folder where it lies."""
    from jupyter_cache.executors.utils import single_nb_execution

    path = (ROOT / name).with_suffix(".py")
    notebook = read_lesson(path.read_text())
    quiet = ["--log-level=ERROR"]  # a kernel remarks at every start that its sockets are not encrypted
    return single_nb_execution(
        notebook, cwd=str(path.parent), timeout=600, allow_errors=False, extra_arguments=quiet
    )


def where(name, notebook):
    """The first code cell that has an error in its output, or was not finished, and its line in the lesson."""
    source = _unmarked((ROOT / name).with_suffix(".py").read_text())
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(cells, 1):
        raised = any(output.output_type == "error" for output in cell.outputs)
        if raised or cell.execution_count is None:
            line = source[: max(source.find(cell.source), 0)].count("\n") + 1
            return f"in code cell {number} (line {line} of {name}.py)"
    return "outside its cells"
