"""The zip of an autograder for Gradescope: the grader, one chapter with its solution,
two scripts.

It is for the teacher and Gradescope only.
"""

import json
import secrets

from grader.engine import chapters
from grader.teacher import files

SCRIPTS = chapters.ROOT / "grader" / "gradescope"
PACKAGE = (
    "grader/engine/**/*.py",
    "grader/teacher/*.py",
    "grader/*.py",
    "exercises/*.py",
)


def write(target, folder, seed=None):
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
    for pattern in (*PACKAGE, f"exercises/{folder.name}/*.py"):
        for path in chapters.ROOT.glob(pattern):
            contents[path.relative_to(chapters.ROOT).as_posix()] = path.read_bytes()
    files.write_zip(target, contents, executable={"setup.sh", "run_autograder"})
    return seed
