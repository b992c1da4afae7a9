"""Grading as a page does it: in this process, and in the words of pytest."""

import builtins
import json
import shutil
import subprocess
import sys
import textwrap
from html.parser import HTMLParser

import numpy as np
import pytest

from grader.browser import grade, join, parts, stub
from grader.engine import chapters, limits
from grader.engine.grade import examine
from grader.engine.here import Here
from grader.engine.limits import Limits, timeout
from grader.engine.runner import Student
from grader.sandbox import describe
from grader.sandbox.inside.calls import TimeIsUp

NUMBERS = [folder.name[:2] for folder in chapters.folders()]
LOOPS = "while True: pass"


def solution(number="04"):
    return (chapters.folder(number) / "solution.py").read_text("utf-8")


def answered(task, body, number="04"):
    """The pieces of a chapter's solution, with this answer to one task."""
    cut = parts(number, solution(number))
    piece = next(piece for piece in cut["pieces"] if piece["task"] == task)
    head, _, _ = piece["text"].partition("\n")
    piece["text"] = f"{head}\n    {body}\n"
    return cut


@pytest.mark.parametrize("number", NUMBERS)
def test_the_pieces_of_every_file_are_the_file(number):
    chapter = chapters.chapter(chapters.folder(number))
    for text in (chapters.stub(chapter.folder), solution(number)):
        cut = parts(number, text)
        assert join(cut) == text
        assert [piece["task"] for piece in cut["pieces"]] == [
            task.id for task in chapter.tasks
        ]
        assert cut["missing"] == []
        lines = text.split("\n")
        for piece in cut["pieces"]:
            assert lines[piece["line"] - 1].startswith(f"def {piece['function']}(")


def test_a_file_of_any_form_is_cut_and_joined():
    for text in (
        "",
        "import numpy as np",
        "x = 1\r\ndef psi(c, m):\r\n    return c\f\r\n# about it\r\n@cache\r\ndef"
        " interval(c, m):\r\n    'def chebyshev(m, c):'\r\n",
        "def psi(c, m):\n    return (\n# the next\ndef interval(c, m):\n    return 1",
    ):
        cut = parts("04", text)
        assert join(cut) == text
        assert {piece["task"] for piece in cut["pieces"]} <= {"04.3", "04.2"}
        assert len(cut["pieces"]) + len(cut["missing"]) == 6
    assert cut["pieces"][1]["text"] == "# the next\ndef interval(c, m):\n    return 1"
    assert cut["pieces"][1]["line"] == 3


def test_a_piece_without_a_last_line_end_does_not_run_into_the_next():
    cut = parts("04", "def psi(c, m):\n    return c\ndef interval(c, m):\n    return 1")
    cut["pieces"][0]["text"] = "def psi(c, m): return c"
    assert join(cut) == "def psi(c, m): return c\ndef interval(c, m):\n    return 1"


def test_a_page_is_told_what_to_show_beside_each_stub():
    shown = stub("04")
    assert shown["title"] == "4 (L-Softmax)"
    assert join(shown) == chapters.stub(chapters.folder("04"))
    assert json.loads(json.dumps(shown)) == shown
    first = shown["pieces"][0]
    assert (first["task"], first["points"]) == ("04.1", 6)
    assert first["text"].startswith("def chebyshev(")


@pytest.fixture
def printed(tmp_path):
    """What pytest prints of these answers, from the title to the total."""

    def run(number, text):
        folder = tmp_path / chapters.folder(number).name
        shutil.copytree(chapters.folder(number), folder, dirs_exist_ok=True)
        (folder / "answers.py").write_text(text, encoding="utf-8")
        for name in ("conftest.py", "pytest.ini"):
            shutil.copy(chapters.HOME / name, tmp_path)
        words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", folder]
        done = subprocess.run(
            words, cwd=chapters.ROOT, capture_output=True, encoding="utf-8", check=False
        )
        text = done.stdout
        return text[text.index("Exercises of chapter") :]

    return run


@pytest.mark.parametrize("number", ["02", "04", "09"])
def test_the_report_is_what_pytest_prints(printed, monkeypatch, number):
    monkeypatch.setenv("COLUMNS", "80")
    wrong = chapters.chapter(chapters.folder(number)).misconceptions[0]
    mistaken = join(
        answered(wrong.task, f"print('here')\n    return 1 / {len(number)}", number)
    )
    for text in (stub(number), solution(number), mistaken):
        report = grade(number, text)
        said = printed(number, text if isinstance(text, str) else join(text))
        here, _, _ = report["text"].rpartition("\n")  # how the answers were run
        assert said.startswith(here)
        assert report["text"].endswith(describe("browser"))


def test_a_task_alone_has_its_row_of_the_whole_report():
    whole = grade("04", answered("04.3", "return c - m"), hints=3)
    one = grade("04", answered("04.3", "return c - m"), ["04.3"], hints=3)
    assert one["tasks"] == [row for row in whole["tasks"] if row["id"] == "04.3"]
    assert one["tasks"][0]["text"] in whole["text"]
    assert "not run: 04.1, 04.2, 04.4" in one["text"]
    assert [step for step, _ in one["tasks"][0]["hints"]] == [2, 3]
    assert "Hint 3: " in one["text"]
    assert json.loads(json.dumps(one))["points"] == one["points"]


