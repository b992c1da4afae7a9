"""What the author of an exercise writes: tasks, checks, named wrong answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from grader.sandbox.inside.wire import Given

__all__ = ["Check", "Given", "Misconception", "Task", "keeps_float32"]

ABOUT = ("value", "not finite", "digits", "dtype")  # what a hint may speak of


@dataclass(frozen=True)
class Check:
    """One property of a right answer, worth some points of its task.

    Parameters
    ----------
    name : str
        What is right when the check passes, as a short phrase: "the ends of the range".
    points : int
        What the check is worth, at least 1.
    run : callable
        ``run(trial)`` asks the answer through ``trial.call(...)`` and raises
        `grader.engine.compare.Wrong` where it is wrong. It establishes the property
        by values of its own: a wrong answer must not earn its points by having the
        right shape.
    hint : str
        The sentence to read when the check fails and no named mistake explains it.
    about : str
        The kind of failure that the hint speaks of: "value"; "not finite", of a value
        that is an infinity or a NaN; "digits", of one that is right but for its last
        digits; or "dtype".
    hidden : bool
        Whether the check stays with the teacher: the handout leaves it out and says so.
    otherwise : str
        The hint for a wrong value that `about` does not speak of.
    """

    name: str
    points: int
    run: Callable
    hint: str
    about: str = "value"
    hidden: bool = False
    otherwise: str = ""

    def __post_init__(self):
        if self.about not in ABOUT:
            raise ValueError(
                f"the hint of {self.name!r} is about {self.about!r}, none of {ABOUT}"
            )
        if self.points < 1:
            raise ValueError(
                f"the check {self.name!r} is worth {self.points} points, not 1 or more"
            )


def keeps_float32(
    run,
    points=1,
    hint="An array made without a dtype is float64, and draws the others along.",
):
    """The check that ends nearly every task: values and dtype of float32 in `run`."""
    return Check("float32 in, float32 out", points, run, hint, about="dtype")


@dataclass(frozen=True)
class Task:
    """One function that the student writes.

    `outputs` names what the function returns, a tuple if there are several; `section`
    is how the heading of the chapter begins that is to be read again after a mistake;
    `next` is the one thing worth knowing next that a full answer is told; `seconds` is
    the time limit of each call.

    `hints` are the second and the third step of help, which a student has to ask for.
    The first step is the named mistake or the hint of a check. The second says how to
    think of the task, the third how to go about it; none of them is the code.
    """

    id: str
    title: str
    function: str
    outputs: tuple[str, ...]
    section: str
    next: str
    checks: tuple[Check, ...]
    hints: tuple[str, ...] = ()
    seconds: float = 5.0

    def __post_init__(self):
        if not self.checks:
            raise ValueError(f"task {self.id} has no check, so it would prove nothing")
        names = [check.name for check in self.checks]
        if len(set(names)) != len(names):
            raise ValueError(f"task {self.id} has two checks of one name: {names}")

    @property
    def points(self):
        return sum(check.points for check in self.checks)

    @property
    def mark(self):
        """The name for ``pytest -m``, task_04_2 for the task 04.2."""
        return "task_" + self.id.replace(".", "_")


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that people give, as code, and the sentence that mends it.

    A student's answer is recognised by asking `function` the same questions: if it
    gives the same results wherever the student's are not right, the sentence is the
    likely reason. Where the mistake is one term, `changes` says how the answer of the
    solution becomes `function`: from each text that goes to the one in its place.
    """

    task: str
    name: str
    sentence: str
    function: Callable
    changes: Mapping[str, str] = field(default_factory=dict)
