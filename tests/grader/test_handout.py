"""The students' zip works where nothing of this repository is, and holds no answer.

It is unpacked into an environment with NumPy and pytest and nothing else, as a student
has it.
"""

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import replace
from functools import cache
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml

from grader import __main__ as command
from grader.engine import chapters, memory, report, stubs
from grader.engine.grade import grade
from grader.teacher import handout
from grader.teacher.remember import remember

CHAPTER = "04-l-softmax"
PLACE = f"exercises/{CHAPTER}"  # in the zip
FOLDERS = [pytest.param(folder, id=folder.name) for folder in chapters.folders()]


@pytest.fixture(scope="module")
def packed(once):
    def pack(target):
        assert command.main(["handout", "--out", str(target)]) == 0

    return once("exercises.zip", pack)


@pytest.fixture(scope="module")
def python(tmp_path_factory):
    """An interpreter with NumPy, pytest and what pytest needs."""
    place = tmp_path_factory.mktemp("apart")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    executable = place / (
        "Scripts/python.exe" if sys.platform == "win32" else "bin/python"
    )
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([executable, "-c", where], text=True).strip())
    for name in (
        "numpy",
        "pytest",
        "pluggy",
        "iniconfig",
        "packaging",
        "pygments",
        "colorama",
    ):
        for file in _files_of(name):
            target = site / file
            target.parent.mkdir(parents=True, exist_ok=True)
            _link(distribution(name).locate_file(file), target)
    return executable


def _files_of(name):
    try:
        files = distribution(name).files
    except ModuleNotFoundError:  # colorama, which only Windows needs
        return []
    return [
        file
        for file in files
        if ".." not in file.parts and "__pycache__" not in file.parts
    ]


def _link(source, target):
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copyfile(source, target)


@pytest.fixture
def home(packed, tmp_path):
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(tmp_path / "margins-exercises")
    return tmp_path / "margins-exercises"


