"""`pytest exercises/<chapter>` as a student runs it: in a process of its own, from
anywhere."""

import contextlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from grader import sandbox
from grader.engine import chapters, report, stubs
from grader.engine.grade import grade

CHAPTER = "04-l-softmax"


@pytest.fixture
def home(tmp_path):
    """A copy of the exercises with fresh stubs, in a folder that is no project."""
    shutil.copytree(
        chapters.HOME,
        tmp_path / "exercises",
        ignore=shutil.ignore_patterns("__pycache__", ".*"),
    )
    for folder in chapters.folders():
        solution = (folder / "solution.py").read_text(encoding="utf-8")
        target = tmp_path / "exercises" / folder.name / "answers.py"
        target.write_text(stubs.generate(solution), encoding="utf-8")
    return tmp_path


def environment_of(home, columns=100):
    """A terminal of this width, without what this test run has set for itself."""
    colours = ("NO_COLOR", "FORCE_COLOR", "PY_COLORS")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "COV")) and name not in colours
    }
    return kept | {"PYTHONPATH": str(home), "PYTHONUTF8": "1", "COLUMNS": str(columns)}


ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # other plugins take a second to load


def run(home, *arguments, folder=None, environment=ALONE):
    """What `pytest` with these arguments says, and its exit status."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *map(str, arguments)],
        cwd=folder or home,
        env=environment_of(home) | environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def answer(home, old="raise NotImplementedError", new=None, chapter=CHAPTER):
    """Put the solution in place of the stub, with one change."""
    folder = home / "exercises" / chapter
    text = (folder / "solution.py").read_text(encoding="utf-8")
    if new is not None:
        assert old in text
        text = text.replace(old, new)
    (folder / "answers.py").write_text(text, encoding="utf-8")


def total(text):
    return re.search(r"^ total +(\d+ / \d+)", text, re.MULTILINE)[1]


def test_stubs_get_a_table_of_zeros_and_a_status_of_failure(home):
    status, text = run(home, "exercises")
    assert status == 1
    for folder in chapters.folders():
        for task in chapters.chapter(folder).tasks:
            assert re.search(
                rf"{task.id} +0 / {task.points} +{re.escape(task.title)}", text
            )
            assert f"Not answered yet: write `{task.function}`" in text
    assert "INTERNALERROR" not in text
    assert "\x1b[" not in text  # no colours where there is no terminal


def test_full_marks_end_with_status_0_from_another_folder(home, tmp_path_factory):
    answer(home)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    arguments = (
        home / "exercises" / CHAPTER,
        "--exercise-seed=7",
        "-p",
        "no:cacheprovider",
    )
    status, text = run(home, *arguments, folder=elsewhere, environment={})
    assert status == 0, text
    chapter = chapters.chapter(chapters.folder("04"))
    most = sum(task.points for task in chapter.tasks)
    assert total(text) == f"{most} / {most}"
    assert "seed 7" in text
    assert text.count("Worth knowing next:") == len(chapter.tasks)
    assert "✗" not in text


def test_a_mistake_is_explained_where_the_student_stands(home):
    answer(home, "return (1 - 2 * (k % 2)) * t - 2 * k", "return (1 - 2 * (k % 2)) * t")
    status, text = run(home, folder=home / "exercises" / CHAPTER)
    assert status == 1
    row = " ".join(text[text.index(" 04.3") : text.index(" 04.4")].split())
    assert "1 / 6" in row
    assert "✓ m = 1, and the first interval" in row
    assert re.search(
        r"The first wrong entry is psi\[0\]: expected -\S+, given \S+, in psi", row
    )
    assert "The likely mistake: You left out −2k." in row
    assert "Read again: “ψ, a cosine that keeps falling”" in row
    assert "Begin with the first task that is wrong" in text


def test_one_task_by_word_and_by_mark(home):
    answer(home)
    for choice in (("-k", "04.2"), ("-m", "task_04_2")):
        status, text = run(home, f"exercises/{CHAPTER}", *choice, "-q", "--tb=short")
        assert status == 0, text
        assert total(text) == "4 / 4"
        assert "not run: 04.1, 04.3, 04.4, 04.5, 04.6." in text
    status, text = run(home, f"exercises/{CHAPTER}", "-k", "04.9")
    assert status == 5
    assert "No task fits the -k or -m that was given." in text


def test_workers_the_first_mistake_and_the_last_failures(home):
    answer(home, "2 * c * u - u_before", "c * u - u_before")
    status, text = run(home, f"exercises/{CHAPTER}", "-p", "xdist", "-n", "2")
    assert status == 1
    assert total(text) == "26 / 40"
    assert "The answers ran" in text
    status, text = run(home, f"exercises/{CHAPTER}", "-x")
    assert status == 1
    assert "not run: 04.2" in text
    answer(home)
    status, text = run(home, f"exercises/{CHAPTER}", "--lf")
    assert status == 0, text
    # two had failed, of which -x ran one
    assert "not run: 04.2, 04.3, 04.4, 04.6." in text


def graded_with_one_mistake():
    chapter = chapters.chapter(chapters.folder("04"))
    wrong = next(w for w in chapter.misconceptions if w.name == "cos mθ alone")
    functions = chapter.solution_with({"psi": wrong.function})
    return [grade(chapter, task, functions) for task in chapter.tasks]


def test_the_second_and_third_hint_are_shown_on_request_only(home):
    reports = graded_with_one_mistake()
    second, third = (" ".join(hint.split()) for hint in reports[2].hints)
    for step in 1, 2, 3:
        words = " ".join(
            report.plain(report.chapter_lines(reports, steps=step)).split()
        )
        assert (f"Hint 2: {second}" in words) == (step > 1)
        assert (f"Hint 3: {third}" in words) == (step > 2)
        assert (f"--hints {step + 1}" in words) == (step < 3)
        assert reports[1].hints[0] not in words  # none for what is right
    status, text = run(home, f"exercises/{CHAPTER}", "-k", "04.2", "--hints", "3")
    assert status == 1
    assert "Hint 3:" in text
    status, text = run(home, f"exercises/{CHAPTER}", "--hints", "7")
    assert status == 4
    # Newer Pythons put the 7 in quotation marks.
    assert "argument --hints: invalid choice: 7 (choose from 1, 2, 3)" in text.replace(
        "'", ""
    )


@pytest.mark.parametrize("columns", [40, 50, 80, 100])
def test_the_report_fits_the_terminal(columns):
    lines = report.chapter_lines(
        graded_with_one_mistake(),
        columns,
        steps=3,
        all_tasks=["04.7", "04.8"],
        protection=sandbox.describe("process"),
    )
    widths = [len(line) for line in report.plain(lines).splitlines()]
    assert columns - 5 < max(widths) <= columns


def test_an_error_is_told_once_a_task():
    chapter = chapters.chapter(chapters.folder("04"))

    def psi(c, m):
        raise ValueError("no such angle")

    lines = report.task_lines(grade(chapter, chapter.task("04.3"), {"psi": psi}))
    text = report.plain(lines)
    assert text.count("no such angle") == 1
    assert text.count("The same error.") == 4


def in_a_terminal(home, *arguments, **variables):
    """What a terminal of 80 columns is sent."""
    pty, termios, fcntl = (
        pytest.importorskip(name) for name in ("pty", "termios", "fcntl")
    )
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    environment = environment_of(home) | ALONE | {"TERM": "xterm"} | variables
    del environment["COLUMNS"]
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=home,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    sent = b""
    # its end, on Linux
    with os.fdopen(ours, "rb", 0) as terminal, contextlib.suppress(OSError):
        while part := terminal.read(65536):
            sent += part
    process.wait(60)
    return sent.decode()


def test_colours_are_for_terminals_and_for_those_who_want_them(home):
    answer(home, "return (1 - 2 * (k % 2)) * t - 2 * k", "return t")
    arguments = (f"exercises/{CHAPTER}", "-k", "04.2 or 04.3")
    text = in_a_terminal(home, *arguments)
    assert "\x1b[32m ✓ \x1b[0m" in text
    assert "\x1b[31m ✗ \x1b[0m" in text
    assert (
        max(len(re.sub(r"\x1b\[[\d;]*m", "", line)) for line in text.splitlines()) <= 80
    )
    assert "\x1b[" not in in_a_terminal(home, *arguments, NO_COLOR="1")


def test_make_grade_finds_the_chapter_and_refuses_another(home):
    def make(*arguments):
        done = subprocess.run(
            [
                *("make", "-f", chapters.ROOT / "Makefile", "grade", *arguments),
                f"BIN={Path(sys.executable).parent}",
                "STAMP=here",  # and taken for up to date: nothing is to be installed
                *("-o", "here"),
            ],
            cwd=home,
            env=environment_of(home) | ALONE,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    status, text = make("CH=04", "HINTS=3")
    assert status != 0
    assert total(text) == "0 / 40"
    assert "Hint 3" in text
    answer(home)
    status, text = make("CH=04")
    assert status == 0, text
    for arguments in (["CH=77"], []):
        status, text = make(*arguments)
        assert status != 0
        assert "make grade needs the number of a chapter, such as CH=04" in text


def test_the_strict_settings_of_the_project_do_not_get_in_the_way(home):
    """With the root's options, and tests beside it, the same tasks are collected and no
    doctest."""
    answer(
        home,
        "k = np.zeros(c.shape, dtype=np.int64)",
        "np.log(0.0); k = np.zeros(c.shape, int)",
    )
    (home / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers --doctest-modules\nfilterwarnings ="
        " error\n"
    )
    (home / "tests").mkdir()
    (home / "tests" / "test_x.py").write_text("def test_x():\n    pass\n")
    status, text = run(home, "tests", f"exercises/{CHAPTER}")
    assert status == 0, text
    assert "7 passed" in text
    assert total(text) == "40 / 40"


def test_nothing_graded_is_a_failure(home):
    (home / "exercises" / CHAPTER / "answers.py").unlink()
    status, text = run(home, f"exercises/{CHAPTER}")
    assert status == 5
    assert "No task was run, so nothing was graded." in text
    assert "python -m exercises stubs" in text


def test_a_file_that_is_not_python_is_named_with_its_line(home):
    answers = home / "exercises" / CHAPTER / "answers.py"
    answers.write_text(
        "import numpy as np\n\n\ndef psi(c, m)\n    return c\n", encoding="utf-8"
    )
    status, text = run(home, f"exercises/{CHAPTER}")
    assert status == 1
    assert text.count("answers.py is not Python yet: expected ':' in line 4.") == 1
    assert total(text) == "0 / 40"


def test_a_fault_of_the_grader_is_shown_as_one(home):
    answer(home)
    tasks = home / "exercises" / CHAPTER / "tasks.py"
    good = tasks.read_text(encoding="utf-8")
    tasks.write_text(
        good.replace(
            "def chebyshev_t(trial):\n", "def chebyshev_t(trial):\n    1 / 0\n"
        )
    )
    status, text = run(home, f"exercises/{CHAPTER}")
    assert status == 1
    assert "the grader failed here; no points were counted" in text
    assert "ZeroDivisionError: division by zero" in text
    assert text.count("which is not your fault") == 1
    assert total(text) == "34 / 40"  # the other tasks keep their points


def test_a_failing_call_is_written_as_a_script_that_repeats_it(home):
    answer(home, "np.maximum(minimum, base * (1 + gamma * t) ** -power)", "base * t")
    folder = home / "exercises" / CHAPTER
    status, text = run(home, f"exercises/{CHAPTER}", "--failing-call")
    assert status == 1
    assert "To repeat a failing call: failing_04_6.py" in " ".join(text.split())
    assert [path.name for path in folder.glob("failing*")] == ["failing_04_6.py"]
    again = [sys.executable, folder / "failing_04_6.py"]
    done = subprocess.run(again, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.startswith("[[[")  # t has the shape (4, 1, 2)
    answer(home)
    assert run(home, f"exercises/{CHAPTER}", "--failing-call")[0] == 0
    # it would tell of an answer that is no more
    assert not list(folder.glob("failing*"))
    assert (
        "4 passed"
        in run(home, f"exercises/{CHAPTER}", "-k", "04.1 or 04.2 or 04.3 or 04.4")[1]
    )


def test_the_projects_tests_do_not_collect_the_students_files():
    """`make test` is `pytest` in the root, without a path: stubs must not turn it
    red."""
    settings = tomllib.loads(
        (chapters.ROOT / "pyproject.toml").read_text(encoding="utf-8")
    )
    assert settings["tool"]["pytest"]["ini_options"]["testpaths"] == ["tests"]
