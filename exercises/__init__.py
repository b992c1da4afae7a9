"""The exercises of the book: one `answers.py` a chapter, graded by `pytest exercises/<chapter>`.

In a notebook, `check("04.2", my_function)` gives the same report on a function of a cell.
"""

from grader.engine.notebook import check

__all__ = ["check"]