def run(python, home, *arguments, **environment):
    """Run Python in the student's folder, without anything of ours in its
    environment."""
    ours = ("PYTEST", "PYTHON", "COV", "VIRTUAL_ENV", "GITHUB")
    clean = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    done = subprocess.run(
        [python, *map(str, arguments)],
        cwd=home,
        env=clean | {"PYTHONUTF8": "1", "COLUMNS": "100", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def total(text):
    return re.search(r"^ total +(\d+ / \d+)", text, re.MULTILINE)[1]


def solution(chapter=CHAPTER, *changes):
    text = (chapters.HOME / chapter / "solution.py").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def marked_lines(folder):
    """The lines of a solution that the stub leaves out, but for those that say
    nothing."""
    inside, lines = False, set()
    for line in (folder / "solution.py").read_text(encoding="utf-8").splitlines():
        if line.strip() in (stubs.BEGIN, stubs.END):
            inside = line.strip() == stubs.BEGIN
        elif inside:
            lines.add(line.split("  #")[0].strip())
    return {line for line in lines if len(line) > 20}


def test_nothing_of_the_repository_can_be_imported_there(python, home):
    for name in ("exercises", "grader", "mlcore"):
        assert run(python, home / PLACE, "-c", f"import {name}")[0] == 1
    assert run(python, home, "-c", "import mlcore")[0] == 1
    assert run(python, home / PLACE, "-c", "import numpy, pytest")[0] == 0


def test_the_solution_gets_full_marks(python, home):
    (home / PLACE / "answers.py").write_text(solution(), encoding="utf-8")
    status, text = run(python, home, "-m", "pytest", PLACE)
    assert status == 0, text
    assert total(text) == "40 / 40"


def test_a_chapter_that_hands_functions_to_answers_works_too(python, home):
    chapter = "02-checking-a-gradient"
    place = home / "exercises" / chapter
    (place / "answers.py").write_text(solution(chapter), encoding="utf-8")
    status, text = run(python, home, "-m", "pytest", place)
    assert status == 0, text


def test_the_stubs_get_nothing(python, home):
    status, text = run(python, home, "-m", "pytest", PLACE)
    assert status == 1
    assert total(text) == "0 / 40"
    assert text.count("Not answered yet") == 6


def test_mistakes_are_known_by_name_and_where_they_are_carried_on(python, home):
    """Two mistakes in one file, and two more tasks that are wrong because of one of
    them."""
    answers = solution(
        CHAPTER,
        ("return (1 - 2 * (k % 2)) * t - 2 * k", "return (1 - 2 * (k % 2)) * t"),
        (
            "np.maximum(minimum, base * (1 + gamma * t) ** -power)",
            "base * (1 + gamma * t) ** -power",
        ),
    )
    (home / PLACE / "answers.py").write_text(answers, encoding="utf-8")
    status, text = run(python, home, "-m", "pytest", PLACE)
    assert status == 1
    words = " ".join(text.split())
    known = {
        wrong.name: wrong.sentence
        for wrong in chapters.chapter(folder()).misconceptions
    }
    for name in ("forgotten 2k", "no floor"):
        assert " ".join(known[name].split()) in words, name
    assert words.count("carried on from your `psi`, task 04.3") >= 2


def folder(number="04"):
    return chapters.folder(number)


@cache
def handed_out(folder):
    """A chapter as its handout knows it, without the way through a zip."""
    chapter = chapters.chapter(folder)
    return replace(chapter, misconceptions=(), memory=remember(chapter))


@pytest.mark.parametrize("folder", FOLDERS)
def test_fingerprints_name_what_the_code_itself_would_name(folder):
    """A wrong answer to each task, in the task itself and in the last, which may build
    on it."""
    full, public = chapters.chapter(folder), handed_out(folder)
    for task in full.tasks:
        wrong = full.misconceptions_of(task)[-1]
        functions = full.solution_with({task.function: wrong.function})
        for later in dict.fromkeys((task, full.tasks[-1])):  # the last may call it
            found = grade(public, later, functions)
            assert found.mistakes == grade(full, later, functions).mistakes
            assert found.mistakes == (wrong.name,) or later != task


def test_on_another_seed_the_points_are_the_same_and_random_questions_name_nothing():
    full, public = chapters.chapter(folder()), handed_out(folder())
    task = full.task("04.3")
    wrong = full.misconceptions_of(task)[0]
    functions = {**full.solution, "psi": wrong.function}
    found, known = (
        grade(public, task, functions, seed=5),
        grade(full, task, functions, seed=5),
    )
    assert found.points == known.points
    for check, hint in zip(found.checks, task.checks, strict=True):
        if not check.passed and check.name == "every interval":
            assert (check.mistake, check.sentence) == ("", hint.hint)
    # of the ends, which are no random numbers
    assert set(found.mistakes) <= set(known.mistakes)


def test_an_odd_answer_is_given_no_name():
    full, public = chapters.chapter(folder()), handed_out(folder())
    task = full.task("04.3")
    odd = {**full.solution, "psi": lambda c, m: 1.37 * full.solution["psi"](c, m)}
    assert grade(public, task, odd).mistakes == ()


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_line_of_a_solution_is_in_the_zip(folder, packed):
    lines = marked_lines(folder)
    assert lines
    with zipfile.ZipFile(packed) as archive:
        for name in archive.namelist():
            text = archive.read(name).decode()
            assert not [line for line in lines if line in text], name


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_line_of_a_wrong_answer_is_packed_either(folder):
    chapter, kept = chapters.chapter(folder), handed_out(folder).memory
    said = kept.source + json.dumps(kept.tasks, ensure_ascii=False)
    assert "# " + "END" not in said
    for wrong in chapter.misconceptions:
        assert f"def {wrong.function.__name__}(" not in said


def test_the_zip_holds_the_students_part_only(packed):
    with zipfile.ZipFile(packed) as archive:
        names = set(archive.namelist())
        text = "".join(archive.read(name).decode() for name in names)
    assert not {
        name
        for name in names
        if Path(name).name in ("solution.py", "misconceptions.py")
    }
    assert not {
        name
        for name in names
        if name.startswith("grader/teacher") or name.endswith("tasks.py")
    }
    assert stubs.BEGIN not in text
    for chapter in chapters.folders():
        assert f"exercises/{chapter.name}/answers.py" in names
        assert f"exercises/{chapter.name}/{memory.FILE}" in names


def test_answers_that_lie_in_the_repository_are_not_handed_out(monkeypatch, tmp_path):
    """A stub is generated, not copied: somebody's own answers.py stays where it is."""
    chapter = tmp_path / CHAPTER
    shutil.copytree(folder(), chapter)
    (chapter / "answers.py").write_text("my own answers", encoding="utf-8")
    handout.write(tmp_path / "new.zip", [chapter])
    with zipfile.ZipFile(tmp_path / "new.zip") as archive:
        assert (
            "my own answers"
            not in archive.read(f"exercises/{CHAPTER}/answers.py").decode()
        )


def test_the_same_exercises_give_the_same_zip(tmp_path):
    for name in ("a.zip", "b.zip"):
        handout.write(tmp_path / name, [folder()])
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_hidden_check_stays_with_the_teacher(tmp_path):
    """Its name, its function and its questions: nothing of it is handed out, and that
    is said."""
    chapter = tmp_path / CHAPTER
    shutil.copytree(folder(), chapter)
    tasks = (chapter / "tasks.py").read_text(encoding="utf-8")
    last = r'(the larger of the two, entry\s*by"\s*" entry\.",)\s*\)'
    marked = re.sub(last, r"\1 hidden=True)", tasks, count=1)
    assert marked != tasks
    (chapter / "tasks.py").write_text(marked, encoding="utf-8")

    full = chapters.chapter(chapter)
    kept = remember(full)
    said = kept.source + json.dumps(kept.tasks, ensure_ascii=False)
    assert "schedule_with_a_floor" in tasks
    assert "schedule_with_a_floor" not in said
    assert "'the floor'" not in kept.source
    assert '"the floor"' not in said
    public = replace(
        full, tasks=tuple(kept.module("public").TASKS), misconceptions=(), memory=kept
    )
    task = public.task("04.6")
    graded = grade(public, task, full.solution)
    assert (graded.points, graded.max_points, graded.hidden) == (2, 2, 1)
    lines = report.plain(report.chapter_lines([graded]))
    assert "Public checks passed; 1 hidden check not run here." in lines
    assert grade(full, full.task("04.6"), full.solution).max_points == 4


def test_a_folder_is_no_name_for_a_zip(tmp_path, capsys):
    with pytest.raises(SystemExit):
        command.main(["handout", "04", "--out", str(tmp_path)])
    assert "is a folder" in capsys.readouterr().err


def test_a_packed_file_that_is_damaged_is_named(tmp_path):
    path = tmp_path / memory.FILE
    for damage in (b"", b"no pack\n", handed_out(folder()).memory.as_bytes()[:-40]):
        path.write_bytes(damage)
        with pytest.raises(ValueError, match=memory.FILE):
            memory.Memory.read(path)


# Where it may lie, and what else may be installed

BROKEN = "raise ImportError('the wrong one')"


@pytest.mark.parametrize("at", [".", "exercises", PLACE])
def test_pytest_may_be_started_in_any_folder(python, home, at):
    (home / PLACE / "answers.py").write_text(solution(), encoding="utf-8")
    place = os.path.relpath(home / PLACE, home / at)
    starter = "import sys, pytest; sys.path.pop(0); sys.exit(pytest.main(sys.argv[1:]))"
    for start in (("-m", "pytest"), ("-c", starter)):  # as python -m pytest, as pytest
        status, text = run(python, home / at, *start, place)
        assert status == 0, text
        assert total(text) == "40 / 40"


@pytest.mark.parametrize("name", ["home-work", "exercises-1"])
def test_the_folders_may_have_any_name_and_other_packages_may_be_about(
    python, home, name
):
    """As an installed and newer wheel of the book is: the grader beside it wins."""
    others = home.parent / "installed"
    for package in ("exercises", "grader"):
        (others / package).mkdir(parents=True)
        (others / package / "__init__.py").write_text(BROKEN, encoding="utf-8")
    moved = home.rename(home.with_name(name))
    (moved / PLACE / "answers.py").write_text(solution(), encoding="utf-8")
    for content in ("exercises", f"my {name}"):
        inner = (moved / "exercises").rename(moved / content)
        status, text = run(
            python, moved, "-m", "pytest", inner / CHAPTER, PYTHONPATH=str(others)
        )
        assert status == 0, text
        assert total(text) == "40 / 40"


def test_a_copy_of_the_exercises_alone_is_graded_by_an_installed_grader(python, home):
    """Its own chapters are meant then, not those that were installed."""
    installed = home.parent / "installed"
    shutil.copytree(home, installed)
    shutil.rmtree(home / "grader")
    (home / PLACE / "answers.py").write_text(solution(), encoding="utf-8")
    where = {"PYTHONPATH": str(installed)}
    status, text = run(python, home, "-m", "pytest", PLACE, **where)
    assert status == 0, text
    assert total(text) == "40 / 40"
    code = "from grader.engine import chapters; print(*chapters.folders(), sep='\\n')"
    folders = run(python, home, "-c", code, **where)[1].splitlines()
    assert str(home / PLACE) in folders
    assert len(folders) == len(chapters.folders())


def test_a_notebook_beside_the_folder_can_check_its_functions(python, home):
    script = home / "notebook.py"
    script.write_text(
        "from exercises import check\n\n\n"
        "def annealing(t, base, gamma, power, minimum):\n"
        "    return base * (1 + gamma * t) ** -power\n\n\n"
        'print(check("04.6", annealing).report.mistakes)\n',
        encoding="utf-8",
    )
    status, text = run(python, home, script)
    assert status == 0
    # The report is printed for whoever has no notebook to show it, then the names.
    assert "04.6     2 / 4  The annealing of λ" in text
    assert text.endswith("\n('no floor',)\n")


# GitHub: a workflow for any repository, and an autograder for Classroom 50

ONE_WRONG = ("np.maximum(minimum, base * (1 + gamma * t) ** -power)", "base * t")


def test_a_run_on_github_shows_points_and_report_in_its_summary(python, home, tmp_path):
    (home / PLACE / "answers.py").write_text(
        solution(CHAPTER, ONE_WRONG), encoding="utf-8"
    )
    output = tmp_path / "summary.md"
    status, text = run(
        python, home, ".github/grade.py", PLACE, GITHUB_STEP_SUMMARY=str(output)
    )
    # as pytest ends: the run is marked, and nothing else decides on points
    assert status == 1
    written = output.read_text(encoding="utf-8")
    assert "| total | 36 / 40 |" in written
    assert written.count(" / ") > 7
    for words in (written, text):
        assert "The likely mistake" in words or "Hint" in words


def test_full_marks_end_a_run_on_github_with_0_and_nothing_graded_does_not(
    python, home, tmp_path
):
    (home / PLACE / "answers.py").write_text(solution(), encoding="utf-8")
    assert run(python, home, ".github/grade.py", PLACE)[0] == 0
    (home / PLACE / "answers.py").unlink()
    output = tmp_path / "summary.md"
    for chapters_named in ([PLACE], ["no-such-folder"], []):
        status, text = run(
            python,
            home,
            ".github/grade.py",
            *chapters_named,
            GITHUB_STEP_SUMMARY=str(output),
        )
        assert status != 0
        assert "no points are reported" in text or "name the folders" in text
        assert not output.exists()


def test_nothing_that_an_answer_says_ends_the_block_of_the_report():
    """What stands in the summary is Markdown to a browser: an answer's words stay
    words."""
    place = handout.TEMPLATES / ".github" / "grade.py"
    spec = importlib.util.spec_from_file_location("grade_on_github", place)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    said = "raised: ```\n# 40 / 40\n<script>"
    text = script.summary([{"name": "04.1 a", "score": 0, "most": 4}], said)
    table, block = text.split("\n\n", 1)
    assert "| total | 0 / 4 |" in table
    assert all(line.startswith("    ") for line in block.splitlines())


def test_the_workflow_names_what_is_in_the_zip(home):
    text = (home / ".github" / "workflows" / "grade.yml").read_text(encoding="utf-8")
    workflow = yaml.safe_load(text)
    (job,) = workflow["jobs"].values()
    assert (home / workflow["env"]["CHAPTERS"] / "answers.py").exists()
    assert workflow["permissions"] == {"contents": "read"}
    commands = [step["run"].split() for step in job["steps"] if "run" in step]
    assert (home / commands[0][-1]).exists()  # requirements.txt
    assert (home / commands[1][1]).exists()  # the script
    assert all(
        step["uses"].startswith("actions/") for step in job["steps"] if "uses" in step
    )


@pytest.fixture(scope="module")
def classroom50(tmp_path_factory):
    target = tmp_path_factory.mktemp("dist") / "classroom50.zip"
    assert command.main(["classroom50", "04", "--out", str(target)]) == 0
    return target


def run_classroom50(bundle, checkout):
    """As its runner does: in the checkout, with the identity of the submission around
    it."""
    identity = {
        "CLASSROOM": "losses",
        "ASSIGNMENT": "margins",
        "SUBMISSION_TAG": "submit/2026-11-02T10-00-00Z-abcdef0",
        "COMMIT_URL": "https://example.org/commit/1",
        "RELEASE_URL": "https://example.org/releases/1",
    }
    return run(sys.executable, checkout, bundle / "autograder.py", **identity)


@pytest.mark.parametrize("place", [PLACE, CHAPTER])  # of now, and of old handouts
@pytest.mark.parametrize(
    ("answers", "score"),
    [(solution(), 40), (solution(CHAPTER, ONE_WRONG), 36), (None, 0), ("link", 0)],
    ids=["right", "one wrong", "missing", "a link"],
)
def test_classroom_50_gets_its_result(classroom50, tmp_path, answers, score, place):
    """The fields of its contract, classroom50/result/v1; part points included."""
    bundle, checkout = tmp_path / "bundle", tmp_path / "checkout"
    (checkout / place).mkdir(parents=True)
    with zipfile.ZipFile(classroom50) as archive:
        archive.extractall(bundle)
    theirs = checkout / place / "answers.py"
    if answers == "link":
        theirs.symlink_to(folder() / "solution.py")
    elif answers:
        theirs.write_text(answers, encoding="utf-8")
    # What else lies in the student's repository has no say.
    (checkout / "conftest.py").write_text("raise SystemExit(0)", encoding="utf-8")
    (checkout / "grade.py").write_text(
        "def grade(chapters): return 0, [], ''", encoding="utf-8"
    )

    status, text = run_classroom50(bundle, checkout)
    assert status == 0, text
    result = json.loads((checkout / "result.json").read_text(encoding="utf-8"))
    assert result["schema"] == "classroom50/result/v1"
    assert (result["score"], result["max-score"]) == (score, 40)
    assert sum(test["score"] for test in result["tests"]) == score
    for test in result["tests"]:
        assert test["passed"] == (test["score"] == test["max-score"])
    assert result["review"] == result["commit"]
    assert f"| total | {score} / 40 |" in (checkout / "release-body.md").read_text(
        encoding="utf-8"
    )


def test_what_classroom_50_publishes_holds_no_answer(classroom50):
    lines = marked_lines(folder())
    with zipfile.ZipFile(classroom50) as archive:
        names = archive.namelist()
        text = "".join(archive.read(name).decode() for name in names)
    assert not [line for line in lines if line in text]
    assert {"autograder.py", "grade.py", f"{PLACE}/{memory.FILE}"} <= set(names)
    assert not [n for n in names if n.startswith((".", "grader/teacher"))]


def test_the_requirements_are_those_of_the_project():
    root = chapters.ROOT
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))[
        "project"
    ]
    known = {*project["dependencies"], *project["optional-dependencies"]["test"]}
    for file in (
        handout.TEMPLATES / "requirements.txt",
        chapters.GRADER / "gradescope" / "requirements.txt",
    ):
        assert set(file.read_text(encoding="utf-8").split()) <= known
