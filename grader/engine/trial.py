"""What a check is given: fresh numbers, and the answer to ask."""

import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from grader.engine.compare import Wrong, digits_aside, parts
from grader.engine.runner import Outcome
from grader.engine.task import Check, Task

# after these kinds of failure, the other checks are not tried
STOPS = ("timeout", "died")


class Call(NamedTuple):
    """One question to an answer, and what came of it."""

    arguments: tuple
    outcome: Outcome


@dataclass
class Trial:
    """One run of one check on one answer.

    Attributes
    ----------
    rng : numpy.random.Generator
        Its numbers depend on the seed, the task and the check only: not on which other
        tasks are run, nor on what was answered.
    calls : list of Call
        The questions asked so far.
    asks_others : bool
        Whether another function of the student was asked too: what came out depends on
        both.
    """

    task: Task
    check: Check
    seed: int
    runner: object
    calls: list[Call] = field(default_factory=list)
    asks_others: bool = False

    def __post_init__(self):
        words = f"{self.task.id}/{self.check.name}".encode()
        self.rng = np.random.default_rng([self.seed, zlib.crc32(words)])

    def call(self, *arguments):
        """The student's answer to these arguments; a tuple of several outputs."""
        arguments = tuple(
            a.copy() if isinstance(a, np.ndarray) else a for a in arguments
        )
        outcome = self.runner.run(self.task.function, arguments)
        self.calls.append(Call(arguments, outcome))
        if outcome.failure:
            raise Wrong(outcome.message, kind=outcome.failure)
        return parts(outcome.value, self.task.outputs)

    def own(self, function_name, *arguments):
        """What another function of the same student gives, such as the forward."""
        self.asks_others = True
        outcome = self.runner.run(function_name, arguments)
        problem = outcome.message if outcome.failure else ""
        if isinstance(outcome.value, tuple):
            problem = f"It returns {len(outcome.value)} results where one is expected."
        if problem:
            raise Wrong(
                f"This check needs your `{function_name}` too. {problem}", kind="needs"
            )
        return outcome.value

    def expect_inputs_unchanged(self):
        for call in self.calls:
            if call.outcome.changed:
                raise Wrong(
                    f"Argument {call.outcome.changed[0] + 1} is not as it was before"
                    " the call; work on a copy of it.",
                    kind="changed",
                )


def judge(task: Task, runner, seed: int) -> tuple[list[Trial], list[Wrong | None]]:
    """Run every check of a task.

    After an answer that did not end, the other checks are not tried. Lost digits are
    charged once: where several checks find them, one fails, the check that is about
    digits or else the one worth least, and the others take the value for right, as it
    is but for rounding. If the check about digits fails for more than them, it is the
    one.

    Returns
    -------
    trials, failures : list
        For each check its `Trial`, and the `Wrong` that it raised or None.
    """
    trials: list[Trial] = []
    failures: list[Wrong | None] = []
    for check in task.checks:
        stopped = next(
            (wrong for wrong in failures if wrong and wrong.kind in STOPS), None
        )
        trial = Trial(task, check, seed, runner)
        wrong = stopped or failure(check, trial)
        # it ended the check: is there worse to find?
        if wrong and wrong.kind == "digits":
            again = Trial(task, check, seed, runner)
            with digits_aside():
                worse = failure(check, again)
            trial, wrong = (again, worse) if worse else (trial, wrong)
        trials.append(trial)
        failures.append(wrong)
    lost = [i for i, wrong in enumerate(failures) if wrong and wrong.kind == "digits"]
    if lost:
        failed = [i for i, wrong in enumerate(failures) if wrong]
        about_digits = [i for i in failed if task.checks[i].about == "digits"]
        charged = min(about_digits or lost, key=lambda i: task.checks[i].points)
        failures = [
            None if i in lost and i != charged else w for i, w in enumerate(failures)
        ]
    return trials, failures


def failure(check: Check, trial: Trial) -> Wrong | None:
    """The `Wrong` that a check raised, or None if it passed.

    A check that asked nothing has shown nothing.
    """
    try:
        # a check may go on computing with an answer's NaN
        with np.errstate(all="ignore"):
            check.run(trial)
    except Wrong as wrong:
        return wrong
    if not trial.calls:
        raise RuntimeError(f"the check {check.name!r} never called the answer")
    return None
