"""Grades as a table for the teacher, and a report and a JSON for each student.

File names and messages may be a student's own words. None of them may become a formula
in a spreadsheet, markup in a page, or a line of its own.
"""

import csv
import json
import re
import unicodedata
from collections import Counter

from grader import sandbox
from grader.engine import chapters, report
from grader.teacher import files
from grader.teacher.submissions import printable

GRADES, MISTAKES = "grades.csv", "mistakes.csv"
WIDTH = 88  # of the tables in report.md
# A spreadsheet takes what begins with one of the last signs for a formula: at the
# beginning of a cell, and where those of another country separate cells by a semicolon,
# after each.
FORMULA = re.compile(r"(^|;)[\s'\"]*(?=[=+\-@'])")


def write(out, names, folders, results, rules):
    """Write grades.csv, mistakes.csv, and for each student report.md and results.json.

    Parameters
    ----------
    out : Path
    names : list of str
        The students.
    folders : list of Path
        The chapters that were graded.
    results : dict
        From each `Submission` to its `Graded`.
    rules : Rules
    """
    by_student = {name: [] for name in names}
    for submission, graded in results.items():
        by_student[submission.student].append((submission, graded))
    folders_of = homes(names)
    for name, rows in by_student.items():
        home = out / folders_of[name]
        files.write_text(home / "report.md", _report(name, rows, rules))
        if any(graded.error for _, graded in rows):
            # no grade is better than a wrong one
            (home / "results.json").unlink(missing_ok=True)
        else:
            files.write_text(
                home / "results.json", json.dumps(gradescope(rows), indent=1)
            )
    _write_csv(out / GRADES, _table(by_student, folders))
    _write_csv(out / MISTAKES, _mistakes(folders, results.values()))


def homes(names: list[str]) -> dict[str, str]:
    """The names of the students' folders in OUT: no two are one, nor is any a table's.

    Letters may differ in SUBMISSIONS by what a file system does not tell apart: by
    their case, or by how an accent is put on them.
    """

    def key(name):
        return unicodedata.normalize(
            "NFC", unicodedata.normalize("NFC", name).casefold()
        )

    taken, found = {GRADES, MISTAKES}, {}
    for name in sorted(names):
        home = name
        while key(home) in taken or (home != name and key(home) in map(key, names)):
            home += "_"
        taken.add(key(home))
        found[name] = home
    return found


def _write_csv(target, rows):
    with (
        files.replacing(target) as new,
        new.open("w", encoding="utf-8", newline="") as file,
    ):
        csv.writer(file).writerows(rows)


def _table(by_student, folders):
    """The rows of grades.csv; in a header's brackets, the most that can be had."""
    loaded = [chapters.chapter(folder) for folder in folders]
    most = [sum(task.points for task in chapter.tasks) for chapter in loaded]
    header = ["student", f"total ({sum(most)})"]
    for chapter, points in zip(loaded, most, strict=True):
        header.append(f"chapter {chapter.number} ({points})")
        header += [f"{task.id} ({task.points})" for task in chapter.tasks]
    yield [*header, "remarks"]
    for name, rows in by_student.items():
        cells, total, remarks = [], 0, []
        for (submission, graded), chapter in zip(rows, loaded, strict=True):
            if graded.error:  # empty cells: nothing is known, and 0 would be a grade
                cells += [""] * (1 + len(chapter.tasks))
                total = ""
                remarks.append(f"{chapter.number}: not graded, the grader failed")
                continue
            points = ["" if task.fault else task.points for task in graded.tasks]
            subtotal = "" if graded.faults else sum(points)
            cells += [subtotal, *points]
            total = "" if "" in (total, subtotal) else total + subtotal
            remarks += [
                f"{task.id}: not graded, the grader failed" for task in graded.faults
            ]
            for said in (submission.problem or _unread(graded), submission.remark):
                if said:
                    remarks.append(f"{chapter.number}: {said}")
        yield [_cell(_name(name)), total, *cells, _cell("; ".join(remarks))]


def _unread(graded):
    """Why nothing of a file could be run, or "" if it could."""
    checks = [check for task in graded.tasks for check in task.checks]
    said = {check.message for check in checks}
    return (
        said.pop()
        if len(said) == 1 and all(c.kind == "missing" for c in checks)
        else ""
    )


