"""The benchmark against the number of classes, on few of them."""

import numpy as np
import pytest

from margins.benchmarks import growth
from margins.benchmarks.many import inputs
from margins.device import CPU


def test_what_is_compared_is_one_head():
    """In blocks or at once, dw kept or dropped: the same dx."""
    arrays = inputs(8, 4, 3000)
    dx = {name: growth.own(name, arrays)()[0] for name in ("dense", "chunked", "sink")}
    np.testing.assert_allclose(dx["chunked"], dx["dense"], atol=1e-6)
    np.testing.assert_array_equal(dx["sink"], dx["chunked"])


def test_a_sink_keeps_no_gradient_and_a_sample_is_another_head():
    arrays = inputs(8, 4, 3000)
    assert growth.own("sink", arrays)()[1] is None
    dx, dw = growth.own("sampled", arrays)()
    assert dw is None
    assert not np.allclose(dx, growth.own("dense", arrays)()[0], atol=1e-3)


@pytest.mark.parametrize("name", growth.OWN)
def test_a_row_says_what_was_measured(name, monkeypatch):
    monkeypatch.setattr(growth, "CLASSES", {40: 2})
    row = growth.measure(name, 40, CPU(threads=1))
    assert (row["head"], row["classes"], row["calls"]) == (name, 40, 2)
    assert row["milliseconds"] > 0
    assert row["mebibytes"] >= 0
