"""Grading: which checks an answer passes, and which mistake explains the others."""

import traceback
import warnings
from dataclasses import asdict, dataclass

import numpy as np

from grader.engine.chapters import Chapter
from grader.engine.compare import Wrong
from grader.engine.explain import EXPLAINABLE, explain
from grader.engine.questions import question
from grader.engine.runner import InProcess, Unread
from grader.engine.task import Task
from grader.engine.trial import judge

LONGEST_FAULT = 4000


@dataclass(frozen=True)
class CheckReport:
    """What one check found.

    `call` is the question that was answered wrongly; `remark` says more of the two
    values; `mistake` names a misconception, and `sentence` is what to read, of the
    misconception or else the hint. `printed` is how the student's own prints in that
    call begin.
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
    remark: str = ""
    printed: str = ""


@dataclass(frozen=True)
class TaskReport:
    """What is known of one answer, in text and numbers only: it travels as JSON."""

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
    # the traceback, where the grader itself failed: no check is passed then
    fault: str = ""

    @property
    def points(self) -> int:
        return sum(check.points for check in self.checks if check.passed)

    @property
    def full(self) -> bool:
        return self.points == self.max_points

    @property
    def empty(self) -> bool:
        return all(check.kind == "empty" for check in self.checks)

    @property
    def mistakes(self) -> tuple[str, ...]:
        """The names of the misconceptions found, each once."""
        return tuple(
            dict.fromkeys(check.mistake for check in self.checks if check.mistake)
        )

    def as_dict(self) -> dict:
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict) -> "TaskReport":
        checks = tuple(
            CheckReport(
                **{**c, "index": None if c["index"] is None else tuple(c["index"])}
            )
            for c in fields["checks"]
        )
        return cls(**{**fields, "checks": checks, "hints": tuple(fields["hints"])})


def grade(chapter: Chapter, task: Task, student, seed: int = 0) -> TaskReport:
    """Grade one task of one student.

    Parameters
    ----------
    chapter : Chapter
    task : Task
    student : runner.Student or runner.InProcess or dict
        Whose answers; a dict holds functions, by name, that are trusted to run in this
        process.
    seed : int
        Where the random numbers of the checks start.

    Returns
    -------
    TaskReport
        Whatever the grader itself raises on the way is in its `fault`. That costs this
        task its points, and no other task; who calls has to show it.
    """
    report, _ = examine(chapter, task, student, seed)
    return report


def examine(
    chapter: Chapter, task: Task, student, seed: int = 0
) -> tuple[TaskReport, dict]:
    """`grade`, and the call that failed in each check that did.

    Returns
    -------
    report : TaskReport
    calls : dict
        From the names of the failed checks to the arguments of the call, as a dict by
        name.
    """
    if isinstance(student, dict):
        student = InProcess(student, chapter.given)
    try:
        with student.answering(task) as runner:
            return _guarded(chapter, task, runner, seed)
    except Unread as error:
        return _none_passed(chapter, task, Wrong(str(error), kind="missing")), {}


def _guarded(chapter, task, runner, seed):
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            # the grader computes with an answer's NaN, too
            warnings.simplefilter("ignore")
            return _graded(chapter, task, runner, seed)
    except Exception as error:
        wrong = Wrong(
            f"The grader failed here with {type(error).__name__}, which is not your"
            " fault. No points were counted; please tell your teacher, or the"
            " authors.",
            kind="fault",
        )
        fault = traceback.format_exc()[-LONGEST_FAULT:]
        return _none_passed(chapter, task, wrong, fault), {}


def _graded(chapter, task, runner, seed):
    trials, failures = judge(task, runner, seed)

    def mistakes_in(earlier):
        report, _ = _guarded(chapter, earlier, runner, seed)
        return {
            *report.mistakes,
            *(check.kind for check in report.checks if check.kind == "dtype"),
        }

    explained = explain(chapter, task, runner, trials, failures, mistakes_in)
    names = chapter.parameters(task)
    checks = tuple(
        _check_report(trial, wrong, mistake, task.function, names)
        for trial, wrong, mistake in zip(trials, failures, explained, strict=True)
    )
    calls = {
        trial.check.name: dict(zip(names, trial.calls[-1].arguments, strict=False))
        for trial, wrong in zip(trials, failures, strict=True)
        if wrong and trial.calls
    }
    return _task_report(chapter, task, checks), calls


def _none_passed(chapter, task, wrong, fault=""):
    """The report on a task of which nothing could be judged."""
    checks = (
        CheckReport(check.name, check.points, False, wrong.kind, message=wrong.message)
        for check in task.checks
    )
    return _task_report(chapter, task, tuple(checks), fault)


def _task_report(chapter, task, checks, fault=""):
    return TaskReport(
        id=task.id,
        title=task.title,
        function=task.function,
        chapter=chapter.title,
        section=task.section,
        next=task.next,
        max_points=task.points,
        checks=checks,
        hints=task.hints,
        hidden=chapter.hidden(task),
        fault=fault,
    )


def _check_report(trial, wrong, mistake, function, names):
    check = trial.check
    if wrong is None:
        return CheckReport(check.name, check.points, passed=True)
    last = trial.calls[-1] if trial.calls else None
    shown = last is not None and wrong.kind in EXPLAINABLE
    positions = {position for call in trial.calls for position in call.outcome.changed}
    changed = [name for position, name in enumerate(names) if position in positions]
    sentence = mistake.sentence if mistake else _hint(check, wrong)
    # the name says more
    remark = "" if mistake and wrong.kind == "value" else wrong.remark
    if changed and wrong.kind != "changed":
        some = " and ".join(f"`{name}`" for name in changed)
        remark = f"{remark} Your function also changes {some}: work on a copy.".strip()
        sentence = sentence if mistake else ""  # what it changes may well be the reason
    return CheckReport(
        check.name,
        check.points,
        passed=False,
        kind=wrong.kind,
        call=question(function, names, last.arguments) if shown else "",
        message=wrong.message,
        output=wrong.output,
        index=wrong.index,
        expected=wrong.expected,
        given=wrong.given,
        mistake=mistake.name if mistake else "",
        sentence=sentence,
        remark=remark,
        printed=last.outcome.printed if last else "",
    )


def _hint(check, wrong):
    """The hint of a check, if it speaks of a failure of this kind."""
    is_of_it = wrong.kind == check.about
    if check.about == "not finite":
        is_of_it = wrong.kind == "value" and not wrong.finite
    return check.hint if is_of_it else check.otherwise if wrong.kind == "value" else ""
