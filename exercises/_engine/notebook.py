"""The grader in a notebook: the same checks on a function of a cell."""

from dataclasses import dataclass

from exercises._engine import chapters, report
from exercises._engine.grade import TaskReport, grade


@dataclass(frozen=True)
class Result:
    """The report on one task: a table where a notebook shows it, text everywhere else."""

    report: TaskReport

    def __repr__(self):
        return report.plain(report.task_lines(self.report, width=90))

    def _repr_html_(self):
        return report.table(self.report)


def check(task_id, function, seed=0):
    """Grade one function of a notebook.

    Parameters
    ----------
    task_id : str
        Such as "04.2".
    function : callable
        Your answer. The other functions that a check may need, such as your forward when it
        grades your backward, are looked up by name where this one was written.
    seed : int
        Where the random numbers of the checks start; any seed must give full marks.

    Returns
    -------
    Result
        Shows itself as a table; ``result.report.points`` is the number of points.

    Raises
    ------
    LookupError
        If there is no such task.
    TypeError
        If `function` cannot be called.

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
            f"check({task_id!r}, ...) takes the function itself, not the value it gives; "
            f"got {type(function).__name__}"
        )
    chapter = chapters.chapter(chapters.folder(task_id.partition(".")[0]))
    task = chapter.task(task_id)
    functions = {**getattr(function, "__globals__", {}), task.function: function}
    return Result(grade(chapter, task, functions, seed))
