"""What an assignment's checks are written with: expect, compare, the direct student proxy, and the report."""

import contextlib
import secrets
import sys
from typing import NamedTuple

import numpy as np

from course_lib.grading.student import Failure, Student, place_of, plain

PUBLIC_SEED = 0


class Difference(NamedTuple):
    """What is wrong with a returned value, in words for the student."""

    problem: str  # may always be told
    values: str  # tells expected numbers: public cases only


class Result(NamedTuple):
    """One case of a property: the points it earns out of `max_points`, and what went wrong."""

    property: str
    points: float
    max_points: float
    case: str = ""
    problem: str = ""  # empty when the property holds
    values: str = ""
    cause: str = ""
    read: str = ""


class Notice(Exception):
    """Ends a check cell with one sentence and no traceback."""

    def _render_traceback_(self):
        return [str(self)]


def part(got, index, of):
    """Item `index` of a tuple of `of` values, or a Failure that says what came instead."""
    if isinstance(got, Failure):
        return got
    if len(np.atleast_1d(got) if isinstance(got, np.ndarray) else got) != of:
        return Failure(f"expected a tuple of {of} values, got {_kind(got)}")
    return got[index]


def compare(got, want, rtol=1e-9, changed=()):
    """The Difference between a returned and an expected value, None when they agree.

    The order is type, shape, finite, values, side effects. Whole numbers must be equal. The error of any other entry is
    |a - b| / max(|a|, |b|, tiny) in float64; tiny is a thousandth of the largest expected entry, so that sums
    which cancel are not held to their own size.
    """
    if isinstance(got, Failure):
        return Difference(got.message, "")
    if isinstance(want, tuple) or isinstance(got, tuple):
        return _compare_tuples(got, want, rtol, changed)
    if want.dtype.kind == "i" and got.dtype.kind == "f":
        return Difference("expected whole numbers (int), got floats: divide with // instead of /", "")
    if got.shape != want.shape:
        return Difference(f"expected {_kind(want)}, got {_kind(got)}", "")
    a, b = got.astype(np.float64), want.astype(np.float64)
    broken = ~np.isfinite(a)
    if broken.any():
        return Difference(f"{_count(broken)} nan or inf", _place(broken))
    error = _error(a, b)
    whole = got.dtype.kind == want.dtype.kind == "i"
    wrong = got != want if whole else error > rtol
    if wrong.any():
        form = "d" if whole else ".10g"
        first = f"{_place(wrong)}expected {want[wrong][0]:{form}}, got {got[wrong][0]:{form}}"
        return Difference(f"{_count(wrong)} wrong", f"{first}; largest relative error {error.max():.1e}")
    if changed:
        which = " and ".join(str(i + 1) for i in changed)
        return Difference(f"right, but the call overwrote its argument {which}: work on a copy", "")
    return None


def _compare_tuples(got, want, rtol, changed):
    if not (isinstance(got, tuple) and isinstance(want, tuple) and len(got) == len(want)):
        return Difference(f"expected {_kind(want)}, got {_kind(got)}", "")
    for index, (a, b) in enumerate(zip(got, want, strict=True)):
        if difference := compare(a, b, rtol, changed):
            return Difference(f"value {index + 1} of {len(want)}: {difference.problem}", difference.values)
    return None


def _error(a, b):
    tiny = 1e-3 * max(np.abs(b).max(initial=0), np.finfo(np.float64).tiny * 1e3)
    with np.errstate(all="ignore"):
        return np.abs(a - b) / np.maximum(np.maximum(np.abs(a), np.abs(b)), tiny)


def _kind(value):
    if isinstance(value, Failure):
        return "something unusable"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)} values"
    return f"shape {value.shape}" if value.ndim else "a single number"


def _count(mask):
    return f"{mask.sum()} of {mask.size} entries are" if mask.size > 1 else "the number is"


def _place(mask):
    return f"first at [{', '.join(str(i) for i in np.argwhere(mask)[0])}]: " if mask.size > 1 else ""


