"""The zip of an autograder for Gradescope: grader, one chapter, and two scripts.

The chapter comes with its solution, so it is for the teacher and Gradescope only.
"""

import json
import secrets
from pathlib import Path

from grader.engine import chapters
from grader.teacher import files

SCRIPTS = chapters.GRADER / "gradescope"
OF_GRADER = ("*.py", "engine/**/*.py", "sandbox/**/*.py", "teacher/*.py")


def write(target: Path, folder: Path, seed: int | None = None) -> int:
    """Write the autograder of one chapter; returns the seed, drawn if none is given."""
    if not (SCRIPTS / "run_autograder").exists():
        raise ValueError(
            f"{SCRIPTS} is missing: the autograder is made from a copy of the"
            " repository"
        )
    seed = secrets.randbelow(10**9) if seed is None else seed
    contents = {
        path.name: path.read_bytes() for path in SCRIPTS.iterdir() if path.is_file()
    }
    contents["assignment.json"] = json.dumps(
        {"chapter": folder.name, "seed": seed}
    ).encode()
    of_exercises = ("*.py", f"{folder.name}/*.py")
    for home, patterns in (
        (chapters.GRADER, OF_GRADER),
        (chapters.HOME, of_exercises),
    ):
        for path in (path for pattern in patterns for path in home.glob(pattern)):
            name = f"{home.name}/{path.relative_to(home).as_posix()}"
            contents[name] = path.read_bytes()
    files.write_zip(target, contents, executable={"setup.sh", "run_autograder"})
    return seed
