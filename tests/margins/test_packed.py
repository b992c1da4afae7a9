"""Features in the file of results: short, and the same numbers to the last bit."""

import json

import numpy as np
import pytest

from margins import results
from margins.results.packed import pack, rounded, unpack


@pytest.mark.parametrize("size", [1e-6, 0.03, 1.0, 9.99996, 31.4, 7e5])
def test_what_is_rounded_comes_back_to_the_last_bit(size):
    x = np.random.default_rng(5).uniform(-size, size, size=(60, 3))
    x[0] = size, -size, -1e-9 * size
    rows = rounded(x.astype(np.float32))
    short = pack(rows)
    assert repr(unpack(json.loads(json.dumps(short)))) == repr(rows)
    assert np.abs(np.array(rows) - x).max() <= 0.5001e-3 * size
    assert len(json.dumps(short)) < 0.5 * len(json.dumps(rows))


@pytest.mark.parametrize("rows", [[[0.12345, 1.0]], [[float("nan"), 1.0]]])
def test_other_numbers_stay_as_they_are(rows):
    assert pack(rows) is rows


def test_zeros_and_no_rows_at_all():
    for rows in ([[0.0, 0.0]], []):
        assert unpack(pack(rows)) == rows


def test_a_file_of_runs_takes_either_form(tmp_path):
    run = {"experiment": "mine", "seed": 0, "test": {"features": [[1.5, -2.25]]}}
    results.write(run, tmp_path / results.RUNS)
    plain = json.dumps(run | {"seed": 1})
    with (tmp_path / results.RUNS).open("a", encoding="utf-8") as file:
        file.write(f"{plain}\n")
    assert results.runs("mine", tmp_path) == [run, json.loads(plain)]
    assert '"packed"' in (tmp_path / results.RUNS).read_text("utf-8")


def test_words_that_are_damaged_are_refused():
    short = pack(rounded(np.random.default_rng(0).normal(size=(9, 2))))
    with pytest.raises(ValueError, match="packed numbers are damaged"):
        unpack(short | {"packed": "0000000000 0000000000"})
    with pytest.raises(ValueError, match="reshape"):
        unpack(short | {"shape": [9, 3]})
