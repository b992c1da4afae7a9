"""Metrics, against loops over plain numbers and against what they must not depend
on."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcore import metrics
from mlcore.arrays import to_numpy
from mlcore.metrics.similarity import products, split


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
        sum(
            max(range(5), key=lambda j: row[j]) == k
            for row, k in zip(logits, y, strict=True)
        )
        / 40
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
    assert (
        metrics.angular_fisher_score(np.ones((4, 2)), np.array([0, 0, 1, 1]))
        == math.inf
    )


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_angles_name_the_one_that_is_not_finite(name, bad):
    rows = {"a": np.eye(3), "b": np.eye(3)}
    rows[name][1, 2] = bad
    with pytest.raises(FloatingPointError, match=f"^{name} must be finite, but row 1"):
        metrics.angles(**rows)


def test_angles_of_float16_are_computed_in_float32():
    """In float16 the sum a + b of two rows of length 1 would lose its last bit."""
    a = np.random.default_rng(0).standard_normal((50, 8))
    a = (a / np.linalg.norm(a, axis=1)[:, None]).astype(np.float16)
    b = a[::-1].copy()
    found = metrics.angles(a, b)
    assert found.dtype == np.float32
    np.testing.assert_allclose(
        found, metrics.angles(a.astype(float), b.astype(float)), rtol=1e-6
    )


def test_angles_within_and_between_are_their_definition(xp):
    x, y = data()
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    directions = [unit[y == j].sum(axis=0) for j in range(4)]
    within = np.mean(
        [math.acos(cos(row, directions[k])) for row, k in zip(x, y, strict=True)]
    )
    pairs = [
        math.acos(cos(directions[i], directions[j]))
        for i in range(4)
        for j in range(i + 1, 4)
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


def rays(kind, dtype, dimension, n=90):
    """Features that are one direction, or two, as far as a float can tell."""
    rng = np.random.default_rng(dimension)
    a, b = rng.standard_normal((2, dimension))
    lengths = rng.uniform(0.1, 10, (n, 1))
    x = {
        "copies": np.tile(a, (n, 1)),
        "one ray": lengths * a,
        "two rays": lengths * np.where(np.arange(n)[:, None] % 2 == 0, a, b),
        "noise of rounding": a * (1 + 1e-16 * rng.standard_normal((n, dimension))),
    }[kind]
    return x.astype(dtype), np.arange(n) // 2 % 3


@pytest.mark.parametrize("dimension", [1, 2, 7, 64, 1000])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["copies", "one ray", "two rays", "noise of rounding"])
def test_recall_of_features_on_a_ray_is_zero(kind, dtype, dimension, xp):
    """All others are equally near, and those of other classes count first: no accident
    of rounding may make one of the right class the nearest, in whatever batch it is
    looked at.
    """
    x, y = rays(kind, dtype, dimension)
    for batch in (1000, 7):
        assert metrics.recall_at_k(xp.asarray(x), xp.asarray(y), batch=batch) == 0


def test_recall_of_duplicates_is_that_of_the_exact_cosines():
    """Small whole numbers, whose cosines are compared as fractions; half of the rows
    are copies, and many different ones are equally near."""
    rng = np.random.default_rng(3)
    x = rng.integers(-2, 3, (60, 3))
    x[30:] = x[:30] * rng.integers(1, 4, (30, 1))
    y = rng.integers(0, 4, 60)

    def cosine(i, j):
        """The square of the cosine, with its sign: exact, and in the same order."""
        dot, lengths = int(x[i] @ x[j]), int(x[i] @ x[i]) * int(x[j] @ x[j])
        return Fraction(dot * abs(dot), lengths) if lengths else Fraction(0)

    for k in (1, 2, 5, 20):
        hits = 0
        for i in range(60):
            nearest = max(cosine(i, j) for j in range(60) if j != i and y[j] == y[i])
            hits += sum(cosine(i, j) >= nearest for j in range(60) if y[j] != y[i]) < k
        for order in (np.arange(60), rng.permutation(60), rng.permutation(60)):
            for batch in (1, 13, 60):
                for dtype in (np.float32, np.float64):
                    found = metrics.recall_at_k(
                        x[order].astype(dtype), y[order], k, batch
                    )
                    assert found == hits / 60


def test_recall_tells_neighbours_apart_that_are_nearly_one():
    """Points on a circle, 1e-7, 2e-7, 3e-7 … radians from one to the next: equal is
    only what rounding has made equal."""
    angle = 1e-6 * np.cumsum(np.arange(1, 60) / 10)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    y = np.arange(59) // 2
    hits = [angle[1] - angle[0] < angle[2] - angle[1]]
    for i in range(1, 58):
        partner = i + 1 if i % 2 == 0 else i - 1
        hits.append(all(
            abs(angle[i] - angle[partner]) < abs(angle[i] - angle[j])
            for j in range(59) if j not in (i, partner)
        ))  # fmt: skip
    found = {metrics.recall_at_k(x, y, batch=batch) for batch in (1, 10, 1000)}
    assert found == {sum(hits) / 58}  # the last one is alone in its class


@pytest.mark.parametrize("dimension", [1, 3, 100])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kind", ["copies", "one ray", "noise of rounding"])
def test_fisher_score_of_features_on_a_ray_is_infinite(kind, dtype, dimension, xp):
    """0 over 0, but for rounding: what is left must not be divided by what is left."""
    x, y = rays(kind, dtype, dimension)
    assert metrics.angular_fisher_score(xp.asarray(x), xp.asarray(y)) == math.inf


def test_products_of_rows_are_rounded_the_same_wherever_the_rows_stand(xp):
    """One row at a time, backwards, or all at once; and as exact as one rounding
    allows."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((37, 300)) * 10.0 ** rng.uniform(-12, 0, (37, 300))
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    parts = split(xp.asarray(unit))
    at_once = to_numpy(products(parts, parts))
    backwards = split(xp.asarray(unit[::-1].copy()))
    np.testing.assert_array_equal(
        to_numpy(products(backwards, backwards))[::-1, ::-1], at_once
    )
    for i in range(37):
        one = split(xp.asarray(unit[i : i + 1]))
        np.testing.assert_array_equal(to_numpy(products(one, parts))[0], at_once[i])
    exact = [[math.fsum(Fraction(p) * Fraction(q) for p, q in zip(a, b, strict=True)) for b in unit[:5]] for a in unit[:5]]  # fmt: skip  # noqa: E501
    np.testing.assert_allclose(at_once[:5, :5], exact, rtol=0, atol=2.3e-16)


