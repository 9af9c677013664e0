"""course_lib.grading: compare, the report, the student proxy, and sources to nbgrader notebooks."""

import time

import numpy as np
import pytest

from course_lib.grading import checks
from course_lib.grading.checks import Notice, compare, describe, expect, expect_error, likely_cause, part, run
from course_lib.grading.student import Failure, Student, plain

WANT = np.array([[1.5, -2.0, 3.0], [4.0, 5.0, 6.0]])


def student(code, **limits):
    namespace = {"np": np}
    exec(compile(code, "<a cell>", "exec"), namespace)
    return Student(namespace, **limits)


@pytest.mark.parametrize(
    "got, want, problem, values",
    [
        (Failure("raised IndexError"), WANT, "raised IndexError", ""),
        (
            np.array(4.0),
            np.array(4),
            "expected whole numbers (int), got floats: divide with // instead of /",
            "",
        ),
        (WANT.T, WANT, "expected shape (2, 3), got shape (3, 2)", ""),
        (WANT[None], WANT, "expected shape (2, 3), got shape (1, 2, 3)", ""),
        (np.array(1.0), WANT, "expected shape (2, 3), got a single number", ""),
        (np.ones(1), np.array(1.0), "expected a single number, got shape (1,)", ""),
        ((WANT, WANT), WANT, "expected shape (2, 3), got a tuple of 2 values", ""),
        ((WANT,), (WANT, WANT), "expected a tuple of 2 values, got a tuple of 1 values", ""),
        (
            (WANT, -WANT),
            (WANT, WANT),
            "value 2 of 2: 6 of 6 entries are wrong",
            "first at [0, 0]: expected 1.5, got -1.5; largest relative error 2.0e+00",
        ),
        (np.where(WANT > 4, np.nan, WANT), WANT, "2 of 6 entries are nan or inf", "first at [1, 1]: "),
        (
            WANT + [[0, 0, 1], [0, 0, 0]],
            WANT,
            "1 of 6 entries are wrong",
            "first at [0, 2]: expected 3, got 4; largest relative error 2.5e-01",
        ),
        (
            np.array(7),
            np.array(8),
            "the number is wrong",
            "expected 8, got 7; largest relative error 1.2e-01",
        ),
    ],
)
def test_compare_says_what_differs(got, want, problem, values):
    assert compare(got, want) == (problem, values)


def test_whole_numbers_must_be_equal():
    got, want = np.array(15_470_264_321), np.array(15_470_264_320)
    assert compare(want, want) is None
    assert compare(got, want).values.startswith("expected 15470264320, got 15470264321")


def test_compare_accepts_rounding_and_nothing_more():
    assert compare(WANT * (1 + 1e-12), WANT) is None
    assert compare(WANT * (1 + 1e-8), WANT) is not None
    assert compare(WANT * (1 + 1e-8), WANT, rtol=1e-7) is None
    assert compare(np.array([1.0, 1e-16]), np.array([1.0, 0.0])) is None  # a sum that cancels
    assert compare(np.array([1.0, 1e-9]), np.array([1.0, 0.0])) is not None
    assert compare(np.array([0.0, 1e-9]), np.zeros(2)) is not None
    assert compare(np.array([3]), np.array([3.0])) is None


def test_side_effects_are_looked_at_last():
    assert "overwrote its argument 1 and 3" in compare(WANT, WANT, changed=(0, 2)).problem
    assert "wrong" in compare(-WANT, WANT, changed=(0,)).problem


@pytest.mark.parametrize(
    "got, sentence",
    [
        (WANT[:, ::-1], "the columns are reversed"),
        (WANT.round() + 2, "rounded or raised"),
        (-WANT, "every entry has the wrong sign"),
        (np.trunc(WANT), "the fractions are cut off: was the result stored in an array of integers?"),
        (WANT * 0, "the result is all zeros: was it ever filled?"),
        (WANT / 4, "every entry is 0.25 times the expected one"),
        (WANT + [[1e-7, 0, 0], [0, 0, 0]], "right to about six digits: was something stored as float32?"),
        (WANT + 1, ""),
        (WANT[0], ""),
        (Failure("x"), ""),
    ],
)
def test_likely_cause(got, sentence):
    mistakes = {"the columns are reversed": WANT[:, ::-1]} | dict.fromkeys(
        ("rounded", "raised", "lifted"), WANT.round() + 2
    )
    assert likely_cause(got, WANT, mistakes) == sentence
    assert likely_cause(got, WANT, lambda: mistakes) == sentence


