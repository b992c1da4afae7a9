"""What was handed in: SUBMISSIONS/<student>/<chapter>/answers.py, read as bytes and nothing more.

Whatever a student may have put in the place of a file, a link to somebody else's answers or to a
solution, a folder, a pipe, a gigabyte, is a sentence in that student's report.
"""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from exercises._engine import chapters

LIMIT = 1_000_000  # bytes; a chapter's answers are a few thousand
NOT_STUDENTS = (".", "__MACOSX")  # how names begin that systems and archives leave behind


@dataclass(frozen=True)
class Submission:
    """One student's answers to one chapter.

    `text` is what the file holds, and None where it cannot be graded; then `problem` says why.
    """

    student: str
    folder: Path
    text: bytes | None = None
    problem: str = ""


def students(root):
    """The names of the students' folders, in order.

    Raises
    ------
    ValueError
        If there is none.
    """
    names = [path.name for path in _entries(root) if path.is_dir()]
    if not names:
        raise ValueError(
            f"{root} has no folder of a student; wanted is <student>/<chapter>/answers.py"
        )
    return names


def handed_in(root, names):
    """The folders of the chapters that at least one student has handed in, in order."""
    return [f for f in chapters.folders() if any(_places(root / name, f) for name in names)]


def read(root, student, folder):
    """What one student has handed in for one chapter."""
    try:
        return Submission(student, folder, text=_read(root / student, folder))
    except (_Problem, OSError, RuntimeError) as error:  # RuntimeError: a link to itself
        problem = str(error)
        if not isinstance(error, _Problem):
            why = getattr(error, "strerror", None) or "it is a link to itself"
            problem = f"answers.py cannot be read: {why}."
        return Submission(student, folder, problem=problem)


class _Problem(Exception):
    """A sentence for the report."""


def _read(home, folder):
    places = _places(home, folder)
    if not places:
        if (home / "answers.py").exists():
            raise _Problem(
                f"answers.py lies beside the chapters' folders; it belongs into {folder.name}."
            )
        chapters_of_it = [
            place for chapter in chapters.folders() for place in _places(home, chapter)
        ]
        others = _named([path for path in _entries(home) if path not in chapters_of_it])
        raise _Problem(
            f"There is no folder {folder.name}, but {others}."
            if others
            else "Nothing was handed in."
        )
    if len(places) > 1:
        named = " and ".join(place.name for place in places)
        raise _Problem(f"There are two folders for this chapter, {named}.")
    path = places[0] / "answers.py"
    if not os.path.lexists(path):
        others = _named(_entries(places[0]))
        others = f", but {others}" if others else ""
        raise _Problem(f"The folder {places[0].name} holds no answers.py{others}.")
    if not path.resolve(strict=True).is_relative_to(home.resolve()):
        raise _Problem("answers.py is a link that leads out of the student's folder.")
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        what = "a folder" if stat.S_ISDIR(state.st_mode) else "no ordinary file"
        raise _Problem(f"answers.py is {what}.")
    if state.st_size > LIMIT:
        raise _Problem(f"answers.py has {state.st_size:,} bytes; more than {LIMIT:,} are not read.")
    return path.read_bytes()


def _places(home, folder):
    """The folders that stand for a chapter: by its name, "04-l-softmax", or its number alone."""
    number = folder.name[:2]
    names = (folder.name, number, number.lstrip("0"))
    return [home / name for name in dict.fromkeys(names) if (home / name).is_dir()]


def _entries(folder):
    """What lies in a folder, without what nobody put there."""
    return sorted(path for path in folder.iterdir() if not path.name.startswith(NOT_STUDENTS))


def _named(paths):
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(path.name for path in paths[:3]) + more
