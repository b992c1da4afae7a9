"""The zip of an autograder for Classroom 50: the handout's checks and one script.

Classroom 50 publishes what it grades with, so nothing in it may be a secret: no
solution, no hidden check.
"""

from pathlib import Path

from grader.engine import chapters
from grader.teacher import files, handout

SCRIPT = chapters.GRADER / "classroom50" / "autograder.py"
GRADE = ".github/grade.py"


def write(target: Path, folders: list[Path]) -> list[str]:
    """Write the autograder of these chapters and return the names in it."""
    if not SCRIPT.exists():
        raise ValueError(
            f"{SCRIPT} is missing: the autograder is made from a copy of the project"
        )
    handed_out = handout.contents(folders)
    contents = {
        name: text
        for name, text in handed_out.items()
        if not name.startswith(".github/")
    }
    contents["grade.py"] = handed_out[GRADE]
    contents[SCRIPT.name] = SCRIPT.read_bytes()
    files.write_zip(target, contents)
    return sorted(contents)
