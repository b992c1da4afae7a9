"""Mining by sorting says what a loop over all pairs says, ties included."""

import math
import tracemalloc

import numpy as np
import pytest

from mlcore.arrays import to_numpy
from mlcore.losses import BatchTripletLoss
from mlcore.losses.mining import all_pairs, count_within_reach, hardest, semi_hard

MARGINS = (0.0, 1e-20, 0.1, 0.2, 0.3, 1.0, 1e20)


def loop_over_pairs(mining, d, positive, negative, margin):
    """Every pair in turn, in the arithmetic of d's own dtype: value, and derivative by
    d."""
    positives, negatives = np.flatnonzero(positive), np.flatnonzero(negative)
    if mining is hardest:
        pairs = [
            (positives[np.argmax(d[positives])], negatives[np.argmin(d[negatives])])
        ]
    elif mining is all_pairs:
        pairs = [(p, n) for p in positives for n in negatives]
    else:
        pairs = []
        for p in positives:
            farther = negatives[d[negatives] > d[p]]
            n = negatives[d[negatives].argmax()]
            if len(farther):
                n = farther[np.argmin(d[farther])]
            pairs.append((p, n))
    brackets, pull = [], np.zeros(len(d))
    for p, n in pairs:
        bracket = d[p] - d[n] + margin
        if bracket > 0:
            brackets.append(float(bracket))
            pull[p] += 1
            pull[n] -= 1
    return math.fsum(brackets) / len(pairs), pull / len(pairs)


def distances_with_ties(rng, dtype):
    """Few different numbers, on a grid of tenths (which no float hits), or all
    different."""
    n = rng.integers(3, 40)
    kind = rng.integers(4)
    if kind == 0:
        return (rng.integers(0, 12, size=n) / 10).astype(dtype)
    if kind == 1:
        return (0.1 * rng.integers(0, 12, size=n)).astype(dtype) + dtype(0.3)
    if kind == 2:  # neighbouring floats
        return (dtype(0.7) + np.finfo(dtype).eps * rng.integers(-4, 5, size=n)).astype(
            dtype
        )
    return rng.exponential(size=n).astype(dtype)


@pytest.mark.parametrize("mining", [hardest, all_pairs, semi_hard])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sorting_finds_what_a_loop_over_pairs_finds(mining, dtype, xp):
    rng = np.random.default_rng(0)
    for trial in range(150):
        d = distances_with_ties(rng, dtype)
        label = rng.integers(0, 3, size=len(d))
        label[:3] = 0, 0, 1  # an anchor, a positive and a negative
        positive, negative = (label == 0) & (np.arange(len(d)) > 0), label != 0
        margin = MARGINS[trial % len(MARGINS)]
        expected, wanted = loop_over_pairs(mining, d, positive, negative, margin)
        value, pull = mining(*(xp.asarray(a) for a in (d, positive, negative)), margin)
        eps = float(np.finfo(dtype).eps)
        # Which pairs count is decided exactly; their sum is rounded in another order.
        np.testing.assert_allclose(to_numpy(pull), wanted, rtol=4 * eps, atol=1e-300)
        assert abs(float(value) - expected) <= 4 * eps * (1 + margin) * max(1, d.max())
        assert value.dtype == pull.dtype == xp.asarray(d).dtype


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tie_at_the_margin_is_judged_by_the_bracket(dtype):
    """d_p + margin and d_n - d_p are rounded differently: 0.1 + 0.2 is not 0.3, but
    next to it."""
    rng = np.random.default_rng(1)
    for _ in range(300):
        values = np.sort(distances_with_ties(rng, dtype))
        d, margin = distances_with_ties(rng, dtype), rng.choice(MARGINS[:-1])
        counted = np.sum(d[:, None] - values + margin > 0, axis=1)
        np.testing.assert_array_equal(count_within_reach(values, d, margin), counted)


@pytest.mark.parametrize("mining", ["all", "semi-hard", "hard"])
def test_the_memory_of_a_large_batch_is_that_of_its_distances(mining):
    """B^2 numbers a few times over, where the pairs of all anchors would be B^3."""
    rng = np.random.default_rng(0)
    n = 200
    args = rng.normal(size=(n, 4)), np.arange(n) % 2
    loss = BatchTripletLoss(mining=mining)
    loss.backward(loss.forward(*args)[1])
    tracemalloc.start()
    loss.backward(loss.forward(*args)[1])
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 12 * n * n * 8
