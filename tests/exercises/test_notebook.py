"""`check("04.2", my_function)` in a notebook."""

import doctest

import pytest

from exercises import check
from exercises._engine import chapters, notebook

SOLUTION = chapters.chapter(chapters.folder("04")).solution


def test_a_right_function_gets_the_row_and_the_table():
    result = check("04.2", SOLUTION["interval"])
    assert result.report.full
    assert "4 / 4" in repr(result)
    assert "Worth knowing next" in repr(result)
    assert result._repr_html_().count("<tr>") == len(result.report.checks) + 2
    assert "4 of 4 points" in result._repr_html_()


def test_a_wrong_function_is_told_why_and_html_is_escaped():
    def interval(c, m):
        return SOLUTION["interval"](c, m) + (c < 1)

    result = check("04.2", interval, seed=3)
    assert result.report.mistakes == ("counted from zero",)
    assert "The likely mistake: Your k is one too large" in result._repr_html_()
    assert "c <" not in result._repr_html_()


def test_other_functions_are_found_where_the_answer_was_written():
    cells = {}
    exec("def cross_entropy_backward(z, y):\n    return solve(z, y)", cells)
    solution = chapters.chapter(chapters.folder("03")).solution
    cells["solve"] = solution["cross_entropy_backward"]
    without = check("03.3", cells["cross_entropy_backward"])
    assert [c.kind for c in without.report.checks if not c.passed] == ["needs"]
    assert "your `cross_entropy` too" in repr(without)
    cells["cross_entropy"] = solution["cross_entropy"]
    assert check("03.3", cells["cross_entropy_backward"]).report.full


def test_what_is_no_function_and_no_task_is_refused():
    with pytest.raises(TypeError, match="the function itself"):
        check("04.2", 3.0)
    with pytest.raises(LookupError, match=r"no task 04\.9; it has 04\.1"):
        check("04.9", print)
    with pytest.raises(LookupError, match="no exercises for '77'"):
        check("77.1", print)


def test_the_example_of_its_docstring():
    assert doctest.testmod(notebook).attempted > 0
    assert doctest.testmod(notebook).failed == 0
