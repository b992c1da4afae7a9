"""The grader under pytest: each task is a test, with a table at the end.

Nothing else in the folder is collected. A task with less than full marks is a failed
test, so the exit status is 0 for full marks only; a fault of the grader itself is shown
as an error.
"""

import shutil
from contextlib import ExitStack
from itertools import groupby

import pytest

from grader import sandbox
from grader.engine import chapters, questions, report, runner
from grader.engine.grade import TaskReport, examine

PROPERTY = "exercise"
STYLES = {
    "good": {"green": True},
    "bad": {"red": True},
    "strong": {"bold": True},
    "faint": {"light": True},
    "": {},
}


def pytest_addoption(parser):
    group = parser.getgroup("exercises")
    group.addoption(
        "--hints",
        type=int,
        choices=report.STEPS,
        default=report.STEPS[0],
        help=(
            "how many steps of help to show for a task that is not right yet"
            " (default 1)"
        ),
    )
    group.addoption(
        "--exercise-seed",
        type=int,
        default=0,
        metavar="N",
        help="where the random numbers of the exercises' checks start (default 0)",
    )
    group.addoption(
        "--failing-call",
        action="store_true",
        help=(
            "write a script beside answers.py that repeats the first failing call of"
            " each task"
        ),
    )


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    yield  # other collectors (doctests, for one) have nothing to look for here
    if file_path.name == "answers.py" and chapters.is_chapter(file_path.parent):
        return [AnswersFile.from_parent(parent, path=file_path)]
    return []


class AnswersFile(pytest.File):
    """A student's file."""

    def collect(self):
        self.chapter = chapters.chapter(self.path.parent)
        for task in self.chapter.tasks:
            about = f"{task.mark}: exercise {task.id}, {task.title}"
            self.config.addinivalue_line("markers", about)
            yield TaskItem.from_parent(
                self, name=f"{task.id}-{task.function}", task=task
            )

    def setup(self):
        self.open = ExitStack()
        self.student = self.open.enter_context(runner.Student(self.path, self.chapter))

    def teardown(self):
        self.open.close()


class TaskItem(pytest.Item):
    """One task, graded."""

    def __init__(self, *, task, **keywords):
        super().__init__(**keywords)
        self.task = task
        self.add_marker(task.mark)

    def runtest(self):
        chapter, seed = self.parent.chapter, self.config.getoption("exercise_seed", 0)
        graded, calls = examine(chapter, self.task, self.parent.student, seed)
        about = {
            "all_tasks": [task.id for task in chapter.tasks],
            "protection": sandbox.describe(self.parent.student.protection),
        }
        if self.config.getoption("failing_call", False):
            self._keep(calls, seed)
        self.user_properties.append((PROPERTY, (graded.as_dict(), about)))
        if graded.fault:
            raise GraderFailed(graded.fault)
        if not graded.full:
            raise BelowFullMarks(
                f"{graded.id}: {graded.points} of {graded.max_points} points"
            )

    def _keep(self, calls, seed):
        """Write the first failing call down, or remove what was written earlier."""
        path = self.path.with_name(_script(self.task.id))
        path.unlink(missing_ok=True)
        for check, arguments in calls.items():
            why = (
                f"What “{check}” of task {self.task.id} asked and found wrong (seed"
                f" {seed})."
            )
            text = questions.script(self.task.function, arguments, why)
            path.write_text(text, encoding="utf-8")
            return

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, BelowFullMarks | GraderFailed):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self):
        return self.path, None, f"{self.task.id} {self.task.title}"


class BelowFullMarks(Exception):
    """An answer that is not all right; not a fault of the grader."""


class GraderFailed(Exception):
    """A fault of the grader in one task, with its traceback."""


def _script(task_id):
    """The name of the file that repeats a failing call."""
    return f"failing_{task_id.replace('.', '_')}.py"


def pytest_terminal_summary(terminalreporter, config):
    if config.option.collectonly:
        return
    graded, faults = _results(terminalreporter)
    note = f"seed {config.getoption('exercise_seed', 0)}"
    steps = config.getoption("hints", report.STEPS[0])
    width = shutil.get_terminal_size().columns
    for _, rows in groupby(graded, key=lambda row: row[0].chapter):
        reports, about = zip(*rows, strict=True)
        kept = ()
        if config.getoption("failing_call", False):
            kept = [
                _script(r.id) for r in reports if any(check.call for check in r.checks)
            ]
        terminalreporter.write_line("")
        for line in report.chapter_lines(
            reports, width, note, steps, kept=kept, **about[0]
        ):
            for text, style in line:
                terminalreporter.write(text, **STYLES[style])
            terminalreporter.write_line("")
    for fault in faults:
        terminalreporter.section(
            "the grader failed here; no points were counted", red=True
        )
        terminalreporter.write_line(f"{fault.nodeid} ({fault.outcome})")
        terminalreporter.write_line(fault.longreprtext)
    if not graded and not faults:
        terminalreporter.write_line("")
        terminalreporter.write_line("No task was run, so nothing was graded.", red=True)
        terminalreporter.write_line(
            "No task fits the -k or -m that was given."
            if terminalreporter.stats.get("deselected")
            else (
                "If answers.py is missing, `python -m exercises stubs` writes it; in a"
                " handout, unpack it again."
            )
        )


def pytest_sessionfinish(session, exitstatus):
    terminalreporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminalreporter and exitstatus == 0 and _results(terminalreporter)[1]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _results(terminalreporter):
    """The graded tasks in order, and the reports of those without a grade."""
    graded, faults = [], []
    for outcome, reports in terminalreporter.stats.items():
        for test in reports:
            # Without an outcome: a setup or a teardown that went well.
            if outcome in ("", "deselected") or "answers.py" not in getattr(
                test, "nodeid", ""
            ):
                continue
            found = dict(getattr(test, "user_properties", ())).get(PROPERTY)
            if found and test.when == "call":
                fields, about = found
                graded.append((TaskReport.from_dict(fields), about))
            if not found or test.when != "call" or graded[-1][0].fault:
                faults.append(test)
    return sorted(graded, key=lambda row: row[0].id), faults