def test_a_report_tells_values_of_open_cases_only():
    results = [
        expect("sizes", 1, WANT, WANT),
        expect("signs", 2, -WANT, WANT, case="C=7", mistakes={"minus": -WANT}, read="lesson signs"),
        expect_error("errors", 0.5, Failure("raised TypeError: 3", "TypeError"), case="C=9"),
    ]
    assert (
        describe(results, reveal=True)
        == """\
    1 / 1     sizes
    0 / 2     signs
              case: C=7
              6 of 6 entries are wrong
              first at [0, 0]: expected 1.5, got -1.5; largest relative error 2.0e+00
              likely cause: minus
    0 / 0.5   errors
              case: C=9
              should raise ValueError, but raised TypeError: 3
    1 / 3.5   points
read again: lesson signs"""
    )
    told = describe(results, reveal=False)
    assert "likely cause: minus" in told and "6 of 6 entries" in told
    assert "C=" not in told and "1.5," not in told


def test_a_repeated_failure_is_told_once():
    results = [expect(name, 1, Failure("f is not written yet"), WANT) for name in "abc"]
    assert describe(results, True).count("f is not written yet") == 1
    assert describe(results, True).count("the same as above") == 2
    results = [expect(name, 1, np.array(3), 2, mistakes={name: np.array(3)}, reveal=False) for name in "abc"]
    assert describe(results, True).count("the number is wrong") == 3
    assert "likely cause: c" in describe(results, True) and "expected" not in describe(results, True)


def test_expect_error():
    assert expect_error("e", 1, Failure("", "ValueError")).points == 1
    assert expect_error("e", 1, Failure("", "TypeError")).points == 0
    assert expect_error("e", 1, WANT).problem == "should raise ValueError, but returned shape (2, 3)"


def test_part_of_a_tuple():
    assert part((WANT, 3), 0, of=2) is WANT
    assert part(np.array([5, 6]), 1, of=2) == 6
    assert part(Failure("x"), 1, of=2) == Failure("x")
    assert part(WANT, 0, of=3).message == "expected a tuple of 3 values, got shape (2, 3)"
    assert part(np.array(2.0), 0, of=2).message == "expected a tuple of 2 values, got a single number"


def test_a_property_earns_its_points_when_every_case_agrees():
    def question(student, rng):
        for value in (1, 2, 3):
            yield expect("all", 2, student.f(value), value)
        yield expect("last", 1, student.f(4), 4)

    got = run(question, student("def f(x):\n    return x if x != 2 else 0"), seed=0)
    assert [(r.property, r.points, r.max_points) for r in got] == [("all", 0, 2), ("last", 1, 1)]
    assert got[0].values.startswith("expected 2, got 0")


def test_two_numbers_of_points_for_a_property_are_refused():
    def question(student, rng):
        yield expect("all", 2, np.array(1), 1)
        yield expect("all", 1, np.array(1), 1)

    with pytest.raises(ValueError, match="'all' has two different numbers of points"):
        run(question, student(""), seed=0)


def test_check_and_grade_return_a_plain_float_and_tell_their_seed(capsys):
    seeds = []

    def toy(student, rng):
        seeds.append(rng.integers(10**9))
        yield expect("one", 0.5, student.f(np.ones(2)), np.ones(2), case="a case")
        yield expect("two", 1, student.f(np.ones(2)), np.zeros(2))

    namespace = {"f": lambda x: x}
    for call in (checks.check, checks.grade, checks.grade, checks.check):
        assert repr(call(toy, namespace)) == "0.5"  # nbgrader reads the repr
    assert seeds[0] == seeds[3] and len(set(seeds)) == 3
    replay = capsys.readouterr().out.split("seed=")[1].split(")")[0]
    assert checks.check(toy, namespace, seed=int(replay)) == 0.5 and seeds[-1] == seeds[1]


@pytest.mark.parametrize(
    "error, sentence",
    [
        (KeyboardInterrupt, "stopped, in f, line 2 of its cell; no points"),
        (ZeroDivisionError("x"), r"the check itself failed, .* \(ZeroDivisionError: x, seed 0\)"),
    ],
)
def test_a_broken_check_ends_in_one_sentence(error, sentence):
    def toy(student, rng):
        yield expect("one", 1, student.f(), 1)
        raise error

    namespace = {"error": error}
    exec("def f():\n    if error is KeyboardInterrupt: raise error", namespace)
    with pytest.raises(Notice, match=sentence) as notice:
        checks.check(toy, namespace)
    assert notice.value._render_traceback_() == [str(notice.value)]


