"""What a wheel of this folder holds: names, sizes, and no answer of an exercise.

It is built as pip builds it, once, without a network: the build's own requirements are
in the environment of the tests.
"""

import ast
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.engine import chapters, memory, stubs

ROOT = Path(__file__).parents[1]
FOLDERS = [pytest.param(folder, id=folder.name) for folder in chapters.folders()]

# Every name in the wheel is one of these, and there is one of each.
NAMES = (
    r"mlcore/(\w+/)*\w+\.py",
    r"mlcore/datasets/(att_faces\.sha256|cifar100\.classes|han_glyphs\.tsv)",
    r"margins/(\w+/)*\w+\.py",
    r"margins/figures/(movable|dragging)\.js",
    r"margins/(\w+/)*results/(.+/)?[\w.+-]+\.jsonl?",
    r"margins/benchmarks/requirements\.txt",
    r"margins/judge/(public|errors|trained)\.json",
    r"grader/(__init__|__main__|(browser|engine|sandbox|sandbox/inside)/\w+)\.py",
    r"exercises/(__init__|__main__|conftest)\.py",
    r"exercises/pytest\.ini",
    r"exercises/\d\d-[a-z0-9-]+/(answers\.py|statement\.md|checks\.packed)",
    r"exercises/\d\d-[a-z0-9-]+/given\.py",
    r"mlcore-[\d.]+\.dist-info/(METADATA|WHEEL|RECORD|licenses/LICENSE(-TEXT)?)",
)
RESULTS = re.compile(rf"{NAMES[4]}|{NAMES[6]}")
# In kB of the wheel's own compression: a part that stays, and what a chapter with
# exercises may add on an average. What its folder of exercises holds is in its code.
MOST = {"code": (200, 45), "results": (60, 20)}
EXERCISES = 30


@pytest.fixture(scope="module")
def wheel(once):
    with zipfile.ZipFile(once("mlcore.whl", build)) as opened:
        yield opened


def build(path):
    folder = path.with_suffix(".folder")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    built.rename(path)


def test_every_name_is_expected_and_every_expectation_is_met(wheel):
    names = wheel.namelist()
    assert len(set(names)) == len(names)
    met = {name: [p for p in NAMES if re.fullmatch(p, name)] for name in names}
    assert not [name for name, patterns in met.items() if len(patterns) != 1]
    assert {pattern for patterns in met.values() for pattern in patterns} == set(NAMES)


def test_what_is_the_teachers_is_missing(wheel):
    """No solution and no wrong answer; nothing that makes a stub, a handout or a
    grade book; and no top-level name but the four packages'."""
    names = wheel.namelist()
    theirs = r"solution|misconceptions|tasks\.py|teacher|stubs|gradescope|classroom50"
    assert not [name for name in names if re.search(theirs, name)]
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"mlcore", "margins", "grader", "exercises"}


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_chapter_has_its_exercises(wheel, folder):
    names = wheel.namelist()
    for name in ("answers.py", "statement.md", memory.FILE):
        assert f"exercises/{folder.name}/{name}" in names
    stub = stubs.generate((folder / "solution.py").read_text("utf-8"))
    assert wheel.read(f"exercises/{folder.name}/answers.py").decode() == stub


def test_the_library_and_the_books_code_are_whole(wheel):
    names = set(wheel.namelist())
    for package in ("mlcore", "margins"):
        sources = {
            path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*.py")
        }
        assert sources <= names


def test_the_sizes(wheel):
    """What a reader downloads before the first cell runs: it grows with the chapters,
    and no faster."""
    whole = Path(wheel.filename).stat().st_size / 1000
    found = {"results": size(wheel, RESULTS)}
    found["code"] = whole - found["results"]
    for name, (stays, a_chapter) in MOST.items():
        most = stays + a_chapter * len(FOLDERS)
        assert found[name] < most, f"{name}: {found[name]:.0f} kB of {most}"


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_exercises_of_a_chapter_are_small(wheel, folder):
    assert size(wheel, re.compile(rf"exercises/{folder.name}/.*")) < EXERCISES


def size(wheel, names):
    """kB of the files of these names."""
    entries = wheel.infolist()
    return sum(e.compress_size for e in entries if names.fullmatch(e.filename)) / 1000


