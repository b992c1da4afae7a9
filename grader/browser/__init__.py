"""Grading in a page: what a browser's Python is asked, in values that JSON knows.

`stub` gives a chapter's students' file cut into one piece a task, with what a page
shows beside each; `parts` cuts any such file, `join` puts the pieces together again;
`grade` grades them and gives pytest's report in pytest's words.

>>> from grader.browser import grade, join, parts, stub
>>> chapter = stub("04")
>>> [piece["task"] for piece in chapter["pieces"]]
['04.1', '04.2', '04.3', '04.4', '04.5', '04.6']
>>> report = grade("04", chapter, tasks=["04.2"])
>>> print(report["tasks"][0]["text"])
 · 04.2     0 / 4  The interval k without an angle
                   Not answered yet: write `interval` in answers.py.
>>> join(parts("04", join(chapter))) == join(chapter)
True
"""

from grader.browser.page import grade
from grader.browser.pieces import join, parts, stub

__all__ = ["grade", "join", "parts", "stub"]
