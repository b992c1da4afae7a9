"""The cells of a page, run as the worker of a browser runs them."""

import ast
import sys
import types

import numpy as np
import pytest

from margins.live import kept, outputs, page, session
from margins.live.display import HTML, Markdown, display


@pytest.fixture
def run(monkeypatch):
    """Runs cells in a ``__main__`` of their own: messages and how it ended."""
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))

    def run(source, cell=1):
        messages = []
        ended = session.run(cell, source, messages.append)
        return messages, ended["ok"]

    return run


def test_cells_share_their_names_and_show_their_last_value(run):
    assert run("x = 6") == ([], True)
    assert run("print('x is', x)\nx * 7", 2) == (
        [
            {"kind": "stream", "name": "stdout", "text": "x is 6\n"},
            {"kind": "text", "text": "42"},
        ],
        True,
    )


def test_nothing_is_shown_of_none_or_of_a_statement(run):
    assert run("None") == run("y = 3") == ([], True)


def test_an_error_is_shown_from_the_cell_on_with_its_line(run):
    run("def f(a):\n    return 1 / a")
    (message,), ok = run("x = 1\nf(0)", 2)
    assert not ok
    assert message["kind"] == "error"
    assert message["short"] == "ZeroDivisionError: division by zero"
    assert message["text"].startswith(
        'Traceback (most recent call last):\n  File "<cell 2>", line 2'
    )
    assert 'File "<cell 1>", line 2, in f\n    return 1 / a' in message["text"]
    assert "session.py" not in message["text"]


def test_what_is_no_python_names_its_line(run):
    (message,), ok = run("x = 1\nx = = 2", 7)
    assert not ok
    assert 'File "<cell 7>", line 2' in message["text"]
    assert "session.py" not in message["text"]


def test_prints_and_figures_come_in_their_order(run, monkeypatch):
    monkeypatch.setitem(
        sys.modules, "shown", types.SimpleNamespace(display=display, HTML=HTML)
    )
    messages, _ = run(
        "import sys\nfrom shown import *\nprint('a')\ndisplay(HTML('<b>'))\n"
        "print('b', file=sys.stderr)"
    )
    assert [(m["kind"], m.get("name")) for m in messages] == [
        ("stream", "stdout"),
        ("html", None),
        ("stream", "stderr"),
    ]


def test_a_huge_print_is_cut_and_says_so(run):
    messages, ok = run("print('a' * 10_000_000)\nprint('b')")
    text = "".join(message["text"] for message in messages)
    assert ok
    assert len(text) < outputs.MOST_PRINTED + 100
    assert text.endswith("the rest is not shown: a page is no file.\n")


def test_a_figure_of_pyplot_is_a_picture(run):
    messages, ok = run(
        "import matplotlib.pyplot as plt\nfig = plt.figure()\n_ = plt.plot([1, 2])"
    )
    assert ok
    assert [message["kind"] for message in messages] == ["html"]
    assert "data:image/png;base64," in messages[0]["html"]


def test_markdown_has_bold_words_and_code():
    shown = Markdown("**a** < b\n```python\nx < 1\n```\n")._repr_html_()
    assert shown == "<p><strong>a</strong> &lt; b</p><pre>x &lt; 1\n</pre>"


def test_results_take_the_place_of_a_run(run, tmp_path):
    """Definitions are made anew, kept values are read, and nothing else is run."""
    import pickle

    source = (
        "import math\n"
        "data = list(range(3))\n"
        "def area(r):\n    return math.pi * r**2\n"
        "w = slow()\n"
        "print('never')\n"
    )
    values = {"w": pickle.dumps(np.arange(3.0))}
    (tmp_path / "made").write_bytes(kept.packed(values, ["data", "area", "math"]))
    messages = []
    made = str(tmp_path / "made")
    assert session.restore(1, source, made, messages.append) == {"ok": True}
    assert messages == []
    assert run("print(w.sum(), data, round(area(1), 2))", 2)[0] == [
        {"kind": "stream", "name": "stdout", "text": "3.0 [0, 1, 2] 3.14\n"}
    ]


def test_data_may_be_cut_by_a_kept_value_and_a_value_be_of_a_class(run, tmp_path):
    import pickle

    source = "class A: pass\nn = slow()\ndata = list(range(9))[n:]\na = slow(A())"
    run("class A: pass\na = A()")
    values = {"n": pickle.dumps(7), "a": pickle.dumps(session.namespace()["a"])}
    (tmp_path / "made").write_bytes(kept.packed(values, ["A", "data"]))
    session.restore(2, source, str(tmp_path / "made"), print)
    assert run("print(data, type(a) is A)", 3)[0][0]["text"] == "[7, 8] True\n"


def test_only_definitions_and_what_was_not_kept_are_run_again():
    tree = ast.parse("import a\nb = 1\nc = d = 2\nfor e in b: f = 3\nclass G: pass")
    definitions, assignments = session.quick(tree, ["d", "e", "f"])
    assert ast.unparse(definitions) == "import a\n\nclass G:\n    pass"
    assert ast.unparse(assignments) == "c = d = 2"


def test_a_call_by_name_hands_its_messages_over():
    sent = []
    answer = page.call(
        "margins.live.session:run", '{"cell": 1, "source": "print(1)"}', sent.append
    )
    assert answer == '{"ok": true}'
    assert sent == ['{"kind": "stream", "name": "stdout", "text": "1\\n"}']
