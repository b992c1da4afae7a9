"""Every answer the project knows, graded in a browser's Python and in this one.

    .venv/bin/python tests/grader/verdicts.py PYODIDE [CHAPTER ...]

The solution of every task and every named mistake. There the grader has what a handout
holds, and nothing else of the project; here it has the solutions and the mistakes
themselves. Points, the checks that failed, their kinds, and the names of the mistakes
have to be equal. The control: where whole numbers reach the answers in int64, solutions
have to lose points.
"""

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from grader.browser import grade  # noqa: E402
from grader.engine import chapters, stubs  # noqa: E402
from grader.teacher import handout  # noqa: E402
from tools.wasm import node  # noqa: E402

RIGHT = "the solution"
# The names that are not found there, by the reason. Two at most: more would be a fault.
NO_NAME = {
    "NaN stands in other places, where another libm rounds past 1": {
        ("06.3", "arccos past 1"),
    },
}
CONTROL = "05"  # a chapter whose solutions count labels
# What the modules of wrong answers take from the grader, which answers have not.
FROM_GRADER = (
    "from grader.engine import chapters\n",
    "right = chapters.solution(__file__)\n",
)


class Answer(NamedTuple):
    """An answer to one task, as the text of a file."""

    chapter: str
    task: str
    name: str
    text: str


def answers(folder):
    """All answers of a chapter."""
    chapter = chapters.chapter(folder)
    solution = (folder / "solution.py").read_text("utf-8")
    wrong = (folder / "misconceptions.py").read_text("utf-8")
    for line in FROM_GRADER:
        wrong = wrong.replace(line, "")
    for task in chapter.tasks:
        yield Answer(chapter.number, task.id, RIGHT, solution)
        # What a mistake gives on another machine has its name, and comes after it.
        first = {m.name: m for m in reversed(chapter.misconceptions_of(task))}
        for mistake in first.values():
            if mistake.changes:
                text = stubs.changed(solution, task.function, mistake.changes)
            else:
                text = (
                    f"{solution}\nfrom types import SimpleNamespace\n"
                    f"right = SimpleNamespace(**globals())\n{wrong}\n"
                    f"wrong = MISCONCEPTIONS[{task.id!r}][{mistake.name!r}][0]\n"
                    f"{task.function} = wrong[0] if type(wrong) is tuple else wrong\n"
                )
            yield Answer(chapter.number, task.id, mistake.name, text)


def there(pyodide, home):
    """The reports of a browser's Python, and those of the control."""
    status = node.run(
        pyodide,
        Path(__file__).with_name("verdicts_there.py"),
        ["/answers/asked.json", "/answers/reports.json"],
        folders={"/answers": home},
        path=["/answers/handout"],
    )
    if status:
        raise SystemExit(f"the browser's Python ended with status {status}")
    return json.loads((home / "reports.json").read_text("utf-8"))


def laid_out(home, *questions):
    """Put into a folder what the grader has there: a handout, and the answers."""
    for name, contents in handout.contents().items():
        path = home / "handout" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)
    asked = [[(a.chapter, a.task, a.text) for a in some] for some in questions]
    (home / "asked.json").write_text(json.dumps(asked), encoding="utf-8")


def difference(here, there):
    """What is not equal in two reports, in words, or ""."""
    if there["fault"]:
        return f"the grader failed there: {there['fault']}"
    for what in ("points", "checks", "mistakes"):
        if here[what] != there[what]:
            return f"{what} {here[what]} here, {there[what]} there"
    return ""


def is_known(answer, here, there):
    """Whether all that is not equal is a name that is known not to be found there."""
    known = any((answer.task, answer.name) in names for names in NO_NAME.values())
    return known and not difference({**here, "mistakes": []}, there)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pyodide", type=Path)
    parser.add_argument("chapters", nargs="*")
    options = parser.parse_args()
    folders = [chapters.folder(n) for n in options.chapters] or chapters.folders()
    asked = [answer for folder in folders for answer in answers(folder)]
    control = [a for a in answers(chapters.folder(CONTROL)) if a.name == RIGHT]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
        home = Path(folder)
        laid_out(home, asked, control)
        coming = pool.submit(there, options.pyodide, home)
        rows = [grade(a.chapter, a.text, [a.task])["tasks"][0] for a in asked]
        reports, of_control = coming.result()
    lost = [row["id"] for row in of_control if not row["full"]]
    print(
        f"control: in int64, these solutions lose points: {', '.join(lost) or 'none'}"
    )
    known = wrong = 0
    for answer, row, report in zip(asked, rows, reports, strict=True):
        row["mistakes"] = [*row["mistakes"]]  # JSON has no tuples
        found = difference(row, report)
        if found and is_known(answer, row, report):
            known += 1
        elif found:
            wrong += 1
            print(f"{answer.task}, {answer.name}: {found}")
    print(
        f"{len(asked)} verdicts, {wrong} of them not equal; {known} names are not found"
        " there, as is known"
    )
    return 1 if wrong or not lost else 0


if __name__ == "__main__":
    sys.exit(main())
