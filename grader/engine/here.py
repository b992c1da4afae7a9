"""Runs a student's functions in this very process: what a page of a browser has.

`Here` is asked as a `runner.Student` is and gives the same outcomes in the same words,
but stops only what Python itself can stop. The marks are for the one who wrote the
answers; a teacher's are given by a `Student`.
"""

import io
import os
import sys
import time
from collections.abc import Callable, Container
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cache

from grader.engine.apart import Apart
from grader.engine.chapters import Chapter
from grader.engine.limits import (
    Budget,
    Clock,
    Limits,
    stopped_while_read,
    time_limit,
)
from grader.engine.runner import printable, with_changes
from grader.engine.source import source
from grader.engine.task import Task
from grader.sandbox.inside import wire
from grader.sandbox.inside.calls import (
    NoLibrary,
    Outcome,
    Printed,
    TimeIsUp,
    Unread,
    call,
    read,
    too_much,
)

ENDED = "ended the process that ran it"


class Died(Exception):
    """A call that would end the process, as it has ended one before."""


class Here:
    """One submission, in the process of the grader.

    Every import of the file, one a task, and every call of a function counts. Before
    each, `post` hears of it, so that somebody outside can end the process of an answer
    that never leaves a loop in C. In the next process the same questions are asked in
    the same order; with the number of that call in `stop_at`, it is not made again, and
    its outcome is that the time was up.

    Parameters
    ----------
    answers : path, str or bytes
        The student's file, or its text.
    chapter : Chapter
    limits : Limits
    file : str
        What to call the file in messages.
    before : str
        What is run before it, in the same namespace.
    stop_at : container of int
        The numbers of the calls that are not to be made; the first call is 1.
    died_at : container of int
        Likewise the numbers of calls that ended their process.
    post : callable, optional
        ``post(number, seconds)`` is called before each call, with the most seconds that
        it may take.

    Examples
    --------
    >>> from grader.engine import chapters
    >>> chapter = chapters.chapter(chapters.folder("04"))
    >>> here = Here("def psi(c, m): return c - m", chapter, post=print)
    >>> with here.answering(chapter.task("04.3")) as runner:
    ...     print(runner.run("psi", (0.5, 2)))
    1 10.0
    2 5.0
    Outcome(value=-1.5, failure=None, message='', changed=(), printed='')
    """

    protection = "browser"

    def __init__(
        self,
        answers: os.PathLike | str | bytes,
        chapter: Chapter,
        limits: Limits | None = None,
        *,
        file: str = "answers.py",
        before: str = "",
        stop_at: Container[int] = (),
        died_at: Container[int] = (),
        post: Callable[[int, float], object] = lambda number, seconds: None,
    ):
        self.limits = limits or Limits()
        self.calls = 0
        self._answers = answers
        self._chapter = chapter
        self._file = file
        self._before = before
        self._stop_at = stop_at
        self._died_at = died_at
        self._post = post
        self._unread = ""
        self._clock = Clock(self.limits.file)
        self.apart = Apart()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    @contextmanager
    def answering(self, task: Task):
        """The runner for one task; raises `Unread` if there is nothing to run."""
        if self._clock.left <= 0:
            raise Unread(f"{self._file} was stopped: {self._clock.sentence}")
        if self._unread:
            raise Unread(self._unread)  # the same file is not tried again
        budget = Budget(self.limits, task.seconds, self._clock)
        try:
            functions = self._read(budget.for_reading)
        except Unread as error:
            self._unread = printable(str(error))
            raise Unread(self._unread) from None
        yield _Answers(functions, self, budget)

    def _read(self, seconds):
        text = source(self._answers, self._file)
        try:
            with self.within(seconds):
                return read(text, self._file, self._before)
        except TimeIsUp:
            raise Unread(stopped_while_read(self._file, seconds)) from None
        except Died:
            raise Unread(f"{self._file} {ENDED} while it was imported.") from None
        except Unread:
            raise
        except Exception:
            if not self.apart.patched:
                raise
            raise Unread(f"{self._file} {ENDED} while it was imported.") from None

    def asked(self, functions, name, arguments):
        """What comes of a call, and what it leaves of its arguments."""
        return call(functions, name, arguments, self._chapter.given, self._file)

    @contextmanager
    def within(self, seconds: float):
        """Code of the student's is run in here; `TimeIsUp` if it takes too long, and
        `Died` if it is known to have ended its process."""
        self.calls += 1
        self._post(self.calls, seconds)
        if self.calls in self._stop_at:
            raise TimeIsUp
        if self.calls in self._died_at:
            raise Died
        with (
            self._clock.running(),
            self.apart.patches(),
            _as_in_a_worker(),
            time_limit(seconds),
        ):
            yield


class _Answers:
    """The functions of one import of a file.

    After a call that took too long, every further question gets the same answer.
    """

    def __init__(self, functions, here, budget):
        self._functions = functions
        self._here = here
        self._budget = budget
        self._harm = None

    def run(self, function_name: str, arguments: tuple) -> Outcome:
        if self._harm is not None:
            return self._harm
        seconds, started = self._budget.for_a_call, time.monotonic()
        try:
            if seconds <= 0:
                raise TimeIsUp
            wire.frame((function_name, arguments))  # what cannot be sent is not asked
            with self._here.within(seconds):
                outcome, after = self._here.asked(
                    self._functions, function_name, arguments
                )
        except TimeIsUp:
            self._harm = self._budget.timeout(function_name)
            return self._harm
        except Died:
            return self._died(function_name)
        except BaseException:
            if self._here.apart.patched:  # no worker would have survived it
                return self._died(function_name)
            # as a worker is given up that was not answered
            self._harm = self._budget.timeout(function_name)
            raise
        self._budget.left -= time.monotonic() - started
        return with_changes(_as_sent(outcome, function_name), after, arguments)

    def _died(self, function_name):
        self._harm = Outcome(failure="died", message=f"`{function_name}` {ENDED}.")
        return self._harm


def _as_sent(outcome, function_name):
    """The outcome, as it would arrive from another process."""
    try:
        wire.frame((outcome.value, outcome.message, outcome.printed))
    except ValueError as error:
        message = too_much(function_name, error)
        outcome = Outcome(failure="value", message=message, printed=outcome.printed)
    return Outcome(
        outcome.value,
        outcome.failure,
        printable(outcome.message),
        printed=printable(outcome.printed),
    )


@contextmanager
def _as_in_a_worker():
    """No input, nowhere to print, and nothing to import but NumPy and Python's own."""
    hidden = {name: sys.modules[name] for name in [*sys.modules] if not _is_there(name)}
    # Python keeps the one that is running, whatever it was started as.
    hidden.pop("__main__", None)
    for name in hidden:
        del sys.modules[name]
    sys.meta_path.insert(0, _OnlyNumPy)
    stdin, sys.stdin = sys.stdin, io.StringIO()
    deepest = sys.getrecursionlimit()
    try:
        with redirect_stdout(Printed()), redirect_stderr(Printed()):
            yield
    finally:
        sys.setrecursionlimit(deepest)
        sys.stdin = stdin
        sys.meta_path.remove(_OnlyNumPy)
        sys.modules.update(hidden)


class _OnlyNumPy(NoLibrary):
    """The first of `sys.meta_path` while an answer runs."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        NoLibrary.find_spec(name)
        if not _is_there(name):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@cache
def _is_there(name):
    """Whether an answer finds a module where only NumPy and Python's own ones are."""
    top = name.partition(".")[0]
    return top in ("numpy", "answers") or top in sys.stdlib_module_names
