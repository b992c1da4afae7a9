"""The students' part of the exercises, as one zip that needs nothing of this
repository.

It holds no solution and no wrong answer. The checks, which contain formulas, are packed
out of sight; that is a courtesy to the student who would rather not see them, and not a
lock.
"""

from grader.engine import chapters, memory, stubs
from grader.teacher import files
from grader.teacher.remember import ANSWERS_IN_ENGINE, remember

# and no leftovers of an editor or of Python
TEMPLATE_KINDS = (".md", ".txt", ".py", ".yml")
TEMPLATES = chapters.ROOT / "grader" / "teacher" / "student"
ENGINE = set((chapters.ROOT / "grader" / "engine").rglob("*.py"))
NOT_FOR_STUDENTS = {
    chapters.ROOT / "grader" / "engine" / "stubs.py",
    *ANSWERS_IN_ENGINE,
}


def write(target, folders=None):
    """Write the handout of these chapters, or of all, and return the names in it.

    The same exercises give the same bytes. An interrupted run leaves an older zip as it
    was.
    """
    packed = contents(folders)
    files.write_zip(target, packed)
    return sorted(packed)


def contents(folders=None):
    """The files of the handout of these chapters, or of all: their bytes, by name."""
    found = {
        f"exercises/{name}": (chapters.HOME / name).read_bytes()
        for name in ("__init__.py", "conftest.py", "pytest.ini")
    }
    for path in (ENGINE | {chapters.ROOT / "grader/__init__.py"}) - NOT_FOR_STUDENTS:
        found[path.relative_to(chapters.ROOT).as_posix()] = path.read_bytes()
    for path in TEMPLATES.rglob("*"):
        if path.is_file() and path.suffix in TEMPLATE_KINDS:
            found[path.relative_to(TEMPLATES).as_posix()] = path.read_bytes()
    for folder in folders or chapters.folders():
        solution = (folder / "solution.py").read_text(encoding="utf-8")
        name = f"exercises/{folder.name}"
        found[f"{name}/answers.py"] = stubs.generate(solution).encode()
        found[f"{name}/statement.md"] = (folder / "statement.md").read_bytes()
        packed = remember(chapters.chapter(folder)).as_bytes()
        found[f"{name}/{memory.FILE}"] = packed
        if (folder / "given.py").exists():
            found[f"{name}/given.py"] = (folder / "given.py").read_bytes()
    return found
