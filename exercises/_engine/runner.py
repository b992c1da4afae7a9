"""Running a student's function: names and plain arrays in, plain arrays or a failure out.

`InProcess` is the simple way, with a soft time limit. Everything else in the grader sees only
``runner.run(function_name, arguments) -> Outcome``, so that a worker process can take its place.
"""

import signal
import threading
import time
import traceback
import warnings
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from exercises._engine import chapters
from exercises._engine.task import Given


@dataclass(frozen=True)
class Outcome:
    """What came of one call: a `value`, or a `failure` with the sentence `message`.

    The value is a NumPy array, a Python number, None, or a tuple of those. A failure is one of
    "empty" (the stub), "needs" (the stub of another task), "missing" (no such function), "error",
    "timeout" and "value" (a result of no use). `changed` holds the positions of the arguments that
    the call modified.
    """

    value: object = None
    failure: str | None = None
    message: str = ""
    changed: tuple[int, ...] = ()


class _TookTooLong(BaseException):
    """Not an Exception: an answer's own `except Exception` must not swallow the time limit."""


class InProcess:
    """Runs the functions of a student's file in this process.

    Parameters
    ----------
    functions : dict
        What the student's file (or notebook) defines, by name.
    given : module or None
        The chapter's `given.py`, for arguments of the kind `Given`.
    seconds : float
        The time limit of a call. It can only be kept in the main thread of a system that has
        alarms (Linux, macOS), and only while Python code runs.
    file : str
        The student's file, to find the line of an error in a traceback.
    """

    def __init__(self, functions, given=None, seconds=5.0, file=None):
        self.functions = functions
        self.given = given
        self.seconds = seconds
        self.file = file

    def run(self, function_name, arguments):
        function = self.functions.get(function_name)
        if not callable(function):
            return Outcome(
                failure="missing",
                message=f"There is no function `{function_name}` in your answers. "
                "Was it renamed or deleted?",
            )
        copies = [self._hand_over(argument) for argument in arguments]
        try:
            with _quiet(), _time_limit(self.seconds):
                result = function(*copies)
        except NotImplementedError as error:
            return self._unanswered(error, function_name)
        except _TookTooLong:
            return Outcome(
                failure="timeout",
                message=f"`{function_name}` was stopped after {self.seconds:g} seconds. "
                "Is there a loop that never ends?",
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # sys.exit and pytest.skip are answers too: wrong ones
            return Outcome(failure="error", message=self._describe(error, function_name))
        changed = tuple(
            position
            for position, (before, after) in enumerate(zip(arguments, copies, strict=True))
            if isinstance(before, np.ndarray) and not _identical(before, after)
        )
        try:
            return Outcome(value=_plain(result), changed=changed)
        except Exception as error:
            return Outcome(
                failure="value",
                message=f"`{function_name}` returned something that is not an array of numbers: "
                f"{error}",
            )

    def _hand_over(self, argument):
        if isinstance(argument, Given):
            return getattr(self.given, argument.name)(**argument.parameters)
        if isinstance(argument, np.ndarray):
            return argument.copy(order="K")
        return argument

    def _unanswered(self, error, function_name):
        raised_by = traceback.extract_tb(error.__traceback__)[-1].name
        if raised_by == function_name or raised_by not in self.functions:
            return Outcome(failure="empty", message="Not answered yet.")
        return Outcome(
            failure="needs",
            message=f"`{function_name}` calls your `{raised_by}`, which is not answered yet.",
        )

    def _describe(self, error, function_name):
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if self.file is not None and frame.filename == str(self.file)
        ]
        where = f" in line {lines[-1]}" if lines else ""
        text = f": {error}".rstrip(".") if str(error) else ""
        return f"`{function_name}` stopped{where} with {type(error).__name__}{text}."


def read(path, seconds=10.0):
    """The functions of a student's file, and a sentence on why there are none (or "")."""
    try:
        with _quiet(), _time_limit(seconds):
            return chapters.answers(path), ""
    except KeyboardInterrupt:
        raise
    except SyntaxError as error:
        return {}, f"answers.py is not Python yet: {error.msg} in line {error.lineno}."
    except _TookTooLong:
        return {}, f"answers.py was stopped after {seconds:g} seconds of being imported."
    except BaseException as error:
        text = f": {error}" if str(error) else ""
        return {}, f"answers.py cannot be imported: {type(error).__name__}{text}."


def _identical(before, after):
    return before.shape == after.shape and before.tobytes() == after.tobytes()


def _plain(result):
    """The result as arrays and Python numbers only."""
    is_list_of_arrays = isinstance(result, list) and any(isinstance(i, np.ndarray) for i in result)
    if isinstance(result, tuple) or is_list_of_arrays:
        return tuple(_plain(item) for item in result)
    if result is None or type(result) in (bool, int, float, complex):
        return result
    array = np.array(result)  # a copy, of exactly this type
    if array.dtype.kind not in "biufc":
        raise TypeError(f"an object of type {type(result).__name__}")
    return array


@contextmanager
def _quiet():
    """NumPy's warnings tell nothing that the values do not; the checks look at the values."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _time_limit(seconds):
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not (in_main_thread and hasattr(signal, "setitimer")):
        yield
        return

    def ring(number, frame):
        raise _TookTooLong

    started = time.monotonic()
    handler = signal.signal(signal.SIGALRM, ring)
    remaining, _ = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler)
        if remaining:  # somebody else's alarm was set: give it back
            left = max(remaining - (time.monotonic() - started), 1e-3)
            signal.setitimer(signal.ITIMER_REAL, left)
