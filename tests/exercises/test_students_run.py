"""`pytest exercises/<chapter>` as a student runs it: in a process of its own, from anywhere."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from exercises._engine import chapters, stubs

CHAPTER = "04-l-softmax"


@pytest.fixture
def home(tmp_path):
    """A copy of the exercises with fresh stubs, in a folder that is no project."""
    shutil.copytree(
        chapters.HOME, tmp_path / "exercises", ignore=shutil.ignore_patterns("__pycache__", ".*")
    )
    for folder in chapters.folders():
        solution = (folder / "solution.py").read_text(encoding="utf-8")
        target = tmp_path / "exercises" / folder.name / "answers.py"
        target.write_text(stubs.generate(solution), encoding="utf-8")
    return tmp_path


def run(home, *arguments, folder=None):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "COV"))}
    environment |= {"PYTHONPATH": str(home), "PYTHONUTF8": "1", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
        cwd=folder or home,
        env=environment,
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
            assert re.search(rf"{task.id} +0 / {task.points} +{re.escape(task.title)}", text)
            assert f"Not answered yet: write `{task.function}`" in text
    assert "INTERNALERROR" not in text
    assert "\x1b[" not in text  # no colours where there is no terminal


def test_full_marks_end_with_status_0_from_another_folder(home, tmp_path_factory):
    answer(home)
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    status, text = run(home, home / "exercises" / CHAPTER, "--exercise-seed=7", folder=elsewhere)
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
    assert re.search(r"The first wrong entry is psi\[0\]: expected -\S+, given \S+, in psi", row)
    assert "The likely mistake: You left out −2k." in row
    assert "Read again: “Forward, step by step”" in row
    assert "Begin with the first task that is wrong" in text


def test_one_task_by_word_and_by_mark(home):
    answer(home)
    for choice in (("-k", "04.2"), ("-m", "task_04_2")):
        status, text = run(home, f"exercises/{CHAPTER}", *choice)
        assert status == 0, text
        assert total(text) == "4 / 4"
        assert "not run: 04.1, 04.3, 04.4, 04.5, 04.6" in text


def test_stop_at_the_first_mistake_and_workers(home):
    status, text = run(home, f"exercises/{CHAPTER}", "-x")
    assert status == 1
    assert "not run: 04.2" in text
    answer(home)
    status, text = run(home, f"exercises/{CHAPTER}", "-n", "1")
    assert status == 0, text
    assert total(text) == "40 / 40"


def test_the_strict_settings_of_the_project_do_not_get_in_the_way(home):
    """With the root's options, and tests beside it, the same tasks are collected and no doctest."""
    answer(home, "k = np.zeros(c.shape, dtype=np.int64)", "np.log(0.0); k = np.zeros(c.shape, int)")
    (home / "pytest.ini").write_text(
        "[pytest]\naddopts = --strict-markers --doctest-modules\nfilterwarnings = error\n"
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
    answers.write_text("import numpy as np\n\n\ndef psi(c, m)\n    return c\n", encoding="utf-8")
    status, text = run(home, f"exercises/{CHAPTER}")
    assert status == 1
    assert "answers.py is not Python yet: expected ':' in line 4." in text
    assert total(text) == "0 / 40"


def test_a_fault_of_the_grader_is_shown_as_one(home):
    answer(home)
    tasks = home / "exercises" / CHAPTER / "tasks.py"
    good = tasks.read_text(encoding="utf-8")
    tasks.write_text(
        good.replace("def chebyshev_t(trial):\n", "def chebyshev_t(trial):\n    1 / 0\n")
    )
    status, text = run(home, f"exercises/{CHAPTER}")
    assert status == 1
    assert "the grader failed here; no points were counted" in text
    assert "ZeroDivisionError" in text
    assert "not run: 04.1" in text


def test_the_projects_tests_do_not_collect_the_students_files():
    """`make test` is `pytest` in the root: stubs must not turn it red."""
    root = chapters.HOME.parent
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"],
        cwd=root,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    collected = [line for line in done.stdout.splitlines() if "::" in line]
    assert collected
    assert not [line for line in collected if line.startswith("exercises")]