def test_a_syntax_error_costs_its_own_task_only():
    cut = answered("04.2", "return (")
    report = grade("04", cut)
    rows = {row["id"]: row for row in report["tasks"]}
    line = 1 + next(p["line"] for p in cut["pieces"] if p["task"] == "04.2")
    assert (
        " ".join(rows["04.2"]["text"].split())
        == "✗ 04.2 0 / 4 The interval k without an angle answers.py is not Python"
        f" yet: '(' was never closed in line {line}."
    )
    assert rows["04.1"]["full"]
    assert rows["04.6"]["full"]
    assert "your `interval`, which is not answered yet" in " ".join(
        rows["04.3"]["text"].split()
    )
    assert report["note"].startswith("04.2 is not Python yet; the other tasks")
    assert report["broken"].keys() == {"04.2"}
    assert grade("04", join(cut))["text"] == report["text"]


def test_a_syntax_error_in_the_head_costs_all():
    report = grade("04", {**parts("04", solution()), "head": "import numpy as\n"})
    assert report["points"] == 0
    assert "answers.py is not Python yet: " in report["text"]
    assert report["note"] == ""


class Headers(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.scopes, self.heads, self.inside = [], [], False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if inside := tag == "th":
            self.scopes.append(dict(attributes)["scope"])
        self.inside = inside

    def handle_data(self, data):
        if self.inside:
            self.heads.append(data)
        self.inside = False


def test_every_cell_of_the_table_has_headers():
    row = grade("04", answered("04.3", "return c - m"), ["04.3"])["tasks"][0]
    headers = Headers(row["table"])
    names = [check["name"] for check in row["checks"]]
    assert headers.scopes == ["col"] * 4 + ["row"] * len(names)
    assert headers.heads == ["result", "check", "points", "what was found", *names]


OUTCOMES = {
    "an error": "return c[100]",
    "an exit": "import sys; sys.exit('done')",
    "an argument changed": "c[0] = 1; return c",
    "a huge print": "print('✓ right ' * 10**5); return c",
    "a print to the wrong stream": "import sys; print(1, file=sys.stderr); return c",
    "input": "return input()",
    "too much": "return np.zeros((3000, 3000))",
    "a text": "return 'one'",
    "several results": "return c, c",
    "a number": "return 1",
    "the stub": "raise NotImplementedError",
    "the stub of another": "return chebyshev(m, c)",
    "a control character": "raise ValueError('a\\x1b[31mb')",
    "a long message": "raise ValueError('long ' * 1000)",
    "the library": "import importlib; return importlib.import_module('mlcore.losses')",
    "another package": "import pytest; return c",
    "a module of a package": "from scipy.special import expit; return expit(c)",
    "Python's own": "import fractions; return c",
    "a class": "import dataclasses\n    @dataclasses.dataclass\n    class A:\n"
    "        a: int\n    return A(1).a * c",
}


@pytest.fixture(scope="module")
def file_of_outcomes():
    """One function for each, and a chapter to ask about."""
    named = {what: f"f{n}" for n, what in enumerate(OUTCOMES)}
    text = "import numpy as np\n\n" + "\n\n".join(
        f"def {named[what]}(c, m):\n    {body}" for what, body in OUTCOMES.items()
    )
    text += "\n\ndef chebyshev(m, c):\n    raise NotImplementedError\n"
    return text, named


def test_outcomes_are_those_of_a_process_of_their_own(file_of_outcomes):
    import numpy as np

    text, named = file_of_outcomes
    chapter = chapters.chapter(chapters.folder("04"))
    here = Here(text, chapter)
    with (
        Student(text, chapter) as student,
        student.answering(chapter.tasks[0]) as there,
        here.answering(chapter.tasks[0]) as runner,
    ):
        for what, name in [*named.items(), ("nothing of that name", "psi")]:
            arguments = np.linspace(-1, 1, 5), 2
            given, expected = (r.run(name, arguments) for r in (runner, there))
            assert type(given.value) is type(expected.value), what
            np.testing.assert_array_equal(given.value, expected.value)
            assert given.failure == expected.failure, what
            assert given.message == expected.message, what
            assert given.changed == expected.changed, what
            assert given.printed == expected.printed, what


@pytest.mark.parametrize(
    "text",
    [
        "",
        "def psi(:",
        "import mlcore",
        "import torch",
        "1 / 0",
        "import sys; sys.exit()",
        "\0",
        "{}",
    ],
)
def test_a_file_that_cannot_be_read_is_told_as_by_a_process(text):
    chapter = chapters.chapter(chapters.folder("04"))
    task = chapter.tasks[0]
    with Student(text, chapter) as student:
        there, _ = examine(chapter, task, student)
    here, _ = examine(chapter, task, Here(text, chapter))
    assert here == there


def test_what_an_answer_does_not_find_is_there_again_afterwards():
    before = dict(sys.modules)
    grade("04", answered("04.1", "import pytest"), ["04.1"])
    assert {n: m for n, m in sys.modules.items() if n in before} == {
        **before,
        "answers": sys.modules["answers"],
    }
    assert sys.modules["pytest"] is pytest


def test_a_loop_is_ended_and_the_same_question_is_not_asked_again():
    chapter = chapters.chapter(chapters.folder("04"))
    here = Here(f"def psi(c, m):\n    {LOOPS}", chapter, Limits(seconds=0.2))
    with here.answering(chapter.tasks[2]) as runner:
        for _ in range(2):
            assert runner.run("psi", (1.0, 2)) == timeout("psi", 0.2)
    assert here.calls == 2  # the import, and one of the two
    here = Here(LOOPS, chapter, Limits(reading=0.2))
    for task in chapter.tasks[:2]:
        graded, _ = examine(chapter, task, here)
        assert graded.checks[0].message == (
            "answers.py was stopped after 0.2 seconds of being imported."
        )
    assert here.calls == 1


@pytest.mark.skipif(not hasattr(sys, "monitoring"), reason="Python 3.12 has it first")
@pytest.mark.parametrize(
    "code",
    [
        LOOPS,
        "x = 1\nwhile x: x = -x",
        "[x for x in iter(int, 1)]",
        "import itertools\nfor i in itertools.count(): pass",
        "def f():\n    try: f()\n    except RecursionError: f()\nf()",
        "sum(1 for i in iter(int, 1))",
    ],
)
def test_code_can_be_ended_by_watching_it(code):
    with pytest.raises(TimeIsUp), limits._watched(0.2):
        exec(code, {})


def test_a_call_that_the_page_ended_is_reported_and_not_made_again():
    cut = answered("04.3", "raise SystemExit")
    events = []
    whole = grade("04", cut, ["04.3"], post=events.append)
    calls = [event for event in events if event["kind"] == "call"]
    assert [event["number"] for event in calls] == list(range(1, whole["calls"] + 1))
    assert calls[0]["seconds"] == 10  # the import
    assert calls[1]["seconds"] == 5
    assert [e["task"] for e in events if e["kind"] == "task"] == whole["tasks"]
    again = grade("04", cut, ["04.3"], stop_at=[2])
    assert timeout("psi", 5).message in " ".join(again["text"].split())
    assert again["calls"] == 2
    first = grade("04", cut, ["04.2", "04.3"], stop_at=[1])
    assert first["calls"] == 1
    assert "stopped after 10 seconds of being imported" in first["text"]


def test_two_calls_can_have_been_ended():
    cut = answered("04.1", "return 1")
    whole = grade("04", cut)
    one = grade("04", cut, stop_at=[2])
    both = grade("04", cut, stop_at=[2, 4])
    assert "`chebyshev` was stopped" in one["text"]
    assert both["calls"] < one["calls"] < whole["calls"]
    stopped = [row["id"] for row in both["tasks"] if "was stopped" in row["text"]]
    assert stopped == ["04.1", "04.2"]


def test_a_call_that_ended_python_is_reported_as_such():
    cut = answered("04.3", "import os; os._exit(1)")
    found = grade("04", cut, ["04.3"], died_at=[2])
    assert "`psi` ended the process that ran it." in found["text"]
    assert found["calls"] == 2  # every further question gets the same answer
    read = grade("04", cut, ["04.3"], died_at=[1])
    assert "answers.py ended the process that ran it while it was" in read["text"]


@pytest.mark.parametrize(("chapter", "tasks"), [("77", None), ("04", ["05.1"])])
def test_what_there_is_not_is_refused(chapter, tasks):
    with pytest.raises(LookupError, match=r"no exercises|no task"):
        grade(chapter, "", tasks)


NUMPY = "np.floor = np.cos = np.zeros = lambda *given, **others: np.ones(3)"
PYTHON = """import builtins
    for name in "len isinstance zip enumerate all any type sum map".split():
        setattr(builtins, name, lambda *given, **others: True)"""
SETTINGS = 'np.seterr(all="raise")'


@pytest.mark.parametrize("patch", [NUMPY, PYTHON, SETTINGS, "np.new = 1"])
def test_what_an_answer_patches_is_mended(patch):
    """In a call, and at the import: the next answer finds all as it was."""
    before = vars(np).copy(), vars(builtins).copy(), np.geterr()
    patched = grade("04", answered("04.2", f"{patch}\n    return c"))
    assert patched["tasks"][1]["points"] == 0
    assert not any(task["fault"] for task in patched["tasks"])
    at_import = f"import numpy as np\n{textwrap.dedent('    ' + patch)}\n{solution()}"
    assert not any(task["fault"] for task in grade("04", at_import)["tasks"])
    assert (vars(np), vars(builtins), np.geterr()) == before
    report = grade("04", solution())
    assert report["points"] == report["max_points"]


def test_a_patch_holds_for_the_answer_that_made_it():
    """As in a worker, whose NumPy is the answer's own."""
    text = f"{solution()}\n\nnp.zeros_like = lambda *given, **others: 1 / 0\n"
    report = grade("04", text, ["04.1"])
    assert "ZeroDivisionError" in report["text"]
