"""A class that hands in a chapter: the solution, the stub, and each mistake of a few
characters, over and over.

    python tests/grader/many_submissions.py FOLDER 100
    python -m exercises grade FOLDER --out OUT

is how the time of a teacher's run is measured.
"""

import sys
from pathlib import Path

from grader.engine import chapters, stubs


def variants(folder):
    """Names and texts: what students may hand in for one chapter."""
    chapter = chapters.chapter(folder)
    solution = (folder / "solution.py").read_text(encoding="utf-8")
    yield "solution", solution
    yield "stub", stubs.generate(solution)
    for wrong in chapter.misconceptions:
        if wrong.changes:
            right = chapter.task(wrong.task).function
            yield wrong.name, stubs.changed(solution, right, wrong.changes)


def write(root, folder, count):
    """Write the files of `count` students, no two alike; returns the names of their
    mistakes."""
    texts = list(variants(folder))
    for number in range(count):
        place = root / f"student-{number:03}" / folder.name
        place.mkdir(parents=True)
        text = f"{texts[number % len(texts)][1]}\n# handed in by student {number}\n"
        (place / "answers.py").write_text(text, encoding="utf-8")
    return [texts[number % len(texts)][0] for number in range(count)]


if __name__ == "__main__":
    write(Path(sys.argv[1]), chapters.folder("04"), int(sys.argv[2]))
