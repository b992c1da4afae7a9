"""What has to be loaded before a cell runs."""

import pytest

from grader.engine import chapters
from margins.live import needs


@pytest.mark.parametrize(
    ("source", "asked"),
    [
        ("x = 1", []),
        ("figures.show(fig, alt='a')", ["matplotlib"]),
        ("metrics.clopper_pearson(1, 2)", ["scipy"]),
        ("from margins import figures, results", ["matplotlib", "results.zip"]),
        ("import array_api_strict as strict", ["results.zip"]),
        ("datasets.load('digits')", ["digits.bin"]),
        ("for n in datasets.EMBEDDED: pass", ["digits.bin", "mnist-5k.bin"]),
        ("from exercises import check", []),
        (
            "check('04.2', psi)\ncheck( \"15.1\", f)",
            ["exercises-04.zip", "exercises-15.zip"],
        ),
        ("check('4.2', psi)", ["exercises-04.zip"]),
        ("def check_psi(): pass  # check all", []),
        ("this is = no Python, and configures nothing", []),
    ],
)
def test_words_ask_for_what_the_books_functions_need(source, asked):
    assert needs.of(source) == asked


@pytest.mark.parametrize(
    "source",
    [
        "check(task, psi)",
        "from exercises import check as grade",
        "check('13.1', psi)",
        "from grader.engine import chapters",
        "from exercises.__main__ import main",
    ],
)
def test_what_may_look_at_any_chapter_asks_for_all(source):
    """Of one without exercises, too: the error names those that have some."""
    assert needs.of(source) == [
        f"exercises-{folder.name[:2]}.zip" for folder in chapters.folders()
    ]
