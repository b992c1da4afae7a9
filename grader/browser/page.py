"""Grading for a page: answers in, and pytest's report out, as values of JSON."""

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any

from grader import sandbox
from grader.browser import pieces
from grader.engine import chapters, report
from grader.engine.grade import TaskReport, examine
from grader.engine.here import Here
from grader.sandbox.inside.calls import Unread

# What a whole file would come to, where one piece is no Python.
AS_A_WHOLE = (
    "{} is not Python yet; the other tasks were graded without it. pytest and your"
    " teacher read answers.py as a whole, and can give no points before it is."
)


def grade(
    chapter: str,
    answers: str | dict[str, Any],
    tasks: Sequence[str] | None = None,
    *,
    seed: int = 0,
    hints: int = 1,
    stop_at: Sequence[int] = (),
    died_at: Sequence[int] = (),
    width: int = 80,
    post: Callable[[dict[str, Any]], object] = lambda event: None,
) -> dict[str, Any]:
    """Grade a chapter's answers, or some of its tasks, in this process.

    Parameters
    ----------
    chapter : str
        Its number, such as "04".
    answers : str or dict
        The whole of answers.py, or its pieces as `parts` gives them (``head``, and in
        ``pieces`` each ``task``, ``function`` and ``text``). All pieces are wanted,
        also where one task is graded: it may use the others. A piece that is not Python
        costs its own task only.
    tasks : list of str, optional
        Such as ["04.2"]; all if none.
    seed : int
        Where the random numbers of the checks start.
    hints : int
        How many steps of help the lines show, 1 to 3.
    stop_at : list of int
        The numbers of the calls that ran until the page ended the worker: they are not
        made again, and are reported as having taken too long. See ``post``.
    died_at : list of int
        Likewise the numbers of calls after which Python was gone: an answer may end it,
        or make it crash.
    width : int
        Of the lines, in characters.
    post : callable
        Is given a dict before each import of the answers and before each call of a
        function, ``{"kind": "call", "number": n, "seconds": s}``, and after each task,
        ``{"kind": "task", "task": …}``, the row that the report will hold.

        A loop in C is not to be stopped from within. When neither the next event nor
        the report has come well after those seconds (half as long again, and one more),
        the page ends the worker and asks again for the same, with n put into
        ``stop_at``; the rest of the report is the same.

    Returns
    -------
    dict
        ``chapter`` (``number``, ``title``), ``seed``, ``points`` and ``max_points`` of
        the tasks that were graded; ``lines``, as pytest prints them, and ``text``, the
        same without styles; ``tasks``, a list of dicts; ``broken``, from the task of
        each piece that is not Python to a sentence on it; ``note``, a sentence on
        those, or ""; ``protection``, how the answers were run; and ``calls``, how many
        there were.

        A line is a list of pairs of a text and a style: "good", "bad", "strong",
        "faint" or "". Each task has ``id``, ``title``, ``function``, ``points``,
        ``max_points``, ``full``, ``empty`` (not begun), ``lines``, ``text``, ``table``
        (HTML), ``hints`` (pairs of a number, from 2, and a text, to be shown on
        request, one after the other), ``mistakes`` (the names), ``checks`` (each with
        ``name``, ``points``, ``passed`` and ``kind``), and ``fault``: where the grader
        itself failed, its traceback.

    Raises
    ------
    LookupError
        If there is no such chapter or task.
    """
    found = chapters.chapter(chapters.folder(chapter))
    wanted = [found.task(task) for task in tasks] if tasks else list(found.tasks)
    cut = answers if isinstance(answers, dict) else pieces.parts(chapter, answers)
    text, broken = pieces.mended(cut)

    def tell(number, seconds):
        post({"kind": "call", "number": number, "seconds": seconds})

    here = Here(
        text,
        found,
        stop_at=frozenset(stop_at),
        died_at=frozenset(died_at),
        post=tell,
    )
    reports, rows = [], []
    for task in wanted:
        student = _Unread(broken[task.id]) if task.id in broken else here
        graded, _ = examine(found, task, student, seed)
        reports.append(graded)
        rows.append(_row(graded, width, hints))
        post({"kind": "task", "task": rows[-1]})
    protection = sandbox.describe(here.protection)
    lines = report.chapter_lines(
        reports,
        width,
        f"seed {seed}",
        hints,
        all_tasks=[task.id for task in found.tasks],
        protection=protection,
    )
    return {
        "chapter": {"number": found.number, "title": found.title},
        "seed": seed,
        "points": sum(graded.points for graded in reports),
        "max_points": sum(graded.max_points for graded in reports),
        "lines": lines,
        "text": report.plain(lines),
        "tasks": rows,
        "broken": broken,
        "note": AS_A_WHOLE.format(" and ".join(broken)) if broken else "",
        "protection": protection,
        "calls": here.calls,
    }


class _Unread:
    """Whoever answered in a piece that is not Python."""

    def __init__(self, sentence):
        self.sentence = sentence

    @contextmanager
    def answering(self, task):
        raise Unread(self.sentence)
        yield


def _row(graded: TaskReport, width: int, hints: int) -> dict[str, Any]:
    lines = report.task_lines(graded, width, hints)
    return {
        "id": graded.id,
        "title": graded.title,
        "function": graded.function,
        "points": graded.points,
        "max_points": graded.max_points,
        "full": graded.full,
        "empty": graded.empty,
        "lines": lines,
        "text": report.plain(lines),
        "table": report.table(graded),
        "hints": report.further_hints(graded),
        "mistakes": graded.mistakes,
        "checks": [
            {
                "name": check.name,
                "points": check.points,
                "passed": check.passed,
                "kind": check.kind,
            }
            for check in graded.checks
        ],
        "fault": graded.fault,
    }
