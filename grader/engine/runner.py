"""Runs a student's functions: names and arrays in, plain arrays or a failure out.

`Student` runs them in a process of their own, shut off as far as the machine can.
`InProcess` runs functions that are trusted, such as those of the solution, here. The
rest of the grader sees only ``student.answering(task)`` and, of what that gives,
``run(function_name, arguments) -> Outcome``.
"""

import os
import signal
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from types import ModuleType

import numpy as np

from grader import sandbox
from grader.engine.chapters import Chapter
from grader.engine.limits import (
    Budget,
    Clock,
    Limits,
    stopped_while_read,
    time_limit,
    timeout,
)
from grader.engine.source import source
from grader.engine.task import Task
from grader.sandbox.inside.calls import (
    Outcome,
    TimeIsUp,
    Unread,
    call,
    speaks_for_itself,
    tells_why_unread,
)
from grader.sandbox.inside.wire import Unreadable

__all__ = ["InProcess", "Limits", "Outcome", "Student", "Unread"]

LONGEST_MESSAGE = 500


class Student:
    """One submission, in a process of its own.

    A context manager: what it started ends with it. An answer that harms its process (a
    crash, a time limit, a forged reply) costs the task at hand; the next one has a
    fresh process.

    Parameters
    ----------
    answers : path, str or bytes
        The student's file, or its text.
    chapter : Chapter
    protection : str, optional
        One of `sandbox.PROTECTIONS`; the strongest that works here if none.
    limits : Limits
    file : str
        What to call the file in messages.
    before : str
        What is run before it, in the same namespace: what the cell of a notebook needs
        of others.

    Attributes
    ----------
    protection : str
        The one in use; ``sandbox.describe`` says it in a sentence.

    Raises
    ------
    sandbox.Unusable
        If `protection` does not work here.

    Examples
    --------
    >>> from grader.engine import chapters
    >>> chapter = chapters.chapter(chapters.folder("04"))
    >>> with Student("def psi(c, m): return c - m", chapter) as student:
    ...     with student.answering(chapter.task("04.3")) as runner:
    ...         print(runner.run("psi", (0.5, 2)))
    Outcome(value=-1.5, failure=None, message='', changed=(), printed='')
    """

    def __init__(
        self,
        answers: os.PathLike | str | bytes,
        chapter: Chapter,
        protection: str | None = None,
        limits: Limits | None = None,
        *,
        file: str = "answers.py",
        before: str = "",
    ):
        self.protection = sandbox.protection(protection)
        self.limits = limits or Limits()
        self._answers = answers
        self._file = file
        self._before = before
        self._given = ""
        if chapter.given is not None:
            self._given = (chapter.folder / "given.py").read_text(encoding="utf-8")
        self._sandbox = sandbox.Sandbox(
            self.protection,
            self.limits.memory,
            round(self.limits.task + self.limits.reading),
        )
        self._unread = ""
        self._clock = Clock(self.limits.file)

    def __enter__(self):
        self._sandbox.__enter__()
        return self

    def __exit__(self, *error):
        self._sandbox.__exit__(*error)

    @contextmanager
    def answering(self, task: Task):
        """The runner for one task; raises `Unread` if there is nothing to run."""
        if self._clock.left <= 0:
            raise Unread(f"{self._file} was stopped: {self._clock.sentence}")
        if self._unread:
            raise Unread(self._unread)  # the same file is not tried again
        try:
            text = source(self._answers, self._file)
            budget = Budget(self.limits, task.seconds, self._clock)
            worker = _Worker(self._sandbox, budget)
            with closing(worker):
                worker.read(text, self._file, self._before, self._given)
                yield worker
        except Unread as error:
            self._unread = str(error)
            raise


class InProcess:
    """Runs functions in this process, for those that are trusted.

    Parameters
    ----------
    functions : dict
        By name.
    given : module or None
        The chapter's `given.py`, for arguments of the kind `Given`.
    seconds : float
        The time limit of a call. It can only be kept in the main thread of a system
        that has alarms (Linux, macOS), and only while Python code runs.
    """

    def __init__(
        self, functions: dict, given: ModuleType | None = None, seconds: float = 5.0
    ):
        self.functions = functions
        self.given = given
        self.seconds = seconds

    @contextmanager
    def answering(self, task):
        yield InProcess(self.functions, self.given, task.seconds)

    def run(self, function_name: str, arguments: tuple) -> Outcome:
        try:
            with time_limit(self.seconds):
                answer = call(self.functions, function_name, arguments, self.given)
            return with_changes(*answer, arguments)
        except TimeIsUp:
            return timeout(function_name, self.seconds)


