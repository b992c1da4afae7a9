"""The grader in a notebook: the same checks on a function of a cell."""

import html
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

from grader import sandbox
from grader.engine import cells, chapters, report
from grader.engine.grade import TaskReport, examine
from grader.engine.here import Here
from grader.engine.runner import Student

# In a page there is no other process to send an answer to.
RUNS = Here if sys.platform == "emscripten" else Student


@dataclass(frozen=True)
class Result:
    """The report on one task: a table where a notebook shows it, text everywhere else.

    `failing` holds the calls that failed: from the name of a check to its arguments by
    name.
    """

    report: TaskReport
    protection: str
    failing: dict = field(default_factory=dict)

    def __repr__(self):
        rows = report.plain(report.task_lines(self.report, width=90))
        return f"{rows}\n{sandbox.describe(self.protection)}"

    def _repr_html_(self):
        note = html.escape(sandbox.describe(self.protection))
        return f"{report.table(self.report)}<p><small>{note}</small></p>"


def check(task_id: str, function: Callable, seed: int = 0) -> Result:
    """Grade one function of a notebook.

    Its source goes to a process of its own, with the functions of the notebook that it
    calls, the modules that it uses, and the numbers and words that it reads; nothing
    else of the notebook does. (In a browser it stays in the page, and is run there as
    if it had gone.)

    Parameters
    ----------
    task_id : str
        Such as "04.2".
    function : function
        Your answer, written with ``def``. The other functions that a check may need,
        such as your forward when it grades your backward, are looked up by name where
        this one was written.
    seed : int
        Where the random numbers of the checks start; any seed must give full marks.

    Returns
    -------
    Result
        Shows itself as a table; ``result.report.points`` is the number of points, and
        ``result.failing["every interval"]`` the call that failed in this check, as a
        dict: with it, ``my_function(**result.failing["every interval"])`` repeats the
        call.

    Raises
    ------
    LookupError
        If there is no such task.
    TypeError
        If `function` cannot be called.
    ValueError
        If the function needs something of the notebook that cannot travel, such as an
        array of another cell; the message names it.

    Examples
    --------
    >>> from exercises import check
    >>> def annealing(t, base, gamma, power, minimum):
    ...     return base * (1 + gamma * t) ** -power
    >>> result = check("04.6", annealing)
    >>> result.report.points, result.report.max_points, result.report.mistakes
    (2, 4, ('no floor',))
    """
    if not callable(function):
        raise TypeError(
            f"check({task_id!r}, ...) takes the function itself, not the value it"
            f" gives; got {type(function).__name__}"
        )
    chapter = chapters.chapter(chapters.folder(task_id.partition(".")[0]))
    task = chapter.task(task_id)
    around = getattr(function, "__globals__", {})
    names = [other.function for other in chapter.tasks if other is not task]
    own, before = cells.source(
        function, [around[n] for n in names if callable(around.get(n))]
    )
    if function.__name__ != task.function:
        own += f"\n{task.function} = {function.__name__}"
    with RUNS(own, chapter, before=before, file="your cell") as student:
        graded, calls = examine(chapter, task, student, seed)
        return Result(graded, student.protection, calls)
