"""The zip of an autograder for Classroom 50: the handout's checks and one script.

Classroom 50 publishes what it grades with, so nothing in it may be a secret: no
solution, no hidden check.
"""

from grader.engine import chapters
from grader.teacher import files, handout

SCRIPT = chapters.ROOT / "grader" / "classroom50" / "autograder.py"
GRADE = ".github/grade.py"


def write(target, folders):
    """Write the autograder of these chapters and return the names in it."""
    if not SCRIPT.exists():
        raise ValueError(
            f"{SCRIPT} is missing: the autograder is made from a copy of the project"
        )
    contents = handout.contents(folders)
    files_of_github = [name for name in contents if name.startswith(".github/")]
    contents["grade.py"] = contents[GRADE]
    for name in files_of_github:
        del contents[name]
    contents[SCRIPT.name] = SCRIPT.read_bytes()
    files.write_zip(target, contents)
    return sorted(contents)
