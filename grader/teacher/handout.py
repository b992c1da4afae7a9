"""The students' part of the exercises, as one zip that needs nothing of this project.

It holds `exercises/` and `grader/` side by side, as a checkout does, without solutions
and wrong answers. The checks, which contain formulas, are packed out of sight; that is
a courtesy to the student who would rather not see them, and not a lock.
"""

from pathlib import Path

from grader.engine import chapters, memory, stubs
from grader.teacher import files
from grader.teacher.remember import ANSWERS_IN_ENGINE, remember

TEMPLATES = chapters.GRADER / "teacher" / "student"
# and no leftovers of an editor or of Python
TEMPLATE_KINDS = (".md", ".txt", ".py", ".yml")
OF_EXERCISES = ("__init__.py", "conftest.py", "pytest.ini")
OF_GRADER = ("__init__.py", "browser/*.py", "engine/**/*.py", "sandbox/**/*.py")
NOT_FOR_STUDENTS = {chapters.GRADER / "engine" / "stubs.py", *ANSWERS_IN_ENGINE}


def write(target: Path, folders: list[Path] | None = None) -> list[str]:
    """Write the handout of these chapters, or of all, and return the names in it.

    The same exercises give the same bytes. An interrupted run leaves an older zip as it
    was.
    """
    packed = contents(folders)
    files.write_zip(target, packed)
    return sorted(packed)


def contents(folders: list[Path] | None = None) -> dict[str, bytes]:
    """The files of the handout of these chapters, or of all: their bytes, by name."""
    found = {
        f"exercises/{name}": (chapters.HOME / name).read_bytes()
        for name in OF_EXERCISES
    }
    for pattern in OF_GRADER:
        for path in set(chapters.GRADER.glob(pattern)) - NOT_FOR_STUDENTS:
            found[path.relative_to(chapters.ROOT).as_posix()] = path.read_bytes()
    for path in TEMPLATES.rglob("*"):
        if path.is_file() and path.suffix in TEMPLATE_KINDS:
            found[path.relative_to(TEMPLATES).as_posix()] = path.read_bytes()
    for folder in folders or chapters.folders():
        for name, contents in _chapter(folder):
            found[f"exercises/{folder.name}/{name}"] = contents
    return found


def _chapter(folder):
    """The files of one chapter's folder, as pairs of a name and bytes."""
    solution = (folder / "solution.py").read_text(encoding="utf-8")
    yield "answers.py", stubs.generate(solution).encode()
    yield "statement.md", (folder / "statement.md").read_bytes()
    yield memory.FILE, remember(chapters.chapter(folder)).as_bytes()
    if (folder / "given.py").exists():
        yield "given.py", (folder / "given.py").read_bytes()
