"""The exercises of the book: one `answers.py` a chapter, graded by `pytest` there.

In a notebook, `check("04.2", my_function)` gives the same report on a function of a
cell.
"""

__all__ = ["check"]


def __getattr__(name):
    # Not above: pytest reads this file before conftest.py, which finds the grader.
    if name != "check":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from grader.engine.notebook import check

    return check
