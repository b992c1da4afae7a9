"""The equations of chapter 13, the same code on a GPU, as they stand on the page."""

import itertools

import numpy as np
import pytest
from equations import equation

from margins.benchmarks.roofline import convolution_work, head_work
from mlcore.layers import Conv2d

RNG = np.random.default_rng(0)
JOBS = [tuple(10.0 ** RNG.uniform(3, 12, 4)) for _ in range(50)]  # F, Q, R, B


@equation("gpu-roofline")
@pytest.mark.parametrize(("f", "q", "r", "b"), JOBS)
def test_the_slower_of_computing_and_moving_bounds_the_rate(f, q, r, b):
    t = max(f / r, q / b)
    assert f / t == pytest.approx(min(r, f / q * b))


@equation("gpu-head-intensity")
@pytest.mark.parametrize(("n", "d", "c"), [(2, 3, 4), (5, 1, 7), (64, 512, 1000)])
def test_the_classes_cancel_from_the_intensity_of_a_head(n, d, c):
    """Q is counted by numbers in passes, and the benchmark counts the same."""
    # one multiplication and one addition for each pair of each product
    if n * d * c < 1000:
        products = [(n, c, d), (n, d, c), (c, d, n)]  # X W^T, G W, G^T X
        operations = sum(
            2 for sizes in products for _ in itertools.product(*map(range, sizes))
        )
        assert operations == 6 * n * d * c
    logits = {"written": 1, "scaled": 2, "max": 1, "shifted": 2, "exp": 2, "sum": 1}
    logits |= {"scaled again": 2, "read by products": 2}
    weights = {
        "checked": 1,
        "measured": 1,
        "read by products": 2,
        "written": 1,
        "projected": 3,
    }
    q = 4 * (sum(logits.values()) * n * c + sum(weights.values()) * c * d)
    assert head_work(n, d, c) == {"operations": 6 * n * d * c, "bytes": q}
    assert 6 * n * d * c / q == pytest.approx(3 * n * d / (26 * n + 16 * d))


@equation("gpu-conv-intensity")
@pytest.mark.parametrize(("k", "c1", "c2"), [(1, 1, 1), (3, 2, 5), (5, 32, 64)])
def test_batch_and_image_cancel_from_the_intensity_of_a_convolution(k, c1, c2):
    layer = Conv2d(c1, c2, kernel=k, padding=k // 2)
    for shape in (1, 5, 5, c1), (7, 14, 10, c1):
        work = convolution_work(layer, shape)
        pixels = shape[0] * shape[1] * shape[2]
        assert work["operations"] == 6 * pixels * k**2 * c1 * c2
        assert work["bytes"] == 4 * 3 * pixels * (c1 + c2)
        assert work["operations"] / work["bytes"] == pytest.approx(
            k**2 * c1 * c2 / (2 * (c1 + c2))
        )


@equation("gpu-sum")
@pytest.mark.parametrize(("f", "q", "r", "b"), JOBS)
def test_separate_steps_take_at_most_twice_the_bound(f, q, r, b):
    bound, steps = max(f / r, q / b), f / r + q / b
    assert bound <= steps <= 2 * bound


@equation("gpu-transfer")
@pytest.mark.parametrize(("f", "b", "r", "t"), JOBS)
def test_when_moving_an_image_takes_longer_than_computing(f, b, r, t):
    assert (b / t > f / r) == (f / b < r / t)