IN_A_NOTEBOOK = """
import numpy as np
import exercises, grader, margins, mlcore
from exercises import check

del __file__  # a notebook has none

def interval(c, m):
    k = np.zeros(c.shape, dtype=int)
    for i in range(1, m):
        k += c < np.cos(i * np.pi / m)
    return k

print(check("04.2", interval).report.points)

def interval(c, m):
    return np.floor(m * np.arccos(c) / np.pi).astype(int)

print(*check("04.2", interval).report.mistakes)
print({module.__file__.split(module.__name__)[0]
       for module in (exercises, grader, margins, mlcore)})
"""


def test_it_works_where_it_is_unpacked(wheel, tmp_path):
    """In a notebook, and at a terminal in a folder of one's own."""
    site, desk = tmp_path / "site", tmp_path / "desk"
    wheel.extractall(site)
    desk.mkdir()
    (desk / "cells.py").write_text(IN_A_NOTEBOOK, encoding="utf-8")

    def python(*words):
        done = subprocess.run(
            [sys.executable, *words],
            cwd=desk,
            env=os.environ | {"PYTHONPATH": str(site), "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return done.stdout + done.stderr

    points, mistake, place = python("cells.py").splitlines()
    assert (points, mistake) == ("4", "floor of an arccos")
    assert eval(place) == {f"{site}{os.sep}"}
    said = python("-m", "exercises", "copy", "04")
    assert said == f"{Path('exercises', '04-l-softmax', 'answers.py')}: written\n"
    assert "0 / 40" in python("-m", "pytest", "exercises/04-l-softmax")
    # What only a teacher can do is not offered.
    assert "choose from 'copy'" in python("-m", "exercises", "grade")


@pytest.fixture(scope="module")
def readable(wheel, tmp_path_factory):
    """What a curious student can read: the text of every file, packed ones unpacked
    with the reader that lies beside them.

    Of the library and of the book's own code there is nothing to find out: the
    chapters show them, and an answer may well have a line that is there.
    """
    public = ("mlcore/", "margins/")
    names = [name for name in wheel.namelist() if not name.startswith(public)]
    texts = {name: wheel.read(name).decode() for name in names}
    path = tmp_path_factory.mktemp("curious") / memory.FILE
    for name in [name for name in names if name.endswith(memory.FILE)]:
        path.write_bytes(wheel.read(name))
        kept = memory.Memory.read(path)
        texts[name] = f"{kept.source}\n{kept.tasks}"
    return texts


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_line_of_an_answer_is_inside(readable, folder):
    shown = stubs.generate((folder / "solution.py").read_text("utf-8"))
    shown += "".join(path.read_text("utf-8") for path in folder.glob("given.py"))
    lines = {line for line in answers(folder) if line not in shown}
    assert len(lines) >= 8
    assert not [
        (name, line)
        for name, text in readable.items()
        for line in lines
        if line in text
    ]


def answers(folder):
    """The long lines of code of a chapter's solution and of its wrong answers, and of
    the changes of the solution that make one of the other."""
    solution = (folder / "solution.py").read_text("utf-8")
    wrong = (folder / "misconceptions.py").read_text("utf-8")
    changes = (
        string.value
        for entry in ast.walk(ast.parse(wrong))
        if isinstance(entry, ast.Tuple)
        for change in entry.elts
        if isinstance(change, ast.Dict)
        for string in ast.walk(change)
        if isinstance(string, ast.Constant) and isinstance(string.value, str)
    )
    lines = [*code(solution), *code(wrong), *"\n".join(changes).splitlines()]
    plain = {line.partition("  #")[0].strip() for line in lines}
    # A shorter one says little, and so does the head of a loop over rows and labels.
    return {
        line for line in plain if len(line) > 34 and not line.startswith(("#", "for "))
    }


def code(source):
    """The lines inside of functions, without strings."""
    inside, strings = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            inside.update(range(node.body[0].lineno, node.end_lineno + 1))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings.update(range(node.lineno, node.end_lineno + 1))
    lines = source.splitlines()
    return [lines[n - 1] for n in sorted(inside - strings)]
