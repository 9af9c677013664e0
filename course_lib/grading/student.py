"""The direct student proxy: calls the functions of a notebook, hands back plain arrays and never raises."""

import contextlib
import functools
import linecache
import signal
import threading
import time
import traceback
from dataclasses import dataclass

import numpy as np

CALL_LIMIT_S = 5
QUESTION_LIMIT_S = 20
DEEPEST = 8  # lists in lists; one that contains itself has no end


@dataclass(frozen=True)
class Failure:
    """Stands where a value should be; `message` is for the student, `error` the name of what was raised."""

    message: str
    error: str = ""


class Student:
    """student.name(...) calls a function of `namespace`, student["name"] reads a value.

    Both give what plain() makes of it, or a Failure. Arguments are arrays, by position, and numbers. Arrays
    are handed over as copies; `changed` holds the positions of those that the last call left different. The
    limits are seconds of computing.
    """

    def __init__(self, namespace, call_limit_s=CALL_LIMIT_S, question_limit_s=QUESTION_LIMIT_S):
        self.changed = ()
        self._namespace = namespace
        self._call_limit_s = call_limit_s
        self._question_limit_s = self._left_s = question_limit_s

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return functools.partial(self._call, name)

    def __getitem__(self, name):
        if name not in self._namespace:
            return Failure(f"{name} is not defined: run the cell that sets it")
        return plain(self._namespace[name], f"{name} is")

    def _call(self, name, *args, **options):
        self.changed = ()
        function = self._namespace.get(name)
        if not callable(function):
            return Failure(
                f"{name} is not defined: run the cell that defines it"
                if function is None
                else f"{name} should be a function, it is a {type(function).__name__}"
            )
        limit_s = min(self._call_limit_s, self._left_s)
        if limit_s < 0.05:  # not 0: timers tick in hundredths of a second, early as well as late
            return Failure(f"not called: earlier calls used up this question's {self._question_limit_s:g} s")
        given = [np.array(a) if isinstance(a, np.ndarray) else a for a in args]
        start_s = time.process_time()
        try:
            with _time_limit(limit_s):
                value = function(*given, **options)
        except _TimeUp as error:
            place = place_of(error, self._namespace)
            return Failure(f"did not finish within {limit_s:.3g} s of computing{place}")
        except (Exception, SystemExit) as error:
            return self._raised(name, error)
        finally:
            self._left_s -= time.process_time() - start_s
        self.changed = tuple(i for i, (a, b) in enumerate(zip(args, given, strict=True)) if not _same(a, b))
        return plain(value, "returned")

    def _raised(self, name, error):
        kind, place = type(error).__name__, place_of(error, self._namespace)
        if isinstance(error, NotImplementedError):
            return Failure(f"{name} is not written yet", kind)
        if isinstance(error, TypeError) and not place:
            return Failure(f"{name} cannot be called ({error}): keep the arguments as they were given", kind)
        return Failure(f"raised {kind}: {_text(error)}{place}", kind)


def place_of(error, namespace):
    """Where in a student's own cells an exception arose, as text; other frames are not told."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_globals is namespace:
            source = linecache.getline(frame.f_code.co_filename, line).strip()
            place = f", in {frame.f_code.co_name}, line {line} of its cell{source and f': {source}'}"
    return place


def plain(value, verb="is", depth=0):
    """`value` as a float64 or int64 array, or a tuple of such; a Failure for anything else.

    Numbers in a tuple or list become one array, so that it does not matter how a student collects them.
    """
    if isinstance(value, (tuple, list)):
        if depth == DEEPEST:
            return Failure(f"{verb} a list in a list more than {DEEPEST} deep: use a numpy array")
        items = tuple(plain(item, verb, depth + 1) for item in value)
        numbers = all(isinstance(item, np.ndarray) and item.ndim == 0 for item in items)
        return np.array(items) if numbers else items
    if value is None:
        return Failure(f"{verb} None: is a return missing?" if verb == "returned" else f"{verb} None")
    if not isinstance(value, (bool, int, float, np.ndarray, np.generic)):
        return Failure(f"{verb} a {type(value).__name__}: use a numpy array or a number")
    array = np.array(value)
    dtype = {"b": np.int64, "i": np.int64, "u": np.int64, "f": np.float64}.get(array.dtype.kind)
    if dtype is None:
        return Failure(f"{verb} {array.dtype} values: use float64 or int64")
    return array.astype(dtype)


def _same(a, b):
    if not isinstance(a, np.ndarray):
        return True
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _text(error, limit=200):
    try:
        text = " ".join(str(error).split())
    except Exception:
        text = "(its text cannot be printed)"
    return text if len(text) <= limit else text[:limit] + " ..."


class _TimeUp(BaseException):
    """Not an Exception, so that a student's `except Exception` does not swallow it."""


@contextlib.contextmanager
def _time_limit(seconds):
    """Raise _TimeUp after `seconds` of computing, where the platform has timers and this is the main thread.

    Computing time, not the clock's: a busy machine must not cost anybody points. Sleep is therefore not limited, nor
    a loop that swallows every exception: only another process could stop those.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(signum, frame):
        raise _TimeUp

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.2)  # again and again, as a bare `except:` swallows one
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
