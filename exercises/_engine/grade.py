"""Grading: which checks an answer passes, and which named mistake explains the others."""

from dataclasses import asdict, dataclass

import numpy as np

from exercises._engine.compare import Wrong
from exercises._engine.explain import EXPLAINABLE, explain
from exercises._engine.runner import InProcess, Unread
from exercises._engine.task import Given
from exercises._engine.trial import Trial

STOPS = ("timeout", "died")  # after these kinds of failure, the other checks are not tried


@dataclass(frozen=True)
class CheckReport:
    """What one check found.

    `call` is the question that was answered wrongly; `mistake` names a misconception, and
    `sentence` is what to read, of the misconception or else the hint.
    """

    name: str
    points: int
    passed: bool
    kind: str = ""
    call: str = ""
    message: str = ""
    output: str = ""
    index: tuple[int, ...] | None = None
    expected: str = ""
    given: str = ""
    mistake: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class TaskReport:
    """What is known of one answer; nothing in it but text and numbers, so it travels as JSON."""

    id: str
    title: str
    function: str
    chapter: str
    section: str
    next: str
    max_points: int
    checks: tuple[CheckReport, ...]
    hints: tuple[str, ...] = ()  # the steps of help that are shown on request only
    hidden: int = 0  # how many checks were not run, since they stay with the teacher

    @property
    def points(self):
        return sum(check.points for check in self.checks if check.passed)

    @property
    def full(self):
        return self.points == self.max_points

    @property
    def empty(self):
        return all(check.kind == "empty" for check in self.checks)

    @property
    def mistakes(self):
        """The names of the misconceptions found, each once."""
        return tuple(dict.fromkeys(check.mistake for check in self.checks if check.mistake))

    def as_dict(self):
        return asdict(self)

    @classmethod
    def from_dict(cls, fields):
        checks = tuple(
            CheckReport(**{**c, "index": None if c["index"] is None else tuple(c["index"])})
            for c in fields["checks"]
        )
        return cls(**{**fields, "checks": checks, "hints": tuple(fields["hints"])})


def grade(chapter, task, student, seed=0):
    """Grade one task of one student.

    Parameters
    ----------
    chapter : Chapter
    task : Task
    student : runner.Student or runner.InProcess or dict
        Whose answers; a dict holds functions, by name, that are trusted to run in this process.
    seed : int
        Where the random numbers of the checks start.

    Returns
    -------
    TaskReport

    Raises
    ------
    Exception
        Whatever a check raises besides `Wrong`: a fault of the grader, and never points.
    """
    if isinstance(student, dict):
        student = InProcess(student, chapter.given)
    try:
        with student.answering(task) as runner:
            return _graded(chapter, task, runner, seed)
    except Unread as error:
        return _unreadable(chapter, task, str(error))


def _graded(chapter, task, runner, seed):
    trials, failures = [], []
    for check in task.checks:
        stopped = next((wrong for wrong in failures if wrong and wrong.kind in STOPS), None)
        trials.append(Trial(task, check, seed, runner))
        failures.append(stopped or _run(check, trials[-1]))

    def mistakes_in(earlier):
        return _graded(chapter, earlier, runner, seed).mistakes

    explained = explain(chapter, task, runner, trials, failures, mistakes_in)
    return _task_report(chapter, task, trials, failures, explained)


def _unreadable(chapter, task, message):
    """The report on a task whose file could not even be read."""
    nothing = [None] * len(task.checks)
    wrong = Wrong(message, kind="missing")
    return _task_report(chapter, task, nothing, [wrong] * len(task.checks), nothing)


def _run(check, trial):
    """The `Wrong` that a check raised, or None. A check that asked nothing has shown nothing."""
    try:
        with np.errstate(all="ignore"):  # a check may go on computing with an answer's NaN
            check.run(trial)
    except Wrong as wrong:
        return wrong
    if not trial.calls:
        raise RuntimeError(f"the check {check.name!r} never called the answer")
    return None


def _task_report(chapter, task, trials, failures, explained):
    return TaskReport(
        id=task.id,
        title=task.title,
        function=task.function,
        chapter=chapter.title,
        section=task.section,
        next=task.next,
        max_points=task.points,
        hints=task.hints,
        hidden=chapter.hidden(task),
        checks=tuple(
            _check_report(check, wrong, mistake, _question(chapter, task, trial))
            for check, trial, wrong, mistake in zip(
                task.checks, trials, failures, explained, strict=True
            )
        ),
    )


def _check_report(check, wrong, mistake, question):
    if wrong is None:
        return CheckReport(check.name, check.points, passed=True)
    hint = check.hint if wrong.kind == check.about else ""
    return CheckReport(
        check.name,
        check.points,
        passed=False,
        kind=wrong.kind,
        call=question if wrong.kind in EXPLAINABLE else "",
        message=wrong.message,
        output=wrong.output,
        index=wrong.index,
        expected=wrong.expected,
        given=wrong.given,
        mistake=mistake.name if mistake else "",
        sentence=mistake.sentence if mistake else hint,
    )


def _question(chapter, task, trial):
    """The last call of a trial, as the student would write it; large arrays by name only."""
    if trial is None or not trial.calls:
        return ""
    arguments = []
    for name, value in zip(chapter.parameters(task), trial.calls[-1].arguments, strict=False):
        short = _short(value)
        arguments.append(f"{name}={short}" if short else name)
    return f"{task.function}({', '.join(arguments)})"


def _short(value):
    if isinstance(value, np.ndarray):
        numbers = [_short(v) for v in value.tolist()] if value.ndim == 1 and value.size <= 4 else ()
        return f"[{', '.join(numbers)}]" if numbers else ""
    if isinstance(value, Given):
        return ""
    if isinstance(value, float):
        short = f"{value:.6g}"  # but 1.000000000000001 is not 1
        return repr(value) if 0 < abs(float(short) - value) < 1e-9 * abs(value) else short
    return repr(value) if isinstance(value, str) else str(value)