@pytest.mark.parametrize(
    "code, message",
    [
        ("", "f is not defined: run the cell that defines it"),
        ("f = 3", "f should be a function, it is a int"),
        ("def f(x):\n    raise NotImplementedError", "f is not written yet"),
        ("def f(x):\n    x + 1", "returned None: is a return missing?"),
        ("def f(x):\n    return 'a'", "returned a str: use a numpy array or a number"),
        ("def f(x):\n    return x * 1j", "returned complex128 values: use float64 or int64"),
        (
            "def f():\n    return 1",
            "f cannot be called (f() takes 0 positional arguments but 1 was given): "
            "keep the arguments as they were given",
        ),
        (
            "def f(x):\n    y = 0\n    return x / y[0]",
            "raised TypeError: 'int' object is not subscriptable, in f, line 3 of its cell",
        ),
        (
            "def g(x):\n    return np.zeros(2)[x]\ndef f(x):\n    return g(5)",
            "raised IndexError: index 5 is out of bounds for axis 0 with size 2, in g, line 2 of its cell",
        ),
        (
            "def f(x):\n    return np.dot(x, np.ones(9))",
            "raised ValueError: shapes (2,3) and (9,) not aligned: 3 (dim 1) != 9 (dim 0), "
            "in f, line 2 of its cell",
        ),
        ("def f(x):\n    raise SystemExit(2)", "raised SystemExit: 2, in f, line 2 of its cell"),
    ],
)
def test_what_goes_wrong_in_a_call_is_told_with_the_students_line(code, message):
    assert student(code).f(WANT).message == message


def test_a_failure_keeps_the_name_of_what_was_raised():
    assert student("def f(x):\n    raise NotImplementedError").f(1).error == "NotImplementedError"
    assert student("def f(x):\n    raise ValueError('no')").f(1).error == "ValueError"
    assert student("def f(x):\n    return None").f(1).error == ""


def test_a_bare_except_does_not_swallow_the_time_limit():
    code = """
def f(x):
    try:
        while x:
            x += 1
    except:
        pass
    while True:
        x += 1
"""
    message = student(code, call_limit_s=0.2).f(1).message
    assert message.startswith("did not finish within 0.2 s of computing, in f, line ")


def test_a_list_that_contains_itself_is_the_students_failure():
    code = "def f():\n    a = []\n    a.append(a)\n    return a"
    assert "a list in a list more than 8 deep" in str(student(code).f())


def test_an_endless_call_is_stopped_and_a_question_has_a_limit():
    code = """
def f(x):
    while x:
        try:
            x += 1
        except Exception:
            pass
def g():
    return 1
"""
    s = student(code, call_limit_s=0.2, question_limit_s=0.3)
    start_s = time.process_time()
    first, second, third = s.f(1), s.f(1), s.g()
    assert 0.25 < time.process_time() - start_s < 0.5
    assert first.message.startswith("did not finish within 0.2 s of computing, in f, line ")
    assert second.message.startswith("did not finish within 0.")
    assert third.message == "not called: earlier calls used up this question's 0.3 s"


def test_arguments_are_copies_and_changes_are_noticed():
    s = student(
        "def f(a, b, n):\n    b[0] = 9\n    return a\ndef g(a):\n    a.shape = 6\ndef h(a):\n    return a"
    )
    a, b = WANT.copy(), np.zeros(2)
    returned = s.f(a, b, 3)
    assert s.changed == (1,) and not b.any()
    assert returned is not a and returned.base is None
    s.g(a)
    assert s.changed == (0,)
    s.h(a)
    assert s.changed == ()


def test_values_are_read_by_name():
    s = student("a = (1, 2), 3.5\nb = [1, 2.5]")
    assert compare(s["a"], (np.array([1, 2]), np.array(3.5))) is None
    assert compare(s["b"], np.array([1, 2.5])) is None
    assert s["c"].message == "c is not defined: run the cell that sets it"


def test_plain_gives_exact_types_only():
    class Liar(np.ndarray):
        def __eq__(self, other):
            return np.array(True)

    for value, dtype in (
        (np.ones(2, np.float32), np.float64),
        (np.ones(2, np.uint8), np.int64),
        (True, np.int64),
        (np.float16(1), np.float64),
        (np.ones(2).view(Liar), np.float64),
    ):
        array = plain(value)
        assert type(array) is np.ndarray and array.dtype == dtype
    assert plain((np.ones(2), None))[1].message == "is None"


def test_a_warning_does_not_reach_stderr(capsys):
    def toy(student, rng):
        yield expect("one", 1, student.f(), 1)

    namespace = {}
    exec("import sys\ndef f():\n    print('careful', file=sys.stderr)\n    return 1", namespace)
    assert checks.check(toy, namespace) == 1
    told = capsys.readouterr()
    assert "careful" in told.out and told.err == ""


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("got", [np.full(3, 1e308), np.zeros(3), np.full(3, np.inf), np.full(3, -1e-308)])
@pytest.mark.parametrize("want", [np.full(3, -1e308), np.zeros(3), np.ones(3)])
def test_comparing_extreme_numbers_warns_of_nothing(got, want):
    expect("any", 1, got, want, mistakes={"m": want * 2 if want[0] > 0 else want})