@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_angular_metrics_do_not_see_the_length_of_all_features_nor_their_order(
    seed, factor
):
    x, y = data(seed)
    order = np.random.default_rng(seed).permutation(40)
    for metric in (metrics.angular_fisher_score, metrics.within_between_angles):
        assert metric(factor * x[order], y[order]) == pytest.approx(
            metric(x, y), rel=1e-9
        )
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
    assert metrics.angular_fisher_score(tight, y) < metrics.angular_fisher_score(
        loose, y
    )
    assert metrics.mean_target_angle(tight, w, y) < metrics.mean_target_angle(
        loose, w, y
    )
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
        (
            lambda: metrics.accuracy(np.ones((2, 3)), np.array([0, 3])),
            ValueError,
            r"y\[1\] is 3",
        ),
        (
            lambda: metrics.accuracy(np.ones(3), np.array([0])),
            ValueError,
            "logits must have 2",
        ),
        (
            lambda: metrics.angles(np.ones(3), np.ones(3)),
            ValueError,
            "a must have 2 dimensions",
        ),
        (
            lambda: metrics.angles(np.eye(2), [[1.0, 0.0]]),
            TypeError,
            "b must be an array",
        ),
        (
            lambda: metrics.angles(np.eye(2), np.eye(3)),
            ValueError,
            "b must agree with a: axis 0",
        ),
        (
            lambda: metrics.accuracy([[1.0]], np.array([0])),
            TypeError,
            "logits must be an array",
        ),
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
            lambda: metrics.within_between_angles(
                np.ones((2, 3)), np.array([1.0, 2.0])
            ),
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
            lambda: metrics.mean_target_angle(
                np.ones((2, 3)), np.ones((2, 2)), np.array([0, 1])
            ),
            ValueError,
            "w must agree with x",
        ),
    ],
)
def test_bad_input_is_refused_by_name(call, error, message):
    with pytest.raises(error, match=message):
        call()
