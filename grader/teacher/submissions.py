"""What was handed in, SUBMISSIONS/<student>/<chapter>/answers.py, as mere bytes.

Whatever a student may have put in the place of a file, a link to somebody else's
answers or to a solution, a folder, a pipe, a gigabyte, is a sentence in that student's
report, and nobody else's matter. A chapter's folder further down, as in a whole
repository, is found; links to folders are not followed, and archives not unpacked.
Where there are several files, a remark says which was read.
"""

import os
import re
import stat
from collections import deque
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from grader.engine import chapters

FILE = "answers.py"
LIMIT = 1_000_000  # bytes; a chapter's answers are a few thousand
# Folders between the student's and a chapter's: zip/repo/exercises.
DEEPEST = 3
MOST = 10_000  # entries of a student's folder that are looked at
# how names begin that systems and archives leave behind
NOT_STUDENTS = (".", "__MACOSX")
ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".xz", ".bz2", ".7z", ".rar")
# such as "answers (1).py"
ALMOST = re.compile(r".*answers.*\.(py|txt|ipynb)", re.IGNORECASE)


@dataclass(frozen=True)
class Submission:
    """One student's answers to one chapter.

    `text` is what the file holds, and None where it cannot be graded; then `problem`
    says why. `remark` says where it was found, or what else there was, if there was a
    choice.
    """

    student: str
    folder: Path
    text: bytes | None = None
    problem: str = ""
    remark: str = ""


def students(root: Path) -> list[str]:
    """The names of the students' folders, in order.

    Raises
    ------
    ValueError
        If there is none.
    """
    names = [path.name for path in _entries(root) if os.path.isdir(path)]
    if not names:
        raise ValueError(
            f"{root} has no folder of a student; wanted is <student>/<chapter>/{FILE}"
        )
    return names


def strays(root: Path) -> list[str]:
    """The files beside the students' folders that may hold what somebody handed in."""
    return [
        printable(path.name)
        for path in _entries(root)
        if not os.path.isdir(path)
        and path.suffix.lower() in (*ARCHIVES, ".py", ".ipynb")
    ]


def handed_in(root: Path, names: list[str]) -> list[Path]:
    """The folders of the chapters that at least one student has handed in, in order."""
    found = set()
    for name in names:
        try:
            found |= _places(root / name).keys()
        except (_Problem, OSError):  # told when this student's answers are read
            continue
    return [folder for folder in chapters.folders() if folder in found]


def read(root: Path, student: str, folder: Path, alone: bool = False) -> Submission:
    """What one student has handed in for one chapter.

    Parameters
    ----------
    root : Path
    student : str
    folder : Path
        Of the chapter.
    alone : bool
        Whether no other chapter is wanted, so that an answers.py outside of all
        chapters' folders can only be meant for this one.

    Returns
    -------
    Submission
    """
    try:
        text, remark = _read(root / student, folder, alone)
        return Submission(student, folder, text, remark=remark)
    except (_Problem, OSError, RuntimeError) as error:  # RuntimeError: a link to itself
        problem = str(error)
        if not isinstance(error, _Problem):
            why = getattr(error, "strerror", None) or "it is a link to itself"
            problem = f"{FILE} cannot be read: {why}."
        return Submission(student, folder, problem=problem)


