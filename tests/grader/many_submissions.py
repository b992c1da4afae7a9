"""A class that hands in a chapter: the solution, the stub, and each named mistake, over
and over.

    python tests/grader/many_submissions.py FOLDER 100
    python -m exercises grade FOLDER --out OUT

is how the time of a teacher's run is measured.
"""

import ast
import sys
from pathlib import Path

from grader.engine import chapters, stubs


def variants(folder):
    """Names and texts: what students may hand in for one chapter."""
    chapter = chapters.chapter(folder)
    solution = (folder / "solution.py").read_text(encoding="utf-8")
    wrong_answers = _plain_functions(
        (folder / "misconceptions.py").read_text(encoding="utf-8")
    )
    yield "solution", solution
    yield "stub", stubs.generate(solution)
    for wrong in chapter.misconceptions:
        right = chapter.task(wrong.task).function
        yield (
            wrong.name,
            f"{solution}\n{wrong_answers}\n{right} = {wrong.function.__name__}\n",
        )


def _plain_functions(text):
    """The functions of a misconceptions.py, as far as they need nothing of the
    grader."""
    kept = [
        node
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef | ast.Assign)
        and "Misconception(" not in ast.unparse(node)
    ]
    return "\n\n".join(map(ast.unparse, kept))


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
