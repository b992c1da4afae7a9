"""Precision, recall and average precision, against scikit-learn's and against counting
by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from mlcore.arrays import to_numpy
from mlcore.metrics import precision_recall


def ranked(seed=0, n=200, ties=False):
    """Scores of which about a tenth are positive and somewhat larger."""
    rng = np.random.default_rng(seed)
    positive = rng.random(n) < 0.1
    positive[0] = True
    scores = rng.standard_normal(n) + positive
    return np.round(scores, 1) if ties else scores, positive


@pytest.mark.parametrize("ties", [False, True], ids=["all-different", "many-equal"])
def test_average_precision_is_that_of_scikit_learn(xp, ties):
    """It too finds what has the same score together; they only sum in another order."""
    for seed in range(5):
        scores, positive = ranked(seed, ties=ties)
        found = precision_recall(
            xp.asarray(scores), xp.asarray(positive)
        ).average_precision
        assert found == pytest.approx(
            average_precision_score(positive, scores), rel=1e-12
        )


def test_each_threshold_counts_what_lies_above_it(xp):
    scores, positive = ranked(ties=True)
    curve = precision_recall(xp.asarray(scores), xp.asarray(positive))
    for k, threshold in enumerate(sorted(set(scores), reverse=True)):
        found = scores >= threshold
        hits = int((found & positive).sum())
        assert to_numpy(curve.precision)[k] == pytest.approx(
            hits / found.sum(), rel=1e-15
        )
        assert to_numpy(curve.recall)[k] == pytest.approx(
            hits / positive.sum(), rel=1e-15
        )
    assert curve.recall.shape == (len(set(scores)),)


@given(st.integers(0, 10_000), st.integers(0, 200))
def test_only_the_order_counts_and_the_order_of_equals_does_not(seed, shift):
    """Any growing function of the scores, and any order of the samples, give the same
    area."""
    scores, positive = ranked(seed, ties=True)
    area = precision_recall(scores, positive).average_precision
    moved = np.roll(np.arange(len(scores)), shift)
    again = precision_recall(np.exp(scores)[moved], positive[moved]).average_precision
    assert again == pytest.approx(area, rel=1e-12)


def test_who_knows_nothing_has_the_share_of_the_positives():
    """One score for all: everything is found at once, and the precision is the
    share."""
    _, positive = ranked()
    curve = precision_recall(np.zeros(200), positive)
    assert curve.average_precision == pytest.approx(positive.mean())
    assert precision_recall(positive.astype(float), positive).average_precision == 1.0


@pytest.mark.parametrize(
    ("scores", "positive", "error", "message"),
    [
        ([[1.0]], [True], ValueError, "scores must have 1 dim"),
        (
            [1.0, 2.0],
            [True],
            ValueError,
            r"positive must have the shape of scores, \(2,\), got",
        ),
        ([1.0, 2.0], [1, 0], TypeError, "positive must hold booleans, got int"),
        ([1, 2], [True, False], TypeError, "scores must have a real floating dtype"),
        ([1.0, 2.0], [False, False], ValueError, "positive must be True somewhere"),
        (
            [1.0, np.nan],
            [True, False],
            FloatingPointError,
            "scores must be finite, but row 1",
        ),
        (np.zeros(0), np.zeros(0, dtype=bool), ValueError, "scores must not be empty"),
    ],
)
def test_bad_input_is_refused_by_name(scores, positive, error, message):
    with pytest.raises(error, match=message):
        precision_recall(np.asarray(scores), np.asarray(positive))
