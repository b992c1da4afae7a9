"""How long answers may take: the limits, what is left, and how they are kept."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from grader.sandbox.inside.calls import Outcome, TimeIsUp

# Of the six tools that Python lets watch it, one that no debugger and no profiler is.
TOOL = 4
OFTEN = 256  # events of a running program, a few microseconds: then the clock is read


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


@dataclass
class Clock:
    """The seconds that are left to a file."""

    left: float

    def __post_init__(self):
        self.sentence = (
            f"all its tasks together took longer than {self.left:g} seconds."
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        """Meanwhile, what passes is taken from what is left."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.left -= time.monotonic() - started


class Budget:
    """The time that the calls of one task may take: each, together, and of the file."""

    def __init__(self, limits: Limits, seconds: float, clock: Clock):
        self.limits = limits
        self.each = seconds if limits.seconds is None else limits.seconds
        self.clock = clock
        self.left = limits.task

    @property
    def for_reading(self) -> float:
        return min(self.limits.reading, self.clock.left)

    @property
    def for_a_call(self) -> float:
        """The seconds that the next call may take; none are left at 0 and below."""
        return min(self.each, self.left, self.clock.left)

    def timeout(self, function_name: str) -> Outcome:
        """What is said of a call that took too long: which of the limits it was."""
        if self.clock.left <= 0:
            return stopped(function_name, f": {self.clock.sentence}")
        if self.each <= self.left:
            return timeout(function_name, self.each)
        return stopped(
            function_name,
            f": all calls of this task took longer than {self.limits.task:g} seconds"
            " together.",
        )


def timeout(function_name: str, seconds: float) -> Outcome:
    """What is said of a call that took longer than this many seconds."""
    return stopped(
        function_name, f" after {seconds:.3g} seconds: perhaps a loop never ends."
    )


def stopped(function_name: str, how: str) -> Outcome:
    return Outcome(failure="timeout", message=f"`{function_name}` was stopped{how}")


def stopped_while_read(file: str, seconds: float) -> str:
    """The sentence on a file whose import took longer than this many seconds."""
    return f"{file} was stopped after {seconds:.3g} seconds of being imported."


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise `TimeIsUp` in here when the time is up, wherever Python code runs then.

    The main thread of Linux and macOS has an alarm. Elsewhere the code is watched, from
    Python 3.12 on, and a browser has nothing else; before that there is no limit. A
    loop in C ends either way first.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    has_alarm = hasattr(signal, "setitimer") and sys.platform != "emscripten"
    if in_main_thread and has_alarm:
        keep = _alarm
    elif hasattr(sys, "monitoring"):
        keep = _watched
    else:
        yield
        return
    with keep(seconds):
        yield


@contextmanager
def _alarm(seconds):
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


@contextmanager
def _watched(seconds):
    """No loop goes on without a jump, no recursion without a start."""
    monitoring = sys.monitoring
    events = monitoring.events
    watched = (events.JUMP, events.PY_START, events.PY_RESUME)
    deadline = time.monotonic() + seconds
    count = 0

    def look(code, *place):
        nonlocal count
        count += 1
        if count % OFTEN == 0 and time.monotonic() > deadline:
            raise TimeIsUp

    monitoring.use_tool_id(TOOL, "the time limit of an answer")
    try:
        for event in watched:
            monitoring.register_callback(TOOL, event, look)
        monitoring.set_events(TOOL, sum(watched))
        yield
    finally:
        monitoring.set_events(TOOL, events.NO_EVENTS)
        for event in watched:
            monitoring.register_callback(TOOL, event, None)
        monitoring.free_tool_id(TOOL)
