"""The zip of an autograder for Gradescope: the grader, one chapter with its solution,
two scripts.

It is for the teacher and Gradescope only.
"""

import json
import secrets

from exercises._engine import chapters
from exercises._teacher import files

SCRIPTS = chapters.HOME.parent / "autograder"
PACKAGE = ("_engine/**/*.py", "_teacher/*.py", "__init__.py", "__main__.py")


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
    for pattern in (*PACKAGE, f"{folder.name}/*.py"):
        for path in chapters.HOME.glob(pattern):
            name = path.relative_to(chapters.HOME).as_posix()
            contents[f"exercises/{name}"] = path.read_bytes()
    files.write_zip(target, contents, executable={"setup.sh", "run_autograder"})
    return seed
