"""Metrics, against loops over plain numbers and against what they must not depend on."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcore import metrics


def data(seed=0, n=40, d=5, classes=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), rng.integers(0, classes, n)


def cos(a, b):
    a, b = [float(v) for v in a], [float(v) for v in b]
    dot = sum(p * q for p, q in zip(a, b, strict=True))
    return dot / math.sqrt(sum(p * p for p in a)) / math.sqrt(sum(q * q for q in b))


def test_accuracy_counts_the_hits(xp):
    logits, y = data(classes=5)
    expected = (
        sum(max(range(5), key=lambda j: row[j]) == k for row, k in zip(logits, y, strict=True)) / 40
    )
    assert metrics.accuracy(xp.asarray(logits), xp.asarray(y)) == expected


def test_mean_target_angle_is_the_mean_of_the_angles(xp):
    x, y = data()
    w = np.random.default_rng(9).standard_normal((4, 5))
    expected = np.mean([math.acos(cos(row, w[k])) for row, k in zip(x, y, strict=True)])
    found = metrics.mean_target_angle(xp.asarray(x), xp.asarray(w), xp.asarray(y))
    assert found == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("theta", [1e-12, 1e-6, 1.0, math.pi - 1e-6])
def test_angles_are_exact_near_their_ends(theta):
    """arccos of the cosine would give 0 for 1e-12."""
    x, w = np.array([[math.cos(theta), math.sin(theta)]]), np.array([[1.0, 0.0]])
    found = metrics.mean_target_angle(x, w, np.array([0]))
    assert found == pytest.approx(theta, rel=1e-9)


def test_a_zero_feature_stands_at_a_right_angle():
    found = metrics.mean_target_angle(np.zeros((1, 2)), np.eye(2), np.array([0]))
    assert found == pytest.approx(math.pi / 2)


def test_angular_fisher_score_is_its_formula(xp):
    x, y = data()
    m = x.mean(axis=0)
    within = between = 0.0
    for j in set(y.tolist()):
        members = x[y == j]
        m_j = members.mean(axis=0)
        within += sum(1 - cos(row, m_j) for row in members)
        between += len(members) * (1 - cos(m_j, m))
    found = metrics.angular_fisher_score(xp.asarray(x), xp.asarray(y))
    assert found == pytest.approx(within / between, rel=1e-10)


def test_angular_fisher_score_of_collapsed_features_is_infinite():
    assert metrics.angular_fisher_score(np.ones((4, 2)), np.array([0, 0, 1, 1])) == math.inf


def test_angles_within_and_between_are_their_definition(xp):
    x, y = data()
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    directions = [unit[y == j].sum(axis=0) for j in range(4)]
    within = np.mean([math.acos(cos(row, directions[k])) for row, k in zip(x, y, strict=True)])
    pairs = [
        math.acos(cos(directions[i], directions[j])) for i in range(4) for j in range(i + 1, 4)
    ]
    found = metrics.within_between_angles(xp.asarray(x), xp.asarray(y))
    assert found == pytest.approx((within, np.mean(pairs), min(pairs)), rel=1e-10)


@pytest.mark.parametrize("k", [1, 3, 10])
def test_recall_is_a_search_through_all_others(xp, k):
    x, y = data(n=30, classes=6)
    y[0] = 17  # alone in its class: left out
    hits = asked = 0
    for i in range(30):
        others = [j for j in range(30) if j != i]
        if not any(y[j] == y[i] for j in others):
            continue
        nearest = sorted(others, key=lambda j: -cos(x[i], x[j]))[:k]
        hits += any(y[j] == y[i] for j in nearest)
        asked += 1
    assert asked == 29
    found = metrics.recall_at_k(xp.asarray(x), xp.asarray(y), k=k)
    assert found == hits / asked
    assert metrics.recall_at_k(xp.asarray(x), xp.asarray(y), k=k, batch=7) == found


def test_recall_of_collapsed_features_is_zero():
    assert metrics.recall_at_k(np.ones((6, 2)), np.array([0, 0, 1, 1, 2, 2])) == 0


@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_angular_metrics_do_not_see_the_length_of_all_features_nor_their_order(seed, factor):
    x, y = data(seed)
    order = np.random.default_rng(seed).permutation(40)
    for metric in (metrics.angular_fisher_score, metrics.within_between_angles):
        assert metric(factor * x[order], y[order]) == pytest.approx(metric(x, y), rel=1e-9)
    assert metrics.recall_at_k(factor * x[order], y[order]) == metrics.recall_at_k(x, y)


@given(st.integers(0, 1000))
def test_angular_metrics_do_not_see_a_rotation(seed):
    x, y = data(seed)
    q, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((5, 5)))
    for metric in (metrics.angular_fisher_score, metrics.within_between_angles):
        assert metric(x @ q, y) == pytest.approx(metric(x, y), rel=1e-9)


def test_tighter_classes_score_better():
    """All four point the right way: the same classes with half the noise."""
    rng = np.random.default_rng(0)
    y = np.repeat(np.arange(4), 25)
    w, noise = 3 * np.eye(4), rng.standard_normal((100, 4))
    loose, tight = w[y] + noise, w[y] + noise / 2
    assert metrics.angular_fisher_score(tight, y) < metrics.angular_fisher_score(loose, y)
    assert metrics.mean_target_angle(tight, w, y) < metrics.mean_target_angle(loose, w, y)
    assert metrics.recall_at_k(tight, y) >= metrics.recall_at_k(loose, y)
    assert (
        metrics.within_between_angles(tight, y).within
        < metrics.within_between_angles(loose, y).within
    )


@pytest.mark.parametrize("scale", [1e-15, 1e15])
def test_float32_of_any_ordinary_size(scale):
    x, y = data()
    x32 = (scale * x).astype(np.float32)
    expected = metrics.angular_fisher_score(x, y)
    assert metrics.angular_fisher_score(x32, y) == pytest.approx(expected, rel=1e-4)
    expected = metrics.within_between_angles(x, y)
    assert metrics.within_between_angles(x32, y) == pytest.approx(expected, rel=1e-4)


def test_float16_and_small_labels_are_taken():
    x, y = data()
    found = metrics.angular_fisher_score(x.astype(np.float16), y.astype(np.uint8))
    assert found == pytest.approx(metrics.angular_fisher_score(x, y), rel=1e-2)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: metrics.accuracy(np.ones((2, 3)), np.array([0, 3])), ValueError, r"y\[1\] is 3"),
        (lambda: metrics.accuracy(np.ones(3), np.array([0])), ValueError, "logits must have 2"),
        (lambda: metrics.accuracy([[1.0]], np.array([0])), TypeError, "logits must be an array"),
        (
            lambda: metrics.accuracy(np.array([[np.nan, 1.0]]), np.array([0])),
            FloatingPointError,
            "logits must be finite, but row 0",
        ),
        (
            lambda: metrics.angular_fisher_score(np.ones((2, 3)), np.array([1, 1])),
            ValueError,
            "y must hold at least 2 different labels, got only 1",
        ),
        (
            lambda: metrics.within_between_angles(np.ones((2, 3)), np.array([1.0, 2.0])),
            TypeError,
            "y must have an integer dtype",
        ),
        (
            lambda: metrics.recall_at_k(np.ones((2, 3)), np.array([0, 1])),
            ValueError,
            "y must hold some label twice",
        ),
        (
            lambda: metrics.recall_at_k(np.ones((2, 3)), np.array([0, 0]), k=0),
            ValueError,
            "k must be an integer >= 1",
        ),
        (
            lambda: metrics.mean_target_angle(np.ones((2, 3)), np.ones((2, 2)), np.array([0, 1])),
            ValueError,
            "w must agree with x",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