def printable(text: str) -> str:
    """The text without what a terminal, a page or a table might obey: control signs,
    line ends, signs that turn the direction of writing, bytes that were no letters."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


class _Problem(Exception):
    """A sentence for the report."""


def _read(home, folder, alone):
    """The text of the one file that is meant, and a remark."""
    places = _places(home).get(folder, [])
    with_file = [place for place in places if os.path.lexists(place / FILE)]
    if alone and not with_file and os.path.lexists(home / FILE):
        places = with_file = [home]
    if not places:
        raise _Problem(_not_there(home, folder))
    if not with_file:
        others = _named(_entries(places[0]))
        others = f", but {others}" if others else ""
        raise _Problem(f"The folder {_below(home, places[0])} holds no {FILE}{others}.")
    depth = len(with_file[0].parts)
    if len([place for place in with_file if len(place.parts) == depth]) > 1:
        named = " and ".join(_below(home, place) for place in with_file[:2])
        raise _Problem(f"There are two folders for this chapter, {named}.")
    place, *others = with_file
    text = _text(home, place / FILE)
    others = [_below(home, other / FILE) for other in others]
    others += [_below(home, path) for path in _entries(place) if _is_almost(path)]
    if place != home and os.path.lexists(home / FILE):
        others.append(f"the {FILE} beside the chapters' folders")
    remark = (
        ""
        if place.parent == home or place == home
        else f"read from {_below(home, place)}"
    )
    if others:
        remark += f"{', ' if remark else ''}not read: {_listed(others)}"
    return text, remark


def _not_there(home, folder):
    """Why there is no folder for a chapter, and what there is instead."""
    if os.path.lexists(home / FILE):
        return (
            f"{FILE} lies beside the chapters' folders; it belongs into {folder.name}."
        )
    known = {place for places in _places(home).values() for place in places}
    others = [path for path in _entries(home) if path not in known]
    for name in (folder.name, *_numbers(folder)):
        if os.path.islink(home / name):
            return f"{name} is a link, and links to folders are not followed."
    if not others:
        return "Nothing was handed in."
    packed = any(path.suffix.lower() in ARCHIVES for path in others)
    return (
        f"There is no folder {folder.name}, but {_named(others)}. Wanted is"
        f" {folder.name}/{FILE}{'; archives are not unpacked here' if packed else ''}."
    )


def _text(home, path):
    """The contents of a file, or a `_Problem` if it is none of the student's own."""
    if not path.resolve(strict=True).is_relative_to(home.resolve()):
        raise _Problem(f"{FILE} is a link that leads out of the student's folder.")
    state = path.stat()
    if not stat.S_ISREG(state.st_mode):
        what = "a folder" if stat.S_ISDIR(state.st_mode) else "no ordinary file"
        raise _Problem(f"{FILE} is {what}.")
    if state.st_size > LIMIT:
        raise _Problem(
            f"{FILE} has {state.st_size:,} bytes; more than {LIMIT:,} are not read."
        )
    return path.read_bytes()


def _places(home):
    """For each chapter, a student's folders that stand for it, the nearest first.

    In the student's folder, "04" and "4" are as good as "04-l-softmax"; further down,
    where a folder may be called "4" for any reason, only the full name is. No link is
    followed: it could lead anywhere, and what is told of a folder would be told of that
    one.
    """
    if os.path.islink(home):
        raise _Problem(
            "The student's folder is a link, and links to folders are not followed."
        )
    by_name = {folder.name: folder for folder in chapters.folders()}
    by_number = {
        number: folder for folder in chapters.folders() for number in _numbers(folder)
    }
    found, waiting, seen = {}, deque([(home, 0)]), 0
    while waiting and seen < MOST:
        inside, depth = waiting.popleft()
        try:
            entries = sorted(
                islice(os.scandir(inside), MOST - seen), key=lambda entry: entry.name
            )
        except OSError:
            if inside == home:
                raise
            continue
        seen += len(entries)
        for entry in entries:
            folder = by_name.get(entry.name) or (
                by_number.get(entry.name) if depth == 0 else None
            )
            if entry.name.startswith(NOT_STUDENTS) or not entry.is_dir(
                follow_symlinks=False
            ):
                continue
            if folder:
                found.setdefault(folder, []).append(Path(entry.path))
            if depth < DEEPEST:
                waiting.append((Path(entry.path), depth + 1))
    for places in found.values():  # as a folder is named in full, it is named first
        places.sort(
            key=lambda place: (len(place.parts), place.name not in by_name, place)
        )
    return found


def _numbers(folder):
    """The short names of a chapter's folder, "04" and "4"."""
    return folder.name[:2], folder.name[:2].lstrip("0")


def _entries(folder):
    """What lies in a folder, without what nobody put there."""
    paths = (Path(entry.path) for entry in islice(os.scandir(folder), MOST))
    return sorted(path for path in paths if not path.name.startswith(NOT_STUDENTS))


def _is_almost(path):
    return (
        path.name != FILE
        and bool(ALMOST.fullmatch(path.name))
        and not os.path.isdir(path)
    )


def _below(home, path):
    return printable(path.relative_to(home).as_posix())


def _named(paths):
    return _listed([printable(path.name) for path in paths])


def _listed(names):
    return ", ".join(names[:3]) + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )
