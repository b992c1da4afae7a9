"""Grades lists of answers in a browser's Python: `verdicts` starts this there.

Arguments: the file of what is asked, and the file for the reports. Asked is a list of
answers, and a control: others, graded with whole numbers that reach them in int64.
"""

import json
import sys
from pathlib import Path

from grader.browser import grade
from grader.sandbox.inside import calls


def graded(answers):
    return [grade(chapter, text, [task])["tasks"][0] for chapter, task, text in answers]


def main(asked, reports):
    answers, control = json.loads(Path(asked).read_text("utf-8"))
    found = graded(answers)
    calls._ON_32_BITS.clear()
    found_too = graded(control)
    Path(reports).write_text(json.dumps([found, found_too]), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
