"""A cell that prints a table is found, and what only looks like one is let through."""

import json

import pytest

from tools.printed_tables import printed_tables, tables

FOUND = {
    "heads and numbers": """
                            recall@1  ten folds     EER
                pixels          94.7       62.7    37.4
                softmax         87.7       60.2    39.3
    """,
    "the same words in each line": """
m = 1: accuracy 95.0, angle 40.7
m = 2: accuracy 96.1, angle 19.6
m = 3: accuracy 97.4, angle 14.5
    """,
    "mean ± deviation": """
softmax   0.82 ± 0.08   0.11   3
m = 2     0.76 ± 0.01   0.15   3
m = 3     0.76 ± 0.02   0.25   3
    """,
    "verdicts": """
none            pass   pass   FAIL
sign flipped    FAIL   FAIL   pass
b forgotten     FAIL   pass   FAIL
    """,
    "nan, and behind another output": """
something else first

1e-01    1e-05   nan
1e-02    2e-03   nan
1e-03      nan   inf
    """,
}
LET_THROUGH = {
    "two lines": "m = 1   loss 0.5   angle 30\nm = 2   loss 0.4   angle 20",
    "two columns": "commit   a72f24f\ndate     2026-11-22\nmachine  Linux, 2 cores",
    "prose": "The first line of it,\nanother one that follows,\nand the last of three.",
    "an array": "[[ 0.405 -0.252  0.05 ]\n [-0.229 -0.109 -0.026]\n [-0.175 -0.16 -0]]",
    "a report of the library": """
argument     shape             checked  max rel. error  at
x            (6, 3)                 18         5.8e-10  (1, 2)
w            (4, 3)                 12         6.2e-09  (3, 1)
b            (3,)                    3         6.2e-09  (1,)
    """,
}


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_a_table_is_found(text):
    assert list(tables(text))


@pytest.mark.parametrize("text", LET_THROUGH.values(), ids=LET_THROUGH)
def test_no_table_is_let_through(text):
    assert not list(tables(text))


def test_only_what_shows_a_terminal_may_print_one(tmp_path):
    """A table in two pieces, as a slow cell prints it, is one all the same."""
    lines = FOUND["mean ± deviation"].lstrip("\n").splitlines(keepends=True)
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": lines[:2]},
        {"output_type": "stream", "name": "stdout", "text": lines[2:]},
    ]
    notebook = tmp_path / "chapter.ipynb"
    for tags, found in ([], [lines[0].rstrip()]), (["terminal"], []):
        cell = {"metadata": {"tags": tags}, "outputs": outputs}
        notebook.write_text(json.dumps({"cells": [cell]}))
        assert printed_tables(notebook) == found