def _mistakes(folders, results):
    """The rows of mistakes.csv: how many made which mistake, the most frequent first.

    A mistake counts where it was made, and not in later tasks that it was carried on
    to.
    """
    named = {
        (wrong.task, wrong.name)
        for folder in folders
        for wrong in chapters.chapter(folder).misconceptions
    }
    found = Counter(
        (task.id, task.title, mistake)
        for graded in results
        for task in graded.tasks
        for mistake in task.mistakes
        if (task.id, mistake) in named
    )
    yield ["task", "title", "mistake", "students"]
    yield from ([*which, count] for which, count in found.most_common())


def _cell(text):
    """Text that no spreadsheet takes for a formula, wherever it separates its cells."""
    text = printable(text)
    # Wide signs are signs too, for some; and each letter stays one, so that the places
    # agree.
    folded = "".join(unicodedata.normalize("NFKC", letter)[:1] for letter in text)
    for place in sorted(
        {found.end() for found in FORMULA.finditer(folded)}, reverse=True
    ):
        text = f"{text[:place]}'{text[place:]}"
    return text


def _name(name):
    """A student's name, so that no two look alike once they are printable."""
    return printable(name.replace("\\x", "\\x5cx"))


def _report(name, rows, rules):
    """report.md: the table that the student knows from their own run.

    It stands in blocks of code, where a student's words are words and no markup.
    """
    total = sum(task.points for _, graded in rows for task in graded.tasks)
    most = sum(task.max_points for _, graded in rows for task in graded.tasks)
    parts = [
        "# Exercises of *Margins*",
        _fenced(f"{_name(name)}: {total} of {most} points"),
    ]
    for submission, graded in rows:
        if graded.error:
            parts.append(
                f"Chapter {submission.folder.name}: the grader failed here, which is"
                " not your fault. No points were counted; ask your teacher."
            )
            continue
        if submission.remark:
            parts.append(_fenced(f"{submission.folder.name}: {submission.remark}"))
        lines = report.chapter_lines(
            graded.tasks, width=WIDTH, protection=_protection(graded)
        )
        parts.append(_fenced(report.plain(lines)))
    parts.append(
        f"The random numbers of this run began at seed {rules.seed}. To see the same"
        f" ones, run `pytest exercises/<chapter> --exercise-seed={rules.seed}`."
    )
    return "\n\n".join(parts) + "\n"


def _fenced(text):
    lines = [printable(line) for line in text.splitlines()]
    fence = "````"
    return "\n".join(
        [f"{fence}text", *(line.replace(fence, "‵‵‵‵") for line in lines), fence]
    )


def gradescope(rows: list[tuple]) -> dict:
    """What Gradescope reads: a test for each check, in plain text.

    The seed is not told here. Gradescope shows this at once and lets a student hand in
    again, and an answer should be right for all numbers. A hidden check shows when the
    grades are published.
    """
    tests = []
    for submission, graded in rows:
        chapter = chapters.chapter(submission.folder)
        hidden = {
            (task.id, check.name)
            for task in chapter.tasks
            for check in task.checks
            if check.hidden
        }
        for task in graded.tasks:
            for check in task.checks:
                after = (task.id, check.name) in hidden
                tests.append(
                    {
                        "number": task.id,
                        "name": f"{task.title}: {check.name}",
                        "score": check.points if check.passed else 0,
                        "max_score": check.points,
                        "status": "passed" if check.passed else "failed",
                        "output": _said(task, check),
                        "output_format": "text",
                        "tags": [task.id],
                        "visibility": "after_published" if after else "visible",
                    }
                )
    said = [s.problem or _protection(graded) for s, graded in rows] + [
        s.remark for s, _ in rows
    ]
    said = [printable(sentence) for sentence in said if sentence]
    return {
        "score": sum(test["score"] for test in tests),
        "output": "\n".join(dict.fromkeys(said)),
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": tests,
    }


def _protection(graded):
    return sandbox.describe(graded.protection) if graded.protection else ""


def _said(task, check):
    if check.passed:
        return ""
    if task.empty:
        return f"Not answered yet: write `{task.function}` in answers.py."
    again = f"Read again: “{task.section}” in chapter {task.chapter}."
    lines = report.where(check), report.why(check), again
    return "\n".join(printable(line) for line in lines if line)
