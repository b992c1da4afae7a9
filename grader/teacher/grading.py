"""Grades a folder of submissions; what was graded is kept, nothing stops the rest."""

import hashlib
import json
import os
import platform
import secrets
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from grader import sandbox
from grader.engine import chapters, report
from grader.engine.grade import TaskReport, grade
from grader.engine.runner import Limits, Student, Unread
from grader.sandbox.room import room
from grader.teacher import crew, files, gradebook, submissions

# bytes that one process of the grader may take for what it computes from answers
ROOM = 2**30


@dataclass(frozen=True)
class Rules:
    """What is the same for all: the seed of the numbers, and what a call may use."""

    seed: int
    seconds: float = 10.0
    memory: int = 2**30


@dataclass(frozen=True)
class Graded:
    """The tasks of one submission, and the protection under which it ran, if it did.

    With `error`, the grader itself failed and there are no tasks.
    """

    tasks: tuple[TaskReport, ...] = ()
    protection: str = ""
    error: str = ""

    @property
    def faults(self) -> list[TaskReport]:
        """The tasks in which the grader failed."""
        return [task for task in self.tasks if task.fault]


@dataclass(frozen=True)
class Done:
    """What a run did, in a sentence; under which protections answers ran, the strongest
    first; a line for each submission on which the grader failed; and files that belong
    to no student.
    """

    sentence: str
    protections: list[str]
    failures: list[str]
    strays: list[str]


def run(
    root: Path, out: Path, chosen: list[Path], rules: Rules, processes: int
) -> Done:
    """Grade all submissions and write the gradebook.

    The seed is kept in `out`, for `seed_of`. Nothing is written there before it is sure
    that there is something to grade, and that this can be done here.

    Parameters
    ----------
    root, out : Path
        SUBMISSIONS/<student>/<chapter>/answers.py, and the folder for what is written.
    chosen : list of Path
        Folders of chapters; if empty, those that somebody has handed in.
    rules : Rules
    processes : int
        How many submissions are graded at once.

    Returns
    -------
    Done

    Raises
    ------
    ValueError
        If there is no student, or nobody has handed in anything.
    RuntimeError
        If not even the solutions pass here, under these rules.
    """
    names = submissions.students(root)
    alone = len(chosen) == 1
    chosen = chosen or submissions.handed_in(root, names)
    if not chosen:
        known = ", ".join(folder.name for folder in chapters.folders())
        raise ValueError(
            f"no student's folder in {root} has a chapter in it; there are {known}"
        )
    handed_in = [
        submissions.read(root, name, folder, alone)
        for name in names
        for folder in chosen
    ]
    kept = _Kept(out, rules, chosen)
    results = {s: _refused(s) if s.problem else kept.find(s) for s in handed_in}
    jobs = [(s, rules) for s, graded in results.items() if graded is None]
    counts = Counter(
        "missing" if s.problem else "kept"
        for s, graded in results.items()
        if graded is not None
    )
    if jobs:
        for folder in chosen:
            _prove(chapters.chapter(folder), rules)
    # Before the first grade, so that whoever goes on goes on with this seed.
    files.write_text(_seed_file(out), f"{rules.seed}\n")
    with tqdm(total=len(jobs), unit="file", disable=None, leave=False) as bar:
        for (submission, _), graded, error in crew.run(
            _grade, jobs, processes, _limit()
        ):
            results[submission] = graded or Graded(error=error)
            if graded and not graded.faults:
                kept.keep(submission, graded)
            bar.update()
    gradebook.write(out, names, chosen, results, rules)
    failures = [
        f"{gradebook.printable(s.student)}, {s.folder.name}: {graded.error.rstrip()}"
        for s, graded in results.items()
        if graded.error
    ]
    sentence = (
        f"Students: {len(names)}, chapters: {len(chosen)}. Files:"
        f" {len(jobs) - len(failures)} graded, {counts['kept']} kept from before,"
        f" {counts['missing']} missing or unfit."
    )
    failures += [
        f"{gradebook.printable(s.student)}, {s.folder.name}, task {task.id}:"
        f" {task.fault.rstrip()}"
        for s, graded in results.items()
        for task in graded.faults
    ]
    used = {graded.protection for graded in results.values()}
    protections = [name for name in sandbox.PROTECTIONS if name in used]
    return Done(sentence, protections, failures, submissions.strays(root))


