"""Grades chapters, and shows the points in the summary of a run of GitHub Actions.

    python .github/grade.py exercises/04-l-softmax

It is pytest with two additions: the points of every task, which an exit status cannot
tell, and the whole report where a browser shows it. It ends like pytest: with 0 for
full marks only.
"""

import contextlib
import io
import os
import sys

import pytest


class Points:
    """Collects what each task is worth and has got while pytest runs."""

    def __init__(self):
        self.tasks = []

    def pytest_runtest_logreport(self, report):
        found = dict(report.user_properties).get("exercise")
        if report.when == "call" and found:
            task, _ = found
            self.tasks.append(
                {
                    "name": f"{task['id']} {task['title']}",
                    "score": sum(
                        check["points"] for check in task["checks"] if check["passed"]
                    ),
                    "most": task["max_points"],
                }
            )


def grade(chapters):
    """Grade the folders `chapters`.

    Returns
    -------
    status : int
        As pytest's: 0 for full marks, 1 for less.
    tasks : list of dict
        `name`, `score` and `most` of each task.
    report : str
        What pytest printed.

    Raises
    ------
    SystemExit
        If something else than the answers went wrong, since then there are no points to
        report.
    """
    points, printed = Points(), io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = pytest.main(
            ["-q", "--no-header", *map(str, chapters)], plugins=[points]
        )
    report = printed.getvalue()
    print(report)
    graded = status in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
    if not (graded and points.tasks):
        sys.exit(
            f"nothing was graded in {', '.join(map(str, chapters))}; no points are"
            " reported"
        )
    return int(status), points.tasks, report


def summary(tasks, report):
    """The points as a table in Markdown, and under it the report.

    An indented block cannot be ended by what stands in it, such as the words of an
    answer.
    """
    score, most = (sum(task[key] for task in tasks) for key in ("score", "most"))
    rows = [f"| {task['name']} | {task['score']} / {task['most']} |" for task in tasks]
    head = [
        "| task | points |",
        "| --- | ---: |",
        *rows,
        f"| total | {score} / {most} |",
    ]
    return "\n".join([*head, "", *(f"    {line}" for line in report.splitlines()), ""])


def main(chapters):
    if not chapters:
        sys.exit("name the folders to grade, such as exercises/04-l-softmax")
    status, tasks, report = grade(chapters)
    if target := os.environ.get("GITHUB_STEP_SUMMARY"):
        with open(target, "a", encoding="utf-8") as output:
            output.write(summary(tasks, report))
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
