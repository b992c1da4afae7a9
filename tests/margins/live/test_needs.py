"""What has to be loaded before a cell runs."""

import pytest

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
        ("this is = no Python, and configures nothing", []),
    ],
)
def test_words_ask_for_what_the_books_functions_need(source, asked):
    assert needs.of(source) == asked
