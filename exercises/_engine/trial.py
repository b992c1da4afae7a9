"""What a check is given: fresh numbers, and the answer to ask."""

import zlib
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from exercises._engine.compare import Wrong, parts
from exercises._engine.runner import Outcome


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
        Its numbers depend on the seed, the task and the check only: not on which other tasks
        are run, nor on what was answered.
    calls : list of Call
        The questions asked so far.
    """

    task: object
    check: object
    seed: int
    runner: object
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self):
        words = f"{self.task.id}/{self.check.name}".encode()
        self.rng = np.random.default_rng([self.seed, zlib.crc32(words)])

    def call(self, *arguments):
        """The student's answer to these arguments; a tuple where the task has several outputs."""
        arguments = tuple(a.copy() if isinstance(a, np.ndarray) else a for a in arguments)
        outcome = self.runner.run(self.task.function, arguments)
        self.calls.append(Call(arguments, outcome))
        if outcome.failure:
            raise Wrong(outcome.message, kind=outcome.failure)
        return parts(outcome.value, self.task.outputs)

    def own(self, function_name, *arguments):
        """What another function of the same student gives, such as the forward of a backward."""
        outcome = self.runner.run(function_name, arguments)
        if outcome.failure:
            raise Wrong(
                f"This check needs your `{function_name}` too. {outcome.message}", kind="needs"
            )
        return outcome.value

    def expect_inputs_unchanged(self):
        for call in self.calls:
            if call.outcome.changed:
                raise Wrong(
                    f"Argument {call.outcome.changed[0] + 1} is not as it was before the call; "
                    "work on a copy of it.",
                    kind="changed",
                )
