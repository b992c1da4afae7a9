"""`check("04.2", my_function)` in a notebook: its source travels to a worker, its cells
do not."""

import doctest
import html
import linecache
import math
import os
import re
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from exercises import check
from grader import sandbox
from grader.engine import cells, chapters, notebook

SOLUTION = chapters.chapter(chapters.folder("04")).solution
SHIFT, WORD, PAIR, TABLE = 1, "one", (1, 2.5), np.ones(3)
HALF = np.float64(0.5)


def run_cells(*texts):
    """What a notebook defines after running these cells; their sources are known, as
    there."""
    variables = {"__name__": "__main__"}
    for text in texts:
        name = f"<cell {len(linecache.cache)}>"
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
        exec(compile(text, name, "exec"), variables)
    return variables


def test_a_right_function_gets_the_row_and_the_table():
    result = check("04.2", SOLUTION["interval"])
    assert result.report.full
    assert "4 / 4" in repr(result)
    assert "Worth knowing next" in repr(result)
    assert result._repr_html_().count("<tr>") == len(result.report.checks) + 2
    assert "4 of 4 points" in result._repr_html_()
    assert sandbox.describe(result.protection) in repr(result)
    assert html.escape(sandbox.describe(result.protection)) in result._repr_html_()


def test_a_process_of_a_script_prints_what_a_notebook_shows(tmp_path):
    """Nobody who runs it sees a value, and no word would look like all is well."""
    path = tmp_path / "mine.py"
    path.write_text(
        "from exercises import check\n\n"
        "def interval(c, m):\n    return c * 0\n\n"
        "result = check('04.2', interval)\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, path],
        env=os.environ | {"PYTHONPATH": str(chapters.ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert " ✗ 04.2 " in done.stdout
    assert done.stdout.endswith(f"{sandbox.describe(sandbox.protection())}\n")


def test_a_wrong_function_is_told_why_and_html_is_escaped():
    def interval(c, m):
        k = np.zeros(c.shape, dtype=np.int64)
        for j in range(1 - SHIFT, m):
            k = k + (c <= math.cos(j * math.pi / m))
        return k

    result = check("04.2", interval, seed=3)
    assert result.report.mistakes == ("counted from zero",)
    assert "The likely mistake: Your k is one too large" in result._repr_html_()
    assert "c <" not in result._repr_html_()


def test_a_function_of_another_name_and_its_helpers_and_imports_travel():
    solution = (chapters.folder("04") / "solution.py").read_text(encoding="utf-8")
    notebook = run_cells(
        "import numpy as np\nfrom math import pi as half_turn\nimport numpy.linalg as"
        " la\none = 1",
        solution.replace("def chebyshev", "def of_m_angles"),
        "helper = of_m_angles\n",
        "def mine(m: int, c: np.ndarray = np.zeros(3), turn=half_turn):\n"
        "    assert la.norm(c) >= 0 and turn == half_turn\n"
        "    return helper(m * one, c)\n",
    )
    result = check("04.1", notebook["mine"])
    assert result.report.full, repr(result)


def test_other_functions_are_found_where_the_answer_was_written():
    solution = (chapters.folder("03") / "solution.py").read_text(encoding="utf-8")
    before, forward, backward = re.split(
        r"^(?=def cross_entropy)", solution, flags=re.MULTILINE
    )
    alone = run_cells(before, backward)
    without = check("03.3", alone["cross_entropy_backward"])
    assert "your `cross_entropy` too" in repr(without)
    assert {c.kind for c in without.report.checks if not c.passed} == {"needs"}
    both = run_cells(before, forward, backward)
    assert check("03.3", both["cross_entropy_backward"]).report.full


def test_an_error_is_told_with_its_line_in_the_cell():
    cell = "zero = 0\n\n\ndef annealing(t, *rest):\n    return 1 // zero\n"
    result = check("04.6", run_cells(cell)["annealing"])
    assert "stopped in line 5 with ZeroDivisionError" in repr(result)


def reads_a_number(t):
    return t + SHIFT + HALF


def reads_words(t):
    return WORD, PAIR, sorted([t])


def calls_itself(t):
    return calls_itself(t - 1) if t else reads_a_number(0)


@cache
def decorated(t):
    return calls_itself(t)


def test_what_travels():
    assert cells.source(reads_a_number)[1] == "SHIFT = 1\nHALF = 0.5"
    assert cells.source(reads_words)[1] == "PAIR = (1, 2.5)\nWORD = 'one'"
    own, before = cells.source(decorated)
    assert own.strip().startswith("@cache\ndef decorated")
    assert before.startswith(
        "SHIFT = 1\nHALF = 0.5\nfrom functools import cache as cache\n"
    )
    assert before.index("def reads_a_number") < before.index("def calls_itself")
    assert own.index("@cache") == decorated.__wrapped__.__code__.co_firstlineno - 1


def test_what_cannot_travel_is_named():
    def with_an_array(t, *rest):
        return TABLE * t

    def with_the_module_of_another(t, *rest):
        return pytest.approx(t)

    with pytest.raises(
        ValueError, match=r"uses `TABLE` .* has the type ndarray does not travel"
    ):
        check("04.6", with_an_array)
    with pytest.raises(
        ValueError,
        match=r"the module `pytest`, is not there where answers are run: only",
    ):
        check("04.6", with_the_module_of_another)
    with pytest.raises(ValueError, match="write it with `def`"):
        check("04.6", lambda t, *rest: t)
    with pytest.raises(ValueError, match="write it with `def`"):
        check("04.6", np.add)
    variables = {}
    exec("def annealing(t, *rest):\n    return t", variables)
    with pytest.raises(
        ValueError, match=r"source of `annealing` is not known; define it in a"
    ):
        check("04.6", variables["annealing"])


def test_the_library_is_refused_with_a_sentence():
    cell = (
        "from mlcore.losses import SoftmaxLoss\n\n\ndef annealing(t, *rest):\n   "
        " SoftmaxLoss()\n"
    )
    with pytest.raises(
        ValueError, match=r"`SoftmaxLoss` comes from `mlcore.* from NumPy"
    ):
        check("04.6", run_cells(cell)["annealing"])
    cell = "def annealing(t, *rest):\n    from mlcore.losses import SoftmaxLoss\n"
    result = check("04.6", run_cells(cell)["annealing"])
    assert result.report.points == 0
    assert "your cell imports `mlcore.losses` in line 2. Write it from NumPy" in repr(
        result
    )


def test_the_failing_call_is_kept():
    def interval(c, m):
        print("asked with m =", m)
        return np.zeros(c.shape, dtype=np.int64)

    result = check("04.2", interval)
    c, m = result.failing["inside every interval"].values()
    assert (c.shape, m) == ((8,), 2)
    assert (SOLUTION["interval"](c, m) != interval(c, m)).any()
    assert "Printed in that call: asked with m = 2" in repr(result)
    assert "Printed in that call: asked with m = 2" in result._repr_html_()
    assert check("04.2", SOLUTION["interval"]).failing == {}


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
