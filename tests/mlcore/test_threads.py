"""Blocks on several threads: the same bits, and nobody's settings are left changed."""

import multiprocessing
import os
import sys
import threading
import warnings

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from mlcore.layers import BatchNorm, Conv2d, MaxPool2d, PReLU
from mlcore.threads import over_blocks

LAYERS = [
    Conv2d(1, 16, kernel=5, padding=2),
    Conv2d(16, 16, kernel=5, stride=2, padding=2),
    BatchNorm(16),
    PReLU(16),
    MaxPool2d(2),
]


def of_blas():
    """How many threads each library of matrix products has now."""
    return [
        one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"
    ]


def passes(layer, n=160):
    """All that forward, backward and infer make of a batch of many blocks."""
    rng = np.random.default_rng(0)
    channels = layer.in_channels if isinstance(layer, Conv2d) else 16
    x = rng.standard_normal((n, 28, 28, channels), dtype=np.float32)
    params = [rng.standard_normal(p.shape, dtype=np.float32) for p in layer.init(rng)]
    out, saved = layer.forward(x, *params)
    grads = layer.backward(saved, rng.standard_normal(out.shape, dtype=np.float32))
    running = layer.update(layer.init_running(), saved)
    return out, *grads, layer.infer(x, *params, running=running)


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_the_number_of_threads_changes_no_bit(layer):
    with threadpool_limits(1):
        alone = passes(layer)
    with threadpool_limits(2):
        for ours, expected in zip(passes(layer), alone, strict=True):
            np.testing.assert_array_equal(ours, expected)


def test_a_few_blocks_stay_on_one_thread_and_other_libraries_have_their_own():
    strict = pytest.importorskip("array_api_strict").ones(1)
    found = []
    with threadpool_limits(2):
        for blocks, x in ((2, np.ones(1)), (8, strict)):
            over_blocks(lambda _: found.append(threading.get_ident()), range(blocks), x)
    assert set(found) == {threading.get_ident()}


def test_work_is_spread_over_threads_whose_products_have_one_each():
    met = threading.Barrier(2, timeout=60)  # passed by two at a time, or by nobody
    seen = []

    def work(some):
        met.wait()
        seen.append(of_blas())

    with threadpool_limits(2):
        over_blocks(work, range(4), np.ones(1))
        assert all(count == 1 for counts in seen for count in counts)
        assert all(count == 2 for count in of_blas())
    assert len(seen) == 4


@pytest.mark.parametrize("threads", [1, 2])
def test_results_are_added_in_the_order_of_the_blocks(threads):
    """1e16 + 1 + 1 in float64 is 1e16, and 1 + 1 + 1e16 is not."""
    numbers = [1e16, 1.0, 1.0, -1e16]
    with threadpool_limits(threads):
        total = over_blocks(lambda k: np.array(numbers[k]), range(4), np.ones(1))
    assert total == 0.0


@pytest.mark.parametrize("threads", [1, 2])
def test_an_error_in_a_block_comes_through_and_leaves_blas_as_it_was(threads):
    def fails(some):
        raise ValueError(f"block {some}")

    with threadpool_limits(threads):
        with pytest.raises(ValueError, match="block 0"):
            over_blocks(fails, range(4), np.ones(1))
        assert all(count == threads for count in of_blas())


@pytest.mark.parametrize("threads", [1, 2])
def test_a_warning_that_is_off_is_off_in_every_block(threads):
    largest = np.full(2, np.finfo(np.float32).max)

    def overflows(some):
        return largest * 2

    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("error")
        with np.errstate(over="ignore"):
            assert np.isinf(over_blocks(overflows, range(4), largest)).all()
        with pytest.raises(RuntimeWarning):
            over_blocks(overflows, range(4), largest)


def forked():
    with threadpool_limits(2):
        return float(over_blocks(lambda k: np.array(float(k)), range(4), np.ones(1)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_has_threads_of_its_own():
    """Those of its parent are not there: waiting for them would never end."""
    assert forked() == 6.0
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply_async(forked).get(timeout=60) == 6.0


def test_a_browser_has_one_thread(monkeypatch):
    from mlcore import threads

    monkeypatch.setattr(sys, "platform", "emscripten")
    assert threads._blas.__wrapped__() == ()
