"""`python -m exercises copy` lays out a folder to answer in."""

import shutil

import pytest

from grader import __main__ as command
from grader.engine import chapters, stubs

CHAPTER = chapters.folder("04")


def test_a_copy_is_not_begun_whatever_stands_in_the_original(tmp_path, monkeypatch):
    home = tmp_path / "exercises"
    shutil.copytree(CHAPTER, home / CHAPTER.name)
    for name in ("conftest.py", "pytest.ini"):
        shutil.copyfile(chapters.HOME / name, home / name)
    (home / CHAPTER.name / "answers.py").write_text("mine = 1", encoding="utf-8")
    monkeypatch.setattr(chapters, "HOME", home)
    assert command.main(["copy", "04", "--out", str(tmp_path / "desk")]) == 0
    copied = tmp_path / "desk" / CHAPTER.name / "answers.py"
    solution = (CHAPTER / "solution.py").read_text(encoding="utf-8")
    assert copied.read_text(encoding="utf-8") == stubs.generate(solution)
    assert (tmp_path / "desk" / "conftest.py").exists()


def test_answers_are_kept(tmp_path, capsys):
    answers = tmp_path / CHAPTER.name / "answers.py"
    answers.parent.mkdir()
    answers.write_text("mine = 1", encoding="utf-8")
    assert command.main(["copy", "04", "--out", str(tmp_path)]) == 0
    assert answers.read_text(encoding="utf-8") == "mine = 1"
    assert capsys.readouterr().out == f"{answers}: kept\n"


def test_the_exercises_are_not_copied_onto_themselves(capsys):
    with pytest.raises(SystemExit):
        command.main(["copy", "04", "--out", str(chapters.HOME)])
    assert "give another --out" in capsys.readouterr().err


def test_without_a_command_there_is_an_overview(capsys):
    assert command.main([]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for words in ("pytest exercises/04", "copy lay out", "grade grade a folder"):
        assert words in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["copy", "99"], "there are no exercises for '99'"),
        (["copy", "04", "--out", __file__], "is a file, and a folder is wanted"),
        (["copy", "04", "--out", f"{__file__}/desk"], f"copy: {__file__}"),
    ],
)
def test_what_is_mistyped_is_said_in_words(words, says, capsys):
    with pytest.raises(SystemExit) as stopped:
        command.main(words)
    assert stopped.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert "Errno" not in said