def likely_cause(got, want, mistakes, rtol=1e-9):
    """The known mistakes with this output (two at most), else what the numbers themselves show, else ''."""
    if isinstance(got, Failure):
        return ""
    known = mistakes() if callable(mistakes) else mistakes
    same = [sentence for sentence, output in known.items() if compare(got, plain(output), rtol) is None]
    if same:
        return " or ".join(same[:2])
    if isinstance(got, tuple) or isinstance(want, tuple) or got.shape != want.shape or want.size < 2:
        return ""
    a, b = got.astype(np.float64), want.astype(np.float64)
    if not a.any():
        return "the result is all zeros: was it ever filled?"
    if compare(a, -b, rtol) is None:
        return "every entry has the wrong sign"
    if np.array_equal(a, np.trunc(b)):
        return "the fractions are cut off: was the result stored in an array of integers?"
    if _error(a, b).max() < 1e-5:
        return "right to about six digits: was something stored as float32?"
    with np.errstate(all="ignore"):
        factor = np.sum(a * b) / np.sum(b * b)
    if compare(a, factor * b, rtol) is None:
        return f"every entry is {factor:.6g} times the expected one"
    return ""


def expect(property, points, got, want, case="", mistakes=None, rtol=1e-9, changed=(), reveal=True, read=""):
    """One case of a property: `got` from the student against `want`, arrays, numbers or tuples of them.

    `mistakes` maps a sentence to the output that this mistake gives here, or is a function that makes this
    dict, called only when needed. `changed` is student.changed where the arguments must be left alone;
    `reveal=False` keeps the expected value out of the report; `read` names a lesson.
    """
    want = plain(want)
    difference = compare(got, want, rtol, changed)
    if difference is None:
        return Result(property, points, points)
    values = difference.values if reveal else ""
    cause = likely_cause(got, want, mistakes or {}, rtol)
    return Result(property, 0, points, case, difference.problem, values, cause, read)


def expect_error(property, points, got, error="ValueError", case="", read=""):
    """One case of a property: the call must have raised `error`, the name of an exception."""
    if isinstance(got, Failure) and got.error == error:
        return Result(property, points, points)
    problem = got.message if isinstance(got, Failure) else f"returned {_kind(got)}"
    return Result(property, 0, points, case, f"should raise {error}, but {problem}", read=read)


def run(question, student, seed):
    """The results of one question, one per property: it earns its points when all of its cases agree."""
    results = {}
    for result in question(student, np.random.default_rng(seed)):
        before = results.setdefault(result.property, result)
        if before.max_points != result.max_points:
            raise ValueError(f"{question.__name__}: '{result.property}' has two different numbers of points")
        if result.problem and not before.problem:
            results[result.property] = result
    return list(results.values())


def describe(results, reveal):
    """The report as text: a line per property, under it what went wrong; cases and values with `reveal`."""
    lines, told, read = [], set(), []
    for r in results:
        lines.append(f"{r.points:>5g} / {r.max_points:<5g} {r.property}")
        details = [
            reveal and r.case and f"case: {r.case}",
            r.problem,
            reveal and r.values,
            r.cause and f"likely cause: {r.cause}",
        ]
        if r.problem in told and not r.problem.endswith("wrong"):
            details = ["the same as above"]
        told.add(r.problem)
        lines += [f"{'':14}{line}" for line in details if r.problem and line]
        read += [r.read] if r.problem and r.read and r.read not in read else []
    lines.append(f"{points_of(results):>5g} / {sum(r.max_points for r in results):<5g} points")
    return "\n".join(lines + [f"read again: {', '.join(read)}"] * bool(read))


def points_of(results):
    """The points that the results earn together."""
    return float(sum(r.points for r in results))


def check(question, namespace, seed=PUBLIC_SEED):
    """What a check cell calls: run a question on open cases, print the report, return the points."""
    return _report(question, namespace, seed, f"open cases (seed {seed})", reveal=True)


def grade(question, namespace):
    """What grading calls: the same checks on cases that nobody has seen; tells the seed, for a replay."""
    seed = secrets.randbits(32)
    replay = f"check({question.__module__}.{question.__name__}, globals(), seed={seed})"
    return _report(question, namespace, seed, f"fresh cases, these count ({replay} shows them)", reveal=False)


def _report(question, namespace, seed, which, reveal):
    name = question.__name__
    try:
        # nbgrader gives no points to a check cell with text on stderr, and one warning puts it there.
        with contextlib.redirect_stderr(sys.stdout):
            results = run(question, Student(namespace), seed)
    except KeyboardInterrupt as stop:
        raise Notice(f"{name}: stopped{place_of(stop, namespace)}; no points were counted") from None
    except Exception as error:
        sentence = f"{name}: the check itself failed, not your answer: tell your teacher."
        raise Notice(f"{sentence} ({type(error).__name__}: {error}, seed {seed})") from None
    print(f"{name}: {which}")
    print(describe(results, reveal))
    return points_of(results)
