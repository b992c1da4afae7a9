"""Runs a student's functions: names and arrays in, plain arrays or a failure out.

`Student` runs them in a process of their own, shut off as far as the machine can.
`InProcess` runs functions that are trusted, such as those of the solution, here. The
rest of the grader sees only ``student.answering(task)`` and, of what that gives,
``run(function_name, arguments) -> Outcome``.
"""

import os
import signal
import threading
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np

from grader import sandbox
from grader.engine.chapters import Chapter
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


@dataclass(frozen=True)
class Limits:
    """What a student's answers may use.

    `seconds` is for one call, and None leaves that to the task; `task` is for all calls
    of a task, `reading` for the import of the file, which each task needs anew, and
    `file` for everything together; `memory` is in bytes.
    """

    seconds: float | None = None
    task: float = 60.0
    reading: float = 10.0
    file: float = 120.0
    memory: int = 2**30


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
        self._clock = _Clock(self.limits.file)

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
            worker = _Worker(self._sandbox, self.limits, task.seconds, self._clock)
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
            with _time_limit(self.seconds):
                answer = call(self.functions, function_name, arguments, self.given)
            return _with_changes(*answer, arguments)
        except TimeIsUp:
            return _timeout(function_name, self.seconds)


@dataclass
class _Clock:
    """The seconds that are left to a file."""

    left: float

    def __post_init__(self):
        self.sentence = (
            f"all its tasks together took longer than {self.left:g} seconds."
        )


class _Worker:
    """The child of a sandbox that answers for one task.

    After any harm it is gone, and every further question gets the same answer.
    """

    def __init__(self, sandbox, limits, seconds, clock):
        self._clock = clock
        self._sandbox = sandbox
        self._limits = limits
        self._seconds = seconds if limits.seconds is None else limits.seconds
        self._left = limits.task
        self._harm = None
        self._channel = sandbox.open()

    def read(self, source, file, before, given):
        """Have the student's file imported; raises `Unread`."""
        seconds = min(self._limits.reading, self._clock.left)
        question = np.frombuffer(source, np.uint8), file, before, given
        try:
            (reply,) = self._ask(question, seconds)
            if reply != "" and not (
                type(reply) is str and tells_why_unread(reply, file)
            ):
                raise Unreadable("another kind of reply")
        except TimeoutError:
            reply = f"{file} was stopped after {seconds:.3g} seconds of being imported."
        except (OSError, EOFError, Unreadable) as error:
            reply = f"{file} {self._end(error)} while it was imported."
        if reply:
            self._sandbox.kill()
            raise Unread(_printable(reply))

    def run(self, function_name: str, arguments: tuple) -> Outcome:
        if self._harm is not None:
            return self._harm
        seconds, started = (
            min(self._seconds, self._left, self._clock.left),
            time.monotonic(),
        )
        try:
            if seconds <= 0:
                raise TimeoutError
            reply, after = self._ask(
                (function_name, tuple(arguments)), seconds, replies=2
            )
            outcome = _with_changes(_outcome(reply, function_name), after, arguments)
            self._left -= time.monotonic() - started
            return outcome
        except TimeoutError:
            self._harm = self._timeout(function_name)
        except (OSError, EOFError, Unreadable) as error:
            sentence = f"`{function_name}` {self._end(error)}."
            self._harm = Outcome(failure="died", message=_printable(sentence))
        # an alarm or a Ctrl-C: the next answer read would be this one's
        except BaseException:
            self._harm = self._timeout(function_name)
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
        try:
            self._channel.send(question, seconds)
            return [
                self._channel.receive(max(0.0, started + seconds - time.monotonic()))
                for _ in range(replies)
            ]
        finally:
            self._clock.left -= time.monotonic() - started

    def _timeout(self, function_name):
        if self._clock.left <= 0:
            message = f"`{function_name}` was stopped: {self._clock.sentence}"
            return Outcome(failure="timeout", message=message)
        if self._seconds <= self._left:
            return _timeout(function_name, self._seconds)
        sentence = (
            f"all calls of this task took longer than {self._limits.task:g} seconds"
            " together."
        )
        return Outcome(
            failure="timeout", message=f"`{function_name}` was stopped: {sentence}"
        )

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
                    value, failure, _printable(message), printed=_printable(printed)
                )
    raise Unreadable("another kind of reply")


def _with_changes(outcome, after, arguments):
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


def _printable(message):
    """What a student's process says may end in a terminal, so no control characters."""
    shown = message[:LONGEST_MESSAGE] + ("…" if len(message) > LONGEST_MESSAGE else "")
    return "".join(c if c.isprintable() else " " for c in shown)


def _timeout(function_name, seconds):
    return Outcome(
        failure="timeout",
        message=(
            f"`{function_name}` was stopped after {seconds:.3g} seconds: "
            "perhaps a loop never ends."
        ),
    )


@contextmanager
def _time_limit(seconds):
    in_main_thread = threading.current_thread() is threading.main_thread()
    if not (in_main_thread and hasattr(signal, "setitimer")):
        yield
        return

    def ring(number, frame):
        raise TimeIsUp

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