def _grade(job):
    """One submission, in a process of the crew."""
    submission, rules = job
    chapter = chapters.chapter(submission.folder)
    with room(ROOM):
        graded = _graded(submission.text, chapter, rules)
    if all(check.kind == "missing" for task in graded.tasks for check in task.checks):
        _prove(chapter, rules)
    return graded


def _graded(text, chapter, rules):
    limits = Limits(seconds=rules.seconds, memory=rules.memory)
    with Student(text, chapter, limits=limits) as student:
        tasks = tuple(
            grade(chapter, task, student, rules.seed) for task in chapter.tasks
        )
        return Graded(tasks, student.protection)


def _prove(chapter, rules):
    """Show that the grader is not at fault where nothing runs: the solution does.

    Raises
    ------
    RuntimeError
        If it has not: a process that cannot start looks like an answer that ends its
        process.
    """
    solution = (chapter.folder / "solution.py").read_bytes()
    try:
        graded = _graded(solution, chapter, rules)
    except sandbox.Unusable as error:
        raise RuntimeError(f"the grader does not work here: {error}") from error
    for task in graded.tasks:
        if not task.full:
            first = next(check for check in task.checks if not check.passed)
            raise RuntimeError(
                f"the grader does not work here: the solution of task {task.id} has "
                f"{task.points} of {task.max_points} points. {report.where(first)}"
            )


def _limit():
    """Seconds for one submission: more than a file has, so it is a backstop only."""
    return 60 + 2 * Limits.file


def _refused(submission):
    """The report on what cannot be graded: no points, and the reason at every task."""
    chapter, nobody = chapters.chapter(submission.folder), _Nobody(submission.problem)
    return Graded(tuple(grade(chapter, task, nobody) for task in chapter.tasks))


class _Nobody:
    """In the place of a student of whom there is nothing to run."""

    def __init__(self, problem):
        self.problem = problem

    def answering(self, task):
        raise Unread(self.problem)


class _Kept:
    """What was graded before, by the contents of the file and of all that graded it."""

    def __init__(self, out, rules, chosen):
        self.folder = out / ".graded"
        self.rules = rules
        engine = [
            path
            for room in ("engine", "sandbox")
            for path in sorted((chapters.GRADER / room).rglob("*.py"))
        ]
        self.graders = {
            folder: _digest(
                *engine, *sorted(set(folder.glob("*.py")) - {folder / "answers.py"})
            )
            for folder in chosen
        }

    def find(self, submission):
        try:
            fields = json.loads(self._path(submission).read_text(encoding="utf-8"))
            tasks = tuple(TaskReport.from_dict(task) for task in fields.pop("tasks"))
            graded = Graded(tasks, **fields)
            return None if self._is_weaker(graded.protection) else graded
        except (
            OSError,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ):  # not there, or not whole
            return None

    def _is_weaker(self, protection):
        """Whether there is a stronger one now: an answer may have stolen points."""
        if not protection:
            return False
        order = list(sandbox.PROTECTIONS)
        return order.index(protection) > order.index(sandbox.protection())

    def keep(self, submission, graded):
        files.write_text(self._path(submission), json.dumps(asdict(graded)))

    def _path(self, submission):
        what = [
            submission.folder.name,
            self.graders[submission.folder],
            str(self.rules),
        ]
        key = hashlib.sha256("\n".join(what).encode() + b"\n" + submission.text)
        return self.folder / f"{key.hexdigest()}.json"


def _digest(*paths):
    digest = hashlib.sha256(f"{np.__version__} {platform.python_version()}".encode())
    for path in paths:
        digest.update(path.name.encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()


def seed_of(out: Path) -> int:
    """The seed of the last run into this folder, or one that no student can know.

    Raises
    ------
    ValueError
        If the file that kept it holds no number.
    """
    path = _seed_file(out)
    if not path.exists():
        return secrets.randbelow(10**9)
    try:
        return int(path.read_text(encoding="utf-8"))
    except ValueError:
        raise ValueError(
            f"{path} holds no seed; delete it, or give one with --seed"
        ) from None


def _seed_file(out):
    return out / ".graded" / "seed"


def cores() -> int:
    """How many processors this process may use."""
    return (
        len(os.sched_getaffinity(0))
        if hasattr(os, "sched_getaffinity")
        else os.cpu_count() or 1
    )
