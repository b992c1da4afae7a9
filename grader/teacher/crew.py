"""Several processes that share a list of jobs; none can bring down the others.

The pools of the standard library give up when one process dies. Here a death costs one
job: where there is no bubblewrap, a student's code may well kill the process that
grades it.
"""

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import connection


@dataclass
class _Hand:
    """One process of the crew, and what it is at."""

    process: multiprocessing.process.BaseProcess
    pipe: connection.Connection
    job: object = None
    until: float = 0.0


def run(
    function: Callable, jobs: Iterable, processes: int, seconds: float
) -> Iterator[tuple]:
    """Yield ``(job, result, error)`` for each job, in the order in which they end.

    Parameters
    ----------
    function : callable
        ``function(job)`` in a process of the crew; importable by name.
    jobs : iterable
    processes : int
        How many processes work at once.
    seconds : float
        A process that takes longer over one job is killed.

    Yields
    ------
    job, result, error
        `error` is "" where all went well, and else says what happened to the process.
    """
    waiting = deque(jobs)
    hands: list[_Hand] = []
    try:
        while waiting or hands:
            while waiting and len(hands) < processes:
                hands.append(_hire(function))
            for hand in [h for h in hands if h.job is None]:
                if waiting:
                    hand.job, hand.until = waiting.popleft(), time.monotonic() + seconds
                    # it died: `_outcome` will see that
                    with contextlib.suppress(OSError):
                        hand.pipe.send(hand.job)
                else:
                    hands.remove(hand)
                    _dismiss(hand)
            soonest = min((hand.until for hand in hands), default=time.monotonic())
            left = max(0.0, soonest - time.monotonic())
            ready = (
                connection.wait([hand.pipe for hand in hands], left) if hands else []
            )
            for hand in list(hands):
                if hand.pipe not in ready and time.monotonic() < hand.until:
                    continue
                result, error, fit = _outcome(hand, ready, seconds)
                job = hand.job
                if fit:
                    hand.job = None
                else:
                    hands.remove(hand)
                    _dismiss(hand)
                yield job, result, error
    finally:
        for hand in hands:
            if hand.job is not None:
                hand.process.terminate()  # all of them, before the first is waited for
        for hand in hands:
            _dismiss(hand)


def _outcome(hand, ready, seconds):
    """The result, the error, and whether the process can be given another job."""
    if hand.pipe not in ready:
        return None, f"the grader was stopped after {seconds:g} s", False
    try:
        return *hand.pipe.recv(), True
    except (EOFError, OSError):
        hand.process.join(1)
        return None, f"the grader died (exit code {hand.process.exitcode})", False


def _hire(function):
    # A fresh interpreter each: nothing of this process, threads and progress bar, is
    # carried over.
    context = multiprocessing.get_context("spawn")
    pipe, theirs = context.Pipe()
    process = context.Process(target=_work, args=(function, theirs), daemon=True)
    process.start()
    theirs.close()
    return _Hand(process, pipe)


def _dismiss(hand):
    """End a process: kindly where it waits for a job, by force where it is at one."""
    hand.pipe.close()
    if hand.job is not None:
        hand.process.terminate()
    hand.process.join(5)
    if hand.process.is_alive():
        hand.process.kill()
        hand.process.join()


@contextlib.contextmanager
def leaving_when_told() -> Iterator[None]:
    """Meanwhile, this process leaves by an exception when it is told to end.

    Then the context managers put away what they made, and no process that it started
    goes on.
    """
    # which alone can be told
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave_with_parent():
    """End this process when the one that hired it is gone, however that ended."""
    parent = multiprocessing.parent_process()

    def watch():
        connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)  # handled by the main thread
        time.sleep(5)
        os._exit(1)  # it was not: something runs there that is not Python

    threading.Thread(target=watch, daemon=True).start()


def _work(function, pipe):
    _leave_with_parent()
    with leaving_when_told(), contextlib.suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            job = pipe.recv()
            try:
                done = function(job), ""
            except Exception:
                done = None, traceback.format_exc()
            pipe.send(done)
