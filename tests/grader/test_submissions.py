"""What students hand in, and in which shapes: found, or told where it belongs; never
chosen silently."""

import errno
import os
import sys
from pathlib import Path

import pytest

from grader.engine import chapters
from grader.teacher import submissions

FOLDER = chapters.folder("04")
CHAPTER, OTHER = FOLDER.name, chapters.folder("05")


def write(home, *names, text="x = 1\n"):
    for name in names:
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n{text}", encoding="utf-8")


def read(root, student="ann", folder=FOLDER, alone=False):
    return submissions.read(root, student, folder, alone)


@pytest.mark.parametrize(
    ("names", "remark"),
    [
        ([f"{CHAPTER}/answers.py"], ""),
        (["4/answers.py"], ""),
        ([f"book-main/{CHAPTER}/answers.py"], f"read from book-main/{CHAPTER}"),
        ([f"exercises/{CHAPTER}/answers.py"], f"read from exercises/{CHAPTER}"),
        (
            [f"book-main/exercises/{CHAPTER}/answers.py"],
            f"read from book-main/exercises/{CHAPTER}",
        ),
        ([f"{CHAPTER}/{CHAPTER}/answers.py"], f"read from {CHAPTER}/{CHAPTER}"),
        (
            [f"{CHAPTER}/answers.py", "answers.py"],
            "not read: the answers.py beside the chapters' folders",
        ),
        (
            [f"{CHAPTER}/answers.py", f"{CHAPTER}/answers (1).py"],
            f"not read: {CHAPTER}/answers (1).py",
        ),
        (
            [
                f"{CHAPTER}/answers.py",
                f"{CHAPTER}/Answers.py",
                f"{CHAPTER}/answers.ipynb",
            ],
            f"not read: {CHAPTER}/Answers.py, {CHAPTER}/answers.ipynb",
        ),
        (
            [f"{CHAPTER}/answers.py", f"old/{CHAPTER}/answers.py"],
            f"not read: old/{CHAPTER}/answers.py",
        ),
        (
            [f"a/{CHAPTER}/answers.py", f"a/b/{CHAPTER}/answers.py", "answers.py"],
            (
                f"read from a/{CHAPTER}, not read: a/b/{CHAPTER}/answers.py, the"
                " answers.py beside the chapters' folders"
            ),
        ),
        (
            [f"{CHAPTER}/answers.py", f"{CHAPTER}/solution.py", f"{CHAPTER}/notes.md"],
            "",
        ),
    ],
)
def test_a_file_is_found_and_every_choice_is_told(names, remark, tmp_path):
    """The first of the names is the one that is read."""
    write(tmp_path / "ann", *names)
    submission = read(tmp_path)
    assert submission.problem == ""
    assert submission.text.decode().startswith(f"# {names[0]}\n")
    assert submission.remark == remark


@pytest.mark.parametrize(
    ("names", "says"),
    [
        (
            [f"a/{CHAPTER}/answers.py", f"b/{CHAPTER}/answers.py"],
            f"two folders for this chapter, a/{CHAPTER} and b/{CHAPTER}",
        ),
        (["4/answers.py", "04/answers.py"], "two folders for this chapter, 04 and 4"),
        ([f"{CHAPTER}/answers (1).py"], "holds no answers.py, but answers (1).py"),
        (
            ["answers.py"],
            f"lies beside the chapters' folders; it belongs into {CHAPTER}",
        ),
        (
            ["book-main.zip"],
            (
                f"no folder {CHAPTER}, but book-main.zip. Wanted is"
                f" {CHAPTER}/answers.py; archives are"
            ),
        ),
        (
            ["x/4/answers.py"],
            f"no folder {CHAPTER}, but x. Wanted is {CHAPTER}/answers.py.",
        ),
        (["my answers.py"], f"no folder {CHAPTER}, but my answers.py. Wanted is"),
        (["__MACOSX/4/answers.py", ".git/config"], "Nothing was handed in"),
        ([f"{OTHER.name}/answers.py"], "Nothing was handed in"),
    ],
)
def test_what_cannot_be_decided_or_found_is_told(names, says, tmp_path):
    write(tmp_path / "ann", *names)
    submission = read(tmp_path)
    assert submission.text is None
    assert says in submission.problem


@pytest.mark.parametrize("alone", [True, False])
def test_a_file_outside_of_all_folders_is_for_the_only_chapter_that_is_wanted(
    alone, tmp_path
):
    write(tmp_path / "ann", "answers.py")
    assert (read(tmp_path, alone=alone).text is not None) == alone
    write(tmp_path / "ann", f"{CHAPTER}/answers.py")
    submission = read(tmp_path, alone=alone)
    assert submission.text.decode().startswith(f"# {CHAPTER}/answers.py")
    assert submission.remark == "not read: the answers.py beside the chapters' folders"


# One student's folder is nobody else's matter
# ----------------------------------------------------


def long_link(root):
    (root / "bob" / CHAPTER).symlink_to("x" * 300)


