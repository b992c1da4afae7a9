"""Where the grader itself fails in one task, the teacher is told, and the other tasks
have points."""

import csv
import json
from dataclasses import replace

import pytest

from grader import __main__ as command
from grader.engine import chapters, grade
from grader.teacher import crew, grading

CHAPTER = "04-l-softmax"
SOLUTION = (chapters.HOME / CHAPTER / "solution.py").read_text(encoding="utf-8")


@pytest.fixture
def graded(tmp_path, monkeypatch):
    """The folder of grades of two students, of whom the grader fails on one task of
    one."""
    calls = []

    def fails(chapter, task, student, seed=0):
        report = grade.grade(chapter, task, student, seed)
        if task.id == "04.6":
            calls.append(task)
            if len(calls) == 2:  # the first was the proof that the solution passes
                checks = tuple(
                    replace(c, passed=False, kind="fault") for c in report.checks
                )
                return replace(
                    report, checks=checks, fault="ZeroDivisionError: in a check"
                )
        return report

    monkeypatch.setattr(grading, "grade", fails)
    monkeypatch.setattr(
        crew,
        "run",
        lambda function, jobs, *rest: ((job, function(job), "") for job in jobs),
    )
    for name in ("ann", "bob"):
        folder = tmp_path / "in" / name / CHAPTER
        folder.mkdir(parents=True)
        (folder / "answers.py").write_text(f"{SOLUTION}\n# {name}\n", encoding="utf-8")

    def run():
        return command.main(
            [
                "grade",
                str(tmp_path / "in"),
                "--out",
                str(tmp_path / "out"),
                "--seed",
                "3",
            ]
        )

    return run, tmp_path / "out"


def test_it_costs_one_task_and_is_loud(graded, capsys):
    run, out = graded
    assert run() == 1
    assert "the grader failed on ann, 04-l-softmax, task 04.6: ZeroDivisionError" in (
        capsys.readouterr().err
    )
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as opened:
        ann, bob = csv.DictReader(opened)
    assert (ann["04.1 (6)"], ann["04.6 (4)"], ann["total (40)"]) == ("6", "", "")
    assert "04.6: not graded, the grader failed" in ann["remarks"]
    assert (bob["04.6 (4)"], bob["total (40)"], bob["remarks"]) == ("4", "40", "")
    results = json.loads((out / "ann" / "results.json").read_text(encoding="utf-8"))
    assert results["score"] == 36


def test_it_is_not_kept(graded):
    """The next run grades this student again, and the one whose grade is whole it does
    not."""
    run, out = graded
    run()
    assert run() == 0
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as opened:
        assert [row["total (40)"] for row in csv.DictReader(opened)] == ["40", "40"]
