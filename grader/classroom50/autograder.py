"""Grades a student's repository under Classroom 50, with the checks beside it.

Classroom 50 runs it in a checkout of the student's repository and then reads
`result.json` there. Only the chapters' answers.py are taken from the student; the
grader is this folder's.
"""

import datetime
import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
LARGEST = 1_000_000  # bytes of an answers.py that are read


def main():
    checkout = Path.cwd()
    requirements = HERE / "requirements.txt"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "-r", requirements],
        check=True,
    )
    import grade  # beside this file; it needs what was just installed

    chapters = sorted(
        packed.parent for packed in HERE.glob("exercises/*/checks.packed")
    )
    for chapter in chapters:
        if problem := _take(_theirs(checkout, chapter), chapter / "answers.py"):
            print(
                f"{chapter.name}/answers.py {problem};"
                " the tasks of this chapter count as open."
            )
    os.chdir(HERE)
    _, tasks, report = grade.grade([chapter.relative_to(HERE) for chapter in chapters])
    (checkout / "release-body.md").write_text(
        grade.summary(tasks, report), encoding="utf-8"
    )
    (checkout / "result.json").write_text(
        json.dumps(_result(tasks), indent=2), encoding="utf-8"
    )


def _theirs(checkout, chapter):
    """A student's file: in the handout's layout, or with the chapters at the top."""
    usual = checkout / "exercises" / chapter.name / "answers.py"
    at_the_top = checkout / chapter.name / "answers.py"
    return at_the_top if at_the_top.exists() and not usual.exists() else usual


def _take(theirs, ours):
    """Copy a student's file over the empty one; returns what is wrong, or ""."""
    # A link could lead to a file of the machine that runs this.
    if any(path.is_symlink() for path in (theirs, theirs.parent, theirs.parents[1])):
        return "is a link"
    if not theirs.exists():
        return "is missing"
    state = theirs.stat()
    if not stat.S_ISREG(state.st_mode):
        return "is no file"
    if state.st_size > LARGEST:
        return f"has more than {LARGEST:,} bytes"
    shutil.copyfile(theirs, ours)
    return ""


def _result(tasks):
    """The result as Classroom 50 wants it: schema classroom50/result/v1."""
    now = datetime.datetime.now(datetime.UTC)
    return {
        "schema": "classroom50/result/v1",
        "classroom": os.environ["CLASSROOM"],
        "assignment": os.environ["ASSIGNMENT"],
        "submission": os.environ["SUBMISSION_TAG"],
        "commit": os.environ["COMMIT_URL"],
        "release": os.environ["RELEASE_URL"],
        "review": os.environ.get("REVIEW_URL") or os.environ["COMMIT_URL"],
        "datetime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "score": sum(task["score"] for task in tasks),
        "max-score": sum(task["most"] for task in tasks),
        "tests": [
            {
                "test-name": task["name"],
                "passed": task["score"] == task["most"],
                "score": task["score"],
                "max-score": task["most"],
            }
            for task in tasks
        ],
    }


if __name__ == "__main__":
    main()