def long_link_in_its_chapter(root):
    (root / "bob" / CHAPTER).mkdir()
    (root / "bob" / CHAPTER / "answers.py").symlink_to("x" * 300)


def link_as_a_student(root):
    (root / "bob").rmdir()
    (root / "bob").symlink_to(root / "ann")


def long_link_as_a_student(root):
    (root / "bob").rmdir()
    (root / "bob").symlink_to("x" * 300)


def linked_chapter(root):
    (root / "bob" / CHAPTER).symlink_to(root / "ann" / CHAPTER)


def linked_chapter_by_number(root):
    (root / "bob" / "4").symlink_to(FOLDER)


def linked_repository(root):
    (root / "bob" / "repository").symlink_to(root / "ann")


def linked_folder_with_a_secret(root):
    (root / "secret of the teacher").mkdir()
    (root / "secret of the teacher" / "grades of last year").touch()
    (root / "bob" / CHAPTER).symlink_to(root / "secret of the teacher")


def link_to_itself(root):
    (root / "bob" / CHAPTER).symlink_to(root / "bob" / CHAPTER)


def link_into_proc(root):
    (root / "bob" / CHAPTER).mkdir()
    (root / "bob" / CHAPTER / "answers.py").symlink_to("/proc/self/environ")


def link_through_a_link(root):
    (root / "bob" / CHAPTER).mkdir()
    (root / "bob" / "out").symlink_to(root / "ann")
    (root / "bob" / CHAPTER / "answers.py").symlink_to(f"../out/{CHAPTER}/answers.py")


def folder_of_that_name(root):
    (root / "bob" / CHAPTER / "answers.py" / "answers.py").mkdir(parents=True)


def names_with_newlines(root):
    (root / "bob" / f"{CHAPTER}\n# Full marks").mkdir()
    (root / "bob" / "a\x1b[2J\u202e").mkdir()


def many_entries(root):
    for number in range(300):
        (root / "bob" / f"folder {number}" / "below" / "below" / "below").mkdir(
            parents=True
        )


def a_pipe(root):
    (root / "bob" / CHAPTER).mkdir()
    os.mkfifo(root / "bob" / CHAPTER / "answers.py")


ODD = [
    *(long_link, long_link_in_its_chapter, link_as_a_student, long_link_as_a_student),
    *(
        linked_chapter,
        linked_chapter_by_number,
        linked_repository,
        linked_folder_with_a_secret,
    ),
    *(link_to_itself, link_into_proc, link_through_a_link, folder_of_that_name),
    *(names_with_newlines, many_entries, a_pipe),
]


@pytest.mark.skipif(sys.platform == "win32", reason="links and pipes as Linux has them")
@pytest.mark.parametrize("make", ODD)
def test_an_odd_folder_costs_its_owner_only(make, tmp_path):
    write(tmp_path / "ann", f"{CHAPTER}/answers.py", text="secret = 'of Ann'\n")
    (tmp_path / "bob").mkdir()
    write(tmp_path / "cem", f"{CHAPTER}/answers.py")
    make(tmp_path)
    names = submissions.students(tmp_path)
    assert {"ann", "cem"} <= set(names)
    assert submissions.handed_in(tmp_path, names) == [FOLDER]
    assert read(tmp_path, "ann").problem == read(tmp_path, "cem").problem == ""
    if "bob" in names:
        bob = read(tmp_path, "bob")
        assert bob.text is None
        assert bob.problem.isprintable()
        # what a link leads to is not told of
        assert "grades of last year" not in bob.problem
        assert str(tmp_path) not in bob.problem


def test_a_folder_that_cannot_be_read_costs_its_owner_only(tmp_path, monkeypatch):
    """Root can read everything, so the system's refusal is put in here."""
    for student in ("ann", "bob", "cem"):
        write(tmp_path / student, f"{CHAPTER}/answers.py")
    scandir, read_bytes = os.scandir, Path.read_bytes
    denied = PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    def refuse(path, student, otherwise):
        if Path(path).is_relative_to(tmp_path / student):
            raise denied
        return otherwise(path)

    monkeypatch.setattr(os, "scandir", lambda path: refuse(path, "bob", scandir))
    monkeypatch.setattr(
        Path, "read_bytes", lambda path: refuse(path, "cem", read_bytes)
    )
    names = submissions.students(tmp_path)
    assert names == ["ann", "bob", "cem"]
    assert submissions.handed_in(tmp_path, names) == [FOLDER]
    assert read(tmp_path, "ann").problem == ""
    assert (
        read(tmp_path, "bob").problem == "answers.py cannot be read: Permission denied."
    )
    assert (
        read(tmp_path, "cem").problem == "answers.py cannot be read: Permission denied."
    )


def test_archives_beside_the_students_are_named(tmp_path):
    write(tmp_path, "ann/x", "bob.zip", "cem answers.py", "list.txt", ".hidden.zip")
    assert submissions.strays(tmp_path) == ["bob.zip", "cem answers.py"]