class _Worker:
    """The child of a sandbox that answers for one task.

    After any harm it is gone, and every further question gets the same answer.
    """

    def __init__(self, sandbox, budget):
        self._sandbox = sandbox
        self._budget = budget
        self._harm = None
        self._channel = sandbox.open()

    def read(self, source, file, before, given):
        """Have the student's file imported; raises `Unread`."""
        seconds = self._budget.for_reading
        question = np.frombuffer(source, np.uint8), file, before, given
        try:
            (reply,) = self._ask(question, seconds)
            if reply != "" and not (
                type(reply) is str and tells_why_unread(reply, file)
            ):
                raise Unreadable("another kind of reply")
        except TimeoutError:
            reply = stopped_while_read(file, seconds)
        except (OSError, EOFError, Unreadable) as error:
            reply = f"{file} {self._end(error)} while it was imported."
        if reply:
            self._sandbox.kill()
            raise Unread(printable(reply))

    def run(self, function_name: str, arguments: tuple) -> Outcome:
        if self._harm is not None:
            return self._harm
        seconds, started = self._budget.for_a_call, time.monotonic()
        try:
            if seconds <= 0:
                raise TimeoutError
            reply, after = self._ask(
                (function_name, tuple(arguments)), seconds, replies=2
            )
            outcome = with_changes(_outcome(reply, function_name), after, arguments)
            self._budget.left -= time.monotonic() - started
            return outcome
        except TimeoutError:
            self._harm = self._budget.timeout(function_name)
        except (OSError, EOFError, Unreadable) as error:
            sentence = f"`{function_name}` {self._end(error)}."
            self._harm = Outcome(failure="died", message=printable(sentence))
        # an alarm or a Ctrl-C: the next answer read would be this one's
        except BaseException:
            self._harm = self._budget.timeout(function_name)
            self._sandbox.kill()
            raise
        self._sandbox.kill()  # whatever it left behind must not meet the next task
        return self._harm

    def close(self):
        self._channel.close()
        if self._harm is None and self._sandbox.end() is None:
            self._sandbox.kill()

    def _ask(self, question, seconds, replies=1):
        """The replies to a question, all of them in time."""
        started = time.monotonic()
        with self._budget.clock.running():
            self._channel.send(question, seconds)
            return [
                self._channel.receive(max(0.0, started + seconds - time.monotonic()))
                for _ in range(replies)
            ]

    def _end(self, error):
        """How a child ended that did not answer."""
        if isinstance(error, Unreadable):
            return f"sent something that is no answer: {error}"
        status = self._sandbox.end()
        if status is None:
            return "ended the process that ran it"
        if status < 0:
            with suppress(ValueError):
                return f"ended the process that ran it ({signal.Signals(-status).name})"
        return f"ended the process that ran it (exit status {status})"


def _outcome(reply, function_name):
    """The outcome that a worker tells of; `Unreadable` unless it is exactly that."""
    match reply:
        case (value, None | str() as failure, str() as message, str() as printed):
            if _is_plain(value) and speaks_for_itself(failure, message, function_name):
                return Outcome(
                    value, failure, printable(message), printed=printable(printed)
                )
    raise Unreadable("another kind of reply")


def with_changes(outcome: Outcome, after: tuple, arguments: tuple) -> Outcome:
    """The outcome, with the arguments that are not any more as they were handed over.

    A worker could send back what it was sent. To do so it must have kept it, and so
    done what a right answer does that works on a copy.
    """
    if outcome.failure:
        return outcome
    arrays = [
        n for n, argument in enumerate(arguments) if isinstance(argument, np.ndarray)
    ]
    whole = type(after) is tuple and len(after) == len(arrays)
    changed = tuple(
        position
        for number, position in enumerate(arrays)
        if not (whole and _identical(arguments[position], after[number]))
    )
    return replace(outcome, changed=changed)


def _identical(before, after):
    return (
        type(after) is np.ndarray
        and (before.dtype, before.shape) == (after.dtype, after.shape)
        and before.tobytes() == after.tobytes()
    )


def _is_plain(value):
    """Whether a value is what `calls.plain` can have given."""
    items = value if type(value) is tuple else (value,)
    return all(
        (
            -(2**63) <= item < 2**64
            if type(item) is int
            else item is None or type(item) in (bool, float, complex, np.ndarray)
        )
        for item in items
    )


def printable(message: str) -> str:
    """What a student's process says may end in a terminal, so no control characters."""
    shown = message[:LONGEST_MESSAGE] + ("…" if len(message) > LONGEST_MESSAGE else "")
    return "".join(c if c.isprintable() else " " for c in shown)
